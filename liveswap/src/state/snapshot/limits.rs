//! What a value must not be if it is to come back as it was: a serializer around another one refuses it.
//!
//! - Too deep: restoring, and saving itself, calls itself for each level, and the stack ends.
//! - `Some` of something that is written as nothing: `Some(None)` and `Some(())` would be `None` afterwards.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// How many levels a value may have: of structs, sequences, maps, variants, `Some`s and newtypes.
pub(super) const DEEPEST: usize = 128;

/// A serializer that writes through another one.
pub(super) struct Limited<S> {
    inner: S,
    /// How many levels may still come.
    left: usize,
    /// The value is that of a `Some`, maybe within newtypes, which don't show in what is written.
    in_some: bool,
}

impl<S: Serializer> Limited<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, left: DEEPEST, in_some: false }
    }

    /// What is left so many levels further down.
    fn below(&self, levels: usize) -> Result<usize, S::Error> {
        let too_deep = || S::Error::custom(format_args!("nested deeper than {DEEPEST} levels"));
        self.left.checked_sub(levels).ok_or_else(too_deep)
    }

    fn no_nothing_in_some(&self, what: &str) -> Result<(), S::Error> {
        if !self.in_some {
            return Ok(());
        }
        Err(S::Error::custom(format_args!("`Some({what})` would come back as `None`: use an enum of your own for it")))
    }
}

/// A value within another one.
struct Inside<'v, T: ?Sized> {
    value: &'v T,
    left: usize,
    in_some: bool,
}

impl<T: Serialize + ?Sized> Serialize for Inside<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Limited { inner, left: self.left, in_some: self.in_some })
    }
}

/// A value of which parts are still to come.
pub(super) struct Open<C> {
    inner: C,
    /// How many levels may come in a part.
    left: usize,
}

impl<C> Open<C> {
    fn part<'v, T: ?Sized>(&self, value: &'v T) -> Inside<'v, T> {
        Inside { value, left: self.left, in_some: false }
    }
}

macro_rules! as_it_is {
    ($($function:ident($($argument:ident: $ty:ty),*);)*) => {$(
        fn $function(self, $($argument: $ty),*) -> Result<S::Ok, S::Error> {
            self.inner.$function($($argument),*)
        }
    )*};
}

/// What has parts. A variant with several is written on two levels.
macro_rules! opened {
    ($($levels:literal $function:ident($($argument:ident: $ty:ty),*) -> $open:ident;)*) => {$(
        fn $function(self, $($argument: $ty),*) -> Result<Open<S::$open>, S::Error> {
            let left = self.below($levels)?;
            Ok(Open { inner: self.inner.$function($($argument),*)?, left })
        }
    )*};
}

impl<S: Serializer> Serializer for Limited<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Open<S::SerializeSeq>;
    type SerializeTuple = Open<S::SerializeTuple>;
    type SerializeTupleStruct = Open<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Open<S::SerializeTupleVariant>;
    type SerializeMap = Open<S::SerializeMap>;
    type SerializeStruct = Open<S::SerializeStruct>;
    type SerializeStructVariant = Open<S::SerializeStructVariant>;

    as_it_is! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    opened! {
        1 serialize_seq(len: Option<usize>) -> SerializeSeq;
        1 serialize_tuple(len: usize) -> SerializeTuple;
        1 serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        2 serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeTupleVariant;
        1 serialize_map(len: Option<usize>) -> SerializeMap;
        1 serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        2 serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeStructVariant;
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.no_nothing_in_some("None")?;
        self.inner.serialize_none()
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.no_nothing_in_some("()")?;
        self.inner.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let left = self.below(1)?;
        self.inner.serialize_some(&Inside { value, left, in_some: true })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        let left = self.below(1)?;
        self.inner.serialize_newtype_struct(name, &Inside { value, left, in_some: self.in_some })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let left = self.below(1)?;
        self.inner.serialize_newtype_variant(name, index, variant, &Inside { value, left, in_some: false })
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// The traits of values with parts differ in their names only.
macro_rules! parts {
    ($($part:ident: $function:ident($($key:ident: $ty:ty)?);)*) => {$(
        impl<C: $part> $part for Open<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $function<T: Serialize + ?Sized>(&mut self, $($key: $ty,)? value: &T) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.$function($($key,)? &part)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(key: &'static str);
    SerializeStructVariant: serialize_field(key: &'static str);
}

impl<C: SerializeMap> SerializeMap for Open<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        let key = self.part(key);
        self.inner.serialize_key(&key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        let value = self.part(value);
        self.inner.serialize_value(&value)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}

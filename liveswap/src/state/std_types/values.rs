//! Numbers, markers, tuples and ranges.

use std::marker::PhantomData;
use std::num::NonZero;
use std::ops::{Range, RangeFrom, RangeTo, RangeToInclusive};
use std::sync::atomic;

use super::state;
use crate::state::{DefaultProbe, HotState, NoDefault, Number, StateField, StateKind, StructState};

macro_rules! numbers {
    ($($ty:ty = $number:ident),* $(,)?) => { $(state!([] $ty, StateKind::Number(Number::$number));)* };
}

numbers!(
    u8 = U8,
    u16 = U16,
    u32 = U32,
    u64 = U64,
    u128 = U128,
    usize = Usize,
    i8 = I8,
    i16 = I16,
    i32 = I32,
    i64 = I64,
    i128 = I128,
    isize = Isize,
    f32 = F32,
    f64 = F64,
    bool = Bool,
    char = Char
);

// An atomic has the size and the bits of its number, and nobody else uses it while it moves.
numbers!(atomic::AtomicBool = Bool, atomic::AtomicUsize = Usize, atomic::AtomicIsize = Isize);
#[cfg(target_has_atomic = "8")]
numbers!(atomic::AtomicU8 = U8, atomic::AtomicI8 = I8);
#[cfg(target_has_atomic = "16")]
numbers!(atomic::AtomicU16 = U16, atomic::AtomicI16 = I16);
#[cfg(target_has_atomic = "32")]
numbers!(atomic::AtomicU32 = U32, atomic::AtomicI32 = I32);
#[cfg(target_has_atomic = "64")]
numbers!(atomic::AtomicU64 = U64, atomic::AtomicI64 = I64);

macro_rules! non_zero {
    ($($ty:ident $number:ident),* $(,)?) => { $(state!([] NonZero<$ty>, StateKind::NonZero(Number::$number));)* };
}

non_zero!(u8 U8, u16 U16, u32 U32, u64 U64, u128 U128, usize Usize, i8 I8, i16 I16, i32 I32, i64 I64, i128 I128,
    isize Isize, char Char);

// A marker holds nothing, so one for another type takes its place.
state!([T: ?Sized] PhantomData<T>, StateKind::Struct(StructState { fields: &[], hook: None, was: &[] }));

macro_rules! fields {
    ($($parameter:ident $name:tt),*) => {
        StateKind::Struct(StructState {
            fields: &[$(StateField {
                name: stringify!($name),
                offset: Some(std::mem::offset_of!(Self, $name)),
                ty: $parameter::state,
                was: &[],
                default: DefaultProbe::<$parameter>::FILL,
                with: None,
            }),*],
            hook: None,
            was: &[],
        })
    };
}

macro_rules! tuples {
    ($(($($parameter:ident $index:tt),*))*) => {
        $(state!([$($parameter: HotState),*] ($($parameter,)*), fields!($($parameter $index),*));)*
    };
}

tuples!((A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5) (A 0, B 1, C 2, D 3, E 4, F 5, G 6) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11));
state!([](), StateKind::Whole);

state!([T: HotState] Range<T>, fields!(T start, T end));
state!([T: HotState] RangeFrom<T>, fields!(T start));
state!([T: HotState] RangeTo<T>, fields!(T end));
state!([T: HotState] RangeToInclusive<T>, fields!(T end));

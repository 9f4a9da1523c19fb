//! The parts of an old value, as a hook of the new code sees them.

use std::fmt;
use std::marker::PhantomData;

use super::{StateInfo, StateKind};
use crate::layout::{Describe, HotType, equal};

/// An old value, taken apart by name: what a `#[hot(migrate = …)]` hook makes the new one from.
///
/// Parts are borrowed: if anything fails, here or in another part of the state, the old value must stand whole. What the
/// new value is to own it clones.
///
/// ```
/// use liveswap::{HotState, HotType, MigrateError, Parts};
///
/// #[derive(HotType, HotState)]
/// #[hot(migrate = Temperature::from_fahrenheit)]
/// struct Temperature {
///     celsius: f64,
/// }
///
/// impl Temperature {
///     fn from_fahrenheit(old: &Parts<'_>) -> Result<Self, MigrateError> {
///         let fahrenheit: &f64 = old.get("fahrenheit")?;
///         Ok(Temperature { celsius: (fahrenheit - 32.0) / 1.8 })
///     }
/// }
/// ```
pub struct Parts<'a> {
    variant: Option<&'static str>,
    parts: Vec<(&'static str, Describe, *const u8)>,
    value: PhantomData<&'a ()>,
}

impl Parts<'_> {
    /// The parts of the struct or enum at `value`; none for other types.
    ///
    /// # Safety
    ///
    /// `value` is a value of the described type that nobody changes for the lifetime.
    pub unsafe fn of(info: &'static StateInfo, value: *mut u8) -> Self {
        let mut variant = None;
        let parts = match &info.kind {
            StateKind::Struct(state) => {
                let part = |field: &super::StateField| {
                    let offset = field.offset.unwrap_or_default();
                    (field.name, (field.ty)().layout, value.wrapping_add(offset).cast_const())
                };
                state.fields.iter().map(part).collect()
            }
            StateKind::Enum(state) => {
                let most = state.variants.iter().map(|variant| variant.fields.len()).max().unwrap_or_default();
                let mut addresses = vec![std::ptr::null_mut(); most];
                // SAFETY: by the contract; there is room for the largest variant's fields.
                let found = &state.variants[unsafe { (state.open)(value, addresses.as_mut_ptr()) }];
                variant = Some(found.name);
                let fields = found.fields.iter().zip(addresses);
                fields.map(|(field, address)| (field.name, (field.ty)().layout, address.cast_const())).collect()
            }
            _ => Vec::new(),
        };
        Parts { variant, parts, value: PhantomData }
    }

    /// The variant's name, where the old value is an enum's.
    pub fn variant(&self) -> Option<&'static str> {
        self.variant
    }

    /// The fields' names, in the order of their declaration; `0`, `1` … in tuples.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.parts.iter().map(|(name, ..)| *name)
    }

    /// Whether the old value has a field of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|found| found == name)
    }

    /// The field's value.
    ///
    /// # Errors
    ///
    /// There is no such field, or its type has another layout than `T` here.
    pub fn get<T: HotType>(&self, name: &str) -> Result<&T, MigrateError> {
        let Some((_, old, address)) = self.parts.iter().find(|(found, ..)| *found == name) else {
            let names: Vec<_> = self.names().collect();
            let message = format!("the old value has no field `{name}`; it has {}", names.join(", "));
            return Err(MigrateError(message));
        };
        if !equal(*old, T::info) {
            let (old, new) = ((old().name)(), (T::info().name)());
            return Err(MigrateError(format!("field `{name}` was a `{old}`, which is not laid out as `{new}` here")));
        }
        // SAFETY: the address is that of a field of this layout, in a value that stands for the lifetime; and it is
        // aligned for it: packed structs can't be derived.
        Ok(unsafe { &*address.cast::<T>() })
    }
}

/// Why a hook could not make the new value. Made from any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateError(String);

impl fmt::Display for MigrateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MigrateError {}

impl From<&str> for MigrateError {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for MigrateError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

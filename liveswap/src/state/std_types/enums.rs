//! Std's enums whose variants hold a value or nothing.

use std::ops::{Bound, ControlFlow};
use std::ptr;
use std::task::Poll;

use super::state;
use crate::state::{DescribeState, EnumState, HotState, StateField, StateKind, StateVariant};

/// An enum as seen by the functions below.
trait OfOneField: Sized {
    /// The variant's number, and its field's address; null where it has none.
    fn open(&mut self) -> (usize, *mut u8);
    /// Makes a value of the variant.
    ///
    /// # Safety
    ///
    /// There is such a variant. Where it has a field, `fields` leads to the address of a value of its type, to be moved.
    unsafe fn close(variant: usize, fields: *const *mut u8) -> Self;
}

unsafe fn open<E: OfOneField>(value: *mut u8, fields: *mut *mut u8) -> usize {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    let (variant, field) = unsafe { &mut *value.cast::<E>() }.open();
    if !field.is_null() {
        // SAFETY: the host gives room for the addresses of the variant's fields.
        unsafe { fields.write(field) };
    }
    variant
}

unsafe fn close<E: OfOneField>(to: *mut u8, variant: usize, fields: *const *mut u8) {
    // SAFETY: the host gives room for this type, the number of a variant, and the addresses of its fields' values.
    unsafe { to.cast::<E>().write(E::close(variant, fields)) };
}

const fn kind<E: OfOneField>(variants: &'static [StateVariant]) -> StateKind {
    StateKind::Enum(EnumState { variants, open: open::<E>, close: close::<E>, hook: None, was: &[] })
}

const fn the_field(ty: DescribeState) -> StateField {
    StateField { name: "0", offset: None, ty, was: &[], default: None, with: None }
}

macro_rules! enums {
    ($([$($parameter:ident),*] $ty:ty { $($number:literal $variant:ident $(($of:ident))?),* })*) => { $(
        impl<$($parameter),*> OfOneField for $ty {
            fn open(&mut self) -> (usize, *mut u8) {
                match self {
                    $(enums!(@pattern $variant, field $(, $of)?) => ($number, enums!(@address field $(, $of)?)),)*
                }
            }

            unsafe fn close(variant: usize, fields: *const *mut u8) -> Self {
                match variant {
                    $($number => enums!(@value $variant, fields $(, $of)?),)*
                    _ => unreachable!("a variant of this type"),
                }
            }
        }

        state!([$($parameter: HotState),*] $ty, kind::<Self>(const { &[
            $(StateVariant { name: stringify!($variant), was: &[], fields: const { &[$(the_field($of::state))?] } }),*
        ] }));
    )* };
    (@pattern $variant:ident, $field:ident) => { Self::$variant };
    (@pattern $variant:ident, $field:ident, $of:ident) => { Self::$variant($field) };
    (@address $field:ident) => { ptr::null_mut() };
    (@address $field:ident, $of:ident) => { ptr::from_mut($field).cast() };
    (@value $variant:ident, $fields:ident) => { Self::$variant };
    (@value $variant:ident, $fields:ident, $of:ident) => {
        // SAFETY: by the contract.
        Self::$variant(unsafe { $fields.read().cast::<$of>().read() })
    };
}

enums!(
    [T, E] Result<T, E> { 0 Ok(T), 1 Err(E) }
    [T] Poll<T> { 0 Ready(T), 1 Pending }
    [B, C] ControlFlow<B, C> { 0 Continue(C), 1 Break(B) }
    [T] Bound<T> { 0 Included(T), 1 Excluded(T), 2 Unbounded }
);

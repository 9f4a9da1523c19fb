//! The functions that the derive's descriptions point to, written once for all types.

use std::fmt::Display;
use std::marker::PhantomData;
use std::mem::needs_drop;

use super::{DropMany, Fill, Hook, Parts, StateInfo, StateKind, With};
use crate::guard::{Ret, guard};
use crate::layout::{HotType, opaque};
use crate::trampoline::the_function;

/// Drops values of `T`.
pub const fn drop_many<T>() -> Option<DropMany> {
    unsafe extern "C" fn all<T>(first: *mut u8, stride: usize, count: usize) -> Ret<()> {
        // SAFETY: the caller gives `count` values at this stride, and uses none of them any more.
        unsafe { drop_each(first, stride, count, one::<T>) }
    }
    unsafe fn one<T>(value: *mut u8) {
        // SAFETY: `drop_each` gives each value once.
        unsafe { value.cast::<T>().drop_in_place() };
    }
    if needs_drop::<T>() { Some(all::<T>) } else { None }
}

/// Written once for all types: a guard for each would be most of what a build of many states compiles.
///
/// # Safety
///
/// There are `count` values at this stride, of the function's type; they are used no more.
unsafe fn drop_each(first: *mut u8, stride: usize, count: usize, drop: unsafe fn(*mut u8)) -> Ret<()> {
    let (mut result, mut begun) = (guard(|| ()), 0);
    // After a panic, the values that are left are dropped under a guard of their own.
    while begun < count {
        let dropped = guard(|| {
            while begun < count {
                let value = first.wrapping_add(begun * stride);
                begun += 1;
                // SAFETY: by the contract; counted before, so that it is not given again after a panic.
                unsafe { drop(value) };
            }
        });
        if dropped.is_panic() && !result.is_panic() {
            result = dropped;
        } else {
            // The first panic is told; of any other the report is freed.
            let _ = dropped.into_result();
        }
    }
    result
}

/// The state of a type that is moved as it is, or not at all, for `#[hot(opaque)]`.
pub fn opaque_state<T>() -> &'static StateInfo {
    const { &StateInfo { layout: opaque::<T>, drop: drop_many::<T>(), kind: StateKind::Whole, snapshot: None } }
}

unsafe extern "C" fn fill<T, F: Fn() -> T + Copy>(
    first: *mut u8,
    stride: usize,
    count: usize,
    made: &mut usize,
) -> Ret<()> {
    unsafe fn one<T, F: Fn() -> T + Copy>(to: *mut u8) {
        // SAFETY: `F` is the type of a function item, or of a closure that captures nothing: see `fill_by`. There is
        // room for a value: see `fill_each`.
        unsafe { to.cast::<T>().write(the_function::<F>()()) };
    }
    // SAFETY: the caller gives room for `count` values at this stride.
    unsafe { fill_each(first, stride, count, made, one::<T, F>) }
}

/// Written once for all types, as `drop_each` is.
///
/// # Safety
///
/// There is room for `count` values at this stride, of the function's type.
unsafe fn fill_each(
    first: *mut u8,
    stride: usize,
    count: usize,
    made: &mut usize,
    fill: unsafe fn(*mut u8),
) -> Ret<()> {
    guard(|| {
        for number in 0..count {
            // SAFETY: by the contract.
            unsafe { fill(first.wrapping_add(number * stride)) };
            *made += 1;
        }
    })
}

/// Makes values by a function, which captures nothing.
pub const fn fill_by<T, F: Fn() -> T + Copy>(_: F) -> Option<Fill> {
    Some(fill::<T, F>)
}

/// `DefaultProbe::<T>::FILL` is the type's `Default` where it has one; else [`NoDefault`] gives `None`.
pub struct DefaultProbe<T>(PhantomData<T>);

impl<T: Default> DefaultProbe<T> {
    /// Makes values by `Default`.
    pub const FILL: Option<Fill> = fill_by::<T, _>(T::default);
}

/// Found where [`DefaultProbe`]'s own constant is not.
pub trait NoDefault {
    /// There is no `Default`.
    const FILL: Option<Fill> = None;
}

impl<T> NoDefault for DefaultProbe<T> {}

/// What a function of the user's gives back: a value, or a value or an error.
#[diagnostic::on_unimplemented(
    message = "a function that gives `{Self}` can't make a `{T}`",
    label = "this function has to give `{T}`, or a `Result<{T}, E>` whose error can be shown (`E: Display`)"
)]
pub trait AsOutcome<T> {
    /// The value, or the error's text.
    ///
    /// # Errors
    ///
    /// That of the function.
    fn outcome(self) -> Result<T, String>;
}

impl<T> AsOutcome<T> for T {
    fn outcome(self) -> Result<T, String> {
        Ok(self)
    }
}

impl<T, E: Display> AsOutcome<T> for Result<T, E> {
    fn outcome(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}

/// A field's `#[hot(with = …)]`.
pub const fn with<Old: HotType, New, R: AsOutcome<New>, F: Fn(&Old) -> R + Copy>(_: F) -> Option<With> {
    unsafe extern "C" fn make<Old, New, R: AsOutcome<New>, F: Fn(&Old) -> R + Copy>(
        from: *const u8,
        to: *mut u8,
    ) -> Ret<Result<(), String>> {
        // SAFETY: `F` is the type of the value that the outer function was given: it captures nothing.
        let function = unsafe { the_function::<F>() };
        guard(|| {
            // SAFETY: the host has compared the old field's layout with `Old`, and keeps the value as it is.
            let old = unsafe { &*from.cast::<Old>() };
            let new = function(old).outcome()?;
            // SAFETY: the caller gives room for the new field's type.
            unsafe { to.cast::<New>().write(new) };
            Ok(())
        })
    }
    Some(With { from: Old::info, make: make::<Old, New, R, F> })
}

/// A type's `#[hot(migrate = …)]`.
pub const fn hook<New, R: AsOutcome<New>, F: Fn(&Parts<'_>) -> R + Copy>(_: F) -> Option<Hook> {
    unsafe extern "C" fn make<New, R: AsOutcome<New>, F: Fn(&Parts<'_>) -> R + Copy>(
        old: &Parts<'_>,
        to: *mut u8,
    ) -> Ret<Result<(), String>> {
        // SAFETY: as in `with`.
        let function = unsafe { the_function::<F>() };
        guard(|| {
            let new = function(old).outcome()?;
            // SAFETY: the caller gives room for the new type.
            unsafe { to.cast::<New>().write(new) };
            Ok(())
        })
    }
    Some(make::<New, R, F>)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::drop_many;

    thread_local! {
        static DROPPED: Cell<u32> = const { Cell::new(0) };
    }

    struct Value(u32);

    impl Drop for Value {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() * 10 + self.0);
            assert!(self.0 % 2 == 1, "{} is even", self.0);
        }
    }

    #[test]
    fn each_value_is_dropped_once_and_the_first_panic_told() {
        let mut values = [1, 2, 3, 4, 5].map(|number| std::mem::ManuallyDrop::new(Value(number)));
        let drop = drop_many::<Value>().expect("there is something to drop");
        // SAFETY: five values in a row, which are used no more.
        let dropped = unsafe { drop(values.as_mut_ptr().cast(), size_of::<Value>(), 5) };
        assert_eq!(DROPPED.get(), 12345);
        assert_eq!(dropped.into_result().unwrap_err().message, "2 is even");
    }
}

//! Wrappers around one value or none.

use std::cell::{Cell, OnceCell, RefCell, UnsafeCell};
use std::cmp::Reverse;
use std::mem::MaybeUninit;
use std::num::{Saturating, Wrapping};
use std::panic::AssertUnwindSafe;
use std::ptr;
use std::rc::Rc;
use std::sync::mpsc::SendError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::state;
use crate::state::{HotState, InsideState, StateKind};

/// A wrapper type, as seen by the functions below.
pub(super) trait Wrapper<T> {
    /// The content's address; null where there is none.
    fn inside(&mut self) -> *mut T;
    /// Wraps it.
    fn wrap(content: Option<T>) -> Self;
    /// Frees what is left when the content was moved away.
    ///
    /// # Safety
    ///
    /// The content is gone, and the wrapper is not used any more.
    unsafe fn release(_: *mut Self)
    where
        Self: Sized,
    {
    }
}

unsafe fn get<W: Wrapper<T>, T>(value: *mut u8) -> *mut u8 {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    unsafe { &mut *value.cast::<W>() }.inside().cast()
}

unsafe fn put<W: Wrapper<T>, T>(to: *mut u8, content: *mut u8) {
    // SAFETY: the host gives room for this type, and null or a content to be moved.
    unsafe {
        let content = if content.is_null() { None } else { Some(content.cast::<T>().read()) };
        to.cast::<W>().write(W::wrap(content));
    }
}

unsafe fn release<W: Wrapper<T>, T>(value: *mut u8) {
    // SAFETY: the host has moved the content away, and uses the wrapper no more.
    unsafe { W::release(value.cast()) };
}

pub(super) const fn kind<W: Wrapper<T>, T: HotState>(may_be_empty: bool) -> StateKind {
    StateKind::Inside(inside::<W, T>(may_be_empty))
}

pub(super) const fn inside<W: Wrapper<T>, T: HotState>(may_be_empty: bool) -> InsideState {
    InsideState { content: T::state, may_be_empty, get: get::<W, T>, put: put::<W, T>, release: release::<W, T> }
}

macro_rules! wrappers {
    ($($ty:ty, $may_be_empty:literal, $get:expr, $wrap:expr;)*) => { $(
        impl<T> Wrapper<T> for $ty {
            fn inside(&mut self) -> *mut T {
                let get: fn(&mut Self) -> *mut T = $get;
                get(self)
            }

            fn wrap(content: Option<T>) -> Self {
                let wrap: fn(Option<T>) -> Self = $wrap;
                wrap(content)
            }
        }

        state!([T: HotState] $ty, kind::<$ty, T>($may_be_empty));
    )* };
}

/// For wrappers that are never empty: the host gives null only where `may_be_empty` says that it may.
fn full<T>(content: Option<T>) -> T {
    content.expect("a content for a wrapper that is never empty")
}

wrappers!(
    Option<T>, true, |option| option.as_mut().map_or(ptr::null_mut(), ptr::from_mut), |content| content;
    OnceCell<T>, true, |cell| cell.get_mut().map_or(ptr::null_mut(), ptr::from_mut), |content| {
        content.map_or_else(OnceCell::new, OnceCell::from)
    };
    OnceLock<T>, true, |cell| cell.get_mut().map_or(ptr::null_mut(), ptr::from_mut), |content| {
        content.map_or_else(OnceLock::new, OnceLock::from)
    };
    Cell<T>, false, |cell| cell.as_ptr(), |content| Cell::new(full(content));
    RefCell<T>, false, |cell| cell.as_ptr(), |content| RefCell::new(full(content));
    UnsafeCell<T>, false, |cell| cell.get(), |content| UnsafeCell::new(full(content));
    // A lock that a panic has poisoned comes out whole: what is inside was looked at and moved.
    Mutex<T>, false, |lock| ptr::from_mut(lock.get_mut().unwrap_or_else(PoisonError::into_inner)), |content| {
        Mutex::new(full(content))
    };
    RwLock<T>, false, |lock| ptr::from_mut(lock.get_mut().unwrap_or_else(PoisonError::into_inner)), |content| {
        RwLock::new(full(content))
    };
    Wrapping<T>, false, |wrapping| ptr::from_mut(&mut wrapping.0), |content| Wrapping(full(content));
    Saturating<T>, false, |saturating| ptr::from_mut(&mut saturating.0), |content| Saturating(full(content));
    Reverse<T>, false, |reverse| ptr::from_mut(&mut reverse.0), |content| Reverse(full(content));
    AssertUnwindSafe<T>, false, |asserted| ptr::from_mut(&mut asserted.0), |content| AssertUnwindSafe(full(content));
    SendError<T>, false, |error| ptr::from_mut(&mut error.0), |content| SendError(full(content));
);

macro_rules! counted {
    ($($reference:ident)*) => { $(
        impl<T> Wrapper<T> for $reference<T> {
            fn inside(&mut self) -> *mut T {
                // Only if there is no other reference, strong or weak.
                $reference::get_mut(self).map_or(ptr::null_mut(), ptr::from_mut)
            }

            fn wrap(content: Option<T>) -> Self {
                $reference::new(full(content))
            }

            unsafe fn release(value: *mut Self) {
                // SAFETY: the reference is not used any more, and as one to a `MaybeUninit`, of the same size and
                // alignment, it drops no content.
                unsafe {
                    let content = $reference::into_raw(value.read());
                    drop($reference::from_raw(content.cast::<MaybeUninit<T>>()));
                }
            }
        }
    )* };
}

counted!(Rc Arc);

impl<T> Wrapper<T> for Box<T> {
    fn inside(&mut self) -> *mut T {
        ptr::from_mut(&mut **self)
    }

    fn wrap(content: Option<T>) -> Self {
        Box::new(full(content))
    }

    unsafe fn release(value: *mut Self) {
        // SAFETY: the box is not used any more, and as a box of `MaybeUninit` it drops no content.
        drop(unsafe { value.cast::<Box<MaybeUninit<T>>>().read() });
    }
}

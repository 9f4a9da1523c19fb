//! Counted references.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::rc::{self, Rc};
use std::sync::{self, Arc};

use super::wrappers;
use crate::state::{HotState, SharedState, StateKind};

macro_rules! counted {
    ($module:ident, $strong:ident, $weak:path) => {
        pub(super) mod $module {
            use super::*;
            use $weak as Weak;

            unsafe fn address<T>(handle: *mut u8) -> *mut u8 {
                // SAFETY: the host gives a reference of this type.
                $strong::as_ptr(unsafe { &*handle.cast::<$strong<T>>() }).cast_mut().cast()
            }

            unsafe fn counts<T>(handle: *mut u8) -> (usize, usize) {
                // SAFETY: as above.
                let handle = unsafe { &*handle.cast::<$strong<T>>() };
                ($strong::strong_count(handle), $strong::weak_count(handle))
            }

            unsafe fn weak_address<T>(handle: *mut u8) -> *mut u8 {
                // SAFETY: as above.
                let handle = unsafe { &*handle.cast::<Weak<T>>() };
                // Where the content is gone, the reference leads nowhere, and never will again.
                if handle.strong_count() == 0 { std::ptr::null_mut() } else { handle.as_ptr().cast_mut().cast() }
            }

            unsafe fn weak_counts<T>(handle: *mut u8) -> (usize, usize) {
                // SAFETY: as above.
                let handle = unsafe { &*handle.cast::<Weak<T>>() };
                (handle.strong_count(), handle.weak_count())
            }

            unsafe fn allocate<T>() -> *mut u8 {
                $strong::into_raw($strong::<T>::new_uninit()).cast_mut().cast()
            }

            unsafe fn write<T>(to: *mut u8, content: *mut u8) {
                let content = content.cast::<T>().cast_const();
                // SAFETY: the content's address came from `allocate`, whose reference the host still has, and `to` is
                // room for a reference.
                unsafe {
                    $strong::increment_strong_count(content);
                    to.cast::<$strong<T>>().write($strong::from_raw(content));
                }
            }

            unsafe fn write_weak<T>(to: *mut u8, content: *mut u8) {
                let weak = if content.is_null() {
                    Weak::new()
                } else {
                    // SAFETY: as above; the reference that is borrowed here is not given up.
                    let strong = ManuallyDrop::new(unsafe { $strong::from_raw(content.cast::<T>().cast_const()) });
                    $strong::downgrade(&strong)
                };
                // SAFETY: `to` is room for a weak reference.
                unsafe { to.cast::<Weak<T>>().write(weak) };
            }

            /// A strong reference always leads somewhere.
            unsafe fn never(_: *mut u8) {}

            unsafe fn drop_empty<T>(handle: *mut u8) {
                // SAFETY: the host gives a weak reference, and uses it no more.
                unsafe { handle.cast::<Weak<T>>().drop_in_place() };
            }

            unsafe fn give_up<T>(content: *mut u8, strong: usize, weak: usize) {
                // SAFETY: the host has that many references, of which it uses none any more, and the content is gone:
                // as a `MaybeUninit` it is not dropped. The documentation of `from_raw` allows another type of the
                // same size and alignment.
                unsafe {
                    let content = content.cast::<MaybeUninit<T>>().cast_const();
                    (0..weak).for_each(|_| drop(Weak::from_raw(content)));
                    (0..strong).for_each(|_| drop($strong::from_raw(content)));
                }
            }

            pub(in super::super) const fn strong<T: HotState>() -> StateKind {
                StateKind::Shared(SharedState {
                    content: T::state,
                    is_weak: false,
                    address: address::<T>,
                    counts: counts::<T>,
                    allocate: allocate::<T>,
                    write: write::<T>,
                    drop_empty: never,
                    give_up: give_up::<T>,
                    alone: Some(wrappers::inside::<$strong<T>, T>(false)),
                })
            }

            pub(in super::super) const fn weak<T: HotState>() -> StateKind {
                StateKind::Shared(SharedState {
                    content: T::state,
                    is_weak: true,
                    address: weak_address::<T>,
                    counts: weak_counts::<T>,
                    allocate: allocate::<T>,
                    write: write_weak::<T>,
                    drop_empty: drop_empty::<T>,
                    give_up: give_up::<T>,
                    alone: None,
                })
            }
        }
    };
}

counted!(of_rc, Rc, rc::Weak);
counted!(of_arc, Arc, sync::Weak);

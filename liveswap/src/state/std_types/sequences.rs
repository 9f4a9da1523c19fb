//! Values of one type that stand in a row: vectors, arrays and queues.

use std::alloc::{self, Layout};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ptr;

use super::state;
use crate::guard::{Ret, guard};
use crate::state::{HotState, Reading, SequenceState, StateKind};

/// Memory as a vector of that capacity has it; null where there is none.
pub(super) unsafe fn reserve<T>(count: usize) -> *mut u8 {
    let Ok(layout) = Layout::array::<T>(count) else { return ptr::null_mut() };
    if layout.size() == 0 {
        return ptr::without_provenance_mut(layout.align());
    }
    // SAFETY: the layout has a size.
    unsafe { alloc::alloc(layout) }
}

pub(super) unsafe fn give_back<T>(elements: *mut u8, count: usize) {
    // SAFETY: memory of `reserve`, whose elements are gone: as elements of `MaybeUninit`, none is dropped.
    drop(unsafe { vector::<MaybeUninit<T>>(elements, count) });
}

/// The vector over memory of `reserve`.
///
/// # Safety
///
/// The memory came from `reserve::<T>(count)` and holds that many elements; it is used no more by others.
unsafe fn vector<T>(elements: *mut u8, count: usize) -> Vec<T> {
    // SAFETY: allocated by the global allocator of this image with the layout of this capacity.
    unsafe { Vec::from_raw_parts(elements.cast(), count, count) }
}

/// A type that is made of a vector without looking at its elements.
pub(in crate::state) trait OfVec<T> {
    fn of_vec(elements: Vec<T>) -> Self;
}

impl<T> OfVec<T> for Vec<T> {
    fn of_vec(elements: Vec<T>) -> Self {
        elements
    }
}

impl<T> OfVec<T> for VecDeque<T> {
    fn of_vec(elements: Vec<T>) -> Self {
        elements.into()
    }
}

impl<T> OfVec<T> for Box<[T]> {
    fn of_vec(elements: Vec<T>) -> Self {
        elements.into()
    }
}

unsafe extern "C" fn build<S: OfVec<T>, T>(to: *mut u8, elements: *mut u8, count: usize) -> Ret<()> {
    // SAFETY: the host gives room for this type, and memory of `reserve` that it has filled. None of these types
    // panics in being made of a vector that has no room to spare.
    guard(move || unsafe { to.cast::<S>().write(S::of_vec(vector(elements, count))) })
}

/// A sequence of elements that stand in a row.
pub(in crate::state) trait Row<T>: OfVec<T> {
    fn first(&mut self) -> *mut T;
    fn count(&self) -> usize;
    /// Frees the memory of a sequence whose elements are gone.
    ///
    /// # Safety
    ///
    /// The elements were moved away or dropped.
    unsafe fn free(self);
}

impl<T> Row<T> for Vec<T> {
    fn first(&mut self) -> *mut T {
        self.as_mut_ptr()
    }

    fn count(&self) -> usize {
        self.len()
    }

    unsafe fn free(mut self) {
        // SAFETY: no element is there any more.
        unsafe { self.set_len(0) };
    }
}

impl<T> Row<T> for Box<[T]> {
    fn first(&mut self) -> *mut T {
        self.as_mut_ptr()
    }

    fn count(&self) -> usize {
        self.len()
    }

    unsafe fn free(self) {
        // SAFETY: elements of `MaybeUninit` are not dropped, and have the same size and alignment.
        drop(unsafe { Box::from_raw(Box::into_raw(self) as *mut [MaybeUninit<T>]) });
    }
}

impl<T> Row<T> for VecDeque<T> {
    fn first(&mut self) -> *mut T {
        // Turning the queue around does not change what it holds.
        self.make_contiguous().as_mut_ptr()
    }

    fn count(&self) -> usize {
        self.len()
    }

    unsafe fn free(self) {
        // SAFETY: no element is there any more. At most their bytes are moved before.
        unsafe { Vec::from(self).set_len(0) };
    }
}

unsafe fn first<S: Row<T>, T>(value: *mut u8) -> *mut u8 {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    unsafe { &mut *value.cast::<S>() }.first().cast()
}

unsafe fn len<S: Row<T>, T>(value: *const u8) -> usize {
    // SAFETY: as above.
    unsafe { &*value.cast::<S>() }.count()
}

unsafe fn release<S: Row<T>, T>(value: *mut u8) {
    // SAFETY: the host has moved the elements away and uses the sequence no more.
    unsafe { value.cast::<S>().read().free() };
}

pub(in crate::state) const fn row<S: Row<T>, T: HotState>() -> StateKind {
    StateKind::Sequence(SequenceState {
        element: T::state,
        fixed: None,
        len: len::<S, T>,
        reading: Reading::Row { first: first::<S, T>, release: release::<S, T> },
        reserve: reserve::<T>,
        give_back: give_back::<T>,
        rehearse: None,
        build: build::<S, T>,
    })
}

state!([T: HotState] Vec<T>, row::<Vec<T>, T>());
state!([T: HotState] VecDeque<T>, row::<VecDeque<T>, T>());

unsafe fn array_first(value: *mut u8) -> *mut u8 {
    value
}

unsafe fn array_len<const N: usize>(_: *const u8) -> usize {
    N
}

unsafe fn array_release(_: *mut u8) {}

/// An array is filled in its place, so it is never built of a row.
unsafe extern "C" fn array_build(_: *mut u8, _: *mut u8, _: usize) -> Ret<()> {
    guard(|| ())
}

state!([T: HotState, const N: usize] [T; N], StateKind::Sequence(SequenceState {
    element: T::state,
    fixed: Some(N),
    len: array_len::<N>,
    reading: Reading::Row { first: array_first, release: array_release },
    reserve: reserve::<T>,
    give_back: give_back::<T>,
    rehearse: None,
    build: array_build,
}));

//! Values of one type: vectors, arrays, queues and sets.

use std::alloc::{self, Layout};
use std::collections::{BTreeSet, BinaryHeap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;

use super::state;
use crate::guard::{Ret, guard};
use crate::state::{HotState, Reading, SequenceState, StateKind};

/// Memory as a vector of that capacity has it; null where there is none.
unsafe fn reserve<T>(count: usize) -> *mut u8 {
    let Ok(layout) = Layout::array::<T>(count) else { return ptr::null_mut() };
    if layout.size() == 0 {
        return ptr::without_provenance_mut(layout.align());
    }
    // SAFETY: the layout has a size.
    unsafe { alloc::alloc(layout) }
}

unsafe fn give_back<T>(elements: *mut u8, count: usize) {
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
trait OfVec<T> {
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
trait Row<T>: OfVec<T> {
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

const fn row<S: Row<T>, T: HotState>() -> StateKind {
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
state!([T: HotState] Box<[T]>, row::<Box<[T]>, T>());

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

/// A sequence whose elements have their own order.
trait Set<T> {
    fn count(&self) -> usize;
    fn each(&self, visit: &mut dyn FnMut(*const T));
    fn take_all(self, take: &mut dyn FnMut(T));
    /// Adds an element; false where its like is there.
    fn add(&mut self, element: T) -> bool;
    fn empty() -> Self;
}

impl<T: Eq + Hash, S: BuildHasher + Default> Set<T> for HashSet<T, S> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, visit: &mut dyn FnMut(*const T)) {
        self.iter().for_each(|element| visit(element));
    }

    fn take_all(self, take: &mut dyn FnMut(T)) {
        self.into_iter().for_each(take);
    }

    fn add(&mut self, element: T) -> bool {
        self.insert(element)
    }

    fn empty() -> Self {
        HashSet::default()
    }
}

impl<T: Ord> Set<T> for BTreeSet<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, visit: &mut dyn FnMut(*const T)) {
        self.iter().for_each(|element| visit(element));
    }

    fn take_all(self, take: &mut dyn FnMut(T)) {
        self.into_iter().for_each(take);
    }

    fn add(&mut self, element: T) -> bool {
        self.insert(element)
    }

    fn empty() -> Self {
        BTreeSet::new()
    }
}

impl<T: Ord> Set<T> for BinaryHeap<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, visit: &mut dyn FnMut(*const T)) {
        self.iter().for_each(|element| visit(element));
    }

    fn take_all(self, take: &mut dyn FnMut(T)) {
        self.into_iter().for_each(take);
    }

    fn add(&mut self, element: T) -> bool {
        self.push(element);
        true
    }

    fn empty() -> Self {
        BinaryHeap::new()
    }
}

unsafe fn set_len<S: Set<T>, T>(value: *const u8) -> usize {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    unsafe { &*value.cast::<S>() }.count()
}

unsafe fn set_each<S: Set<T>, T>(value: *mut u8, to: *mut *mut u8) {
    let mut place = to;
    // SAFETY: as above, and there is room for as many addresses as elements.
    unsafe { &*value.cast::<S>() }.each(&mut |element| unsafe {
        place.write(element.cast_mut().cast());
        place = place.add(1);
    });
}

unsafe fn set_drain<S: Set<T>, T>(value: *mut u8, to: *mut u8) {
    let mut place = to.cast::<T>();
    // SAFETY: the host gives the set away, and room for its elements.
    unsafe { value.cast::<S>().read() }.take_all(&mut |element| unsafe {
        place.write(element);
        place = place.add(1);
    });
}

/// As `build`, of values that are not dropped, so that a panic in `Hash`, `Eq` or `Ord` takes nothing away.
unsafe extern "C" fn set_rehearse<Trial: Set<ManuallyDrop<T>>, T>(elements: *mut u8, count: usize) -> Ret<bool> {
    guard(move || {
        let elements = elements.cast::<ManuallyDrop<T>>();
        let mut trial = Trial::empty();
        // SAFETY: the host gives that many elements in a row; these copies are looked at and never dropped.
        (0..count).all(|number| trial.add(unsafe { elements.add(number).read() }))
    })
}

unsafe extern "C" fn set_build<S: Set<T>, T>(to: *mut u8, elements: *mut u8, count: usize) -> Ret<()> {
    guard(move || {
        // After the rehearsal nothing panics, unless `Hash`, `Eq` or `Ord` answer otherwise than before. Then only the
        // element on the way is dropped; the host is told.
        let mut set = ManuallyDrop::new(S::empty());
        // SAFETY: the host gives memory of `reserve` that it has filled, and room for this type.
        unsafe {
            for number in 0..count {
                set.add(elements.cast::<T>().add(number).read());
            }
            give_back::<T>(elements, count);
            to.cast::<ManuallyDrop<S>>().write(set);
        }
    })
}

const fn scattered<S: Set<T>, Trial: Set<ManuallyDrop<T>>, T: HotState>() -> StateKind {
    StateKind::Sequence(SequenceState {
        element: T::state,
        fixed: None,
        len: set_len::<S, T>,
        reading: Reading::Scattered { each: set_each::<S, T>, drain: set_drain::<S, T> },
        reserve: reserve::<T>,
        give_back: give_back::<T>,
        rehearse: Some(set_rehearse::<Trial, T>),
        build: set_build::<S, T>,
    })
}

state!([T: HotState + Eq + Hash, S: BuildHasher + Default] HashSet<T, S>, scattered::<HashSet<T, S>, HashSet<ManuallyDrop<T>, S>, T>());
state!([T: HotState + Ord] BTreeSet<T>, scattered::<BTreeSet<T>, BTreeSet<ManuallyDrop<T>>, T>());
state!([T: HotState + Ord] BinaryHeap<T>, scattered::<BinaryHeap<T>, BinaryHeap<ManuallyDrop<T>>, T>());

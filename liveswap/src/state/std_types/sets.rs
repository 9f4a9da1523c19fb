//! Values of one type that have an order of their own, and places of their own: sets, heaps and lists.

use std::collections::{BTreeSet, BinaryHeap, HashSet, LinkedList};
use std::hash::{BuildHasher, Hash};
use std::mem::ManuallyDrop;
use std::ptr;

use super::sequences::{give_back, reserve};
use super::state;
use crate::guard::{Ret, guard};
use crate::state::{HotState, Reading, SequenceState, StateKind};

/// A collection as seen by the functions below: what std's traits say of it.
pub(in crate::state) trait Scattered<T>: Default + Extend<T> + IntoIterator<Item = T> {
    /// The elements' addresses.
    fn addresses(&self) -> impl ExactSizeIterator<Item = *const T>;
}

impl<S: Default + Extend<T> + IntoIterator<Item = T>, T> Scattered<T> for S
where
    for<'a> &'a S: IntoIterator<Item = &'a T, IntoIter: ExactSizeIterator>,
{
    fn addresses(&self) -> impl ExactSizeIterator<Item = *const T> {
        self.into_iter().map(ptr::from_ref)
    }
}

unsafe fn len<S: Scattered<T>, T>(value: *const u8) -> usize {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    unsafe { &*value.cast::<S>() }.addresses().len()
}

unsafe fn each<S: Scattered<T>, T>(value: *mut u8, to: *mut *mut u8) {
    // SAFETY: as above.
    let value = unsafe { &*value.cast::<S>() };
    for (place, element) in value.addresses().enumerate() {
        // SAFETY: there is room for as many addresses as elements.
        unsafe { to.add(place).write(element.cast_mut().cast()) };
    }
}

unsafe fn drain<S: Scattered<T>, T>(value: *mut u8, to: *mut u8) {
    // SAFETY: the host gives the collection away.
    let value = unsafe { value.cast::<S>().read() };
    for (place, element) in value.into_iter().enumerate() {
        // SAFETY: there is room for the elements.
        unsafe { to.cast::<T>().add(place).write(element) };
    }
}

/// As `build`, of values that are not dropped, so that a panic in `Hash`, `Eq` or `Ord` takes nothing away. False where
/// some are equal.
pub(super) unsafe extern "C" fn rehearse<Trial: Scattered<ManuallyDrop<T>>, T>(
    elements: *mut u8,
    count: usize,
) -> Ret<bool> {
    guard(move || {
        let mut trial = Trial::default();
        // SAFETY: the host gives that many elements in a row; these copies are looked at and never dropped.
        trial.extend((0..count).map(|number| unsafe { elements.cast::<ManuallyDrop<T>>().add(number).read() }));
        trial.addresses().len() == count
    })
}

unsafe extern "C" fn build<S: Scattered<T>, T>(to: *mut u8, elements: *mut u8, count: usize) -> Ret<()> {
    guard(move || {
        // After the rehearsal nothing panics, unless `Hash`, `Eq` or `Ord` answer otherwise than before. Then only the
        // element on the way is dropped; the host is told.
        let mut collection = ManuallyDrop::new(S::default());
        // SAFETY: the host gives memory of `reserve` that it has filled, and room for this type.
        unsafe {
            collection.extend((0..count).map(|number| elements.cast::<T>().add(number).read()));
            give_back::<T>(elements, count);
            to.cast::<ManuallyDrop<S>>().write(collection);
        }
    })
}

/// A collection into which any elements go.
const fn list<S: Scattered<T>, T: HotState>() -> SequenceState {
    SequenceState {
        element: T::state,
        fixed: None,
        len: len::<S, T>,
        reading: Reading::Scattered { each: each::<S, T>, drain: drain::<S, T> },
        reserve: reserve::<T>,
        give_back: give_back::<T>,
        rehearse: None,
        build: build::<S, T>,
    }
}

/// One that compares its elements; `Trial` is the same of elements that are not dropped.
pub(in crate::state) const fn set<S: Scattered<T>, Trial: Scattered<ManuallyDrop<T>>, T: HotState>() -> StateKind {
    StateKind::Sequence(SequenceState { rehearse: Some(rehearse::<Trial, T>), ..list::<S, T>() })
}

state!([T: HotState] LinkedList<T>, StateKind::Sequence(list::<LinkedList<T>, T>()));
state!([T: HotState + Eq + Hash, S: BuildHasher + Default] HashSet<T, S>, set::<HashSet<T, S>, HashSet<ManuallyDrop<T>, S>, T>());
state!([T: HotState + Ord] BTreeSet<T>, set::<BTreeSet<T>, BTreeSet<ManuallyDrop<T>>, T>());
state!([T: HotState + Ord] BinaryHeap<T>, set::<BinaryHeap<T>, BinaryHeap<ManuallyDrop<T>>, T>());

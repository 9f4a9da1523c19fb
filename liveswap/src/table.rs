//! The published table: one pointer that says which code is in force, and the number of its generation.
//!
//! A table is a slice that is never freed and never changed after it was published. Publishing is one store, so
//! all functions of a generation come into force together; a reader takes one load and sees either the old table
//! or the new one, whole. Nothing is ever reclaimed (images stay loaded too), so readers need no count and no lock.
//!
//! **Orderings.** `publish` stores with `Release` and `read` loads with `Acquire`: what was written to the table,
//! and to the image behind it by the loader, before the publish is seen by everyone who sees the pointer. On
//! x86-64 both are plain moves. The number is stored after the code that it is of, and read before it, by the same
//! orderings: who reads a number and then an element has code of that generation or of a newer one. So what goes wrong in
//! old code is never put down to a new generation. `tests/loom` checks both.

#[cfg(loom)]
use loom::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use std::ptr;

/// A slice that can be exchanged while others read from it.
///
/// All slices published through one value must have the same length, or a greater one: an index that was valid once
/// stays valid.
pub struct Published<T: Copy + 'static> {
    first: AtomicPtr<T>,
    generation: AtomicU64,
}

impl<T: Copy> Published<T> {
    /// Nothing published yet.
    #[cfg(not(loom))]
    pub const fn empty() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()), generation: AtomicU64::new(0) }
    }

    /// Nothing published yet.
    #[cfg(loom)]
    pub fn empty() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()), generation: AtomicU64::new(0) }
    }

    /// Reads element `index` of the slice in force; `None` before the first publish.
    ///
    /// # Safety
    ///
    /// `index` is smaller than the length of every slice ever published here.
    #[inline(always)]
    pub unsafe fn read(&self, index: usize) -> Option<T> {
        let first = self.first.load(Ordering::Acquire);
        if first.is_null() {
            return None;
        }
        // SAFETY: a non-null pointer came from `publish`, so it points to a slice that lives for ever and does not
        // change; by the contract `index` lies within it. `Acquire` makes its contents visible.
        Some(unsafe { *first.add(index) })
    }

    /// Brings a slice into force.
    pub fn publish(&self, slice: &'static [T]) {
        self.first.store(slice.as_ptr().cast_mut(), Ordering::Release);
    }

    /// The generation in force; 0 before the first.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// What was published last, or what it leads to, is of this generation.
    pub fn is_now(&self, generation: u64) {
        self.generation.store(generation, Ordering::Release);
    }

    /// Whether anything is in force.
    pub fn is_empty(&self) -> bool {
        self.first.load(Ordering::Acquire).is_null()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_nothing_then_the_newest() {
        let published = Published::empty();
        // SAFETY: every slice below has two elements.
        assert_eq!(unsafe { published.read(1) }, None);
        published.publish(&[1, 2]);
        // SAFETY: as above.
        assert_eq!(unsafe { published.read(1) }, Some(2));
        published.publish(&[3, 4]);
        // SAFETY: as above.
        assert_eq!(unsafe { published.read(0) }, Some(3));
    }
}

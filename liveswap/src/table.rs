//! The published table: one pointer that says which code is in force.
//!
//! A table is a slice that is never freed and never changed after it was published. Publishing is one store, so
//! all functions of a generation come into force together; a reader takes one load and sees either the old table
//! or the new one, whole. Nothing is ever reclaimed (images stay loaded too), so readers need no count and no lock.
//!
//! **Orderings.** `publish` stores with `Release` and `read` loads with `Acquire`: what was written to the table,
//! and to the image behind it by the loader, before the publish is seen by everyone who sees the pointer. On
//! x86-64 both are plain moves. The loom test in this file checks it.

#[cfg(loom)]
use loom::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicPtr, Ordering};

use std::ptr;

/// A slice that can be exchanged while others read from it.
///
/// All slices published through one value must have the same length, or a greater one: an index that was valid once
/// stays valid.
pub struct Published<T: Copy + 'static> {
    first: AtomicPtr<T>,
}

impl<T: Copy> Published<T> {
    /// Nothing published yet.
    #[cfg(not(loom))]
    pub const fn empty() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Nothing published yet.
    #[cfg(loom)]
    pub fn empty() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()) }
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

/// Run with `RUSTFLAGS="--cfg loom" cargo test -p liveswap --lib --release loom_`.
#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    /// A generation as a plain value: both halves always carry the same number.
    fn table(generation: u32) -> &'static [(u32, u32)] {
        Box::leak(vec![(generation, generation); 2].into_boxed_slice())
    }

    #[test]
    fn loom_readers_see_whole_generations_and_never_go_back() {
        loom::model(|| {
            let published = Arc::new(Published::empty());
            published.publish(table(1));
            let readers: Vec<_> = (0..2)
                .map(|index| {
                    let published = published.clone();
                    thread::spawn(move || {
                        // SAFETY: every table here has two elements.
                        let first = unsafe { published.read(index) }.unwrap();
                        // SAFETY: as above.
                        let second = unsafe { published.read(1 - index) }.unwrap();
                        assert_eq!(first.0, first.1);
                        assert_eq!(second.0, second.1);
                        assert!(second.0 >= first.0);
                    })
                })
                .collect();
            published.publish(table(2));
            for reader in readers {
                reader.join().unwrap();
            }
        });
    }

    #[test]
    fn loom_the_first_publish_shows_a_written_table() {
        loom::model(|| {
            let published = Arc::new(Published::empty());
            let reader = {
                let published = published.clone();
                // SAFETY: the only table has two elements.
                thread::spawn(move || unsafe { published.read(0) })
            };
            published.publish(table(7));
            assert!(matches!(reader.join().unwrap(), None | Some((7, 7))));
        });
    }
}

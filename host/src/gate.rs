//! The gate between the session, which prepares a generation, and the program, which lets it in at its safe point.
//!
//! Pure over plain values, so that loom can check it (`tests/loom`). `offer` and `take` are called from any threads.
//!
//! **Orderings.** The value itself travels under the mutex. `waiting` only spares a program that ticks thousands of
//! times a second the mutex: it is set after the value was put in, with `Release`, and read with `Acquire`. A reader
//! that sees it a moment too late takes the value at its next tick; one that sees it too early finds nothing.

#[cfg(loom)]
use loom::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};
#[cfg(not(loom))]
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

/// One place for a value that waits.
pub struct Gate<T> {
    waiting: AtomicBool,
    place: Mutex<Option<T>>,
}

impl<T> Default for Gate<T> {
    fn default() -> Self {
        Self { waiting: AtomicBool::new(false), place: Mutex::new(None) }
    }
}

impl<T> Gate<T> {
    /// Puts a value in, and gives back one that still waited and never will be taken.
    pub fn offer(&self, value: T) -> Option<T> {
        let mut place = self.place.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let replaced = place.replace(value);
        self.waiting.store(true, Ordering::Release);
        replaced
    }

    /// Puts back a value that was taken and can't be used yet, unless a newer one waits by now.
    pub fn put_back(&self, value: T) {
        let mut place = self.place.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        place.get_or_insert(value);
        self.waiting.store(true, Ordering::Release);
    }

    /// Whether something waits.
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// Takes what waits.
    #[inline]
    pub fn take(&self) -> Option<T> {
        if !self.is_waiting() {
            return None;
        }
        self.take_waiting()
    }

    #[cold]
    fn take_waiting(&self) -> Option<T> {
        let mut place = self.place.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        self.waiting.store(false, Ordering::Release);
        place.take()
    }
}

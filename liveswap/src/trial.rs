//! The trial of new code: its first calls, in which a panic takes it out of force again.
//!
//! Each entry has a trial of its own, since a function that is rarely called has not been tried by the calls of others. It
//! ends after a number of calls that came back, or after a time since the first of them.
//!
//! Pure over plain numbers, so that loom can check it (`tests/loom`). All functions are called from any threads.
//!
//! **Orderings.** The generation and the number of calls that are left are one word, so a call that comes back late, in code
//! of an older generation, can't end the trial of a newer one. What the words say is only counted: nothing is read by
//! means of them, so `Relaxed` is enough.

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering};

use std::time::Duration;

/// How long, in all, arguments may be cloned for one trial of one entry. What takes longer would be felt: it is a dozen
/// frames of a game.
const CLONING: Duration = Duration::from_millis(200);

/// Calls are counted in the lower half of the word.
const CALLS: u64 = u32::MAX as u64;

/// The trial of one entry.
pub struct Trial {
    /// The generation's number in the upper half (its lower 32 bits), the calls that are left in the lower one; with none
    /// left, there is no trial.
    word: AtomicU64,
    /// How long it lasts from the first call, in milliseconds.
    lasts: AtomicU64,
    /// When it ends, in milliseconds; 0 before the first call came back.
    ends: AtomicU64,
    /// How long arguments were cloned for it, in nanoseconds.
    cloning: AtomicU64,
}

impl Trial {
    /// No trial.
    #[cfg(not(loom))]
    pub const fn none() -> Self {
        Self { word: AtomicU64::new(0), lasts: AtomicU64::new(0), ends: AtomicU64::new(0), cloning: AtomicU64::new(0) }
    }

    /// No trial.
    #[cfg(loom)]
    pub fn none() -> Self {
        Self { word: AtomicU64::new(0), lasts: AtomicU64::new(0), ends: AtomicU64::new(0), cloning: AtomicU64::new(0) }
    }

    /// Begins one for a generation; with no calls, none.
    pub fn begin(&self, generation: u64, calls: u32, milliseconds: u64) {
        self.lasts.store(milliseconds, Ordering::Relaxed);
        self.ends.store(0, Ordering::Relaxed);
        self.cloning.store(0, Ordering::Relaxed);
        // Exchanged, though the old value is of no use: loom does not order a plain store against exchanges.
        self.word.swap((generation << 32) | u64::from(calls), Ordering::Relaxed);
    }

    /// Whether there is one.
    #[inline(always)]
    pub fn is_on(&self) -> bool {
        self.word.load(Ordering::Relaxed) & CALLS != 0
    }

    /// A call of this generation came back well; `now` in milliseconds, more than 0.
    pub fn passed(&self, generation: u64, now: u64) {
        let mut word = self.word.load(Ordering::Relaxed);
        while word >> 32 == generation & CALLS && word & CALLS != 0 {
            let next = if self.is_over(now) { word & !CALLS } else { word - 1 };
            match self.word.compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => word = other,
            }
        }
    }

    /// Whether arguments may still be cloned, so that they can be put back.
    pub fn may_clone(&self) -> bool {
        u128::from(self.cloning.load(Ordering::Relaxed)) < CLONING.as_nanos()
    }

    /// Arguments were cloned.
    pub fn has_cloned(&self, took: Duration) {
        self.cloning.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX / 2), Ordering::Relaxed);
    }

    /// Whether its time is over. The first call sets the end.
    fn is_over(&self, now: u64) -> bool {
        let end = now.saturating_add(self.lasts.load(Ordering::Relaxed));
        match self.ends.compare_exchange(0, end, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => false,
            Err(ends) => now >= ends,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn calls_until_the_end(trial: &Trial, generation: u64, mut now: impl FnMut() -> u64) -> u32 {
        let mut calls = 0;
        while trial.is_on() && calls < 1000 {
            trial.passed(generation, now());
            calls += 1;
        }
        calls
    }

    #[test]
    fn it_ends_after_its_calls() {
        let trial = Trial::none();
        assert!(!trial.is_on());
        trial.begin(7, 3, 1000);
        assert_eq!(calls_until_the_end(&trial, 7, || 5), 3);
        trial.begin(8, 0, 1000);
        assert!(!trial.is_on(), "a trial of no calls is none");
    }

    #[test]
    fn it_ends_after_its_time_which_begins_with_the_first_call() {
        let trial = Trial::none();
        trial.begin(7, 100, 1000);
        let mut times = [50_000, 50_999, 51_000, 51_001].into_iter();
        assert_eq!(calls_until_the_end(&trial, 7, || times.next().unwrap()), 3);
        trial.begin(8, 100, 1000);
        trial.passed(8, 51_002);
        assert!(trial.is_on(), "the next trial has a time of its own");
    }

    #[test]
    fn clones_have_a_time_of_their_own() {
        let trial = Trial::none();
        trial.begin(7, 100, 1000);
        trial.has_cloned(Duration::from_millis(199));
        assert!(trial.may_clone());
        trial.has_cloned(Duration::from_millis(2));
        assert!(!trial.may_clone());
        trial.begin(8, 100, 1000);
        assert!(trial.may_clone());
    }

    #[test]
    fn calls_of_another_generation_do_not_count() {
        let trial = Trial::none();
        trial.begin(7, 1, 1000);
        trial.passed(6, 5);
        assert!(trial.is_on());
        // The number is kept to 32 bits.
        trial.begin((1 << 32) + 9, 1, 1000);
        trial.passed((1 << 32) + 9, 5);
        assert!(!trial.is_on());
    }
}

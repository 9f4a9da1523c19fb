//! One question at a time from a thread that is in a signal handler to one that is not.
//!
//! The asking side does only what may be done in a handler: atomics, copies of plain data, and the system calls `futex` and
//! `clock_gettime`.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const FREE: u32 = 0;
/// Somebody writes a question.
const CLAIMED: u32 = 1;
const ASKED: u32 = 2;
const ANSWERED: u32 = 3;
/// Nobody waits for the answer any more.
const ABANDONED: u32 = 4;

/// A place for a question and its answer, which are plain data.
pub(crate) struct Mailbox<Q: Copy, A: Copy> {
    state: AtomicU32,
    question: UnsafeCell<Option<Q>>,
    answer: UnsafeCell<Option<A>>,
}

// SAFETY: `state` says whose the cells are: the asker's that has claimed them, then the answerer's, then the asker's again.
unsafe impl<Q: Copy + Send, A: Copy + Send> Sync for Mailbox<Q, A> {}

impl<Q: Copy, A: Copy> Mailbox<Q, A> {
    /// An empty one.
    pub(crate) const fn new() -> Self {
        Self { state: AtomicU32::new(FREE), question: UnsafeCell::new(None), answer: UnsafeCell::new(None) }
    }

    /// Asks, and waits at most `patience` for the answer.
    pub(crate) fn ask(&self, question: Q, patience: Duration) -> Option<A> {
        let end = Instant::now() + patience;
        // Another thread may be asking.
        while self.state.compare_exchange(FREE, CLAIMED, Ordering::Acquire, Ordering::Relaxed).is_err() {
            let left = end.checked_duration_since(Instant::now())?;
            wait(&self.state, self.state.load(Ordering::Relaxed), Some(left.min(Duration::from_millis(1))));
        }
        // SAFETY: claimed by us.
        unsafe { *self.question.get() = Some(question) };
        self.state.store(ASKED, Ordering::Release);
        wake(&self.state);
        while self.state.load(Ordering::Acquire) == ASKED {
            match end.checked_duration_since(Instant::now()) {
                Some(left) => wait(&self.state, ASKED, Some(left)),
                None => {
                    let over = self.state.compare_exchange(ASKED, ABANDONED, Ordering::Relaxed, Ordering::Acquire);
                    if over.is_ok() {
                        return None;
                    }
                }
            }
        }
        // SAFETY: answered, so ours again.
        let answer = unsafe { *self.answer.get() };
        self.state.store(FREE, Ordering::Release);
        wake(&self.state);
        answer
    }

    /// Waits for a question, and answers it by `answer`.
    pub(crate) fn answer_one(&self, answer: impl FnOnce(Q) -> Option<A>) {
        self.answer_until(None, answer);
    }

    /// As `answer_one`; gives up at `end`. Says whether there was a question.
    pub(crate) fn answer_until(&self, end: Option<Instant>, answer: impl FnOnce(Q) -> Option<A>) -> bool {
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            match self.state.load(Ordering::Acquire) {
                ASKED => break,
                ABANDONED => {
                    self.state.store(FREE, Ordering::Release);
                    wake(&self.state);
                }
                _ if left.is_some_and(|left| left.is_zero()) => return false,
                other => wait(&self.state, other, left),
            }
        }
        // SAFETY: asked, so ours until it is answered. An asker that gives up leaves it to us.
        let question = unsafe { *self.question.get() };
        let answer = question.and_then(answer);
        // SAFETY: as above.
        unsafe { *self.answer.get() = answer };
        if self.state.compare_exchange(ASKED, ANSWERED, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            self.state.store(FREE, Ordering::Release);
        }
        wake(&self.state);
        true
    }
}

/// Sleeps while the state is `value`, or until woken for no reason.
fn wait(state: &AtomicU32, value: u32, at_most: Option<Duration>) {
    let time = at_most.map(|time| libc::timespec {
        tv_sec: time.as_secs() as libc::time_t,
        tv_nsec: libc::c_long::from(time.subsec_nanos() as i32),
    });
    let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the kernel reads the word and the time.
    unsafe { libc::syscall(libc::SYS_futex, state.as_ptr(), libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG, value, time) };
}

fn wake(state: &AtomicU32) {
    // SAFETY: the word is only an address to the kernel.
    unsafe { libc::syscall(libc::SYS_futex, state.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, i32::MAX) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn each_of_many_askers_gets_its_own_answer() {
        static MAILBOX: Mailbox<u64, u64> = Mailbox::new();
        std::thread::scope(|scope| {
            let askers: Vec<_> = (0..8).map(|number| scope.spawn(move || MAILBOX.ask(number, LONG))).collect();
            (0..8).for_each(|_| MAILBOX.answer_one(|question| Some(question * 10)));
            for (number, asker) in (0..8).zip(askers) {
                assert_eq!(asker.join().unwrap(), Some(number * 10));
            }
        });
    }

    #[test]
    fn without_an_answer_the_asker_goes_on_and_the_next_one_is_served() {
        static MAILBOX: Mailbox<u64, u64> = Mailbox::new();
        assert!(!MAILBOX.answer_until(Some(Instant::now()), Some));
        assert_eq!(MAILBOX.ask(1, Duration::ZERO), None);
        std::thread::scope(|scope| {
            let asker = scope.spawn(|| MAILBOX.ask(2, LONG));
            MAILBOX.answer_one(Some);
            assert_eq!(asker.join().unwrap(), Some(2));
        });
    }
}

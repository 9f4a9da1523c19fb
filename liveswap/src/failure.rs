//! Calls that fail: what the program wants of them, what the host decides, and how a caller gets an error instead of a
//! panic.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use crate::entry::Entry;
use crate::guard::HotPanic;

/// What becomes of a call of a `#[hot]` function that panics, and of the generation whose code did. For a whole host it
/// is said to its builder, for single calls with [`on_panic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// In the first calls of a new generation, the last good one comes back into force, and the call is made again on it
    /// where its arguments allow that: shared references, `&mut`, what is `Copy` or `Clone`. Where they don't, and after
    /// the first calls, as [`Keep`](Self::Keep).
    #[default]
    Rollback,
    /// The code stays in force. A call without a value returns; any other panics, with a [`HotPanic`] as payload.
    Keep,
    /// The code stays in force, and each such call panics, with a [`HotPanic`] as payload.
    Propagate,
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    /// `rollback`, `keep` or `propagate`.
    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        match text {
            "rollback" => Ok(Policy::Rollback),
            "keep" => Ok(Policy::Keep),
            "propagate" => Ok(Policy::Propagate),
            other => Err(UnknownPolicy(other.to_owned())),
        }
    }
}

/// A text that is no [`Policy`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPolicy(String);

impl fmt::Display for UnknownPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of `rollback`, `keep`, `propagate`", self.0)
    }
}

impl std::error::Error for UnknownPolicy {}

/// A call that panicked, as the host is told.
pub struct Failure<'a> {
    /// The function.
    pub entry: &'static Entry,
    /// The generation that was in force when the call began, or an older one.
    pub generation: u64,
    /// Whether this was one of the generation's first calls.
    pub is_on_trial: bool,
    /// Whether the call can be made again.
    pub can_be_repeated: bool,
    /// What it had changed.
    pub touched: Touched,
    /// What was said with [`on_panic`].
    pub policy: Option<Policy>,
    /// The panic.
    pub panic: &'a HotPanic,
}

/// What became of what a failed call was given by `&mut`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// There was nothing.
    Nothing,
    /// All of it is as it was before the call.
    PutBack,
    /// What the call changed stays so, of some of it at least.
    Stays,
}

impl Touched {
    pub(crate) fn and(self, other: Touched) -> Touched {
        match (self, other) {
            (Touched::Nothing, both) | (both, Touched::Nothing) => both,
            (Touched::PutBack, Touched::PutBack) => Touched::PutBack,
            _ => Touched::Stays,
        }
    }
}

/// What the host decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Other code is in force: make the call again.
    Again,
    /// Return without a value, where the function has none; else panic.
    Return,
    /// Panic.
    Panic,
}

/// Who decides.
pub trait Judge: Send + Sync {
    /// Called on the thread of the call, after the panic was caught.
    fn judge(&self, failure: &Failure<'_>) -> Answer;
}

/// An error instead of a panic: what [`try_call`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HotError {
    /// The call panicked, and could not be made again on older code.
    Panicked(Box<HotPanic>),
}

impl fmt::Display for HotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HotError::Panicked(panic) => panic.fmt(f),
        }
    }
}

impl std::error::Error for HotError {}

/// What a thread has said of the calls that it makes now.
#[derive(Clone, Copy)]
struct Said {
    policy: Option<Policy>,
    /// Whether a call that fails is to panic also where it has no value to give.
    wants_error: bool,
}

thread_local! {
    static SAID: Cell<Said> = const { Cell::new(Said { policy: None, wants_error: false }) };
}

/// Says something for as long as a function runs, also where it panics.
fn saying<R>(change: impl FnOnce(&mut Said), run: impl FnOnce() -> R) -> R {
    struct Before(Said);
    impl Drop for Before {
        fn drop(&mut self) {
            SAID.set(self.0);
        }
    }
    let before = Before(SAID.get());
    let mut said = before.0;
    change(&mut said);
    SAID.set(said);
    run()
}

/// The policy for the calls of hot functions that `calls` makes on this thread, instead of the host's.
///
/// ```
/// # #[liveswap::hot]
/// # fn shown(score: u64) -> String { score.to_string() }
/// # liveswap::hot_lib!();
/// # fn main() {
/// use liveswap::{Policy, on_panic};
///
/// let text = on_panic(Policy::Keep, || shown(7));
/// # assert_eq!(text, "7");
/// # }
/// ```
///
/// A future is polled by whom it is given to; say it there.
pub fn on_panic<R>(policy: Policy, calls: impl FnOnce() -> R) -> R {
    saying(|said| said.policy = Some(policy), calls)
}

/// Runs `call`, and gives an error where a hot function that it calls panicked and no other code could be called instead.
///
/// ```
/// # #[liveswap::hot]
/// # fn shown(score: u64) -> String { score.to_string() }
/// # liveswap::hot_lib!();
/// # fn main() {
/// match liveswap::try_call(|| shown(7)) {
///     Ok(text) => println!("{text}"),
///     Err(error) => eprintln!("{error}"), // the panic was told by the host already
/// }
/// # }
/// ```
///
/// # Errors
///
/// The panic. Calls without a value give it too, which return as if nothing were by themselves.
///
/// # Panics
///
/// Where `call` panics by itself.
pub fn try_call<R>(call: impl FnOnce() -> R) -> Result<R, HotError> {
    // Unwind safety: as with any error, what `call` was at may be half done, and the caller is told that it failed.
    let call = AssertUnwindSafe(|| saying(|said| said.wants_error = true, call));
    catch_unwind(call).map_err(error)
}

/// As [`try_call`], for a future.
///
/// # Errors
///
/// As there.
///
/// # Panics
///
/// Where the future panics by itself.
pub fn try_call_async<F: Future>(future: F) -> impl Future<Output = Result<F::Output, HotError>> {
    TryCall(Box::pin(future))
}

struct TryCall<F>(Pin<Box<F>>);

impl<F: Future> Future for TryCall<F> {
    type Output = Result<F::Output, HotError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match try_call(|| self.0.as_mut().poll(context)) {
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

fn error(payload: Box<dyn Any + Send>) -> HotError {
    match payload.downcast::<HotPanic>() {
        Ok(panic) => HotError::Panicked(panic),
        Err(payload) => resume_unwind(payload),
    }
}

/// What the thread has said of the policy.
pub(crate) fn policy() -> Option<Policy> {
    SAID.get().policy
}

/// What a failed call does, with the host's answer: whether it returns without a value where it has none.
pub(crate) fn may_return(answer: Answer) -> bool {
    answer != Answer::Panic && !SAID.get().wants_error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic(message: &str) -> HotPanic {
        let nothing = String::new;
        HotPanic { message: message.into(), file: nothing(), line: 0, column: 0, backtrace: nothing(), signal: 0 }
    }

    #[test]
    fn a_policy_holds_for_its_calls_and_not_longer() {
        assert_eq!(policy(), None);
        let seen = on_panic(Policy::Keep, || (policy(), on_panic(Policy::Propagate, policy), policy()));
        assert_eq!(seen, (Some(Policy::Keep), Some(Policy::Propagate), Some(Policy::Keep)));
        let _ = catch_unwind(|| on_panic(Policy::Keep, || resume_unwind(Box::new(()))));
        assert_eq!(policy(), None);
    }

    #[test]
    fn a_panic_of_hot_code_becomes_an_error_and_no_other_does() {
        assert_eq!(try_call(|| 3), Ok(3));
        let error = try_call(|| resume_unwind(Box::new(panic("no"))) as u8).unwrap_err();
        assert_eq!(error.to_string(), "hot code panicked: no");
        let other = catch_unwind(|| try_call(|| resume_unwind(Box::new("own")) as u8)).unwrap_err();
        assert_eq!(other.downcast_ref::<&str>(), Some(&"own"));
    }

    #[test]
    fn who_wants_an_error_gets_one() {
        assert!(may_return(Answer::Return) && !may_return(Answer::Panic));
        assert_eq!(try_call(|| may_return(Answer::Return)), Ok(false));
    }
}

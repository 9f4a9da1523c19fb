//! The call of a `#[hot]` function: it asks [`current`] first, and runs its own body where nothing is loaded.
//!
//! A call of code that is [on trial](crate::trial) keeps its arguments, so that it can be made again on other code.

use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::again::Ways;
use crate::entry::{Code, Entry};
use crate::failure::{Answer, Failure, Touched, may_return, policy};
use crate::future::HotFuture;
use crate::guard::{HotPanic, PanicReport};
use crate::hot_crate::HotCrate;
use crate::in_flight;

/// The code in force for `entry`; `None` where nothing is loaded: then the function's own body is to be run.
#[inline(always)]
pub fn current(of: &'static HotCrate, entry: &'static Entry) -> Option<Current> {
    // SAFETY: an index other than 0 was set by `HotCrate::publish`, and is below the length of all tables of `of`
    // (each crate's entries are in its own list). Index 0 is below it too, since no table is empty.
    let code = unsafe { of.table().read(entry.index()) }?;
    if code == Code::NONE { None } else { Some(Current { code, of, entry }) }
}

/// Code in force, of the entry that asked for it.
pub struct Current {
    code: Code,
    of: &'static HotCrate,
    entry: &'static Entry,
}

/// What a call gives that failed, where the host lets it return: something only for functions without a value.
pub type Instead<R> = fn() -> Option<R>;

/// For functions with a value.
pub fn nothing<R>() -> Option<R> {
    None
}

/// For functions without.
pub fn unit() -> Option<()> {
    Some(())
}

impl Current {
    /// Whether the code is new, so that [`call_on_trial`](Self::call_on_trial) is to be called.
    #[inline(always)]
    pub fn is_on_trial(&self) -> bool {
        self.entry.trial().is_on()
    }

    /// Calls the code. `A` and `R` are the argument types and the output of the entry's function: the macro passes
    /// the function's own arguments and returns the result from it, so both are inferred from its signature.
    ///
    /// # Panics
    ///
    /// Where the code panicked, and the host does not let the call return: with a [`HotPanic`] as the payload.
    #[inline(always)]
    pub fn call<A: Arguments, R>(self, arguments: A, instead: Instead<R>) -> R {
        let mut report = ptr::null_mut();
        let code = self.code;
        // SAFETY: `self` was made by `current` for the entry of the function that calls this; see there.
        let mut value =
            unsafe { in_flight::enter(code, &mut report, move |report| arguments.enter::<R>(code, report)) };
        if !report.is_null() {
            // SAFETY: a report that is not null was made by the trampoline's guard, and is handed out once.
            let panic = unsafe { HotPanic::take(report) };
            value = MaybeUninit::new(failed(self.of, self.entry, panic, instead));
        }
        // SAFETY: the trampoline has written the value where it left no report.
        unsafe { taken(&value) }
    }

    /// As [`call`](Self::call), where the code is on trial: after a panic the call is made again, if other code came into
    /// force, and if the `ways` to keep its arguments allow it.
    #[inline(always)]
    pub fn call_on_trial<A: Arguments, W: Ways<A>, R>(self, arguments: A, ways: W, instead: Instead<R>) -> R {
        // One by one, so that in `call` they need no place in memory.
        let Current { code, of, entry } = self;
        try_out(code, of, entry, arguments, ways, instead)
    }

    /// Calls the code of an async entry; the future runs on this generation to its end.
    ///
    /// # Panics
    ///
    /// As [`call`](Self::call), in the call and in each poll.
    #[inline(always)]
    pub fn call_async<A: Arguments, R>(self, arguments: A, instead: Instead<R>) -> HotCall<R> {
        let (call, code) = self.begin();
        // SAFETY: as in `call`; the signature says that the entry is async, and whether its future is `Send`.
        match unsafe { enter(code, arguments) } {
            Ok(future) => HotCall { future: HotFuture::of(future, code), call, instead },
            // No body has run: there was no memory for the future, or its arguments could not be moved there.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// The generation, and then the code. In this order a failure is never put down to a newer generation than that of
    /// the code, which the host publishes before the number.
    fn begin(&self) -> (Call, Code) {
        let is_on_trial = self.is_on_trial();
        let call = Call { of: self.of, entry: self.entry, generation: self.of.generation(), is_on_trial };
        // SAFETY: as in `current`.
        let newest = unsafe { self.of.table().read(self.entry.index()) };
        (call, newest.filter(|code| *code != Code::NONE).unwrap_or(self.code))
    }
}

/// Calls code that is on trial, or what has come into force meanwhile.
#[cold]
#[inline(never)]
fn try_out<A: Arguments, W: Ways<A>, R>(
    code: Code,
    of: &'static HotCrate,
    entry: &'static Entry,
    mut arguments: A,
    ways: W,
    instead: Instead<R>,
) -> R {
    loop {
        let (call, code) = Current { code, of, entry }.begin();
        let mut kept = call.keep(&ways, &arguments);
        // SAFETY: as in `call`.
        let panic = match unsafe { enter(code, arguments) } {
            Ok(value) => {
                call.passed();
                return value;
            }
            Err(panic) => panic,
        };
        // SAFETY: the call is over and gave no value, so that nobody uses its arguments.
        let (touched, again) = unsafe {
            let touched = W::put_back(&mut kept, panic.signal != 0);
            (touched, W::again(kept))
        };
        match (call.judge(&panic, again.is_some(), touched), again) {
            // Only after another generation came into force; so this ends.
            (Answer::Again, Some(again)) => arguments = again,
            (answer, _) => return give_up(panic, answer, instead),
        }
    }
}

/// A call that was not on trial has failed.
#[cold]
#[inline(never)]
fn failed<R>(of: &'static HotCrate, entry: &'static Entry, panic: Box<HotPanic>, instead: Instead<R>) -> R {
    let came = Call { of, entry, generation: of.generation(), is_on_trial: false };
    let answer = came.judge(&panic, false, Touched::Stays);
    give_up(panic, answer, instead)
}

/// Moves the value out.
///
/// What a call has just written word by word is read word by word: a processor that has to gather a wider read from
/// several writes waits until they have reached its cache. For 40 bytes a call took 3 ns more (the bench `call`).
///
/// # Safety
///
/// It was written, and is not used any more.
#[inline(always)]
unsafe fn taken<R>(value: &MaybeUninit<R>) -> R {
    const WORD: usize = size_of::<usize>();
    const MOST_WORDS: usize = 16;
    let is_of_words = size_of::<R>().is_multiple_of(WORD) && align_of::<R>() >= WORD;
    if !is_of_words || size_of::<R>() <= 2 * WORD || size_of::<R>() > MOST_WORDS * WORD {
        // SAFETY: by the contract.
        return unsafe { value.assume_init_read() };
    }
    let mut moved = MaybeUninit::<R>::uninit();
    let (from, to) = (value.as_ptr().cast::<MaybeUninit<usize>>(), moved.as_mut_ptr().cast::<MaybeUninit<usize>>());
    for word in 0..size_of::<R>() / WORD {
        // SAFETY: both have so many words, each aligned, and a word may be uninitialised. Volatile, so that the reads are
        // not merged.
        unsafe { to.add(word).write(from.add(word).read_volatile()) };
    }
    // SAFETY: the value's bytes, all of them, are there.
    unsafe { moved.assume_init() }
}

/// Calls code, and gives its value or its panic.
///
/// # Safety
///
/// `code` was published for an entry whose function has these arguments and this output. The host publishes code only
/// after it compared the signature, as text and type by type in layout, with the entry's own; and the handshake has shown
/// that both sides were compiled by the same compiler, so that an `extern "C"` function over these types is called alike
/// on both.
#[inline(always)]
unsafe fn enter<A: Arguments, R>(code: Code, arguments: A) -> Result<R, Box<HotPanic>> {
    let mut report = ptr::null_mut();
    // SAFETY: by the contract.
    let value = unsafe { in_flight::enter(code, &mut report, |report| arguments.enter::<R>(code, report)) };
    if report.is_null() {
        // SAFETY: the trampoline has written the value where it left no report.
        return Ok(unsafe { value.assume_init() });
    }
    // SAFETY: a report that is not null was made by the trampoline's guard, and is handed out once.
    Err(unsafe { HotPanic::take(report) })
}

/// A failed call returns, where that is allowed and it has no value to give.
fn give_up<R>(panic: Box<HotPanic>, answer: Answer, instead: Instead<R>) -> R {
    let value = if may_return(answer) { instead() } else { None };
    // The panic hook is not called again: the panic was told where it happened.
    value.unwrap_or_else(|| std::panic::resume_unwind(panic))
}

/// A call under way.
struct Call {
    of: &'static HotCrate,
    entry: &'static Entry,
    /// That of the code, or an older one.
    generation: u64,
    is_on_trial: bool,
}

impl Call {
    /// Keeps the arguments, if that does not take too long.
    fn keep<A, W: Ways<A>>(&self, ways: &W, arguments: &A) -> W::Kept {
        if !W::CLONES {
            return ways.keep(arguments, true);
        }
        let (trial, start) = (self.entry.trial(), Instant::now());
        let kept = ways.keep(arguments, !trial.may_clone());
        trial.has_cloned(start.elapsed());
        kept
    }

    fn passed(&self) {
        if self.is_on_trial {
            self.entry.trial().passed(self.generation, now());
        }
    }

    fn judge(&self, panic: &HotPanic, can_be_repeated: bool, touched: Touched) -> Answer {
        let Call { entry, generation, is_on_trial, .. } = *self;
        self.of.judge(&Failure { entry, generation, is_on_trial, can_be_repeated, touched, policy: policy(), panic })
    }
}

/// Milliseconds of a clock that begins at 1.
fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    1 + u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX - 1)
}

/// The future of an async entry.
pub struct HotCall<R> {
    future: HotFuture<R>,
    call: Call,
    instead: Instead<R>,
}

impl<R> Future for HotCall<R> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let HotCall { future, call, instead } = self.get_mut();
        match future.poll_hot(context) {
            Ok(Poll::Ready(value)) => {
                call.passed();
                Poll::Ready(value)
            }
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => {
                let answer = call.judge(&panic, false, Touched::Stays);
                Poll::Ready(give_up(panic, answer, *instead))
            }
        }
    }
}

/// A tuple of arguments that an entry can be called with.
pub trait Arguments {
    /// Calls `code`.
    ///
    /// # Safety
    ///
    /// `code` is one of the functions of [`trampoline`](crate::trampoline) over these types in this order, and `R`.
    unsafe fn enter<R>(self, code: Code, report: &mut *mut PanicReport) -> MaybeUninit<R>;
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<$($argument),*> Arguments for ($($argument,)*) {
            #[inline(always)]
            #[allow(non_snake_case)]
            unsafe fn enter<R>(self, code: Code, report: &mut *mut PanicReport) -> MaybeUninit<R> {
                // SAFETY: by the contract this is the function's type; code addresses and function pointers are
                // alike on every platform with dynamic libraries.
                let function = unsafe {
                    std::mem::transmute::<
                        *const (),
                        unsafe extern "C" fn($($argument,)* &mut *mut PanicReport) -> MaybeUninit<R>,
                    >(code.address())
                };
                let ($($argument,)*) = self;
                // SAFETY: by the contract.
                unsafe { function($($argument,)* report) }
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);
arguments!(A B C D E F G H I);
arguments!(A B C D E F G H I J);
arguments!(A B C D E F G H I J K);
arguments!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests {
    use super::*;

    /// What `taken` gives for a value that was written.
    fn taken_of<R>(value: R) -> R {
        let written = MaybeUninit::new(value);
        // SAFETY: it was written, and is not used after this.
        unsafe { taken(&written) }
    }

    #[test]
    fn values_of_all_sizes_are_moved_whole() {
        assert_eq!(taken_of(7_u8), 7);
        assert_eq!(taken_of([1_u32, 2, 3, 4, 5, 6, 7]), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(taken_of([1_u64, 2, 3, 4, 5]), [1, 2, 3, 4, 5]);
        assert_eq!(taken_of([9_u64; 40]), [9; 40]);
        let text = "owned".to_owned();
        // With padding between the parts.
        assert_eq!(taken_of((1_u8, text, 2_u16, [3_u64; 3])), (1, "owned".to_owned(), 2, [3; 3]));
        assert_eq!(taken_of(Some(Box::new([4_u8; 3]))), Some(Box::new([4; 3])));
        taken_of(());
    }
}

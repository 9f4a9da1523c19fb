//! Futures of `#[hot] async fn`s: boxed in the library, polled and dropped by the library's own code.
//!
//! A future that has started runs to its end on the code that it started with; images stay loaded, so that code is
//! there as long as the future is.

#![expect(
    improper_ctypes_definitions,
    reason = "both sides were compiled by the same compiler, which the handshake shows; \"C\" is chosen since it never unwinds"
)]

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::entry::Code;
use crate::guard::{HotPanic, Ret, guard};
use crate::in_flight;

/// A future of a library: its state, and the library's functions for it.
///
/// It borrows what the entry's arguments borrow; the expansion of `#[hot]` awaits it inside the function that owns
/// the arguments, so it never outlives them.
#[repr(C)]
pub struct HotFuture<R> {
    state: *mut (),
    poll: unsafe extern "C" fn(state: *mut (), context: &mut Context<'_>) -> Ret<Poll<R>>,
    release: unsafe extern "C" fn(state: *mut ()) -> Ret<()>,
    /// The entry's, which polls count as calls of; set on the caller's side.
    code: Code,
    output: PhantomData<R>,
}

// SAFETY: the library's future need not be `Send`. Whether it is, is part of the entry's signature, which the host
// compares: the function that awaits this value contains, in its other branch, its own body's future, so it is `Send`
// only where that one is, and then the library's is too.
unsafe impl<R> Send for HotFuture<R> {}
// SAFETY: no method takes `&self`.
unsafe impl<R> Sync for HotFuture<R> {}

impl<R> HotFuture<R> {
    pub(crate) fn new<F: Future<Output = R>>(future: F) -> Self {
        Self {
            state: Box::into_raw(Box::new(future)).cast(),
            poll: poll::<F>,
            release: release::<F>,
            code: Code::NONE,
            output: PhantomData,
        }
    }

    /// As the future of a call of `code`.
    pub(crate) fn of(self, code: Code) -> Self {
        let mut future = self;
        future.code = code;
        future
    }
}

unsafe extern "C" fn poll<F: Future>(state: *mut (), context: &mut Context<'_>) -> Ret<Poll<F::Output>> {
    // SAFETY: `state` is the box of `HotFuture::new`, alive until `release`; it is never moved, so it may be pinned.
    let future = unsafe { Pin::new_unchecked(&mut *state.cast::<F>()) };
    guard(move || future.poll(context))
}

unsafe extern "C" fn release<F>(state: *mut ()) -> Ret<()> {
    // SAFETY: called once, by the drop of the `HotFuture` that owns the box.
    guard(move || drop(unsafe { Box::from_raw(state.cast::<F>()) }))
}

/// The state is in a box, so moving this moves nothing that is pinned.
impl<R> Unpin for HotFuture<R> {}

impl<R> HotFuture<R> {
    /// Polls it; after an error it must not be polled again.
    pub(crate) fn poll_hot(&mut self, context: &mut Context<'_>) -> Result<Poll<R>, Box<HotPanic>> {
        assert!(!self.state.is_null(), "the future crashed when it was polled before");
        // SAFETY: state and functions belong together, and `&mut self` makes this the only use.
        let polled = in_flight::enter_for(self.code.address(), || unsafe { (self.poll)(self.state, context) });
        let polled = polled.into_result();
        if polled.as_ref().is_err_and(|panic| panic.signal != 0) {
            // It was left in the middle: what of it there is to drop, nobody knows.
            self.state = std::ptr::null_mut();
        }
        polled
    }
}

impl<R> Drop for HotFuture<R> {
    fn drop(&mut self) {
        if self.state.is_null() {
            return;
        }
        // SAFETY: as in `poll`; nothing uses the state after this.
        let released = in_flight::enter_for(self.code.address(), || unsafe { (self.release)(self.state) });
        // A panic in a destructor of the library was reported by its hook; here it must not unwind out of a drop.
        let _ = released.into_result();
    }
}

/// Says whether a function's future is `Send`: `is_send_probe(F).is_send()` finds the inherent method where it is, and
/// the trait's otherwise.
pub struct SendProbe<F>(PhantomData<F>);

/// A probe of the future that a call of `function` would give.
pub fn is_send_probe<F, Fut, A>(_: F) -> SendProbe<Fut>
where
    F: AsyncFunction<A, Future = Fut>,
{
    SendProbe(PhantomData)
}

impl<F: Send> SendProbe<F> {
    /// The future is `Send`.
    pub fn is_send(&self) -> bool {
        true
    }
}

/// Found where the inherent method is not.
pub trait SendProbeFallback {
    /// The future is not `Send`.
    fn is_send(&self) -> bool {
        false
    }
}

impl<F> SendProbeFallback for &SendProbe<F> {}

/// A function that gives a future, with its arguments as a tuple.
pub trait AsyncFunction<A> {
    /// The future.
    type Future;
}

macro_rules! async_function {
    ($($argument:ident)*) => {
        impl<Function, Fut, $($argument),*> AsyncFunction<($($argument,)*)> for Function
        where
            Function: Fn($($argument),*) -> Fut,
        {
            type Future = Fut;
        }
    };
}

async_function!();
async_function!(A);
async_function!(A B);
async_function!(A B C);
async_function!(A B C D);
async_function!(A B C D E);
async_function!(A B C D E F);
async_function!(A B C D E F G);
async_function!(A B C D E F G H);
async_function!(A B C D E F G H I);
async_function!(A B C D E F G H I J);
async_function!(A B C D E F G H I J K);
async_function!(A B C D E F G H I J K L);

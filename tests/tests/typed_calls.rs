//! Every kind of call reaches loaded code, with its arguments and its answer whole.
//!
//! One test: the code in force is one for the whole process.

#![cfg(all(debug_assertions, target_os = "linux"))]

#[path = "support/calls.rs"]
mod calls;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use liveswap::HotPanic;
use typed_calls::{Answer, Escapes, Speak, State, Voice};

#[test]
fn every_kind_of_call_reaches_the_newest_code() {
    let variants = calls::build();
    let mut loader = calls::Loader::new();
    let mut state = State::new();
    check(&mut state, 0);
    // Started on the code that is linked in, and on the first generation.
    let mut kept = State::default();
    let mut first = Box::pin(typed_calls::waits(&mut kept, 2));
    assert_eq!(poll(first.as_mut()), Poll::Pending);
    loader.publish(&variants[0]);
    check(&mut state, 1);
    let mut also_kept = State::default();
    let mut second = Box::pin(typed_calls::waits(&mut also_kept, 2));
    assert_eq!(poll(second.as_mut()), Poll::Pending);
    let of_first = typed_calls::escapes();
    loader.publish(&variants[1]);
    check(&mut state, 2);

    // Futures that have started end on their own code.
    assert_eq!((poll(first.as_mut()), poll(second.as_mut())), (Poll::Pending, Poll::Pending));
    assert_eq!((poll(first.as_mut()), poll(second.as_mut())), (Poll::Ready((0, 0)), Poll::Ready((1, 1))));
    drop((first, second));
    assert_eq!((kept.calls, also_kept.calls), (1, 1));

    panics(&loader);
    escapes(&of_first);
    std::mem::forget(of_first);
    // One that is dropped before its end is dropped by its own code.
    drop(Box::pin(typed_calls::waits(&mut kept, 2)));
    assert_eq!(state.texts.len(), 3);
    calls::remove(&variants);
}

/// All calls; `state` was last changed by other code.
fn check(state: &mut State, variant: u64) {
    assert_eq!(typed_calls::number(), variant);
    let calls = state.calls;
    let answer = typed_calls::mixed(state, format!("text {variant}"), &[1, 2, 3], (4, 5));
    assert_eq!(answer, Answer { variant, again: variant, sum: 15, text: format!("text {variant}") });
    assert_eq!(state.last.as_deref(), Some(&answer));
    assert_eq!(state.calls(), (calls + 1, variant));
    // What another generation allocated is grown and freed here, and the other way round.
    state.texts[0].push_str(&"grown".repeat(100));
    assert_eq!(typed_calls::longest("long", "longer"), ("longer", variant));
    assert_eq!(typed_calls::twelve(1, 1, 1, 1, -1, 1, 1, 1, 1.0, 1.0, true, 'a'), (106.0, variant));

    assert_eq!(State::new().calls, variant);
    let mut other = State::from(7);
    assert_eq!(other.calls, 70 + variant);
    assert_eq!(other.step(answer).calls, 85 + 2 * variant);
    assert_eq!(Pin::new(&mut other).pinned(), variant);
    let (mut other, by) = Box::new(other).boxed();
    assert_eq!((other.calls, by), (86 + 2 * variant, variant));
    assert_eq!(other.next(), Some((85 + 2 * variant, variant)));

    // Trait objects carry their own side's code.
    struct OfTheHost;
    impl Speak for OfTheHost {
        fn speak(&self) -> String {
            "host".into()
        }
    }
    let (said, voice) = typed_calls::exchange(&OfTheHost);
    assert_eq!((said.as_str(), voice.speak()), ("host", format!("voice {variant}")));
    assert_eq!(typed_calls::exchange(&Voice).0, "voice 0", "a method that is not hot is the caller's");

    // Statics and thread-locals are each generation's own.
    assert_eq!((typed_calls::counted(), typed_calls::counted()), ((1, 1), (2, 2)));

    let shared = Rc::new(Cell::new(7));
    assert_eq!(block_on(typed_calls::waits_here(shared.clone())), variant);
    assert_eq!(shared.get(), variant);
    assert_eq!(block_on(send(typed_calls::waits(state, 3))), (variant, variant));
}

fn panics(loader: &calls::Loader) {
    let caught = |call: &dyn Fn()| *catch_unwind(AssertUnwindSafe(call)).unwrap_err().downcast::<HotPanic>().unwrap();
    let panic = caught(&|| _ = typed_calls::fails("text"));
    assert_eq!(panic.message, "no 2");
    assert!(panic.file.ends_with("typed-calls/src/lib.rs") && panic.line > 0 && panic.column > 0, "{panic:?}");
    let text = panic.to_string();
    assert_eq!(text, format!("hot code panicked: no 2 ({}:{}:{})", panic.file, panic.line, panic.column));
    assert_eq!(caught(&|| _ = typed_calls::fails("payload")).message, "a panic whose payload is no text");
    assert_eq!(caught(&|| _ = block_on(typed_calls::fails_later())).message, "later in 2");
    assert_eq!(
        *loader.panics.lock().unwrap(),
        ["no 2", "a panic whose payload is no text", "later in 2"],
        "each was told when it happened"
    );
    // It goes on.
    assert_eq!(typed_calls::fails("not"), 2);
}

/// Panics that leave the library by another way than a hot function are the host's own.
fn escapes(of_first: &Escapes) {
    let caught = |call: &dyn Fn()| *catch_unwind(AssertUnwindSafe(call)).unwrap_err().downcast::<HotPanic>().unwrap();
    struct Noted<'a>(&'a Cell<u32>);
    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let unwound = Cell::new(0);
    // More than once: nothing of the library counts the thread as panicking any more.
    for _ in 0..3 {
        let mut of_second = typed_calls::escapes();
        let closure = || {
            let _noted = Noted(&unwound);
            _ = (of_second.closure)("text".repeat(9));
        };
        let panic = caught(&closure);
        assert_eq!(panic.message, "out of 2");
        assert!(panic.file.ends_with("typed-calls/src/lib.rs") && panic.line > 0, "{panic:?}");
        assert_eq!(caught(&|| _ = of_second.object.speak()).message, "mute in 2");
        // Of a generation that was replaced, called by the host and by the newest one.
        assert_eq!(caught(&|| _ = (of_first.closure)(String::new())).message, "out of 1");
        let panic = caught(&|| _ = typed_calls::calls(of_first));
        assert_eq!(panic.message, "out of 1");
        assert!(panic.file.ends_with("typed-calls/src/lib.rs") && panic.line > 0, "{panic:?}");
        // Through the host's frames to a `catch_unwind` of the library's own.
        assert!(typed_calls::catches(&closure));
        // The host's own panic enters the library, where it is caught.
        assert!(typed_calls::catches(&|| panic!("the host's")));
        assert_eq!(caught(&|| _ = typed_calls::calls_host(&|| panic!("the {}", "host's"))).message, "the host's");
        // It passes where nothing catches.
        let panic = catch_unwind(AssertUnwindSafe(|| (of_second.calls_back)(&|| panic!("the host's")))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the host's"));
        let future = catch_unwind(AssertUnwindSafe(|| poll(of_second.future.as_mut()))).unwrap_err();
        assert_eq!(future.downcast::<HotPanic>().unwrap().message, "out of 2");
        let Escapes { dropped, object, .. } = of_second;
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(dropped))).unwrap_err();
        assert_eq!(dropped.downcast::<HotPanic>().unwrap().message, "dropped in 2");
        std::mem::forget(object);
    }
    assert_eq!(unwound.get(), 6, "the host's frames are unwound");
    // On a thread of the host that catches nothing.
    let thread = std::thread::spawn(|| {
        let Escapes { closure, object, dropped, .. } = typed_calls::escapes();
        std::mem::forget((object, dropped));
        closure(String::new())
    });
    assert!(thread.join().unwrap_err().is::<HotPanic>());
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
    }
}

/// Compiles only for what may go to other threads.
fn send<T: Send>(value: T) -> T {
    value
}

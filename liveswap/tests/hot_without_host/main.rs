//! Every form of function that may be hot, without a host: it compiles, and runs its own body.

mod arguments;
mod asynchronous;
mod blocks;
mod deadlines;
mod described;
mod nested;
mod opaque;
mod results;
mod shadowed;
mod traits;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType, Debug, PartialEq, Clone, Copy, Default)]
struct Point {
    x: i32,
    y: i32,
}

/// Polls to the end a future that never has to wait.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Is pending once.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn each_is_an_entry_with_its_own_name() {
    if !HOT.is_hot() {
        assert!(HOT.entries().is_empty(), "where hot code is off, there are no entries");
        return;
    }
    let mut names: Vec<_> = HOT.entries().iter().map(|entry| entry.info().name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    let expected = [
        "hot_without_host::arguments::twelve",
        "hot_without_host::blocks::Point::sum",
        "hot_without_host::blocks::Parser<'a>::word",
        "hot_without_host::blocks::<Point as From<u8>>::from",
        "hot_without_host::blocks::<Point as From<u16>>::from",
        "hot_without_host::nested::deeper::here",
    ];
    for name in expected {
        assert!(names.contains(&name), "{name} in {names:#?}");
    }
    assert!(!names.iter().any(|name| name.ends_with("generic") || name.ends_with("constant")), "{names:#?}");
    assert_eq!(names.len(), count, "no name twice");
    assert_eq!(HOT.package(), "liveswap");
}

//! The thread that looks at crashes, so that the crashed one need not: whose doing it was, and what is told of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::images::{self, HotImage};
use super::mailbox::Mailbox;
use super::report;
use super::signals::{Addresses, FRAMES, Fault};
use crate::stacks::{Frame, walk};

static CRASHES: Mailbox<Fault, Addresses> = Mailbox::new();

/// Whether a crash was told that ends the process: others that come of it are not.
static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// Starts the thread; it stays as long as the process.
pub(super) fn start() -> std::io::Result<()> {
    let answer = || {
        loop {
            CRASHES.answer_one(|fault| catch_unwind(AssertUnwindSafe(|| judge(&fault))).ok().flatten());
        }
    };
    std::thread::Builder::new().name("liveswap crashes".into()).spawn(answer).map(drop)
}

/// Gives the addresses on the stack where the guarded call is to end; `None` where the crash takes its usual way.
/// Called by a signal handler.
pub(super) fn ask(fault: Fault, patience: Duration) -> Option<Addresses> {
    CRASHES.ask(fault, patience)
}

fn judge(fault: &Fault) -> Option<Addresses> {
    let frames = walk(&fault.registers, FRAMES);
    if fault.is_guarded && culprit(&frames).is_some_and(|image| image.is_guarded) {
        let mut addresses = [0; FRAMES];
        addresses.iter_mut().zip(&frames).for_each(|(address, frame)| *address = frame.address);
        return Some(addresses);
    }
    let is_of_hot_code = frames.iter().any(|frame| images::at(frame.address).is_some());
    if is_of_hot_code && !IS_TOLD.swap(true, Ordering::Relaxed) {
        report::tell_that_the_process_ends(fault, &frames);
    }
    None
}

/// The hot image whose doing it was: that of the first frame that is not the C library's, which fails by others' doing.
fn culprit(frames: &[Frame]) -> Option<&'static HotImage> {
    let is_c_library = |frame: &&Frame| frame.module.as_ref().is_some_and(|module| module.is_c_library());
    images::at(frames.iter().find(|frame| !is_c_library(frame))?.address)
}

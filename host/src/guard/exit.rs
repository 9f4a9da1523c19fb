//! Hot code that calls `exit`. The process ends, which nothing could hold without breaking what ends with it; but whose doing
//! it was is told.

use std::panic::catch_unwind;

use liveswap::PanicReport;

use super::{images, report};
use crate::stacks::here;

/// What stands for the signal in such a report: there is none.
const NO_SIGNAL: i32 = -1;

/// Looks, from here on, whose doing the end of the process is.
pub(super) fn watch() {
    // SAFETY: the function is there until the end, and does not unwind.
    let _ = unsafe { libc::atexit(at_exit) };
}

/// Runs on the thread that called `exit`, within that call.
extern "C" fn at_exit() {
    // A panic here must not keep the process from its end.
    let _ = catch_unwind(|| {
        let frames = here::frames();
        let Some(image) = frames.iter().find_map(|frame| images::at(frame.address)) else { return };
        let mut report = PanicReport::of_crash("`exit` was called".into(), NO_SIGNAL);
        report::fill_in(&mut report, &frames);
        report.thread = std::thread::current().name().unwrap_or_default().into();
        if !(image.ends)(&report) {
            eprintln!("hot code called `exit`:\n{}", report.backtrace);
        }
    });
}

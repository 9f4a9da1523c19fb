//! Calls of hot code that do not come back: a thread looks now and then at the [calls in flight](liveswap::in_flight), takes
//! the time itself, and tells of a call that lasts longer than it may.
//!
//! Calls pay no clock for this. A call is told of once, and once more when it has come back. Time in which this thread did
//! not run either, since the process or the machine was stopped, does not count; while a debugger holds the process,
//! nothing is told.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod capture;
mod deadlines;
mod watchdog;

pub(crate) use deadlines::Deadlines;
pub(crate) use watchdog::{Hang, Watchdog, Watched, WatchedEntry};

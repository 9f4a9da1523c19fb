//! What the end-to-end tests share: they drive the program `liveswap` from outside, as a user does, with real cargo,
//! rustc and dlopen, on temporary copies of fixtures.
//!
//! - [`Project`]: a temporary copy of a fixture, with a target directory in which the dependencies are compiled already.
//! - [`Run`]: a running `liveswap`, seen through its event lines and its outputs; ended when it is dropped.
//! - [`TerminalRun`]: one at a terminal.
//! - [`TypedRun`]: a host within the test's own process.
//! - [`SmallDisk`]: a file system that runs full.
//! - [`descendants_of`]: what a run has left behind.
//!
//! Nothing waits for a time: tests wait for events and lines, with deadlines that a loaded machine keeps.

#![cfg(unix)]

mod binary;
mod disk;
mod process;
mod project;
mod random;
mod run;
mod terminal;
mod typed;
mod warm;

use std::time::Duration;

pub use disk::SmallDisk;
pub use process::{descendants_of, signal};
pub use project::Project;
pub use random::{Random, asked_for};
pub use run::{Finished, Run};
pub use serde_json::Value;
pub use terminal::TerminalRun;
pub use typed::TypedRun;

/// How long a test waits for what has to come, without anything else happening. Long, since the machine may be busy: it
/// is reached only by failures.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Waits until `condition` holds for something that gives no events, such as a file made by a build script.
///
/// # Panics
///
/// After [`DEADLINE`], with the name of what was waited for.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + DEADLINE;
    while !condition() {
        assert!(std::time::Instant::now() < end, "{what} did not come to be");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The number in a line of the fixture `counter`, `LABEL NUMBER in GENERATION`.
///
/// # Panics
///
/// Where there is none.
pub fn count(line: &str) -> u64 {
    line.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("a count in {line:?}"))
}

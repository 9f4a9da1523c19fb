//! The liveswap runtime: watches, builds, checks and swaps hot libraries.
//!
//! A program of your own hosts libraries with [`Host`]; the program `liveswap` runs a library's application with
//! [`drive()`]. Both put one session per library to work, whose stages are the modules of this crate, in the order of an
//! edit's way: [`watch`] → [`classify`] → [`compile`] → [`stage`] → [`open`] → [`verify`] → [`migrate`] → publish. ARCHITECTURE.md has
//! the map.

mod app;
pub mod audit;
mod builder;
pub mod classify;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compile;
pub mod control;
mod drive;
mod emit;
pub mod events;
mod gate;
mod guard;
mod hangs;
mod host;
#[cfg(all(unix, feature = "cli"))]
mod keys;
pub mod migrate;
pub mod open;
pub mod patch;
pub mod present;
pub mod project;
mod publish;
mod session;
pub mod shadow;
mod snapshots;
pub mod source;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod stacks;
pub mod stage;
mod threads;
pub mod verify;
pub mod watch;

pub use builder::{HostBuilder, StartError};
pub use drive::{DriveOptions, StopSignal, Stopper, drive, stopper};
pub use events::{Event, EventKind, Images};
pub use host::Host;
/// The state that a program holds for its libraries, from the crate `liveswap`.
#[doc(no_inline)]
pub use liveswap::{AtRest, Kept, KeptError, SnapshotError, StateLock};
/// What becomes of calls that panic, from the crate `liveswap`.
#[doc(no_inline)]
pub use liveswap::{HotError, HotPanic, Policy, TrialTerms, on_panic, try_call, try_call_async};
pub use session::{Audit, Doing, Generation, RollbackError, SessionError, Standing, Status};
pub use snapshots::{NotSaved, Snapshots, SnapshotsError};

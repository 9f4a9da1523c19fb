//! Hot functions for Rust: what a hot library depends on.
//!
//! A *hot library* is a crate whose code is swapped while the program runs. It marks functions with [`hot`], says
//! [`hot_lib!`] once at its root, and describes the types that cross the boundary with [`HotType`]:
//!
//! ```
//! # mod logic {
//! use liveswap::{HotType, hot};
//!
//! #[derive(HotType)]
//! pub struct State {
//!     pub speed: f32,
//!     pub position: f32,
//! }
//!
//! #[hot]
//! pub fn update(state: &mut State, dt: f32) -> f32 {
//!     state.position += state.speed * dt;
//!     state.position
//! }
//! # }
//! # use logic::*;
//! # fn main() {
//! let mut state = State { speed: 2.0, position: 0.0 };
//! assert_eq!(update(&mut state, 0.5), 1.0); // without a host: the plain function
//! # }
//! # liveswap::hot_lib!();
//! ```
//!
//! The host (crate `liveswap-host`, or the program `liveswap`) builds the library, loads it and publishes its
//! functions; calls from the host then reach the newest code. Without a host, and in builds without debug
//! assertions, a `#[hot]` function is the plain function.
//!
//! This crate starts no threads and does no IO. Unsafe code lives in `again`, [`allocator`], `app`, `call`, `entry`, `future`,
//! `guard`, `identity`, [`in_flight`], [`layout`], `logging`, [`root`], [`services`], [`state`], `table` and `trampoline`; ARCHITECTURE.md
//! tells why each is sound.

// So that the macros' `::liveswap` paths also hold in this crate's own tests and examples.
extern crate self as liveswap;

mod again;
pub mod allocator;
mod app;
mod call;
mod entry;
pub mod escape;
mod failure;
mod future;
mod guard;
pub mod handshake;
mod hot_crate;
mod identity;
pub mod in_flight;
pub mod layout;
#[cfg(any(feature = "log", feature = "tracing"))]
mod logging;
pub mod probe;
pub mod root;
pub mod services;
pub mod state;
mod table;
mod trampoline;
mod trial;

pub use app::{App, AppDescription, Flow, Tick};
pub use entry::{Code, Deadline, Entry, EntryInfo};
pub use failure::{
    Answer, Failure, HotError, Judge, Policy, Touched, UnknownPolicy, on_panic, try_call, try_call_async,
};
pub use guard::{HotPanic, PanicReport, Ret};
pub use hot_crate::{HotCrate, TrialTerms};
pub use layout::HotType;
pub use liveswap_macros::{HotState, HotType, hot, hot_lib};
pub use state::{AtRest, Cells, HotState, Kept, KeptError, MigrateError, OtherLayout, Parts, SnapshotError, StateLock};
pub use table::Published;
pub use trial::Trial;

/// An item that may stand beside a function, but not in an `impl` block; the compiler shows the name where it does.
#[doc(hidden)]
#[macro_export]
macro_rules! __put_hot_on_the_impl_block_not_on_a_function_in_it {
    () => {
        const _: () = ();
    };
}

/// What the macros' expansions name. Not for use by hand: no promise of stability.
#[doc(hidden)]
pub mod __private {
    pub use crate::again::{CloneWay, CopyWay, MutCloneWay, MutWay, NeverWay, probe};
    pub use crate::allocator::{AllocatorSlot, Forward};
    pub use crate::app::describe_app;
    pub use crate::call::{current, nothing, unit};
    pub use crate::entry::EntryInfo;
    pub use crate::future::{SendProbe, SendProbeFallback, is_send_probe};
    pub use crate::handshake::Handshake;
    pub use crate::hot_crate::CrateInfo;
    pub use crate::layout::{HotType, TypeInfo, opaque};
    pub use crate::probe::Build;
    pub use crate::root::{Root, run_hook};
    pub use crate::state::snapshot::{Savable, snapshot};
    pub use crate::state::{
        CloneProbe, DefaultProbe, NoClone, NoDefault, drop_many, fill_by, hook, opaque_state, with,
    };
    pub use crate::trampoline::*;
    pub use linkme;
}

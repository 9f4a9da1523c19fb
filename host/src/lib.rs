//! The liveswap runtime.

pub mod classify;
pub mod compile;
pub mod events;
pub mod present;
pub mod project;
pub mod watch;

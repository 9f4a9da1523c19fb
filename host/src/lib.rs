//! The liveswap runtime.

pub mod events;
pub mod project;
pub mod watch;
pub mod classify;
pub mod compile;
pub mod present;

//! The liveswap runtime.

pub mod classify;
pub mod compile;
pub mod events;
pub mod open;
pub mod present;
pub mod project;
pub mod stage;
pub mod verify;
pub mod watch;

//! The liveswap runtime.

mod app;
mod builder;
pub mod classify;
pub mod compile;
mod emit;
pub mod events;
mod gate;
pub mod open;
pub mod present;
pub mod project;
mod publish;
mod session;
pub mod stage;
pub mod verify;
pub mod watch;

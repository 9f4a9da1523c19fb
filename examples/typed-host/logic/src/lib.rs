//! The logic of the typed host. Edit [`update`] while the program runs.

use liveswap::{HotType, hot};

/// The state; the host keeps it.
#[derive(HotType)]
pub struct State {
    /// Where it is, in metres.
    pub x: f32,
    /// How fast it moves, in metres a second.
    pub speed: f32,
}

/// One step of `dt` seconds.
#[hot]
pub fn update(state: &mut State, dt: f32) {
    state.x += state.speed * dt;
}

liveswap::hot_lib!();

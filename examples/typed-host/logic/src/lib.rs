//! The logic of the typed host. While the program runs, edit [`update`], or give [`State`] a field.

use liveswap::{HotState, HotType, Kept, hot};

/// The state; the host keeps it.
#[derive(HotType, HotState)]
pub struct State {
    /// Where it is, in metres.
    pub x: f32,
    /// How fast it moves, in metres a second.
    pub speed: f32,
}

impl State {
    /// The state at the start.
    pub fn start() -> Self {
        State { x: 0.0, speed: 1.0 }
    }
}

/// One step of `dt` seconds; gives what is to be shown.
#[hot]
pub fn update(state: &mut Kept<State>, dt: f32) -> String {
    state.x += state.speed * dt;
    format!("x = {:.1}", state.x)
}

liveswap::hot_lib!();

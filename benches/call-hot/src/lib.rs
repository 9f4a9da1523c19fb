//! What the bench `call` calls: three hot functions, and the same as plain ones in [`direct`].
//!
//! The bodies are as short as can be, so that the call is what is measured. `call-unhosted` compiles this file too.

use liveswap::{HotType, hot};

/// State behind a reference.
#[derive(HotType, Clone, Debug, PartialEq)]
pub struct State {
    /// Moved by each update.
    pub position: f32,
    /// By how much a second.
    pub speed: f32,
}

/// An output that does not fit registers.
#[derive(HotType, Clone, Copy, Debug, PartialEq)]
pub struct Big {
    /// Five words.
    pub words: [u64; 5],
}

/// Two words in, one out.
#[hot]
pub fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

/// A reference in, nothing out.
#[hot]
pub fn update(state: &mut State, dt: f32) {
    state.position += state.speed * dt;
}

/// Five words out, through memory.
#[hot]
pub fn big(seed: u64) -> Big {
    Big { words: [seed; 5] }
}

/// The same as plain functions that are really called.
pub mod direct {
    use super::{Big, State};

    /// As [`add`](super::add).
    #[inline(never)]
    pub fn add(a: u64, b: u64) -> u64 {
        a.wrapping_add(b)
    }

    /// As [`update`](super::update).
    #[inline(never)]
    pub fn update(state: &mut State, dt: f32) {
        state.position += state.speed * dt;
    }

    /// As [`big`](super::big).
    #[inline(never)]
    pub fn big(seed: u64) -> Big {
        Big { words: [seed; 5] }
    }
}

liveswap::hot_lib!();

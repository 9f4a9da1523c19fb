//! What the bench `call` calls through hot-lib-reloader: the same bodies as in `call-hot`, as that peer wants them.

use call_hot::{Big, State};

/// Two words in, one out.
#[unsafe(no_mangle)]
pub fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

/// A reference in, nothing out.
#[unsafe(no_mangle)]
pub fn update(state: &mut State, dt: f32) {
    state.position += state.speed * dt;
}

/// Five words out, through memory.
#[unsafe(no_mangle)]
pub fn big(seed: u64) -> Big {
    Big { words: [seed; 5] }
}

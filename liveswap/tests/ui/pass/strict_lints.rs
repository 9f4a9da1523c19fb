//! A hot library under the strictest lints: nothing that the macros write offends them.
//!
//! Only `forbid(unsafe_code)` can't be: an export and a description are unsafe code, which the macros `allow`.

#![deny(missing_docs, unsafe_code, unused, nonstandard_style, future_incompatible, missing_debug_implementations)]
#![deny(unreachable_pub, single_use_lifetimes, unused_qualifications, elided_lifetimes_in_paths, unused_results)]
#![deny(trivial_casts, trivial_numeric_casts, unused_import_braces, let_underscore_drop, missing_copy_implementations)]

use liveswap::{HotType, hot};

liveswap::hot_lib!();

/// The state.
#[derive(HotType, Debug)]
struct State<'a> {
    name: &'a str,
    n: u32,
}

/// A step.
#[hot]
fn update(state: &mut State<'_>, by: u32) -> u32 {
    state.n += by;
    state.n
}

/// A step later.
#[hot]
async fn later(state: &State<'_>, (more, _): (u32, u32)) -> u32 {
    state.n + more
}

#[hot]
impl<'a> State<'a> {
    fn name(&self) -> &'a str {
        self.name
    }

    async fn named(&mut self, name: &'a str) {
        self.name = name;
    }
}

#[hot]
impl Iterator for State<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<Self::Item> {
        self.n.checked_sub(1)
    }
}

/// A mode.
#[derive(HotType, Debug, Clone, Copy)]
#[repr(u8)]
pub enum Mode {
    /// On.
    On = 3,
    /// Off.
    Off,
}

/// A shape.
#[hot]
pub trait Shape<'a>: std::fmt::Debug {
    /// Its area.
    fn area(&self, scale: f32) -> f32;
    /// The longer of two names.
    fn longer<'b>(&'b self, other: &'b str, _: Mode) -> &'b str
    where
        'a: 'b;
    /// Makes one.
    fn make(name: &'a str) -> Self
    where
        Self: Sized;
}

/// Shapes.
#[derive(HotType, Debug)]
pub struct Shapes<'a> {
    /// All of them.
    pub all: Vec<Box<dyn Shape<'a> + Send + 'a>>,
}

fn main() {
    let mut state = State { name: "state", n: 1 };
    assert_eq!(update(&mut state, 2), 3);
    assert_eq!((state.name(), state.next()), ("state", Some(2)));
    drop(later(&state, (1, 2)));
    drop(state.named("other"));
}

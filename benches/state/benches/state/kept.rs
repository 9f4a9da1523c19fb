//! What a look into a `Kept` costs over a plain reference, in a build with `hot-in-release`. (A release build without
//! it leaves nothing of the check.)
//!
//! Each round looks many times, each look on what the one before has written. The handle's address is hidden from the
//! compiler each time: else it would look once and keep the reference.

use std::hint::black_box;
use std::time::Duration;

use liveswap::{HotState, HotType, Kept};

use crate::{Effort, times};

/// Looks a round: the clock's own cost is spread over them.
const LOOKS: u32 = 1_000;

#[derive(HotType, HotState)]
struct Game {
    score: u64,
}

pub fn print(effort: Effort) {
    let mut plain = Game { score: 1 };
    let mut boxed = Box::new(Game { score: 1 });
    let mut kept = Kept::new("game", Game { score: 1 }).expect("the name is free");
    let mut ways: [(&str, &mut dyn FnMut() -> Duration); 3] = [
        ("plain reference", &mut || round(|| black_box(&mut plain).score += 1)),
        ("Box", &mut || round(|| black_box(&mut boxed).score += 1)),
        ("Kept", &mut || round(|| black_box(&mut kept).score += 1)),
    ];
    let names = ways.each_ref().map(|(name, _)| *name);
    let taken = times::in_turns(effort.rounds, &mut ways.each_mut().map(|(_, way)| &mut **way));
    println!("A field changed through a `Kept`; ns, median of {} rounds of {LOOKS}", effort.rounds);
    println!("  {:<20} {:>8} {:>12} {:>8}", "", "ns", "over plain", "ratio");
    let each: Vec<f64> = taken.iter().map(|taken| taken * 1e9 / f64::from(LOOKS)).collect();
    for (name, of) in names.iter().zip(&each) {
        println!("  {name:<20} {of:>8.2} {:>+12.2} {:>8.2}", of - each[0], of / each[0]);
    }
    println!();
}

fn round(mut look: impl FnMut()) -> Duration {
    times::of(|| (0..LOOKS).for_each(|_| look())).0
}

//! What it costs to move a vector whose elements are laid out anew, against a loop that does it by hand.
//!
//! Both take the vector apart and make a new one, element by element, and free the old memory within their time. A move
//! makes its plan within it, too.

use std::mem::ManuallyDrop;
use std::time::Duration;

use liveswap::HotState;
use liveswap_host::migrate::{Plan, carry};

use crate::shapes::{self, Shape};
use crate::{Effort, times};

/// Elements of the shorter vector: it stays in the processor's cache and in memory that the program has.
const FEW: usize = 10_000;

pub fn print(effort: Effort) {
    let Effort { elements, moves, .. } = effort;
    println!("Moving a vector of {elements} elements, and of {FEW}; ns an element, median of {moves} (of the short: more)");
    println!("  {:<52} {:>8} {:>8} {:>6} {:>10} {:>8} {:>6}", "", "by hand", "moved", "ratio", "by hand", "moved", "ratio");
    line::<shapes::Plain>(effort);
    line::<shapes::Widened>(effort);
    line::<shapes::Owning>(effort);
    line::<shapes::Choosing>(effort);
    line::<shapes::Optional>(effort);
    println!();
}

fn line<S: Shape>(Effort { elements, moves, .. }: Effort) {
    let [many_by_hand, many] = measured::<S>(elements, moves);
    let [few_by_hand, few] = measured::<S>(FEW, moves * 20);
    println!(
        "  {:<52} {many_by_hand:>8.2} {many:>8.2} {:>6.2} {few_by_hand:>10.2} {few:>8.2} {:>6.2}",
        S::TITLE,
        many / many_by_hand,
        few / few_by_hand
    );
}

/// Nanoseconds an element, by hand and moved.
fn measured<S: Shape>(elements: usize, moves: usize) -> [f64; 2] {
    let old = || (0..elements).map(S::make).collect::<Vec<_>>();
    assert!(moved::<S>(old()).1 == by_hand::<S>(old()).1, "{}: both ways give the same", S::TITLE);
    let mut hand = || by_hand::<S>(old()).0;
    let mut ours = || moved::<S>(old()).0;
    let taken = times::in_turns(moves, &mut [&mut hand, &mut ours]);
    [taken[0], taken[1]].map(|taken| taken * 1e9 / elements as f64)
}

fn by_hand<S: Shape>(old: Vec<S::Old>) -> (Duration, Vec<S::New>) {
    times::of(|| {
        let mut new = Vec::with_capacity(old.len());
        for element in old {
            new.push(S::by_hand(element));
        }
        new
    })
}

fn moved<S: Shape>(old: Vec<S::Old>) -> (Duration, Vec<S::New>) {
    let mut old = ManuallyDrop::new(old);
    times::of(|| {
        let plan = Plan::new(<Vec<S::Old>>::state(), <Vec<S::New>>::state()).expect("there is a way");
        // SAFETY: the value is of the plan's old type, and nobody else uses it; it is taken apart by the move.
        let carried = unsafe { carry(&plan, (&raw mut old).cast()) };
        let finished = carried.unwrap_or_else(|failure| panic!("{}", failure.text("it"))).finish();
        assert!(finished.complaints.is_empty());
        // SAFETY: the memory holds a value of the plan's new type, and is a box's by its layout.
        *unsafe { Box::from_raw(finished.data.cast::<Vec<S::New>>()) }
    })
}

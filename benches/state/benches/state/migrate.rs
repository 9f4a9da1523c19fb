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

pub fn print(effort: Effort) {
    let Effort { elements, moves, .. } = effort;
    println!("Moving a vector of {elements} elements; ns an element, median of {moves}");
    println!("  {:<52} {:>10} {:>10} {:>8}", "", "by hand", "moved", "ratio");
    line::<shapes::Plain>(effort);
    line::<shapes::Widened>(effort);
    line::<shapes::Owning>(effort);
    line::<shapes::Shrunk>(effort);
    line::<shapes::Choosing>(effort);
    line::<shapes::Optional>(effort);
    println!();
}

fn line<S: Shape>(Effort { elements, moves, .. }: Effort) {
    let old = || (0..elements).map(S::make).collect::<Vec<_>>();
    assert!(moved::<S>(old()).1 == by_hand::<S>(old()).1, "{}: both ways give the same", S::TITLE);
    let mut hand = || by_hand::<S>(old()).0;
    let mut ours = || moved::<S>(old()).0;
    let taken = times::in_turns(moves, &mut [&mut hand, &mut ours]);
    let [hand, ours] = [taken[0], taken[1]].map(|taken| taken * 1e9 / elements as f64);
    println!("  {:<52} {hand:>10.2} {ours:>10.2} {:>8.2}", S::TITLE, ours / hand);
}

fn by_hand<S: Shape>(old: Vec<S::Old>) -> (Duration, Vec<S::New>) {
    times::of(|| {
        let mut new = Vec::with_capacity(old.len());
        new.extend(old.into_iter().map(S::by_hand));
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

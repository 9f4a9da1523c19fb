//! Times, and what stands for many of them.

use std::time::{Duration, Instant};

/// How long it takes.
pub fn of<R>(work: impl FnOnce() -> R) -> (Duration, R) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

/// Runs the ways in turns, each `rounds` times, and gives the median of each in seconds. Every other round goes the
/// other way round: the one that comes second finds caches and memory as the first has left them.
pub fn in_turns(rounds: usize, ways: &mut [&mut dyn FnMut() -> Duration]) -> Vec<f64> {
    let mut taken = vec![Vec::with_capacity(rounds); ways.len()];
    for round in 0..rounds {
        for turn in 0..ways.len() {
            let way = if round % 2 == 0 { turn } else { ways.len() - 1 - turn };
            taken[way].push(ways[way]().as_secs_f64());
        }
    }
    taken.into_iter().map(median).collect()
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    f64::midpoint(low, high)
}

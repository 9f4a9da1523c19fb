//! The medians of a size as a table.

use crate::hosted::{Applied, STAGES};
use crate::{Round, Size};

/// The place of `compile` among the stages.
const COMPILE: usize = 2;

pub fn print(size: &Size) {
    let of = |value: &dyn Fn(&Round) -> f64| median(size.rounds.iter().map(value).collect());
    let megabytes = size.image as f64 / 1e6;
    println!("{} lines, {} types; an image takes {megabytes:.1} MB of memory", size.lines, size.types);
    let alone = of(&|round| round.alone * 1e3);
    let row = |name: &str, ms: f64| println!("  {name:<58} {ms:>9.1} ms {:>6.2}", ms / alone);
    println!("  {:<58} {:>12} {:>6}", "", "", "ratio");
    row("cargo build alone", alone);
    row("liveswap, save -> running", of(&|round| round.hosted.seen * 1e3));
    row("liveswap, its event's total", of(&|round| round.hosted.total));
    row("hot-lib-reloader 0.8, save -> running", of(&|round| round.peer * 1e3));
    let of_patch = |value: &dyn Fn(&Applied) -> f64| median(size.patches.iter().map(value).collect());
    row("liveswap --patch, save -> running", of_patch(&|patch| patch.seen * 1e3));
    row("our share: the total without `compile`", of(&|round| round.hosted.total - round.hosted.stages[COMPILE]));
    let beyond = of(&|round| round.hosted.stages[COMPILE] - round.alone * 1e3);
    println!("  {:<58} {beyond:>+9.1} ms", "`compile` over cargo alone, edit by edit");
    let [plain, base] = size.starts;
    for (what, at) in [("nothing built", 0), ("all built", 1)] {
        let (plain, base) = (plain[at], base[at]);
        println!("  a start with {what}: {plain:.1} s; to be patched {base:.1} s, {:.2} times that", base / plain);
    }
    let stages = |of: &dyn Fn(usize) -> f64| -> String {
        let each = STAGES.iter().enumerate().map(|(place, stage)| format!("{stage} {:.1}", of(place)));
        each.collect::<Vec<_>>().join(", ")
    };
    println!("  stages of a swap, ms: {}", stages(&|place| of(&|round| round.hosted.stages[place])));
    println!("  stages of a patch, ms: {}\n", stages(&|place| of_patch(&|patch| patch.stages[place])));
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let (low, high) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
    f64::midpoint(low, high)
}

//! How long it takes to compare the layouts of a library's types with those of the running code, all of them alike:
//! each save does that.
//!
//! The comparison of the stage `verify` gets entries with one argument each, from which ten types are reached. That of a
//! `Kept`'s first look gets one type, from which all are.

use std::hint::black_box;

use liveswap::HotType;
use liveswap::layout::{Describe, equal};
use liveswap_host::verify::entries::{EntryView, match_entries};
use liveswap_host::verify::identity::Identities;
use state::{next, running};

use crate::{Effort, times};

/// A number of types, those that the entries' arguments have, and one that leads to all; in both versions.
struct Size {
    types: usize,
    heads: [&'static [Describe]; 2],
    all: [Describe; 2],
}

const SIZES: [Size; 3] = [
    Size { types: 10, heads: [running::HEADS10, next::HEADS10], all: [running::All10::info, next::All10::info] },
    Size { types: 100, heads: [running::HEADS100, next::HEADS100], all: [running::All100::info, next::All100::info] },
    Size {
        types: 1_000,
        heads: [running::HEADS1000, next::HEADS1000],
        all: [running::All1000::info, next::All1000::info],
    },
];

pub fn print(effort: Effort) {
    println!("Comparing layouts, all alike; µs, median of {}", effort.comparisons);
    println!(
        "  {:<12} {:>10} {:>12} {:>22} {:>12}",
        "types", "verify", "each type", "first look of a Kept", "each type"
    );
    for size in SIZES {
        let names: Vec<String> = (0..size.heads[0].len()).map(|number| format!("logic::update{number}")).collect();
        let [old, new] = size.heads.map(|heads| views(&names, heads));
        let identities = Identities::default();
        let mut verify = || {
            let (taken, matched) = times::of(|| match_entries(black_box(&old), black_box(&new), &identities));
            assert_eq!(matched.expect("the types are alike").len(), old.len());
            taken
        };
        let mut look = || {
            let (taken, is_equal) = times::of(|| equal(black_box(size.all[0]), black_box(size.all[1])));
            assert!(is_equal, "the types are alike");
            taken
        };
        let taken = times::in_turns(effort.comparisons, &mut [&mut verify, &mut look]);
        let [verify, look] = [taken[0] * 1e6, taken[1] * 1e6];
        let each = |all: f64| all / size.types as f64;
        println!("  {:<12} {verify:>10.1} {:>12.3} {look:>22.1} {:>12.3}", size.types, each(verify), each(look));
    }
    println!();
}

fn views<'a>(names: &'a [String], heads: &[Describe]) -> Vec<EntryView<'a>> {
    let view = |(name, head): (&'a String, &Describe)| EntryView {
        name,
        signature: "fn(&mut Part)",
        types: vec![*head],
        send: None,
        code: liveswap::Code::NONE,
    };
    names.iter().zip(heads).map(view).collect()
}

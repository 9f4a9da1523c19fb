//! The table of layout changes: what becomes of a value when the source of its type changes.
//!
//! All cases are modules of two versions of one crate, which are compiled by cargo and loaded side by side. Each value
//! is moved, taken back, moved for good, and moved back to the old version, where a move is possible at all; and all the
//! while the test counts what is made and what is dropped. A case that is not as it should be hides no other.
//!
//! It can be run under a memory checker, which sees what counting does not: `valgrind --leak-check=full
//! target/debug/deps/layouts-… --test-threads=1`. What it finds lost is the state that is given up in the case
//! `a_hash_that_panics_the_second_time`; that stacks are switched is what deep values need.
//!
//! Or with AddressSanitizer: `RUSTFLAGS="-Zsanitizer=address -Clink-arg=-rdynamic" CARGO_BUILD_TARGET=x86_64-unknown-linux-gnu
//! cargo +nightly test -p liveswap-tests --test layouts`, in a target directory of its own.
//!
//! Beside the table there are random pairs of types, 60 of one seed, each with random values. The long form takes other
//! ones: `LIVESWAP_LAYOUT_PAIRS=500 LIVESWAP_LAYOUT_SEED=7 PROPTEST_CASES=1000 cargo test -p liveswap-tests --test
//! layouts random`. The seed is printed where a pair fails.

#![cfg(unix)]
#![allow(missing_docs)]

mod layouts {
    pub mod build;
    pub mod cases;
    pub mod common;
    pub mod pairs;
    pub mod run;
    pub mod spec;
}

use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::sync::{LazyLock, Mutex, PoisonError};

use layouts::build::{Module, images};
use layouts::cases::{alive, containers, enums, failures, fields, numbers, shared, types};
use layouts::common::Case;
use layouts::pairs;
use layouts::run::{Held, LEDGER, Outcome};
use layouts::spec::Spec;

const GROUPS: [fn() -> Vec<Spec>; 8] = [
    fields::cases,
    types::cases,
    numbers::cases,
    containers::cases,
    enums::cases,
    shared::cases,
    alive::cases,
    failures::cases,
];

/// The cases in both versions.
static TABLE: LazyLock<[&'static [Case]; 2]> = LazyLock::new(|| {
    let all: Vec<Spec> = GROUPS.iter().flat_map(|group| group()).collect();
    let (old, new): (Vec<Module>, Vec<Module>) = all.iter().map(|spec| spec.modules().into()).unzip();
    images("states", [&old, &new], &LEDGER)
});

fn find(version: &'static [Case], name: &str) -> &'static Case {
    version.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("the case {name}"))
}

/// There is one ledger.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn check(group: fn() -> Vec<Spec>) {
    let [old, new] = *TABLE;
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut failures = String::new();
    for spec in group() {
        if let Err(wrong) = spec.check([find(old, spec.name), find(new, spec.name)]) {
            failures += &format!("## {}\n{wrong}\n", spec.name);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn fields_of_structs() {
    check(fields::cases);
}

#[test]
fn whole_types() {
    check(types::cases);
}

#[test]
fn numbers_of_other_types() {
    check(numbers::cases);
}

#[test]
fn containers_and_wrappers() {
    check(containers::cases);
}

#[test]
fn variants_of_enums() {
    check(enums::cases);
}

#[test]
fn counted_references() {
    check(shared::cases);
}

#[test]
fn what_is_alive_stays_alive() {
    check(alive::cases);
}

#[test]
fn failures_leave_the_old_value_whole() {
    check(failures::cases);
}

/// A number of the environment's.
fn number(variable: &str, or: u64) -> u64 {
    let Ok(text) = std::env::var(variable) else { return or };
    text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number"))
}

#[test]
fn random_pairs_keep_what_both_have() {
    let (count, seed) = (number("LIVESWAP_LAYOUT_PAIRS", 60), number("LIVESWAP_LAYOUT_SEED", 1));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = || TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut sources = random();
    let (old, new): (Vec<Module>, Vec<Module>) =
        (0..count).map(|number| pairs::modules(&mut sources, &format!("pair_{number}")).into()).unzip();
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let [old_cases, new_cases] = images("pairs", [&old, &new], &LEDGER);
    let (mut failures, mut moved) = (String::new(), 0);
    for (place, (old_case, new_case)) in old_cases.iter().zip(new_cases).enumerate() {
        moved += usize::from(!liveswap::layout::equal((old_case.state)().layout, (new_case.state)().layout));
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, random());
        let [old, new] = [&old[place].source, &new[place].source];
        let is_hashed = old.contains("FixedMap") || new.contains("FixedMap");
        let result = runner.run(&any::<u64>(), |seed| {
            there_and_back(old_case, new_case, seed, is_hashed).map_err(TestCaseError::fail)
        });
        if let Err(error) = result {
            failures += &format!("## {} of seed {seed}\n{error}\nold:\n{old}\nnew:\n{new}\n", old_case.name);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(moved as u64 > count / 2, "of {count} pairs {moved} differ: seed {seed} says little");
}

/// Moves a value there and back; what came of it must be shown as what each version makes of the seed itself.
fn there_and_back(old: &'static Case, new: &'static Case, seed: u64, is_hashed: bool) -> Result<(), String> {
    // A hash map's order depends on how it came to be; then the words are compared in any order.
    let words = |text: &str| {
        let mut words: Vec<String> = text.split([' ', ',', '{', '}']).map(str::to_owned).collect();
        words.sort();
        words
    };
    let mut held = Held::new(old, old.make, seed);
    for (case, make) in [(new, new.make), (old, old.make_back)] {
        let outcome = held.move_to(case)?;
        if !matches!(outcome, Outcome::Same | Outcome::Moved { .. }) {
            return Err(format!("{outcome:#?}"));
        }
        let (is, expected) = (held.shown(), Held::new(case, make, seed).shown());
        if is != expected && !(is_hashed && words(&is) == words(&expected)) {
            return Err(format!("{is}\nis not\n{expected}"));
        }
    }
    Ok(())
}

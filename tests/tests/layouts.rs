//! The table of layout changes: what becomes of a value when the source of its type changes.
//!
//! All cases are modules of two versions of one crate, which are compiled by cargo and loaded side by side. Each value
//! is moved, taken back, moved for good, and moved back to the old version, where a move is possible at all; and all the
//! while the test counts what is made and what is dropped. A case that is not as it should be hides no other.
//!
//! It can be run under a memory checker, which sees what counting does not:
//! `valgrind --leak-check=full target/debug/deps/layouts-…`, or with a sanitizer in host and images:
//! `CARGO_BUILD_TARGET=x86_64-unknown-linux-gnu RUSTFLAGS=-Zsanitizer=address cargo +nightly test -p liveswap-tests
//! --test layouts`.

#![cfg(unix)]
#![allow(missing_docs)]

mod layouts {
    pub mod build;
    pub mod cases;
    pub mod common;
    pub mod run;
    pub mod spec;
}

use std::sync::{LazyLock, Mutex, PoisonError};

use layouts::build::{Module, images};
use layouts::cases::{alive, containers, enums, failures, fields, numbers, shared, types};
use layouts::common::Case;
use layouts::run::LEDGER;
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

fn check(group: fn() -> Vec<Spec>) {
    // There is one ledger.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
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

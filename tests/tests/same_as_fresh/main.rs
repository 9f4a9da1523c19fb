//! After each edit the running program must answer as a fresh build of the same sources does, whatever the edit changes
//! the meaning of.
//!
//! A case is a small hot library with a function `answer`, and edits of it, each with the answer of a fresh build.
//! `LIVESWAP_FRESH=1 cargo test -p liveswap-tests --test same_as_fresh` compares these answers with fresh builds as
//! well, and `LIVESWAP_CASE=TEXT` runs the cases whose description contains the text.

#![cfg(target_os = "linux")]

mod case;
mod cases;

use case::run;

#[test]
fn names_and_imports() {
    run(cases::names::CASES);
}

#[test]
fn methods_and_traits() {
    run(cases::methods::CASES);
}

#[test]
fn macros_and_texts() {
    run(cases::macros::CASES);
}

#[test]
fn what_a_patch_shows() {
    run(cases::shown::CASES);
}

#[test]
fn statics_and_pointers() {
    run(cases::statics::CASES);
}

#[test]
fn the_unedited_program() {
    run(cases::unedited::CASES);
}

#[test]
fn files_and_crates() {
    run(cases::files::CASES);
}

//! Names of the prelude, and of ours, that mean something else here.

#![allow(dead_code, non_camel_case_types)]

struct Option;
struct Some;
struct None;
struct Box;
struct Result;
type u32 = u64;
mod core {}
mod std {}

#[liveswap::hot]
fn sum(a: u32, b: u32) -> u32 {
    a + b
}

#[derive(liveswap::HotType)]
struct Described {
    field: u32,
}

#[test]
fn names_are_ours() {
    assert_eq!(sum(1, 2), 3);
}

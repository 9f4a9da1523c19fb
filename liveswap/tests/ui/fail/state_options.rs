use liveswap::{HotState, HotType};

liveswap::hot_lib!();

#[derive(HotType, HotState)]
struct Unknown {
    #[hot(renamed = "old")]
    n: u32,
}

#[derive(HotType, HotState)]
struct Twice {
    #[hot(default = 1, default = 2)]
    n: u32,
}

#[derive(HotType, HotState)]
struct TwiceOver {
    #[hot(default = 1)]
    #[hot(default = 2)]
    n: u32,
}

#[derive(HotType, HotState)]
struct OpaqueWith {
    #[hot(opaque, with = made)]
    n: u32,
}

#[derive(HotType, HotState)]
struct RenameWithoutValue {
    #[hot(rename)]
    n: u32,
}

#[derive(HotType, HotState)]
struct RenameOfNoText {
    #[hot(rename = old)]
    n: u32,
}

#[derive(HotType, HotState)]
struct RenameInParentheses {
    #[hot(rename("old"))]
    n: u32,
}

#[derive(HotType, HotState)]
struct DefaultWithoutValue {
    #[hot(default)]
    n: u32,
}

#[derive(HotType, HotState)]
struct OpaqueWithValue {
    #[hot(opaque = true)]
    n: u32,
}

#[derive(HotType, HotState)]
#[hot(default = 1)]
struct OnTheType {
    n: u32,
}

#[derive(HotType, HotState)]
#[hot(snapshot = "file")]
struct SnapshotWithValue {
    n: u32,
}

#[derive(HotType, HotState)]
#[hot(snapshot, snapshot)]
struct SnapshotTwice {
    n: u32,
}

#[derive(HotType, HotState)]
struct SnapshotOfAField {
    #[hot(snapshot)]
    n: u32,
}

#[derive(HotType, HotState)]
enum OnTheVariant {
    #[hot(with = made)]
    A(u8),
}

#[derive(HotType, HotState)]
struct Nothing {
    #[hot]
    n: u32,
    #[hot()]
    m: u32,
}

fn made(old: &u8) -> u32 {
    u32::from(*old)
}

fn main() {}

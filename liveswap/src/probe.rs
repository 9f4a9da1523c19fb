//! Probes: values by which two builds of the same sources are told to be compiled alike.
//!
//! `TypeId`s agree where a crate was compiled with the same features, profile and target, and its dependencies too; a
//! type of the library's own crate is the probe for that. How the compiler orders fields is not part of it; the offsets
//! in a fixed type of this crate are the probe for that.

use std::any::TypeId;
use std::mem::offset_of;
use std::num::NonZero;

/// How a hot library was compiled.
#[derive(Clone, Copy)]
pub struct Build {
    /// The id of a type of the library's crate.
    pub id: fn() -> TypeId,
    /// The profile's name.
    pub profile: &'static str,
    /// What the compiler was told, in pairs such as `("feature", "editor")` and `("opt-level", "0")`; empty where that
    /// is not known.
    pub settings: &'static [(&'static str, &'static str)],
}

/// The profile of this build, as cargo's `--profile` takes it.
pub const PROFILE: &str = env!("LIVESWAP_PROFILE");

/// Fields of mixed sizes, in an order that the compiler changes.
#[allow(dead_code)]
struct Fields {
    byte: u8,
    long: u64,
    short: u16,
    flag: bool,
    triple: [u16; 3],
    word: u32,
    niche: Option<NonZero<u32>>,
    pointer: *const u8,
    letter: char,
    wide: u128,
    pair: (u8, u32),
    last: u8,
}

/// How many offsets there are.
pub const FIELDS: usize = 12;

/// The offsets as the compiler has chosen them in this build. They are the same for all builds by one compiler, unless
/// a flag such as `-Z randomize-layout` says otherwise.
pub const OFFSETS: [u8; FIELDS] = [
    offset_of!(Fields, byte) as u8,
    offset_of!(Fields, long) as u8,
    offset_of!(Fields, short) as u8,
    offset_of!(Fields, flag) as u8,
    offset_of!(Fields, triple) as u8,
    offset_of!(Fields, word) as u8,
    offset_of!(Fields, niche) as u8,
    offset_of!(Fields, pointer) as u8,
    offset_of!(Fields, letter) as u8,
    offset_of!(Fields, wide) as u8,
    offset_of!(Fields, pair) as u8,
    offset_of!(Fields, last) as u8,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_place_of_its_own() {
        assert!(size_of::<Fields>() < 256, "offsets fit a byte");
        let distinct: std::collections::BTreeSet<u8> = OFFSETS.into_iter().collect();
        assert_eq!(distinct.len(), FIELDS);
    }
}

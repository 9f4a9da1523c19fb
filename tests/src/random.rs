//! Numbers that follow from a seed.

/// The generator splitmix64: the same numbers for the same seed, everywhere.
pub struct Random(u64);

impl Random {
    /// Begins anew.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `end`, which is more than 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// A place in something of this length, which is more than 0.
    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }
}

/// The number that an environment variable asks for, for the long form of a test.
///
/// # Panics
///
/// Where it is no number.
pub fn asked_for(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("a number in {variable}")))
}

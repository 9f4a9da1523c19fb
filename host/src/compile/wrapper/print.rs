//! A short print of a variable of the environment, the same for the host and for the program between cargo and rustc.
//!
//! The two may be compiled by different compilers, so this is no hash of the standard library's. It is FNV-1a
//! (<https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>), in 64 bits.

use std::ffi::OsStr;

/// The print of a variable with its value.
pub fn of_variable(name: &OsStr, value: &OsStr) -> String {
    let bytes = [name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat();
    let step = |print: u64, byte: &u8| (print ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

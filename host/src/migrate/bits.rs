//! What is moved without knowing more of it than its bits: unchanged parts, and numbers.

use std::mem::MaybeUninit;
use std::ptr;

use liveswap::state::Number;

use super::carry::{Failure, Row};
use super::number;

/// Copies `count` values of `size` bytes.
///
/// # Safety
///
/// The rows have that many, and do not overlap.
pub(super) unsafe fn copy(from: Row, to: Row, size: usize, count: usize) {
    if from.stride == size && to.stride == size {
        // SAFETY: by the contract; without gaps it is one piece.
        return unsafe { ptr::copy_nonoverlapping(from.first, to.first, size * count) };
    }
    // Of fixed sizes the compiler makes loads and stores instead of calls.
    // SAFETY: by the contract.
    unsafe {
        match size {
            0 => {}
            4 => copy_each::<4>(from, to, count),
            8 => copy_each::<8>(from, to, count),
            12 => copy_each::<12>(from, to, count),
            16 => copy_each::<16>(from, to, count),
            24 => copy_each::<24>(from, to, count),
            32 => copy_each::<32>(from, to, count),
            _ => (0..count).for_each(|index| ptr::copy_nonoverlapping(from.at(index), to.at(index), size)),
        }
    }
}

/// # Safety
///
/// As for `copy`.
unsafe fn copy_each<const SIZE: usize>(from: Row, to: Row, count: usize) {
    for index in 0..count {
        // SAFETY: by the contract; arrays of bytes have no alignment.
        unsafe {
            let bytes = from.at(index).cast::<MaybeUninit<[u8; SIZE]>>().read();
            to.at(index).cast::<MaybeUninit<[u8; SIZE]>>().write(bytes);
        }
    }
}

/// Writes numbers as another type.
///
/// # Safety
///
/// The rows have that many of the two types.
pub(super) unsafe fn convert(a: Number, b: Number, from: Row, to: Row, count: usize) -> Result<(), Failure> {
    for index in 0..count {
        // SAFETY: by the contract; numbers have no padding.
        let bytes = unsafe { std::slice::from_raw_parts(from.at(index), number::size(a)) };
        let value = number::read(a, bytes);
        let mut room = [0; 16];
        let room = &mut room[..number::size(b)];
        if !number::write(value, b, room) {
            let reason = format!("{} does not fit `{}`", number::text(value), number::name(b));
            return Err(Failure::new(index, reason));
        }
        // SAFETY: by the contract.
        unsafe { ptr::copy_nonoverlapping(room.as_ptr(), to.at(index), room.len()) };
    }
    Ok(())
}

//! Numbers, alone, atomic, wrapped and in ranges.

use std::cmp::{Ordering, Reverse};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::sync::atomic;

use crate::layout::Kind;

macro_rules! numbers {
    ($($(#[$attribute:meta])* $ty:ty),*) => { $($(#[$attribute])* described!([] $ty, Kind::Primitive);)* };
}

numbers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char);

numbers!(
    NonZero<u8>,
    NonZero<u16>,
    NonZero<u32>,
    NonZero<u64>,
    NonZero<u128>,
    NonZero<usize>,
    NonZero<i8>,
    NonZero<i16>,
    NonZero<i32>,
    NonZero<i64>,
    NonZero<i128>,
    NonZero<isize>,
    NonZero<char>
);

numbers!(
    atomic::AtomicBool,
    #[cfg(target_has_atomic = "8")]
    atomic::AtomicI8,
    #[cfg(target_has_atomic = "8")]
    atomic::AtomicU8,
    #[cfg(target_has_atomic = "16")]
    atomic::AtomicI16,
    #[cfg(target_has_atomic = "16")]
    atomic::AtomicU16,
    #[cfg(target_has_atomic = "32")]
    atomic::AtomicI32,
    #[cfg(target_has_atomic = "32")]
    atomic::AtomicU32,
    #[cfg(target_has_atomic = "64")]
    atomic::AtomicI64,
    #[cfg(target_has_atomic = "64")]
    atomic::AtomicU64,
    atomic::AtomicIsize,
    atomic::AtomicUsize
);

primitives!(atomic::Ordering, Ordering, RangeFull);

over!(
    [T] Wrapping<T>, [T] Saturating<T>, [T] Reverse<T>, [T] Bound<T>, [T] Range<T>, [T] RangeFrom<T>, [T] RangeTo<T>,
    [T] RangeToInclusive<T>,
);
// How far an inclusive range has got is its secret.
whole_over!([T] RangeInclusive<T>, [T] atomic::AtomicPtr<T>);

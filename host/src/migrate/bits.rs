//! What is moved without knowing more of it than its bits: unchanged parts, and numbers.
//!
//! The loops are made for each size, and for each pair of whole numbers: the compiler makes loads and stores of them,
//! where a size or a type that is looked up for each value costs several times as much.

use std::mem::MaybeUninit;
use std::ptr;

use liveswap::state::Number;

use super::carry::{Each, Failure, Row, Source};
use super::number;

/// Where old values are, as a loop is made for it.
trait Places: Copy {
    fn place(self, index: usize) -> *mut u8;
}

impl Places for Row {
    fn place(self, index: usize) -> *mut u8 {
        self.at(index)
    }
}

impl Places for Each<'_> {
    fn place(self, index: usize) -> *mut u8 {
        self.at(index)
    }
}

/// Copies `count` values of `size` bytes.
///
/// # Safety
///
/// There are that many, and room for as many, which do not overlap.
pub(super) unsafe fn copy(from: Source<'_>, to: Row, size: usize, count: usize) {
    // SAFETY: by the contract; without gaps it is one piece.
    unsafe {
        match from {
            Source::Row(row) if row.stride == size && to.stride == size => {
                ptr::copy_nonoverlapping(row.first, to.first, size * count);
            }
            Source::Row(row) => copy_all(row, to, size, count),
            Source::Each(each) => copy_all(each, to, size, count),
        }
    }
}

/// # Safety
///
/// As for `copy`.
unsafe fn copy_all(from: impl Places, to: Row, size: usize, count: usize) {
    macro_rules! of_size {
        ($($fixed:literal)*) => {
            match size {
                0 => {}
                // SAFETY: by the contract.
                $($fixed => unsafe { copy_each::<$fixed>(from, to, count) },)*
                // SAFETY: by the contract.
                _ => (0..count).for_each(|index| unsafe {
                    ptr::copy_nonoverlapping(from.place(index), to.at(index), size);
                }),
            }
        };
    }
    of_size!(1 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 32 36 40 44 48 52 56 60 64 72 80 88 96)
}

/// # Safety
///
/// As for `copy`.
unsafe fn copy_each<const SIZE: usize>(from: impl Places, to: Row, count: usize) {
    for index in 0..count {
        // SAFETY: by the contract; arrays of bytes have no alignment.
        unsafe {
            let bytes = from.place(index).cast::<MaybeUninit<[u8; SIZE]>>().read();
            to.at(index).cast::<MaybeUninit<[u8; SIZE]>>().write(bytes);
        }
    }
}

/// Writes numbers as another type.
///
/// # Errors
///
/// The first that does not fit.
///
/// # Safety
///
/// There are `count` of the one type, and room for as many of the other, aligned as the types ask for.
pub(super) unsafe fn convert(a: Number, b: Number, from: Source<'_>, to: Row, count: usize) -> Result<(), Failure> {
    // SAFETY: by the contract. Fields are aligned: packed types have no description as state.
    unsafe {
        match from {
            Source::Row(row) => convert_all(a, b, row, to, count),
            Source::Each(each) => convert_all(a, b, each, to, count),
        }
    }
}

/// As `convert`, for numbers that are never zero: `to` is room for as many `NonZero`s.
///
/// # Errors
///
/// The first that does not fit, or one that is zero.
///
/// # Safety
///
/// As for `convert`.
pub(super) unsafe fn convert_non_zero(
    a: Number,
    b: Number,
    from: Source<'_>,
    to: Row,
    count: usize,
) -> Result<(), Failure> {
    // SAFETY: by the contract. Until all are known to be other than zero they are read as bytes.
    unsafe {
        convert(a, b, from, to, count)?;
        let is_zero = |index: &usize| {
            let bytes = std::slice::from_raw_parts(to.at(*index), number::size(b));
            bytes.iter().all(|byte| *byte == 0)
        };
        match (0..count).find(is_zero) {
            None => Ok(()),
            Some(index) => Err(Failure::new(index, format!("0 does not fit `NonZero<{}>`", number::name(b)))),
        }
    }
}

/// # Safety
///
/// As for `convert`.
unsafe fn convert_all(a: Number, b: Number, from: impl Places, to: Row, count: usize) -> Result<(), Failure> {
    // SAFETY: by the contract.
    let fitting = unsafe { fitting(fixed(a), fixed(b), from, to, count) };
    for index in fitting..count {
        // SAFETY: by the contract; numbers have no padding.
        let bytes = unsafe { std::slice::from_raw_parts(from.place(index), number::size(a)) };
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

/// The type of fixed size that has the same values here.
fn fixed(number: Number) -> Number {
    match number {
        Number::Usize if cfg!(target_pointer_width = "64") => Number::U64,
        Number::Isize if cfg!(target_pointer_width = "64") => Number::I64,
        Number::Usize if cfg!(target_pointer_width = "32") => Number::U32,
        Number::Isize if cfg!(target_pointer_width = "32") => Number::I32,
        number => number,
    }
}

/// Writes numbers up to the first that does not fit, and gives its index; 0 for types that have no loop of their own.
///
/// # Safety
///
/// As for `convert`.
unsafe fn fitting(a: Number, b: Number, from: impl Places, to: Row, count: usize) -> usize {
    macro_rules! pairs {
        ($($from:ident $from_type:ty),*; $to:tt) => {
            match a {
                $(Number::$from => pairs!(@to $from_type; $to),)*
                // SAFETY: by the contract.
                Number::F32 if b == Number::F64 => unsafe { convert_each::<f32, f64>(from, to, count) },
                _ => 0,
            }
        };
        (@to $from_type:ty; [$($to:ident $to_type:ty),*]) => {
            match b {
                // SAFETY: by the contract.
                $(Number::$to => unsafe { convert_each::<$from_type, $to_type>(from, to, count) },)*
                _ => 0,
            }
        };
    }
    pairs!(
        U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64;
        [U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64]
    )
}

/// # Safety
///
/// As for `convert`, of these types.
unsafe fn convert_each<A: Copy, B: TryFrom<A>>(from: impl Places, to: Row, count: usize) -> usize {
    for index in 0..count {
        // SAFETY: by the contract.
        let value = unsafe { from.place(index).cast::<A>().read() };
        let Ok(value) = B::try_from(value) else { return index };
        // SAFETY: by the contract.
        unsafe { to.at(index).cast::<B>().write(value) };
    }
    count
}

#[cfg(test)]
mod tests;

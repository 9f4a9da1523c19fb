//! The loops that are made for sizes and types do what one value at a time would.

use super::*;
use crate::migrate::carry::{Row, Source};

const NUMBERS: [Number; 16] = [
    Number::U8,
    Number::U16,
    Number::U32,
    Number::U64,
    Number::U128,
    Number::Usize,
    Number::I8,
    Number::I16,
    Number::I32,
    Number::I64,
    Number::I128,
    Number::Isize,
    Number::F32,
    Number::F64,
    Number::Bool,
    Number::Char,
];

/// Aligned for any number.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Room([u8; 32]);

/// Numbers about the bounds of types, as many of them as the type has.
fn values(of: Number) -> Vec<Room> {
    let bounds = [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as i128, u64::MAX as i128];
    let around = bounds.iter().flat_map(|bound| [*bound, -*bound, *bound + 1, -*bound - 1]);
    let mut rooms = Vec::new();
    for value in around.map(number::Value::Whole).chain([number::Value::Float(1.5), number::Value::Float(f64::NAN)]) {
        let mut room = Room([0xaa; 32]);
        if number::write(value, of, &mut room.0[..number::size(of)]) {
            rooms.push(room);
        }
    }
    rooms
}

#[test]
fn numbers_are_converted_as_one_at_a_time() {
    const STRIDE: usize = size_of::<Room>();
    for a in NUMBERS {
        for b in NUMBERS {
            let mut old = values(a);
            assert!(old.len() > 1);
            for number in 0..old.len() {
                let bytes = &old[number].0[..number::size(a)];
                let mut one = [0xcc; 16];
                let one = &mut one[..number::size(b)];
                let fits = number::write(number::read(a, bytes), b, one);
                // All from there on; whether that fits shows in the first that does not.
                let mut new = vec![Room([0xbb; 32]); old.len()];
                let to = Row { first: new.as_mut_ptr().cast(), stride: STRIDE };
                let row = Row { first: old[number..].as_mut_ptr().cast(), stride: STRIDE };
                let addresses: Vec<*mut u8> = (0..old.len() - number).map(|index| row.at(index)).collect();
                for from in [Source::Row(row), Source::each(&addresses)] {
                    // SAFETY: as many numbers of the type, and as many places, which are aligned for all.
                    let done = unsafe { convert(a, b, from, to, addresses.len()) };
                    let failed = done.map_err(|failure| failure.index);
                    assert_eq!(failed != Err(0), fits, "{a:?} to {b:?}, value {number}");
                    if fits {
                        assert_eq!(&new[0].0[..one.len()], &*one, "{a:?} to {b:?}, value {number}");
                        assert!(new[0].0[one.len()..].iter().all(|byte| *byte == 0xbb), "no more was written");
                    }
                }
            }
        }
    }
}

#[test]
fn bytes_of_any_size_are_copied_and_no_more() {
    const COUNT: usize = 5;
    for size in 0..130 {
        for (from_gap, to_gap) in [(0, 0), (3, 0), (0, 5), (2, 7)] {
            let (from_stride, to_stride) = (size + from_gap, size + to_gap);
            let mut old: Vec<u8> = (0..COUNT * from_stride + 1).map(|byte| byte as u8 | 1).collect();
            let row = Row { first: old.as_mut_ptr(), stride: from_stride };
            let addresses: Vec<*mut u8> = (0..COUNT).map(|index| row.at(index)).collect();
            for from in [Source::Row(row), Source::each(&addresses)] {
                let mut new = vec![0; COUNT * to_stride + 1];
                // SAFETY: both have as much memory.
                unsafe { copy(from, Row { first: new.as_mut_ptr(), stride: to_stride }, size, COUNT) };
                let mut expected = vec![0; new.len()];
                for index in 0..COUNT {
                    let (from, to) = (index * from_stride, index * to_stride);
                    expected[to..to + size].copy_from_slice(&old[from..from + size]);
                }
                assert_eq!(new, expected, "size {size}, strides {from_stride} and {to_stride}");
            }
        }
    }
}

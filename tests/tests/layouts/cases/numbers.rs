//! Numbers of other types: wider, narrower, floats, characters, truth.

use std::any::type_name;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU16};

use crate::layouts::spec::{Spec, case};

/// A type's name without its path, as this compiler has it: to some of them an atomic is a name for another type.
fn name<T>() -> &'static str {
    type_name::<T>().rsplit("::").next().unwrap_or_default()
}

pub fn cases() -> Vec<Spec> {
    vec![
        case("wider", "struct State { a: u8, b: i8, c: u64, d: f32, e: u16 }", "struct State { a: u128, b: i64, c: i128, d: f64, e: usize }", "State { a: u8::MAX, b: i8::MIN, c: u64::MAX, d: 1.5, e: 7 }")
            .moved(
                &["State: field `a`: `u8` -> `u128`", "State: field `b`: `i8` -> `i64`", "State: field `c`: `u64` -> `i128`", "State: field `d`: `f32` -> `f64`", "State: field `e`: `u16` -> `usize`"],
                "State { a: 255, b: -128, c: 18446744073709551615, d: 1.5, e: 7 }",
            )
            .back(
                &["State: field `a`: `u128` -> `u8`", "State: field `b`: `i64` -> `i8`", "State: field `c`: `i128` -> `u64`", "State: field `d`: `f64` -> `f32`", "State: field `e`: `usize` -> `u16`"],
                "State { a: 255, b: -128, c: 18446744073709551615, d: 1.5, e: 7 }",
            ),
        case("narrower_that_does_not_fit", "struct State { c: Counted, a: u64 }", "struct State { c: Counted, a: u8 }", "State { c: counted(1), a: 256 }")
            .failed("State.a: 256 does not fit `u8`"),
        case("negative", "struct State { a: i32 }", "struct State { a: u32 }", "State { a: -1 }").failed("State.a: -1 does not fit `u32`"),
        case("larger_than_all", "struct State { a: u128 }", "struct State { a: i128 }", "State { a: u128::MAX }")
            .failed("State.a: 340282366920938463463374607431768211455 does not fit `i128`"),
        case("in_the_middle_of_a_vector", "struct State { before: Vec<Counted>, all: Vec<Item> }\nstruct Item { c: Counted, n: u16 }", "struct State { before: VecDeque<Counted>, #[hot(default = counted(9))] new: Counted, all: Vec<Item> }\nstruct Item { new: Counted, c: Counted, n: u8 }", "State { before: vec![counted(1)], all: (0..5).map(|n| Item { c: counted(n), n: if n == 3 { 1000 } else { 1 } }).collect() }")
            .failed("State.all[3].n: 1000 does not fit `u8`"),
        case("in_a_vector_of_vectors", "struct State { all: Vec<Vec<u16>> }", "struct State { all: Vec<Vec<u8>> }", "State { all: vec![vec![1, 2], vec![3, 4, 256]] }")
            .failed("State.all[1][2]: 256 does not fit `u8`"),
        case("fraction", "struct State { a: f32 }", "struct State { a: i32 }", "State { a: 1.5 }").failed("State.a: 1.5 does not fit `i32`"),
        case("not_a_number", "struct State { a: f64, b: f64 }", "struct State { a: f32, b: i64 }", "State { a: f64::NAN, b: f64::NAN }").failed("State.b: NaN does not fit `i64`"),
        case("float_narrowed", "struct State { a: f64, b: f64, c: f64 }", "struct State { a: f32, b: f32, c: f32 }", "State { a: 0.1, b: f64::INFINITY, c: -0.0 }")
            .moved(&["State: field `a`: `f64` -> `f32`", "State: field `b`: `f64` -> `f32`", "State: field `c`: `f64` -> `f32`"], "State { a: 0.1, b: inf, c: -0.0 }")
            // What was rounded away does not come back.
            .back(&["State: field `a`: `f32` -> `f64`", "State: field `b`: `f32` -> `f64`", "State: field `c`: `f32` -> `f64`"], "State { a: 0.10000000149011612, b: inf, c: -0.0 }"),
        case("float_too_large", "struct State { a: f64 }", "struct State { a: f32 }", "State { a: 1e300 }").failed("State.a: 1e300 does not fit `f32`"),
        case("whole_number_no_float_has", "struct State { a: u64 }", "struct State { a: f64 }", "State { a: u64::MAX }").failed("State.a: 18446744073709551615 does not fit `f64`"),
        case("characters_and_truth", "struct State { a: char, b: bool, c: u32, d: u8, e: u8 }", "struct State { a: u32, b: u8, c: char, d: bool, e: char }", "State { a: 'ä', b: true, c: 228, d: 1, e: 65 }")
            .moved(
                &["State: field `a`: `char` -> `u32`", "State: field `b`: `bool` -> `u8`", "State: field `c`: `u32` -> `char`", "State: field `d`: `u8` -> `bool`", "State: field `e`: `u8` -> `char`"],
                "State { a: 228, b: 1, c: 'ä', d: true, e: 'A' }",
            )
            .back(
                &["State: field `a`: `u32` -> `char`", "State: field `b`: `u8` -> `bool`", "State: field `c`: `char` -> `u32`", "State: field `d`: `bool` -> `u8`", "State: field `e`: `char` -> `u8`"],
                "State { a: 'ä', b: true, c: 228, d: 1, e: 65 }",
            ),
        case("no_character", "struct State { a: u32 }", "struct State { a: char }", "State { a: 0xd800 }").failed("State.a: 55296 does not fit `char`"),
        case("no_truth", "struct State { a: u8 }", "struct State { a: bool }", "State { a: 2 }").failed("State.a: 2 does not fit `bool`"),
        case("character_to_a_float", "struct State { a: char }", "struct State { a: f64 }", "State { a: 'A' }")
            .moved(&["State: field `a`: `char` -> `f64`"], "State { a: 65.0 }")
            .back(&["State: field `a`: `f64` -> `char`"], "State { a: 'A' }"),
        case("atomics", "struct State { a: std::sync::atomic::AtomicU8, b: std::sync::atomic::AtomicBool, c: i32 }", "struct State { a: std::sync::atomic::AtomicU16, b: bool, c: std::sync::atomic::AtomicI64 }", "State { a: 1.into(), b: true.into(), c: -2 }")
            .moved(
                &[&format!("State: field `a`: `{}` -> `{}`", name::<AtomicU8>(), name::<AtomicU16>()), &format!("State: field `b`: `{}` -> `bool`", name::<AtomicBool>()), &format!("State: field `c`: `i32` -> `{}`", name::<AtomicI64>())],
                "State { a: 1, b: true, c: -2 }",
            )
            .back(
                &[&format!("State: field `a`: `{}` -> `{}`", name::<AtomicU16>(), name::<AtomicU8>()), &format!("State: field `b`: `bool` -> `{}`", name::<AtomicBool>()), &format!("State: field `c`: `{}` -> `i32`", name::<AtomicI64>())],
                "State { a: 1, b: true, c: -2 }",
            ),
        case("never_zero", "struct State { a: std::num::NonZero<u8>, b: Vec<u16>, c: Option<std::num::NonZero<u8>>, d: std::num::NonZero<char> }", "struct State { a: std::num::NonZero<u16>, b: Vec<std::num::NonZero<u8>>, c: Option<std::num::NonZero<i64>>, d: u32 }", "State { a: std::num::NonZero::new(1).unwrap(), b: vec![2, 3], c: None, d: std::num::NonZero::new('A').unwrap() }")
            .moved(
                &["State: field `a`: `NonZero<u8>` -> `NonZero<u16>`", "State: field `b`: `Vec<u16>` -> `Vec<NonZero<u8>>`", "State: field `c`: `Option<NonZero<u8>>` -> `Option<NonZero<i64>>`", "State: field `d`: `NonZero<char>` -> `u32`"],
                "State { a: 1, b: [2, 3], c: None, d: 65 }",
            )
            .back(
                &["State: field `a`: `NonZero<u16>` -> `NonZero<u8>`", "State: field `b`: `Vec<NonZero<u8>>` -> `Vec<u16>`", "State: field `c`: `Option<NonZero<i64>>` -> `Option<NonZero<u8>>`", "State: field `d`: `u32` -> `NonZero<char>`"],
                "State { a: 1, b: [2, 3], c: None, d: 'A' }",
            ),
        case("zero_among_them", "struct State { a: Vec<(u16, u8)> }", "struct State { a: Vec<(std::num::NonZero<u16>, u8)> }", "State { a: vec![(1, 0), (0, 1)] }")
            .failed("State.a[1].0: 0 does not fit `NonZero<u16>`"),
        case("markers", "struct State { a: std::marker::PhantomData<u8>, n: u8 }", "struct State { a: std::marker::PhantomData<String>, n: u8 }", "State { a: Default::default(), n: 1 }")
            .moved(&["State: field `a`: `PhantomData<u8>` -> `PhantomData<String>`"], "State { a: PhantomData<alloc::string::String>, n: 1 }")
            .back(&["State: field `a`: `PhantomData<String>` -> `PhantomData<u8>`"], "State { a: PhantomData<u8>, n: 1 }"),
        case("number_behind_everything", "struct State { a: Option<Box<Mutex<Vec<(u8, bool)>>>> }", "struct State { a: Option<Box<Mutex<Vec<(u16, bool)>>>> }", "State { a: Some(Box::new(Mutex::new(vec![(1, true)]))) }")
            .moved(&["State.a > (u16, bool): field `0`: `u8` -> `u16`", "State: field `a`: `Option<Box<Mutex<Vec<(u8, bool)>>>>` -> `Option<Box<Mutex<Vec<(u16, bool)>>>>`"], "State { a: Some(Mutex { data: [(1, true)], poisoned: false, .. }) }")
            .back(&["State.a > (u8, bool): field `0`: `u16` -> `u8`", "State: field `a`: `Option<Box<Mutex<Vec<(u16, bool)>>>>` -> `Option<Box<Mutex<Vec<(u8, bool)>>>>`"], "State { a: Some(Mutex { data: [(1, true)], poisoned: false, .. }) }"),
    ]
}

//! Tuples, `Option` and its kin, and std's plain errors.

use std::convert::Infallible;
use std::mem::offset_of;
use std::ops::ControlFlow;
use std::task::Poll;

use crate::layout::{Field, HotType, Kind};

// `Infallible` stands for a type without values: the compiler's own `!` can't be named yet.
primitives!(
    Infallible,
    std::alloc::Layout,
    std::fmt::Error,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
);

over!([T] Option<T>, [T, E] Result<T, E>, [T] Poll<T>, [B, C] ControlFlow<B, C>);

macro_rules! tuples {
    ($(($($parameter:ident $index:tt),*))*) => {
        $(described!([$($parameter: HotType),*] ($($parameter,)*), Kind::Struct(&[
            $(Field { name: stringify!($index), offset: Some(offset_of!(Self, $index)), ty: $parameter::info }),*
        ]));)*
    };
}

tuples!(() (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5) (A 0, B 1, C 2, D 3, E 4, F 5, G 6) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8) (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11));

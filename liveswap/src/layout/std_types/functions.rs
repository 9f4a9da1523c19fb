//! Function pointers, and closures behind `dyn`.
//!
//! Each is over its arguments and its output. A type that takes references of any lifetime, `fn(&mut State)`, is another
//! one for the compiler than one that takes a reference: such are described for up to two arguments. (The macros refuse
//! the others in plain words, see their `borrowing.rs`.)

// `fn(&T)` and `fn(T)` are two types to the compiler, which yet warns of `impl`s that rely on it: rust-lang/rust#56105.
#![allow(coherence_leak_check)]

use crate::layout::{HotType, Kind};

/// A function pointer of each kind.
macro_rules! functions {
    ($(($($parameter:ident),*))*) => {
        $(functions!(@each [$($parameter),*]
            fn($($parameter),*) -> R,
            unsafe fn($($parameter),*) -> R,
            extern "C" fn($($parameter),*) -> R,
            unsafe extern "C" fn($($parameter),*) -> R
        );)*
    };
    (@each $parameters:tt $($ty:ty),*) => { $(functions!(@one $parameters $ty);)* };
    (@one [$($parameter:ident),*] $ty:ty) => {
        whole!([R: HotType, $($parameter: HotType),*] $ty, Kind::Over(&[R::info, $($parameter::info),*]));
    };
}

functions!(()(A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F));

/// The three traits of closures, with and without `Send` and `Sync`. Parameters in the first brackets may be without a
/// size, since they stand behind a reference.
macro_rules! closures {
    ($([$($behind:ident)*] [$($by_value:ident)*] ($($argument:ty),*))*) => {
        $(closures!(@each [$($behind)*] [$($by_value)*]
            dyn Fn($($argument),*) -> R + 'l,
            dyn Fn($($argument),*) -> R + Send + 'l,
            dyn Fn($($argument),*) -> R + Send + Sync + 'l,
            dyn FnMut($($argument),*) -> R + 'l,
            dyn FnMut($($argument),*) -> R + Send + 'l,
            dyn FnMut($($argument),*) -> R + Send + Sync + 'l,
            dyn FnOnce($($argument),*) -> R + 'l,
            dyn FnOnce($($argument),*) -> R + Send + 'l,
            dyn FnOnce($($argument),*) -> R + Send + Sync + 'l
        );)*
    };
    (@each $behind:tt $by_value:tt $($ty:ty),*) => { $(closures!(@one $behind $by_value $ty);)* };
    (@one [$($behind:ident)*] [$($by_value:ident)*] $ty:ty) => {
        whole_without_size!(
            ['l, R: HotType, $($behind: HotType + ?Sized,)* $($by_value: HotType),*] $ty,
            Kind::Over(&[R::info, $($behind::info,)* $($by_value::info),*])
        );
    };
}

closures!([] [] () [] [A] (A) [] [A B] (A, B) [] [A B C] (A, B, C) [] [A B C D] (A, B, C, D));

/// Functions and closures that take references of any lifetime.
macro_rules! borrowing {
    ($([$($behind:ident)*] [$($by_value:ident)*] ($($argument:ty),*))*) => {
        $(
            whole!(
                [R: HotType, $($behind: HotType + ?Sized,)* $($by_value: HotType),*] fn($($argument),*) -> R,
                Kind::Over(&[R::info, $($behind::info,)* $($by_value::info),*])
            );
            closures!([$($behind)*] [$($by_value)*] ($($argument),*));
        )*
    };
}

borrowing!(
    [A] [] (&A)
    [A] [] (&mut A)
    [A] [B] (&A, B)
    [A] [B] (&mut A, B)
    [B] [A] (A, &B)
    [B] [A] (A, &mut B)
    [A B] [] (&A, &B)
    [A B] [] (&A, &mut B)
    [A B] [] (&mut A, &B)
    [A B] [] (&mut A, &mut B)
);

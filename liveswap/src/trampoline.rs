//! The functions behind the code pointers of entries, one for each number of arguments.
//!
//! `code_2(update)` in the macros' expansions gives a pointer to an `extern "C" fn(A, B, &mut report) ->
//! MaybeUninit<R>` that runs `update` in a guard. The function itself is not stored: a function item's type has one value, which the type alone gives.

#![expect(
    improper_ctypes_definitions,
    reason = "both sides were compiled by the same compiler, which the handshake shows; \"C\" is chosen since it never unwinds"
)]

use std::mem::MaybeUninit;

use crate::entry::Code;
use crate::future::HotFuture;
use crate::guard::{PanicReport, guard_beside};

/// The one value of a function item's type.
///
/// # Safety
///
/// `F` is the type of a function item (or of a closure without captures): it has one value and no size.
#[inline(always)]
pub(crate) unsafe fn the_function<F>() -> F {
    const { assert!(size_of::<F>() == 0, "only a function item can be an entry") };
    // SAFETY: the type has no size, so its value has no bytes, and by the contract it has a value.
    unsafe { std::mem::transmute_copy(&()) }
}

macro_rules! trampoline {
    ($code:ident $code_async:ident $($argument:ident)*) => {
        /// The code of an entry with this number of arguments.
        pub const fn $code<F, R, $($argument),*>(_: F) -> Code
        where
            F: Fn($($argument),*) -> R + Copy,
        {
            #[allow(non_snake_case, clippy::too_many_arguments)]
            unsafe extern "C" fn enter<F, R, $($argument),*>(
                $($argument: $argument,)*
                report: &mut *mut PanicReport,
            ) -> MaybeUninit<R>
            where
                F: Fn($($argument),*) -> R + Copy,
            {
                // SAFETY: `F` is the type of the value that the outer function was given by the macro: a
                // function item.
                let function = unsafe { the_function::<F>() };
                guard_beside(report, move || function($($argument),*))
            }
            Code::new(enter::<F, R, $($argument),*> as *const ())
        }

        /// The code of an async entry with this number of arguments: its future comes boxed.
        pub const fn $code_async<F, R, Fut, $($argument),*>(_: F) -> Code
        where
            F: Fn($($argument),*) -> Fut + Copy,
            Fut: Future<Output = R>,
        {
            #[allow(non_snake_case, clippy::too_many_arguments)]
            unsafe extern "C" fn enter<F, R, Fut, $($argument),*>(
                $($argument: $argument,)*
                report: &mut *mut PanicReport,
            ) -> MaybeUninit<HotFuture<R>>
            where
                F: Fn($($argument),*) -> Fut + Copy,
                Fut: Future<Output = R>,
            {
                // SAFETY: as above.
                let function = unsafe { the_function::<F>() };
                guard_beside(report, move || HotFuture::new(function($($argument),*)))
            }
            Code::new(enter::<F, R, Fut, $($argument),*> as *const ())
        }
    };
}

trampoline!(code_0 code_async_0);
trampoline!(code_1 code_async_1 A);
trampoline!(code_2 code_async_2 A B);
trampoline!(code_3 code_async_3 A B C);
trampoline!(code_4 code_async_4 A B C D);
trampoline!(code_5 code_async_5 A B C D E);
trampoline!(code_6 code_async_6 A B C D E G);
trampoline!(code_7 code_async_7 A B C D E G H);
trampoline!(code_8 code_async_8 A B C D E G H I);
trampoline!(code_9 code_async_9 A B C D E G H I J);
trampoline!(code_10 code_async_10 A B C D E G H I J K);
trampoline!(code_11 code_async_11 A B C D E G H I J K L);
trampoline!(code_12 code_async_12 A B C D E G H I J K L M);

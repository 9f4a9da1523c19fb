//! The call of a `#[hot]` function: it asks [`current`] first, and runs its own body where nothing is loaded.

use std::mem::MaybeUninit;

use crate::entry::{Code, Entry};
use crate::future::HotFuture;
use crate::guard::{PanicReport, value_or_panic};
use crate::hot_crate::HotCrate;
use crate::in_flight;

/// The code in force for `entry`; `None` where nothing is loaded: then the function's own body is to be run.
#[inline(always)]
pub fn current(of: &'static HotCrate, entry: &'static Entry) -> Option<Current> {
    // SAFETY: an index other than 0 was set by `HotCrate::publish`, and is below the length of all tables of `of`
    // (each crate's entries are in its own list). Index 0 is below it too, since no table is empty.
    let code = unsafe { of.table().read(entry.index()) }?;
    if code == Code::NONE { None } else { Some(Current(code)) }
}

/// Code in force, of the entry that asked for it.
pub struct Current(Code);

impl Current {
    /// Calls the code. `A` and `R` are the argument types and the output of the entry's function: the macro passes
    /// the function's own arguments and returns the result from it, so both are inferred from its signature.
    ///
    /// # Panics
    ///
    /// Where the code panicked: the panic goes on here, with a [`HotPanic`](crate::HotPanic) as its payload.
    #[inline(always)]
    pub fn call<A: Arguments, R>(self, arguments: A) -> R {
        // SAFETY: `self` was made by `current` for the entry of the function that calls this. The host publishes code
        // for an entry only after it compared the signature, as text and type by type in layout, with the entry's
        // own; and the handshake has shown that both sides were compiled by the same compiler, so that an
        // `extern "C"` function over these types is called alike on both.
        unsafe {
            value_or_panic(|report| in_flight::enter(self.0, report, |report| arguments.enter::<R>(self.0, report)))
        }
    }

    /// Calls the code of an async entry; the future runs on this generation to its end.
    ///
    /// # Panics
    ///
    /// As [`call`](Self::call), in the call and in each poll.
    #[inline(always)]
    pub fn call_async<A: Arguments, R>(self, arguments: A) -> HotFuture<R> {
        // SAFETY: as in `call`; the signature says that the entry is async, and whether its future is `Send`.
        let future = unsafe {
            value_or_panic(|report| {
                in_flight::enter(self.0, report, |report| arguments.enter::<HotFuture<R>>(self.0, report))
            })
        };
        future.of(self.0)
    }
}

/// A tuple of arguments that an entry can be called with.
pub trait Arguments {
    /// Calls `code`.
    ///
    /// # Safety
    ///
    /// `code` is one of the functions of [`trampoline`](crate::trampoline) over these types in this order, and `R`.
    unsafe fn enter<R>(self, code: Code, report: &mut *mut PanicReport) -> MaybeUninit<R>;
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<$($argument),*> Arguments for ($($argument,)*) {
            #[inline(always)]
            #[allow(non_snake_case)]
            unsafe fn enter<R>(self, code: Code, report: &mut *mut PanicReport) -> MaybeUninit<R> {
                // SAFETY: by the contract this is the function's type; code addresses and function pointers are
                // alike on every platform with dynamic libraries.
                let function = unsafe {
                    std::mem::transmute::<
                        *const (),
                        unsafe extern "C" fn($($argument,)* &mut *mut PanicReport) -> MaybeUninit<R>,
                    >(code.address())
                };
                let ($($argument,)*) = self;
                // SAFETY: by the contract.
                unsafe { function($($argument,)* report) }
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);
arguments!(A B C D E F G H I);
arguments!(A B C D E F G H I J);
arguments!(A B C D E F G H I J K);
arguments!(A B C D E F G H I J K L);

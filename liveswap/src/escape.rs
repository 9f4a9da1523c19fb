//! Panics that leave an image by another way than a `#[hot]` function: a closure that the host calls, a method of a trait
//! object, a future, a destructor.
//!
//! Each image has its own copy of std, and a copy can't catch the panics of another: Rust ends the process there. So a host
//! that sees such a panic begin has its image end it ([`Escape::absorb`]), and the code that will catch it begin a panic of
//! its own instead ([`Escape::raise`]).

use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::guard::{self, HotPanic, PanicReport};

/// Begins to unwind: `_Unwind_RaiseException`.
pub type Raise = unsafe extern "C-unwind" fn(exception: *mut c_void) -> c_int;

/// How panics end and begin in one copy of std.
#[repr(C)]
pub struct Escape {
    /// Catches a panic of this copy that has not begun to unwind, and gives its report.
    ///
    /// # Safety
    ///
    /// `exception` is what this copy's std was about to give to `raise`, and is not used again.
    pub absorb: unsafe extern "C" fn(exception: *mut c_void, raise: Raise) -> *mut PanicReport,
    /// Begins a panic of this copy, with a [`HotPanic`] as its payload. No hook runs: the panic was reported.
    ///
    /// # Safety
    ///
    /// `report` came from an `absorb`, and nobody else takes it.
    pub raise: unsafe extern "C-unwind" fn(report: *mut PanicReport) -> !,
}

/// Those of the copy that this code is linked with.
pub static HERE: Escape = Escape { absorb, raise };

unsafe extern "C" fn absorb(exception: *mut c_void, begin: Raise) -> *mut PanicReport {
    // SAFETY: by the contract the exception is this copy's, so that this copy catches it, and has not been raised.
    let caught = catch_unwind(AssertUnwindSafe(|| unsafe { begin(exception) }));
    match caught {
        Err(payload) => guard::report(payload),
        Ok(code) => Box::into_raw(PanicReport::of_crash(format!("a panic that could not unwind (code {code})"), 0)),
    }
}

unsafe extern "C-unwind" fn raise(report: *mut PanicReport) -> ! {
    // SAFETY: by the contract.
    let panic: Box<HotPanic> = unsafe { HotPanic::take(report) };
    resume_unwind(panic)
}

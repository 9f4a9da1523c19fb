//! No panic leaves an image: every entry runs inside [`guard`], which catches it, drops its payload on the side where
//! it was made, and hands out a report as plain data.
//!
//! A panic that crosses into the host would abort the process ("Rust cannot catch foreign exceptions"), since host and
//! library each have their own copy of std. For the same reason the host's panic hook does not run in a library: the
//! library gets [a hook](install_hook) of its own, which tells the host at once and keeps the details for the guard.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::ptr;

use abi_stable::StableAbi;
use abi_stable::std_types::RString;

/// What an entry gives back over the boundary: a value, or a report where the call panicked.
///
/// Small values come back in registers, others through memory that the caller provides.
#[repr(C)]
pub struct Ret<R> {
    report: *mut PanicReport,
    value: MaybeUninit<R>,
}

impl<R> Ret<R> {
    /// Whether the call panicked.
    pub fn is_panic(&self) -> bool {
        !self.report.is_null()
    }

    /// The value, or the report.
    ///
    /// # Errors
    ///
    /// The report of the panic that ended the call.
    #[inline(always)]
    pub fn into_result(self) -> Result<R, Box<HotPanic>> {
        if self.report.is_null() {
            // SAFETY: `guard`, the only maker, leaves the report null exactly where it wrote the value.
            Ok(unsafe { self.value.assume_init() })
        } else {
            // SAFETY: a report that is not null was made by `guard` and is handed out once.
            Err(unsafe { HotPanic::take(self.report) })
        }
    }

    pub(crate) fn into_parts(self) -> (*mut PanicReport, MaybeUninit<R>) {
        (self.report, self.value)
    }

    /// `value` is written where `report` is null.
    pub(crate) fn from_parts(report: *mut PanicReport, value: MaybeUninit<R>) -> Self {
        Self { report, value }
    }
}

/// A panic as it crosses the boundary. Texts are empty and numbers 0 where something is not known.
#[repr(C)]
#[derive(StableAbi)]
pub struct PanicReport {
    /// The panic's message.
    pub message: RString,
    /// The file as the compiler names it.
    pub file: RString,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The address of what the compiler has put down of the place: it lies in the image whose code panicked.
    pub address: usize,
    /// The thread's name, where the library knows it.
    pub thread: RString,
    /// The frames, as std shows them; empty with `RUST_BACKTRACE=0`.
    pub backtrace: RString,
    /// Whether there is to be a backtrace: not with `RUST_BACKTRACE=0`.
    pub wants_backtrace: bool,
    /// The signal of a crash that the host's guard caught; 0 for a panic.
    pub signal: i32,
    free: unsafe extern "C" fn(*mut PanicReport),
}

impl PanicReport {
    fn new(message: String) -> Self {
        Self {
            message: message.into(),
            file: RString::new(),
            line: 0,
            column: 0,
            address: 0,
            thread: RString::new(),
            backtrace: RString::new(),
            wants_backtrace: false,
            signal: 0,
            free: free_report,
        }
    }

    /// The report of a crash, for a [guard](crate::in_flight::install_guard) to fill in and to give out by
    /// [`Box::into_raw`].
    pub fn of_crash(message: String, signal: i32) -> Box<Self> {
        Box::new(Self { signal, ..Self::new(message) })
    }
}

unsafe extern "C" fn free_report(report: *mut PanicReport) {
    // SAFETY: called once by the receiver, with the pointer that `guard` made by `Box::into_raw` in this image.
    drop(unsafe { Box::from_raw(report) });
}

/// A panic of a hot function, on the caller's side; or a crash of it, where the host has a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HotPanic {
    /// The panic's message.
    pub message: String,
    /// The file as the compiler names it; empty where unknown.
    pub file: String,
    /// The line, from 1; 0 where unknown.
    pub line: u32,
    /// The column, from 1; 0 where unknown.
    pub column: u32,
    /// The frames, as std shows them; empty with `RUST_BACKTRACE=0`, and for a
    /// panic that is not told since its like was told already.
    pub backtrace: String,
    /// The signal of a crash that the host's guard caught; 0 for a panic.
    pub signal: i32,
}

impl HotPanic {
    /// # Safety
    ///
    /// `report` was made by `guard`, and nobody else takes it.
    pub(crate) unsafe fn take(report: *mut PanicReport) -> Box<Self> {
        // SAFETY: by the contract the report is alive and ours.
        let borrowed = unsafe { &*report };
        let panic = Box::new(Self {
            message: borrowed.message.to_string(),
            file: borrowed.file.to_string(),
            line: borrowed.line,
            column: borrowed.column,
            backtrace: borrowed.backtrace.to_string(),
            signal: borrowed.signal,
        });
        // SAFETY: as above; `free` is the function of the image that made it, and the borrow has ended.
        unsafe { (borrowed.free)(report) };
        panic
    }
}

impl fmt::Display for HotPanic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.signal == 0 { "panicked" } else { "crashed" };
        write!(f, "hot code {what}: {}", self.message)?;
        if !self.file.is_empty() {
            write!(f, " ({}:{}:{})", self.file, self.line, self.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for HotPanic {}

thread_local! {
    /// What the hook saw last on this thread; taken by the guard that catches the panic.
    static LAST: RefCell<Option<Box<PanicReport>>> = const { RefCell::new(None) };
}

/// As [`guard`], for the `#[hot]` functions: the value comes back by itself, so in the registers or the memory in which
/// any function of its type gives it, and only a panic touches `report`.
///
/// The value is written exactly where `report` stays null.
#[inline(always)]
pub(crate) fn guard_beside<R>(report: &mut *mut PanicReport, call: impl FnOnce() -> R) -> MaybeUninit<R> {
    let mut value = MaybeUninit::uninit();
    // Written inside, not given back through `catch_unwind`, which would copy it. Unwind safety: as in `guard`.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| {
        value.write(call());
    })) {
        *report = self::report(payload);
    }
    value
}

/// Runs `call`; a panic inside becomes a report.
#[inline(always)]
pub(crate) fn guard<R>(call: impl FnOnce() -> R) -> Ret<R> {
    // Unwind safety: what the panic may have left half done is the caller's to judge, as with any caught panic; the
    // report says that the call failed.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(value) => Ret { report: ptr::null_mut(), value: MaybeUninit::new(value) },
        Err(payload) => Ret { report: report(payload), value: MaybeUninit::uninit() },
    }
}

/// The report of a panic that was caught.
#[cold]
#[inline(never)]
pub(crate) fn report(payload: Box<dyn Any + Send>) -> *mut PanicReport {
    let seen = LAST.try_with(|last| last.take()).ok().flatten();
    // No hook has seen one of another image: what is there is of a panic that the library has caught itself.
    let seen = seen.filter(|_| !payload.is::<HotPanic>());
    let report = seen.unwrap_or_else(|| Box::new(unseen(&*payload)));
    // The payload may have a destructor, and that may panic too; then it is leaked.
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(second);
    }
    Box::into_raw(report)
}

/// The report of a panic that no hook has seen.
fn unseen(payload: &(dyn Any + Send)) -> PanicReport {
    let mut report = PanicReport::new(message(payload));
    // One of another image, which was reported there.
    if let Some(panic) = payload.downcast_ref::<HotPanic>() {
        report.message = panic.message.as_str().into();
        report.file = panic.file.as_str().into();
        (report.line, report.column, report.signal) = (panic.line, panic.column, panic.signal);
        report.backtrace = panic.backtrace.as_str().into();
    }
    report
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else if let Some(panic) = payload.downcast_ref::<HotPanic>() {
        panic.to_string()
    } else {
        "a panic whose payload is no text".to_owned()
    }
}

/// Sets this image's panic hook: each panic is told to `told` at once, and kept for the guard. Who is told makes the backtrace
/// too, where it `makes_backtraces`.
///
/// Told at once, since not every panic meets a guard: a thread of the library may panic, or a destructor during
/// another panic, which aborts.
pub(crate) fn install_hook(makes_backtraces: bool, told: impl Fn(&mut PanicReport) + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        let mut report = Box::new(describe(info));
        if report.wants_backtrace && !makes_backtraces {
            report.backtrace = std::backtrace::Backtrace::force_capture().to_string().into();
        }
        told(&mut report);
        // Not there while the thread ends; then no guard is there either.
        let _ = LAST.try_with(|last| last.replace(Some(report)));
    }));
}

fn describe(info: &PanicHookInfo<'_>) -> PanicReport {
    let mut report = PanicReport::new(info.payload_as_str().map_or_else(|| message_of_unknown(info), str::to_owned));
    if let Some(place) = info.location() {
        report.file = place.file().into();
        report.line = place.line();
        report.column = place.column();
        report.address = ptr::from_ref(place).addr();
    }
    report.thread = std::thread::current().name().unwrap_or_default().into();
    report.wants_backtrace = std::env::var_os("RUST_BACKTRACE").is_none_or(|value| value != "0");
    report
}

fn message_of_unknown(info: &PanicHookInfo<'_>) -> String {
    match info.payload().downcast_ref::<HotPanic>() {
        Some(panic) => panic.to_string(),
        None => "a panic whose payload is no text".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_through() {
        assert_eq!(guard(|| [1u64; 9]).into_result(), Ok([1; 9]));
    }

    #[test]
    fn a_panic_becomes_a_report() {
        let panic = guard(|| -> u8 { panic!("no {}", 7) }).into_result().unwrap_err();
        assert_eq!(panic.message, "no 7");
    }

    #[test]
    fn a_value_comes_by_itself_and_a_panic_beside_it() {
        let mut report = ptr::null_mut();
        // SAFETY: no report came, so the value was written.
        assert_eq!(unsafe { guard_beside(&mut report, || [1u64; 9]).assume_init() }, [1; 9]);
        assert!(report.is_null());
        let _ = guard_beside(&mut report, || -> u8 { panic!("no {}", 8) });
        // SAFETY: the report was made just now.
        assert_eq!(unsafe { HotPanic::take(report) }.message, "no 8");
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_leaked() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let panic = guard(|| -> u8 { std::panic::panic_any(Bomb) }).into_result().unwrap_err();
        assert_eq!(panic.message, "a panic whose payload is no text");
    }
}

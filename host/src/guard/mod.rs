//! The crash guard: a call of hot code that crashes ends like one that has panicked. And the report of crashes that end the
//! process all the same.
//!
//! **The way of a crash.** The kernel calls [our handler](signals) on the thread that crashed, on a [stack of its
//! own](alternate_stack). It copies the registers and asks [another thread](helper), which walks the stack: by the tables
//! for unwinding, through memory that it reads by a system call. Whose doing it was is said by the first frame that is not
//! the C library's: a null pointer given to `memcpy` is its caller's fault, and so is `abort`. If that frame lies in a
//! [hot image](images) that is guarded, and the thread is inside a guarded call, the handler changes where it returns to:
//! the [second way out](context) of that call. The report is made there, in ordinary code, and goes the way of a
//! panic's. All else goes to the handler that was there before (std's, which tells of stack overflows; one of the
//! program's own), or to the default action: a fault of the host stays the host's. A handler that is installed after
//! ours is asked first. A crash in the handler, or while it waits, takes the default action.
//!
//! **What is skipped.** Everything between the crash and the call: no destructor runs, so memory, files and threads of the
//! ended call leak; locks that it held stay locked for ever; what it was changing stays half changed; a future that
//! crashed in a poll is never dropped. Frames of the host between two of hot code (a callback that calls back) are skipped
//! as well. A lock of the C library's may be among them: if hot code calls `malloc` itself and crashes in it, the next
//! thread that needs the same arena waits for ever. (Allocations by `Box` and its kin run in the host's allocator, so a
//! crash in those is the host's, and ends the process.) A crash in a destructor that runs because of a panic leaves the
//! thread counted as panicking: its next panic aborts. Memory that a wild pointer has hit before is as it is.
//!
//! So this is a tool for development: the process lives on to show what happened and to take the next edit, on state
//! that may be broken.
//!
//! **What it can get wrong.** A frame without tables (hand-written assembly) ends the walk; then the crash is the host's.
//! Where the system forbids `process_vm_readv`, only the first frame is known, so crashes inside the C library are the
//! host's. A thread that hot code has started is not inside a guarded call: its crash ends the process. So does one of a
//! constructor, while the loader's lock is held; [`crate::open::test_load`] finds it out before.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod alternate_stack;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod context;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[cfg(target_env = "gnu")]
mod exit;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod helper;
pub(crate) mod images;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod mailbox;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod report;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod signals;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod on_this_system {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::OnceLock;

    use liveswap::{PanicReport, in_flight};

    use super::{alternate_stack, helper, report, signals};

    /// Has crashes of hot code told, whoever is to survive them; once in a process.
    ///
    /// # Errors
    ///
    /// For people: why not.
    pub(crate) fn report_crashes() -> Result<(), String> {
        static DONE: OnceLock<Result<(), String>> = OnceLock::new();
        let install = || {
            helper::start().map_err(|error| format!("there is no thread for crashes: {error}"))?;
            signals::install();
            #[cfg(target_env = "gnu")]
            super::exit::watch();
            Ok(())
        };
        DONE.get_or_init(install).clone()
    }

    /// Puts the guard around all calls of hot code; once in a process.
    ///
    /// # Errors
    ///
    /// For people: why not.
    pub(crate) fn guard_calls() -> Result<(), String> {
        report_crashes()?;
        in_flight::install_guard(guarded);
        Ok(())
    }

    /// Whether the calling thread is inside a call that a crash ends.
    pub(crate) fn is_in_guarded_call() -> bool {
        signals::is_in_call()
    }

    /// Runs `run(data)`; gives null, or a report of the crash that has ended it.
    unsafe extern "C" fn guarded(run: unsafe extern "C" fn(*mut ()), data: *mut ()) -> *mut PanicReport {
        alternate_stack::prepare();
        // SAFETY: `run` is to be called with `data`; the caller touches nothing of either once it has a report.
        let Some((fault, addresses)) = (unsafe { signals::call(run, data) }) else { return std::ptr::null_mut() };
        let report = catch_unwind(AssertUnwindSafe(|| report::of_call(&fault, &addresses)));
        Box::into_raw(report.unwrap_or_else(|_| PanicReport::of_crash("a crash".into(), fault.signal)))
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod on_this_system {
    /// Has crashes of hot code told; not on this system.
    pub(crate) fn report_crashes() -> Result<(), String> {
        Ok(())
    }

    /// Puts the guard around all calls of hot code; not on this system.
    ///
    /// # Errors
    ///
    /// That there is none.
    pub(crate) fn guard_calls() -> Result<(), String> {
        Err("there is a crash guard on Linux only, on x86-64 and aarch64; a crash ends the process here".into())
    }

    /// Whether the calling thread is inside a call that a crash ends; not on this system.
    pub(crate) fn is_in_guarded_call() -> bool {
        false
    }
}

pub(crate) use on_this_system::{guard_calls, is_in_guarded_call, report_crashes};
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) use report::fill_in;

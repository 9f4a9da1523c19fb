//! The handler of the signals that a crash raises.
//!
//! In the handler nothing is allocated and no lock is taken: it copies the registers, asks the [helper](super::helper) and
//! waits. What is not hot code's doing goes to the handler that was there before, or to the default action.

use std::cell::Cell;
use std::ptr;
use std::sync::OnceLock;
use std::time::Duration;

use super::context::{self, Place};
use super::helper;
use crate::stacks::Registers;

/// How long a crashed thread waits for the helper: it reads debug information, and tells the user. It never comes where
/// the thread holds a lock that the helper needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most frames that are told.
pub(super) const FRAMES: usize = 48;

/// The signals, and their names.
pub(super) const SIGNALS: [(libc::c_int, &str); 5] = [
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGABRT, "SIGABRT"),
];

/// A crash, as the handler sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) signal: libc::c_int,
    /// What the kernel says of the reason.
    pub(super) code: libc::c_int,
    /// What was accessed, or executed.
    pub(super) address: usize,
    pub(super) registers: Registers,
    /// The thread's number in the system.
    pub(super) thread: libc::c_int,
    /// Whether the thread is inside a guarded call.
    pub(super) is_guarded: bool,
}

/// The addresses on the stack, nearest first; 0 behind the last.
pub(super) type Addresses = [usize; FRAMES];

/// A guarded call, on the stack of its thread.
pub(super) struct Call {
    place: Place,
    before: *mut Call,
    fault: Option<(Fault, Addresses)>,
}

thread_local! {
    /// The innermost guarded call.
    static CALL: Cell<*mut Call> = const { Cell::new(ptr::null_mut()) };
    /// Whether the thread is in the handler.
    static HANDLING: Cell<bool> = const { Cell::new(false) };
}

/// What was there before, in the order of [`SIGNALS`].
static BEFORE: OnceLock<[libc::sigaction; SIGNALS.len()]> = OnceLock::new();

/// The process that installed the handler: one that it forks has no helper.
static PROCESS: OnceLock<libc::pid_t> = OnceLock::new();

/// Installs the handler; the helper must be there.
pub(super) fn install() {
    // SAFETY: asks for a number.
    PROCESS.get_or_init(|| unsafe { libc::getpid() });
    let all = SIGNALS.map(|(signal, _)| {
        // SAFETY: plain data, for which zeros are a value; the call only writes to it.
        unsafe {
            let mut before: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, ptr::null(), &mut before);
            before
        }
    });
    // Known before the first fault can come here.
    BEFORE.get_or_init(|| all);
    for (signal, _) in SIGNALS {
        // SAFETY: plain data; the handler has the type that `SA_SIGINFO` asks for, and does what a handler may.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_signal as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(signal, &action, ptr::null_mut());
        }
    }
}

/// Whether this thread is inside a guarded call.
pub(super) fn is_in_call() -> bool {
    !CALL.get().is_null()
}

/// Runs `run(data)`; gives the crash that has ended it.
///
/// # Safety
///
/// As [`context::enter`].
pub(super) unsafe fn call(run: unsafe extern "C" fn(*mut ()), data: *mut ()) -> Option<(Fault, Addresses)> {
    let mut call = Call { place: Place::NOWHERE, before: CALL.get(), fault: None };
    let call = &raw mut call;
    CALL.set(call);
    // SAFETY: by the contract; the place is alive for as long as the call is known by it.
    let is_ended = unsafe { context::enter(run, data, &raw mut (*call).place) } != 0;
    // SAFETY: `call` is a local variable; the handler has written to it only in between.
    unsafe {
        CALL.set((*call).before);
        if is_ended { (*call).fault.take() } else { None }
    }
}

unsafe extern "C" fn on_signal(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: this thread's; the kernel gives valid pointers to a handler with `SA_SIGINFO`.
    let (errno, info, context) =
        unsafe { (libc::__errno_location(), &mut *info, &mut *context.cast::<libc::ucontext_t>()) };
    // SAFETY: as above.
    let saved = unsafe { *errno };
    if HANDLING.replace(true) {
        // A crash while a crash is looked at.
        by_default(signal, info);
        return;
    }
    let call = CALL.get();
    let fault = Fault {
        signal,
        code: info.si_code,
        // SAFETY: of a union of plain data; where the signal has no address it is not shown.
        address: unsafe { info.si_addr() }.addr(),
        registers: Registers::of(context),
        // SAFETY: asks for a number.
        thread: unsafe { libc::gettid() },
        is_guarded: !call.is_null(),
    };
    let caught = if is_own_doing(info) { helper::ask(fault, PATIENCE) } else { None };
    HANDLING.set(false);
    match caught {
        // SAFETY: the call is under way on this thread, or it would not be known by `CALL`. What is above it on the stack
        // is hot code, and what that called.
        Some(addresses) if !call.is_null() => unsafe {
            (*call).fault = Some((fault, addresses));
            context::come_back(context, &(*call).place);
        },
        _ => hand_on(signal, info, context),
    }
    // SAFETY: as above.
    unsafe { *errno = saved };
}

/// Whether the thread itself has raised the signal, and not another process.
fn is_own_doing(info: &libc::siginfo_t) -> bool {
    // SAFETY: asks for a number; the sender's is there where a signal was sent.
    let (own, sender) = unsafe { (libc::getpid(), info.si_pid()) };
    PROCESS.get() == Some(&own) && (info.si_code > 0 || (info.si_code == libc::SI_TKILL && sender == own))
}

/// Does what would have been done without us.
fn hand_on(signal: libc::c_int, info: &mut libc::siginfo_t, context: &mut libc::ucontext_t) {
    let Some(before) = before(signal) else { return by_default(signal, info) };
    match before.sa_sigaction {
        libc::SIG_DFL => by_default(signal, info),
        // A fault can't be ignored.
        libc::SIG_IGN if info.si_code <= 0 => (),
        libc::SIG_IGN => by_default(signal, info),
        // SAFETY: a handler of somebody's, called as the kernel would: with its own mask, and the type that its flags tell.
        handler => unsafe {
            // It may abort (std's does), and on this stack there may be no room for a second handler of ours.
            let mut ours: libc::sigaction = std::mem::zeroed();
            if let Some(before) = self::before(libc::SIGABRT) {
                libc::sigaction(libc::SIGABRT, before, &mut ours);
            }
            let mut mask = std::mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, &before.sa_mask, &mut mask);
            if before.sa_flags & libc::SA_SIGINFO != 0 {
                type Handler = unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
                let handler = std::mem::transmute::<*const (), Handler>(ptr::with_exposed_provenance(handler));
                handler(signal, info, ptr::from_mut(context).cast());
            } else {
                type Handler = unsafe extern "C" fn(libc::c_int);
                let handler = std::mem::transmute::<*const (), Handler>(ptr::with_exposed_provenance(handler));
                handler(signal);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &mask, ptr::null_mut());
            libc::sigaction(libc::SIGABRT, &ours, ptr::null_mut());
        },
    }
}

/// What was done about a signal before us.
fn before(signal: libc::c_int) -> Option<&'static libc::sigaction> {
    let place = SIGNALS.iter().position(|(known, _)| *known == signal)?;
    Some(&BEFORE.get()?[place])
}

/// Lets the default action happen when the handler returns: the instruction fails again, or the signal is sent again.
fn by_default(signal: libc::c_int, info: &libc::siginfo_t) {
    // SAFETY: plain data; sends a signal that waits until this handler returns.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        libc::sigaction(signal, &action, ptr::null_mut());
        if info.si_code <= 0 {
            libc::syscall(libc::SYS_tgkill, libc::getpid(), libc::gettid(), signal);
        }
    }
}

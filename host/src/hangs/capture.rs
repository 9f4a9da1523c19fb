//! The stack of another thread: a signal stops it for as long as that takes.

use std::ptr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use liveswap::in_flight::{self, Seen};
use parking_lot::Mutex;

use crate::guard::mailbox::Mailbox;
use crate::stacks::{Frame, Registers, walk};

/// The most frames that are told.
const FRAMES: usize = 64;

/// How long the thread is waited for: it does not come where it waits in the kernel without end.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the thread waits to be let go.
const STOPPED: Duration = Duration::from_secs(5);

/// Which thread was stopped, and where.
static STOP: Mailbox<(libc::pid_t, Registers), ()> = Mailbox::new();

/// Lets calls be known by the system's numbers of their threads.
pub(super) fn name_threads() {
    // SAFETY: asks for a number.
    in_flight::name_threads(|| unsafe { libc::gettid() });
}

/// The name of a call's thread, and its stack, nearest first: empty where the thread does not answer. `None` where the call
/// has come back.
///
/// A system call in which the thread waits is interrupted once: most begin anew by themselves.
pub(super) fn stack_of(call: &Seen) -> Option<(Option<String>, Vec<Frame>)> {
    // One thread at a time is stopped.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    let signal = *SIGNAL.get_or_init(install);
    let (name, sent_to) = call.with_thread(|name, thread| {
        let is_sent = match signal {
            // SAFETY: sends a signal whose handler is ours; the thread can't end meanwhile.
            Some(signal) if thread != 0 => unsafe {
                libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal) == 0
            },
            _ => false,
        };
        (name.map(str::to_owned), is_sent.then_some(thread))
    })?;
    let mut frames = Vec::new();
    if let Some(sent_to) = sent_to {
        let end = Instant::now() + PATIENCE;
        // One that was not waited for any more may come late.
        let mut is_it = false;
        while !is_it
            && STOP.answer_until(Some(end), |(thread, registers)| {
                is_it = thread == sent_to;
                if is_it {
                    frames = walk(&registers, FRAMES);
                }
                Some(())
            })
        {}
    }
    Some((name, frames))
}

static SIGNAL: OnceLock<Option<libc::c_int>> = OnceLock::new();

/// Takes a signal that nobody uses.
fn install() -> Option<libc::c_int> {
    (libc::SIGRTMIN() + 1..libc::SIGRTMAX()).rev().find(|signal| {
        // SAFETY: plain data, for which zeros are a value; the handler has the type that `SA_SIGINFO` asks for, and does
        // what a handler may.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            let is_free =
                libc::sigaction(*signal, ptr::null(), &mut action) == 0 && action.sa_sigaction == libc::SIG_DFL;
            action.sa_sigaction = on_signal as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
            is_free && libc::sigaction(*signal, &action, ptr::null_mut()) == 0
        }
    })
}

unsafe extern "C" fn on_signal(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: this thread's; the kernel gives a valid pointer to a handler with `SA_SIGINFO`.
    let (errno, context) = unsafe { (libc::__errno_location(), &*context.cast::<libc::ucontext_t>()) };
    // SAFETY: as above.
    let saved = unsafe { *errno };
    // SAFETY: asks for a number.
    STOP.ask((unsafe { libc::gettid() }, Registers::of(context)), STOPPED);
    // SAFETY: as above.
    unsafe { *errno = saved };
}

//! The terminal while keys are read from it: no line is waited for, and nothing is echoed. All else stays as it is:
//! Ctrl-C and Ctrl-Z are signals, and what the program prints is processed as ever.
//!
//! It is put back
//! - at the end, by [`leave_for_good`], also where a panic leads there;
//! - before Ctrl-Z stops the process, and taken again when it goes on in the foreground;
//! - by a process that does nothing but wait for this one's death, where this one is killed, crashes, or ends from within
//!   the library. No signal handler could do that in all of these cases.
//!
//! Life cycle and synchronisation: one terminal in a process, and so one lock for what it was like.

use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, raise};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};
use parking_lot::Mutex;

/// The command of the process that waits for this one's death.
pub(crate) const GUARD: &str = "keep-terminal";

/// How often a process in the background looks whether it is in the foreground again: that is no event.
const BACKGROUND: Duration = Duration::from_millis(300);

/// What the terminal was like, and whether it is to be left alone.
struct Before {
    termios: Option<Termios>,
    ended: bool,
}

static BEFORE: Mutex<Before> = Mutex::new(Before { termios: None, ended: false });

/// Whether there is a terminal to read keys from, and one to see what comes of it.
pub(crate) fn are_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn is_in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

/// Without lines and without echo.
fn for_keys(mut termios: Termios) -> Termios {
    termios.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
    termios
}

/// Whether the terminal is the same. (What else is in a [`Termios`] is not brought up to date by changing it.)
fn is_same(one: &Termios, other: &Termios) -> bool {
    let of = |it: &Termios| (it.input_flags, it.output_flags, it.control_flags, it.local_flags, it.control_chars);
    of(one) == of(other)
}

/// Has keys come one by one, where this process is in the foreground.
fn enter() {
    let mut before = BEFORE.lock();
    if before.ended || !is_in_foreground() {
        return;
    }
    let Some(was) = before.termios.clone().or_else(|| tcgetattr(io::stdin()).ok()) else { return };
    if tcsetattr(io::stdin(), SetArg::TCSANOW, &for_keys(was.clone())).is_ok() {
        before.termios = Some(was);
    }
}

/// Puts the terminal back.
pub(crate) fn leave() {
    if let Some(was) = BEFORE.lock().termios.take()
        && is_in_foreground()
    {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &was);
    }
}

/// Puts the terminal back; no thread takes it again.
pub(super) fn leave_for_good() {
    BEFORE.lock().ended = true;
    leave();
}

/// What was typed; waits for it. `None` where the terminal is gone, or was left for good.
pub(super) fn read() -> Option<Vec<u8>> {
    // In the background a read would stop the whole process. It is an error instead, on this thread.
    let _ = SigSet::from_iter([Signal::SIGTTIN, Signal::SIGTTOU]).thread_block();
    loop {
        if BEFORE.lock().ended {
            return None;
        }
        if !is_in_foreground() {
            thread::sleep(BACKGROUND);
            continue;
        }
        if BEFORE.lock().termios.is_none() {
            enter();
        }
        let (stdin, mut bytes) = (io::stdin(), [0; 64]);
        let mut ends = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        // With an end: this process may be in the background by then.
        match poll(&mut ends, PollTimeout::from(BACKGROUND.as_millis() as u16)) {
            Ok(0) | Err(Errno::EINTR) => continue,
            Ok(_) if !is_in_foreground() => continue,
            Ok(_) => {}
            Err(_) => return None,
        }
        match nix::unistd::read(&stdin, &mut bytes) {
            Ok(0) => return None,
            Ok(length) => return Some(bytes[..length].to_vec()),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            // Of a process in the background; or the terminal is gone.
            Err(Errno::EIO) if !is_in_foreground() => {}
            Err(_) => return None,
        }
    }
}

/// Has Ctrl-Z give the terminal back before the process stops, and `fg` take it again. For this thread and those that it
/// starts: they leave these signals to a thread of their own.
pub(super) fn take_signals() {
    let signals = SigSet::from_iter([Signal::SIGTSTP, Signal::SIGCONT]);
    if signals.thread_block().is_err() {
        return;
    }
    let wait = move || {
        while let Ok(signal) = signals.wait() {
            if signal == Signal::SIGTSTP {
                leave();
                // It goes on from here.
                let _ = raise(Signal::SIGSTOP);
            }
            enter();
        }
    };
    if thread::Builder::new().name("liveswap signals".into()).spawn(wait).is_err() {
        let _ = signals.thread_unblock();
    }
}

/// A process that puts the terminal back when this one has died.
pub(super) struct Guard {
    /// Its end closes with this process, however that ends.
    line: Option<UnixStream>,
    child: Child,
}

impl Guard {
    /// Starts it, and waits until it knows what the terminal is like; `None` where it can't.
    pub(super) fn start() -> Option<Guard> {
        let start = || -> io::Result<Guard> {
            let (line, its_end) = UnixStream::pair()?;
            let mut command = Command::new(std::env::current_exe()?);
            let terminal = io::stdin().as_fd().try_clone_to_owned()?;
            command.arg(GUARD).stdin(Stdio::from(std::os::fd::OwnedFd::from(its_end))).stdout(terminal);
            // Ctrl-C is not for it.
            let child = command.stderr(Stdio::null()).process_group(0).spawn()?;
            // Its end must be the only one that is left.
            drop(command);
            let mut guard = Guard { line: Some(line), child };
            guard.line.iter_mut().try_for_each(|line| line.read_exact(&mut [0]))?;
            Ok(guard)
        };
        start().inspect_err(|error| tracing::debug!(%error, "nothing gives the terminal back after a crash")).ok()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.line = None;
        // It has nothing to do, and ends at once.
        let _ = self.child.wait();
    }
}

/// The process that waits for another one's death: stdin leads to that, stdout to the terminal.
pub(crate) fn guard() -> ExitCode {
    // It is in the background, and may set the terminal all the same.
    let _ = SigSet::from_iter([Signal::SIGTTOU]).thread_block();
    let Ok(was) = tcgetattr(io::stdout()) else { return ExitCode::FAILURE };
    let said = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from).and_then(|mut line| {
        line.write_all(b"1")?;
        let mut rest = Vec::new();
        line.read_to_end(&mut rest)
    });
    // A shell may have taken the terminal already; what it has set is not touched.
    if said.is_ok() && tcgetattr(io::stdout()).is_ok_and(|now| is_same(&now, &for_keys(was.clone()))) {
        let _ = tcsetattr(io::stdout(), SetArg::TCSANOW, &was);
    }
    ExitCode::SUCCESS
}

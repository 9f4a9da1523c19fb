//! `liveswap` at a terminal of its own: what is typed, what is seen, and what the terminal is like.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::{Termios, tcgetattr};

use crate::{process, until};

/// A run at a terminal. It is killed when this is dropped.
pub struct TerminalRun {
    child: Child,
    /// The user's end.
    user: File,
    /// The program's end: open, so that the terminal outlives it.
    terminal: OwnedFd,
    /// What the terminal was like before.
    before: Termios,
    shown: Arc<Mutex<String>>,
    seen: usize,
}

impl TerminalRun {
    /// Starts the command as the leader of the terminal's session.
    ///
    /// # Panics
    ///
    /// Where there is no terminal to be had.
    pub(crate) fn start(mut command: Command) -> TerminalRun {
        let size = Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
        let ends = openpty(&size, None).expect("a terminal");
        let (user, terminal) = (File::from(ends.master), ends.slave);
        let before = tcgetattr(&terminal).expect("what the terminal is like");
        let end = || Stdio::from(terminal.try_clone().expect("the terminal once more"));
        command.stdin(end()).stdout(end()).stderr(end());
        let make_leader = || {
            nix::unistd::setsid()?;
            // SAFETY: stdin is a terminal, and this request takes a number.
            nix::errno::Errno::result(unsafe { nix::libc::ioctl(0, nix::libc::TIOCSCTTY as _, 0) })?;
            Ok(())
        };
        // SAFETY: both are calls of the system that may follow a fork.
        unsafe { command.pre_exec(make_leader) };
        let child = command.spawn().expect("liveswap starts");
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut from, to) = (user.try_clone().expect("the user's end once more"), shown.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut bytes) {
                to.lock().expect("no panic in a wait").push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        });
        TerminalRun { child, user, terminal, before, shown, seen: 0 }
    }

    /// Types this.
    pub fn types(&mut self, text: &str) {
        self.user.write_all(text.as_bytes()).expect("the terminal takes it");
    }

    /// Waits until the text is shown, after what was waited for before.
    pub fn sees(&mut self, text: &str) {
        let (shown, from) = (self.shown.clone(), self.seen);
        let find = || shown.lock().expect("no panic in the reader")[from..].find(text);
        until(&format!("{text:?}, after {:?}", self.tail()), || find().is_some());
        self.seen += find().expect("it was found just now") + text.len();
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        self.shown.lock().expect("no panic in the reader").clone()
    }

    fn tail(&self) -> String {
        let shown = self.shown();
        shown[self.seen..].chars().take(300).collect()
    }

    /// Whether the terminal is as it was before the start.
    pub fn is_as_before(&self) -> bool {
        tcgetattr(&self.terminal).expect("what the terminal is like") == self.before
    }

    /// What the terminal is like.
    ///
    /// # Panics
    ///
    /// Where the terminal is gone.
    pub fn attributes(&self) -> Termios {
        tcgetattr(&self.terminal).expect("what the terminal is like")
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process has ended by itself.
    pub fn ends(&mut self) -> ExitStatus {
        let mut status = None;
        until("the end of the process", || {
            status = self.child.try_wait().expect("the child's status");
            status.is_some()
        });
        status.expect("it has ended")
    }
}

impl Drop for TerminalRun {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Stopped ones, too.
            process::send("KILL", self.child.id());
            let _ = self.child.wait();
        }
    }
}

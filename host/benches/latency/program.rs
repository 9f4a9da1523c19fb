//! A program that was started, and its lines with the time at which each came. It ends with this value.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::DEADLINE;

/// How long a program may take to stop cleanly.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Program {
    child: Box<dyn ChildWrapper>,
    lines: Receiver<(Instant, String)>,
}

impl Program {
    pub fn start(mut command: Command) -> Program {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let mut child = command.spawn().expect("the program starts");
        let stdout = child.stdout().take().expect("stdout is a pipe");
        let (sender, lines) = channel();
        // Ends with the program's output.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send((Instant::now(), line)).is_err() {
                    break;
                }
            }
        });
        Program { child, lines }
    }

    /// The next line.
    pub fn line(&self) -> (Instant, String) {
        self.lines.recv_timeout(DEADLINE).expect("the program goes on in time")
    }

    /// Waits for the line `value N`.
    pub fn value(&self, value: u64) -> Instant {
        loop {
            let (at, line) = self.line();
            if line == format!("value {value}") {
                return at;
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // First in a way that lets it end what it has started itself.
        #[cfg(unix)]
        {
            const SIGTERM: i32 = 15;
            let deadline = Instant::now() + PATIENCE;
            if self.child.signal(SIGTERM).is_ok() {
                while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
        // Errors mean that it has ended.
        let _ = self.child.start_kill();
        let _ = self.child.wait();
    }
}

//! A child process with all that it starts: a process group, or a job object on Windows.
//!
//! Life cycle: spawned; ends by itself, or is cancelled.
//! Synchronisation: the child's mutex is taken by the wait for its end (who waits has read its outputs to their ends, so
//! that is short) and by a cancel; `over`, behind the same mutex, keeps a cancel from signalling a group that is gone.

use std::io;
use std::process::{ChildStderr, ChildStdout, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use process_wrap::std::{ChildWrapper, CommandWrap};

use super::messages::End;

/// How long a cancel waits at most for killed compilers to be gone. They execute nothing any more by then; what lasts
/// is the return of their memory and files.
const GROUP_GONE: Duration = Duration::from_secs(1);

/// How long it is not looked whether a process that has a time limit has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// What became of a process that had a time limit.
#[derive(Debug)]
pub enum Within {
    /// It has ended.
    Ended(ExitStatus),
    /// It had not by then, and was killed.
    Overdue,
    /// It was cancelled.
    Cancelled,
    /// The system does not tell.
    Unknown(io::Error),
}

#[derive(Debug)]
pub(super) struct Child {
    id: u32,
    child: Mutex<Running>,
    cancelled: AtomicBool,
}

#[derive(Debug)]
struct Running {
    child: Box<dyn ChildWrapper>,
    over: bool,
}

impl Child {
    /// Starts the command as the leader of a group; gives its outputs as well, as far as they are piped.
    pub(super) fn spawn(command: Command) -> io::Result<(Arc<Child>, Option<ChildStdout>, Option<ChildStderr>)> {
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
        let id = child.id();
        let child = Child { id, child: Mutex::new(Running { child, over: false }), cancelled: AtomicBool::new(false) };
        Ok((Arc::new(child), stdout, stderr))
    }

    /// The process id; on Unix the id of its process group as well.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Kills the group, and waits until it is gone. Does nothing to one that has ended.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        let mut running = self.child.lock();
        if running.over {
            return;
        }
        running.over = true;
        // Errors mean that the processes have ended just now.
        let _ = running.child.start_kill();
        let _ = running.child.wait();
        // The leader is gone; what it started, which has the system for a parent now, may take a moment more. The signal
        // finds no one as soon as the group is empty.
        let deadline = Instant::now() + GROUP_GONE;
        while cfg!(unix) && running.child.start_kill().is_ok() && has_living(self.id) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for the end of the first process, at most so long; then ends all that it started.
    pub(super) fn wait_within(&self, limit: Duration) -> Within {
        let deadline = Instant::now() + limit;
        let within = loop {
            let status = {
                let mut running = self.child.lock();
                if running.over {
                    return Within::Cancelled;
                }
                running.child.try_wait()
            };
            match status {
                Ok(Some(status)) => break Within::Ended(status),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(BETWEEN_LOOKS),
                Ok(None) => break Within::Overdue,
                Err(error) => break Within::Unknown(error),
            }
        };
        self.cancel();
        within
    }

    /// Waits for the end; `None` if it was cancelled.
    pub(super) fn wait(&self) -> Option<End> {
        let mut running = self.child.lock();
        if running.over {
            return None;
        }
        running.over = true;
        Some(match running.child.wait() {
            Ok(status) if status.success() => End::Success,
            Ok(status) => End::Failure(status.to_string()),
            Err(error) => End::Unknown(error.to_string()),
        })
    }
}

/// Whether the process group has a member that is no zombie. In a container, the first process often takes no note of
/// the orphans that end, so that they stay members for good.
#[cfg(target_os = "linux")]
fn has_living(group: u32) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return true };
    processes.flatten().any(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        // Behind the name, which is in brackets: state, parent, group.
        let mut fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
        let living = fields.next().is_some_and(|state| state != "Z" && state != "X");
        living && fields.nth(1).and_then(|field| field.parse().ok()) == Some(group)
    })
}

/// Elsewhere the system takes note of orphans itself: who can be signalled lives.
#[cfg(not(target_os = "linux"))]
fn has_living(_group: u32) -> bool {
    true
}

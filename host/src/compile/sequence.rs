//! Several children, one after the other, that can be cancelled as one.
//!
//! Life cycle: a thread of its own runs them; dropping the [`Sequence`] kills the one that runs, and ends the thread.
//! Synchronisation: the running child is behind a mutex, which is held while the next one is spawned, so that a cancel
//! finds whichever runs. Nobody holds it while one runs.

use std::io::{self, Read};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use super::child::{Child, Within};
use super::messages::End;

/// Children that run. Dropping it ends them.
#[derive(Debug)]
pub struct Sequence {
    steps: Arc<Steps>,
    runner: Option<JoinHandle<()>>,
}

/// What runs them one by one.
#[derive(Debug, Default)]
pub struct Steps(Mutex<Running>);

#[derive(Debug, Default)]
struct Running {
    child: Option<Arc<Child>>,
    is_cancelled: bool,
}

/// How a child ended.
pub(super) struct Ended {
    pub(super) end: End,
    /// What it wrote to stderr.
    pub(super) said: String,
}

impl Sequence {
    /// Has a thread of this name run them.
    ///
    /// # Errors
    ///
    /// The thread can't be started.
    pub(crate) fn start(name: &str, run: impl FnOnce(&Steps) + Send + 'static) -> io::Result<Sequence> {
        let steps = Arc::<Steps>::default();
        let shared = Arc::clone(&steps);
        let runner = std::thread::Builder::new().name(name.to_owned()).spawn(move || run(&shared))?;
        Ok(Sequence { steps, runner: Some(runner) })
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        let child = {
            let mut running = self.steps.0.lock();
            running.is_cancelled = true;
            running.child.take()
        };
        child.iter().for_each(|child| child.cancel());
        if let Some(runner) = self.runner.take() {
            // A panic in it has been printed by its own thread; there is nothing left to end.
            let _ = runner.join();
        }
    }
}

impl Steps {
    /// Runs a command to its end; `None` if that was cancelled.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(super) fn run(&self, mut command: Command) -> io::Result<Option<Ended>> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let Some((child, stderr)) = self.spawn(command)? else { return Ok(None) };
        let mut said = Vec::new();
        // What could be read is what it said.
        let _ = stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        let end = child.wait();
        Ok(end.map(|end| Ended { end, said: String::from_utf8_lossy(&said).into_owned() }))
    }

    /// Runs a command, whose outputs are its caller's affair, at most so long.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub(crate) fn run_within(&self, command: Command, limit: Duration) -> io::Result<Within> {
        Ok(self.spawn(command)?.map_or(Within::Cancelled, |(child, _)| child.wait_within(limit)))
    }

    /// Starts a command; `None` if that was cancelled.
    fn spawn(&self, command: Command) -> io::Result<Option<(Arc<Child>, Option<ChildStderr>)>> {
        let mut running = self.0.lock();
        if running.is_cancelled {
            return Ok(None);
        }
        let (child, _, stderr) = Child::spawn(command)?;
        running.child = Some(Arc::clone(&child));
        Ok(Some((child, stderr)))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_cancel_ends_the_one_that_runs_and_those_behind_it() {
        let (told, heard) = channel();
        let sequence = Sequence::start("test", move |steps| {
            let sh = |script: &str| {
                let mut command = Command::new("sh");
                command.args(["-c", script]);
                steps.run(command).unwrap().map(|ended| (ended.end == End::Success, ended.said))
            };
            told.send(sh("echo one >&2")).unwrap();
            told.send(sh("exit 3")).unwrap();
            told.send(sh("sleep 1000")).unwrap();
            told.send(sh("exit 0")).unwrap();
        });
        assert_eq!(heard.recv().unwrap(), Some((true, "one\n".to_owned())));
        assert_eq!(heard.recv().unwrap(), Some((false, String::new())));
        drop(sequence.unwrap());
        assert_eq!(heard.iter().collect::<Vec<_>>(), [None, None]);
    }

    #[test]
    fn one_with_a_time_limit_ends_with_all_that_it_started() {
        let run = |script: &str, limit| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            Steps::default().run_within(command, limit).unwrap()
        };
        let long = Duration::from_secs(600);
        assert!(matches!(run("exit 3", long), Within::Ended(status) if status.code() == Some(3)));
        // What a process leaves behind is not waited for.
        let place = tempfile::tempdir().unwrap();
        let id = place.path().join("id");
        let left = format!("sleep 1000 & echo $! > {}; kill -9 $$", id.display());
        assert!(matches!(run(&left, long), Within::Ended(status) if status.code().is_none()));
        let id = std::fs::read_to_string(id).unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_else(|_| ") Z".into());
        let deadline = Instant::now() + Duration::from_secs(60);
        // A signal is acted on when the process runs next.
        while cfg!(target_os = "linux") && !state().contains(") Z") {
            assert!(Instant::now() < deadline, "it is still there: {}", state());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(matches!(run("sleep 1000", Duration::ZERO), Within::Overdue));
    }

    #[test]
    fn a_cancel_ends_one_with_a_time_limit() {
        let (told, heard) = channel();
        let sequence = Sequence::start("test", move |steps| {
            let mut command = Command::new("sh");
            command.args(["-c", "sleep 1000"]);
            told.send(()).unwrap();
            let within = steps.run_within(command, Duration::from_secs(600)).unwrap();
            assert!(matches!(within, Within::Cancelled), "{within:?}");
            told.send(()).unwrap();
        });
        heard.recv().unwrap();
        drop(sequence.unwrap());
        assert_eq!(heard.iter().count(), 1, "it did not panic");
    }
}

//! The running cargo: its process group, the threads that read it, and the end of both.
//!
//! Life cycle: spawned by [`start`]; ends by itself, or by [`Build::cancel`] or the drop of [`Build`].
//! Synchronisation: two threads read cargo's outputs to their ends and send the lines to a third, which reports and
//! then waits for cargo; see `child` for the end.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use super::child::Child;
use super::messages::{Collector, Line};
use super::{BuildMessage, BuildRequest, CompileError, command};

/// A build that runs, or has ended. Dropping it cancels it.
#[derive(Debug)]
pub struct Build {
    child: Arc<Child>,
    reporter: Option<JoinHandle<()>>,
}

/// Starts the build. `report` is called from one thread of the build's own; the last call has the result.
///
/// `report` must not wait for the thread that cancels or drops the [`Build`].
///
/// # Errors
/// Cargo can't be started, or a thread can't. What cargo itself finds wrong is a
/// [`BuildFailure`](super::BuildFailure).
pub fn start(request: &BuildRequest, report: impl Fn(BuildMessage) + Send + 'static) -> Result<Build, CompileError> {
    let begun = Instant::now();
    let (child, stdout, stderr) = Child::spawn(command::command(request)).map_err(|source| CompileError::Spawn {
        program: request.toolchain.cargo.clone(),
        directory: request.workspace_root.clone(),
        source,
    })?;
    // From here on, the drop of `build` ends the child wherever an error returns.
    let mut build = Build { child: Arc::clone(&child), reporter: None };
    let (lines, received) = mpsc::channel();
    if let Some(stdout) = stdout {
        read_lines("liveswap-cargo-stdout", stdout, Line::Stdout, lines.clone())?;
    }
    if let Some(stderr) = stderr {
        read_lines("liveswap-cargo-stderr", stderr, Line::Stderr, lines.clone())?;
    }
    drop(lines);
    let collector = Collector::new(request, begun);
    let reporter = move || follow(&child, received, collector, report);
    build.reporter = Some(thread("liveswap-cargo", reporter)?);
    Ok(build)
}

impl Build {
    /// The process id of cargo; on Unix the id of its process group as well.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the build: kills cargo and all that it started, and waits until they are gone. Nothing is reported after
    /// it returns (except when it is called from within `report` itself).
    ///
    /// Does nothing to a build that has ended.
    pub fn cancel(self) {
        drop(self);
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        self.child.cancel();
        if let Some(reporter) = self.reporter.take()
            && reporter.thread().id() != std::thread::current().id()
        {
            // A panic in `report` has been printed by its own thread; there is nothing left to end.
            let _ = reporter.join();
        }
    }
}

/// The reporting thread.
fn follow(child: &Child, lines: mpsc::Receiver<Line>, mut collector: Collector, report: impl Fn(BuildMessage)) {
    for line in lines {
        if let Some(progress) = collector.take(line)
            && !child.is_cancelled()
        {
            report(BuildMessage::Progress(progress));
        }
    }
    if let Some(end) = child.wait() {
        let result = collector.finish(end);
        if !child.is_cancelled() {
            report(BuildMessage::Finished(result));
        }
    }
}

/// Sends each line of the output, to its end. A carriage return ends a line too: cargo's bar overwrites itself.
fn read_lines(
    name: &str,
    output: impl Read + Send + 'static,
    kind: fn(String) -> Line,
    lines: mpsc::Sender<Line>,
) -> Result<(), CompileError> {
    let read = move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        loop {
            let available = match output.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let length = available.len();
            if length == 0 {
                break;
            }
            for part in available.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
                line.extend_from_slice(part);
                if matches!(line.last(), Some(b'\n' | b'\r')) {
                    line.pop();
                    if lines.send(kind(String::from_utf8_lossy(&line).into_owned())).is_err() {
                        return;
                    }
                    line.clear();
                }
            }
            output.consume(length);
        }
        if !line.is_empty() {
            let _ = lines.send(kind(String::from_utf8_lossy(&line).into_owned()));
        }
    };
    thread(name, read).map(drop)
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, CompileError> {
    std::thread::Builder::new().name(name.to_string()).spawn(body).map_err(CompileError::Thread)
}

//! The running cargo: its process group, the threads that read it, and the end of both.
//!
//! Life cycle: spawned by [`start`]; ends by itself, or by [`Build::cancel`] or the drop of [`Build`].
//! Synchronisation: two threads read cargo's outputs to their ends and send the lines to a third, which reports and
//! then waits for cargo. The child's mutex is taken by that wait (cargo has closed its outputs by then, so it is
//! short) and by a cancel; `over`, behind the same mutex, keeps a cancel from signalling a group that is gone.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use process_wrap::std::{ChildWrapper, CommandWrap};

use super::messages::{Collector, End, Line};
use super::{BuildMessage, BuildRequest, CompileError, command};

/// How long a cancel waits at most for killed compilers to be gone. They execute nothing any more by then; what lasts
/// is the return of their memory and files.
const GROUP_GONE: Duration = Duration::from_secs(1);

/// A build that runs, or has ended. Dropping it cancels it.
#[derive(Debug)]
pub struct Build {
    shared: Arc<Shared>,
    reporter: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    id: u32,
    child: Mutex<Running>,
    cancelled: AtomicBool,
}

#[derive(Debug)]
struct Running {
    child: Box<dyn ChildWrapper>,
    over: bool,
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
    let mut command = CommandWrap::from(command::command(request));
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    let mut child = command.spawn().map_err(|source| CompileError::Spawn {
        program: request.toolchain.cargo.clone(),
        directory: request.workspace_root.clone(),
        source,
    })?;
    let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
    let id = child.id();
    let shared =
        Arc::new(Shared { id, child: Mutex::new(Running { child, over: false }), cancelled: AtomicBool::new(false) });
    // From here on, the drop of `build` ends the child wherever an error returns.
    let mut build = Build { shared: Arc::clone(&shared), reporter: None };
    let (lines, received) = mpsc::channel();
    if let Some(stdout) = stdout {
        read_lines("liveswap-cargo-stdout", stdout, Line::Stdout, lines.clone())?;
    }
    if let Some(stderr) = stderr {
        read_lines("liveswap-cargo-stderr", stderr, Line::Stderr, lines.clone())?;
    }
    drop(lines);
    let collector = Collector::new(request, begun);
    let reporter = move || follow(&shared, received, collector, report);
    build.reporter = Some(thread("liveswap-cargo", reporter)?);
    Ok(build)
}

impl Build {
    /// The process id of cargo; on Unix the id of its process group as well.
    pub fn id(&self) -> u32 {
        self.shared.id
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
        self.shared.cancelled.store(true, Ordering::Release);
        self.shared.kill();
        if let Some(reporter) = self.reporter.take()
            && reporter.thread().id() != std::thread::current().id()
        {
            // A panic in `report` has been printed by its own thread; there is nothing left to end.
            let _ = reporter.join();
        }
    }
}

impl Shared {
    fn kill(&self) {
        let mut running = self.child.lock();
        if running.over {
            return;
        }
        running.over = true;
        // Errors mean that the processes have ended just now.
        let _ = running.child.start_kill();
        let _ = running.child.wait();
        // Cargo is gone; its compilers, which have the system for a parent now, may take a moment more. The signal
        // finds no one as soon as the group is empty.
        let deadline = Instant::now() + GROUP_GONE;
        while cfg!(unix) && running.child.start_kill().is_ok() && has_living(self.id) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for cargo's end; `None` if it was cancelled.
    fn wait(&self) -> Option<End> {
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

/// The reporting thread.
fn follow(shared: &Shared, lines: mpsc::Receiver<Line>, mut collector: Collector, report: impl Fn(BuildMessage)) {
    let cancelled = || shared.cancelled.load(Ordering::Acquire);
    for line in lines {
        if let Some(progress) = collector.take(line)
            && !cancelled()
        {
            report(BuildMessage::Progress(progress));
        }
    }
    if let Some(end) = shared.wait() {
        let result = collector.finish(end);
        if !cancelled() {
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

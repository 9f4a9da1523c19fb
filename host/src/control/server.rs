//! The server of a control socket: who may connect, how many, for how long, and how much they may say.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::answer::{Answerer, Reply};
use super::place::Place;
use super::protocol::{Answer, LONGEST_REQUEST, Problem, ProblemKind, Request, Response};
use super::{ControlError, failed, peer};

/// How many clients are served at a time. A person has one or two.
const MOST_CONNECTIONS: usize = 16;

/// How many of them may wait for what becomes of an edit.
const MOST_WAITING: usize = 8;

/// How long a client may take for a request, and for taking an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a client may stay, but for the time that it waits for an outcome.
const LONGEST_VISIT: Duration = Duration::from_secs(60);

/// What the system has too little of for a connection may be there again soon.
const BREATH: Duration = Duration::from_millis(100);

/// A control socket that is served until this is dropped.
pub(crate) struct Server {
    /// Closing it wakes the thread.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
    /// Removed when nobody listens any more.
    _place: Place,
}

impl Server {
    /// A socket for the host of these target directories.
    ///
    /// # Errors
    ///
    /// Another host answers there, or something can't be made.
    pub(crate) fn start(targets: &[PathBuf], answerer: Answerer) -> Result<Server, ControlError> {
        let (listener, place) = Place::take(targets)?;
        let made = || -> io::Result<_> {
            listener.set_nonblocking(true)?;
            let (wake, woken) = UnixStream::pair()?;
            let accept = move || accept(&listener, &woken, &answerer);
            Ok((wake, thread::Builder::new().name("liveswap control".into()).spawn(accept)?))
        };
        let (wake, thread) = made().map_err(failed("serve", targets[0].as_path()))?;
        Ok(Server { wake: Some(wake), thread: Some(thread), _place: place })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed; a drop must not panic over it.
            let _ = thread.join();
        }
    }
}

/// The thread's loop.
fn accept(listener: &UnixListener, woken: &UnixStream, answerer: &Answerer) {
    let (visitors, waiting) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    loop {
        let mut ends =
            [PollFd::new(listener.as_fd(), PollFlags::POLLIN), PollFd::new(woken.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ends, PollTimeout::NONE).is_err() {
            // A signal.
            continue;
        }
        if ends[1].any().unwrap_or(true) {
            return;
        }
        match listener.accept() {
            Ok((stream, _)) => admit(stream, &visitors, &waiting, answerer),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                tracing::debug!(%error, "a connection to the control socket failed");
                thread::sleep(BREATH);
            }
        }
    }
}

/// Serves a client on a thread of its own, or says why not.
fn admit(stream: UnixStream, visitors: &Arc<AtomicUsize>, waiting: &Arc<AtomicUsize>, answerer: &Answerer) {
    let refuse = |kind, message: &str| {
        let _ = say(&stream, &Response::of(Err(Problem::new(kind, message))));
    };
    let ready = stream.set_nonblocking(false).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    if ready.is_err() {
        return;
    }
    if !matches!(peer::is_ours(&stream), Ok(true)) {
        tracing::warn!("another user has tried to use the control socket");
        return refuse(ProblemKind::Forbidden, "this host runs as another user");
    }
    let visit = Visit::begin(visitors);
    if visitors.load(Ordering::Relaxed) > MOST_CONNECTIONS {
        return refuse(ProblemKind::TooMany, "this host has too many connections; try again");
    }
    let (answerer, waiting) = (answerer.clone(), waiting.clone());
    let serve = move || {
        let _visit = visit;
        serve(&stream, &waiting, &answerer);
    };
    if let Err(error) = thread::Builder::new().name("liveswap control client".into()).spawn(serve) {
        tracing::debug!(%error, "no thread for a client of the control socket");
    }
}

/// Counts a client for as long as it is served, or waits.
struct Visit(Arc<AtomicUsize>);

impl Visit {
    fn begin(visitors: &Arc<AtomicUsize>) -> Visit {
        visitors.fetch_add(1, Ordering::Relaxed);
        Visit(visitors.clone())
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers one request after the other.
fn serve(stream: &UnixStream, waiting: &Arc<AtomicUsize>, answerer: &Answerer) {
    let mut end = Instant::now() + LONGEST_VISIT;
    let mut unread = Vec::new();
    while Instant::now() < end {
        let deadline = (Instant::now() + PATIENCE).min(end);
        let (response, is_last) = match next_line(stream, &mut unread, deadline) {
            Ok(None) | Err(Stop::Gone) => return,
            Ok(Some(line)) => {
                let begun = Instant::now();
                let Some(result) = carry_out(&line, stream, waiting, answerer) else { return };
                end += begun.elapsed();
                (Response::of(result), false)
            }
            Err(Stop::Refused(problem)) => (Response::of(Err(problem)), true),
        };
        if say(stream, &response).is_err() || is_last {
            return;
        }
    }
}

/// Does what a line asks for; `None` where the client has left meanwhile.
fn carry_out(
    line: &[u8],
    stream: &UnixStream,
    waiting: &Arc<AtomicUsize>,
    answerer: &Answerer,
) -> Option<Result<Answer, Problem>> {
    let request = match Request::parse(line) {
        Ok(request) => request,
        Err(problem) => return Some(Err(problem)),
    };
    // Before anything is done.
    let wait = request.wait.then(|| Visit::begin(waiting));
    if wait.is_some() && waiting.load(Ordering::Relaxed) > MOST_WAITING {
        let message = format!("{MOST_WAITING} clients wait for this host already; ask without waiting");
        return Some(Err(Problem::new(ProblemKind::TooMany, message)));
    }
    match answerer(&request) {
        Ok(Reply::Now(answer)) => Some(Ok(answer)),
        // To a client that has left nothing can be written.
        Ok(Reply::Later(wait)) => wait.until_the_end(|state| say(stream, &Response::progress(state)).is_ok()),
        Err(problem) => Some(Err(problem)),
    }
}

/// Why nothing more is read of a client.
enum Stop {
    Refused(Problem),
    Gone,
}

/// The next line, without its end; `None` where the client has closed. What was read of the line after it stays in
/// `unread`.
fn next_line(mut stream: &UnixStream, unread: &mut Vec<u8>, deadline: Instant) -> Result<Option<Vec<u8>>, Stop> {
    let refused = |kind, message: String| Err(Stop::Refused(Problem::new(kind, message)));
    let mut seen = 0;
    loop {
        if let Some(length) = unread[seen..].iter().position(|byte| *byte == b'\n').map(|at| seen + at)
            && length <= LONGEST_REQUEST
        {
            let rest = unread.split_off(length + 1);
            let mut line = std::mem::replace(unread, rest);
            line.truncate(length);
            return Ok(Some(line));
        }
        if unread.len() > LONGEST_REQUEST {
            let message = format!("a request has at most {LONGEST_REQUEST} bytes");
            return refused(ProblemKind::TooLong, message);
        }
        seen = unread.len();
        let left = deadline.saturating_duration_since(Instant::now());
        let mut bytes = [0; 1024];
        // A wait of zero would be one without end.
        let read = match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => stream.set_read_timeout(Some(left)).and_then(|()| stream.read(&mut bytes)),
        };
        match read {
            Ok(0) => return Ok(None),
            Ok(length) => unread.extend_from_slice(&bytes[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                let message = format!("no request came for {} s", PATIENCE.as_secs());
                return refused(ProblemKind::TooSlow, message);
            }
            Err(_) => return Err(Stop::Gone),
        }
    }
}

fn say(mut stream: &UnixStream, response: &Response) -> io::Result<()> {
    stream.write_all(response.line().as_bytes())
}

#[cfg(test)]
mod tests;

//! The server of a control socket: who may connect, how many, for how long, and how much they may say.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, poll};

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

/// How long after the last client it is looked whether the socket is still there, in milliseconds.
const LOOK: u16 = 2_000;

/// What the system has too little of for a connection may be there again soon.
const BREATH: Duration = Duration::from_millis(100);

/// A control socket that is served until this is dropped.
pub(crate) struct Server {
    /// Closing it wakes the thread.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A socket for the host of these target directories.
    ///
    /// # Errors
    ///
    /// Another host answers there, or something can't be made.
    pub(crate) fn start(targets: &[PathBuf], answerer: Answerer) -> Result<Server, ControlError> {
        let seat = Seat::take(targets)?;
        let serve = failed("serve", targets[0].as_path());
        let targets = targets.to_owned();
        let made = || -> io::Result<_> {
            let (wake, woken) = UnixStream::pair()?;
            let accept = move || accept(seat, &targets, &woken, &answerer);
            Ok((wake, thread::Builder::new().name("liveswap control".into()).spawn(accept)?))
        };
        let (wake, thread) = made().map_err(serve)?;
        Ok(Server { wake: Some(wake), thread: Some(thread) })
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

/// Where clients come to.
struct Seat {
    listener: UnixListener,
    /// Removed when nobody listens any more.
    place: Place,
}

impl Seat {
    fn take(targets: &[PathBuf]) -> Result<Seat, ControlError> {
        let (listener, place) = Place::take(targets)?;
        listener.set_nonblocking(true).map_err(failed("serve", targets[0].as_path()))?;
        Ok(Seat { listener, place })
    }
}

/// The thread's loop. Where the socket was removed (`cargo clean`) it is made anew, once its directory is there again.
fn accept(seat: Seat, targets: &[PathBuf], woken: &UnixStream, answerer: &Answerer) {
    let (visitors, waiting) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut seat = Some(seat);
    loop {
        let woken = PollFd::new(woken.as_fd(), PollFlags::POLLIN);
        let listener = seat.as_ref().map(|seat| PollFd::new(seat.listener.as_fd(), PollFlags::POLLIN));
        let mut ends: Vec<PollFd<'_>> = std::iter::once(woken).chain(listener).collect();
        match poll(&mut ends, LOOK) {
            Ok(0) => {
                // The old one first: it removes its own files, which the new one has at the same places.
                seat = seat.filter(|seat| seat.place.is_there());
                seat = seat.or_else(|| Seat::take(targets).ok());
                continue;
            }
            Ok(_) => {}
            // A signal.
            Err(_) => continue,
        }
        if ends[0].any().unwrap_or(true) {
            return;
        }
        match seat.as_ref().map(|seat| seat.listener.accept()) {
            Some(Ok((stream, _))) => admit(stream, &visitors, &waiting, answerer),
            Some(Err(error)) if error.kind() != io::ErrorKind::WouldBlock => {
                tracing::debug!(%error, "a connection to the control socket failed");
                thread::sleep(BREATH);
            }
            _ => {}
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

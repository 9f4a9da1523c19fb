//! Finding the hosts of a project, and asking one.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

pub use super::place::HostNote;
use super::protocol::{Answer, Outcome, Problem, Request, Response};
use super::{ControlError, failed, peer};
use crate::session::EditState;

/// How long a host may take for an answer: longer than it waits for its sessions.
const PATIENCE: Duration = Duration::from_secs(15);

/// The most bytes of an answer: what is longer is no host's.
const LONGEST_ANSWER: u64 = 64 << 20;

/// The hosts that have notes in the directories of a workspace's target directory; some of them may be dead.
pub fn hosts_below(target_directory: &Path) -> Vec<HostNote> {
    let Ok(entries) = fs::read_dir(target_directory.join("liveswap")) else { return Vec::new() };
    distinct(entries.flatten().filter_map(|entry| HostNote::read(&entry.path())))
}

/// The hosts whose target directory was said to be this one: the second and the third have one beside it.
pub fn hosts_of(target_directory: &Path) -> Vec<HostNote> {
    let name = target_directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_meant = |other: &str| {
        let number = other.strip_prefix(&name).and_then(|rest| rest.strip_prefix('-'));
        other == name || number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let Some(Ok(entries)) = target_directory.parent().map(fs::read_dir) else { return Vec::new() };
    let meant = entries.flatten().filter(|entry| is_meant(&entry.file_name().to_string_lossy()));
    distinct(meant.filter_map(|entry| HostNote::read(&entry.path())))
}

/// A host has a note for each of its libraries.
fn distinct(notes: impl Iterator<Item = HostNote>) -> Vec<HostNote> {
    let mut notes: Vec<HostNote> = notes.collect();
    notes.sort_by(|one, other| (one.pid, &one.socket).cmp(&(other.pid, &other.socket)));
    notes.dedup();
    notes
}

/// A connection to a host. It is good for a minute, and for as long as an outcome is waited for.
pub struct Client {
    stream: BufReader<UnixStream>,
    note: HostNote,
}

impl Client {
    /// Connects to a host.
    ///
    /// # Errors
    ///
    /// Nobody listens: the host is dead. Or it is another user's.
    pub fn connect(note: &HostNote) -> Result<Client, ControlError> {
        let socket = &note.socket;
        let stream = UnixStream::connect(socket).map_err(failed("connect to", socket))?;
        let times = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        times.map_err(failed("connect to", socket))?;
        // Somebody else's socket may lie where a note leads.
        if !peer::is_ours(&stream).map_err(failed("connect to", socket))? {
            return Err(ControlError::OtherUser { socket: socket.clone() });
        }
        Ok(Client { stream: BufReader::new(stream), note: note.clone() })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// The host is gone, or answers as no host of this version does. What the host says is wrong with the request is the
    /// inner error.
    pub fn ask(&mut self, request: &Request) -> Result<Result<Answer, Problem>, ControlError> {
        self.ask_and_watch(request, |_| {})
    }

    /// As [`ask`](Self::ask); where the request is to [`wait`](Request::wait), `watch` is told what the edit is at, twice
    /// a second.
    ///
    /// # Errors
    ///
    /// As for [`ask`](Self::ask).
    pub fn ask_and_watch(
        &mut self,
        request: &Request,
        mut watch: impl FnMut(&EditState),
    ) -> Result<Result<Answer, Problem>, ControlError> {
        let socket = self.note.socket.clone();
        let broken = |what: &'static str| {
            let socket = socket.clone();
            move |error: io::Error| match error.kind() {
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => ControlError::Ended,
                _ => failed(what, socket)(error),
            }
        };
        let unknown = |error: serde_json::Error| ControlError::Answer { message: error.to_string() };
        let line = serde_json::to_string(request).map_err(unknown)? + "\n";
        self.stream.get_mut().write_all(line.as_bytes()).map_err(broken("write to"))?;
        loop {
            let mut answer = String::new();
            (&mut self.stream).take(LONGEST_ANSWER).read_line(&mut answer).map_err(broken("read from"))?;
            // It was killed, perhaps in the midst of a line.
            if !answer.ends_with('\n') && (answer.len() as u64) < LONGEST_ANSWER {
                return Err(ControlError::Ended);
            }
            let response: Response = serde_json::from_str(&answer).map_err(unknown)?;
            match response.outcome {
                Outcome::Answer(answer) => return Ok(Ok(answer)),
                Outcome::Error(problem) => return Ok(Err(problem)),
                Outcome::Progress(state) => watch(&state),
            }
        }
    }
}

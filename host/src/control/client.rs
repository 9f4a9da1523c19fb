//! Finding the hosts of a project, and asking one.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

pub use super::place::HostNote;
use super::protocol::{Answer, Outcome, Problem, Request, Response};
use super::{ControlError, failed, peer};

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

/// A connection to a host. It is good for a minute.
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
        let socket = self.note.socket.clone();
        let unknown = |error: serde_json::Error| ControlError::Answer { message: error.to_string() };
        let line = serde_json::to_string(request).map_err(unknown)? + "\n";
        self.stream.get_mut().write_all(line.as_bytes()).map_err(failed("write to", &socket))?;
        let mut answer = String::new();
        let read = (&mut self.stream).take(LONGEST_ANSWER).read_line(&mut answer);
        if read.map_err(failed("read from", &socket))? == 0 {
            let gone = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the host has ended");
            return Err(failed("read from", &socket)(gone));
        }
        let response: Response = serde_json::from_str(&answer).map_err(unknown)?;
        Ok(match response.outcome {
            Outcome::Answer(answer) => Ok(answer),
            Outcome::Error(problem) => Err(problem),
        })
    }
}

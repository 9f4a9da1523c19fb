//! The control socket: a running host is asked, and told, from outside of its process.
//!
//! - [`Request`], [`Response`]: one JSON object a line, with a version. Pure.
//! - the server, one for each host: a socket that only its user can open, and that checks who has.
//! - [`hosts_below`], [`Client`]: the hosts of a project, and a connection to one.
//!
//! **Where the socket is.** In the directory `control` of cargo's directory for the first library, which no other host
//! uses; where its path is too long for a socket, in a directory of the system's for such things. A note beside it says
//! which, and so does one in the directory of each further library. Both are gone when the host is; those of a host that
//! was killed are cleaned by the next one, and found dead by clients until then.
//!
//! **Life cycle and synchronisation.** One thread waits for connections, and one serves each of them; they ask the
//! sessions by messages, so nothing that a client sends or does not send holds up an edit. Dropping the server ends the
//! first; the others end with their connections, which have an end. Who waits for what becomes of an edit waits on the
//! connection's thread, and is told by the session through a channel; a few may, so that there is room for others.
//!
//! Unix domain sockets only: elsewhere there is none, and clients say so.

mod answer;
mod protocol;
#[cfg(feature = "cli")]
pub(crate) mod show;
#[cfg(feature = "cli")]
pub(crate) mod show_outcome;
#[cfg_attr(not(unix), allow(dead_code, reason = "only the server waits"))]
mod waiting;

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod peer;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod server;

#[cfg(not(unix))]
mod nowhere;

use std::path::PathBuf;

use crate::events::EventKind;
use crate::session::Session;
pub use crate::session::{EditOutcome, EditState, Ending, Successor};

#[cfg(unix)]
pub use client::{Client, HostNote, hosts_below, hosts_of};
#[cfg(not(unix))]
pub(crate) use nowhere::Server;
#[cfg(not(unix))]
pub use nowhere::{Client, HostNote, hosts_below, hosts_of};
pub use protocol::{
    Answer, Command, LONGEST_REQUEST, LibraryHistory, Outcome, Problem, ProblemKind, Request, Response, VERSION,
};
#[cfg(unix)]
pub(crate) use server::Server;

/// Why there is no control socket, or no answer from one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The platform has no Unix domain sockets that this program can use.
    #[error(
        "the control socket is a Unix domain socket, which this platform has not; use the keys or `Host`'s methods"
    )]
    Unsupported,
    /// Another host has a socket there.
    #[error("the host with the process id {pid} already listens at {}", socket.display())]
    Taken {
        /// The other host's process.
        pid: u32,
        /// Its socket.
        socket: PathBuf,
    },
    /// A file, directory or socket can't be made, or be used.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was tried, as `make`.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// What should be a directory of this user's is something else.
    #[error("{} is not a directory of this user's; remove it", path.display())]
    NotOurs {
        /// The path.
        path: PathBuf,
    },
    /// The process at the other end is another user's.
    #[error("the host at {} runs as another user", socket.display())]
    OtherUser {
        /// The socket.
        socket: PathBuf,
    },
    /// The host has ended, or was killed, before it answered.
    #[error("the host has ended before it answered")]
    Ended,
    /// The host's answer is not one of this version.
    #[error("the host answers in another way than this version of liveswap knows: {message}")]
    Answer {
        /// What is wrong with it.
        message: String,
    },
}

/// Serves a socket for a host of these libraries. Where there can be none, that is told, and the host runs without.
pub(crate) fn serve<'a>(sessions: impl IntoIterator<Item = &'a Session>) -> Option<Server> {
    let sessions: Vec<&Session> = sessions.into_iter().collect();
    let first = sessions.first()?;
    let targets: Vec<PathBuf> = sessions.iter().map(|session| session.target_dir().to_owned()).collect();
    match Server::start(&targets, answer::answerer(sessions.iter().map(|session| session.remote()))) {
        Ok(server) => Some(server),
        Err(ControlError::Unsupported) => None,
        Err(error) => {
            let message = format!("`liveswap status` and the like can't reach this host: {error}");
            first.tell(EventKind::Warning { message });
            None
        }
    }
}

/// Adds to an error of the system what was tried, and with what.
#[cfg(unix)]
fn failed(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> ControlError {
    let path = path.into();
    move |source| ControlError::Io { what, path, source }
}

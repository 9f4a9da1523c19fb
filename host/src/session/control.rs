//! What can be asked of a session from other threads: by the program, by keys, through the control socket.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::followers::{Follower, Following, follow};
use super::history::{Audit, Generation, RollbackError};
use super::{InForce, Message};
use crate::events::{EventKind, Images};

/// How things are with one hot library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The library's package.
    pub library: String,
    /// The generation in force; 0 before the first.
    pub generation: u64,
    /// The generation that passed all checks and waits for the program's safe point.
    pub waiting: Option<u64>,
    /// What the session is at.
    pub doing: Doing,
    /// Whether edits are seen and not built.
    pub paused: bool,
    /// The files that changed since it was paused.
    pub unbuilt: Vec<PathBuf>,
    /// Why what is on disk does not run: what was told of the last edit that failed, on one line.
    pub trouble: Option<String>,
    /// The library's directory.
    pub directory: PathBuf,
    /// cargo's directory for the library, which no other host uses.
    pub target_dir: PathBuf,
    /// cargo's profile.
    pub profile: String,
    /// How files are watched: `events`, `polling` or `not`.
    pub watching: String,
    /// Whether edited function bodies can be patched now.
    pub patches: bool,
    /// The images that are loaded.
    pub images: Images,
    /// What the audit of the generation in force has found; `None` if it needs none, or has not been done yet.
    #[serde(default)]
    pub audit: Option<Audit>,
}

/// What a session is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It waits for an edit.
    Watching,
    /// cargo builds an edit.
    Building,
    /// rustc compiles a patch.
    Patching,
    /// Another process loads an edit's library, to see what its constructors do.
    TestLoading,
    /// The text of what is in force is checked, or built for the next swap; an edit ends that.
    Checking,
}

/// Why a session gives no answer.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The library is not hosted here, or its session has ended.
    #[error("`{library}` is not hosted here")]
    NotHosted {
        /// The library's package.
        library: String,
    },
    /// It is loading code whose constructors take long, or reading large sources.
    #[error("the session of `{library}` has given no answer for {} s; ask again later", patience.as_secs())]
    Busy {
        /// The library's package.
        library: String,
        /// How long it was waited for.
        patience: Duration,
    },
}

/// What is asked, and whom to tell.
pub(crate) enum Asked {
    /// Which generations there were.
    Generations(Sender<Vec<Generation>>),
    /// A generation is to be in force again, the one before where none is named; the sender is told the new number, and
    /// the follower what becomes of it.
    RollBack { to: Option<u64>, told: Sender<Result<u64, RollbackError>>, follower: Option<Follower> },
    /// Edits are not to be built; the sender is told whether they were until now.
    Pause(Sender<bool>),
    /// Edits are to be built again; the sender is told which files changed meanwhile, where it was paused.
    Resume(Sender<Option<Vec<PathBuf>>>),
    /// The library is to be built, changed or not; the follower is told what becomes of it.
    Reload { told: Sender<()>, follower: Option<Follower> },
    /// How things are.
    Status(Sender<Status>),
}

/// Asks a session; for any thread but the session's own.
#[derive(Clone)]
pub(crate) struct Remote {
    inbox: Sender<Message>,
    in_force: Arc<InForce>,
    /// How long to wait for an answer; `None` for as long as it takes.
    patience: Option<Duration>,
}

impl Remote {
    pub(super) fn new(inbox: Sender<Message>, in_force: Arc<InForce>) -> Self {
        Self { inbox, in_force, patience: None }
    }

    /// The same, with an end to the wait for each answer.
    pub(crate) fn within(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// The library's package.
    pub(crate) fn library(&self) -> &str {
        &self.in_force.library
    }

    /// The generations that are or were in force.
    pub(crate) fn generations(&self) -> Result<Vec<Generation>, SessionError> {
        self.ask(Asked::Generations)
    }

    /// Has a generation offered again, the one before where none is named; gives its new number.
    pub(crate) fn roll_back(&self, to: Option<u64>) -> Result<u64, RollbackError> {
        self.have_rolled_back(to, None)
    }

    /// As [`roll_back`](Self::roll_back), for one who waits for what becomes of it.
    pub(crate) fn roll_back_and_follow(&self, to: Option<u64>) -> Result<(u64, Following), RollbackError> {
        let (follower, following) = follow();
        Ok((self.have_rolled_back(to, Some(follower))?, following))
    }

    fn have_rolled_back(&self, to: Option<u64>, follower: Option<Follower>) -> Result<u64, RollbackError> {
        match self.ask(|told| Asked::RollBack { to, told, follower }) {
            Err(SessionError::NotHosted { library }) => Err(RollbackError::NotHosted { library }),
            answer => answer?,
        }
    }

    /// Says whether edits were built until now.
    pub(crate) fn pause(&self) -> Result<bool, SessionError> {
        self.ask(Asked::Pause)
    }

    /// The files that changed meanwhile; `None` where it was not paused.
    pub(crate) fn resume(&self) -> Result<Option<Vec<PathBuf>>, SessionError> {
        self.ask(Asked::Resume)
    }

    pub(crate) fn reload(&self) -> Result<(), SessionError> {
        self.ask(|told| Asked::Reload { told, follower: None })
    }

    /// As [`reload`](Self::reload), for one who waits for what becomes of it.
    pub(crate) fn reload_and_follow(&self) -> Result<Following, SessionError> {
        let (follower, following) = follow();
        self.ask(|told| Asked::Reload { told, follower: Some(follower) })?;
        Ok(following)
    }

    pub(crate) fn status(&self) -> Result<Status, SessionError> {
        self.ask(Asked::Status)
    }

    fn ask<T>(&self, asked: impl FnOnce(Sender<T>) -> Asked) -> Result<T, SessionError> {
        let (told, heard) = channel();
        let library = || self.in_force.library.clone();
        // A session that has ended drops the sender, or has dropped the inbox.
        let _ = self.inbox.send(Message::Asked(asked(told)));
        let Some(patience) = self.patience else {
            return heard.recv().map_err(|_| SessionError::NotHosted { library: library() });
        };
        heard.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => SessionError::Busy { library: library(), patience },
            RecvTimeoutError::Disconnected => SessionError::NotHosted { library: library() },
        })
    }
}

impl InForce {
    /// Takes in what is told: a status says it to those who did not see it.
    pub(super) fn note(&self, kind: &EventKind) {
        let first_line = |text: &str| text.trim().lines().next().unwrap_or_default().trim_end().to_owned();
        let trouble = match kind {
            EventKind::BuildFailed { diagnostics, message, .. } => {
                let error = diagnostics.iter().find(|one| one.level == crate::events::Level::Error);
                let error = error.map(|error| error.message.as_str()).or(message.as_deref()).unwrap_or_default();
                Some(format!("build failed: {}", first_line(error)))
            }
            EventKind::Refused { stage, reason, .. } => {
                Some(format!("refused by {}: {}", stage.name(), first_line(reason)))
            }
            EventKind::Fault(fault) => {
                Some(format!("fault in generation {}: {}", fault.generation, first_line(&fault.message)))
            }
            // What becomes of it is not known yet.
            EventKind::Changed { .. } | EventKind::Started { .. } | EventKind::Applied { .. } => None,
            _ => return,
        };
        *self.trouble.lock() = trouble;
    }

    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }
}

/// Durations as milliseconds with one digit behind the point.
pub(super) mod ms {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64((duration.as_secs_f64() * 10_000.0).round() / 10.0)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let ms = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(ms / 1000.0).map_err(serde::de::Error::custom)
    }
}

/// Times as Unix times in milliseconds.
pub(super) mod unix_ms {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        let since = Duration::from_millis(u64::deserialize(deserializer)?);
        UNIX_EPOCH.checked_add(since).ok_or_else(|| serde::de::Error::custom("a time that is too late"))
    }
}

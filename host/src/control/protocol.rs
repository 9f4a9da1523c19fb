//! What is said at a control socket: one JSON object a line in both directions. Pure.
//!
//! A request has the member `version`, a `command`, and what that takes:
//! `{"version":1,"command":"rollback","library":"game","generation":3}`. A response has the version and either an
//! `answer` or an `error`: `{"version":1,"error":{"kind":"malformed","message":"…"}}`. A request is at most
//! [`LONGEST_REQUEST`] bytes long.
//!
//! With `"wait":true`, `reload` and `rollback` are answered when it is known what came of them: their answer has an
//! `outcome` then, whose `result` is `applied`, `rolled_back`, `skipped`, `build_failed`, `refused`, `held` or
//! `undecided` ([`EditOutcome`](crate::control::EditOutcome) says what goes with each), and `superseded_by` where another
//! edit took over: the outcome is of that one. Lines with a `progress` come before it, twice a second:
//! `{"version":1,"progress":{"doing":"waiting","generation":4}}`. Who does not ask to wait never gets any.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::session::{EditState, Ending, Generation, Status};

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// The most bytes of a request, without the end of the line.
pub const LONGEST_REQUEST: usize = 4096;

/// What a host is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`VERSION`].
    pub version: u32,
    /// What.
    pub command: Command,
    /// With which library; may be left out where there is one, and where the command only asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Of `rollback`, the generation to go back to; without it, the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// Of `reload` and `rollback`: answer when it is known what came of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wait: bool,
    /// With `wait`, for how many milliseconds at most; without it, a build is waited for as long as it takes, and the
    /// program's safe point for a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// The commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// How things are.
    Status,
    /// The generations that are or were in force.
    History,
    /// An earlier generation is to be in force again.
    Rollback,
    /// What is on disk is to be built.
    Reload,
    /// Edits are not to be built.
    Pause,
    /// Edits are to be built again.
    Resume,
}

/// What a host says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// [`VERSION`].
    pub version: u32,
    /// What became of the request.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Answer(Answer),
    /// It was not.
    Error(Problem),
    /// It is waited for what comes of it; the answer is a line that comes later.
    Progress(EditState),
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Answer {
    /// To `status`.
    Status {
        /// The host's process.
        pid: u32,
        /// The libraries that were asked for.
        libraries: Vec<Status>,
    },
    /// To `history`.
    History {
        /// The libraries that were asked for.
        libraries: Vec<LibraryHistory>,
    },
    /// To `rollback`: it comes into force at the next safe point.
    Rollback {
        /// The library.
        library: String,
        /// The new generation.
        generation: u64,
        /// What came of it, where that was waited for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Ending>,
    },
    /// To `reload`: it is built.
    Reload {
        /// The library.
        library: String,
        /// What came of it, where that was waited for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Ending>,
    },
    /// To `pause`.
    Pause {
        /// The library.
        library: String,
        /// Whether it was not paused before.
        is_new: bool,
    },
    /// To `resume`.
    Resume {
        /// The library.
        library: String,
        /// Whether it was paused before.
        is_new: bool,
        /// The files that changed meanwhile, and are built now.
        files: Vec<PathBuf>,
    },
}

/// The generations of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryHistory {
    /// The library's package.
    pub library: String,
    /// Those that are or were in force, the oldest first.
    pub generations: Vec<Generation>,
}

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// Of what kind, for programs.
    pub kind: ProblemKind,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// The request is not one of this protocol.
    Malformed,
    /// The request is of another version.
    Version,
    /// The request is too long.
    TooLong,
    /// The request did not come in time.
    TooSlow,
    /// There are too many connections.
    TooMany,
    /// The client is another user's.
    Forbidden,
    /// There is no such library in this host.
    UnknownLibrary,
    /// There are several libraries, and none is named.
    SeveralLibraries,
    /// There is no way back to that generation.
    NoWayBack,
    /// The session does not answer, or has ended.
    Unanswered,
    /// The host has ended while it was waited for an outcome; said by clients, too.
    HostEnded,
    /// No host runs, or can be reached; said by clients.
    NoHost,
    /// Several hosts run, and none is named; said by clients.
    SeveralHosts,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem { kind, message: message.into() }
    }
}

impl Request {
    /// A request without a generation.
    pub fn new(command: Command, library: Option<String>) -> Request {
        Request { version: VERSION, command, library, generation: None, wait: false, timeout_ms: None }
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    ///
    /// It is no request of this version.
    pub fn parse(line: &[u8]) -> Result<Request, Problem> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let malformed =
            |error: serde_json::Error| Problem::new(ProblemKind::Malformed, format!("this is no request: {error}"));
        // First of all: another version may have other members.
        let Versioned { version } = serde_json::from_slice(line).map_err(malformed)?;
        if version != VERSION {
            let message = format!("version {version} of the protocol is not known; this host speaks version {VERSION}");
            return Err(Problem::new(ProblemKind::Version, message));
        }
        let request: Request = serde_json::from_slice(line).map_err(malformed)?;
        if request.generation.is_some() && request.command != Command::Rollback {
            return Err(Problem::new(ProblemKind::Malformed, "`generation` is for `rollback` only"));
        }
        if request.wait && !matches!(request.command, Command::Rollback | Command::Reload) {
            return Err(Problem::new(ProblemKind::Malformed, "`wait` is for `reload` and `rollback` only"));
        }
        if request.timeout_ms.is_some() && !request.wait {
            return Err(Problem::new(ProblemKind::Malformed, "`timeout_ms` is for `wait` only"));
        }
        Ok(request)
    }
}

impl Response {
    pub(crate) fn of(result: Result<Answer, Problem>) -> Response {
        let outcome = result.map_or_else(Outcome::Error, Outcome::Answer);
        Response { version: VERSION, outcome }
    }

    #[cfg(any(unix, test))]
    pub(crate) fn progress(state: &EditState) -> Response {
        Response { version: VERSION, outcome: Outcome::Progress(state.clone()) }
    }

    /// As a line, with its end.
    pub(crate) fn line(&self) -> String {
        // Paths that are not Unicode are all that can't be written.
        let text = serde_json::to_string(self).unwrap_or_else(|error| {
            let problem =
                Problem::new(ProblemKind::Unanswered, format!("the answer can't be written as JSON: {error}"));
            serde_json::to_string(&Response::of(Err(problem))).unwrap_or_default()
        });
        text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::events::{Stage, Tier};
    use crate::session::{EditOutcome, Successor};

    fn problem(line: &str) -> (ProblemKind, String) {
        let problem = Request::parse(line.as_bytes()).unwrap_err();
        (problem.kind, problem.message)
    }

    #[test]
    fn requests_are_strict() {
        let whole = r#"{"version":1,"command":"rollback","library":"game","generation":3}"#;
        let request = Request::parse(whole.as_bytes()).unwrap();
        assert_eq!((request.command, request.generation), (Command::Rollback, Some(3)));
        assert_eq!(serde_json::to_string(&request).unwrap(), whole);
        assert_eq!(problem("hello").0, ProblemKind::Malformed);
        assert_eq!(problem(r#"{"version":1,"command":"shutdown"}"#).0, ProblemKind::Malformed);
        assert_eq!(problem(r#"{"version":1,"command":"status","force":true}"#).0, ProblemKind::Malformed);
        assert_eq!(problem(r#"{"version":1,"command":"status","generation":1}"#).0, ProblemKind::Malformed);
        assert_eq!(problem(r#"{"version":1,"command":"rollback","generation":-1}"#).0, ProblemKind::Malformed);
        assert_eq!(problem(r#"{"version":1,"command":"pause","wait":true}"#).0, ProblemKind::Malformed);
        assert_eq!(problem(r#"{"version":1,"command":"reload","timeout_ms":9}"#).0, ProblemKind::Malformed);
        let request = Request::parse(br#"{"version":1,"command":"reload","wait":true,"timeout_ms":9}"#).unwrap();
        assert_eq!((request.wait, request.timeout_ms), (true, Some(9)));
        let (kind, message) = problem(r#"{"version":2,"command":"dance","to":"music"}"#);
        assert_eq!(kind, ProblemKind::Version);
        assert_eq!(message, "version 2 of the protocol is not known; this host speaks version 1");
    }

    #[test]
    fn responses_come_back_as_they_were() {
        let outcome = EditOutcome::Applied {
            generation: 4,
            tier: Tier::Patch,
            functions: vec!["draw".into()],
            reason: "1 body changed".into(),
            took: Duration::from_micros(95_500),
        };
        let ending = Ending { outcome, superseded_by: Some(Successor::Edit { files: vec!["src/lib.rs".into()] }) };
        for result in [
            Ok(Answer::Rollback { library: "game".into(), generation: 4, outcome: None }),
            Ok(Answer::Reload { library: "game".into(), outcome: Some(ending) }),
            Ok(Answer::Resume { library: "game".into(), is_new: true, files: vec!["src/lib.rs".into()] }),
            Err(Problem::new(ProblemKind::NoWayBack, "generation 4 is in force")),
        ] {
            let response = Response::of(result);
            let line = response.line();
            assert_eq!(line.matches('\n').count(), 1);
            assert_eq!(serde_json::from_str::<Response>(&line).unwrap(), response);
        }
        let line = Response::of(Err(Problem::new(ProblemKind::TooLong, "x"))).line();
        assert_eq!(line, "{\"version\":1,\"error\":{\"kind\":\"too_long\",\"message\":\"x\"}}\n");
    }

    #[test]
    fn an_outcome_is_told_with_what_took_over() {
        let outcome = EditOutcome::Refused { generation: 3, stage: Stage::Verify, reason: "no".into() };
        let ending = Ending { outcome, superseded_by: Some(Successor::Reload) };
        let line =
            Response::of(Ok(Answer::Rollback { library: "game".into(), generation: 4, outcome: Some(ending) })).line();
        assert_eq!(
            line,
            "{\"version\":1,\"answer\":{\"command\":\"rollback\",\"library\":\"game\",\"generation\":4,\
             \"outcome\":{\"result\":\"refused\",\"generation\":3,\"stage\":\"verify\",\"reason\":\"no\",\
             \"superseded_by\":{\"kind\":\"reload\"}}}}\n"
        );
        let state = EditState::Waiting { generation: 4, reason: None };
        let line = Response::progress(&state).line();
        assert_eq!(line, "{\"version\":1,\"progress\":{\"doing\":\"waiting\",\"generation\":4}}\n");
        assert_eq!(serde_json::from_str::<Response>(&line).unwrap().outcome, Outcome::Progress(state));
    }

    proptest! {
        #[test]
        fn bytes_of_any_origin_are_refused_or_are_what_they_say(line in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(request) = Request::parse(&line) {
                let again = serde_json::to_vec(&request).unwrap();
                prop_assert_eq!(Request::parse(&again).unwrap(), request);
            }
        }

        #[test]
        fn what_is_written_is_read(library in prop::option::of(".{0,40}"), generation in prop::option::of(any::<u64>())) {
            let request = Request { generation, ..Request::new(Command::Rollback, library) };
            let line = serde_json::to_vec(&request).unwrap();
            prop_assert_eq!(Request::parse(&line).unwrap(), request);
        }

        #[test]
        fn members_of_any_value_never_panic(name in "[a-z]{0,8}", value in "[-0-9a-z\"\\[\\]{}:.]{0,12}") {
            let line = format!(r#"{{"version":1,"command":"status","{name}":{value}}}"#);
            if let Ok(request) = Request::parse(line.as_bytes()) {
                prop_assert_eq!(request.command, Command::Status);
            }
        }
    }
}

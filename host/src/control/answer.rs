//! What a request does: the sessions are asked, and what they say is the answer.

use std::sync::Arc;
use std::time::Duration;

use super::protocol::{Answer, Command, LibraryHistory, Problem, ProblemKind, Request};
use super::waiting::Wait;
use crate::session::{Remote, RollbackError, SessionError};

/// Answers requests, on any thread.
pub(crate) type Answerer = Arc<dyn Fn(&Request) -> Result<Reply, Problem> + Send + Sync>;

/// What comes of a request that is carried out.
pub(crate) enum Reply {
    Now(Answer),
    /// The answer is known later.
    Later(Wait),
}

/// How long a session may take to answer. It does at once, unless it is loading code.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers with what these sessions say.
pub(crate) fn answerer(sessions: impl IntoIterator<Item = Remote>) -> Answerer {
    let sessions: Vec<Remote> = sessions.into_iter().map(|session| session.within(PATIENCE)).collect();
    Arc::new(move |request| answer(request, &sessions))
}

fn answer(request: &Request, sessions: &[Remote]) -> Result<Reply, Problem> {
    match request.command {
        Command::Reload | Command::Rollback if request.wait => begin(request, sessions).map(Reply::Later),
        _ => answer_at_once(request, sessions).map(Reply::Now),
    }
}

/// Has it done, and follows it.
fn begin(request: &Request, sessions: &[Remote]) -> Result<Wait, Problem> {
    let session = one(sessions, request.library.as_deref())?;
    let (generation, following) = match request.command {
        Command::Rollback => {
            let (generation, following) = session.roll_back_and_follow(request.generation).map_err(no_way_back)?;
            (Some(generation), following)
        }
        _ => (None, session.reload_and_follow().map_err(unanswered)?),
    };
    let timeout = request.timeout_ms.map(Duration::from_millis);
    Ok(Wait { library: session.library().to_owned(), generation, following, timeout })
}

fn answer_at_once(request: &Request, sessions: &[Remote]) -> Result<Answer, Problem> {
    let wanted = request.library.as_deref();
    let asked = || -> Result<Vec<&Remote>, Problem> {
        wanted.map_or_else(|| Ok(sessions.iter().collect()), |_| Ok(vec![one(sessions, wanted)?]))
    };
    match request.command {
        Command::Status => {
            let libraries: Result<_, _> = asked()?.into_iter().map(Remote::status).collect();
            Ok(Answer::Status { pid: std::process::id(), libraries: libraries.map_err(unanswered)? })
        }
        Command::History => {
            let histories = asked()?.into_iter().map(|session| {
                let library = session.library().to_owned();
                Ok(LibraryHistory { library, generations: session.generations()? })
            });
            let libraries: Result<_, _> = histories.collect();
            Ok(Answer::History { libraries: libraries.map_err(unanswered)? })
        }
        Command::Rollback => {
            let session = one(sessions, wanted)?;
            let generation = session.roll_back(request.generation).map_err(no_way_back)?;
            Ok(Answer::Rollback { library: session.library().to_owned(), generation, outcome: None })
        }
        Command::Reload => {
            let session = one(sessions, wanted)?;
            session.reload().map_err(unanswered)?;
            Ok(Answer::Reload { library: session.library().to_owned(), outcome: None })
        }
        Command::Pause => {
            let session = one(sessions, wanted)?;
            let is_new = session.pause().map_err(unanswered)?;
            Ok(Answer::Pause { library: session.library().to_owned(), is_new })
        }
        Command::Resume => {
            let session = one(sessions, wanted)?;
            let files = session.resume().map_err(unanswered)?;
            let (is_new, files) = (files.is_some(), files.unwrap_or_default());
            Ok(Answer::Resume { library: session.library().to_owned(), is_new, files })
        }
    }
}

/// The session that is meant.
fn one<'a>(sessions: &'a [Remote], wanted: Option<&str>) -> Result<&'a Remote, Problem> {
    let names = || sessions.iter().map(Remote::library).collect::<Vec<_>>().join(", ");
    match (wanted, sessions) {
        (Some(name), _) => sessions.iter().find(|session| session.library() == name).ok_or_else(|| {
            let message = format!("this host has no library `{name}`; it has {}", names());
            Problem::new(ProblemKind::UnknownLibrary, message)
        }),
        (None, [one]) => Ok(one),
        (None, []) => Err(Problem::new(ProblemKind::UnknownLibrary, "this host has no library")),
        (None, _) => {
            let message = format!("this host has several libraries: {}; name one with --library", names());
            Err(Problem::new(ProblemKind::SeveralLibraries, message))
        }
    }
}

fn no_way_back(error: RollbackError) -> Problem {
    match error {
        RollbackError::Session(error) => unanswered(error),
        error => Problem::new(ProblemKind::NoWayBack, error.to_string()),
    }
}

fn unanswered(error: SessionError) -> Problem {
    Problem::new(ProblemKind::Unanswered, error.to_string())
}

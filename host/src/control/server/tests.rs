//! A live server under clients of all kinds.

use std::io::{BufRead, BufReader};
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::control::waiting::Wait;
use crate::control::{Client, Command, EditOutcome, EditState, Ending, HostNote, Outcome, hosts_of};
use crate::session::{Following, Step};

/// How long to wait for what has to come.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server that says yes to `reload`, and its target directory.
fn server() -> (Server, TempDir, PathBuf) {
    let directory = tempfile::Builder::new().prefix("t").tempdir().unwrap();
    let target = directory.path().join("game");
    std::fs::create_dir(&target).unwrap();
    let answerer: Answerer = Arc::new(|request| match request.command {
        Command::Reload => Ok(Reply::Now(Answer::Reload { library: "game".into(), outcome: None })),
        _ => Err(Problem::new(ProblemKind::Unanswered, "not here")),
    });
    let server = Server::start(std::slice::from_ref(&target), answerer).unwrap();
    (server, directory, target)
}

fn connect(target: &std::path::Path) -> UnixStream {
    let stream = UnixStream::connect(HostNote::read(target).unwrap().socket).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn lines(stream: UnixStream) -> Vec<Response> {
    BufReader::new(stream).lines().map_while(Result::ok).map(|line| serde_json::from_str(&line).unwrap()).collect()
}

fn is_well(target: &std::path::Path) -> bool {
    let mut client = Client::connect(&hosts_of(target)[0]).unwrap();
    let answer = client.ask(&Request::new(Command::Reload, None)).unwrap();
    answer == Ok(Answer::Reload { library: "game".into(), outcome: None })
}

fn kinds(responses: &[Response]) -> Vec<Option<ProblemKind>> {
    let kind = |one: &Response| match &one.outcome {
        Outcome::Error(problem) => Some(problem.kind),
        Outcome::Answer(_) | Outcome::Progress(_) => None,
    };
    responses.iter().map(kind).collect()
}

#[test]
fn requests_are_answered_one_after_the_other() {
    let (server, _directory, target) = server();
    let mut stream = connect(&target);
    let reload = r#"{"version":1,"command":"reload"}"#;
    stream.write_all(format!("{reload}\nnonsense\n{reload}\n{{\"version\":7}}\n{reload}").as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    // The last one is no line.
    assert_eq!(kinds(&lines(stream)), [None, Some(ProblemKind::Malformed), None, Some(ProblemKind::Version)]);
    assert!(is_well(&target));
    drop(server);
    assert!(hosts_of(&target).is_empty() && !target.join("control").exists());
}

#[test]
fn a_request_without_end_is_refused() {
    let (_server, _directory, target) = server();
    for end in ["", "\n"] {
        let mut stream = connect(&target);
        // The server may have closed before all of it is written.
        let _ = stream.write_all(("x".repeat(LONGEST_REQUEST + 1) + end).as_bytes());
        assert_eq!(kinds(&lines(stream)), [Some(ProblemKind::TooLong)]);
    }
    let mut stream = connect(&target);
    let most = r#"{"version":1,"command":"reload"}"#.to_owned();
    let padded = " ".repeat(LONGEST_REQUEST - most.len()) + &most + "\n";
    stream.write_all(padded.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(kinds(&lines(stream)), [None]);
}

#[test]
fn a_client_that_says_nothing_is_sent_away() {
    let (_server, _directory, target) = server();
    let mut stream = connect(&target);
    stream.write_all(b"{\"version\":1").unwrap();
    assert_eq!(kinds(&lines(stream)), [Some(ProblemKind::TooSlow)]);
}

#[test]
fn a_crowd_is_not_let_in_and_the_next_one_is() {
    let (_server, _directory, target) = server();
    let crowd: Vec<UnixStream> = (0..MOST_CONNECTIONS).map(|_| connect(&target)).collect();
    assert_eq!(kinds(&lines(connect(&target))), [Some(ProblemKind::TooMany)]);
    drop(crowd);
    let end = Instant::now() + DEADLINE;
    loop {
        let mut stream = connect(&target);
        // It may have been refused already.
        let _ = stream.write_all(b"{\"version\":1,\"command\":\"reload\"}\n");
        let _ = stream.shutdown(Shutdown::Write);
        if kinds(&lines(stream)) == [None] {
            return;
        }
        assert!(Instant::now() < end, "the crowd is gone, and yet there is no room");
    }
}

/// Whom to tell what comes of the requests that wait.
type Waiting = Arc<Mutex<Vec<Sender<Step>>>>;

/// A server under whose `reload` the program does not come to its safe point.
fn slow_server() -> (Server, TempDir, PathBuf, Waiting) {
    let directory = tempfile::Builder::new().prefix("t").tempdir().unwrap();
    let target = directory.path().join("game");
    std::fs::create_dir(&target).unwrap();
    let waiting = Waiting::default();
    let told = waiting.clone();
    let answerer: Answerer = Arc::new(move |request| {
        if !request.wait {
            return Ok(Reply::Now(Answer::Reload { library: "game".into(), outcome: None }));
        }
        let (tell, steps) = channel();
        tell.send(Step::At(EditState::Waiting { generation: 2, reason: None })).unwrap();
        told.lock().unwrap().push(tell);
        let timeout = request.timeout_ms.map(Duration::from_millis);
        Ok(Reply::Later(Wait { library: "game".into(), generation: None, following: Following::of(steps), timeout }))
    });
    let server = Server::start(std::slice::from_ref(&target), answerer).unwrap();
    (server, directory, target, waiting)
}

/// A client that waits, once it was told so.
fn waits(target: &std::path::Path) -> BufReader<UnixStream> {
    let mut stream = connect(target);
    stream.write_all(b"{\"version\":1,\"command\":\"reload\",\"wait\":true}\n").unwrap();
    BufReader::new(stream)
}

fn next(stream: &mut BufReader<UnixStream>) -> Outcome {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    serde_json::from_str::<Response>(&line).unwrap().outcome
}

#[test]
fn who_waits_is_told_and_holds_up_nobody() {
    let (_server, _directory, target, waiting) = slow_server();
    let mut clients: Vec<_> = (0..MOST_WAITING).map(|_| waits(&target)).collect();
    let at = EditState::Waiting { generation: 2, reason: None };
    assert!(clients.iter_mut().all(|client| next(client) == Outcome::Progress(at.clone())));
    assert!(is_well(&target), "there is room for others");
    let outcome = next(&mut waits(&target));
    assert!(matches!(&outcome, Outcome::Error(problem) if problem.kind == ProblemKind::TooMany), "{outcome:?}");
    // One leaves, and so there is room for another.
    drop(clients.pop());
    let end = Instant::now() + DEADLINE;
    let mut last = loop {
        let mut client = waits(&target);
        if matches!(next(&mut client), Outcome::Progress(_)) {
            break client;
        }
        assert!(Instant::now() < end, "who has left still has its place");
    };
    for told in waiting.lock().unwrap().iter() {
        let outcome = EditOutcome::Skipped { reason: "no".into(), files: Vec::new() };
        let _ = told.send(Step::Ended(Box::new(Ending { outcome, superseded_by: None })));
    }
    clients.push(last);
    for client in &mut clients {
        let answer = loop {
            match next(client) {
                Outcome::Progress(_) => {}
                outcome => break outcome,
            }
        };
        assert!(matches!(answer, Outcome::Answer(Answer::Reload { outcome: Some(_), .. })), "{answer:?}");
    }
    // The connection is good for more.
    last = clients.pop().unwrap();
    last.get_mut().write_all(b"{\"version\":1,\"command\":\"reload\"}\n").unwrap();
    assert!(matches!(next(&mut last), Outcome::Answer(_)));
}

#[test]
fn a_wait_has_the_end_that_was_asked_for_and_that_of_the_session() {
    let (_server, _directory, target, waiting) = slow_server();
    let mut client = Client::connect(&hosts_of(&target)[0]).unwrap();
    let request = Request { wait: true, timeout_ms: Some(1), ..Request::new(Command::Reload, None) };
    let answer = client.ask(&request).unwrap().unwrap();
    let at = EditState::Waiting { generation: 2, reason: None };
    let ending = Ending { outcome: EditOutcome::Undecided { at }, superseded_by: None };
    assert_eq!(answer, Answer::Reload { library: "game".into(), outcome: Some(ending) });

    let mut seen = Vec::new();
    let request = Request { timeout_ms: None, ..request };
    let problem = client.ask_and_watch(&request, |state| {
        seen.push(state.clone());
        waiting.lock().unwrap().clear();
    });
    assert_eq!(problem.unwrap().unwrap_err().kind, ProblemKind::HostEnded);
    assert_eq!(seen.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_of_any_origin_do_not_disturb_it(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2000), 1..4)) {
        // One server for all cases: what one leaves behind must not harm the next.
        static SERVER: std::sync::OnceLock<(Server, TempDir, PathBuf)> = std::sync::OnceLock::new();
        let (_, _, target) = SERVER.get_or_init(server);
        let mut stream = connect(target);
        for chunk in &chunks {
            // The server may have sent it away.
            let _ = stream.write_all(chunk);
        }
        let _ = stream.shutdown(Shutdown::Write);
        let newlines = chunks.iter().flatten().filter(|byte| **byte == b'\n').count();
        let responses = lines(stream);
        prop_assert!(responses.len() <= newlines + 1);
        prop_assert!(kinds(&responses).iter().all(Option::is_some), "none of it is a request");
        prop_assert!(is_well(target));
    }
}

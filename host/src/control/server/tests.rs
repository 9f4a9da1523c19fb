//! A live server under clients of all kinds.

use std::io::{BufRead, BufReader};
use std::net::Shutdown;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::control::{Answer, Client, Command, HostNote, hosts_of};

/// How long to wait for what has to come.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server that says yes to `reload`, and its target directory.
fn server() -> (Server, TempDir, PathBuf) {
    let directory = tempfile::Builder::new().prefix("t").tempdir().unwrap();
    let target = directory.path().join("game");
    std::fs::create_dir(&target).unwrap();
    let answerer: Answerer = Arc::new(|request| match request.command {
        Command::Reload => Ok(Answer::Reload { library: "game".into() }),
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
    answer == Ok(Answer::Reload { library: "game".into() })
}

fn kinds(responses: &[Response]) -> Vec<Option<ProblemKind>> {
    let kind = |one: &Response| match &one.outcome {
        crate::control::protocol::Outcome::Error(problem) => Some(problem.kind),
        crate::control::protocol::Outcome::Answer(_) => None,
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

//! The control socket of `liveswap run`, by the commands that use it, and by clients that should not.

#![cfg(unix)]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use liveswap_host::control::{Client, ControlError, HostNote, hosts_below};
use liveswap_tests::{Finished, Project, Run, Value, signal, until};

/// The exit code where there is no host to ask.
const NO_HOST: i32 = 3;

/// The exit code where it is not known yet what comes of it.
const UNDECIDED: i32 = 4;

fn ask(project: &Project, arguments: &[&str]) -> Finished {
    project.command(arguments).finish()
}

/// What a command prints that succeeds.
fn said(project: &Project, arguments: &[&str]) -> String {
    let finished = ask(project, arguments);
    assert!(finished.status.success(), "{arguments:?}: {finished:#?}");
    finished.stdout
}

/// The answer of a command that succeeds, as JSON.
fn answer(project: &Project, arguments: &[&str]) -> Value {
    let line = said(project, &[arguments, &["--json"]].concat());
    let response: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(response["version"], 1);
    response["answer"].clone()
}

/// The code and the message of a command that fails.
fn refused(project: &Project, arguments: &[&str]) -> (i32, String) {
    let finished = ask(project, arguments);
    (finished.status.code().unwrap(), finished.stderr)
}

fn started(project: &Project) -> Run {
    let mut run = project.run();
    run.started();
    run.line("one ");
    run
}

fn socket(project: &Project) -> PathBuf {
    hosts_below(&project.path("target")).remove(0).socket
}

#[test]
fn after_cargo_clean_a_host_is_found_again() {
    let project = Project::new("counter");
    let mut run = started(&project);
    fs::remove_dir_all(project.path("target")).unwrap();
    assert_eq!(refused(&project, &["status"]).0, NO_HOST);
    // The next build makes the directory anew.
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    until("the host is found", || ask(&project, &["status"]).status.success());
    assert_eq!(said(&project, &["rollback"]), "generation 3 is in force: generation 1's code\n");
    run.line("one ");
    let directory = socket(&project);
    run.stop();
    assert!(!directory.exists(), "what was made anew is removed as well");
}

#[test]
fn a_host_is_asked_and_told() {
    let project = Project::new("counter");
    let mut run = started(&project);
    let text = said(&project, &["status"]);
    assert!(text.starts_with("● counter · generation 1\n  process "), "{text}");
    let status = answer(&project, &["status"]);
    let of = &status["libraries"][0];
    assert_eq!(
        (&status["pid"], &of["library"], &of["doing"]),
        (&run.id().into(), &"counter".into(), &"watching".into())
    );

    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
    assert_eq!(said(&project, &["rollback"]), "generation 3 is in force: generation 1's code\n");
    assert_eq!(run.event("rolled_back")["reason"], "asked for");
    run.line("one ");
    let (code, message) = refused(&project, &["rollback"]);
    assert!(code == 1 && message.contains("there is nothing before generation 3 to go back to"), "{code} {message}");
    let (code, message) = refused(&project, &["rollback", "77"]);
    assert!(code == 1 && message.contains("generation 77 was never in force; known: 1, 2, 3"), "{code} {message}");
    assert_eq!(refused(&project, &["rollback", "two"]).0, 2);
    let failed = ask(&project, &["rollback", "3", "--json"]);
    assert_eq!(
        failed.stdout,
        "{\"version\":1,\"error\":{\"kind\":\"no_way_back\",\"message\":\"generation 3 is in force\"}}\n"
    );

    let history = said(&project, &["history"]);
    let lines: Vec<&str> = history.lines().collect();
    assert_eq!(lines.len(), 4, "{history}");
    assert!(lines[2].starts_with("✗  2  swap") && lines[3].starts_with("●  3  swap"), "{history}");
    let history = answer(&project, &["history"]);
    let standings: Vec<_> =
        history["libraries"][0]["generations"].as_array().unwrap().iter().map(|one| &one["standing"]).collect();
    assert_eq!(standings, ["retired", "quarantined", "in_force"]);

    // The edit is on disk still, and is asked for now.
    let text = said(&project, &["reload"]);
    assert!(text.starts_with("applied generation 4 (swap, ") && text.ends_with(")\n"), "{text}");
    assert_eq!(run.applied(4)["reason"], "asked for");
    run.line("two ");
    // Nothing changed: its statics are new all the same.
    let outcome = answer(&project, &["reload"])["outcome"].clone();
    assert_eq!(
        (&outcome["result"], &outcome["generation"], &outcome["tier"]),
        (&"applied".into(), &5.into(), &"swap".into())
    );
    assert_eq!(run.applied(5)["reason"], "asked for");
    assert_eq!(said(&project, &["rollback", "1"]), "generation 6 is in force: generation 1's code\n");
    run.line("one ");
    run.stop();
    assert!(hosts_below(&project.path("target")).is_empty(), "nothing is left of the socket");
}

#[test]
fn a_pause_keeps_edits_for_one_build() {
    let project = Project::new("counter");
    let mut run = started(&project);
    assert_eq!(said(&project, &["resume"]), "it was not paused\n");
    assert_eq!(said(&project, &["pause"]), "paused: edits are not built until `liveswap resume`\n");
    run.event("paused");
    assert_eq!(said(&project, &["pause"]), "it was paused before\n");
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.event("changed");
    project.edit("src/lib.rs", r#""two""#, r#""three""#);
    run.event("changed");
    let text = said(&project, &["status"]);
    assert!(text.contains("\n  ! paused · 1 file changed: src/lib.rs\n"), "{text}");
    assert_eq!(said(&project, &["resume"]), "resumed; what changed is built: src/lib.rs\n");
    run.event("resumed");
    run.applied(2);
    run.line("three ");

    // An edit that is undone meanwhile is none.
    said(&project, &["pause"]);
    project.edit("src/lib.rs", r#""three""#, r#""four""#);
    run.event("changed");
    project.edit("src/lib.rs", r#""four""#, r#""three""#);
    run.event("changed");
    said(&project, &["resume"]);
    run.skipped("same contents as the running generation");

    // A build that was asked for takes what changed, and leaves it paused.
    said(&project, &["pause"]);
    project.edit("src/lib.rs", r#""three""#, r#""five""#);
    run.event("changed");
    said(&project, &["reload"]);
    run.applied(3);
    run.line("five ");
    assert!(said(&project, &["status"]).contains("\n  ! paused\n"));
    assert_eq!(said(&project, &["resume"]), "resumed; nothing changed meanwhile\n");
    let finished = run.stop();
    assert!(!finished.stdout.contains("two ") && !finished.stdout.contains("four "), "{}", finished.stdout);
}

/// A host whose next build is slow, and that has edits paused.
fn slow() -> (Project, Run) {
    let project = Project::new("counter");
    project.slow_build();
    let mut run = started(&project);
    said(&project, &["pause"]);
    project.write("pause.txt", "long");
    run.event("changed");
    (project, run)
}

fn until_it_builds(project: &Project) {
    liveswap_tests::until("a slow build", || project.outside().join("build-runs").exists());
}

/// The code of a command that has run all the while, and what it said.
fn end(command: Run) -> (i32, String, String) {
    let finished = command.finish();
    (finished.status.code().unwrap(), finished.stdout, finished.stderr)
}

#[test]
fn a_reload_of_what_does_not_compile_says_so() {
    let project = Project::new("counter");
    let mut run = started(&project);
    project.edit("src/lib.rs", r#""one""#, "nothing");
    run.event("build_failed");
    let (code, text, errors) = end(project.command(&["reload"]));
    let head = "build failed: error[E0425]: cannot find value `nothing` in this scope at src/lib.rs:10:";
    assert!(code == 1 && text.starts_with(head) && text.lines().count() == 1, "{code} {text}");
    assert!(errors.contains("error[E0425]") && errors.contains("const LABEL: &str = nothing;"), "{errors}");
    let (code, text, errors) = end(project.command(&["reload", "--json"]));
    assert!(code == 1 && errors.is_empty() && text.lines().count() == 1, "{code} {errors}");
    let response: Value = serde_json::from_str(&text).unwrap();
    let outcome = &response["answer"]["outcome"];
    assert_eq!((&outcome["result"], &outcome["generation"]), (&"build_failed".into(), &1.into()));
    assert_eq!(outcome["diagnostics"][0]["line"], 10);
    project.edit("src/lib.rs", "nothing", r#""two""#);
    run.applied(2);
}

#[test]
fn a_reload_that_a_save_supersedes_tells_what_came_of_the_save() {
    let (project, mut run) = slow();
    let waits = [project.command(&["reload"]), project.command(&["reload", "--json"])];
    until_it_builds(&project);
    // Others are not held up meanwhile.
    assert_eq!(answer(&project, &["status"])["libraries"][0]["doing"], "building");
    said(&project, &["resume"]);
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.event("changed");
    // In this order: what is built before the last save is as slow.
    project.write("pause.txt", "none");
    run.applied(2);
    let [(code, text, _), (_, json, _)] = waits.map(end);
    assert!(
        code == 0 && text.starts_with("superseded by an edit of pause.txt: applied generation 2 (swap, "),
        "{text}"
    );
    let response: Value = serde_json::from_str(&json).unwrap();
    let outcome = &response["answer"]["outcome"];
    assert_eq!((&outcome["result"], &outcome["superseded_by"]["kind"]), (&"applied".into(), &"edit".into()));
    assert_eq!(outcome["superseded_by"]["files"][0], project.path("pause.txt").to_str().unwrap());
}

#[test]
fn a_reload_that_is_paused_over_says_so() {
    let (project, mut run) = slow();
    let wait = project.command(&["reload"]);
    until_it_builds(&project);
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.event("changed");
    let expected =
        "superseded by an edit of src/lib.rs: not built: edits are paused; `liveswap resume` builds what changed\n";
    let (code, text, _) = end(wait);
    assert_eq!((code, text.as_str()), (1, expected));
    // A client that does not wait, and one that does not wait for long.
    let text = said(&project, &["reload", "--no-wait"]);
    assert_eq!(text, "building what is on disk; the host tells what comes of it\n");
    let (code, text, _) = end(project.command(&["reload", "--timeout", "0.1"]));
    assert!(code == UNDECIDED && text.starts_with("not known yet: building"), "{code} {text}");
    assert_eq!(refused(&project, &["reload", "--no-wait", "--timeout", "1"]).0, 2);
    // A client that is gone is no obstacle.
    fs::remove_file(project.outside().join("build-runs")).unwrap();
    let gone = project.command(&["reload"]);
    until_it_builds(&project);
    signal("KILL", gone.id());
    gone.finish();
    project.write("pause.txt", "none");
    said(&project, &["resume"]);
    run.applied(2);
    run.line("two ");
}

#[test]
fn a_person_sees_that_it_builds() {
    let (project, _run) = slow();
    let mut wait = project.command_at_terminal(&["reload"]);
    wait.sees("building");
    signal("TERM", wait.id());
    assert!(!wait.ends().success());
}

#[test]
fn a_host_that_ends_meanwhile_is_told() {
    for (name, json) in [("KILL", false), ("TERM", false), ("KILL", true)] {
        let (project, run) = slow();
        let wait = project.command(if json { &["reload", "--json"] } else { &["reload"] });
        until_it_builds(&project);
        signal(name, run.id());
        let message = "the host has ended before it was known what came of it";
        let (code, text, errors) = end(wait);
        if json {
            let expected =
                format!("{{\"version\":1,\"error\":{{\"kind\":\"host_ended\",\"message\":\"{message}\"}}}}\n");
            assert_eq!((code, text), (NO_HOST, expected));
        } else {
            assert_eq!((code, text, errors), (NO_HOST, String::new(), format!("error: {message}\n")), "{name}");
        }
    }
}

#[test]
fn a_rollback_that_has_come_is_in_force_and_one_that_can_not_come_says_why() {
    let project = Project::new("counter");
    let mut run = started(&project);
    project.edit("src/lib.rs", "count: u64,", "count: i64,");
    run.applied(2);
    project.edit("src/lib.rs", "self.count += 1;", "self.count = -5;");
    run.applied(3);
    run.line("one -5 in 3");
    let outcome = &answer(&project, &["rollback", "2"])["outcome"];
    assert_eq!(
        (&outcome["result"], &outcome["generation"], &outcome["content_of"]),
        (&"rolled_back".into(), &4.into(), &2.into())
    );
    assert_eq!(answer(&project, &["status"])["libraries"][0]["generation"], 4);
    said(&project, &["rollback", "3"]);
    run.line("one -5 in 5");
    let (code, text, _) = end(project.command(&["rollback", "1"]));
    assert!(code == 1 && text.starts_with("refused by migrate: ") && text.contains("-5 does not fit"), "{code} {text}");
    assert_eq!(answer(&project, &["status"])["libraries"][0]["generation"], 5);
    let text = said(&project, &["rollback", "2", "--no-wait"]);
    assert_eq!(text, "generation 6 is ready, and comes into force at the program's safe point\n");
    run.event_where("rolled_back", |event| event["generation"] == 6);
}

#[test]
fn what_does_not_build_is_told_by_the_status() {
    let project = Project::new("counter");
    let mut run = started(&project);
    project.edit("src/lib.rs", r#""one""#, "nothing");
    run.event("build_failed");
    let text = said(&project, &["status"]);
    assert!(text.contains("\n  ✗ build failed: cannot find value `nothing` in this scope\n"), "{text}");
    project.edit("src/lib.rs", "nothing", r#""two""#);
    run.applied(2);
    assert!(!said(&project, &["status"]).contains("failed"));
}

#[test]
fn without_a_host_it_is_said_how_to_start_one() {
    let project = Project::new("counter");
    let directory = project.directory().display().to_string();
    let expected =
        format!("error: no host runs on {directory}; start one with `liveswap run`, or your own with `cargo run`\n");
    for command in ["status", "history", "rollback", "reload", "pause", "resume"] {
        assert_eq!(refused(&project, &[command]), (NO_HOST, expected.clone()), "{command}");
    }
    let failed = ask(&project, &["status", "--json"]);
    let response: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(response["error"]["kind"], "no_host");
    let (code, message) = refused(&project, &["status", "--target-dir", "elsewhere"]);
    assert!(code == NO_HOST && message.contains("elsewhere"), "{message}");

    // One that was killed counts as none, and is no obstacle to the next.
    let run = started(&project);
    let dead = socket(&project);
    signal("KILL", run.id());
    run.finish();
    assert!(dead.exists());
    assert_eq!(refused(&project, &["status"]), (NO_HOST, expected));
    let run = started(&project);
    assert_eq!(answer(&project, &["status"])["pid"], run.id());
}

#[test]
fn of_several_hosts_one_is_named() {
    let project = Project::new("counter");
    project.warm_for_a_second_host();
    let first = started(&project);
    let second = started(&project);
    let (code, message) = refused(&project, &["status"]);
    assert!(code == NO_HOST && message.contains("several hosts run here: "), "{message}");
    for run in [&first, &second] {
        let pid = run.id().to_string();
        assert!(message.contains(&format!("{pid} (counter)")) && message.contains("--pid"), "{message}");
        assert_eq!(answer(&project, &["status", "--pid", &pid])["pid"], run.id());
    }
    let (code, message) = refused(&project, &["status", "--pid", "1"]);
    assert!(code == NO_HOST && message.contains("no host with the process id 1 runs on"), "{message}");
    let (code, message) = refused(&project, &["status", "--library", "count"]);
    assert!(code == NO_HOST && message.contains("no host here has a library `count`; running: "), "{message}");
}

#[test]
fn a_host_with_a_target_directory_of_its_own_is_found_there() {
    let project = Project::new("counter");
    fs::rename(project.path("target/liveswap/counter"), project.outside().join("own")).unwrap();
    let own = project.outside().join("own");
    let own = own.to_str().unwrap();
    let mut run = project.run_with(&["--target-dir", own]);
    run.started();
    assert_eq!(answer(&project, &["status", "--target-dir", own])["pid"], run.id());
    assert_eq!(refused(&project, &["status"]).0, NO_HOST);
}

#[test]
fn a_path_too_long_for_a_socket_is_none_for_a_host() {
    let project = Project::named("counter", &"long-".repeat(30));
    let run = started(&project);
    let socket = socket(&project);
    assert!(!socket.starts_with(project.directory()), "{}", socket.display());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
    assert_eq!(answer(&project, &["status"])["pid"], run.id());
    run.stop();
    assert!(!socket.parent().unwrap().exists());
}

#[test]
fn it_can_be_turned_off() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["--control=off"]);
    run.started();
    assert!(hosts_below(&project.path("target")).is_empty());
    assert_eq!(refused(&project, &["status"]).0, NO_HOST);
}

#[test]
fn nonsense_does_not_disturb_the_host() {
    let project = Project::new("counter");
    let mut run = started(&project);
    let socket = socket(&project);
    for nonsense in [&b"\0\xff\n"[..], b"{}\n", b"[[[[[[\n", b"{\"version\":1,\"command\":\"status\",\"x\":0}\n"] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(nonsense).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        let response: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(response["error"]["kind"], "malformed", "{line}");
    }
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
}

/// Tells the process of another user what to do: this test's own program, with this variable.
const SOCKET: &str = "LIVESWAP_TEST_SOCKET";

#[test]
fn another_users_connection_is_refused() {
    if let Some(socket) = std::env::var_os(SOCKET) {
        // Nor does a client talk to another user's host.
        let note = HostNote { version: 1, pid: 1, socket: socket.clone().into() };
        if let Err(error @ ControlError::OtherUser { .. }) = Client::connect(&note) {
            println!("told: {error}");
        }
        let mut stream = UnixStream::connect(socket).expect("the permissions are no obstacle");
        // It may be sent away before it has said anything.
        let _ = stream.write_all(b"{\"version\":1,\"command\":\"status\"}\n");
        return BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| println!("heard {line}"));
    }
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!("not run: it needs the right to be another user");
        return;
    }
    let project = Project::new("counter");
    let _run = started(&project);
    let socket = socket(&project);
    let other = |test: &Path| {
        let mut command = Command::new(test);
        command.args(["--exact", "another_users_connection_is_refused", "--nocapture"]).env(SOCKET, &socket);
        let output = command.uid(65534).gid(65534).current_dir("/").output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let test = project.outside().join("test");
    fs::copy(std::env::current_exe().unwrap(), &test).unwrap();
    let temporary = project.outside().parent().unwrap();
    [temporary, project.directory(), &project.path("target")].iter().for_each(|directory| open(directory, 0o755));
    open(project.outside(), 0o755);
    assert!(!other(&test).0, "the permissions keep it out");
    // Somebody has opened what the host had closed.
    open(socket.parent().unwrap(), 0o777);
    open(&socket, 0o666);
    let (is_well, heard) = other(&test);
    let refusal = r#"heard {"version":1,"error":{"kind":"forbidden","message":"this host runs as another user"}}"#;
    assert!(heard.contains(&format!("told: the host at {} runs as another user", socket.display())), "{heard}");
    assert!(is_well && heard.contains(refusal) && heard.matches("heard").count() == 1, "{heard}");
    assert!(answer(&project, &["status"])["libraries"][0]["generation"] == 1, "its own user is let in");
}

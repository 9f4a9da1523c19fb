//! Keys of `liveswap run`: what they do, and what becomes of the terminal however the run ends.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, TerminalRun, signal, until};
use nix::sys::termios::{LocalFlags, OutputFlags};

/// A run of `counter` whose first generation is in force.
fn started(project: &Project) -> TerminalRun {
    let mut run = project.run_at_terminal(&[]);
    run.sees("? lists the keys");
    run.sees("one 2 in 1");
    assert!(has_keys(&run));
    run
}

fn has_keys(run: &TerminalRun) -> bool {
    !run.attributes().local_flags.intersects(LocalFlags::ICANON | LocalFlags::ECHO)
}

/// The letter of the process's state.
fn state(run: &TerminalRun) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", run.id())).unwrap_or_default();
    stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('-')
}

#[test]
fn each_key_does_what_it_says() {
    let project = Project::new("counter");
    let mut run = started(&project);
    let attributes = run.attributes();
    assert!(attributes.output_flags.contains(OutputFlags::OPOST) && attributes.local_flags.contains(LocalFlags::ISIG));
    assert!(run.shown().contains("one 2 in 1\r\n"), "lines begin at the left");
    run.types("?");
    run.sees("b  back to the generation before");
    run.sees("q  quit");
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.sees("generation 2 ");
    run.sees("two ");
    run.types("b");
    run.sees("rolled back to generation 1's code");
    run.sees("one ");
    run.types("b");
    run.sees("there is nothing before generation 3 to go back to");
    run.types("h");
    run.sees("not applied again until it changes");
    run.sees("generation 1 again");
    // What was left is asked for.
    run.types("r");
    run.sees("generation 4 ");
    run.sees("asked for");
    run.sees("two ");
    run.types("p");
    run.sees("paused");
    project.edit("src/lib.rs", r#""two""#, r#""three""#);
    run.sees("1 file changed");
    run.types("p");
    run.sees("resumed, with what changed: src/lib.rs");
    run.sees("three ");
    run.types("q");
    assert!(run.ends().success());
    run.sees("stopped at ");
    assert!(run.is_as_before());
}

#[test]
fn the_terminal_is_given_back_by_signals() {
    for (typed, name) in [("\x03", None), ("", Some("TERM"))] {
        let project = Project::new("counter");
        let mut run = started(&project);
        run.types(typed);
        name.iter().for_each(|name| signal(name, run.id()));
        assert!(run.ends().success());
        assert!(run.is_as_before(), "{typed:?} {name:?}");
    }
}

#[test]
fn the_terminal_is_given_back_by_what_nobody_can_catch() {
    let project = Project::new("counter");
    let mut run = started(&project);
    signal("KILL", run.id());
    assert!(!run.ends().success());
    until("the terminal as it was", || run.is_as_before());

    // A crash of the library, and an end from within it.
    for end in ["std::process::abort()", "std::process::exit(3)"] {
        let project = Project::new("counter");
        let mut run = started(&project);
        project.edit("src/lib.rs", "self.count += 1;", &format!("self.count += 1; if self.count > 0 {{ {end} }}"));
        assert!(!run.ends().success());
        until("the terminal as it was", || run.is_as_before());
    }
}

#[test]
fn the_terminal_is_given_back_by_a_panic() {
    let project = Project::new("counter");
    let mut run = project.run_at_terminal(&["--on-panic=propagate"]);
    run.sees("one 2 in 1");
    assert!(has_keys(&run));
    project.edit("src/lib.rs", "self.count += 1;", r#"self.count += 1; assert!(self.count < 3, "too many");"#);
    run.sees("too many");
    assert!(!run.ends().success());
    assert!(run.is_as_before());
}

#[test]
fn a_library_that_does_not_come_back_gives_it_back_too() {
    let project = Project::new("counter");
    let mut run = started(&project);
    project.edit("src/lib.rs", "self.count += 1;", r#"eprintln!("for ever"); loop { std::thread::yield_now(); }"#);
    run.sees("for ever");
    run.types("q");
    run.sees("the library does not come back");
    assert!(!run.ends().success());
    assert!(run.is_as_before());
}

#[test]
fn a_stopped_run_gives_it_back_and_takes_it_again() {
    let project = Project::new("counter");
    let mut run = started(&project);
    run.types("\x1a");
    until("the process stopped", || state(&run) == 'T');
    assert!(run.is_as_before());
    signal("CONT", run.id());
    until("the terminal with keys", || has_keys(&run));
    run.types("?");
    run.sees("q  quit");
    run.types("q");
    assert!(run.ends().success());
    assert!(run.is_as_before());
}

#[test]
fn an_application_that_reads_stdin_can_have_it() {
    let read_a_line = r#"
        println!("init");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        println!("read {line:?}");"#;
    let manifest = "\n[package.metadata.liveswap]\nkeys = false\n";
    for (arguments, manifest) in [(&["--keys=off"][..], ""), (&[], manifest)] {
        let project = Project::new("counter");
        project.edit("src/lib.rs", r#"println!("init");"#, read_a_line);
        project.write("Cargo.toml", &(project.read("Cargo.toml") + manifest));
        let mut run = project.run_at_terminal(arguments);
        run.sees("init");
        assert!(run.is_as_before());
        run.types("quit\n");
        run.sees("read \"quit\\n\"");
        run.sees("one 2 in 1");
        assert!(!run.shown().contains("lists the keys"));
        run.types("\x03");
        assert!(run.ends().success());
    }
}

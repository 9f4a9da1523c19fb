//! A typed host as a program of its own, built by cargo and started by its path.

#![cfg(unix)]

use liveswap_tests::Project;

const LOGIC: &str = "logic/src/lib.rs";

#[test]
fn the_librarys_log_reaches_the_hosts_logger_and_subscriber() {
    let project = Project::new("program");
    let mut run = project.run_program("program", &[]);
    // At first the code that is linked into the program runs; it shares the program's statics.
    run.line("calls in generation 0");
    run.started();
    project.edit(LOGIC, "version = 1", "version = 2");
    run.applied(2);
    let line = run.line("version=2");
    // The span and its field: the host's own subscriber was handed over, not lines of text.
    assert!(line.contains("working{round=") && line.contains("traced"), "{line}");
    let line = run.line("LOGGER WARN");
    assert!(line.contains("program_logic: logged in round"), "{line}");
    // Statics of the library start anew with each generation.
    run.line(": 1 calls in generation 2");
}

#[test]
fn a_release_build_has_no_hot_code_and_runs() {
    let project = Project::new("program");
    let mut run = project.run_program("program", &["--release"]);
    run.line("round 1: 1 calls in generation 0");
    project.edit(LOGIC, "version = 1", "version = 2");
    // Nothing is watched and nothing built, so nothing is told.
    run.line("round 50: 50 calls in generation 0");
    assert!(run.events().is_empty(), "{:?}", run.events());
}

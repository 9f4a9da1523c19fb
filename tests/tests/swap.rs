//! An edit reaches the running program, and its state goes on.

#![cfg(unix)]

use liveswap_tests::{Project, Run, Value};

/// Waits for the next applied edit: a swap of this generation, whose phases add up.
fn applied(run: &mut Run, generation: u64) -> Value {
    let event = run.event("applied");
    assert_eq!((&event["tier"], &event["generation"]), (&"swap".into(), &generation.into()), "{event}");
    event
}

/// The number that a line of the counter says.
fn count(line: &str) -> u64 {
    line.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("a count in {line:?}"))
}

#[test]
fn an_edit_is_applied_and_the_state_goes_on() {
    let project = Project::new("counter");
    let mut run = project.run();
    let started = run.started();
    assert_eq!((&started["library"], &started["generation"]), (&"counter".into(), &1.into()));
    assert_eq!(started["path"], project.directory().to_str().unwrap());
    assert_eq!(started["watching"], "events");
    let before = count(&run.line("one 3 in 1"));

    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    let event = applied(&mut run, 2);
    assert!(event["reason"].as_str().unwrap().contains("src/lib.rs changed"), "{event}");
    let phases: f64 = event["phases"].as_object().unwrap().values().map(|phase| phase.as_f64().unwrap()).sum();
    let total = event["total_ms"].as_f64().unwrap();
    assert!((total - phases).abs() < 0.1 * total + 10.0, "{phases} ms of {total} ms: {event}");
    assert_eq!(event["images"]["count"], 2);
    let after = count(&run.line("two "));
    assert!(after > before, "{after} after {before}");

    let finished = run.stop();
    assert_eq!(finished.stdout.matches("init\n").count(), 1, "the state is made once");
    // Each tick counted one on, over both generations.
    let counts: Vec<u64> = finished.stdout.lines().filter(|line| line.contains(" in ")).map(count).collect();
    assert_eq!(counts, (1..=counts.len() as u64).collect::<Vec<_>>());
    assert_eq!(finished.names(), ["started", "changed", "applied", "stopped"]);
}

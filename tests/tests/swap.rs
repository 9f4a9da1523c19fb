//! An edit reaches the running program, and its state goes on.

#![cfg(unix)]

use std::fs;

use liveswap_tests::{Project, count};

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
    let event = run.applied(2);
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

#[test]
fn the_readmes_own_scenario() {
    let project = Project::example();
    let mut run = project.run();
    assert_eq!(run.started()["library"], "hot-lib-example");
    run.line("o (bounces: ");
    project.edit("hot-lib-example/src/lib.rs", r#"&str = "o";"#, r#"&str = "@";"#);
    run.applied(2);
    run.line("@ (bounces: ");
    project.edit("hot-lib-example/src/lib.rs", "    fall(self,", "    falls(self,");
    assert_eq!(run.event("build_failed")["generation"], 2);
    project.edit("hot-lib-example/src/lib.rs", "    falls(self,", "    fall(self,");
    run.skipped("same contents as the running generation");
    assert!(run.stop().stdout.lines().last().is_some_and(|line| line.starts_with("the ball bounced ")));
}

#[test]
fn only_the_library_is_compiled_in_a_copy_with_warm_dependencies() {
    // The other tests would be right without it, and ten times as slow.
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let building = run.events().into_iter().filter(|event| event["event"] == "building");
    let names: Vec<_> = building.filter_map(|event| event["crate_name"].as_str().map(str::to_owned)).collect();
    assert!(names.iter().all(|name| name.is_empty() || name == "counter"), "{names:?}");
}

#[test]
fn files_are_polled_where_that_is_asked_for() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["--poll=50"]);
    assert_eq!(run.started()["watching"], "polling");
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
    run.stderr_line("files are polled");
}

/// The ways in which editors save, one after the other in one run.
#[test]
fn every_way_of_saving_is_seen() {
    let project = Project::new("counter");
    let file = project.path("src/lib.rs");
    let mut run = project.run();
    run.started();
    type Save = fn(&Project, &std::path::Path, &str);
    let ways: [(&str, Save); 4] = [
        ("in place", |_, file, text| fs::write(file, text).unwrap()),
        ("a new file that is renamed", |_, file, text| {
            let beside = file.with_file_name(".lib.rs.new");
            fs::write(&beside, text).unwrap();
            fs::rename(beside, file).unwrap();
        }),
        ("deleted and created", |_, file, text| {
            fs::remove_file(file).unwrap();
            fs::write(file, text).unwrap();
        }),
        ("the old one renamed to a backup", |_, file, text| {
            let backup = file.with_file_name("lib.rs~");
            fs::rename(file, &backup).unwrap();
            fs::write(file, text).unwrap();
            fs::remove_file(backup).unwrap();
        }),
    ];
    let mut label = "one".to_owned();
    for (number, (way, save)) in ways.into_iter().enumerate() {
        let next = format!("label{number}");
        let text = project.edited("src/lib.rs", &format!("\"{label}\""), &format!("\"{next}\""));
        save(&project, &file, &text);
        let event = run.applied(number as u64 + 2);
        assert!(event["reason"].as_str().unwrap().contains("src/lib.rs changed"), "{way}: {event}");
        run.line(&format!("{next} "));
        label = next;
    }
}

#[test]
fn the_last_of_several_quick_saves_wins() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let mut label = "one".to_owned();
    for number in 0..20 {
        let next = format!("label{number}");
        project.edit("src/lib.rs", &format!("\"{label}\""), &format!("\"{next}\""));
        label = next;
    }
    run.line("label19 ");
    run.event("applied");
    let events = run.stop().events;
    // Fewer generations than saves, in their order.
    let applied: Vec<_> = events.iter().filter(|event| event["event"] == "applied").collect();
    assert!(applied.len() < 20, "{applied:?}");
    assert!(applied.is_sorted_by_key(|event| event["generation"].as_u64()), "{applied:?}");
}

#[test]
fn a_save_during_a_build_cancels_it_and_the_last_content_wins() {
    let project = Project::new("counter");
    project.slow_build();
    let mut run = project.run();
    run.started();
    project.write("pause.txt", "long");
    liveswap_tests::until("a slow build", || project.outside().join("build-runs").exists());
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.event("changed");
    // In this order: what is built before the last save is as slow.
    project.edit("src/lib.rs", r#""two""#, r#""three""#);
    project.write("pause.txt", "none");
    run.applied(2);
    run.line("three ");
    if cfg!(target_os = "linux") {
        let processes = run.processes();
        assert_eq!(processes.len(), 1, "only the program itself is left: {processes:?}");
    }
    let finished = run.stop();
    assert!(!finished.stdout.contains("two "), "the cancelled build is not applied");
    assert_eq!(finished.names().iter().filter(|name| *name == "applied").count(), 1, "{:?}", finished.names());
}

#[test]
fn an_edit_that_is_undone_during_its_build_cancels_it() {
    let project = Project::new("counter");
    project.slow_build();
    let mut run = project.run();
    run.started();
    project.write("pause.txt", "long");
    liveswap_tests::until("a slow build", || project.outside().join("build-runs").exists());
    project.write("pause.txt", "none");
    run.skipped("same contents as the running generation");
    if cfg!(target_os = "linux") {
        let processes = run.processes();
        assert_eq!(processes.len(), 1, "only the program itself is left: {processes:?}");
    }
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
}

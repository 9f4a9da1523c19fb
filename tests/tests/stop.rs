//! How a run ends: soon, well, and with nothing left behind.

#![cfg(unix)]

use liveswap_tests::{Project, Run, descendants_of, until};

/// A build script that is told by a file outside whether it takes long; it says that it runs by another one. A process
/// of its own stands for the compilers that cargo starts.
const SLOW_BUILD: &str = r#"
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=pause.txt");
    let outside = std::path::PathBuf::from(std::env::var_os("OUTSIDE").unwrap());
    if outside.join("slow").exists() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        std::fs::write(outside.join("build-runs"), "").unwrap();
        child.wait().unwrap();
    }
}
"#;

/// The project with a build script that is slow from the next change of `pause.txt` on.
fn with_slow_build() -> Project {
    let project = Project::new("counter");
    project.write("build.rs", SLOW_BUILD);
    project.write("pause.txt", "0");
    project
}

fn make_slow(project: &Project) {
    std::fs::write(project.outside().join("slow"), "").unwrap();
}

/// Sends the signal; the run ends well, and nothing of it is left.
fn end(run: Run, signal: &str) -> liveswap_tests::Finished {
    let mark = run.mark().to_owned();
    if cfg!(target_os = "linux") {
        assert!(!run.processes().is_empty(), "the run finds at least itself");
    }
    run.signal(signal);
    let finished = run.finish();
    assert_eq!(finished.status.code(), Some(0), "{finished:#?}");
    assert_eq!(finished.names().last().map(String::as_str), Some("stopped"), "{finished:#?}");
    let left = descendants_of(&mark);
    assert!(left.is_empty(), "{left:?}");
    finished
}

#[test]
fn an_interrupt_and_a_termination_call_the_stop_hook() {
    for signal in ["INT", "TERM"] {
        let project = Project::new("counter");
        let mut run = project.run();
        run.started();
        run.line("one 1");
        let finished = end(run, signal);
        let last = finished.stdout.lines().last().unwrap();
        assert!(last.starts_with("stopped at "), "{signal}: {last}");
        assert_eq!(finished.events.last().unwrap()["generation"], 1);
    }
}

#[test]
fn an_interrupt_during_a_build_ends_the_build_too() {
    let project = with_slow_build();
    let mut run = project.run();
    run.started();
    make_slow(&project);
    project.write("pause.txt", "1");
    until("a slow build", || project.outside().join("build-runs").exists());
    let finished = end(run, "INT");
    assert!(finished.stdout.contains("stopped at "), "{}", finished.stdout);
}

#[test]
fn an_interrupt_during_the_first_build_ends_without_a_state() {
    let project = with_slow_build();
    make_slow(&project);
    let run = project.run();
    until("a slow build", || project.outside().join("build-runs").exists());
    let finished = end(run, "TERM");
    assert_eq!(finished.stdout, "", "nothing of the library ran");
    assert_eq!(finished.events.last().unwrap()["generation"], 0);
}

#[test]
fn a_tick_that_never_returns_does_not_keep_the_process() {
    let project = with_slow_build();
    project.edit("src/lib.rs", "        Flow::Continue", "        if self.count == 3 {\n            loop {\n                std::thread::park();\n            }\n        }\n        Flow::Continue");
    let mut run = project.run();
    run.started();
    run.line("one 3");
    // With a build on its way, which must not outlive the process.
    make_slow(&project);
    project.write("pause.txt", "1");
    until("a slow build", || project.outside().join("build-runs").exists());
    let mark = run.mark().to_owned();
    run.signal("INT");
    let finished = run.finish();
    assert_eq!(finished.status.code(), Some(130), "{finished:#?}");
    assert!(finished.stderr.contains("does not come back from its tick"), "{}", finished.stderr);
    assert!(!finished.stdout.contains("stopped at "));
    until("the end of the build", || descendants_of(&mark).is_empty());
}

#[test]
fn the_library_itself_can_end_the_program() {
    let project = Project::new("counter");
    project.edit(
        "src/lib.rs",
        "        Flow::Continue",
        "        if self.count == 3 { Flow::Stop } else { Flow::Continue }",
    );
    let finished = project.run().finish();
    assert_eq!(finished.status.code(), Some(0), "{finished:#?}");
    // It may end before the session has told that it started.
    assert_eq!(finished.names().last().unwrap(), "stopped");
    assert!(finished.stdout.ends_with("one 3 in 1\nstopped at 3\n"), "{}", finished.stdout);
}

#[test]
fn what_a_killed_host_leaves_behind_goes_when_the_next_one_starts() {
    let project = Project::new("counter");
    let (staging, target) = (project.outside().join("staging"), project.path("target/liveswap/counter"));
    std::fs::create_dir(&staging).unwrap();
    let arguments = ["--patch=on", "--stage-in", staging.to_str().unwrap()];
    let below = |directory: &std::path::Path, prefix: &str| {
        let names =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(prefix)).collect::<Vec<_>>()
    };
    let mut run = project.run_with(&arguments);
    run.started();
    liveswap_tests::until("the base", || !below(&target, "base-").is_empty());
    let left = (below(&staging, "liveswap-"), below(&target, "base-"));
    run.signal("KILL");
    run.finish();
    assert_eq!((below(&staging, "liveswap-"), below(&target, "base-")), left, "nobody has cleaned up");

    let mut run = project.run_with(&arguments);
    run.started();
    liveswap_tests::until("the base", || !below(&target, "base-").is_empty());
    let now = (below(&staging, "liveswap-"), below(&target, "base-"));
    assert_eq!((now.0.len(), now.1.len()), (1, 1), "{now:?}");
    assert!(now.0 != left.0 && now.1 != left.1, "{now:?}");
    run.stop();
}

//! A host that is dropped while it builds takes the build along.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use liveswap_tests::{Project, TypedRun, until};

/// Processes that work in `directory`: cargo and all that it starts do.
fn processes_in(directory: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("the processes").flatten();
    let inside = processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|place| place.starts_with(directory)));
    inside.map(|process| fs::read_to_string(process.path().join("cmdline")).unwrap_or_default()).collect()
}

#[test]
fn a_build_ends_with_its_host() {
    let project = Project::typed();
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    // A build that does not end by itself.
    let running = project.outside().join("running");
    let script = format!(
        "fn main() {{\n    std::fs::write({running:?}, \"\").unwrap();\n    loop {{\n        std::thread::park();\n    }}\n}}\n"
    );
    project.write("logic/build.rs", &script);
    project.edit("logic/src/lib.rs", "VERSION: u64 = 1", "VERSION: u64 = 2");
    until("the build script runs", || running.exists());
    assert!(processes_in(project.directory()).len() >= 2, "cargo and the script");

    drop(run);
    assert_eq!(processes_in(project.directory()), Vec::<String>::new());
    assert_eq!(typed_logic::version(), 1, "calls go on");
}

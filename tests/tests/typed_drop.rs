//! A host that is dropped while it builds takes the build along, and does not wait for code that never comes back.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, PoisonError};

use liveswap_tests::{DEADLINE, Project, TypedRun, until};

/// The tests share the library's table.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processes that work in `directory`: cargo and all that it starts do.
fn processes_in(directory: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("the processes").flatten();
    let inside = processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|place| place.starts_with(directory)));
    inside.map(|process| fs::read_to_string(process.path().join("cmdline")).unwrap_or_default()).collect()
}

#[test]
fn a_build_ends_with_its_host() {
    let _lock = one_at_a_time();
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

#[test]
fn a_load_hook_that_never_comes_back_is_left_behind() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    let running = project.outside().join("running");
    let hook = format!(
        "fn hook() {{\n    std::fs::write({running:?}, \"\").unwrap();\n    loop {{\n        std::thread::park();\n    }}\n}}\n\nliveswap::hot_lib!(on_load = hook);\n"
    );
    project.edit("logic/src/lib.rs", "liveswap::hot_lib!();\n", &hook);
    until("the hook runs", || running.exists());

    let (tell, told) = channel();
    std::thread::spawn(move || {
        drop(run);
        tell.send(()).expect("the test waits");
    });
    told.recv_timeout(DEADLINE).expect("the host is gone");
    assert_eq!(typed_logic::version(), 1, "calls go on");
}

//! `TypeId`s over the boundary: they agree where both sides are compiled alike, and it is said where they are not.

#![cfg(unix)]

use std::sync::{Mutex, MutexGuard};

use liveswap_tests::{Project, Run};

const LOGIC: &str = "logic/src/lib.rs";

/// Both build a program of the same name.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn warnings(run: &Run) -> Vec<String> {
    let events = run.events();
    let of = events.iter().filter(|event| event["event"] == "warning").filter_map(|event| event["message"].as_str());
    of.filter(|message| message.contains("`TypeId`s")).map(str::to_owned).collect()
}

/// The program alone enables a feature of the crate that both share.
#[test]
fn a_library_finds_the_hosts_values_by_type_or_it_is_said_why_not() {
    let _lock = one_at_a_time();
    let project = Project::new("ids");
    let mut run = project.run_program("program", &[]);
    run.started();
    project.edit(LOGIC, "VERSION: u64 = 1", "VERSION: u64 = 2");
    run.applied(2);
    run.line("version 2 any Some(5) map Some(7) extra true in 2");
    assert_eq!(warnings(&run), Vec::<String>::new());

    // A feature for the library alone: all of its types are others.
    let manifest = project.read("logic/Cargo.toml");
    project.write("logic/Cargo.toml", &(manifest.clone() + "\n[package.metadata.liveswap]\nfeatures = [\"editor\"]\n"));
    run.applied(3);
    run.line("version 2 any None map None extra true in 3");
    let told = warnings(&run);
    let [warning] = told.as_slice() else { panic!("one warning: {told:?}") };
    for part in [
        "`TypeId`s of `ids-logic` differ between host and library: feature `editor` is off in the host, on in the library;",
        "`dyn Any`, ECS registries and extension maps will not find each other's types;",
        "enable `editor` where the host depends on the library, or take it out of `.features([…])`",
    ] {
        assert!(warning.contains(part), "{part:?} in {warning}");
    }
    // It is said once.
    project.edit(LOGIC, "VERSION: u64 = 2", "VERSION: u64 = 3");
    run.applied(4);
    project.write("logic/Cargo.toml", &manifest);
    run.applied(5);
    run.line("version 3 any Some(5) map Some(7) extra true in 5");
    assert_eq!(warnings(&run), told);
}

/// Beside such a program features can't be selected as for it.
#[test]
fn a_program_with_a_library_of_its_own_is_told_what_to_do() {
    let _lock = one_at_a_time();
    let project = Project::new("ids");
    project.write("src/lib.rs", "");
    let mut run = project.run_program("program", &[]);
    run.started();
    run.line("version 1 any None map None extra false in 1");
    let told = warnings(&run);
    let [warning] = told.as_slice() else { panic!("one warning: {told:?}") };
    for part in [
        "feature `extra` of `ids-shared` is on in the host, off in the library",
        "move the program's `src/lib.rs` to a package of its own",
    ] {
        assert!(warning.contains(part), "{part:?} in {warning}");
    }
}

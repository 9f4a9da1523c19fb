//! Directories that go away and come back, fill up, or were never there.

#![cfg(unix)]

use std::fs;

use liveswap_tests::{Project, SmallDisk};

#[test]
fn a_crate_that_is_deleted_and_comes_back_is_followed() {
    let project = Project::new("pair");
    let mut run = project.run_with(&["first"]);
    run.started();
    let (directory, away) = (project.path("first"), project.outside().join("first"));
    // Moved out of sight and back, as a checkout of another branch and back may do it.
    fs::rename(&directory, &away).unwrap();
    assert_eq!(run.event("build_failed")["generation"], 1);
    run.line("first with text1");
    fs::rename(&away, &directory).unwrap();
    run.skipped("same contents as the running generation");
    project.edit("first/src/lib.rs", "first with", "again with");
    run.applied(2);
    run.line("again with text1");

    // Deleted, and written anew with other contents.
    let (manifest, source) = (project.read("first/Cargo.toml"), project.edited("first/src/lib.rs", "again", "new"));
    fs::remove_dir_all(&directory).unwrap();
    run.event("build_failed");
    project.write("first/Cargo.toml", &manifest);
    project.write("first/src/lib.rs", &source);
    run.line("new with text1");
    project.edit("first/src/lib.rs", "new with", "last with");
    run.line("last with text1");
}

#[test]
fn the_target_directory_may_be_removed() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    fs::remove_dir_all(project.path("target")).unwrap();
    run.line(" in 1");
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
    assert!(project.path("target/liveswap/counter").is_dir());
}

#[test]
fn a_staging_directory_that_cannot_be_made_is_told_and_can_be_mended() {
    let project = Project::new("counter");
    let staging = project.outside().join("staging");
    let mut run = project.run_with(&["--stage-in", staging.to_str().unwrap()]);
    let refused = run.event("refused");
    assert_eq!((&refused["stage"], &refused["generation"]), (&"stage".into(), &0.into()), "{refused}");
    let reason = refused["reason"].as_str().unwrap();
    assert!(reason.contains(staging.to_str().unwrap()) && reason.contains("can be written"), "{reason}");
    fs::create_dir(&staging).unwrap();
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.started();
    run.line("two ");
    // Away again, with the copy that runs in it.
    fs::remove_dir_all(&staging).unwrap();
    project.edit("src/lib.rs", r#""two""#, r#""three""#);
    assert!(run.refused("stage").contains("staging"));
    run.line("two ");
    fs::create_dir(&staging).unwrap();
    project.edit("src/lib.rs", r#""three""#, r#""four""#);
    run.applied(2);
    run.line("four ");
    drop(run);
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 0, "the copies are removed with the run");
}

#[test]
fn a_temporary_directory_that_is_not_there_is_told() {
    let project = Project::new("counter");
    let temporary = project.outside().join("none");
    let mut run = project.run_as(&[], |command| {
        command.env("TMPDIR", &temporary);
    });
    let reason = run.refused("stage");
    assert!(reason.contains(temporary.to_str().unwrap()) && reason.contains("set TMPDIR"), "{reason}");
    fs::create_dir(&temporary).unwrap();
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.started();
    run.line("two ");
}

#[test]
fn a_full_disk_is_told_and_can_be_mended() {
    let project = Project::new("counter");
    let place = project.outside().join("disk");
    fs::create_dir(&place).unwrap();
    let Some(_disk) = SmallDisk::over(&place, "64m") else {
        eprintln!("not run: it needs the right to mount a file system in memory");
        return;
    };
    let mut run = project.run_with(&["--stage-in", place.to_str().unwrap()]);
    run.started();
    let fill = place.join("fill");
    // Writes until there is no room.
    fs::write(&fill, vec![0u8; 64 << 20]).unwrap_err();
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    let reason = run.refused("stage");
    assert!(reason.contains("No space left on device") && reason.contains("disk"), "{reason}");
    run.line("one ");
    fs::remove_file(&fill).unwrap();
    project.edit("src/lib.rs", r#""two""#, r#""three""#);
    run.applied(2);
    run.line("three ");
}

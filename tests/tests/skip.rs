//! Saves that change nothing build nothing, and it is said why.

#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::SystemTime;

use liveswap_tests::{Project, Run};

/// No build was started since the first.
fn assert_nothing_built(run: &Run) {
    let events = run.events();
    let started = events.iter().position(|event| event["event"] == "started").unwrap();
    let built: Vec<_> = events[started..].iter().filter(|event| event["event"] == "building").collect();
    assert!(built.is_empty(), "{built:?}");
}

#[test]
fn a_save_of_the_same_contents_is_skipped() {
    let project = Project::new("counter");
    let (file, text) = (project.path("src/lib.rs"), project.read("src/lib.rs"));
    let mut run = project.run();
    run.started();
    let again: [(&str, &dyn Fn()); 3] = [
        ("written again", &|| fs::write(&file, &text).unwrap()),
        ("another file of the same contents", &|| {
            let beside = project.outside().join("new");
            fs::write(&beside, &text).unwrap();
            fs::rename(&beside, &file).unwrap();
        }),
        ("touched", &|| File::options().write(true).open(&file).unwrap().set_modified(SystemTime::now()).unwrap()),
    ];
    for (way, save) in again {
        save();
        let event = run.skipped("contents unchanged");
        assert_eq!(event["files"], liveswap_tests::Value::from(vec![file.to_str().unwrap()]), "{way}");
    }
    assert_nothing_built(&run);
    run.stderr_line("skipped: contents unchanged (src/lib.rs)");
}

#[test]
fn comments_and_white_space_are_skipped_and_a_panic_names_the_line_as_it_is_now() {
    let project = Project::new("counter");
    project.edit(
        "src/lib.rs",
        "        self.count += 1;\n",
        "        if std::path::Path::new(&std::env::var(\"OUTSIDE\").unwrap()).join(\"panic\").exists() {\n            panic!(\"asked for\");\n        }\n        self.count += 1;\n",
    );
    let mut run = project.run();
    run.started();
    project.edit("src/lib.rs", "const LABEL", "// What is said.\n//\n// And counted.\n\n\nconst LABEL");
    run.skipped("only comments or white space changed in src/lib.rs");
    assert_nothing_built(&run);
    fs::write(project.outside().join("panic"), "").unwrap();
    let fault = run.event("fault");
    let text = project.read("src/lib.rs");
    let line = text.lines().position(|line| line.contains("panic!(")).unwrap() + 1;
    assert_eq!(fault["line"], line, "{fault}");
}

#[test]
fn an_edit_that_is_undone_is_skipped() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    project.edit("src/lib.rs", "self.count += 1;", "self.count += one;");
    run.event("build_failed");
    project.edit("src/lib.rs", "self.count += one;", "self.count += 1;");
    run.skipped("same contents as the running generation");
    // What was applied before it was undone is another content than what runs.
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    project.edit("src/lib.rs", r#""two""#, r#""one""#);
    run.applied(3);
    run.line(" in 3");
}

#[test]
fn other_permissions_are_no_event_at_all() {
    let project = Project::new("counter");
    project.write("src/other.rs", "pub const OTHER: u32 = 1;\n");
    project.edit("src/lib.rs", "const LABEL", "pub mod other;\n\nconst LABEL");
    let mut run = project.run();
    run.started();
    fs::set_permissions(project.path("src/other.rs"), Permissions::from_mode(0o600)).unwrap();
    // A real edit after it shows that nothing came before.
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    let changed = run.event("changed");
    assert_eq!(changed["files"].as_array().unwrap().len(), 1, "{changed}");
    run.applied(2);
    assert_eq!(run.names(), ["started", "changed", "applied"]);
}

#[test]
fn files_that_do_not_feed_the_build_are_passed_over() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    project.write("log/today.txt", "the program writes this");
    project.write("notes.md", "and its author this");
    project.write("src/.lib.rs.swp", "and the editor this");
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    assert_eq!(run.names(), ["started", "changed", "applied"]);
}

//! How a run starts, and what is said where it can't.

#![cfg(unix)]

use liveswap_tests::{Finished, Project};

/// The run ends by itself with exit code 1, without an event, and says all of these.
fn assert_refuses(finished: &Finished, code: i32, says: &[&str]) {
    assert_eq!(finished.status.code(), Some(code), "{finished:#?}");
    for text in says {
        assert!(finished.stderr.contains(text), "{text:?} in\n{}", finished.stderr);
    }
    assert!(finished.events.is_empty(), "{finished:#?}");
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}

#[test]
fn one_of_two_libraries_is_chosen_by_name_path_or_place() {
    let project = Project::new("pair");
    let ways: [(&[&str], &str, &str); 3] = [
        (&["second"], "", "second with text1"),
        (&["./first"], "", "first with text1"),
        (&[], "second/src", "second with text1"),
    ];
    for (arguments, place, line) in ways {
        let mut run = project.run_as(arguments, |command| {
            command.current_dir(project.path(place));
        });
        run.started();
        run.line(line);
    }
}

#[test]
fn a_path_dependency_in_the_workspace_is_followed() {
    let project = Project::new("pair");
    let mut run = project.run_with(&["first"]);
    run.started();
    // The other library is none of its business.
    project.edit("second/src/lib.rs", "second with", "2nd with");
    project.edit("plain/src/lib.rs", "text1", "text2");
    run.applied(2);
    run.line("first with text2");
    assert_eq!(run.names(), ["started", "changed", "applied"]);
}

#[test]
fn a_wrong_command_line_is_told_with_what_may_be_meant() {
    let project = Project::new("pair");
    let rows: [(&[&str], i32, &[&str]); 5] = [
        (&[], 1, &["several hot libraries: first, second", "liveswap run first"]),
        (&["frist"], 1, &["no package `frist`", "did you mean `first`?", "hot libraries: first, second"]),
        (
            &["plain"],
            1,
            &["package `plain` is no hot library", "plain/Cargo.toml", "crate-type = [\"rlib\", \"cdylib\"]"],
        ),
        (&["--evnts", "x"], 2, &["--evnts", "--events"]),
        (&["first", "--poll=0"], 2, &["--poll", "0"]),
    ];
    for (arguments, code, says) in rows {
        assert_refuses(&project.run_with(arguments).finish(), code, says);
    }
}

#[test]
fn an_unknown_subcommand_is_told() {
    let project = Project::new("counter");
    let finished = project.command(&["rum"]).finish();
    assert_refuses(&finished, 2, &["rum", "run"]);
}

#[test]
fn an_unknown_key_of_the_configuration_is_an_error() {
    let project = Project::new("counter");
    let manifest = project.read("Cargo.toml") + "\n[package.metadata.liveswap]\nfetures = [\"x\"]\n";
    project.write("Cargo.toml", &manifest);
    assert_refuses(&project.run().finish(), 1, &["fetures", "did you mean `features`?", "Cargo.toml"]);
}

#[test]
fn a_project_that_is_none_is_told_with_what_to_write() {
    let project = Project::new("counter");
    let no_project = project.run_as(&[], |command| {
        command.current_dir(project.outside());
    });
    assert_refuses(&no_project.finish(), 1, &["no Cargo.toml in", "outside", "liveswap run PATH"]);

    project.edit("Cargo.toml", "crate-type = [\"rlib\", \"cdylib\"]\n", "");
    let says = ["counter", "crate-type = [\"rlib\", \"cdylib\"]", "Cargo.toml"];
    assert_refuses(&project.run().finish(), 1, &says);

    project.write("Cargo.toml", "[package\nname = \"counter\"\n");
    assert_refuses(&project.run().finish(), 1, &["Cargo.toml", "[package"]);
}

#[test]
fn a_missing_cargo_is_told() {
    let project = Project::new("counter");
    let run = project.run_as(&[], |command| {
        command.env("PATH", "/nonexistent");
    });
    assert_refuses(&run.finish(), 1, &["on the PATH", "rustup.rs"]);
}

#[test]
fn spaces_and_letters_of_all_kinds_are_fine_in_a_path() {
    let project = Project::named("counter", "mit Leerzeichen und Ümläuten 文");
    let mut run = project.run();
    run.started();
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
}

#[test]
fn a_library_that_does_not_compile_is_waited_for() {
    let project = Project::new("counter");
    project.edit("src/lib.rs", "self.count += 1;", "self.count += one;");
    let mut run = project.run();
    let failed = run.event("build_failed");
    assert_eq!(failed["generation"], 0, "{failed}");
    run.stderr_line("waiting for a fix; nothing runs yet");
    project.edit("src/lib.rs", "self.count += one;", "self.count += 1;");
    run.started();
    run.line("one 1 in 1");
}

#[test]
fn the_program_alone_does_what_run_does() {
    let project = Project::new("counter");
    let mut run = project.command(&[]);
    run.started();
    run.line("one 1 in 1");
}

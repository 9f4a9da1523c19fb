//! Images that are built and yet not taken: what is wrong is said, and the code in force runs on.

#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use liveswap_tests::{Project, Run};

/// The refused edit names all of these, and the first generation runs on.
fn assert_refused(run: &mut Run, stage: &str, says: &[&str]) {
    let reason = run.refused(stage);
    for text in says {
        assert!(reason.contains(text), "{text:?} in {reason}");
    }
    run.stderr_line(&format!("refused by {stage}"));
    run.line(" in 1");
}

#[test]
fn a_library_without_hot_lib_or_without_an_application_is_told_what_to_write() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let whole = "liveswap::hot_lib!(app = Counter);";
    project.edit("src/lib.rs", whole, "");
    assert_refused(&mut run, "open", &["liveswap_root_counter", "liveswap::hot_lib!();"]);
    project.write("src/lib.rs", &(project.read("src/lib.rs") + "liveswap::hot_lib!();\n"));
    assert_refused(&mut run, "verify", &["no application", "liveswap::hot_lib!(app = YourType);"]);
}

#[test]
fn a_panic_in_the_load_hook_refuses_the_image() {
    let project = Project::new("counter");
    project.edit(
        "src/lib.rs",
        "(app = Counter);",
        "(app = Counter, on_load = loaded);\n\nfn loaded() {\n    println!(\"loaded\");\n}",
    );
    let mut run = project.run();
    run.started();
    run.line("loaded");
    project.edit("src/lib.rs", "println!(\"loaded\");", "panic!(\"not today\");");
    assert_refused(&mut run, "verify", &["load hook panicked", "not today"]);
    project.edit("src/lib.rs", "panic!(\"not today\");", "println!(\"loaded again\");");
    run.line("loaded again");
    run.applied(2);
}

#[test]
fn a_symbol_that_nobody_has_is_named_by_the_loader() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    project.edit(
        "src/lib.rs",
        "const LABEL",
        "unsafe extern \"C\" {\n    safe fn nobody_has_this();\n}\n\nconst LABEL",
    );
    project.edit(
        "src/lib.rs",
        "self.count += 1;",
        "self.count += 1;\n        if self.count == 0 { nobody_has_this(); }",
    );
    assert_refused(&mut run, "open", &["nobody_has_this"]);
}

/// A linker before the system's, which spoils what that makes, as the file `spoil` says.
const LINKER: &str = r#"#!/bin/sh
PATH="${PATH#*:}"
cc "$@" || exit $?
case "$*" in *libcounter*) ;; *) exit 0 ;; esac
while [ "$1" != "-o" ]; do shift; done
case "$(cat "$OUTSIDE/spoil" 2>/dev/null)" in
    truncated) head -c 20000 "$2" > "$2.part" && mv "$2.part" "$2" ;;
    empty) : > "$2" ;;
    text) echo 'no library' > "$2" ;;
esac
"#;

#[test]
fn a_file_that_is_no_whole_library_is_not_loaded() {
    let project = Project::new("counter");
    let linkers = project.outside().join("bin");
    fs::create_dir(&linkers).unwrap();
    fs::write(linkers.join("cc"), LINKER).unwrap();
    fs::set_permissions(linkers.join("cc"), Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", linkers.display(), std::env::var("PATH").unwrap());
    let mut run = project.run_as(&[], |command| {
        command.env("PATH", path);
    });
    run.started();
    let spoil = project.outside().join("spoil");
    let mut label = "one";
    for how in ["truncated", "empty", "text"] {
        fs::write(&spoil, how).unwrap();
        project.edit("src/lib.rs", &format!("\"{label}\""), &format!("\"{how}\""));
        label = how;
        assert_refused(&mut run, "open", &["libcounter", "no whole library"]);
    }
    fs::remove_file(&spoil).unwrap();
    project.edit("src/lib.rs", "\"text\"", "\"whole\"");
    run.applied(2);
    run.line("whole ");
}

#[test]
fn a_profile_that_aborts_is_refused_with_the_fix() {
    let project = Project::new("counter");
    let whole = project.read("Cargo.toml");
    let mut run = project.run();
    run.started();
    project.write("Cargo.toml", &(whole.clone() + "\n[profile.dev]\npanic = \"abort\"\n"));
    assert_refused(
        &mut run,
        "verify",
        &["the library has abort, the host expects unwind", "remove `panic = \"abort\"`"],
    );
    project.write("Cargo.toml", &whole);
    run.skipped("same contents as the running generation");
}

#[test]
fn another_toolchain_is_refused_with_both_versions() {
    let rustup = Command::new("rustup").args(["toolchain", "list"]).output();
    let toolchains = rustup.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let here = Command::new("rustc").arg("-V").output().map(|output| output.stdout).unwrap_or_default();
    if !toolchains.lines().any(|line| line.starts_with("nightly-"))
        || String::from_utf8_lossy(&here).contains("nightly")
    {
        eprintln!("not run: it needs rustup, a nightly toolchain, and another one in force");
        return;
    }
    let project = Project::new("counter");
    // What is chosen by the environment would come before the project's own choice.
    let mut run = project.run_as(&[], |command| {
        command.env_remove("RUSTUP_TOOLCHAIN");
    });
    run.started();
    project.write("rust-toolchain.toml", "[toolchain]\nchannel = \"nightly\"\n");
    let says = ["rustc: the library has ", "nightly", "the host expects ", "the same toolchain"];
    assert_refused(&mut run, "verify", &says);
    fs::remove_file(project.path("rust-toolchain.toml")).unwrap();
    run.skipped("same contents as the running generation");
}

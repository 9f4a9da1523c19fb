//! Builds as users have them: wrappers and variables in cargo's configuration, links, ignored files, shared libraries.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use liveswap_tests::{Project, Run};

/// The tier of the next applied edit.
fn tier(run: &mut Run) -> String {
    run.event("applied")["tier"].as_str().expect("a tier").to_owned()
}

/// Has the tick's line say these expressions as well.
fn say(project: &Project, expressions: &str) {
    project.edit("src/lib.rs", "println!(\"{LABEL} {}", "println!(\"{LABEL}-{:?} {}");
    project.edit("src/lib.rs", "in {}\", self.count", &format!("in {{}}\", ({expressions}), self.count"));
}

#[test]
fn wrappers_and_variables_of_cargos_configuration_count_for_patches_too() {
    let project = Project::new("counter");
    let wrapper = |name: &str| {
        let path = project.outside().join(name);
        fs::write(&path, format!("#!/bin/sh\nexec \"$@\" --cfg={name}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let (outer, inner) = (wrapper("outer"), wrapper("inner"));
    let build = format!("[build]\nrustc-wrapper = {outer:?}\nrustc-workspace-wrapper = {inner:?}\n");
    project.write(".cargo/config.toml", &format!("{build}[env]\nWORD = \"some\"\n"));
    say(&project, "cfg!(outer), cfg!(inner), env!(\"WORD\")");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("one-(true, true, \"some\") ");
    project.edit("src/lib.rs", "self.count += 1", "self.count += 2");
    assert_eq!(tier(&mut run), "patch");
    run.line("one-(true, true, \"some\") ");
    // A build script is no part of the library's text; and each build of it is a swap.
    project.write("build.rs", "fn main() { println!(\"cargo::rerun-if-changed=build.rs\") }");
    run.event("applied");
    project.edit("build.rs", "fn main() {", "fn main() { println!(\"cargo::rustc-env=X=1\");");
    assert_eq!(run.event("applied")["reason"], "the build script changed");
    project.write(".cargo/config.toml", &format!("{build}[env]\nWORD = \"other\"\n"));
    run.event("applied");
    run.line("one-(true, true, \"other\") ");
}

#[test]
fn sources_behind_links_and_ignored_ones_are_current() {
    let project = Project::new("counter");
    let outside = |name: &str, text: &str| {
        let path = project.outside().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    // As a program does that replaces a configuration as a whole.
    let point = |link: &str, to: &std::path::Path| {
        let (link, beside) = (project.path(link), project.outside().join("link"));
        symlink(to, &beside).unwrap();
        fs::rename(beside, link).unwrap();
    };
    say(&project, "linked::f(), ignored::f(), include_str!(\"../conf/text.txt\")");
    project.edit("src/lib.rs", "const LABEL", "mod linked;\nmod ignored;\nconst LABEL");
    let (one, two) = (outside("one.rs", "pub fn f() -> u32 { 1 }\n"), outside("two.rs", "pub fn f() -> u32 { 2 }\n"));
    point("src/linked.rs", &one);
    project.write(".gitignore", "src/ignored.rs\n");
    project.write("src/ignored.rs", "pub fn f() -> u32 { 10 }\n");
    project.write("conf/..1/text.txt", "a");
    project.write("conf/..2/text.txt", "b");
    point("conf/..data", "..1".as_ref());
    point("conf/text.txt", "..data/text.txt".as_ref());
    // The sources' directory is a link, and the project is opened through one.
    fs::rename(project.path("src"), project.outside().join("src")).unwrap();
    point("src", &project.outside().join("src"));
    let opened = project.outside().join("opened");
    symlink(project.directory(), &opened).unwrap();
    let opened = opened.to_str().unwrap();
    let mut run = project.run_with(&["--patch", opened]);
    run.started();
    run.line("one-(1, 10, \"a\") ");
    let mut then = |what: &str, tier: &str, line: &str| {
        let event = run.event("applied");
        assert_eq!(event["tier"], tier, "{what}: {event}");
        run.line(line);
    };
    project.write("src/ignored.rs", "pub fn f() -> u32 { 11 }\n");
    then("an ignored file", "patch", "one-(1, 11, \"a\") ");
    outside("one.rs", "pub fn f() -> u32 { 3 }\n");
    then("a link's target", "patch", "one-(3, 11, \"a\") ");
    point("src/linked.rs", &two);
    then("a link to another file", "patch", "one-(2, 11, \"a\") ");
    point("conf/..data", "..2".as_ref());
    then("a link on the way", "swap", "one-(2, 11, \"b\") ");
    fs::create_dir(project.outside().join("other")).unwrap();
    for file in ["lib.rs", "ignored.rs", "linked.rs"] {
        fs::copy(project.path("src").join(file), project.outside().join("other").join(file)).unwrap();
    }
    outside("other/ignored.rs", "pub fn f() -> u32 { 12 }\n");
    point("src", &project.outside().join("other"));
    then("the link of the directory", "patch", "one-(2, 12, \"b\") ");
    outside("other/ignored.rs", "pub fn f() -> u32 { 13 }\n");
    then("a file in the new directory", "patch", "one-(2, 13, \"b\") ");
}

/// A project with a shared library of its own.
fn with_shared_library() -> Project {
    let project = Project::new("counter");
    project.edit("Cargo.toml", "[workspace]", "shared = { path = \"shared\" }\n\n[workspace]\nmembers = [\"shared\"]");
    let manifest = "[package]\nname = \"shared\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"dylib\"]\n";
    project.write("shared/Cargo.toml", manifest);
    project.write("shared/src/lib.rs", "pub fn f() -> u32 { 1 }\n");
    say(&project, "shared::f()");
    project
}

#[test]
fn a_shared_library_of_the_workspace_is_never_an_old_one() {
    for patch in ["--patch", "--patch=off"] {
        let project = with_shared_library();
        let mut run = project.run_with(&[patch]);
        run.started();
        run.line("one-1 ");
        project.edit("shared/src/lib.rs", "{ 1 }", "{ 2 }");
        run.event("applied");
        run.line("one-2 ");
    }
}

#[test]
fn only_what_cargo_reads_disturbs_the_first_build() {
    let project = Project::new("counter");
    project.slow_build();
    project.edit("build.rs", "from_secs(600)", "from_secs(5)");
    project.write("pause.txt", "long");
    say(&project, "include_str!(\"../text.txt\")");
    project.write("text.txt", "a");
    let mut run = project.run();
    run.event("building");
    // A program's log, and a text that the build may have read before.
    project.write("app.log", "line");
    project.write("text.txt", "b");
    run.started();
    run.line("one-\"b\" ");
    let of_log = |event: &serde_json::Value| event.to_string().contains("app.log");
    assert!(!run.events().iter().any(of_log), "{:?}", run.names());

    // What is wrong in the configuration is reported, and what it said before stays in force.
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{manifest}\n[package.metadata.liveswap]\npoll_ms = 1\n"));
    let warning = run.event_where("warning", |event| event["message"].as_str().unwrap().contains("poll_ms"));
    assert!(warning["message"].as_str().unwrap().contains("did you mean `poll-ms`?"), "{warning}");
    project.write("Cargo.toml", &format!("{manifest}\n[package.metadata.liveswap]\npoll-ms = 100\n"));
    run.event_where("warning", |event| event["message"] == "`metadata.liveswap`: `poll-ms` counts from the next start");
    // What only the configuration names is read by the next build: here by the build script.
    project.write("data/a.sql", "1");
    let script = "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    println!(\"cargo::rustc-env=SQL={}\", \
                  std::fs::read_to_string(\"data/a.sql\").unwrap());\n}\n";
    project.write("build.rs", script);
    project.write("Cargo.toml", &format!("{manifest}\n[package.metadata.liveswap]\nwatch = [\"data/*.sql\"]\n"));
    project.edit("src/lib.rs", "include_str!(\"../text.txt\")", "env!(\"SQL\")");
    run.line("one-\"1\" ");
    project.write("data/a.sql", "2");
    run.line("one-\"2\" ");
}

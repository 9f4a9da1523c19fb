//! An edited function body is patched into the running program: only it is compiled.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run};
use serde_json::Value;

/// The next applied edit, which must be a patch.
fn patched(run: &mut Run) -> Value {
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
    event
}

fn functions(event: &Value) -> Vec<&str> {
    event["functions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_kind_of_function_is_patched() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("free 11 method 3 trait 9 drop 20 async 32 hot 43 const 4m pattern 56 nested 51 macro 61 never never-70");
    // File, text, other text, the functions, and what is said then.
    let edits: [(&str, &str, &str, &[&str], &str); 15] = [
        ("lib", "x + 10", "x + 11", &["free"], "free 12 "),
        ("shapes", "self.side\n    }", "self.side + 1\n    }", &["shapes::Square::side"], "method 4 "),
        ("shapes", "side * side", "side * 2", &["shapes::Area for Square::area"], "trait 6 "),
        ("lib", "self.0.set(20)", "self.0.set(21)", &["Drop for Dropped<'_>::drop"], "drop 21 "),
        ("lib", "x + 30", "{ std::future::ready(()).await; x + 31 }", &["later"], "async 33 "),
        ("lib", "x + 40", "x + 41", &["marked"], "hot 44 "),
        ("lib", r#"UNIT: &str = "m""#, r#"UNIT: &str = "km""#, &["measure"], "const 4km "),
        ("lib", "a * 10 + b", "a * 20 + b", &["pattern"], "pattern 106 "),
        ("lib", "BASE + super::private()", "BASE * 2 + super::private()", &["inner::deep::nested"], "nested 101 "),
        ("lib", "sum!(60, 1)", "sum!(60, 1, 1)", &["with_macro"], "macro 62 "),
        ("lib", "never 70", "never 71", &["never"], "never never-71 "),
        // What has no slot is copied.
        ("lib", "x.into() + 80", "x.into() + 81", &["with_generic"], "generic 82 "),
        ("held", "self.inner.into()", "self.inner.into() + 1", &["with_held"], "held 92 "),
        ("lib", "x + 90", "x + 91", &["with_constant"], "made 92 "),
        ("lib", "[100, 1]", "[100, 2]", &["sum"], "sum 102 "),
    ];
    for (file, from, to, expected, said) in edits {
        let file = format!("src/{file}.rs");
        project.edit(&file, from, to);
        let event = patched(&mut run);
        assert_eq!(functions(&event), expected, "{event}");
        assert_eq!(event["reason"], "1 body changed");
        run.line(said);
        project.edit(&file, to, from);
        let event = patched(&mut run);
        assert_eq!(functions(&event), [""; 0], "the base is in force again: {event}");
    }
    // Nothing of the program began anew.
    let last = run
        .line("free 11 method 3 trait 9 drop 20 async 32 hot 43 const 4m pattern 56 nested 51 macro 61 never never-70");
    let number = |name: &str| -> u64 {
        let rest = last.split(&format!(" {name} ")).nth(1).and_then(|rest| rest.split(' ').next());
        rest.and_then(|number| number.parse().ok()).expect("a number")
    };
    assert!(number("calls") > 22, "{last}");
    assert_eq!(number("calls"), number("here"), "statics and thread-locals kept their values");
}

#[test]
fn patches_add_up_until_the_next_base() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "x + 10", "x + 11");
    assert_eq!(functions(&patched(&mut run)), ["free"]);
    project.edit("src/lib.rs", "x + 40", "x + 41");
    assert_eq!(functions(&patched(&mut run)), ["free", "marked"]);
    run.line("free 12 method 3 trait 9 drop 20 async 32 hot 44 ");
    // New functions and `use` lines come along.
    project.edit("src/lib.rs", "fn measure(x: u32) -> String {\n    format!(\"{x}{UNIT}\")", "use std::fmt::Write as _;\n\nfn twice(x: u32) -> u32 {\n    x * 2\n}\n\nfn measure(x: u32) -> String {\n    let mut text = String::new();\n    let _ = write!(text, \"{}{UNIT}\", twice(x));\n    text");
    assert_eq!(functions(&patched(&mut run)), ["free", "marked", "measure"]);
    run.line("const 8m ");
    // A swap takes them all over.
    project.edit("src/shapes.rs", "    side: u32,\n", "    side: u32,\n    _name: &'static str,\n");
    project.edit("src/shapes.rs", "Self { side }", "Self { side, _name: \"\" }");
    let event = run.event_where("applied", |event| event["tier"] == "swap");
    assert!(event["reason"].as_str().is_some_and(|reason| reason.contains("`struct Square` changed")), "{event}");
    run.line("free 12 method 3 trait 9 drop 20 async 32 hot 44 const 8m ");
    project.edit("src/lib.rs", "a * 10 + b", "a * 20 + b");
    assert_eq!(functions(&patched(&mut run)), ["pattern"]);
    run.line("pattern 106 ");
}

#[test]
fn cargo_builds_what_was_patched_while_nobody_waits() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let artifact = project.path("target/liveswap/patches/debug/libpatches.so");
    // While it is linked anew it may not be there.
    let built = || artifact.metadata().and_then(|data| data.modified()).ok();
    let before = built();
    project.edit("src/lib.rs", "x + 10", "x + 11");
    patched(&mut run);
    liveswap_tests::until("a newer library", || built().is_some() && built() > before);
    run.line("free 12 ");
    let finished = run.stop();
    assert_eq!(finished.names(), ["started", "changed", "applied", "stopped"], "nothing is said of it");
}

#[test]
fn functions_of_one_save_come_together() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    for (from, to) in [("one", "two"), ("two", "three"), ("three", "one")] {
        let text = project.read("src/lib.rs").replace(&format!("\"{from}\""), &format!("\"{to}\""));
        project.write("src/lib.rs", &text);
        patched(&mut run);
        run.line(&format!("pair {to} "));
    }
    assert!(!run.stop().stdout.contains("torn"));
}

#[test]
fn what_cannot_be_patched_is_swapped_and_says_why() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let edits = [
        ("\"default\"", "\"other\"", "`Named::name` is a default method of a trait"),
        ("fn free(x: u32)", "fn free(mut x: u32)", "the signature of `free` changed"),
        ("thread_local! {", "thread_local! {\n    static MORE: u8 = const { 1 };", "`static MORE` added"),
    ];
    for (from, to, reason) in edits {
        project.edit("src/lib.rs", from, to);
        let event = run.event("applied");
        assert_eq!((&event["tier"], &event["reason"]), (&"swap".into(), &reason.into()), "{event}");
    }
}

#[test]
fn an_error_is_told_once_as_the_users_own() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "x + 10", "x + \"ten\"");
    let event = run.event("build_failed");
    let errors = event["diagnostics"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{event}");
    assert_eq!(errors[0]["file"], "src/lib.rs");
    let line = project.read("src/lib.rs").lines().position(|line| line.contains("\"ten\"")).unwrap() + 1;
    assert_eq!(errors[0]["line"], line);
    assert!(errors[0]["rendered"].as_str().unwrap().contains("x + \"ten\""));
    project.edit("src/lib.rs", "x + \"ten\"", "x + 12");
    patched(&mut run);
    run.line("free 13 ");
}

#[test]
fn a_panic_in_patched_code_names_the_users_line() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "    x + 40", "    assert!(x > 100, \"too small\");\n    x + 40");
    patched(&mut run);
    let fault = run.event("fault");
    let line = project.read("src/lib.rs").lines().position(|line| line.contains("too small")).unwrap() + 1;
    assert_eq!((&fault["message"], &fault["line"]), (&"too small".into(), &line.into()), "{fault}");
    assert_eq!(fault["generation"], 2, "that of the patch, not of its base: {fault}");
    assert!(fault["file"].as_str().is_some_and(|file| file.ends_with("src/lib.rs")), "{fault}");
}

#[test]
fn a_library_whose_shadow_does_not_compile_is_swapped() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    // A macro of that name is taken for the well-known one, but takes nothing but this text.
    let strict = "{\nfn only() -> u64 {\n    1\n}\n}";
    let macros = format!(
        "macro_rules! cfg_if {{ (if #[cfg(all())] {strict}) => {{ pub fn only() -> u64 {{ 1 }} }}; }}\n\
         cfg_if! {{ if #[cfg(all())] {strict} }}\n\n/// Marked"
    );
    project.edit("src/lib.rs", "/// Marked", &macros);
    let warning = run.event("warning");
    let message = warning["message"].as_str().unwrap();
    assert!(
        message.starts_with("edits are swapped, not patched: `patches` can't be built for patches: no rules expected"),
        "{message}"
    );
    assert_eq!(run.event("applied")["tier"], "swap");
    // The base before is not in force any more: a patch of it would have no effect.
    project.edit("src/lib.rs", "x + 10", "x + 11");
    assert_eq!(run.event("applied")["tier"], "swap");
    run.line("free 12 ");
    // A library that can be a base again is patched again.
    project.edit("src/lib.rs", &macros, "/// Marked");
    assert_eq!(run.event("applied")["tier"], "swap");
    project.edit("src/lib.rs", "x + 11", "x + 12");
    patched(&mut run);
    run.line("free 13 ");
}

#[test]
fn a_future_that_threads_could_not_share_any_more_is_swapped() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let held = "let held = std::rc::Rc::new(x);\n    std::future::ready(()).await;\n    *held + 33";
    project.edit("src/lib.rs", "std::future::ready(()).await;\n    x + 30", held);
    let event = run.event("applied");
    assert_eq!(event["tier"], "swap", "{event}");
    let reason = event["reason"].as_str().unwrap();
    assert!(reason.ends_with("the future of `later` was `Send`, and is not any more"), "{reason}");
    run.line("async 35 ");
}

#[test]
fn files_of_other_systems_are_patched_too() {
    let project = Project::new("patches");
    let text = project.read("src/lib.rs").replacen("\n\n", "\n\n#![deny(warnings)]\n", 1);
    let text = text.replace("free(1)", "größe(1)").replace("fn free(", "fn größe(").replace('\n', "\r\n");
    project.write("src/lib.rs", &format!("\u{feff}{text}"));
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "x + 10", "x + 11");
    assert_eq!(functions(&patched(&mut run)), ["größe"]);
    run.line("free 12 ");
}

/// Many patches in one run; `LIVESWAP_PATCHES=1000 cargo test -p liveswap-tests --test patch many -- --nocapture` is the
/// long form.
#[test]
fn many_patches_follow_each_other() {
    let count: u64 = std::env::var("LIVESWAP_PATCHES").map_or(10, |count| count.parse().expect("a number"));
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    let before = run.started()["images"]["bytes"].as_u64().unwrap();
    let mut last = 10;
    let mut after = before;
    // Other functions add small numbers.
    for value in 1001..1001 + count {
        project.edit("src/lib.rs", &format!("x + {last}\n"), &format!("x + {value}\n"));
        last = value;
        after = patched(&mut run)["images"]["bytes"].as_u64().unwrap();
        run.line(&format!("free {} ", value + 1));
    }
    println!("{count} patches, {} bytes of memory each", (after - before) / count);
    let last = run.line("free ");
    let number =
        |name: &str| last.split(&format!(" {name} ")).nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    assert_eq!(number("calls"), number("here"), "statics and thread-locals kept their values: {last}");
}

/// What a build script gives to the compiler is there for a patch as well.
#[test]
fn a_patch_has_the_variables_of_its_build() {
    let project = Project::new("patches");
    project.write("build.rs", "fn main() {\n    println!(\"cargo::rustc-env=TEN=ten\");\n}\n");
    project.edit("src/lib.rs", "format!(\"{x}{UNIT}\")", "format!(\"{x}{UNIT}-{:?}\", option_env!(\"TEN\"))");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("const 4m-Some(\"ten\") ");
    project.edit("src/lib.rs", "{UNIT}-", "{UNIT}+");
    patched(&mut run);
    run.line("const 4m+Some(\"ten\") ");
}

#[test]
fn two_hosts_patch_one_project() {
    let project = Project::new("patches");
    project.warm_for_a_second_host();
    let mut first = project.run_with(&["--patch"]);
    first.started();
    let mut second = project.run_with(&["--patch"]);
    let warning = second.event("warning");
    assert!(warning["message"].as_str().is_some_and(|text| text.contains("another host works on")), "{warning}");
    second.started();
    for (from, to) in [("x + 10", "x + 11"), ("x + 11", "x + 12"), ("x + 40", "x + 41")] {
        project.edit("src/lib.rs", from, to);
        for run in [&mut first, &mut second] {
            patched(run);
        }
    }
    first.line("free 13 method 3 trait 9 drop 20 async 32 hot 44 ");
    second.line("free 13 method 3 trait 9 drop 20 async 32 hot 44 ");
}

#[test]
fn where_patching_does_not_work_edits_are_swapped() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new("patches");
    let linker = project.outside().join("cc");
    let path = std::env::var_os("PATH").expect("a path");
    let real = std::env::split_paths(&path).map(|place| place.join("cc")).find(|place| place.is_file());
    let real = real.expect("a linker");
    let script = "case \"$*\" in *libliveswap_base.so*) echo no such libraries >&2; exit 1;; esac";
    std::fs::write(&linker, format!("#!/bin/sh\n{script}\nexec {} \"$@\"\n", real.display())).unwrap();
    std::fs::set_permissions(&linker, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut run = project.run_as(&["--patch"], |command| {
        let path = [project.outside().to_owned()].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(path).unwrap());
    });
    let warning = run.event("warning");
    let message = warning["message"].as_str().unwrap();
    assert!(message.starts_with("edits are swapped, not patched: the base of the self-test failed"), "{message}");
    assert!(message.contains("no such libraries"), "{message}");
    project.edit("src/lib.rs", "x + 10", "x + 11");
    run.applied(2);
    run.line("free 12 ");
}

/// Inlined into their callers, as functions with constant results are, they would go on as they were; the slots show
/// that there is something to look at.
#[test]
fn optimised_code_is_patched_too() {
    let project = Project::new("patches");
    let manifest = project.read("Cargo.toml");
    let profiles = "\n[profile.dev]\nopt-level = 3\n\n[profile.dev.package.\"*\"]\nopt-level = 0\n";
    project.write("Cargo.toml", &(manifest + profiles));
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("free 11 method 3 trait 9 drop 20 async 32 hot 43 const 4m pattern 56 nested 51 macro 61 never never-70");
    for (file, from, to, said) in [
        ("lib", "x + 10", "x + 11", "free 12 "),
        ("shapes", "self.side\n    }", "self.side + 1\n    }", "method 4 "),
        // By the side of before, which is 4 now.
        ("shapes", "side * side", "side * 2", "trait 8 "),
        ("lib", "self.0.set(20)", "self.0.set(21)", "drop 21 "),
        ("lib", "x + 30", "x + 31", "async 33 "),
        ("lib", "a * 10 + b", "a * 20 + b", "pattern 106 "),
        ("lib", "BASE + super::private()", "BASE * 2 + super::private()", "nested 101 "),
        ("lib", "never 70", "never 71", "never never-71 "),
        ("lib", "x + 90", "x + 91", "made 92 "),
    ] {
        project.edit(&format!("src/{file}.rs"), from, to);
        patched(&mut run);
        run.line(said);
    }
}

//! An edited function body in a crate that the library uses is patched as one of the library's own is.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run};
use serde_json::Value;

/// A library that was started, patched where that is possible.
fn start() -> (Project, Run) {
    let project = Project::new("patch-workspace");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("step 11 private 105 own 22 limit 31 below 60 largest 3 held 44 factor 50 word word built word pair one ");
    (project, run)
}

/// The functions of the next applied edit, which must be a patch.
fn patched(run: &mut Run) -> Vec<String> {
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
    event["functions"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The number behind a name in a tick's line.
fn number(line: &str, name: &str) -> u64 {
    let rest = line.split(&format!(" {name} ")).nth(1).and_then(|rest| rest.split(' ').next());
    rest.and_then(|number| number.parse().ok()).expect("a number")
}

/// The line of a file's text, from 1.
fn line_of(project: &Project, file: &str, text: &str) -> usize {
    project.read(file).lines().position(|line| line.contains(text)).expect("a line with the text") + 1
}

#[test]
fn what_changes_in_a_dependency_is_patched_in_all_crates_that_use_it() {
    let (project, mut run) = start();
    // File, text, other text, the functions, and what is said then.
    let edits: [(&str, &str, &str, &[&str], &str); 9] = [
        ("physics/src/lib.rs", "x + 10", "x + 11", &["physics::step"], "step 12 "),
        ("units/src/lib.rs", "HERE.get() + 1", "1 + HERE.get()", &["units::count"], "step 11 "),
        ("physics/src/inner.rs", "FIRST + x", "FIRST * 2 + x", &["physics::inner::speed"], "private 205 "),
        ("physics/src/inner.rs", "= 100", "= 110", &["physics::inner::speed"], "private 115 "),
        ("game/src/lib.rs", "x + 20", "x + 21", &["own"], "own 23 "),
        // A constant is in the code of all that use it.
        ("units/src/lib.rs", "u32 = 30", "u32 = 33", &["physics::below", "limit"], "limit 34 below 66 "),
        // They have it by the way of another crate, and another name.
        ("units/src/scale.rs", "u32 = 5", "u32 = 6", &["factor"], "factor 60 "),
        // What is generic is compiled where it is used.
        ("units/src/lib.rs", ".max()", ".min()", &["of_three"], "largest 1 "),
        ("units/src/lib.rs", "self.0.into() + 40", "self.0.into() + 41", &["held"], "held 45 "),
    ];
    for (file, from, to, expected, said) in edits {
        project.edit(file, from, to);
        assert_eq!(patched(&mut run), expected, "{file}: {to}");
        run.line(said);
        project.edit(file, to, from);
        assert_eq!(patched(&mut run), [""; 0], "the base is in force again");
    }
    let last = run.line(
        "step 11 private 105 own 22 limit 31 below 60 largest 3 held 44 factor 50 word word built word pair one ",
    );
    assert!(number(&last, "calls") > 16, "{last}");
    assert_eq!(number(&last, "calls"), number(&last, "here"), "statics and thread-locals kept their values");
}

#[test]
fn crates_that_change_in_one_save_change_together() {
    let (project, mut run) = start();
    let save = |from: &str, to: &str| {
        for file in ["units/src/lib.rs", "physics/src/lib.rs"] {
            project.write(file, &project.read(file).replace(from, to));
        }
    };
    // Two files may be two edits; the second of them has both.
    save("\"one\"", "\"two\"");
    let both = |event: &Value| event["functions"] == serde_json::json!(["units::version", "physics::version"]);
    let event = run.event_where("applied", both);
    assert_eq!(event["tier"], "patch", "{event}");
    run.line("pair two ");
    // Patches add up, over the crates.
    project.edit("game/src/lib.rs", "x + 20", "x + 22");
    assert_eq!(patched(&mut run), ["units::version", "physics::version", "own"]);
    run.line("own 24 ");
    run.line("pair two ");
    // A swap takes them all over, and what it has built is patched from then on.
    project.edit("game/src/lib.rs", "ticks: u64,", "ticks: u64,\n    more: u8,");
    project.edit("game/src/lib.rs", "ticks: 0", "ticks: 0, more: 0");
    run.event_where("applied", |event| event["tier"] == "swap");
    run.line("pair two ");
    project.edit("physics/src/lib.rs", "x + 10", "x + 12");
    assert_eq!(patched(&mut run), ["physics::step"]);
    run.line("step 13 ");
}

/// cargo builds what was patched in the background; the base is another one than that from then on.
#[test]
fn a_base_outlives_the_libraries_that_it_was_linked_from() {
    let (project, mut run) = start();
    let library = || {
        let built = std::fs::read_dir(project.path("target/liveswap/game/debug/deps")).expect("cargo's directory");
        let built = built.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("libphysics"));
        built.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max()
    };
    let before = library();
    project.edit("physics/src/lib.rs", "x + 10", "x + 11");
    assert_eq!(patched(&mut run), ["physics::step"]);
    liveswap_tests::until("a newer library", || library() > before);
    project.edit("physics/src/inner.rs", "= 100", "= 101");
    assert_eq!(patched(&mut run), ["physics::step", "physics::inner::speed"]);
    run.line("step 12 private 106 ");
    project.edit("game/src/lib.rs", "x + 20", "x + 21");
    assert_eq!(patched(&mut run), ["physics::step", "physics::inner::speed", "own"]);
    run.line("step 12 private 106 own 23 ");
}

#[test]
fn errors_and_panics_name_the_lines_of_the_dependency() {
    let (project, mut run) = start();
    project.edit("physics/src/lib.rs", "x + 10", "x + \"ten\"");
    let event = run.event("build_failed");
    let errors = event["diagnostics"].as_array().expect("errors");
    assert_eq!(errors.len(), 1, "{event}");
    assert_eq!(errors[0]["file"], "physics/src/lib.rs");
    assert_eq!(errors[0]["line"], line_of(&project, "physics/src/lib.rs", "\"ten\""));
    project.edit("physics/src/lib.rs", "    x + \"ten\"", "    assert!(x > 100, \"too small\");\n    x + 10");
    assert_eq!(patched(&mut run), ["physics::step"]);
    let fault = run.event("fault");
    let line = line_of(&project, "physics/src/lib.rs", "too small");
    assert_eq!((&fault["message"], &fault["line"]), (&"too small".into(), &line.into()), "{fault}");
    assert!(fault["file"].as_str().is_some_and(|file| file.ends_with("physics/src/lib.rs")), "{fault}");
}

#[test]
fn a_dependency_that_builds_run_is_swapped() {
    let (project, mut run) = start();
    project.edit("texts/src/lib.rs", "\"word\"", "\"other\"");
    let event = run.event("applied");
    let reason = "texts/src/lib.rs belongs to `texts`, which is used by a macro or a build script, too";
    assert_eq!((&event["tier"], &event["reason"]), (&"swap".into(), &reason.into()), "{event}");
    run.line("word other built other ");
    project.edit("physics/src/lib.rs", "x + 10", "x + 11");
    assert_eq!(patched(&mut run), ["physics::step"]);
}

#[test]
fn a_dependency_whose_shadow_does_not_compile_is_swapped_alone() {
    let (project, mut run) = start();
    // A macro of that name is taken for the well-known one, but takes nothing but this text.
    let strict = "{ fn only() -> u64 { 1 } }";
    let strict = format!(
        "macro_rules! cfg_if {{ (if #[cfg(all())] {strict}) => {{ pub fn only() -> u64 {{ 1 }} }}; }}\n\
         cfg_if! {{ if #[cfg(all())] {strict} }}\n"
    );
    let text = project.read("units/src/lib.rs");
    project.write("units/src/lib.rs", &format!("{text}{strict}"));
    assert_eq!(run.event("applied")["tier"], "swap");
    project.edit("units/src/lib.rs", "u64 {\n        self.0.into() + 40", "u64 {\n        self.0.into() + 41");
    let event = run.event("applied");
    assert_eq!(event["tier"], "swap", "{event}");
    let reason = event["reason"].as_str().expect("a reason");
    assert!(reason.contains("belongs to `units`, which can't be built for patches: no rules expected"), "{reason}");
    run.line("held 45 ");
    // The crates above it are patched as ever, as long as nothing in it means something else.
    project.edit("physics/src/lib.rs", "x + 10", "x + 11");
    assert_eq!(patched(&mut run), ["physics::step"]);
    project.edit("game/src/lib.rs", "x + 20", "x + 21");
    assert_eq!(patched(&mut run), ["physics::step", "own"]);
    run.line("step 12 ");
}

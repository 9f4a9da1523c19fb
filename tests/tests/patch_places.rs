//! Panics around patches: each is told with the line that the user's file has now, whoever's code it is in.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run, Value};

fn patched(run: &mut Run) {
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
}

/// The line of the library's file on which the text stands.
fn line_of(project: &Project, text: &str) -> usize {
    project.read("src/lib.rs").lines().position(|line| line.contains(text)).expect("the text") + 1
}

/// Adds a thread that asks for panics by their names in a file, and functions that panic.
fn with_panics(project: &Project) {
    let init = "std::thread::spawn(|| loop {\n            asked();\n            \
                std::thread::sleep(std::time::Duration::from_millis(5));\n        });\n        Counter { count: 0 }";
    project.edit("src/lib.rs", "Counter { count: 0 }", init);
    let functions = "fn asked() {\n    let place = std::env::var_os(\"OUTSIDE\").unwrap();\n    \
                     let file = std::path::Path::new(&place).join(\"ask\");\n    \
                     let Ok(name) = std::fs::read_to_string(&file) else { return };\n    \
                     let _ = std::fs::remove_file(&file);\n    \
                     let _ = std::panic::catch_unwind(|| by_name(&name));\n}\n\n\
                     fn by_name(name: &str) {\n    match name {\n        \"above\" => above(),\n        \
                     \"generic\" => in_generic(1u8),\n        _ => below(1),\n    }\n}\n\n\
                     fn above() {\n    // Will change.\n    panic!(\"panic above\");\n}\n\n\
                     fn in_generic<T: Into<u64>>(x: T) {\n    let x = x.into();\n    \
                     assert!(x > 1, \"panic generic\");\n}\n\n\
                     fn below(x: u64) {\n    assert!(x > 1, \"panic below\");\n}\n\nliveswap::hot_lib!";
    project.edit("src/lib.rs", "liveswap::hot_lib!", functions);
}

/// Asks for a panic, some times; the last one's fault must name the line on which its text stands now.
fn ask_times(project: &Project, run: &mut Run, name: &str, times: usize) -> Value {
    for _ in 0..times {
        let (beside, file) = (project.outside().join("asked-for"), project.outside().join("ask"));
        std::fs::write(&beside, name).unwrap();
        std::fs::rename(beside, &file).unwrap();
        liveswap_tests::until("the library's look", || !file.exists());
    }
    let fault = run.event_where("fault", |fault| fault["message"] == format!("panic {name}"));
    assert!(fault["backtrace"].is_string(), "whatever is told has its frames: {fault}");
    assert_eq!(fault["line"], line_of(project, &format!("\"panic {name}\"")), "{fault}");
    fault
}

fn ask(project: &Project, run: &mut Run, name: &str) -> Value {
    ask_times(project, run, name, 1)
}

#[test]
fn panics_name_the_lines_of_now() {
    let project = Project::new("counter");
    with_panics(&project);
    let mut run = project.run_with(&["--patch"]);
    run.started();
    for name in ["above", "below", "generic"] {
        ask(&project, &mut run, name);
    }
    // A patch moves code that it does not replace.
    project.edit("src/lib.rs", "    // Will change.\n", "    let moves = 3;\n\n\n    assert_eq!(moves, 3);\n\n");
    patched(&mut run);
    let fault = ask(&project, &mut run, "above");
    let backtrace = fault["backtrace"].as_str().unwrap();
    let place = format!("src/lib.rs:{}:", line_of(&project, "panic above"));
    let first = backtrace.lines().next().unwrap();
    assert!(first.contains("above") && first.contains(&place), "{place} in {backtrace}");
    ask(&project, &mut run, "below");
    ask(&project, &mut run, "generic");
    // Another one compiles the base's generic function into the patch.
    project.edit("src/lib.rs", "fn by_name(name: &str) {\n", "fn by_name(name: &str) {\n    let _ = name.len();\n\n");
    patched(&mut run);
    for name in ["above", "below", "generic"] {
        ask(&project, &mut run, name);
    }
    // Comments move the code of the base and that of the patch.
    project.edit("src/lib.rs", "fn asked()", "// One.\n// Two.\nfn asked()");
    run.skipped("only comments");
    project.edit("src/lib.rs", "fn below(x: u64) {\n", "fn below(x: u64) {\n    // Three.\n");
    run.skipped("only comments");
    for name in ["above", "below", "generic"] {
        // Of panics of one place in one generation the tenth is told next.
        ask_times(&project, &mut run, name, 9);
    }
    // Back to the base's own code.
    project.edit("src/lib.rs", "    let moves = 3;\n\n\n    assert_eq!(moves, 3);\n\n", "");
    patched(&mut run);
    for name in ["above", "below", "generic"] {
        ask(&project, &mut run, name);
    }
}

#[test]
fn a_panic_that_an_edit_has_not_mended_is_told_again() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "    x + 40", "    assert!(x > 100, \"too small\"); x + 40");
    patched(&mut run);
    let told = |run: &mut Run| run.event_where("fault", |fault| fault["message"] == "too small");
    told(&mut run);
    project.edit("src/lib.rs", "x > 100", "x > 200");
    patched(&mut run);
    told(&mut run);
    project.edit("src/lib.rs", "x > 200", "x < 200");
    patched(&mut run);
    run.line("hot 43 ");
}

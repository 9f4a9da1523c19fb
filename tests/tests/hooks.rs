//! The hooks of a library: run when they are said to, and told where they panic or do not come back.

#![cfg(unix)]

use liveswap_tests::{Project, Run};

/// Gives the library a load hook, and a retire hook with this body; both tell of themselves.
fn with_hooks(project: &Project, on_retire: &str) {
    let hooks = format!(
        "(app = Counter, on_load = loaded, on_retire = retired);\n\n\
         fn loaded() {{\n    println!(\"loaded {{LABEL}}\");\n}}\n\n\
         fn retired() {{\n    println!(\"retired {{LABEL}}\");\n    {on_retire}\n}}"
    );
    project.edit("src/lib.rs", "(app = Counter);", &hooks);
}

fn next_version(project: &Project, run: &mut Run, from: &str, to: &str) {
    project.edit("src/lib.rs", &format!("LABEL: &str = \"{from}\""), &format!("LABEL: &str = \"{to}\""));
    run.event("applied");
}

#[test]
fn threads_of_a_library_end_with_its_code() {
    let project = Project::new("counter");
    let stop = "STOP.store(true, std::sync::atomic::Ordering::SeqCst);\n    \
                THREAD.lock().unwrap().take().unwrap().join().unwrap();\n    println!(\"joined {LABEL}\");";
    with_hooks(&project, stop);
    let start = "fn loaded() {\n    let work = || while !STOP.load(std::sync::atomic::Ordering::SeqCst) {\n        \
                 std::thread::sleep(std::time::Duration::from_millis(1));\n    };\n    \
                 *THREAD.lock().unwrap() = Some(std::thread::spawn(work));\n";
    project.edit("src/lib.rs", "fn loaded() {\n", start);
    let statics = "static STOP: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);\n\
                   static THREAD: std::sync::Mutex<Option<std::thread::JoinHandle<()>>> = std::sync::Mutex::new(None);\n\n\
                   fn loaded() {\n";
    project.edit("src/lib.rs", "fn loaded() {\n", statics);
    let mut run = project.run();
    run.line("loaded one");
    run.started();
    for (from, to) in [("one", "two"), ("two", "three")] {
        next_version(&project, &mut run, from, to);
        run.line(&format!("joined {from}"));
    }
    let finished = run.stop();
    for label in ["one", "two", "three"] {
        let times = |what: &str| finished.stdout.matches(&format!("{what} {label}\n")).count();
        assert_eq!((times("loaded"), times("joined")), (1, usize::from(label != "three")), "{label}");
    }
}

#[test]
fn a_patch_retires_nothing() {
    let project = Project::new("counter");
    with_hooks(&project, "");
    let mut run = project.run_with(&["--patch=on"]);
    run.started();
    project.edit("src/lib.rs", "self.count += 1;", "self.count += 2;");
    assert_eq!(run.event("applied")["tier"], "patch");
    run.line(" in 2");
    assert!(!run.stop().stdout.contains("retired"));
}

#[test]
fn an_image_that_comes_back_is_loaded_again() {
    let project = Project::new("counter");
    with_hooks(&project, "");
    let mut run = project.run();
    run.started();
    run.line("one 2 in 1");
    project.edit("src/lib.rs", "self.count += 1;", "self.count += 1;\n        assert!(self.count == 0);");
    next_version(&project, &mut run, "one", "two");
    run.event("rolled_back");
    run.line(" in 3");
    // Their threads may still be at it.
    liveswap_tests::until("both to be retired", || {
        let out = run.stdout();
        ["loaded one\n", "retired one\n", "retired two\n"].map(|line| out.matches(line).count()) == [2, 1, 1]
    });
}

#[test]
fn a_retire_hook_that_panics_is_told() {
    let project = Project::new("counter");
    with_hooks(&project, "panic!(\"not yet\");");
    let mut run = project.run();
    run.started();
    next_version(&project, &mut run, "one", "two");
    let fault = run.event("fault");
    assert_eq!((&fault["message"], &fault["generation"]), (&"not yet".into(), &1.into()), "{fault}");
    let warning = run.event("warning");
    assert!(warning["message"].as_str().unwrap().contains("the retire hook of generation 1 panicked"), "{warning}");
    run.line("two ");
}

#[test]
fn hooks_that_do_not_come_back_keep_nobody() {
    let hang = "loop { std::thread::sleep(std::time::Duration::from_millis(100)); }";
    let project = Project::new("counter");
    with_hooks(&project, hang);
    let mut run = project.run();
    run.started();
    next_version(&project, &mut run, "one", "two");
    let is_retire =
        |event: &serde_json::Value| event["message"].as_str().is_some_and(|text| text.contains("retire hook"));
    let warning = run.event_where("warning", is_retire);
    assert_eq!(warning["message"], "the retire hook of generation 1 does not come back; nothing waits for it");
    next_version(&project, &mut run, "two", "three");
    run.line("three ");

    // In a load hook, what runs goes on.
    project.edit("src/lib.rs", "fn loaded() {\n", &format!("fn loaded() {{\n    {hang}\n"));
    let is_load = |event: &serde_json::Value| event["message"].as_str().is_some_and(|text| text.contains("takes long"));
    run.event_where("warning", is_load);
    run.line("three ");
}

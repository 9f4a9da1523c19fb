//! Panics in the library: told with their place, and the process lives.

#![cfg(unix)]

use liveswap_tests::{Project, Run, count};

/// The line of a file on which the text stands.
fn line_of(project: &Project, text: &str) -> usize {
    project.read("src/lib.rs").lines().position(|line| line.contains(text)).expect("the text") + 1
}

/// A later version whose tick panics after it has counted.
fn break_tick(project: &Project) {
    let broken = "        self.count += 1;\n        assert!(self.count == 0, \"too many\");\n";
    project.edit("src/lib.rs", "        self.count += 1;\n", broken);
}

/// The count of the last line before the first of generation `number`, and that one's.
fn around(run: &mut Run, number: u64) -> (u64, u64) {
    let first = count(&run.line(&format!(" in {number}")));
    let out = run.stdout();
    let before = out.lines().filter(|line| line.contains(" in ") && count(line) < first).map(count).max().unwrap();
    (before, first)
}

#[test]
fn a_panic_in_the_first_ticks_brings_the_code_before_back() {
    for (patch, tier) in [("--patch=off", "swap"), ("--patch=on", "patch")] {
        let project = Project::new("counter");
        let mut run = project.run_with(&[patch]);
        run.started();
        run.line("one 2 in 1");
        break_tick(&project);
        let applied = run.event("applied");
        assert_eq!((&applied["tier"], &applied["generation"]), (&tier.into(), &2.into()), "{applied}");
        let fault = run.event("fault");
        assert_eq!((&fault["generation"], &fault["message"]), (&2.into(), &"too many".into()), "{fault}");
        let back = run.event("rolled_back");
        assert_eq!((&back["generation"], &back["content_of"]), (&3.into(), &1.into()), "{back}");
        assert_eq!(
            back["reason"], "`tick` panicked in its first calls: too many; what it had changed stays so",
            "{back}"
        );
        let (before, first) = around(&mut run, 3);
        assert_eq!(first, before + 2, "the tick that panicked had counted");
        // The fix is taken.
        project.edit("src/lib.rs", "self.count == 0, ", "self.count > 0, ");
        assert_eq!(run.event("applied")["generation"], 4);
        run.line(" in 4");
        let finished = run.stop();
        assert!(!finished.stdout.contains(" in 2"), "no tick of the broken generation came to its end");
        assert_eq!(finished.names().iter().filter(|name| *name == "fault").count(), 1);
    }
}

#[test]
fn a_state_that_can_be_cloned_is_put_back() {
    let project = Project::new("counter");
    project.edit("src/lib.rs", "#[derive(HotType, HotState)]", "#[derive(HotType, HotState, Clone)]");
    let mut run = project.run();
    run.started();
    run.line("one 2 in 1");
    break_tick(&project);
    let back = run.event("rolled_back");
    assert!(back["reason"].as_str().unwrap().ends_with("; what it was given is as it was before the call"), "{back}");
    let (before, first) = around(&mut run, 3);
    assert_eq!(first, before + 1);
}

#[test]
fn a_state_that_was_moved_for_bad_code_moves_back() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    run.line("one 2 in 1");
    project.edit("src/lib.rs", "    count: u64,\n", "    first: u8,\n    count: u64,\n");
    project.edit("src/lib.rs", "Counter { count: 0 }", "Counter { first: 1, count: 0 }");
    break_tick(&project);
    run.event("rolled_back");
    let (before, first) = around(&mut run, 3);
    assert_eq!(first, before + 2);
}

#[test]
fn a_panic_may_end_the_program() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["--on-panic=propagate"]);
    run.started();
    break_tick(&project);
    run.event("fault");
    assert_eq!(run.finish().status.code(), Some(101));
}

#[test]
fn a_panic_in_a_tick_is_told_and_the_state_goes_on_with_the_fix() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["--on-panic=keep"]);
    run.started();
    run.line("one 2 in 1");
    project.edit("src/lib.rs", "        self.count += 1;\n", "        self.count += 1;\n        self.check();\n");
    let check = "impl Counter {\n    #[inline(never)]\n    fn check(&self) {\n        panic!(\"too many: {}\", self.count > 1);\n    }\n}\n\nliveswap::hot_lib!";
    project.edit("src/lib.rs", "liveswap::hot_lib!", check);
    let fault = run.event("fault");
    assert_eq!(fault["generation"], 2, "{fault}");
    assert_eq!(fault["message"], "too many: true", "{fault}");
    assert_eq!(fault["file"], "src/lib.rs", "{fault}");
    assert_eq!(fault["line"], line_of(&project, "panic!("), "{fault}");
    assert!(fault["column"].is_number(), "{fault}");
    let backtrace = fault["backtrace"].as_str().unwrap();
    let frames: Vec<&str> = backtrace.lines().collect();
    assert!(frames[0].contains("counter::Counter::check") && frames[0].contains("src/lib.rs:"), "{backtrace}");
    assert!(frames[1].contains("tick"), "{backtrace}");
    run.stderr_line("fault in generation 2: too many: true");
    let warning = run.event("warning");
    assert!(warning["message"].as_str().unwrap().contains("`tick` is not called again"), "{warning}");

    // The panic was in the tick that would have printed this count; none came after it.
    let last = run.stdout().lines().rfind(|line| line.contains(" in ")).map(count).unwrap();
    project.edit("src/lib.rs", "        self.check();\n", "");
    run.applied(3);
    assert_eq!(count(&run.line(" in 3")), last + 2, "one tick panicked after it had counted");
    let finished = run.stop();
    assert!(!finished.stdout.contains(" in 2"), "no tick of the broken generation came to its end");
    assert_eq!(finished.names().iter().filter(|name| *name == "fault").count(), 1);
}

#[test]
fn a_panic_in_init_waits_for_code_that_makes_the_state() {
    let project = Project::new("counter");
    project.edit("src/lib.rs", "println!(\"init\");", "panic!(\"no state\");");
    let mut run = project.run();
    let fault = run.event("fault");
    assert_eq!((&fault["message"], &fault["generation"]), (&"no state".into(), &1.into()), "{fault}");
    assert_eq!(fault["line"], line_of(&project, "panic!("), "{fault}");
    let warning = run.event("warning");
    assert!(warning["message"].as_str().unwrap().contains("`init` is not called again"), "{warning}");
    // There is no state yet that would have to keep its layout.
    project.edit("src/lib.rs", "    count: u64,\n", "    first: u8,\n    count: u64,\n");
    project.edit("src/lib.rs", "Counter { count: 0 }", "Counter { first: 1, count: 0 }");
    project.edit("src/lib.rs", "panic!(\"no state\");", "println!(\"init\");");
    run.line("init");
    run.line("one 1 in");
}

#[test]
fn a_panic_in_the_stop_hook_does_not_keep_the_program() {
    let project = Project::new("counter");
    project.edit("src/lib.rs", "println!(\"stopped at {}\", self.count);", "panic!(\"not yet\");");
    let mut run = project.run();
    run.started();
    run.line("one 1");
    let finished = run.stop();
    assert_eq!(finished.names(), ["started", "fault", "warning", "stopped"], "{:#?}", finished.events);
    assert!(finished.stderr.contains("the stop hook panicked"), "{}", finished.stderr);
}

#[test]
fn a_panic_in_a_thread_of_the_library_is_told_with_the_thread() {
    let project = Project::new("counter");
    let thread = "std::thread::Builder::new().name(\"helper\".into()).spawn(|| panic!(\"alone\")).unwrap();";
    project.edit("src/lib.rs", "println!(\"init\");", thread);
    let mut run = project.run();
    let fault = run.event("fault");
    assert_eq!((&fault["message"], &fault["thread"]), (&"alone".into(), &"helper".into()), "{fault}");
    run.line("one 20 in 1");
}

//! The state of an application over edits that change its type.

#![cfg(unix)]

use liveswap_tests::{Project, Run};

const LIB: &str = "src/lib.rs";

/// Replaces the state's fields, how `init` makes them, and what a tick says.
fn state(project: &Project, fields: &str, init: &str, says: &str) {
    let text = project.read(LIB);
    let (before, rest) = text.split_once("pub struct Counter {").expect("the state");
    let (_, after) = rest.split_once("\n}\n").expect("its end");
    let text = format!("{before}pub struct Counter {{{fields}\n}}\n{after}");
    let (before, rest) = text.split_once("        Counter {").expect("init");
    let (_, after) = rest.split_once(" }\n").expect("its end");
    let text = format!("{before}        Counter {{ {init} }}\n{after}");
    let (before, rest) = text.split_once("        println!(\"{LABEL}").expect("what a tick says");
    let (_, after) = rest.split_once("\n").expect("its end");
    project.write(LIB, &format!("{before}        println!({says});\n{after}"));
}

/// Waits for the edit; gives what moved.
fn moved(run: &mut Run, generation: u64) -> Vec<String> {
    let event = run.event("applied");
    assert_eq!(event["generation"], generation);
    let lines = event["moved"].as_array().expect("a list").iter();
    lines.map(|line| line.as_str().expect("a text").to_owned()).collect()
}

fn count(line: &str) -> u64 {
    line.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("a count in {line:?}"))
}

#[test]
fn a_changed_state_goes_on_and_the_line_names_the_field() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    run.line("one 3 in 1");
    let fields = "\n    names: Vec<String>,\n    count: u64,\n    #[hot(default = 1.5)]\n    speed: f32,";
    state(
        &project,
        fields,
        "count: 0, names: vec![], speed: 0.5",
        r#""{LABEL} {} speed {} {:?}", self.count, self.speed, self.names"#,
    );
    assert_eq!(moved(&mut run, 2), ["Counter: field `names: Vec<String>` added", "Counter: field `speed: f32` added"]);
    run.stderr_line("Counter: field `names: Vec<String>` added, field `speed: f32` added");
    let line = run.line("speed 1.5 []");
    assert!(count(&line) > 3, "the count went on: {line}");

    // Another type of the same size.
    let narrow = "\n    names: Vec<String>,\n    count: i64,\n    speed: f32,";
    state(
        &project,
        narrow,
        "count: 0, names: vec![], speed: 0.5",
        r#""{LABEL} now {} speed {}", self.count, self.speed"#,
    );
    assert_eq!(moved(&mut run, 3), ["Counter: field `count`: `u64` -> `i64`"]);
    let later = run.line("now ");
    assert!(count(&later) > count(&line) && later.contains("speed 1.5"), "{later}");

    // One that can't be converted is refused by name, and the old code runs on.
    let text = "\n    names: u8,\n    count: i64,\n    speed: f32,";
    state(&project, text, "count: 0, names: 0, speed: 0.5", r#""{LABEL} never {}", self.count"#);
    let reason = run.refused("verify");
    assert!(reason.contains("Counter: field `names`: `Vec<String>` -> `u8`: no way from one to the other"), "{reason}");
    assert!(reason.contains("write `#[hot(with = function)]`"), "{reason}");
    run.line("now ");

    // Undone, it is accepted again.
    state(
        &project,
        narrow,
        "count: 0, names: vec![], speed: 0.5",
        r#""{LABEL} now {} speed {}", self.count, self.speed"#,
    );
    run.skipped("same contents as the running generation");

    // A number that does not fit is refused when it is moved; the state is whole, and the old code runs on.
    let small = "\n    names: Vec<String>,\n    count: i64,\n    speed: u8,";
    state(&project, small, "count: 0, names: vec![], speed: 0", r#""{LABEL} never {}", self.count"#);
    let reason = run.refused("migrate");
    assert!(reason.contains("Counter.speed: 1.5 does not fit `u8`"), "{reason}");
    run.line("speed 1.5");

    // Back to the first layout: what both have is kept.
    state(&project, "\n    count: u64,", "count: 0", r#""{LABEL} back {}", self.count"#);
    let back = moved(&mut run, 4);
    let removed = ["Counter: field `names: Vec<String>` removed", "Counter: field `speed: f32` removed"];
    assert_eq!(back[0], "Counter: field `count`: `i64` -> `u64`");
    assert_eq!(back[1..], removed);
    assert!(count(&run.line("back ")) > count(&later));
}

#[test]
fn a_default_that_panics_leaves_the_state_as_it_is() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let fields = "\n    count: u64,\n    #[hot(default = panic!(\"not this\"))]\n    speed: f32,";
    state(&project, fields, "count: 0, speed: 0.5", r#""{LABEL} {} speed {}", self.count, self.speed"#);
    let reason = run.refused("migrate");
    assert!(reason.contains("Counter.speed: its default panicked: not this"), "{reason}");
    run.line("one ");
    project.edit(LIB, "#[hot(default = panic!(\"not this\"))]", "#[hot(default = 2.5)]");
    moved(&mut run, 2);
    run.line("speed 2.5");
}

#[test]
fn the_state_is_dropped_by_the_newest_code() {
    let project = Project::new("counter");
    let drops =
        "\nimpl Drop for Counter {\n    fn drop(&mut self) {\n        println!(\"dropped by the first\");\n    }\n}\n";
    project.write(LIB, &(project.read(LIB) + drops));
    let mut run = project.run();
    run.started();
    project.edit(LIB, "dropped by the first", "dropped by the second");
    run.applied(2);
    run.line("one ");
    let finished = run.stop();
    assert!(finished.stdout.contains("dropped by the second"), "{}", finished.stdout);
    assert!(!finished.stdout.contains("dropped by the first"));
}

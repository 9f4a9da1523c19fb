//! What the compiler has to say of code that was patched, or built to be patched: told while nobody waits.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run, Value};

/// The messages of the next check that has something else to say.
fn checked(run: &mut Run) -> Vec<String> {
    let event = run.event("checked");
    let message = |one: &Value| format!("{}: {}", one["level"].as_str().unwrap(), one["message"].as_str().unwrap());
    event["diagnostics"].as_array().unwrap().iter().map(message).collect()
}

#[test]
fn warnings_of_a_patch_are_told_and_go_away() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "    x + 10\n", "    let idle = 1;\n    x + 10\n");
    assert_eq!(run.event("applied")["tier"], "patch");
    assert_eq!(checked(&mut run), ["warning: unused variable: `idle`"]);
    run.stderr_line("1 warning (-v shows them)");
    // What is known is not told again.
    project.edit("src/lib.rs", "x + 40", "x + 41");
    run.event("applied");
    project.edit("src/lib.rs", "let idle = 1;", "let idle = 1;\n    let other = 2;");
    run.event("applied");
    assert_eq!(checked(&mut run), ["warning: unused variable: `idle`", "warning: unused variable: `other`"]);
    project.edit("src/lib.rs", "    let idle = 1;\n    let other = 2;\n", "");
    run.event("applied");
    assert_eq!(checked(&mut run), [""; 0]);
}

#[test]
fn what_only_a_base_can_do_is_told_as_an_error() {
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "Square::new(3);", "Square::new(3);\n        let _ = square.side;");
    assert_eq!(run.event("applied")["tier"], "patch");
    assert_eq!(checked(&mut run), ["error: field `side` of struct `Square` is private"]);
    run.stderr_line("check failed (1 error)");
    // The same in a base: the library is swapped for another reason.
    project.edit("src/shapes.rs", "    side: u32,\n", "    side: u32,\n    _more: u32,\n");
    project.edit("src/shapes.rs", "Self { side }", "Self { side, _more: 1 }");
    run.event_where("applied", |event| event["tier"] == "swap");
    // As long as it is one.
    assert_eq!(checked(&mut run), ["error: field `side` of struct `Square` is private"]);
    project.edit("src/lib.rs", "let _ = square.side;", "let _ = square.side();");
    run.event("applied");
    assert_eq!(checked(&mut run), [""; 0]);
    let line = 1 + project.read("src/lib.rs").lines().position(|line| line.contains("square.side();")).unwrap();
    let finished = run.stop();
    assert!(finished.stderr.contains(&format!("src/lib.rs:{line}:")), "{}", finished.stderr);
}

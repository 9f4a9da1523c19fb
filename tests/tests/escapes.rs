//! Panics that leave the library by another way than a hot function: the program goes on, or its end is said before.

#![cfg(target_os = "linux")]

use std::os::unix::process::ExitStatusExt;

use liveswap_tests::Project;

const MAIN: &str = r#"
use std::panic::{AssertUnwindSafe, catch_unwind};

fn main() -> Result<(), liveswap_host::StartError> {
    let host = liveswap_host::Host::builder().program(env!("CARGO_MANIFEST_DIR")).library(&program_logic::HOT).start()?;
    while host.generation(&program_logic::HOT) == 0 {
        host.tick();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let closure = program_logic::closure();
    for _ in 0..3 {
        let panic = catch_unwind(AssertUnwindSafe(|| closure(7))).unwrap_err();
        let panic = panic.downcast::<liveswap_host::HotPanic>().unwrap();
        println!("caught: {panic}");
    }
    println!("{}", closure(7));
    Ok(())
}
"#;

const LOGIC: &str = r#"
use liveswap::hot;

#[hot]
pub fn closure() -> Box<dyn Fn(u64) -> u64> {
    Box::new(|number| match number {
        7 => panic!("no {number}"),
        _ => number,
    })
}

liveswap::hot_lib!();
"#;

#[test]
fn a_closure_that_the_program_calls_panics_as_its_own() {
    let project = Project::new("program");
    project.write("src/main.rs", MAIN);
    project.write("logic/src/lib.rs", LOGIC);
    let mut run = project.run_program("program", &[]);
    run.started();
    run.line("caught: hot code panicked: no 7 (logic/src/lib.rs:7:14)");
    let fault = run.event("fault");
    let says = fault["consequence"].as_str().unwrap();
    for part in
        ["it leaves the library through `", "closure", "and goes on as a panic of the program's own (`HotPanic`)"]
    {
        assert!(says.contains(part) && !says.contains("process"), "{part:?} in {says}");
    }
    // The second and the third are like the first; the last one is caught by nobody.
    let fault = run.event("fault");
    let says = fault["consequence"].as_str().unwrap();
    assert!(says.starts_with("4 times so far; ") && says.ends_with("so that the process ends"), "{says}");
    let finished = run.finish();
    assert_eq!(finished.status.code(), Some(101), "as any panic of `main`");
    assert_eq!(finished.stdout.matches("caught:").count(), 3);
}

/// A function that may not unwind can't be left by a panic.
#[test]
fn what_nobody_can_catch_is_reported_as_the_end_or_left_to_the_guard() {
    let project = Project::new("counter");
    let may_not_unwind = "#[inline(never)]\nextern \"C\" fn may_not_unwind(count: u64) {\n    assert!(count == 0, \"counted {}\", count > 0);\n}\n\nliveswap::hot_lib!";
    project.edit("src/lib.rs", "liveswap::hot_lib!", may_not_unwind);
    let mut run = project.run_with(&["--guard"]);
    run.started();
    run.line("one 2 in 1");
    project.edit("src/lib.rs", "self.count += 1;", "self.count += 1; may_not_unwind(self.count);");
    let fault = run.event("fault");
    assert_eq!(fault["message"], "counted true", "{fault}");
    let says = fault["consequence"].as_str().unwrap();
    assert!(says.contains("may_not_unwind`, where it can't be caught; the crash guard ends the call"), "{says}");
    run.event("rolled_back");
    run.line(" in 3");
    run.stop();

    let mut run = project.run();
    let fault = run.event("fault");
    let says = fault["consequence"].as_str().unwrap();
    assert!(says.contains("may_not_unwind`, where it can't be caught; Rust ends the process"), "{says}");
    assert!(!says.contains("runs on"), "{says}");
    let finished = run.finish();
    assert_eq!(finished.status.signal(), Some(6), "SIGABRT: {}", finished.stderr);
}

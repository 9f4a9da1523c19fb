//! After a patch, what runs is compared with a whole build of the same sources; a wrong patch is corrected by that build.

#![cfg(target_os = "linux")]

use std::fs;

use liveswap_tests::{Project, Run, Value};

/// Waits until a patch is applied as this generation. Gives its functions.
fn patched(run: &mut Run, generation: u64) -> Vec<String> {
    let event = run.event("applied");
    assert_eq!((&event["tier"], &event["generation"]), (&"patch".into(), &generation.into()), "{event}");
    let functions = event["functions"].as_array().expect("a list of functions");
    functions.iter().map(|function| function.as_str().expect("a name").to_owned()).collect()
}

fn said(project: &Project, command: &str) -> String {
    let finished = project.command(&[command]).finish();
    assert!(finished.status.success(), "{finished:#?}");
    finished.stdout
}

#[test]
fn a_patch_is_audited_and_a_wrong_one_is_corrected() {
    let project = Project::new("patches");
    // Patches do not get this function, as if the text of an edit did not show that it changes.
    let mut run = project.run_as(&["--patch"], |command| {
        command.env("LIVESWAP_TEST_LEAVE_OUT", "measure");
    });
    run.started();
    run.line("free 11 ");

    // Comments move all lines, and so the places of all panics.
    project.edit("src/lib.rs", "fn free(x: u32) -> u32 {", "// One line more.\n\nfn free(x: u32) -> u32 {");
    run.skipped("");
    project.edit("src/lib.rs", "x + 10", "x + 11");
    assert_eq!(patched(&mut run, 2), ["free"]);
    let audited = run.event("audited");
    assert_eq!(audited["generation"], 2);
    assert!(audited["functions"].as_u64().is_some_and(|functions| functions > 50), "{audited}");
    assert!(said(&project, "status").contains("generation 2 ✓"));
    let history = said(&project, "history");
    assert!(history.lines().last().is_some_and(|line| line.contains("free · 1 body changed · ✓")), "{history}");

    // The program goes on with the old code of this function until the audit sees it.
    project.edit("src/lib.rs", "{x}{UNIT}", "{x} {UNIT}");
    assert_eq!(patched(&mut run, 3), ["free"]);
    let corrected = run.event("corrected");
    let functions: Vec<&Value> = corrected["functions"].as_array().expect("functions").iter().collect();
    assert_eq!((&corrected["generation"], &functions[..]), (&3.into(), &[&Value::from("patches::measure")][..]));
    let applied = run.applied(4);
    assert_eq!(applied["reason"], "the patch of generation 3 left out patches::measure");
    assert!(run.line("const 4 m ").contains("free 12 "));
    let kept = corrected["kept"].as_str().expect("where the sources are kept");
    let is_of = |state: &str, text: &str| {
        fs::read_to_string(format!("{kept}/{state}/src/lib.rs")).is_ok_and(|source| source.contains(text))
    };
    assert!(is_of("old", "{x}{UNIT}") && is_of("new", "{x} {UNIT}"), "{kept}");
    let history = said(&project, "history");
    assert!(history.contains("left out patches::measure, corrected"), "{history}");

    // From the new base on, patches are right again.
    project.edit("src/lib.rs", "x + 11", "x + 12");
    assert_eq!(patched(&mut run, 5), ["free"]);
    assert_eq!(run.event("audited")["generation"], 5);
    let finished = run.stop();
    assert!(finished.stderr.contains("the patch of generation 3 left out patches::measure"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("compared"), "what is right is not said: {}", finished.stderr);
}

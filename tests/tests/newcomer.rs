//! What somebody sees who runs the example with nothing said, and edits it.

#![cfg(target_os = "linux")]

use liveswap_tests::Project;

const EXAMPLE: &str = "hot-lib-example/src/lib.rs";

#[test]
fn a_body_is_patched_and_a_type_swapped_by_default() {
    let project = Project::example();
    let mut run = project.run_as(&[], |command| {
        command.env_remove("LIVESWAP_PATCH");
    });
    run.started();
    run.line("o (bounces: ");
    project.edit(EXAMPLE, r#"BALL: &str = "o""#, r#"BALL: &str = "@""#);
    let event = run.event("applied");
    assert_eq!((&event["tier"], &event["functions"]), (&"patch".into(), &serde_json::json!(["draw"])), "{event}");
    run.line("@ (bounces: ");
    project.edit(EXAMPLE, "GRAVITY: f64 = 9.81", "GRAVITY: f64 = 3.7");
    assert_eq!(run.event("applied")["tier"], "patch");
    // A field: the state is moved, which no patch does.
    let text = project.read(EXAMPLE).replace("    bounces: u32,\n", "    bounces: u32,\n    spin: f64,\n");
    project.write(EXAMPLE, &text.replace("bounces: 0 }", "bounces: 0, spin: 0.0 }"));
    let event = run.event("applied");
    assert_eq!(event["tier"], "swap", "{event}");
    assert_eq!(event["moved"], serde_json::json!(["Scene: field `spin: f64` added"]), "{event}");
    let line = run.line("@ (bounces: ");
    assert!(!line.trim_start().starts_with('o'), "{line}");
    let finished = run.stop();
    assert!(finished.stderr.contains(" · patch draw · "), "{}", finished.stderr);
}

#[test]
fn patches_can_be_turned_off_in_three_places() {
    let project = Project::new("counter");
    let manifest = project.read("Cargo.toml");
    let off = manifest + "\n[package.metadata.liveswap]\npatch = false\n";
    for (arguments, variable, is_said_in_the_manifest, tier) in [
        (&["--patch=off"][..], Some("on"), false, "swap"),
        (&[], Some("off"), false, "swap"),
        (&[], None, true, "swap"),
        (&["--patch"], Some("off"), true, "patch"),
    ] {
        if is_said_in_the_manifest {
            project.write("Cargo.toml", &off);
        }
        let mut run = project.run_as(arguments, |command| {
            command.env_remove("LIVESWAP_PATCH").envs(variable.map(|value| ("LIVESWAP_PATCH", value)));
        });
        run.started();
        project.edit("src/lib.rs", r#""one""#, r#""two""#);
        assert_eq!(run.event("applied")["tier"], tier, "{arguments:?} {variable:?}");
        project.edit("src/lib.rs", r#""two""#, r#""one""#);
        run.event("applied");
    }
}

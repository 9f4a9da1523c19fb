//! Generations that were compiled in different ways: what is kept is refused or warned of, with the reason.

#![cfg(unix)]

use liveswap_tests::Project;

#[test]
fn an_opaque_type_of_another_version_or_build_is_refused_and_lost_ids_are_warned_of() {
    let project = Project::new("kept");
    let mut run = project.run();
    run.started();
    run.line("one body 3 own Some(5) in 1");

    // The same name, size and alignment; another version of its crate.
    project.edit("body/Cargo.toml", "0.17.1", "0.17.2");
    let reason = run.refused("verify");
    assert_eq!(
        reason,
        "State.body > Body: another type of the same name now (kept-body 0.17.1 -> 0.17.2)\n\
         the kept state can't be moved to the new layout; undo that, or restart"
    );
    project.edit("body/Cargo.toml", "0.17.2", "0.17.1");
    run.skipped("same contents as the running generation");

    // Another definition, of the same size.
    project.edit("body/src/lib.rs", "pub mass: u64", "pub mass: u64,\n    pub unit: ()");
    project.edit("src/lib.rs", "mass: 3 }", "mass: 3, unit: () }");
    let reason = run.refused("verify");
    assert!(
        reason.contains("State.body > Body: another type of the same name now (its definition was edited)"),
        "{reason}"
    );
    project.edit("src/lib.rs", "mass: 3, unit: () }", "mass: 3 }");
    project.edit("body/src/lib.rs", "pub mass: u64,\n    pub unit: ()", "pub mass: u64");
    run.skipped("same contents as the running generation");

    // A feature of that crate alone.
    project.edit("Cargo.toml", "{ path = \"body\" }", "{ path = \"body\", features = [\"heavy\"] }");
    let reason = run.refused("verify");
    for part in [
        "`TypeId`s of `kept` differ from those of the generation in force: feature `heavy` of `kept-body` is off in the generation in force, on in the new one",
        "\nState.body > Body: the type of the same name from another build of its crate\n",
    ] {
        assert!(reason.contains(part), "{part:?} in {reason}");
    }
    project.edit("Cargo.toml", ", features = [\"heavy\"] }", " }");
    run.skipped("same contents as the running generation");

    // A feature of the library itself: the kept types are the same, but one is not found by its id.
    project.edit("Cargo.toml", "[features]\n", "[features]\ndefault = [\"loud\"]\n");
    let warning =
        run.event_where("warning", |event| event["message"].as_str().is_some_and(|text| text.contains("TypeId")));
    let warning = warning["message"].as_str().unwrap();
    for part in [
        "`TypeId`s of `kept` differ from those of the generation in force: feature `default` is off in the generation in force, on in the new one",
        "feature `loud` is off in the generation in force, on in the new one",
        "what the kept state holds by `TypeId`",
        "undo that, or restart",
    ] {
        assert!(warning.contains(part), "{part:?} in {warning}");
    }
    run.applied(2);
    run.line("one body 3 own None in 2");

    // The next generation agrees with that one.
    project.edit("src/lib.rs", "\"one\"", "\"two\"");
    run.applied(3);
    run.line("two body 3 own None in 3");
    assert_eq!(run.names().iter().filter(|name| *name == "warning").count(), 1);
}

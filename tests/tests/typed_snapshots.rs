//! Snapshots in a typed host: of a type that is edited while the program runs, and from one run to the next.

#![cfg(unix)]

use liveswap_tests::{Project, Run};

const LOGIC: &str = "logic/src/lib.rs";

/// Has the program do something; gives its answer.
fn tell(project: &Project, run: &mut Run, command: &str) -> String {
    // By another name first: the program must not read half of it.
    let (beside, file) = (project.outside().join("command-to-be"), project.outside().join("command"));
    std::fs::write(&beside, command).expect("a command");
    std::fs::rename(&beside, &file).expect("the command in its place");
    run.line("done: ").trim_start_matches("done: ").to_owned()
}

/// The world loses a field and gets another one, and so do its things.
fn edit(project: &Project, attribute: &str) {
    let text = project.read(LOGIC);
    let text = text.replace("    /// Goes away.\n    pub old: String,\n", "");
    let text =
        text.replace(" old: \"old\".into(),", " speed: 1.0,").replace("Thing { name:", "Thing { weight: 1, name:");
    let text = text.replace("Thing { name }", "Thing { weight: 1, name }");
    let text = text.replace("world.age += 1;", "world.age += 1;\n    world.speed += 1.0;");
    let speed =
        format!("    /// New.\n    {attribute}\n    #[hot(default = 2.5)]\n    pub speed: f32,\n    /// How often");
    let text = text.replace("    /// How often", &speed);
    let weight = "    /// New.\n    #[serde(default)]\n    pub weight: u64,\n    /// Its name.";
    project.write(LOGIC, &text.replace("    /// Its name.", weight));
}

#[test]
fn a_snapshot_survives_edits_of_the_type_and_the_end_of_the_program() {
    let project = Project::new("snapshots");
    let mut run = project.run_program("program", &[]);
    run.started();
    tell(&project, &mut run, "grow");
    let at_first = r#"World { age: 1, old: "old", things: [Thing { name: "stone" }, Thing { name: "thing 1" }] }"#;
    assert_eq!(tell(&project, &mut run, "show"), at_first);
    assert_eq!(tell(&project, &mut run, "save first"), "[\"world\"], missing []");
    assert_eq!(tell(&project, &mut run, "save-one first-alone"), "known here: true");
    tell(&project, &mut run, "grow");
    assert_eq!(tell(&project, &mut run, "restore first"), "[\"world\"]");
    assert_eq!(tell(&project, &mut run, "show"), at_first);

    // The world's type becomes another one, and the new code does not say what its new field is in older snapshots.
    edit(&project, "");
    run.applied(2);
    tell(&project, &mut run, "grow");
    let moved = tell(&project, &mut run, "show");
    assert!(moved.starts_with("World { speed: 3.5, age: 2, things: [Thing { weight: 0, name: \"stone\" }"), "{moved}");
    let error = "error: restore \"world\": missing field `speed`: give it #[serde(default)]";
    assert_eq!(tell(&project, &mut run, "restore first"), error);
    assert_eq!(tell(&project, &mut run, "restore-one first-alone"), error);
    assert_eq!(tell(&project, &mut run, "show"), moved, "it is as it was");

    // With that, the snapshot of the old type goes into the new one, by code of which the program knows nothing.
    project.edit(
        LOGIC,
        "    \n    #[hot(default = 2.5)]",
        "    #[serde(default = \"speed\")]\n    #[hot(default = 2.5)]",
    );
    project.write(LOGIC, &(project.read(LOGIC) + "\nfn speed() -> f32 {\n    7.5\n}\n"));
    run.applied(3);
    assert_eq!(tell(&project, &mut run, "restore first"), "[\"world\"]");
    let restored = r#"World { speed: 7.5, age: 1, things: [Thing { weight: 0, name: "stone" }, Thing { weight: 0, name: "thing 1" }] }"#;
    assert_eq!(tell(&project, &mut run, "show"), restored);
    tell(&project, &mut run, "grow");
    assert_eq!(tell(&project, &mut run, "restore-one first-alone"), "known here: false");
    assert_eq!(tell(&project, &mut run, "show"), restored);
    tell(&project, &mut run, "grow");
    let last = tell(&project, &mut run, "show");
    assert!(last.contains("age: 2") && last.contains("weight: 1, name: \"thing 2\""), "{last}");
    assert_eq!(tell(&project, &mut run, "save last"), "[\"world\"], missing []");
    assert_eq!(tell(&project, &mut run, "save-one last-alone"), "known here: false");

    // The program's own code makes it in the old layout; it is moved before it is restored, so nothing is left out.
    let late = tell(&project, &mut run, "late late");
    assert!(late.starts_with("World { speed: 3.5, age: 1, things: [Thing { weight: 0,"), "{late}");

    // Code that panics when it is asked: told, and the program runs on.
    project.edit(LOGIC, "#[serde(default = \"speed\")]", "#[serde(default = \"speed\", serialize_with = \"fail\")]");
    let fail = "\nfn fail<S: serde::Serializer>(_: &f32, _: S) -> Result<S::Ok, S::Error> {\n    panic!(\"no speed today\")\n}\n";
    project.write(LOGIC, &(project.read(LOGIC) + fail));
    run.applied(4);
    let answer = tell(&project, &mut run, "save never");
    assert!(answer.starts_with("[], missing") && answer.contains("no speed today"), "{answer}");
    let answer = tell(&project, &mut run, "save-one never");
    assert!(
        answer.starts_with("error: save \"world\": hot code panicked: no speed today (logic/src/lib.rs:"),
        "{answer}"
    );
    assert_eq!(tell(&project, &mut run, "show"), last);
    drop(run);

    // Another run, of the program as it is now.
    let mut run = project.run_program("program", &[]);
    let fresh = tell(&project, &mut run, "show");
    assert!(fresh.starts_with("World { speed: 1.0, age: 0,"), "{fresh}");
    assert_eq!(tell(&project, &mut run, "restore last"), "[\"world\"]");
    assert_eq!(tell(&project, &mut run, "show"), last);
    assert_eq!(
        tell(&project, &mut run, "restore first-alone"),
        "error: the bytes are no snapshots of a program; give those of `Snapshots::to_bytes`"
    );
    assert_eq!(tell(&project, &mut run, "restore-one first-alone"), "known here: true");
    assert_eq!(tell(&project, &mut run, "show"), restored);
    run.started();
    assert_eq!(tell(&project, &mut run, "restore-one last-alone"), "known here: true");
    assert_eq!(tell(&project, &mut run, "show"), last);

    // What the program's own code makes is saved by the code in force too, although it is laid out the same.
    assert_eq!(tell(&project, &mut run, "save-late"), "[]");
    project.edit(LOGIC, ", serialize_with = \"fail\"", "");
    run.applied(2);
    assert_eq!(tell(&project, &mut run, "save-late"), "[\"late\"]");
}

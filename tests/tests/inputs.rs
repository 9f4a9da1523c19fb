//! Everything that a library is built from can be edited, not only its Rust files.

#![cfg(unix)]

use std::fs;
use std::time::{Duration, SystemTime};

use liveswap_tests::Project;

#[test]
fn an_edit_of_any_input_is_applied() {
    let project = Project::new("inputs");
    let outside = project.outside().join("text.txt");
    fs::write(&outside, "outside1").unwrap();
    let mut run = project.run();
    run.started();
    run.line("part1 config1 script1 text1 outside1 quiet");

    let edits: [(&str, &dyn Fn(), &str); 7] = [
        ("a module", &|| project.edit("src/part.rs", "part1", "part2"), "part2 config1 script1 text1 outside1 quiet"),
        (
            "a file that the build script asks for",
            &|| project.write("data/config.txt", "config2"),
            "part2 config2 script1 text1 outside1 quiet",
        ),
        (
            "the build script",
            &|| project.edit("build.rs", "script1", "script2"),
            "part2 config2 script2 text1 outside1 quiet",
        ),
        (
            "a file that is included",
            &|| project.write("data/text.txt", "text2"),
            "part2 config2 script2 text2 outside1 quiet",
        ),
        (
            "a file outside of the crate",
            &|| fs::write(&outside, "outside2").unwrap(),
            "part2 config2 script2 text2 outside2 quiet",
        ),
        (
            "a feature in the manifest",
            &|| project.edit("Cargo.toml", "[features]\n", "[features]\ndefault = [\"loud\"]\n"),
            "part2 config2 script2 text2 outside2 loud",
        ),
        (
            "a file with an old time",
            &|| {
                let hour_ago = SystemTime::now() - Duration::from_secs(3600);
                project.edit_with_time("src/part.rs", "part2", "part3", hour_ago);
            },
            "part3 config2 script2 text2 outside2 loud",
        ),
    ];
    for (number, (what, edit, line)) in edits.into_iter().enumerate() {
        edit();
        let event = run.event("applied");
        assert_eq!(event["generation"], number + 2, "{what}: {event}");
        assert!(event["reason"].as_str().unwrap().ends_with(" changed"), "{what}: {event}");
        run.line(line);
    }
}

#[test]
fn a_new_path_dependency_and_its_edits_are_applied() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let helper = project.outside().join("helper");
    fs::create_dir_all(helper.join("src")).unwrap();
    fs::write(helper.join("Cargo.toml"), "[package]\nname = \"helper\"\nedition = \"2024\"\n[workspace]\n").unwrap();
    fs::write(helper.join("src/lib.rs"), "pub fn name() -> &'static str { \"helped1\" }\n").unwrap();
    project.edit("Cargo.toml", "[dependencies]\n", "[dependencies]\nhelper = { path = \"../outside/helper\" }\n");
    project.edit("src/lib.rs", "println!(\"{LABEL} {}", "println!(\"{LABEL}-{} {}");
    project.edit("src/lib.rs", "in {}\", self.count", "in {}\", helper::name(), self.count");
    // The manifest and the source may be two changes, of which the first alone may be a generation.
    run.line("one-helped1 ");

    // It belongs to the library now, though it lies outside of its workspace.
    fs::write(helper.join("src/lib.rs"), "pub fn name() -> &'static str { \"helped2\" }\n").unwrap();
    let event =
        run.event_where("applied", |event| event["reason"].as_str().is_some_and(|text| text.contains("helper")));
    assert!(event["reason"].as_str().unwrap().contains("lib.rs changed"), "{event}");
    run.line("one-helped2 ");
    // Its manifest too.
    fs::write(helper.join("Cargo.toml"), "[package]\nname = \"helper\"\nedition = \"2021\"\n[workspace]\n").unwrap();
    run.event("applied");
}

#[test]
fn an_edit_of_an_input_and_one_of_a_manifest_can_be_undone() {
    let project = Project::new("inputs");
    fs::write(project.outside().join("text.txt"), "outside1").unwrap();
    let mut run = project.run();
    run.started();
    let script = project.read("build.rs");
    project.write("build.rs", "fn main() { panic!() }");
    run.event("build_failed");
    project.write("data/text.txt", "text2");
    run.event("build_failed");
    project.write("data/text.txt", "text1\n");
    run.event("build_failed");
    project.write("build.rs", &script);
    run.skipped("same contents as the running generation");

    let manifest = project.read("Cargo.toml");
    let helper = project.outside().join("helper");
    fs::create_dir_all(helper.join("src")).unwrap();
    fs::write(helper.join("Cargo.toml"), "[package]\nname = \"helper\"\n[workspace]\n").unwrap();
    fs::write(helper.join("src/lib.rs"), "a mistake\n").unwrap();
    project.edit("Cargo.toml", "[dependencies]\n", "[dependencies]\nhelper = { path = \"../outside/helper\" }\n");
    run.event("build_failed");
    project.write("Cargo.toml", &manifest);
    run.skipped("same contents as the running generation");
}

#[test]
fn a_file_that_is_added_and_removed_is_part_of_the_library() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    project.edit("src/lib.rs", "const LABEL: &str = \"one\";", "mod label;\nuse label::LABEL;");
    let failed = run.event("build_failed");
    assert!(failed["diagnostics"][0]["message"].as_str().unwrap().contains("label"), "{failed}");
    project.write("src/label/mod.rs", "pub const LABEL: &str = \"two\";\n");
    run.applied(2);
    run.line("two ");
    fs::remove_dir_all(project.path("src/label")).unwrap();
    run.event("build_failed");
    project.write("src/label.rs", "pub const LABEL: &str = \"three\";\n");
    run.applied(3);
    run.line("three ");
}

#[test]
fn the_configuration_of_cargo_counts() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    project.edit("src/lib.rs", "\"one\"", "match option_env!(\"WORD\") { Some(word) => word, None => \"none\" }");
    run.applied(2);
    run.line("none ");
    // A file that was not there at the start, in a hidden directory.
    project.write(".cargo/config.toml", "[env]\nWORD = \"some\"\n");
    run.applied(3);
    run.line("some ");
}

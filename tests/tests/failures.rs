//! Builds that fail: the compiler's words are shown, the code in force runs on, and a fix goes the usual way.

#![cfg(unix)]

use liveswap_tests::{Project, count};

#[test]
fn what_the_compiler_refuses_runs_on_as_it_was() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    // What is changed, to what, and what the compiler says of it.
    let rows = [
        ("self.count += 1;", "self.count += ;", "expected expression"),
        ("self.count += 1;", "self.count += \"one\";", "cannot add-assign `&str` to `u64`"),
        ("self.count += 1;", "self.count += unheard_of;", "cannot find value `unheard_of` in this scope"),
        ("    fn init() -> Self {", "    fn init() -> Self { {", "this file contains an unclosed delimiter"),
    ];
    for (from, to, says) in rows {
        let before = count(&run.line(" in 1"));
        project.edit("src/lib.rs", from, to);
        let failed = run.event("build_failed");
        assert_eq!(failed["generation"], 1, "{failed}");
        let error = &failed["diagnostics"][0];
        assert_eq!((&error["level"], &error["file"]), (&"error".into(), &"src/lib.rs".into()), "{failed}");
        assert!(error["message"].as_str().unwrap().contains(says), "{failed}");
        assert!(error["line"].is_number() && error["column"].is_number(), "{failed}");
        // It runs on.
        assert!(count(&run.line(" in 1")) > before);
        project.edit("src/lib.rs", to, from);
        run.skipped("same contents as the running generation");
    }
    project.edit("src/lib.rs", "self.count += 1;", "self.count += 1000;");
    run.applied(2);
    assert!(count(&run.line(" in 2")) > 1000);
    let finished = run.stop();
    for (_, _, says) in rows {
        let told = finished.stderr.lines().filter(|line| line.starts_with("error") && line.contains(says)).count();
        assert_eq!(told, 1, "{says:?} is told once:\n{}", finished.stderr);
    }
    assert_eq!(finished.stderr.matches("build failed (1 error)").count(), rows.len(), "{}", finished.stderr);
}

#[test]
fn what_the_linker_refuses_is_told_in_the_linkers_words() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let (plain, linked) = ("const LABEL", "#[link(name = \"unheard_of\")]\nunsafe extern \"C\" {}\n\nconst LABEL");
    project.edit("src/lib.rs", plain, linked);
    let failed = run.event("build_failed");
    assert!(failed.to_string().contains("linking with"), "{failed}");
    run.stderr_line("unheard_of");
    project.edit("src/lib.rs", linked, "// Linked no more.\npub const NEW: u32 = 1;\n\nconst LABEL");
    run.applied(2);
}

#[test]
fn what_cargo_itself_refuses_is_told_in_its_words() {
    let project = Project::new("counter");
    project.write("build.rs", "fn main() {}\n");
    let mut run = project.run();
    run.started();
    // What is saved, what cargo says, and what is saved after it.
    let whole = project.read("Cargo.toml");
    let rows = [
        ("Cargo.toml", "[package\n", "Cargo.toml", whole.as_str()),
        (
            "Cargo.toml",
            &whole.replace("[workspace]", "[dependencies.none]\npath = \"none\"\n\n[workspace]"),
            "none",
            &whole,
        ),
        ("build.rs", "fn main() { panic!(\"no way\") }\n", "no way", "fn main() {}\n"),
    ];
    for (file, broken, says, mended) in rows {
        project.write(file, broken);
        let failed = run.event("build_failed");
        assert_eq!(failed["generation"], 1, "{failed}");
        assert!(failed["message"].as_str().is_some_and(|message| message.contains(says)), "{says:?} in {failed}");
        project.write(file, mended);
        run.skipped("same contents as the running generation");
    }
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
}

#[test]
fn warnings_are_counted_and_stand_in_the_event() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    project.edit("src/lib.rs", "self.count += 1;", "self.count += 1;\n        let idle = 1;");
    let applied = run.applied(2);
    assert!(applied["warnings"][0]["message"].as_str().unwrap().contains("unused variable: `idle`"), "{applied}");
    run.stderr_line("1 warning (-v shows them)");
}

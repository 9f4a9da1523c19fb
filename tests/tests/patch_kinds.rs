//! What else than function bodies becomes a patch: constants of types, new methods and modules, statics.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run};
use serde_json::Value;

/// The next applied edit, which must be a patch of these functions.
fn patched(run: &mut Run, functions: &[&str]) -> Value {
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
    let names: Vec<&str> = event["functions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(names, functions, "{event}");
    event
}

#[test]
fn constants_of_types_come_with_all_that_name_them() {
    let project = Project::new("patch-kinds");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("marks ooo named small view 13 ");
    project.edit("src/lib.rs", "MARK: &str = \"o\"", "MARK: &str = \"@\"");
    patched(&mut run, &["Program::marks", "named"]);
    run.line("marks @@@ named @ view 13 ");
    project.edit("src/lib.rs", "WIDTH: usize = 2", "WIDTH: usize = 1");
    patched(&mut run, &["Program::marks", "named"]);
    run.line("marks @@ named @ view 13 ");
    project.edit("src/view.rs", "ADDED: u64 = 10", "ADDED: u64 = 20");
    patched(&mut run, &["Program::marks", "named", "view::View<u8>::sum"]);
    run.line("marks @@ named @ view 23 ");
    // A new one, and one that nobody names any more.
    project.edit("src/view.rs", "    const ADDED: u64 = 20;", "    const MORE: u64 = 30;");
    let event = run.event("build_failed");
    assert!(event["diagnostics"][0]["message"].as_str().is_some_and(|text| text.contains("ADDED")), "{event}");
    project.edit("src/view.rs", "Self::ADDED", "Self::MORE");
    patched(&mut run, &["Program::marks", "named", "view::View<u8>::sum"]);
    run.line("marks @@ named @ view 33 ");
}

#[test]
fn new_methods_are_called_by_what_changed_with_them() {
    let project = Project::new("patch-kinds");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("marks ooo named small view 13 ");
    project.edit("src/view.rs", "        u64::from(self.inner) + Self::ADDED", "        self.twice() + Self::one()");
    assert_eq!(run.event("build_failed")["event"], "build_failed");
    let generic = "impl<T: Copy + Into<u64>> View<T> {\n    /// Twice.\n    fn twice(&self) -> u64 {\n        self.inner.into() * 2\n    }\n}";
    let other = "impl View<u8> {\n    fn one() -> u64 {\n        1\n    }\n}";
    let text = format!("{}\n{generic}\n\n{other}\n", project.read("src/view.rs"));
    project.write("src/view.rs", &text);
    patched(&mut run, &["view::View<u8>::sum"]);
    run.line("view 7 ");
    // So may one of another type; it does not.
    let length = "fn len(&self) -> usize {\n        9\n    }\n\n    fn marks(&self)";
    let lib = project.read("src/lib.rs").replace("fn marks(&self)", length);
    let lib = lib.replace("WHOLE].concat()", "WHOLE].concat() + &self.len().to_string()");
    project.write("src/lib.rs", &lib);
    patched(&mut run, &["Program::marks", "App for Program::tick", "view::View<u8>::sum"]);
    run.line("marks ooo9 named small view 7 hidden 5 ");
    let without = text.replace(" + Self::one()", "");
    for text in [&without, &without.replace(other, "")] {
        project.write("src/view.rs", text);
        patched(&mut run, &["Program::marks", "App for Program::tick", "view::View<u8>::sum"]);
    }
    run.line("marks ooo9 named small view 6 ");
}

#[test]
fn a_method_that_hides_another_is_called_from_then_on() {
    let project = Project::new("patch-kinds");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("hidden 5 ");
    // What calls it is the same text as before.
    project.edit(
        "src/view.rs",
        "impl View<u8> {",
        "impl View<u8> {\n    pub fn len(&self) -> usize {\n        6\n    }\n",
    );
    patched(&mut run, &["App for Program::tick"]);
    run.line("hidden 6 ");
}

#[test]
fn statics_keep_their_values_and_that_is_said_once() {
    let project = Project::new("patch-kinds");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let kept = "static `START` keeps its value: its initialiser has run, and the new one takes effect at the next restart or swap";
    project.edit("src/lib.rs", "AtomicU64::new(0)", "AtomicU64::new(5)");
    assert_eq!(patched(&mut run, &[])["reason"], kept);
    project.edit("src/lib.rs", "MARK: &str = \"o\"", "MARK: &str = \"@\"");
    assert_eq!(patched(&mut run, &["Program::marks", "named"])["reason"], "2 bodies changed");
    run.line("marks @@@ named @ view 13 hidden 5 start 0 ");
    // What nothing can change is as good as a constant.
    let text =
        project.read("src/lib.rs").replace("(\"o\", \"small\")", "(\"@\", \"large\")").replace("new(5)", "new(7)");
    project.write("src/lib.rs", &text);
    assert_eq!(patched(&mut run, &["Program::marks", "named"])["reason"], format!("2 bodies changed; {kept}"));
    run.line("marks @@@ named large view 13 hidden 5 start 0 ");
    project.edit("src/lib.rs", "struct Program {", "struct Program {\n    #[hot(default = 1)]\n    _more: u64,");
    project.edit("src/lib.rs", "Program { ticks: 0 }", "Program { _more: 1, ticks: 0 }");
    run.event_where("applied", |event| event["tier"] == "swap");
    run.line("marks @@@ named large view 13 hidden 5 start 7 ");
}

#[test]
fn a_new_module_comes_with_what_uses_it() {
    let project = Project::new("patch-kinds");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.write("src/more/deep.rs", "pub(super) fn deep() -> &'static str {\n    super::TEXT\n}\n");
    let more = "//! New.\nuse super::*;\n\nmod deep;\n\nconst TEXT: &str = \"new\";\n\npub fn text() -> String {\n    format!(\"{}-{}\", deep::deep(), named())\n}\n";
    project.write("src/more.rs", more);
    let lib = project.read("src/lib.rs").replace("mod view;", "mod more;\nmod view;");
    let lib = lib.replace("[Self::MARK; Self::WHOLE].concat()", "more::text()");
    project.write("src/lib.rs", &lib);
    // The files may be seen before the module is there.
    run.event_where("applied", |event| event["tier"] == "patch");
    run.line("marks new-small named ");
    project.edit("src/more/deep.rs", "super::TEXT", "\"other\"");
    patched(&mut run, &["Program::marks"]);
    run.line("marks other-small named ");
    std::fs::remove_dir_all(project.path("src/more")).unwrap();
    std::fs::remove_file(project.path("src/more.rs")).unwrap();
    project.write("src/lib.rs", &lib.replace("mod more;\n", "").replace("more::text()", "String::from(\"gone\")"));
    assert_eq!(run.event_where("applied", |event| event["tier"] == "patch")["tier"], "patch");
    run.line("marks gone named ");
}

#[test]
fn a_function_in_a_branch_is_patched() {
    let project = Project::new("patch-kinds");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("branch 2 ");
    project.edit("src/lib.rs", "max(2, 1)", "max(3, 1)");
    // Of two with one name in the text, the second.
    patched(&mut run, &["branch #2"]);
    run.line("branch 3 ");
}

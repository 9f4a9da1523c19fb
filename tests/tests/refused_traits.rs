//! Trait objects in the kept state: another vtable is refused by the method, and objects keep the code that made them.

#![cfg(unix)]

use liveswap_tests::Project;

const LABEL: &str = r#"    count: u64,
    label: Box<dyn Label>,
}

#[liveswap::hot]
trait Label {
    fn text(&self) -> &'static str;
}

struct Plain;

impl Label for Plain {
    fn text(&self) -> &'static str {
        LABEL
    }
}
"#;

#[test]
fn a_changed_trait_is_refused_by_its_method() {
    let project = Project::new("counter");
    project.edit("src/lib.rs", "    count: u64,\n}\n", LABEL);
    project.edit("src/lib.rs", "Counter { count: 0 }", "Counter { count: 0, label: Box::new(Plain) }");
    project.edit("src/lib.rs", "\"{LABEL} {} in {}\", self", "\"{} {} in {}\", self.label.text(), self");
    let mut run = project.run();
    run.started();
    run.line("one ");

    // The new method's place in the vtable is that of the old one's.
    let method = "    fn text(&self)";
    let longer = "    fn loud(&self) -> bool {\n        true\n    }\n    fn text(&self)";
    project.edit("src/lib.rs", &format!("trait Label {{\n{method}"), &format!("trait Label {{\n{longer}"));
    let reason = run.refused("verify");
    let told = "Counter: field `label`: `Box<dyn Label>` -> `Box<dyn Label>`: no way from one to the other (Label: method `loud` added)";
    assert!(reason.contains(told), "{reason}");
    run.line(" in 1");
    project.edit("src/lib.rs", &format!("trait Label {{\n{longer}"), &format!("trait Label {{\n{method}"));
    run.skipped("same contents as the running generation");

    // The object was made by the first generation, whose methods it keeps; the tick is the new one.
    project.edit("src/lib.rs", "\"one\"", "\"two\"");
    project.edit("src/lib.rs", "\"{} {} in {}\"", "\"{} still {} in {}\"");
    run.applied(2);
    run.line("one still ");
}

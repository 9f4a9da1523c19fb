//! A base does what the plain library does, and patches mean what the user's text says, whatever the library is like.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run};

/// A library with these items, of which each tick says `said`.
fn library(attributes: &str, items: &str, said: &str) -> String {
    format!(
        "{attributes}
extern crate liveswap;

use liveswap::{{App, Flow, HotState, HotType, Tick}};

/// Does nothing but say.
#[derive(Debug, HotType, HotState)]
pub struct Program {{
    ticks: u64,
}}

impl App for Program {{
    fn init() -> Self {{
        Program {{ ticks: 0 }}
    }}

    fn tick(&mut self, _: Tick) -> Flow {{
        self.ticks += 1;
        println!({said});
        Flow::Continue
    }}
}}

{items}

liveswap::hot_lib!(app = Program);
"
    )
}

fn project(attributes: &str, items: &str, said: &str) -> Project {
    let project = Project::new("patches");
    project.write("src/lib.rs", &library(attributes, items, said));
    project
}

/// The next edit, which must be applied by this tier; gives the reason.
fn applied(run: &mut Run, tier: &str) -> String {
    let event = run.event("applied");
    assert_eq!(
        event["tier"],
        tier,
        "{event} after {:?}",
        run.events().iter().filter(|event| event["event"] == "warning").collect::<Vec<_>>()
    );
    event["reason"].as_str().unwrap_or_default().to_owned()
}

const SHAPES: &str = "
pub mod shapes {
    pub struct Square;

    impl Square {
        fn area(&self) -> u32 {
            1
        }

        fn hidden(&self) -> u32 {
            5
        }

        pub fn own(&self) -> u32 {
            self.area() + self.hidden()
        }

        pub fn other(&self) -> u32 {
            7
        }
    }
}

pub trait Area {
    fn area(&self) -> u32 {
        100
    }

    fn hidden(&self) -> u32 {
        200
    }
}

impl Area for shapes::Square {}
";

#[test]
fn what_stays_private_is_not_mistaken() {
    let items = format!(
        "{SHAPES}
fn outside() -> u32 {{
    shapes::Square.area()
}}

fn later() -> u32 {{
    3
}}"
    );
    let said =
        "\"own {} other {} outside {} later {}\", shapes::Square.own(), shapes::Square.other(), outside(), later()";
    let project = project("", &items, said);
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("own 6 other 7 outside 100 later 3");
    project.edit("src/lib.rs", "    shapes::Square.area()\n", "    shapes::Square.area() + 1\n");
    applied(&mut run, "patch");
    run.line("outside 101 ");
    project.edit("src/lib.rs", "            7\n", "            8\n");
    applied(&mut run, "patch");
    run.line("other 8 ");
    // Compiled outside of its crate, this would call the trait's.
    project.edit("src/lib.rs", "self.area() + self.hidden()", "self.area() + self.hidden() + 10");
    assert_eq!(applied(&mut run, "swap"), "`Square::area` has to stay private, and is used");
    run.line("own 16 ");
    // And this the type's own, which is public in the base.
    project.edit("src/lib.rs", "    3\n", "    shapes::Square.hidden()\n");
    let reason = applied(&mut run, "swap");
    assert_eq!(reason, "`Square::hidden`, which is private, could be meant where it is public in the base");
    run.line("later 200");
    project.edit("src/lib.rs", "            8\n", "            9\n");
    applied(&mut run, "patch");
    run.line("own 16 other 9 outside 101 later 200");
}

#[test]
fn generated_sources_are_taken_as_they_are() {
    let items = format!(
        "{SHAPES}
include!(concat!(env!(\"OUT_DIR\"), \"/generated.rs\"));

pub struct Local;

pub trait Pick {{
    fn pick(&self) -> u32 {{
        60
    }}
}}

impl Pick for Local {{}}

fn user() -> u32 {{
    secret() + Local.pick()
}}

fn later() -> u32 {{
    3
}}"
    );
    let said =
        "\"made {} own {} user {} later {} {}\", made(), shapes::Square.own(), user(), later(), Pick::pick(&Local)";
    let project = project("", &items, said);
    let generated = "pub fn made() -> u32 { shapes::Square.area() } fn secret() -> u32 { 40 } impl Local { fn pick(&self) -> u32 { 50 } }";
    let script = format!(
        "fn main() {{
    let directory = std::env::var_os(\"OUT_DIR\").unwrap();
    std::fs::write(std::path::Path::new(&directory).join(\"generated.rs\"), {generated:?}).unwrap();
    println!(\"cargo::rerun-if-changed=build.rs\");
}}"
    );
    project.write("build.rs", &script);
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("made 100 own 6 user 90 later 3 60");
    project.edit("src/lib.rs", "    3\n", "    4\n");
    applied(&mut run, "patch");
    run.line("later 4 ");
    // A patch would not see what it calls, and take the trait's.
    project.edit("src/lib.rs", "secret() + Local.pick()", "secret() + Local.pick() + 1");
    let reason = applied(&mut run, "swap");
    assert!(reason.ends_with("has to stay private, and is used"), "{reason}");
    run.line("user 91 ");
    project.edit("src/lib.rs", "    4\n", "    made()\n");
    applied(&mut run, "patch");
    run.line("made 100 own 6 user 91 later 100 60");
}

#[test]
fn strict_libraries_of_all_editions_are_patched() {
    let attributes =
        "//! A library.\n#![deny(missing_docs, unreachable_pub, nonstandard_style, unused, unsafe_code, warnings)]\n";
    let items = "
#[no_implicit_prelude]
mod bare {
    pub(crate) fn bare(x: u32) -> u32 {
        helper(::std::option::Option::Some(x)) + 10
    }

    fn helper(x: ::std::option::Option<u32>) -> u32 {
        x.unwrap_or(0)
    }
}

#[allow(dead_code)]
mod std {
    #[allow(unreachable_pub)]
    pub fn free(x: u32) -> u32 {
        super::plain(x)
    }
}

fn plain(x: u32) -> u32 {
    ::tiny::tiny(x) + 20
}";
    let project = project(attributes, items, "\"bare {} plain {}\", bare::bare(1), plain(2)");
    let manifest = project.read("Cargo.toml").replace("[workspace]", "tiny = { path = \"tiny\" }\n\n[workspace]");
    project.write("Cargo.toml", &manifest);
    let tiny = "#![no_std]\n#![no_implicit_prelude]\n#![forbid(unsafe_code, nonstandard_style, warnings)]\n\
                pub fn tiny(x: u32) -> u32 { inner(x) }\nfn inner(x: u32) -> u32 { x * 100 }\n";
    project.write("tiny/src/lib.rs", tiny);
    project.write("tiny/Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2015\"\n");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("bare 11 plain 220");
    let (mut bare, mut plain) = (10, 20);
    for (before, edition) in [("2024", "2024"), ("2024", "2021"), ("2021", "2018"), ("2018", "2015")] {
        if edition == "2015" {
            // A path begins at the root there: with a module of this name, none leads to the standard library.
            project.write(
                "src/lib.rs",
                &project
                    .edited("src/lib.rs", "mod std {", "mod not_std {")
                    .replace("::tiny::", "tiny::")
                    .replace("use liveswap", "extern crate tiny;\n\nuse liveswap"),
            );
            applied(&mut run, "swap");
            let text = project.edited(
                "src/lib.rs",
                "fn plain(x: u32) -> u32 {\n    tiny",
                "fn plain(x: u32) -> u32 {\n    ::tiny",
            );
            project.write("src/lib.rs", &text);
            applied(&mut run, "patch");
        }
        if before != edition {
            project.edit("Cargo.toml", &format!("edition = \"{before}\""), &format!("edition = \"{edition}\""));
            applied(&mut run, "swap");
        }
        project.edit("src/lib.rs", &format!("+ {bare}\n"), &format!("+ {}\n", bare + 1));
        bare += 1;
        applied(&mut run, "patch");
        run.line(&format!("bare {} plain {}", bare + 1, plain + 200));
        project.edit("src/lib.rs", &format!("+ {plain}\n"), &format!("+ {}\n", plain + 1));
        plain += 1;
        applied(&mut run, "patch");
        run.line(&format!("bare {} plain {}", bare + 1, plain + 200));
    }
    // Names that could be those of the shadow.
    let text = project.edited(
        "src/lib.rs",
        "fn plain(x: u32) -> u32 {",
        "fn plain(__liveswap_code: u32) -> u32 {\n    let x = __liveswap_code;",
    );
    project.write("src/lib.rs", &text);
    applied(&mut run, "swap");
    let warning = run.events().into_iter().find(|event| event["event"] == "warning").expect("a warning");
    assert_eq!(warning["message"], "edits are swapped, not patched: src/lib.rs has names that begin with `__liveswap`");
    project.edit("src/lib.rs", &format!("+ {plain}\n"), &format!("+ {}\n", plain + 1));
    applied(&mut run, "swap");
    run.line(&format!("plain {}", plain + 201));
}

/// What macros make is not made public: a `use` can't hand it on then, nor a public trait have it for a type of its own.
/// rustc says the one thing after the other.
#[test]
fn what_rustc_refuses_to_have_public_stays_private() {
    let items = "
pub mod made {
    macro_rules! function { ($name:ident) => { pub(crate) fn $name() -> u32 { 1 } }; }
    macro_rules! secret { ($name:ident) => { pub(crate) struct $name(pub(crate) u32); }; }

    function!(helper);
    secret!(Secret);

    pub(crate) trait Has {
        type It;
        fn it(&self) -> Self::It;
    }

    pub struct Holder;

    impl Has for Holder {
        type It = Secret;
        fn it(&self) -> Secret {
            Secret(helper() + 10)
        }
    }

    pub fn held() -> u32 {
        Holder.it().0
    }
}

/// `Row` stays private, since the glob would bring it in.
mod one {
    struct Row;
    struct Rows;

    impl Iterator for Rows {
        type Item = Row;
        fn next(&mut self) -> Option<Row> {
            None
        }
    }

    pub fn other() -> usize {
        Rows.count()
    }
}

use one::*;

pub fn both<Row>() -> usize {
    other() + size_of::<Row>()
}

pub(crate) use made::{
    helper,
    held,
};

fn later() -> u32 {
    3
}";
    let project = project("", items, "\"helper {} held {} later {}\", helper(), held(), later()");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("helper 1 held 11 later 3");
    project.edit("src/lib.rs", "    3\n", "    4\n");
    applied(&mut run, "patch");
    run.line("helper 1 held 11 later 4");
    project.edit("src/lib.rs", "helper() + 10", "helper() + 20");
    assert_eq!(applied(&mut run, "swap"), "`Has` has to stay private, and is used");
    run.line("helper 1 held 21 later 4");
    // The new base knows it from the start.
    project.edit("src/lib.rs", "    4\n", "    5\n");
    applied(&mut run, "patch");
    run.line("helper 1 held 21 later 5");
    run.stop();
}

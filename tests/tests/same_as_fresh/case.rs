//! One case: a project, its edits, and the answers that are right.

use liveswap_tests::Project;

/// A hot library and its edits.
pub struct Case {
    /// What the edits change the meaning of.
    pub about: &'static str,
    /// Further crates of the workspace, which the library depends on.
    pub crates: &'static [Crate],
    /// The library's files. `src/lib.rs` has a function `answer`.
    pub files: &'static [(&'static str, &'static str)],
    /// The library's edition.
    pub edition: &'static str,
    /// The answer of the first build.
    pub answer: &'static str,
    /// The edits, one save each.
    pub edits: &'static [Edit],
}

impl Case {
    /// A library of one file.
    pub const fn new(about: &'static str, lib: &'static [(&'static str, &'static str)], answer: &'static str) -> Case {
        Case { about, crates: &[], files: lib, edition: "2024", answer, edits: &[] }
    }

    pub const fn edits(self, edits: &'static [Edit]) -> Case {
        Case { edits, ..self }
    }

    pub const fn with(self, crates: &'static [Crate]) -> Case {
        Case { crates, ..self }
    }

    pub const fn edition(self, edition: &'static str) -> Case {
        Case { edition, ..self }
    }
}

/// A crate of the workspace.
pub struct Crate {
    pub name: &'static str,
    pub kind: CrateKind,
    pub text: &'static str,
    /// Crates of the workspace that it depends on.
    pub uses: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CrateKind {
    Library,
    ProcMacro,
}

/// One save.
pub struct Edit {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The answer of a fresh build afterwards.
    answer: &'static str,
    /// Whether it must be a patch: ordinary edits have to stay fast.
    is_patched: bool,
}

/// An edit that any tier may apply.
pub const fn edit(file: &'static str, from: &'static str, to: &'static str, answer: &'static str) -> Edit {
    Edit { file, from, to, answer, is_patched: false }
}

/// An edit that must be applied as a patch.
pub const fn patched(file: &'static str, from: &'static str, to: &'static str, answer: &'static str) -> Edit {
    Edit { file, from, to, answer, is_patched: true }
}

/// The application around each case.
const FRAME: &str = r#"
use liveswap::{App, Flow, HotState, HotType, Tick};

#[derive(HotType, HotState)]
pub struct Frame;

impl App for Frame {
    const RATE: f64 = 50.0;

    fn init() -> Self {
        Frame
    }

    fn tick(&mut self, tick: Tick) -> Flow {
        println!("@{}|{:?}", tick.generation, crate::answer());
        Flow::Continue
    }
}
"#;

const FRESH: &str = "fn main() { println!(\"{:?}\", case::answer()); }\n";

pub fn run(cases: &[Case]) {
    let wanted = std::env::var("LIVESWAP_CASE").unwrap_or_default();
    let wrong: Vec<String> = cases.iter().filter(|case| case.about.contains(&wanted)).flat_map(check).collect();
    assert!(wrong.is_empty(), "{} wrong answers\n{}", wrong.len(), wrong.join("\n"));
}

/// Gives what is wrong.
fn check(case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_compared = std::env::var_os("LIVESWAP_FRESH").is_some();
    let project = Project::of_files(files(case));
    let mut run = project.run_with(&["--patch"]);
    let mut generation = run.started()["generation"].as_u64().expect("a number");
    let mut compare = |project: &Project, step: &str, is: &str, should: &str| {
        if is != format!("{should:?}") {
            wrong.push(format!("{}, {step}: the program answers {is}, a fresh build {should:?}", case.about));
        }
        let fresh = is_compared.then(|| project.run_example("fresh"));
        if let Some(fresh) = fresh.filter(|fresh| *fresh != format!("{should:?}")) {
            wrong.push(format!("{}, {step}: the case expects {should:?}, a fresh build answers {fresh}", case.about));
        }
    };
    let answer_of = |run: &mut liveswap_tests::Run, generation: u64| {
        let mark = format!("@{generation}|");
        run.line(&mark).split_once(&mark).map(|(_, answer)| answer.to_owned()).expect("it contains the mark")
    };
    let is = answer_of(&mut run, generation);
    compare(&project, "before any edit", &is, case.answer);
    let mut untold = Vec::new();
    for edit in case.edits {
        project.edit(edit.file, edit.from, edit.to);
        let step = format!("{} -> {}", edit.from, edit.to);
        let event = run.one_of(&["applied", "skipped", "refused", "build_failed", "fault"]);
        if event["event"] == "applied" {
            generation = event["generation"].as_u64().expect("a number");
        }
        if edit.is_patched && event["tier"] != "patch" {
            untold.push(format!("{}, {step}: no patch: {event}", case.about));
        }
        // The line under way may be of before.
        answer_of(&mut run, generation);
        let is = answer_of(&mut run, generation);
        println!("{} · {step}: {} {} {}", case.about, event["event"], event["tier"], event["reason"]);
        compare(&project, &step, &is, edit.answer);
    }
    wrong.extend(untold);
    wrong
}

fn files(case: &Case) -> Vec<(&'static str, String)> {
    let dependency = |name: &str, up: &str| format!("{name} = {{ path = \"{up}{name}\" }}\n");
    let dependencies: String = case.crates.iter().map(|one| dependency(one.name, "")).collect();
    let members: Vec<String> = case.crates.iter().map(|one| format!("\"{}\"", one.name)).collect();
    let manifest = format!(
        "[package]\nname = \"case\"\nversion = \"0.0.0\"\nedition = \"{}\"\n\n[lib]\ncrate-type = [\"rlib\", \"cdylib\"]\n\n\
         [dependencies]\nliveswap = {{ path = \"{{{{LIVESWAP}}}}\" }}\n{dependencies}\n[workspace]\nmembers = [{}]\n",
        case.edition,
        members.join(", "),
    );
    let mut files =
        vec![("Cargo.toml", manifest), ("src/frame.rs", FRAME.to_owned()), ("examples/fresh.rs", FRESH.to_owned())];
    for (path, text) in case.files {
        let behind = if *path == "src/lib.rs" { "\nmod frame;\nliveswap::hot_lib!(app = frame::Frame);\n" } else { "" };
        files.push((path, format!("{}{behind}", text.trim_start_matches('\n'))));
    }
    for one in case.crates {
        let uses: String = one.uses.iter().map(|name| dependency(name, "../")).collect();
        let kind = if one.kind == CrateKind::ProcMacro { "\n[lib]\nproc-macro = true\n" } else { "" };
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{kind}\n[dependencies]\n{uses}",
            one.name
        );
        files.push((format!("{}/Cargo.toml", one.name).leak(), manifest));
        files.push((format!("{}/src/lib.rs", one.name).leak(), one.text.trim_start_matches('\n').to_owned()));
    }
    files
}

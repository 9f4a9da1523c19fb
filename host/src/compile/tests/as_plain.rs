//! A base does what the plain program does: small programs, compiled as they are and from their shadow, print the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::compile::shadow_tree::{ShadowTree, Sources};
use crate::project::Toolchain;
use crate::shadow::kept::Kept;
use crate::shadow::refused::Refused;
use crate::source::SourceFile;

/// A program of some files, its root first.
struct Program<'a> {
    files: &'a [(&'a str, &'a str)],
    edition: &'a str,
}

impl Program<'_> {
    /// What it prints as it is, and what its base prints.
    fn printed(&self) -> (String, String) {
        let directory = tempfile::tempdir().unwrap();
        let original = directory.path().canonicalize().unwrap().join("w");
        let (shadow, out) = (original.join("target/shadow"), original.join("target"));
        let paths: Vec<PathBuf> = self.files.iter().map(|(name, _)| original.join(name)).collect();
        let contents: Vec<Arc<[u8]>> = self.files.iter().map(|(_, text)| text.as_bytes().into()).collect();
        for (path, text) in paths.iter().zip(&contents) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(original.join("Cargo.toml"), "[package]\nname = \"p\"\n").unwrap();
        let read = |path: &Path| Some(Arc::new(SourceFile::read(&fs::read(path).ok()?).ok()?));
        let roots = [paths[0].clone()];
        let kept = Kept::of(&roots, paths.iter().map(|path| &**path), &[], &Refused::default(), read);
        let files = paths.iter().map(|path| &**path).zip(&contents).collect();
        let sources = Sources {
            files,
            roots: roots.into(),
            kept: &kept,
            as_they_are: Default::default(),
            exclude: vec![out.clone()],
        };
        ShadowTree::new(original.clone(), shadow.clone()).write(&sources).unwrap();
        let plain = self.run(&original, Path::new(self.files[0].0), &out.join("plain"), &[]);
        let remap = format!("--remap-path-prefix={}/=", shadow.display());
        let base = self.run(&original, &shadow.join(self.files[0].0), &out.join("base"), &[&remap]);
        (plain, base)
    }

    fn run(&self, directory: &Path, root: &Path, program: &Path, more: &[&str]) -> String {
        let mut rustc = Toolchain::find(directory).unwrap().rustc_command();
        rustc.args(["--edition", self.edition, "--crate-name", "p", "--cap-lints", "allow", "-C", "debuginfo=2"]);
        let output = rustc.current_dir(directory).args(more).arg(root).arg("-o").arg(program).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = Command::new(program).current_dir(directory).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn source(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/compile/tests/as_plain");
    fs::read_to_string(directory.join(name).with_extension("rs")).unwrap()
}

fn same(files: &[(&str, &str)], editions: [&str; 2]) {
    for edition in editions {
        let (plain, base) = Program { files, edition }.printed();
        assert!(!plain.is_empty(), "it prints something");
        for (plain, base) in plain.lines().zip(base.lines()) {
            assert_eq!(plain, base, "the base prints the second, in the edition {edition}");
        }
        assert_eq!(plain.lines().count(), base.lines().count());
    }
}

/// Patterns of all kinds as parameters: what is dropped, and when.
#[test]
fn drops_keep_their_order() {
    same(&[("src/main.rs", &source("drops"))], ["2018", "2024"]);
}

/// What is private and has the name of something that every type has, or that a type leads to.
#[test]
fn names_mean_the_same() {
    same(&[("src/main.rs", &source("names"))], ["2015", "2024"]);
}

/// Sources that are read as text, and where they stand.
#[test]
fn sources_are_read_as_they_are() {
    let module = "pub fn d() -> u32 { 1 }\npub fn place() -> String { format!(\"{}:{}\", file!(), column!()) }\n";
    same(&[("src/texts.rs", &source("texts")), ("src/d.rs", module)], ["2015", "2024"]);
}

/// Columns that functions of one line see.
#[test]
fn code_keeps_its_place() {
    same(&[("src/main.rs", &source("places"))], ["2015", "2024"]);
}

/// The frames of a base's functions: a line for each says its size, `name bytes`.
#[test]
fn frames_are_hardly_larger() {
    let (plain, base) = Program { files: &[("src/main.rs", &source("frames"))], edition: "2024" }.printed();
    for (plain, base) in plain.lines().zip(base.lines()) {
        let size = |line: &str| line.rsplit(' ').next().and_then(|size| size.parse::<f64>().ok()).unwrap();
        assert!(size(base) <= 1.2 * size(plain), "plain {plain}, base {base}");
    }
}

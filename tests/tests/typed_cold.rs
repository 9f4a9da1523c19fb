//! Where hot code is off, nothing is left of it: the function is compiled as if it never had been marked.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use liveswap_tests::Project;

const FUNCTION: &str = "typed_cold_update";

/// What the compiler makes of the fixture.
struct Compiled {
    assembly: String,
    library: Vec<u8>,
}

fn compile(project: &Project, arguments: &[&str], plain: bool) -> Compiled {
    // All builds leave their library at the same place.
    static LOCK: Mutex<()> = Mutex::new(());
    let _lock = LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let assembly = project.outside().join("typed_cold.s");
    let output = Command::new("cargo")
        .args(["rustc", "--quiet", "--lib", "--crate-type", "cdylib"])
        .args(arguments)
        .args(["--", "-C", "codegen-units=1", "--emit"])
        .arg(format!("asm={}", assembly.display()))
        .args(if plain { &["--cfg", "plain"][..] } else { &["--check-cfg", "cfg(plain)"] })
        .current_dir(project.directory())
        .env("CARGO_TARGET_DIR", target())
        // Without the places of debug information, bodies can be compared as text.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let profile = if arguments.contains(&"--release") { "release" } else { "debug" };
    Compiled {
        assembly: fs::read_to_string(assembly).expect("the assembly"),
        library: fs::read(target().join(profile).join("libtyped_cold.so")).expect("the library"),
    }
}

/// One for all runs: the dependencies are compiled once.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("this program's path");
    program.ancestors().nth(3).unwrap_or(Path::new(".")).join("liveswap-tests/typed-cold")
}

impl Compiled {
    /// The function's instructions; labels that are numbered through the file lose their numbers.
    fn body(&self) -> Vec<String> {
        let from = self.assembly.lines().skip_while(|line| *line != format!("{FUNCTION}:")).skip(1);
        let body: Vec<_> = from.take_while(|line| !line.contains(".cfi_endproc")).map(without_numbers).collect();
        assert!(body.len() > 10, "a body of {FUNCTION}:\n{}", self.assembly);
        body
    }

    fn mentions(&self, name: &str) -> bool {
        self.library.windows(name.len()).any(|window| window == name.as_bytes())
    }
}

fn without_numbers(line: &str) -> String {
    let mut text = String::new();
    let mut in_label = false;
    for character in line.chars() {
        in_label = character == '.' || (in_label && (character.is_alphanumeric() || "_.".contains(character)));
        if !in_label || character.is_alphabetic() {
            text.push(character);
        }
    }
    text.split(".Lanon").next().unwrap_or_default().to_owned()
}

fn nothing_is_left(arguments: &[&str]) {
    let project = Project::new("typed-cold");
    let marked = compile(&project, arguments, false);
    let plain = compile(&project, arguments, true);
    assert_eq!(marked.body(), plain.body());
    assert!(marked.mentions(FUNCTION), "the names are in the library");
    for name in ["liveswap", "LIVESWAP", "linkme"] {
        assert!(!marked.mentions(name), "{name} is in the library");
    }
}

#[test]
fn of_a_release_build() {
    nothing_is_left(&["--release", "--features", "hot"]);
}

#[test]
fn without_the_feature() {
    nothing_is_left(&[]);
}

#[test]
fn with_hot_code_the_comparison_fails() {
    let project = Project::new("typed-cold");
    let marked = compile(&project, &["--features", "hot"], false);
    let plain = compile(&project, &["--features", "hot"], true);
    assert_ne!(marked.body(), plain.body());
    assert!(marked.mentions("liveswap_root_typed_cold"));
}

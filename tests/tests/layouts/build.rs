//! Two versions of one crate, with a module for each case: generated, compiled by cargo, and loaded side by side.
//!
//! The crates stand in the target directory of the test, not in a temporary one: where nothing changed since the last
//! run, cargo finds all fresh. Each version has a target directory of its own, since both have the same file names.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libloading::Library;
use serde_json::Value;

use super::common::{Case, Ledger};

const MANIFEST: &str = r#"[package]
name = "{{CRATE}}"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
liveswap = { path = "{{LIVESWAP}}" }

[profile.dev]
debug = "line-tables-only"

[workspace]
"#;

/// The end of each generated crate's root.
const TABLE: &str = "
#[unsafe(no_mangle)]
pub fn liveswap_layouts(ledger: &'static common::Ledger) -> &'static [common::Case] {
    common::start(ledger);
    CASES
}
";

/// One version of one case.
pub struct Module {
    /// The module's name, and the case's.
    pub name: String,
    /// The types; one of them is `State`, or there is an alias of that name.
    pub source: String,
    /// The value, as an expression that may use `seed: u64`; and what is left of it after a way there and back.
    pub value: Option<String>,
    pub value_back: Option<String>,
}

/// The cases of the old and of the new version of a crate.
pub fn images(crate_name: &str, versions: [&[Module]; 2], ledger: &'static Ledger) -> [&'static [Case]; 2] {
    let directory = target_directory().join("liveswap-tests/layouts");
    fs::create_dir_all(&directory).expect("a directory for the crates");
    let lock = File::create(directory.join("lock")).expect("the lock of the crates");
    lock.lock().expect("the lock of the crates");
    let temporary = tempfile::TempDir::with_prefix("liveswap-layouts-").expect("a temporary directory");
    let [old, new] = versions;
    [("old", old), ("new", new)].map(|(version, modules)| {
        let source = directory.join(crate_name).join(version);
        generate(&source, crate_name, modules);
        let built = compile(&source, &directory.join("target").join(version));
        // Not in place: another test process may build meanwhile.
        let copy = temporary.path().join(format!("{version}.{}", std::env::consts::DLL_EXTENSION));
        fs::copy(built, &copy).expect("a copy of the image");
        load(&copy, ledger)
    })
}

fn generate(directory: &Path, crate_name: &str, modules: &[Module]) {
    fs::create_dir_all(directory.join("src")).expect("the crate's directory");
    let liveswap = repository().join("liveswap");
    let manifest = MANIFEST.replace("{{CRATE}}", crate_name).replace("{{LIVESWAP}}", &liveswap.to_string_lossy());
    write_if_changed(&directory.join("Cargo.toml"), &manifest);
    // The versions of this workspace; cargo takes out what is not needed.
    fs::copy(repository().join("Cargo.lock"), directory.join("Cargo.lock")).expect("a lock file");
    write_if_changed(&directory.join("src/common.rs"), include_str!("common.rs"));
    let mut root = String::from("mod common;\n\nuse common::*;\n");
    root.extend(modules.iter().map(text));
    let names: String = modules.iter().map(|module| format!("    {}::CASE,\n", module.name)).collect();
    root += &format!("\nstatic CASES: &[Case] = &[\n{names}];\n{TABLE}");
    write_if_changed(&directory.join("src/lib.rs"), &root);
}

fn text(module: &Module) -> String {
    let Module { name, source, value, value_back } = module;
    let make = |value: &Option<String>| match value {
        // SAFETY of the generated code: the test gives room for a `State`.
        Some(value) => format!("Some(|seed, to| unsafe {{ to.cast::<State>().write({value}) }})"),
        None => "None".to_owned(),
    };
    format!(
        "
#[allow(dead_code, unused_variables, unused_imports, private_interfaces, clippy::all)]
mod {name} {{
    use crate::common::*;

{}

    pub const CASE: Case = Case {{
        name: \"{name}\",
        state: <State as HotState>::state,
        make: {},
        make_back: {},
        show: |value| shown(unsafe {{ &*value.cast::<State>() }}),
        let_go,
    }};
}}
",
        derived(source),
        make(value),
        make(value_back),
    )
}

/// The source with the usual derives before each `struct` or `enum` that begins a line, and before its attributes.
fn derived(source: &str) -> String {
    let mut text = String::new();
    let mut is_derived = false;
    for line in source.lines().map(str::trim_start) {
        let is_type = line.starts_with("struct ") || line.starts_with("enum ");
        if (is_type || line.starts_with("#[hot(")) && !is_derived {
            text += "#[derive(HotType, HotState, Debug)]\n";
            is_derived = true;
        }
        if is_type {
            text += "pub ";
            is_derived = false;
        }
        text += line;
        text += "\n";
    }
    text
}

fn compile(source: &Path, target: &Path) -> PathBuf {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_for_all = ["CARGO_HOME", "CARGO_BUILD_TARGET"].contains(&&*name);
        if (name.starts_with("CARGO") && !is_for_all) || name.starts_with("LIVESWAP") {
            command.env_remove(&*name);
        }
    }
    let output = command
        .args(["build", "--offline", "--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(target)
        .current_dir(source)
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}:\n{}", source.display(), String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let artifacts = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut files = artifacts.filter_map(|artifact| {
        let is_library = artifact["target"]["crate_types"][0] == "cdylib";
        artifact["filenames"][0].as_str().filter(|_| is_library).map(PathBuf::from)
    });
    files.next_back().expect("cargo names the library that it built")
}

/// Loads an image for ever.
fn load(path: &Path, ledger: &'static Ledger) -> &'static [Case] {
    // SAFETY: this is the crate generated above; it has no constructors of its own.
    let library = unsafe { Library::new(path) }.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // SAFETY: the function has this type, and was compiled by the compiler of this test.
    let cases = unsafe {
        let table = library.get::<fn(&'static Ledger) -> &'static [Case]>(b"liveswap_layouts");
        table.expect("the image's table")(ledger)
    };
    std::mem::forget(library);
    cases
}

/// So that cargo finds nothing changed.
fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("a file of the crate");
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' package is in the workspace's directory")
}

/// The target directory that this test was built in.
fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("this program's path");
    program.ancestors().nth(3).expect("this program is in `target/PROFILE/deps`").to_owned()
}

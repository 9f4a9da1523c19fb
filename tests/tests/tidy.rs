//! Rules of the house that no compiler checks; ARCHITECTURE.md gives their reasons.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Unsafe code may stand in these files; ARCHITECTURE.md says why each is sound.
const UNSAFE: &[&str] = &[
    // The boundary.
    "liveswap/src/again.rs",
    "liveswap/src/allocator.rs",
    "liveswap/src/app.rs",
    "liveswap/src/call.rs",
    "liveswap/src/entry.rs",
    "liveswap/src/escape.rs",
    "liveswap/src/future.rs",
    "liveswap/src/guard.rs",
    "liveswap/src/hot_crate.rs",
    "liveswap/src/identity.rs",
    "liveswap/src/in_flight.rs",
    "liveswap/src/layout/describe.rs",
    "liveswap/src/layout/mod.rs",
    "liveswap/src/layout/std_types/functions.rs",
    "liveswap/src/logging.rs",
    "liveswap/src/root.rs",
    "liveswap/src/services.rs",
    // What a library says of its state, and does with it.
    "liveswap/src/state/cell.rs",
    "liveswap/src/state/duplicate.rs",
    "liveswap/src/state/foreign/smallvec.rs",
    "liveswap/src/state/glue.rs",
    "liveswap/src/state/kept.rs",
    "liveswap/src/state/mod.rs",
    "liveswap/src/state/parts.rs",
    "liveswap/src/state/registry.rs",
    "liveswap/src/state/snapshot/kept.rs",
    "liveswap/src/state/snapshot/mod.rs",
    "liveswap/src/state/snapshot/with_serde.rs",
    "liveswap/src/state/std_types/enums.rs",
    "liveswap/src/state/std_types/maps.rs",
    "liveswap/src/state/std_types/mod.rs",
    "liveswap/src/state/std_types/pointers.rs",
    "liveswap/src/state/std_types/sequences.rs",
    "liveswap/src/state/std_types/sets.rs",
    "liveswap/src/state/std_types/shared.rs",
    "liveswap/src/state/std_types/wrappers.rs",
    "liveswap/src/table.rs",
    "liveswap/src/trampoline.rs",
    // The loader.
    "host/src/open/escape.rs",
    "host/src/open/image.rs",
    "host/src/open/library.rs",
    "host/src/open/mapped.rs",
    "host/src/open/patch.rs",
    "host/src/open/replace.rs",
    "host/src/open/root_module.rs",
    "host/src/open/test_load/program.rs",
    "host/src/open/threads.rs",
    "host/src/threads/hook.rs",
    // Crashes and hangs.
    "host/src/guard/alternate_stack.rs",
    "host/src/guard/context.rs",
    "host/src/guard/exit.rs",
    "host/src/guard/mailbox.rs",
    "host/src/guard/mod.rs",
    "host/src/guard/signals.rs",
    "host/src/hangs/capture.rs",
    "host/src/stacks/handlers.rs",
    "host/src/stacks/here.rs",
    "host/src/stacks/memory.rs",
    // Where state is moved.
    "host/src/migrate/bits.rs",
    "host/src/migrate/build.rs",
    "host/src/migrate/carry.rs",
    "host/src/migrate/chain.rs",
    "host/src/migrate/columns.rs",
    "host/src/migrate/scratch.rs",
    "host/src/migrate/take_apart.rs",
    "host/src/session/ready.rs",
    // What stands in a base.
    "host/src/shadow/runtime.rs",
    // Where checked code is called and published.
    "host/src/app.rs",
    "host/src/publish.rs",
    "host/src/session/attempt.rs",
    "host/src/session/patching.rs",
];

/// The most lines of a source file, tests left out.
const LONGEST: usize = 400;

/// The parts of the host in the order of an edit's way, and then outwards: a part may name those before it (and
/// itself), none after it.
const LAYERS: &[&[&str]] = &[
    &["events", "gate"],
    &["project"],
    &["watch"],
    &["source"],
    &["classify"],
    &["shadow"],
    &["audit"],
    &["patch"],
    &["compile"],
    &["stage"],
    &["stacks"],
    &["threads"],
    &["open"],
    &["guard"],
    &["hangs"],
    &["verify"],
    &["migrate"],
    &["app"],
    &["publish"],
    &["present", "emit"],
    &["snapshots"],
    &["session"],
    &["control"],
    &["host"],
    &["builder", "drive"],
    &["keys"],
    &["cli"],
];

/// Pure parts: values in, values out. They name neither files nor processes nor threads.
const PURE: &[&str] = &[
    "host/src/verify/",
    "host/src/migrate/",
    "host/src/source/",
    "host/src/shadow/",
    "host/src/patch/",
    "host/src/audit/",
    "host/src/classify/mod.rs",
    "host/src/classify/bodies/",
    "host/src/gate.rs",
    "host/src/open/constructors.rs",
    "host/src/open/relocations.rs",
    "host/src/control/protocol.rs",
    "host/src/control/show.rs",
    "host/src/present/render.rs",
    "host/src/present/board.rs",
    "host/src/watch/settle.rs",
];
const IMPURE: &[&str] = &["std::fs", "std::process", "std::net", "std::env", "fs::File", "File::open", "File::create"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The workspace's own Rust files, relative to its root, with their texts.
fn sources(below: &[&str]) -> Vec<(String, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    below.iter().for_each(|directory| walk(&root.join(directory), &mut found));
    found.sort();
    assert!(found.len() > 3, "the sources of {below:?} are there");
    let relative = |path: &Path| path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (relative(path), fs::read_to_string(path).expect("a text"))).collect()
}

/// The code of a file without its unit tests, its comments and its texts.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let without_comments = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    without_comments.map(|line| line.split('"').step_by(2).collect::<String>() + "\n").collect()
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

#[test]
fn unsafe_stands_only_where_it_may() {
    let mut unused: BTreeSet<&str> = UNSAFE.iter().copied().collect();
    for (path, text) in sources(&["liveswap/src", "host/src", "hot-lib-example/src"]) {
        let has_unsafe = code(&text).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
        if has_unsafe && !is_test(&path) {
            assert!(UNSAFE.contains(&path.as_str()), "{path} has unsafe code and is not in the list");
            unused.remove(path.as_str());
        }
    }
    assert!(unused.is_empty(), "no unsafe code in {unused:?} any more: take them off the list");
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for path in UNSAFE {
        let file = path.rsplit("/src/").next().unwrap_or_default();
        assert!(architecture.contains(file), "ARCHITECTURE.md does not tell of the unsafe code in {path}");
    }
}

#[test]
fn no_part_of_the_host_names_one_further_out() {
    let layer = |part: &str| LAYERS.iter().position(|layer| layer.contains(&part));
    for (path, text) in sources(&["host/src"]) {
        let part = path.trim_start_matches("host/src/").split(['/', '.']).next().unwrap_or_default().to_owned();
        if ["lib", "main"].contains(&part.as_str()) {
            continue;
        }
        let own = layer(&part).unwrap_or_else(|| panic!("`{part}` has no place in LAYERS"));
        for named in code(&text).split("crate::").skip(1) {
            let named: String = named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let Some(other) = layer(&named) {
                assert!(other <= own, "{path} names `{named}`, which lies further out");
            }
        }
    }
}

#[test]
fn pure_parts_touch_nothing_outside() {
    for (path, text) in sources(&["host/src"]) {
        if PURE.iter().any(|pure| path.starts_with(pure)) {
            let code = code(&text);
            for impure in IMPURE {
                assert!(!code.contains(impure), "{path} is pure, and names {impure}");
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    for (path, text) in sources(&["liveswap/src", "macros/src", "host/src", "tests/src", "hot-lib-example/src"]) {
        let lines = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        assert!(lines <= LONGEST || is_test(&path), "{path} has {lines} lines: what of it is a room of its own?");
        assert!(text.starts_with("//!"), "{path} does not say what it is for");
    }
}

#[test]
fn a_hot_library_pulls_in_nothing_of_the_host() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "-p", "liveswap", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let packages: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(packages.contains("abi_stable"), "the tree is there");
    for host_only in ["notify", "cargo_metadata", "clap", "indicatif", "process-wrap", "tempfile", "tracing-subscriber"]
    {
        assert!(!packages.contains(host_only), "{host_only} is a dependency of the light crate");
    }
    // (`smallvec` is there anyway: abi_stable's locks use it.)
    for by_feature in ["bytes", "glam", "indexmap", "rmp-serde", "uuid"] {
        assert!(!packages.contains(by_feature), "{by_feature} is a dependency that nobody asked for");
    }
}

/// What a user's cargo may choose compiles, since it is at least what all tests are compiled with.
#[test]
fn minimum_versions_are_those_that_tests_run_with() {
    let (manifest, lock) = (read_root("Cargo.toml"), read_root("Cargo.lock"));
    let section = manifest.split("[workspace.dependencies]\n").nth(1).expect("the section");
    let section = section.split("\n[").next().unwrap_or_default();
    let mut checked = 0;
    for line in section.lines().filter(|line| !line.starts_with('#') && !line.contains("path = ")) {
        let Some((name, rest)) = line.split_once(" = ") else { continue };
        let version = rest.trim_start_matches("{ version = ").trim_start_matches('"');
        let version = version.split('"').next().unwrap_or_default().trim_start_matches('=');
        // What stands behind a `+` says nothing of an order.
        let is_locked = [format!("version = \"{version}\""), format!("version = \"{version}+")]
            .iter()
            .any(|locked| lock.contains(&format!("name = \"{name}\"\n{locked}")));
        assert!(is_locked, "{name} {version} is not the version in Cargo.lock");
        checked += 1;
    }
    assert!(checked > 30, "the section has dependencies");
}

fn read_root(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("a file of the workspace")
}

#[test]
fn what_the_readme_names_exists() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let ci = fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    let test_command = "cargo test --workspace";
    assert!(readme.contains(test_command) && ci.contains(test_command), "CI runs the README's test command");
    // Paths in backquotes, as `hot-lib-example/src/lib.rs`.
    for quoted in readme.split('`').skip(1).step_by(2) {
        let is_path = quoted.contains('/') && !quoted.contains([' ', '\n', '<', '$', '{', ':', '*', '[']);
        let is_ours = ["host/", "liveswap/", "macros/", "hot-lib-example/", "tests/", "examples/", ".ci/"];
        if is_path && is_ours.iter().any(|ours| quoted.starts_with(ours)) {
            assert!(root().join(quoted).exists(), "README.md names {quoted}, which is not there");
        }
    }
}

/// The README's code is that of the typed host, which is compiled and run; it may leave out comments and imports.
#[test]
fn the_readmes_code_is_the_examples() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect(path);
    let example = read("examples/typed-host/src/main.rs") + &read("examples/typed-host/logic/src/lib.rs");
    let example: BTreeSet<&str> = example.lines().map(str::trim).collect();
    let readme = read("README.md");
    let mut lines = 0;
    for block in readme.split("```rust\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        for line in block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("// ")) {
            assert!(example.contains(line), "README.md has a line of code that the typed host has not: {line}");
            lines += 1;
        }
    }
    assert!(lines > 20, "the README shows the typed host");
}

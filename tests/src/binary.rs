//! The program under test, built once in each test process: cargo finds it fresh from the second process on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The root of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' package is in the workspace's directory")
}

/// The path of the program `liveswap`.
pub(crate) fn liveswap() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// The target directory of this repository's workspace.
pub(crate) fn target_directory() -> &'static Path {
    liveswap().ancestors().nth(2).expect("the program is in `target/debug`")
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--package", "liveswap-host", "--bin", "liveswap", "--message-format", "json"])
        .current_dir(repository())
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "the build of `liveswap`:\n{}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).next_back();
    program.expect("cargo names the program that it built")
}

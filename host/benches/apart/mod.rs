//! Starts a bench of the workspace `benches`, whose crates are not to be seen by this package's builds and tests.

use std::path::Path;
use std::process::{Command, ExitCode};

/// Runs the bench of this name, of the package of this name, with this program's arguments.
pub fn run(name: &str) -> ExitCode {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches").join(name).join("Cargo.toml");
    // Kept from one run to the next. Not the target directory of this build: the crates have other features there.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("benches");
    let status = Command::new(env!("CARGO"))
        .args(["bench", "--bench", name, "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .arg("--")
        // cargo gives `--bench` itself.
        .args(std::env::args().skip(1).filter(|argument| argument != "--bench"))
        // Set by the cargo that runs this, for this package.
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_MANIFEST_PATH")
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("can't start {}: {error}", env!("CARGO"));
            ExitCode::FAILURE
        }
    }
}

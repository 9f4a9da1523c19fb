//! `cargo bench -p liveswap-host --bench call`: what a call of a hot function costs.
//!
//! The bench itself is in the workspace `benches`, which this starts: it links a hot library with `hot-in-release` and
//! a peer, and neither is to be seen by this package's builds and tests.

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/call/Cargo.toml");
    // Kept from one run to the next. Not the target directory of this build: the crates have other features there.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("benches");
    let status = Command::new(env!("CARGO"))
        .args(["bench", "--bench", "call", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
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

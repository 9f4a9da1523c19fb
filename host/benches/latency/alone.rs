//! cargo alone on the same crate.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use liveswap_host::project::Toolchain;

use crate::generate::Source;
use crate::hosted;

pub struct Alone {
    directory: PathBuf,
    source: Source,
    toolchain: Toolchain,
}

impl Alone {
    pub fn new(directory: &Path, source: &Source, toolchain: &Toolchain) -> Alone {
        hosted::write(directory, source);
        let alone = Alone { directory: directory.to_owned(), source: source.clone(), toolchain: toolchain.clone() };
        alone.build();
        alone
    }

    /// Edits, and builds; in seconds.
    pub fn edit(&self, value: u64) -> f64 {
        let start = Instant::now();
        self.source.edit(&self.directory, value);
        self.build();
        start.elapsed().as_secs_f64()
    }

    fn build(&self) {
        let mut command = self.toolchain.cargo_command();
        command.args(["build", "--lib", "--target-dir", "target"]).current_dir(&self.directory);
        // As the host has it, so that the macros expand to the same.
        command.env("LIVESWAP_HOT_CRATE", "logic");
        run(command);
    }
}

/// Runs cargo to its end.
pub fn run(mut command: Command) {
    let output = command.stdin(Stdio::null()).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

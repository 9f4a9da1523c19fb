//! Building a hot library with cargo.
//!
//! Purpose: start `cargo build` for one library, report how far it is, and end with the library's file or with the
//! diagnostics. Cargo gets a target directory of its own, so that the user's cargo and IDE never wait on its lock.
//! Life cycle: [`start`] spawns cargo as the leader of a process group (a job object on Windows) and three threads:
//! one for each of cargo's outputs, one that reports. [`Build::cancel`] and dropping the [`Build`] kill the group and
//! end the threads.
//! Synchronisation: the reporting thread is the only caller of `report`; the child is behind a mutex that nobody
//! holds while cargo runs.

pub mod arguments;
pub mod check;
mod child;
mod command;
pub mod crates;
mod dep_info;
mod fingerprint;
pub mod flags;
mod messages;
pub mod mirror;
mod own_directory;
mod own_errors;
mod own_program;
pub mod patch;
mod process;
mod progress;
pub mod self_test;
mod sequence;
pub mod shadow_tree;
pub mod wrapper;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::events::{Diagnostic, Progress};
use crate::project::{Features, Toolchain};

pub(crate) use child::Within;
pub use fingerprint::forget_fingerprint;
pub use own_directory::OwnDirectory;
pub use own_errors::own_errors;
pub use own_program::{OwnProgram, OwnProgramError};
pub use process::{Build, start};
pub use sequence::Sequence;
pub(crate) use sequence::Steps;

/// What to build, and how.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The programs to use.
    pub toolchain: Toolchain,
    /// The directory cargo runs in; its `.cargo/config.toml` counts, and diagnostics name files relative to it.
    pub workspace_root: PathBuf,
    /// The hot library's `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// The hot library as an argument of `-p`: its package id, or its name where that is unambiguous.
    pub package: String,
    /// Further packages to select, for the features that shared dependencies get; only packages without a library, as
    /// theirs would be built too, and such as are built anyway. See [`crate::project::Project::beside`].
    pub beside: Vec<String>,
    /// The cargo profile: `dev`, `release` or one of the user's.
    pub profile: String,
    /// Where cargo puts everything that it makes.
    pub target_dir: PathBuf,
    /// The selected features.
    pub features: Features,
    /// Whether nobody waits for it: it gets what processor time is left over.
    pub is_background: bool,
    /// Variables for cargo, over those of this process.
    pub env: Vec<(OsString, OsString)>,
}

/// What a running build reports.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildMessage {
    /// It has come further.
    Progress(Progress),
    /// It is over; the last message of a build, unless the build is cancelled.
    Finished(Result<Artifact, BuildFailure>),
}

/// A library that was built, or that was there already.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// The `cdylib`'s file. Cargo writes to the same path at the next build.
    pub path: PathBuf,
    /// Whether cargo found it built already, and nothing in it changed.
    pub fresh: bool,
    /// The files and directories that the library and the local packages in it were made from, absolute, sorted: the
    /// sources, what they include, and what build scripts ask to be run again for. One that does not exist may be
    /// among them. Without what is inside the target directory.
    pub inputs: Vec<PathBuf>,
    /// The Rust sources inside the target directory that build scripts have generated for it, absolute, sorted.
    pub generated: Vec<PathBuf>,
    /// The ids of packages whose build scripts name nothing that they are to be run again for: cargo runs them again when
    /// any file of the package changes.
    pub open_scripts: Vec<String>,
    /// The compiler's warnings, those of unchanged packages included.
    pub warnings: Vec<Diagnostic>,
    /// From the start of cargo to its end.
    pub elapsed: Duration,
}

/// A build that gave no library.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildFailure {
    /// The compiler's errors, and the warnings beside them, in the order of their coming.
    pub diagnostics: Vec<Diagnostic>,
    /// What cargo said, where no error among the diagnostics tells the reason: a broken manifest, a failed build
    /// script, a dependency that can't be had.
    pub message: Option<String>,
    /// From the start of cargo to its end.
    pub elapsed: Duration,
}

/// Why a build could not be started.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Cargo does not start.
    #[error("can't start `{}` in {}: {source}; is the toolchain still installed?", .program.display(), .directory.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The directory it was to run in.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A directory can't be made.
    #[error("write {}: {source}", .path.display())]
    Write {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The system gives no thread to follow the build with.
    #[error("can't start a thread to follow the build: {0}")]
    Thread(#[source] io::Error),
}

//! Small programs of liveswap's own, which the host has compiled when they are first needed.
//!
//! Each takes a quarter of a second, once for each toolchain, and stays in the library's target directory: so a program
//! of the user's own can host libraries, and nothing else has to be installed. They name nothing but `std`.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rapidhash::v3::rapidhash_v3;

use crate::project::Toolchain;

/// The source of such a program.
#[derive(Debug, Clone, Copy)]
pub struct OwnProgram {
    /// How its file's name begins.
    pub name: &'static str,
    /// Its files by their names, the root first.
    pub files: &'static [(&'static str, &'static str)],
}

/// Why there is no such program.
#[derive(Debug, thiserror::Error)]
pub enum OwnProgramError {
    /// A file can't be written.
    #[error("write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// rustc does not start, or does not compile it.
    #[error("{} can't compile {}: {message}", rustc.display(), path.display())]
    Compile {
        /// The compiler.
        rustc: PathBuf,
        /// The program's source.
        path: PathBuf,
        /// What it said.
        message: String,
    },
}

impl OwnProgram {
    /// Gives the program's path in this directory; compiles it where it is not there yet.
    ///
    /// # Errors
    ///
    /// It can't be written or compiled.
    pub fn ready(&self, toolchain: &Toolchain, directory: &Path) -> Result<PathBuf, OwnProgramError> {
        let texts: String = self.files.iter().map(|(_, text)| *text).collect();
        let print = rapidhash_v3(format!("{texts}{}{}", toolchain.version, toolchain.commit).as_bytes());
        let program = directory.join(format!("{}-{print:016x}{}", self.name, std::env::consts::EXE_SUFFIX));
        if program.is_file() {
            return Ok(program);
        }
        let written = |path: &Path, source| OwnProgramError::Write { path: path.to_owned(), source };
        std::fs::create_dir_all(directory).map_err(|error| written(directory, error))?;
        // Several hosts may begin at once: each makes its own, and the last one stays.
        let making = tempfile::Builder::new().prefix(&format!("{}-", self.name)).tempdir_in(directory);
        let making = making.map_err(|error| written(directory, error))?;
        for (name, text) in self.files {
            let file = making.path().join(name);
            std::fs::write(&file, text).map_err(|error| written(&file, error))?;
        }
        let source = making.path().join(self.files.first().map_or("", |(name, _)| name));
        let made = making.path().join("program");
        let failed = |message: String| OwnProgramError::Compile {
            rustc: toolchain.rustc.clone(),
            path: source.clone(),
            message,
        };
        let mut rustc = toolchain.rustc_command();
        rustc.args(["--edition", "2024", "-C", "opt-level=1", "-C", "debuginfo=0", "-A", "warnings", "-o"]).arg(&made);
        let output = rustc.arg(&source).stdin(Stdio::null()).output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        std::fs::rename(&made, &program).map_err(|error| written(&program, error))?;
        Ok(program)
    }
}

//! The program between cargo and rustc, ready to be used.
//!
//! The host has it compiled once for each toolchain, a quarter of a second, into the library's target directory: so a
//! program of the user's own can host libraries, and nothing else has to be installed.

mod print;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rapidhash::v3::rapidhash_v3;

use crate::project::Toolchain;

/// Its source.
const PROGRAM: &str = include_str!("program.rs");
const PRINT: &str = include_str!("print.rs");

/// The variable by which it knows what of its environment is the host's: prints, one after the other.
pub const ENVIRONMENT: &str = "LIVESWAP_ENVIRONMENT";

/// The value of [`ENVIRONMENT`] for children of this process.
pub fn environment() -> OsString {
    let prints: Vec<String> = std::env::vars_os().map(|(name, value)| print::of_variable(&name, &value)).collect();
    prints.join(" ").into()
}

/// Why there is no wrapper.
#[derive(Debug, thiserror::Error)]
pub enum WrapperError {
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

/// Gives the wrapper's path in this directory; compiles it where it is not there yet.
///
/// # Errors
///
/// It can't be written or compiled.
pub fn ready(toolchain: &Toolchain, directory: &Path) -> Result<PathBuf, WrapperError> {
    let print = rapidhash_v3(format!("{PROGRAM}{PRINT}{}{}", toolchain.version, toolchain.commit).as_bytes());
    let program = directory.join(format!("liveswap-rustc-{print:016x}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    let written = |path: &Path, source| WrapperError::Write { path: path.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(|error| written(directory, error))?;
    // Several hosts may begin at once: each makes its own, and the last one stays.
    let making = tempfile::Builder::new()
        .prefix("liveswap-rustc-")
        .tempdir_in(directory)
        .map_err(|error| written(directory, error))?;
    let source = making.path().join("liveswap_rustc.rs");
    for (file, text) in [(&source, PROGRAM), (&making.path().join("print.rs"), PRINT)] {
        std::fs::write(file, text).map_err(|error| written(file, error))?;
    }
    let made = making.path().join("program");
    let failed =
        |message: String| WrapperError::Compile { rustc: toolchain.rustc.clone(), path: source.clone(), message };
    let mut rustc = toolchain.rustc_command();
    rustc.args(["--edition", "2024", "-C", "opt-level=1", "-C", "debuginfo=0", "-A", "warnings", "-o"]).arg(&made);
    let output = rustc.arg(&source).stdin(Stdio::null()).output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    std::fs::rename(&made, &program).map_err(|error| written(&program, error))?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shadow::kept::Kept;

    #[test]
    fn it_is_compiled_once_and_hands_on_what_has_no_shadow() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        let program = ready(&toolchain, directory.path()).unwrap();
        let made = program.metadata().unwrap().modified().unwrap();
        assert_eq!(ready(&toolchain, directory.path()).unwrap(), program);
        assert_eq!(program.metadata().unwrap().modified().unwrap(), made);
        let output = std::process::Command::new(&program).arg(&toolchain.rustc).arg("--version").output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains(&toolchain.version));
    }

    #[test]
    #[cfg(unix)]
    fn the_users_own_wrapper_gets_what_has_no_shadow() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        let own = directory.path().join("own");
        std::fs::write(&own, "#!/bin/sh\necho through the own one: $2\n").unwrap();
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = std::process::Command::new(ready(&toolchain, directory.path()).unwrap());
        command.arg(&toolchain.rustc).arg("--version").env("LIVESWAP_OWN_WRAPPER", own);
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "through the own one: --version\n");
    }

    /// What cargo finds where it wants a program is the base, and how it was compiled is noted.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_named_program_becomes_a_base() {
        use crate::compile::patch::Noted;
        use crate::compile::shadow_tree::{ShadowTree, Sources};

        let directory = tempfile::tempdir().unwrap();
        let original = directory.path().canonicalize().unwrap().join("w");
        let root = original.join("src/main.rs");
        std::fs::create_dir_all(original.join("src")).unwrap();
        std::fs::write(&root, "fn main() { other(); }\nfn other() {}\n").unwrap();
        std::fs::write(original.join("Cargo.toml"), "[package]\nname = \"p-q\"\nedition = \"2024\"\n").unwrap();
        let (shadow, notes, target) = (original.join("shadow"), original.join("notes"), original.join("target"));
        let contents = std::fs::read(&root).unwrap().into();
        let files = [(root.as_path(), &contents)].into();
        let (kept, exclude) = (Kept::default(), vec![target.clone(), shadow.clone()]);
        let sources = Sources { files, roots: [root.clone()].into(), kept: &kept, exclude };
        ShadowTree::new(original.clone(), shadow.clone()).write(&sources).unwrap();
        let toolchain = Toolchain::find(&original).unwrap();
        let mut cargo = toolchain.cargo_command();
        cargo.args(["build", "--offline", "--target-dir"]).arg(&target).current_dir(&original);
        cargo.env("RUSTC_WRAPPER", ready(&toolchain, &original).unwrap());
        cargo.env("LIVESWAP_ORIGINAL", &original).env("LIVESWAP_SHADOW", &shadow).env("LIVESWAP_NOTES", &notes);
        let output = cargo.env("LIVESWAP_BASE_PROGRAM", &root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(Noted::read(&notes.join("p_q.rustc")).unwrap().root(), Some(Path::new("src/main.rs")));
        let made = std::fs::read(target.join("debug/p-q")).unwrap();
        let soname = b"liveswap-base-";
        assert!(made.windows(soname.len()).any(|part| part == soname), "it is a base");
    }
}

//! The programs of the toolchain.
//!
//! Purpose: ask rustup's shim once and call the programs behind it from then on; the shim costs milliseconds at every
//! start of cargo and at every start of rustc.
//! Life cycle: found once, cloned into every build. Synchronisation: none; a plain value.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{ProjectError, environment};

/// The programs of the toolchain, resolved once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The cargo to run.
    pub cargo: PathBuf,
    /// The rustc that cargo is told to use.
    pub rustc: PathBuf,
    /// The toolchain's directory, with `bin` and `lib`.
    pub sysroot: PathBuf,
    /// rustc's release, such as `1.95.0` or `1.97.0-nightly`.
    pub version: String,
    /// rustc's commit; `unknown` where a distribution built it without.
    pub commit: String,
    /// The platform that rustc runs on, such as `x86_64-unknown-linux-gnu`.
    pub host: String,
}

impl Toolchain {
    /// Finds the toolchain that is in force in the directory, so that a `rust-toolchain.toml` there counts.
    ///
    /// Takes the programs that `CARGO` and `RUSTC` name, else those on the `PATH`; then, where they exist, `cargo` and
    /// `rustc` of that toolchain's own directory.
    ///
    /// # Errors
    /// A program is missing, fails, or answers in a form that is not rustc's.
    pub fn find(dir: &Path) -> Result<Toolchain, ProjectError> {
        let named = |variable: &str, program: &str| {
            std::env::var_os(variable).filter(|value| !value.is_empty()).unwrap_or_else(|| program.into())
        };
        find_with(dir, &named("CARGO", "cargo"), &named("RUSTC", "rustc"))
    }

    /// A command that runs this toolchain's cargo with its rustc, without input, in the environment that the user has:
    /// what an outer `cargo run` or `cargo test` added to this process's is taken out.
    pub fn cargo_command(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        environment::clean(&mut command, &self.sysroot);
        command.env("RUSTC", &self.rustc).stdin(Stdio::null());
        // What a build script starts through the PATH is rustup's shim, which must not choose another toolchain.
        if let Some(name) = self.rustup_name() {
            command.env("RUSTUP_TOOLCHAIN", name);
        }
        command
    }

    /// A command that runs this toolchain's rustc, without input, in the environment that the user has.
    pub fn rustc_command(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        environment::clean(&mut command, &self.sysroot);
        command.stdin(Stdio::null());
        command
    }

    /// The directories with the toolchain's shared libraries.
    pub fn libraries(&self) -> Vec<PathBuf> {
        let lib = self.sysroot.join("lib");
        vec![lib.join("rustlib").join(&self.host).join("lib"), lib]
    }

    /// The toolchain's name at rustup; none for a toolchain that rustup did not install.
    fn rustup_name(&self) -> Option<&OsStr> {
        let installed = self.sysroot.parent()?.file_name()? == "toolchains";
        if installed { self.sysroot.file_name() } else { None }
    }
}

fn find_with(dir: &Path, cargo: &OsStr, rustc: &OsStr) -> Result<Toolchain, ProjectError> {
    let sysroot = PathBuf::from(ask(dir, Path::new(rustc), &["--print", "sysroot"])?.trim());
    let own = |name: &str, fallback: &OsStr| {
        let program = sysroot.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        if program.is_file() { program } else { PathBuf::from(fallback) }
    };
    let cargo = own("cargo", cargo);
    let rustc = own("rustc", rustc);
    ask(dir, &cargo, &["--version"])?;
    let answer = ask(dir, &rustc, &["-vV"])?;
    let field = |name: &str| {
        answer.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_string()).ok_or_else(|| {
            ProjectError::NoToolchain {
                program: rustc.clone(),
                message: format!("no line `{name}` in what `-vV` prints:\n{}", answer.trim()),
            }
        })
    };
    Ok(Toolchain {
        version: field("release:")?,
        commit: field("commit-hash:")?,
        host: field("host:")?,
        cargo,
        rustc,
        sysroot,
    })
}

/// Runs the program in the directory and gives what it prints.
fn ask(dir: &Path, program: &Path, arguments: &[&str]) -> Result<String, ProjectError> {
    let failed = |message: String| ProjectError::NoToolchain { program: program.to_path_buf(), message };
    if !dir.is_dir() {
        return Err(ProjectError::NotInProject { directory: dir.to_path_buf() });
    }
    let mut command = Command::new(program);
    let output =
        command.args(arguments).current_dir(dir).env_remove("RUST_RECURSION_COUNT").stdin(Stdio::null()).output();
    let output = output.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ProjectError::NoCargo { program: program.to_path_buf() },
        _ => failed(source.to_string()),
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("{}, {}", output.status, said.trim())));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toolchain_is_resolved_behind_the_shim() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        assert!(toolchain.cargo.starts_with(&toolchain.sysroot), "{toolchain:?}");
        assert!(toolchain.rustc.starts_with(&toolchain.sysroot), "{toolchain:?}");
        let output = Command::new(&toolchain.rustc).arg("-vV").output().unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        for line in [
            format!("release: {}", toolchain.version),
            format!("commit-hash: {}", toolchain.commit),
            format!("host: {}", toolchain.host),
        ] {
            assert!(answer.lines().any(|other| other == line), "{line} in {answer}");
        }
    }

    #[test]
    fn a_missing_program_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = find_with(directory.path(), "cargo".as_ref(), "rustc-that-is-not-there".as_ref()).unwrap_err();
        assert!(matches!(error, ProjectError::NoCargo { .. }), "{error:?}");
        assert!(error.to_string().contains("`rustc-that-is-not-there` on the PATH"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_answers_something_else_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let error = find_with(directory.path(), "cargo".as_ref(), "false".as_ref()).unwrap_err();
        assert!(matches!(error, ProjectError::NoToolchain { .. }), "{error:?}");
        let error = find_with(directory.path(), "echo".as_ref(), "echo".as_ref()).unwrap_err();
        assert!(error.to_string().contains("no line `release:`"), "{error}");
    }
}

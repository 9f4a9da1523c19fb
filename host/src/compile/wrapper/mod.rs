//! The program between cargo and rustc, ready to be used.
//!
//! The host has it compiled, as all its own programs.

mod print;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::own_program::{OwnProgram, OwnProgramError};
use crate::project::Toolchain;

const PROGRAM: OwnProgram = OwnProgram {
    name: "liveswap-rustc",
    files: &[
        ("liveswap_rustc.rs", include_str!("program.rs")),
        ("arguments.rs", include_str!("../arguments.rs")),
        ("print.rs", include_str!("print.rs")),
    ],
};

/// The variable by which it knows what of its environment is the host's: prints, one after the other.
pub const ENVIRONMENT: &str = "LIVESWAP_ENVIRONMENT";

/// The value of [`ENVIRONMENT`] for children of this process.
pub fn environment() -> OsString {
    let prints: Vec<String> = std::env::vars_os().map(|(name, value)| print::of_variable(&name, &value)).collect();
    prints.join(" ").into()
}

/// Gives the wrapper's path in this directory; compiles it where it is not there yet.
///
/// # Errors
///
/// It can't be written or compiled.
pub fn ready(toolchain: &Toolchain, directory: &Path) -> Result<PathBuf, OwnProgramError> {
    PROGRAM.ready(toolchain, directory)
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
        let sources =
            Sources { files, roots: [root.clone()].into(), kept: &kept, as_they_are: Default::default(), exclude };
        ShadowTree::new(original.clone(), shadow.clone()).write(&sources).unwrap();
        let toolchain = Toolchain::find(&original).unwrap();
        let mut cargo = toolchain.cargo_command();
        cargo.args(["build", "--offline", "--target-dir"]).arg(&target).current_dir(&original);
        cargo.env("RUSTC_WRAPPER", ready(&toolchain, &original).unwrap());
        cargo.env("LIVESWAP_ORIGINAL", &original).env("LIVESWAP_SHADOW", &shadow).env("LIVESWAP_NOTES", &notes);
        let output = cargo.env("LIVESWAP_BASE_PROGRAM", &root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(Noted::read(&notes.join("p_q.rustc")).unwrap().root(), Some("src/main.rs".into()));
        let made = std::fs::read(target.join("debug/p-q")).unwrap();
        let soname = b"liveswap-base-";
        assert!(made.windows(soname.len()).any(|part| part == soname), "it is a base");
    }
}

//! Whether patching works with this toolchain, on this machine: a tiny base and its patch, compiled and run.
//!
//! A base is a shared library with the standard library in it, and its patch is to take that one; its slots are read in
//! a way that depends on the processor. Where that does not work it is better told at the start, and in one way, than at
//! each edit. Here the patch is a program, so that nothing of it runs in the user's process.
//! It takes about half a second, once for each toolchain and target directory.
//! Life cycle and synchronisation: those of a [`Sequence`], which [`start`] gives.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rapidhash::v3::rapidhash_v3;

use super::CompileError;
use super::messages::End;
use super::patch::sysroot;
use super::sequence::{Ended, Sequence, Steps};
use crate::classify::Snapshot;
use crate::patch::{BASE, BaseModules, Crate, IMAGE, Links, Surroundings, TABLE, compare, generate};
use crate::project::Toolchain;
use crate::shadow;
use crate::source::cfg::Flags;

/// What the base is made of; the patch has another answer.
const SOURCE: &str = "pub fn ask() -> u32 {\n    answer()\n}\n\nfn answer() -> u32 {\n    1\n}\n";

/// Why patching does not work here.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// The test itself can't be made.
    #[error("the self-test can't be made in {}: {source}", directory.display())]
    Io {
        /// Where.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The patch can't be written.
    #[error("the self-test has no patch: {0}")]
    Patch(String),
    /// A step failed.
    #[error("{what} of the self-test failed with {} ({version}): {said}", program.display())]
    Step {
        /// Which.
        what: &'static str,
        /// What was run.
        program: PathBuf,
        /// The compiler's version.
        version: String,
        /// What it said.
        said: String,
    },
}

/// Has a base patched, unless that was done before with this toolchain. `directory` is the library's target directory.
/// `report` is called once, from a thread of the test's own, unless it is cancelled; an error means that patches of the
/// user's code would not work either.
///
/// # Errors
///
/// The thread can't be started.
pub fn start(
    toolchain: Toolchain,
    directory: PathBuf,
    report: impl FnOnce(Result<(), SelfTestError>) + Send + 'static,
) -> Result<Sequence, CompileError> {
    let test = move |steps: &Steps| {
        if let Some(result) = run(&toolchain, &directory, steps).transpose() {
            report(result);
        }
    };
    Sequence::start("liveswap-self-test", test).map_err(CompileError::Thread)
}

/// Tests; `None` if that was cancelled.
fn run(toolchain: &Toolchain, directory: &Path, steps: &Steps) -> Result<Option<()>, SelfTestError> {
    let base = format!("{}\n{}\n", shadowed(), shadow::root_module());
    let patch = patch_program()?;
    let print = rapidhash_v3(format!("{base}{patch}{}{}", toolchain.version, toolchain.commit).as_bytes());
    let passed = directory.join(format!("liveswap-self-test-{print:016x}"));
    if passed.is_file() {
        return Ok(Some(()));
    }
    let in_directory = |source| SelfTestError::Io { directory: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(in_directory)?;
    let place = tempfile::Builder::new().prefix("self-test-").tempdir_in(directory).map_err(in_directory)?;
    let sysroot = sysroot(toolchain, directory).map_err(in_directory)?;
    let at = |name: &str| place.path().join(name);
    fs::write(at("base.rs"), base).and_then(|()| fs::write(at("patch.rs"), patch)).map_err(in_directory)?;

    let rustc = || {
        let mut rustc = toolchain.rustc_command();
        rustc.current_dir(place.path()).args(["--edition", "2024", "--cap-lints", "allow", "--color", "never"]);
        rustc
    };
    let library = format!("{}{BASE}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let mut base = rustc();
    base.args(["base.rs", "--crate-type", "dylib", "--crate-name", BASE, "-o", &library]);
    let mut patch = rustc();
    patch.args(["patch.rs", "--crate-type", "bin", "-C", "prefer-dynamic", "-o", "patch"]);
    patch.args([BASE, IMAGE].iter().flat_map(|name| ["--extern".to_owned(), format!("{name}={library}")]));
    patch.arg("--sysroot").arg(sysroot);
    let mut call = Command::new(at("patch"));
    call.env(LOADER_PATH, place.path());
    for (what, command) in [("the base", base), ("the patch", patch), ("a call", call)] {
        let program = command.get_program().into();
        let version = toolchain.version.clone();
        let said = match steps.run(command) {
            Ok(None) => return Ok(None),
            Ok(Some(Ended { end: End::Success, .. })) => continue,
            Ok(Some(Ended { end: End::Failure(status) | End::Unknown(status), said })) => match said.trim() {
                "" => status,
                said => said.to_owned(),
            },
            Err(error) => error.to_string(),
        };
        return Err(SelfTestError::Step { what, program, version, said });
    }
    fs::write(&passed, "").map_err(in_directory)?;
    Ok(Some(()))
}

/// Where the loader looks for the base.
const LOADER_PATH: &str = if cfg!(target_os = "macos") { "DYLD_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

fn shadowed() -> String {
    let (macros, kept, shadowed) = Default::default();
    let how =
        shadow::How { macros: &macros, kept: &kept, is_exact: false, directory: Path::new(""), shadowed: &shadowed };
    shadow::shadow(SOURCE.as_bytes(), how).unwrap_or_default()
}

/// The patch with another answer, and a `main` that asks before, with and after it.
fn patch_program() -> Result<String, SelfTestError> {
    let root = Path::new("patch.rs");
    let snapshot = |text: String| {
        let mut snapshot = Snapshot::default();
        snapshot.update(root, Some(Arc::from(text.into_bytes())));
        snapshot
    };
    let (base, now) = (snapshot(SOURCE.to_owned()), snapshot(SOURCE.replace("    1\n", "    2\n")));
    let (directory, flags) = (Path::new(""), Flags::default());
    let one = Crate { name: BASE, root, directory, flags: &flags, uses: &[], obstacle: None };
    let compared =
        compare(&[one], &Surroundings::nothing(&Snapshot::default()), (&base, &BaseModules::of(&[one], &base)), &now)
            .map_err(SelfTestError::Patch)?;
    let files = compared.parts.into_iter().flat_map(|part| part.files).collect::<Vec<_>>();
    let made = generate(&files, &Links::default());
    let text = made.map_err(SelfTestError::Patch)?.files.remove(root).unwrap_or_default();
    Ok(format!(
        "{text}
fn main() {{
    let before = ::{BASE}::ask();
    let rows = || {TABLE}.iter().copied().flatten();
    rows().for_each(|row| row.slot.set(Some(row.code)));
    let patched = ::{BASE}::ask();
    rows().for_each(|row| row.slot.set(None));
    if (before, patched, ::{BASE}::ask()) != (1, 2, 1) {{
        eprintln!(\"it answered {{before}}, patched {{patched}}\");
        ::std::process::exit(1);
    }}
}}
"
    ))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn run(toolchain: &Toolchain, directory: &Path) -> Result<(), SelfTestError> {
        super::run(toolchain, directory, &Steps::default()).map(|done| done.expect("nobody cancels it"))
    }

    /// A compiler that does what the script says before it compiles as ever.
    fn with_script(toolchain: &Toolchain, directory: &Path, script: &str) -> Toolchain {
        let rustc = directory.join("rustc");
        fs::write(&rustc, format!("#!/bin/sh\n{script}\nexec {} \"$@\"\n", toolchain.rustc.display())).unwrap();
        fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
        Toolchain { rustc, ..toolchain.clone() }
    }

    #[test]
    fn this_toolchain_patches_and_is_asked_once() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        let target = directory.path().join("target");
        run(&toolchain, &target).unwrap();
        let broken = with_script(&toolchain, directory.path(), "exit 1");
        run(&broken, &target).unwrap();
        let other = Toolchain { commit: "another".into(), ..broken };
        assert!(run(&other, &target).is_err());
    }

    #[test]
    fn what_does_not_work_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        for (script, says) in [
            (
                "case \"$*\" in *base.rs*) echo no such crate type >&2; exit 1;; esac",
                "the base of the self-test failed",
            ),
            ("case \"$*\" in *patch.rs*) exit 3;; esac", "exit status: 3"),
            // Code that takes no note of its slots.
            (
                "sed -i 's/cmp qword ptr \\[{0}\\], 0/cmp {0}, {0}/; s/[$]slot.is_set()/false/' base.rs",
                "it answered 1, patched 1",
            ),
        ] {
            let place = tempfile::tempdir().unwrap();
            let toolchain = with_script(&toolchain, place.path(), script);
            let error = run(&toolchain, &place.path().join("target")).unwrap_err().to_string();
            assert!(error.contains(says) && error.contains(&toolchain.version), "{error}");
        }
    }
}

//! Target directories in which the dependencies are compiled already.
//!
//! The dependencies of a hot library take some twenty seconds to compile. They are compiled once, by `liveswap` itself,
//! for a template project with the same lock file and the same `liveswap`; each test gets a copy of what cargo made of
//! that. Cargo takes the copy for its own: fingerprints don't depend on the target directory's place, and the files
//! keep their times.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::binary::{liveswap, target_directory};
use crate::{project, run};

/// Files of more bytes are no bookkeeping of cargo's, but what compilers and linkers made.
const LARGE: u64 = 64 * 1024;

/// The library of the template; it ends with its first tick.
const LIBRARY: &str = "
use liveswap::{App, Flow, HotState, HotType, Tick};

#[derive(HotType, HotState)]
struct Nothing;

impl App for Nothing {
    fn init() -> Self {
        Nothing
    }

    fn tick(&mut self, _: Tick) -> Flow {
        Flow::Stop
    }
}

liveswap::hot_lib!(app = Nothing);
";

/// All that the fixtures depend on.
const MANIFEST: &str = r#"
[package]
name = "warm"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["rlib", "cdylib"]

[dependencies]
liveswap = { path = "{{LIVESWAP}}" }
log = "0.4"
tracing = { version = "0.1", default-features = false, features = ["std"] }

[workspace]
"#;

/// Puts a warm target directory at `target`, which must not exist yet.
pub(crate) fn copy_to(target: &Path) {
    let template = template();
    // Another test process may be about to bring the template up to date.
    let lock = lock_file();
    lock.lock_shared().expect("the template's lock");
    copy(&template.join("target/liveswap/warm"), target).expect("a copy of the warm target directory");
}

/// Adds what the build of a program made in `from`: for the program's library, dependencies are compiled as for the
/// program itself. The library is not among it: as a part of the program it is another one.
pub(crate) fn add_to(target: &Path, from: &Path, profile: &str, library: &str) {
    for part in ["deps", "build", ".fingerprint"] {
        let (from, to) = (from.join(profile).join(part), target.join(profile).join(part));
        fs::create_dir_all(&to).expect("the library's target directory");
        for entry in fs::read_dir(from).expect("what the program's build made").flatten() {
            let name = entry.file_name();
            let is_library = part == ".fingerprint" && name.to_string_lossy().starts_with(&format!("{library}-"));
            if !is_library && !to.join(&name).exists() {
                let copied = match entry.path().is_dir() {
                    true => copy(&entry.path(), &to.join(&name)),
                    false => copy_file(&entry, &to.join(&name)),
                };
                copied.expect("a copy of the program's dependencies");
            }
        }
    }
}

fn directory() -> PathBuf {
    target_directory().join("liveswap-tests")
}

fn lock_file() -> File {
    fs::create_dir_all(directory()).expect("a directory for the template");
    File::create(directory().join("lock")).expect("the template's lock")
}

/// The template, brought up to date once in each test process.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let lock = lock_file();
        lock.lock().expect("the template's lock");
        let warm = directory().join("warm");
        fs::create_dir_all(warm.join("src")).expect("the template's directory");
        write_if_changed(&warm.join("Cargo.toml"), &project::filled_in(MANIFEST));
        write_if_changed(&warm.join("src/lib.rs"), LIBRARY);
        fs::write(warm.join("Cargo.lock"), project::lock_file()).expect("the template's lock file");
        let mut command = Command::new(liveswap());
        run::clean_environment(&mut command);
        let output = command
            .args(["run", "--patch=off"])
            .current_dir(&warm)
            .stdin(Stdio::null())
            .output()
            .expect("liveswap starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.contains("generation 1"), "the template does not run:\n{stderr}");
        warm
    })
}

/// So that cargo finds nothing changed.
fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("a file of the template");
    }
}

/// Copies a directory with the files' times, which cargo compares. What the compiler keeps for its incremental
/// compilation is left out: it is big, and of no use to crates that don't change.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "incremental" {
                copy(&source, &target)?;
            }
        } else {
            copy_file(&entry, &target)?;
        }
    }
    Ok(())
}

fn copy_file(from: &fs::DirEntry, to: &Path) -> io::Result<()> {
    let about = from.metadata()?;
    // Compiled dependencies are only read, and replaced by renaming if at all: a link is as good, and free. Across file
    // systems there are none.
    if about.len() > LARGE && fs::hard_link(from.path(), to).is_ok() {
        return Ok(());
    }
    fs::copy(from.path(), to)?;
    File::options().write(true).open(to)?.set_modified(about.modified()?)
}

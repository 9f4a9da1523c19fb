//! A test load: another process loads a library before the host does, where code of the user's runs at that.
//!
//! A constructor can't be contained in the host. Rust aborts where one panics, and while one runs, its thread holds the
//! loader's lock: after a jump out of it, or while it hangs, nothing could be loaded any more.
//!
//! Only what a constructor does counts. Where the loader refuses, the host's own loader is asked: it may know symbols of
//! the program, and libraries, that the other process does not have; where it refuses as well, no code has run.
//! Life cycle and synchronisation: those of a [`Sequence`], which [`start`] gives.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::ArtifactError;
use super::artifact;
use super::constructors::AtLoad;
use super::library;
use crate::compile::{OwnProgram, OwnProgramError, Sequence, Steps, Within};
use crate::project::Toolchain;

const PROGRAM: OwnProgram =
    OwnProgram { name: "liveswap-load", files: &[("liveswap_load.rs", include_str!("program.rs"))] };

/// The variable by which constructors know that it is a test load.
const VARIABLE: &str = "LIVESWAP_TEST_LOAD";

/// How long constructors may take.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Why it is not known what the constructors do.
#[derive(Debug, thiserror::Error)]
pub enum TestLoadError {
    /// The program is not there.
    #[error(transparent)]
    Program(#[from] OwnProgramError),
    /// A file or the process can't be made.
    #[error("load {} in a process of its own: {source}", library.display())]
    Io {
        /// The staged artifact.
        library: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What a constructor did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{whose} {what}; mend it and save")]
pub struct BadConstructor {
    /// A constructor, as far as it is known which.
    whose: String,
    /// A fragment behind that.
    what: String,
}

/// What of a staged artifact has to be tried in another process: nothing where all that runs is known. Libraries that
/// this process has loaded do not run anything. On other systems than Linux it is nothing.
///
/// # Errors
///
/// The file can't be read.
pub fn wanted(library: &Path) -> Result<AtLoad, ArtifactError> {
    if cfg!(not(target_os = "linux")) {
        return Ok(AtLoad::default());
    }
    let mut at_load = artifact::at_load(library)?;
    at_load.libraries.retain(|name| !library::is_loaded(name));
    Ok(at_load)
}

/// Loads a staged artifact in another process, for which [`LIMIT`] counts. `directory` is the library's target directory.
/// `report` is called once, from a thread of its own, unless it is cancelled.
///
/// # Errors
///
/// The thread can't be started.
pub fn start(
    toolchain: Toolchain,
    directory: PathBuf,
    library: PathBuf,
    at_load: AtLoad,
    report: impl FnOnce(Result<Result<(), BadConstructor>, TestLoadError>) + Send + 'static,
) -> io::Result<Sequence> {
    Sequence::start("liveswap-load", move |steps| {
        if let Some(result) = run(&toolchain, &directory, &library, &at_load, LIMIT, steps).transpose() {
            report(result);
        }
    })
}

/// Loads it; `None` if that was cancelled.
fn run(
    toolchain: &Toolchain,
    directory: &Path,
    library: &Path,
    at_load: &AtLoad,
    limit: Duration,
    steps: &Steps,
) -> Result<Option<Result<(), BadConstructor>>, TestLoadError> {
    let program = PROGRAM.ready(toolchain, directory)?;
    let failed = |source| TestLoadError::Io { library: library.to_owned(), source };
    // Beside the copy, where nobody else can write.
    let place = tempfile::Builder::new().prefix("load-").tempdir_in(library.parent().unwrap_or(Path::new(".")));
    let place = place.map_err(failed)?;
    // The program removes the one; the other is no pipe, since what a constructor has started may hold that open.
    let (pending, outputs) = (place.path().join("pending"), place.path().join("outputs"));
    File::create(&pending).map_err(failed)?;
    let output = File::create(&outputs).map_err(failed)?;
    let mut command = Command::new(program);
    command.arg(std::process::id().to_string()).arg(&pending).arg(library).env(VARIABLE, "1").stdin(Stdio::null());
    // What the library needs may be staged beside it.
    let beside = library.parent().map(Path::to_owned).into_iter();
    let others = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    if let Ok(paths) = std::env::join_paths(beside.chain(std::env::split_paths(&others))) {
        command.env("LD_LIBRARY_PATH", paths);
    }
    command.stdout(output.try_clone().map_err(failed)?).stderr(output);
    let end = match steps.run_within(command, limit).map_err(failed)? {
        Within::Cancelled => return Ok(None),
        Within::Unknown(error) => return Err(failed(error)),
        Within::Overdue => None,
        Within::Ended(status) => Some(status),
    };
    let said = fs::read(&outputs).map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
    if !pending.exists() {
        tracing::debug!(said, "loaded in a process of its own, or refused there by the loader, which proves nothing");
        return Ok(Some(Ok(())));
    }
    let what = end.map_or_else(|| overdue(limit, &said), |status| ended(status, &said));
    Ok(Some(Err(BadConstructor { whose: whose(at_load), what })))
}

/// A constructor, as far as it is known which.
fn whose(AtLoad { constructors, libraries }: &AtLoad) -> String {
    let others = libraries.join(", ");
    match (constructors.as_slice(), others.is_empty()) {
        ([Some(one)], true) => format!("the constructor `{}`", demangled(one)),
        ([], false) => format!("a constructor of {others}, which the library needs,"),
        (_, true) => "a constructor of the library".into(),
        (_, false) => format!("a constructor of the library, or of {others}, which it needs,"),
    }
}

/// What is known of a process that was killed.
fn overdue(limit: Duration, said: &str) -> String {
    // After a panic, std may take long to read a large library's debug information.
    let panicked = panic(said).map(|(message, place)| format!("; before that it panicked at {place}: {message}"));
    format!("did not come back within {} s{}", limit.as_secs(), panicked.unwrap_or_default())
}

/// How the process ended before the library was loaded.
fn ended(status: ExitStatus, said: &str) -> String {
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.map_or_else(String::new, |last| format!("; the last line that it wrote: {last}"));
    match (signal(status), panic(said)) {
        (Some(signal), Some((message, place))) if signal == "SIGABRT" => {
            format!("panicked at {place}: {message}")
        }
        (Some(signal), _) => format!("ended the process by {signal}{last}"),
        (None, _) => format!("ended the process with {status}{last}"),
    }
}

/// The message and the place of the first panic that std has told of.
fn panic(said: &str) -> Option<(String, &str)> {
    let mut lines = said.lines();
    let place = lines.by_ref().find_map(|line| {
        let (thread, place) = line.split_once(" panicked at ")?;
        thread.starts_with("thread '").then(|| place.trim_end_matches(':'))
    })?;
    let is_end = |line: &str| {
        ["note: ", "stack backtrace:", "thread '", "thread caused"].iter().any(|begin| line.starts_with(begin))
    };
    let message: Vec<&str> = lines.take_while(|line| !is_end(line)).collect();
    Some((message.join("\n").trim().to_owned(), place))
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;

    let number = status.signal()?;
    let known = nix::sys::signal::Signal::try_from(number);
    Some(known.map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned()))
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<String> {
    None
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn demangled(symbol: &str) -> String {
    crate::stacks::symbols::demangled(symbol)
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn demangled(symbol: &str) -> String {
    symbol.to_owned()
}

#[cfg(all(test, target_os = "linux"))]
mod tests;

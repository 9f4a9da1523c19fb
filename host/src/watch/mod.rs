//! Watches crate directories and single files, and tells which contents changed.
//!
//! **Life cycle.** [`start`] sets the watches, takes a content hash of every file that counts, and only then returns:
//! an edit after that is told, whatever else happens. One thread receives events, waits until a save is complete
//! ([`QUIET`], [`GRACE`], [`STORM`]), looks at the marked files and reports. Dropping the [`Watch`] ends and joins it.
//!
//! **What counts.** Every file below a root that is neither hidden, nor ignored by a `.gitignore`, nor an editor's own,
//! nor in a target directory; and the single files, which always count. Links to directories below a root are not
//! followed (name the files behind them as single files, or the link as a root). A file that is reached through links
//! counts as its target changes, and as one of the links leads to another target.
//!
//! **What is watched.** Directories, never files: an editor that replaces a file replaces its inode. Each directory
//! that counts has its own watch, so that `target` costs none; and the directory above each root and single file is
//! watched, or the nearest one that exists, so that what is deleted and created anew is found again.
//! Not noticed: a directory further up that is renamed while those below stay, an edit of a `.gitignore` above a root
//! (until the roots are set again), and writes through a memory map.
//!
//! **Polling** stands in where events are not to be had, and is said aloud. It compares length, modification time in
//! nanoseconds, and on Unix inode and change time, and hashes what differs; a file hashed within two seconds of its
//! modification is hashed again, so that a second edit of the same length within one tick of the clock is seen.
//!
//! **Synchronisation.** The handle talks to the thread over a channel; all state belongs to the thread.

mod backend;
mod input;
mod places;
mod rules;
mod settle;
mod table;
mod worker;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

pub use settle::{GRACE, QUIET, STORM};

use input::{Input, inventory, prints};
use worker::Worker;

/// How often files are compared when events are not to be had and [`WatchSpec::poll`] names no interval.
pub const FALLBACK_POLL: Duration = Duration::from_millis(300);

/// What to watch. Relative paths are taken from the current directory.
#[derive(Debug, Clone, Default)]
pub struct WatchSpec {
    /// Crate directories, watched with all that is below and not left out (see the module's documentation).
    pub roots: Vec<PathBuf>,
    /// Single files anywhere, existing or not. They count even if hidden, ignored or excluded.
    pub files: Vec<PathBuf>,
    /// Directories that don't count, such as target directories.
    pub exclude: Vec<PathBuf>,
    /// Compare files at this interval and use no events.
    pub poll: Option<Duration>,
}

/// What the watch has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchMessage {
    /// Contents changed.
    Changed(Change),
    /// Files were saved anew or touched, and no contents changed with them.
    Unchanged {
        /// The files, sorted.
        files: Vec<PathBuf>,
        /// When the first event came.
        at: Instant,
    },
    /// The watch sees less, or later, than it should.
    Degraded {
        /// What and why, for people.
        reason: String,
    },
}

/// Files that changed together.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The files, sorted by path, each once.
    pub files: Vec<FileChange>,
    /// When the first of their events came.
    pub first_event: Instant,
    /// When the save was taken as complete, before the files were read.
    pub settled: Instant,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file, absolute, named by way of its root or as the single file was named.
    pub path: PathBuf,
    /// What became of it.
    pub kind: ChangeKind,
    /// Its modification time; `None` if it is gone or the file system has no such time.
    pub modified: Option<SystemTime>,
}

/// What became of a file since it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there, or did not count.
    Created,
    /// Its contents are others.
    Edited,
    /// It is gone.
    Removed,
}

/// Why a watch could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// A root can't be read.
    #[error("cannot watch `{path}`: {source}; each root must be an existing directory")]
    Root {
        /// The root.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A path can't be made absolute.
    #[error("cannot watch `{path}`: {source}; give an absolute path")]
    Path {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system gives no thread.
    #[error("cannot start the thread that watches files: {0}")]
    Thread(io::Error),
}

/// A running watch. Dropping it ends the watch; no message is reported after that.
#[derive(Debug)]
pub struct Watch {
    inbox: Sender<Input>,
    polling: Arc<AtomicBool>,
    exclude: Vec<PathBuf>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a watch. When this returns, the contents that later ones are compared with have been taken.
///
/// `report` is called on the watch's own thread and should return soon; the drop of the [`Watch`] waits for it.
///
/// # Errors
/// If a root is not an existing directory, or there is no thread to be had. A lack of file events is no error: the
/// watch polls then and reports [`WatchMessage::Degraded`].
pub fn start(spec: WatchSpec, report: impl Fn(WatchMessage) + Send + 'static) -> Result<Watch, WatchError> {
    start_with(spec, backend::native, report)
}

fn start_with(
    spec: WatchSpec,
    open: backend::Opener,
    report: impl Fn(WatchMessage) + Send + 'static,
) -> Result<Watch, WatchError> {
    let spec = WatchSpec {
        roots: all_absolute(&spec.roots)?,
        files: all_absolute(&spec.files)?,
        exclude: all_absolute(&spec.exclude)?,
        poll: spec.poll,
    };
    for root in &spec.roots {
        // Listing also says "not a directory" and "permission denied".
        std::fs::read_dir(root).map_err(|source| WatchError::Root { path: root.clone(), source })?;
    }
    let (inbox, receiver) = channel();
    let polling = Arc::new(AtomicBool::new(false));
    let exclude = spec.exclude.clone();
    let worker = Worker::new(spec, open, inbox.clone(), receiver, polling.clone(), report);
    let thread = std::thread::Builder::new()
        .name("liveswap watch".into())
        .spawn(move || worker.run())
        .map_err(WatchError::Thread)?;
    Ok(Watch { inbox, polling, exclude, thread: Some(thread) })
}

impl Watch {
    /// How files are watched at the moment: `events` or `polling`.
    pub fn mode(&self) -> &'static str {
        if self.polling.load(Ordering::Relaxed) { "polling" } else { "events" }
    }

    /// Replaces the single files. Edits of new ones count from this call on.
    ///
    /// # Errors
    /// If a relative path can't be made absolute.
    pub fn set_files(&self, files: Vec<PathBuf>) -> Result<(), WatchError> {
        let files = all_absolute(&files)?;
        let prints = prints(files.iter());
        // The thread only ends with the handle, so the channel is open.
        let _ = self.inbox.send(Input::Files { files, prints });
        Ok(())
    }

    /// Replaces the roots. Edits below new ones count from this call on; a root that does not exist (yet) is awaited.
    ///
    /// # Errors
    /// If a relative path can't be made absolute.
    pub fn set_roots(&self, roots: Vec<PathBuf>) -> Result<(), WatchError> {
        let roots = all_absolute(&roots)?;
        let prints = inventory(&roots, &self.exclude);
        let _ = self.inbox.send(Input::Roots { roots, prints });
        Ok(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.inbox.send(Input::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of `report` has been printed by the panic hook; it must not spread into a drop.
            let _ = thread.join();
        }
    }
}

fn all_absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>, WatchError> {
    let one = |path: &PathBuf| absolute(path).map_err(|source| WatchError::Path { path: path.clone(), source });
    paths.iter().map(one).map(|path| path.map(|path| normal(&path))).collect()
}

/// Without a trailing separator, so that equal paths compare equal.
fn normal(path: &Path) -> PathBuf {
    path.components().collect()
}

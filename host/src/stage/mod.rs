//! Stage: an artifact is copied to a path of its own before it is loaded.
//!
//! Loaders tell images apart by path (and file), so loading cargo's artifact twice gives the first image again; and a
//! file that is mapped must not be written over. The copies stay until the process ends: debuggers and backtraces read
//! them. The directory belongs to this process alone and is readable by its owner only. It holds a locked file, by which
//! the directory of a process that was killed is known: whoever makes the next one removes it.

mod left_behind;
mod shared;
mod soname;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use tempfile::TempDir;

use shared::Shared;

/// Why an artifact could not be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The directory can't be made.
    #[error(
        "make a staging directory in {}: {source}; set TMPDIR, or `--stage-in` (the builder's `stage_in`), to a directory that can be written",
        parent.display()
    )]
    Directory {
        /// Where it was to be.
        parent: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The artifact can't be copied: it is gone, or the disk is full.
    #[error("copy {} to {}: {source}", from.display(), to.display())]
    Copy {
        /// cargo's artifact.
        from: PathBuf,
        /// The copy.
        to: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The staging directory of one hot library in this process.
pub struct StagingArea {
    parent: PathBuf,
    shared: Mutex<Shared>,
    /// Made when it is first needed, and again where somebody removed it.
    directory: Mutex<Option<Held>>,
}

/// A directory that others see is in use.
struct Held {
    directory: TempDir,
    /// Open, it says so. Not there where the file system has no locks: then nobody removes the directory either.
    _lock: Option<File>,
}

/// How the directories' names begin.
const PREFIX: &str = "liveswap-";

impl StagingArea {
    /// Staging below `parent`, or below the system's temporary directory. Shared libraries that artifacts need are staged
    /// too, if they are beside the artifact or in `libraries`.
    pub fn new(parent: Option<PathBuf>, libraries: Vec<PathBuf>) -> Self {
        let parent = parent.unwrap_or_else(std::env::temp_dir);
        Self { parent, shared: Mutex::new(Shared::new(libraries)), directory: Mutex::new(None) }
    }

    /// Copies `artifact` to a path that was never used before in this process: `number` differs with each call.
    ///
    /// # Errors
    ///
    /// No directory, or no copy; then nothing is left behind.
    pub fn stage(&self, artifact: &Path, number: u64) -> Result<PathBuf, StageError> {
        let stem = artifact.file_stem().unwrap_or_default().to_string_lossy();
        let extension = artifact.extension().unwrap_or_default().to_string_lossy();
        let to = self.directory()?.join(format!("{stem}-{number}.{extension}"));
        let provide = || self.shared.lock().provide(artifact, &to);
        match fs::copy(artifact, &to).and_then(|_| soname::make_unique(&to)).and_then(|()| provide()) {
            Ok(()) => Ok(to),
            Err(source) => {
                // What was written before the disk was full is of no use; it may not exist at all.
                let _ = fs::remove_file(&to);
                Err(StageError::Copy { from: artifact.to_owned(), to, source })
            }
        }
    }

    fn directory(&self) -> Result<PathBuf, StageError> {
        let mut directory = self.directory.lock();
        if let Some(held) = directory.as_ref().filter(|held| held.directory.path().is_dir()) {
            return Ok(held.directory.path().to_owned());
        }
        left_behind::remove(&self.parent);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let made = builder
            .tempdir_in(&self.parent)
            .map_err(|source| StageError::Directory { parent: self.parent.clone(), source })?;
        let path = made.path().to_owned();
        let lock = left_behind::hold(&path);
        *directory = Some(Held { directory: made, _lock: lock });
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_have_paths_of_their_own_and_the_directory_is_the_owners() {
        let outside = tempfile::tempdir().unwrap();
        let artifact = outside.path().join("liblogic.so");
        fs::write(&artifact, "code").unwrap();
        let area = StagingArea::new(Some(outside.path().to_owned()), Vec::new());
        let (first, second) = (area.stage(&artifact, 1).unwrap(), area.stage(&artifact, 2).unwrap());
        assert_ne!(first, second);
        assert_eq!(fs::read(&second).unwrap(), b"code");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(first.parent().unwrap()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        // A directory that was removed is made anew.
        fs::remove_dir_all(first.parent().unwrap()).unwrap();
        assert!(area.stage(&artifact, 3).unwrap().is_file());
    }

    #[test]
    fn failures_name_the_path() {
        let outside = tempfile::tempdir().unwrap();
        let area = StagingArea::new(Some(outside.path().join("none")), Vec::new());
        let error = area.stage(Path::new("/none/liblogic.so"), 1).unwrap_err().to_string();
        assert!(error.contains("none") && error.contains("TMPDIR"), "{error}");
        let area = StagingArea::new(Some(outside.path().to_owned()), Vec::new());
        let error = area.stage(Path::new("/none/liblogic.so"), 1).unwrap_err().to_string();
        assert!(error.contains("/none/liblogic.so"), "{error}");
    }
}

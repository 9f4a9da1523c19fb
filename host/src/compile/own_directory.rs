//! A target directory of one host's own.
//!
//! Two hosts may work on one library at the same time. Sources of bases and patches stand in the target directory, and
//! what is in it must be what its host believes; so the second host takes another one.
//! Life cycle: claimed until the [`OwnDirectory`] is dropped, or the process ends.
//! Synchronisation: a lock of the operating system on a file in the directory.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// How many hosts at most have directories of their own.
const MOST: u32 = 9;

/// The file whose lock is the claim.
const LOCK: &str = "liveswap-lock";

/// A claimed directory.
#[derive(Debug)]
pub struct OwnDirectory {
    path: PathBuf,
    is_wanted: bool,
    /// Open, it keeps the others out.
    lock: Option<File>,
}

impl OwnDirectory {
    /// Claims the wanted directory, or where another host has it, one beside it: `NAME-2` and so on. Where there are no
    /// locks, or no more directories, it is the wanted one.
    pub fn claim(wanted: &Path) -> OwnDirectory {
        let numbered = |number| {
            let mut name = wanted.file_name().unwrap_or_default().to_owned();
            name.push(format!("-{number}"));
            wanted.with_file_name(name)
        };
        for path in std::iter::once(wanted.to_owned()).chain((2..=MOST).map(numbered)) {
            match lock(&path) {
                Err(TryLockError::WouldBlock) => {}
                Ok(lock) => return OwnDirectory { is_wanted: path == wanted, path, lock: Some(lock) },
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(%error, path = %path.display(), "a target directory is not locked");
                    break;
                }
            }
        }
        OwnDirectory { path: wanted.to_owned(), is_wanted: true, lock: None }
    }

    /// Claims it anew, where it was removed meanwhile (`cargo clean`). Gives false where another host was faster; then both
    /// are in it.
    pub fn hold(&mut self) -> bool {
        let Some(held) = &self.lock else { return true };
        if is_at(held, &self.path.join(LOCK)) {
            return true;
        }
        match lock(&self.path) {
            Ok(lock) => self.lock = Some(lock),
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Error(error)) => {
                tracing::debug!(%error, path = %self.path.display(), "a target directory is not locked any more");
            }
        }
        true
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether no other host can be in it.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Whether it is the one that was wanted.
    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }
}

fn lock(directory: &Path) -> Result<File, TryLockError> {
    fs::create_dir_all(directory).map_err(TryLockError::Error)?;
    let open = File::options().create(true).truncate(false).write(true).open(directory.join(LOCK));
    let file = open.map_err(TryLockError::Error)?;
    file.try_lock().map(|()| file)
}

/// Whether an open file is the one that has this path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |data: fs::Metadata| (data.dev(), data.ino());
    let here = file.metadata().map(place);
    here.is_ok_and(|here| fs::metadata(path).map(place).is_ok_and(|there| there == here))
}

/// Elsewhere an open file keeps its path.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own_and_gives_it_back() {
        let directory = tempfile::tempdir().unwrap();
        let wanted = directory.path().join("target/liveswap/hot");
        let first = OwnDirectory::claim(&wanted);
        let second = OwnDirectory::claim(&wanted);
        assert_eq!((first.path(), first.is_wanted()), (wanted.as_path(), true));
        assert_eq!((second.path(), second.is_wanted()), (wanted.with_file_name("hot-2").as_path(), false));
        drop(first);
        assert_eq!(OwnDirectory::claim(&wanted).path(), wanted);
    }

    #[cfg(unix)]
    #[test]
    fn one_that_was_removed_is_claimed_anew() {
        let directory = tempfile::tempdir().unwrap();
        let wanted = directory.path().join("hot");
        let mut first = OwnDirectory::claim(&wanted);
        assert!(first.hold());
        fs::remove_dir_all(&wanted).unwrap();
        assert!(first.hold());
        let second = OwnDirectory::claim(&wanted);
        assert_eq!(second.path(), directory.path().join("hot-2"), "the first one has it again");
        fs::remove_dir_all(&wanted).unwrap();
        let _third = OwnDirectory::claim(&wanted);
        assert!(!first.hold(), "the third one was faster");
    }

    #[test]
    fn where_there_can_be_no_lock_it_is_the_wanted_one() {
        let directory = tempfile::tempdir().unwrap();
        let wanted = directory.path().join("file/hot");
        fs::write(directory.path().join("file"), "").unwrap();
        assert_eq!(OwnDirectory::claim(&wanted).path(), wanted);
    }
}

//! Staging directories of processes that ended without removing them: killed, or crashed.
//!
//! A lock of the operating system ends with its process, whatever ended it, and a process number may be another one's by
//! now. So it is the lock that tells whether a directory is in use.

use std::fs::{self, File};
use std::path::Path;

use super::PREFIX;

/// The file that is locked.
const LOCK: &str = "in-use";

/// Locks a new directory.
pub(super) fn hold(directory: &Path) -> Option<File> {
    // Locked before it has its name: others see it locked or not at all.
    let (unnamed, named) = (directory.join("lock"), directory.join(LOCK));
    let file = File::create(&unnamed).ok()?;
    file.try_lock().ok()?;
    fs::rename(&unnamed, &named).ok()?;
    Some(file)
}

/// Removes the directories below `parent` whose processes have ended. What can't be removed, as another user's, stays.
pub(super) fn remove(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        // Not through a link: what it leads to is not ours.
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_ours || !is_directory {
            continue;
        }
        let Ok(file) = File::options().write(true).open(entry.path().join(LOCK)) else { continue };
        if file.try_lock().is_ok() {
            match fs::remove_dir_all(entry.path()) {
                Ok(()) => tracing::debug!(path = %entry.path().display(), "a staging directory was left behind"),
                Err(error) => tracing::debug!(%error, path = %entry.path().display(), "a staging directory stays"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_whose_process_has_ended_go() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = parent.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let (used, left) = (make("liveswap-used"), make("liveswap-left"));
        let lock = hold(&used).expect("a lock");
        drop(hold(&left));
        fs::write(left.join("liblogic-1.so"), "code").unwrap();
        let (others, unlocked) = (make("others"), make("liveswap-unlocked"));
        fs::write(others.join(LOCK), "").unwrap();
        remove(parent.path());
        assert_eq!([&used, &left, &others, &unlocked].map(|path| path.exists()), [true, false, true, true]);
        drop(lock);
        remove(parent.path());
        assert!(!used.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (parent, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(elsewhere.path().join(LOCK), "").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), parent.path().join("liveswap-link")).unwrap();
        remove(parent.path());
        assert!(elsewhere.path().join(LOCK).exists());
    }
}

//! What each watched file holds: a content hash, and the stamp of the file system beside it.
//!
//! [`Print::take`] is the only IO here; comparing is pure. Contents decide. The stamp (length, modification time and,
//! on Unix, inode and change time) tells a poll which files are worth hashing, and tells a file that was saved anew
//! with the same contents from one whose permissions changed.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rapidhash::v3::{DEFAULT_RAPID_SECRETS, RapidStreamHasherV3};

use super::ChangeKind;

/// The coarsest modification time in use (FAT has two seconds). A file hashed within this time of its last
/// modification may be written once more, at the same length, without a new stamp: polls hash it again.
const COARSEST_TICK: Duration = Duration::from_secs(2);

/// What the file system says of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    /// Inode, change time in seconds and its nanoseconds; zeros where the platform has none.
    inode: (u64, i64, i64),
}

impl Stamp {
    /// The stamp of a regular file (links are followed); `None` where there is none.
    pub(crate) fn read(path: &Path) -> Option<Stamp> {
        let metadata = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Stamp::of(&metadata))
    }

    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Stamp {
        use std::os::unix::fs::MetadataExt;
        let inode = (metadata.ino(), metadata.ctime(), metadata.ctime_nsec());
        Stamp { len: metadata.len(), modified: metadata.modified().ok(), inode }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { len: metadata.len(), modified: metadata.modified().ok(), inode: (0, 0, 0) }
    }
}

/// The contents of a file, as far as comparing needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Print {
    stamp: Stamp,
    /// Bytes read, which is what `hash` is of; the stamp's length may be older by a write.
    len: u64,
    hash: u64,
    /// Whether the file could have been written once more under the same stamp.
    racy: bool,
}

impl Print {
    /// Hashes a regular file; `None` where there is none or it can't be read.
    ///
    /// A file that is written to meanwhile is read again, a few times, so that contents and stamp fit together.
    pub(crate) fn take(path: &Path) -> Option<Print> {
        let mut print = Print::take_once(path)?;
        for _ in 0..3 {
            if Stamp::read(path) == Some(print.stamp) {
                break;
            }
            print = Print::take_once(path)?;
        }
        Some(print)
    }

    /// The stamp is read first, so that a write during the reading leaves a stamp that no longer fits.
    fn take_once(path: &Path) -> Option<Print> {
        let stamp = Stamp::read(path)?;
        let taken = SystemTime::now();
        let mut file = File::open(path).ok()?;
        let mut hasher = RapidStreamHasherV3::new(&DEFAULT_RAPID_SECRETS);
        let mut buffer = [0; 32 * 1024];
        let mut len = 0;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    hasher.write(&buffer[..count]);
                    len += count as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        // A modification time in the future counts as racy too: the clock of a mounted file system may run ahead.
        let racy = stamp.modified.is_none_or(|modified| modified + COARSEST_TICK > taken);
        Some(Print { stamp, len, hash: hasher.finish(), racy })
    }

    /// When the file was last written, as the file system has it.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.stamp.modified
    }

    /// Whether a file with this stamp surely still holds these contents.
    pub(crate) fn surely_still(&self, stamp: &Stamp) -> bool {
        !self.racy && self.stamp == *stamp
    }

    /// Whether both have the same contents.
    pub(crate) fn same_contents(&self, other: &Print) -> bool {
        (self.len, self.hash) == (other.len, other.hash)
    }
}

/// What a second look at a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing worth a word: same contents, same modification time; or never there.
    Same,
    /// Saved anew with the same contents.
    Resaved,
    /// Other contents.
    Changed(ChangeKind),
    /// Vanished or empty, which may be one half of a save.
    Doubtful,
}

/// Compares a file's contents with what they were; `believe` takes a vanished or empty file for what it seems.
pub(crate) fn compare(before: Option<&Print>, now: Option<&Print>, believe: bool) -> Look {
    match (before, now) {
        (None, None) => Look::Same,
        (Some(before), Some(now)) if before.same_contents(now) => {
            if before.modified() == now.modified() {
                Look::Same
            } else {
                Look::Resaved
            }
        }
        (_, None) if !believe => Look::Doubtful,
        (_, Some(now)) if now.len == 0 && !believe => Look::Doubtful,
        (Some(_), None) => Look::Changed(ChangeKind::Removed),
        (None, Some(_)) => Look::Changed(ChangeKind::Created),
        (Some(_), Some(_)) => Look::Changed(ChangeKind::Edited),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(len: u64, hash: u64, second: u64) -> Print {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        Print { stamp: Stamp { len, modified, inode: (1, 0, 0) }, len, hash, racy: false }
    }

    #[test]
    fn contents_decide_and_the_time_only_tells_a_save_from_a_chmod() {
        let before = print(3, 7, 10);
        assert_eq!(compare(Some(&before), Some(&print(3, 7, 10)), false), Look::Same);
        assert_eq!(compare(Some(&before), Some(&print(3, 7, 11)), false), Look::Resaved);
        assert_eq!(compare(Some(&before), Some(&print(3, 8, 10)), false), Look::Changed(ChangeKind::Edited));
        assert_eq!(compare(Some(&before), Some(&print(4, 7, 10)), false), Look::Changed(ChangeKind::Edited));
        assert_eq!(compare(None, Some(&before), false), Look::Changed(ChangeKind::Created));
        assert_eq!(compare(None, None, false), Look::Same);
    }

    #[test]
    fn vanished_and_empty_files_are_doubtful_until_believed() {
        let (before, empty) = (print(3, 7, 10), print(0, 0, 11));
        assert_eq!(compare(Some(&before), None, false), Look::Doubtful);
        assert_eq!(compare(Some(&before), None, true), Look::Changed(ChangeKind::Removed));
        assert_eq!(compare(Some(&before), Some(&empty), false), Look::Doubtful);
        assert_eq!(compare(Some(&before), Some(&empty), true), Look::Changed(ChangeKind::Edited));
        assert_eq!(compare(None, Some(&empty), false), Look::Doubtful);
        assert_eq!(compare(None, Some(&empty), true), Look::Changed(ChangeKind::Created));
        assert_eq!(compare(Some(&empty), Some(&empty), false), Look::Same, "a file that was empty is no news");
    }

    #[test]
    fn a_print_reads_contents_and_doubts_fresh_stamps() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rs");
        assert_eq!(Print::take(&path), None);
        assert_eq!(Print::take(dir.path()), None, "a directory is no file");
        std::fs::write(&path, "one").unwrap();
        let first = Print::take(&path).unwrap();
        assert!(!first.surely_still(&Stamp::read(&path).unwrap()), "just written");

        let old = SystemTime::now() - Duration::from_secs(60);
        File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
        let aged = Print::take(&path).unwrap();
        assert!(aged.same_contents(&first));
        assert!(aged.surely_still(&Stamp::read(&path).unwrap()));

        std::fs::write(&path, "two").unwrap();
        File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
        assert!(!Print::take(&path).unwrap().same_contents(&first));
        #[cfg(unix)]
        assert!(!aged.surely_still(&Stamp::read(&path).unwrap()), "the change time gives a kept time away");
    }

    #[test]
    fn a_file_longer_than_the_buffer_is_hashed_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long");
        let mut contents = vec![b'x'; 200_000];
        std::fs::write(&path, &contents).unwrap();
        let first = Print::take(&path).unwrap();
        *contents.last_mut().unwrap() = b'y';
        std::fs::write(&path, &contents).unwrap();
        assert!(!Print::take(&path).unwrap().same_contents(&first));
    }
}

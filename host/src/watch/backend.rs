//! Where events come from: `notify`, behind a trait so that its failures can be tried out.
//!
//! Paths are real ones (no links in them); [`super::places`] maps them to the names that the caller uses.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Instant;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};

use super::input::{Input, Notice, Refusal, Sign};

/// Whether the platform tells when a file that was written to is closed.
const TELLS_CLOSE: bool = cfg!(any(target_os = "linux", target_os = "android"));
/// Whether the platform watches a whole tree at the cost of one watch, so that single directories need none.
const WATCHES_TREES: bool = cfg!(any(target_os = "macos", windows));

/// A source of events.
pub(crate) trait Backend: Send {
    /// Watches a directory: its own entries, not what is deeper. `root` is set for the top of a tree all of which
    /// will be watched. Watching it again is allowed and takes up a directory that was created anew.
    fn watch(&mut self, dir: &Path, root: bool) -> Result<(), Refusal>;
    /// Ends a watch, if there is one.
    fn unwatch(&mut self, dir: &Path);
}

/// Opens a source that sends to the channel.
pub(crate) type Opener = fn(Sender<Input>) -> Result<Box<dyn Backend>, Refusal>;

/// The platform's own events.
pub(crate) fn native(sender: Sender<Input>) -> Result<Box<dyn Backend>, Refusal> {
    let handler = move |event: notify::Result<notify::Event>| {
        let at = Instant::now();
        // A worker that has ended needs no events.
        let _ = match event {
            Ok(event) => translate(event, at).into_iter().try_for_each(|notice| sender.send(Input::Notice(notice))),
            Err(error) => sender.send(Input::Trouble(refusal(error))),
        };
    };
    let watcher = RecommendedWatcher::new(handler, Config::default()).map_err(refusal)?;
    Ok(Box::new(Native { watcher }))
}

struct Native {
    watcher: RecommendedWatcher,
}

impl Backend for Native {
    fn watch(&mut self, dir: &Path, root: bool) -> Result<(), Refusal> {
        let mode = match (WATCHES_TREES, root) {
            (true, true) => RecursiveMode::Recursive,
            _ => RecursiveMode::NonRecursive,
        };
        self.watcher.watch(dir, mode).map_err(refusal)
    }

    fn unwatch(&mut self, dir: &Path) {
        // A directory that is gone has no watch any more; that is all that can go wrong.
        let _ = self.watcher.unwatch(dir);
    }
}

/// Whether directories below a watched root need watches of their own.
pub(crate) fn watches_trees() -> bool {
    WATCHES_TREES
}

/// An event in our terms. Reads are left out: our own hashing and the compiler cause them.
fn translate(event: notify::Event, at: Instant) -> Vec<Notice> {
    if event.need_rescan() {
        return vec![Notice { path: PathBuf::new(), sign: Sign::Lost, at }];
    }
    let sign = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Sign::Written,
        EventKind::Access(_) => return Vec::new(),
        EventKind::Modify(ModifyKind::Data(_)) if TELLS_CLOSE => Sign::Writing,
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any | ModifyKind::Other) => Sign::Written,
        EventKind::Modify(ModifyKind::Metadata(_)) => Sign::Metadata,
        EventKind::Any | EventKind::Create(_) | EventKind::Remove(_) | EventKind::Other => Sign::Shape,
        EventKind::Modify(ModifyKind::Name(_)) => Sign::Shape,
    };
    event.paths.into_iter().map(|path| Notice { path, sign, at }).collect()
}

fn refusal(error: notify::Error) -> Refusal {
    let exhausted = |raw: Option<i32>| matches!(raw, Some(code) if EXHAUSTED.contains(&code));
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => Refusal::Exhausted("no file watches are left".into()),
        notify::ErrorKind::Io(cause) if exhausted(cause.raw_os_error()) => {
            Refusal::Exhausted(format!("no file watches are to be had ({cause})"))
        }
        notify::ErrorKind::PathNotFound => Refusal::Missing,
        notify::ErrorKind::Io(cause) if cause.kind() == io::ErrorKind::NotFound => Refusal::Missing,
        notify::ErrorKind::Io(cause) => Refusal::Other(cause.to_string()),
        _ => Refusal::Other(error.to_string()),
    }
}

/// ENFILE, EMFILE and ENOSPC: the limits of instances, descriptors and watches.
#[cfg(unix)]
const EXHAUSTED: [i32; 3] = [23, 24, 28];
#[cfg(not(unix))]
const EXHAUSTED: [i32; 0] = [];

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, DataChange, Flag, MetadataKind};

    fn signs(kind: EventKind) -> Vec<Sign> {
        let event = notify::Event::new(kind).add_path("/w/a.rs".into());
        translate(event, Instant::now()).into_iter().map(|notice| notice.sign).collect()
    }

    #[test]
    fn reads_are_no_events_and_lost_events_are_told() {
        assert_eq!(signs(EventKind::Access(AccessKind::Open(AccessMode::Any))), []);
        assert_eq!(signs(EventKind::Access(AccessKind::Close(AccessMode::Read))), []);
        assert_eq!(signs(EventKind::Access(AccessKind::Close(AccessMode::Write))), [Sign::Written]);
        assert_eq!(signs(EventKind::Create(CreateKind::Folder)), [Sign::Shape]);
        assert_eq!(signs(EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any))), [Sign::Metadata]);
        let written = signs(EventKind::Modify(ModifyKind::Data(DataChange::Any)));
        assert_eq!(written, [if TELLS_CLOSE { Sign::Writing } else { Sign::Written }]);
        let lost = translate(notify::Event::new(EventKind::Other).set_flag(Flag::Rescan), Instant::now());
        assert_eq!(lost[0].sign, Sign::Lost);
    }

    #[test]
    fn exhaustion_is_told_from_other_errors() {
        assert!(matches!(refusal(notify::Error::new(notify::ErrorKind::MaxFilesWatch)), Refusal::Exhausted(_)));
        for code in EXHAUSTED {
            let error = notify::Error::io(io::Error::from_raw_os_error(code));
            assert!(matches!(refusal(error), Refusal::Exhausted(_)), "{code}");
        }
        assert!(matches!(refusal(notify::Error::path_not_found()), Refusal::Missing));
        let denied = notify::Error::io(io::ErrorKind::PermissionDenied.into());
        assert!(matches!(refusal(denied), Refusal::Other(_)));
    }
}

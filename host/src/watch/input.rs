//! What the thread of a watch is told, by its handle and by the source of events; and contents as they were read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use super::places::walk;
use super::rules::Rules;
use super::table::Print;

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Created, removed or renamed.
    Shape,
    /// Written to, and a close will follow.
    Writing,
    /// Closed after writing, or written where closes are not told.
    Written,
    /// Times or permissions.
    Metadata,
    /// Events were lost: anything may have changed.
    Lost,
}

/// An event for one path.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) path: PathBuf,
    pub(crate) sign: Sign,
    pub(crate) at: Instant,
}

/// Why a directory can't be watched.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No more watches (or instances) are to be had: polling is the way out.
    Exhausted(String),
    /// It is not there any more.
    Missing,
    /// Anything else, for this directory only.
    Other(String),
}

/// Contents by path.
pub(crate) type Prints = BTreeMap<PathBuf, Print>;

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Input {
    Notice(Notice),
    /// The source of events failed.
    Trouble(Refusal),
    Files {
        files: Vec<PathBuf>,
        prints: Prints,
    },
    Roots {
        roots: Vec<PathBuf>,
        prints: Prints,
    },
    Stop,
}

/// The contents of files as they are now.
pub(crate) fn prints<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Prints {
    files.filter_map(|path| Some((path.clone(), Print::take(path)?))).collect()
}

/// The contents of all files that count below some roots.
pub(crate) fn inventory(roots: &[PathBuf], exclude: &[PathBuf]) -> Prints {
    let mut rules = Rules::new(exclude);
    let mut all = Prints::new();
    for root in roots {
        rules.read_above(root);
        all.append(&mut prints(walk(&mut rules, root, |_| ()).iter()));
    }
    all
}

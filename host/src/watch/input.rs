//! What the thread of a watch is told, by its handle and by the source of events; and contents as they were read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::backend::{Notice, Refusal};
use super::places::walk;
use super::rules::Rules;
use super::table::Print;

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

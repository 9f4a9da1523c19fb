//! An edit on its way: when it was saved, why it is built, and how long each stage took.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::classify::Snapshot;
use crate::events::Phases;
use crate::watch::Change;

/// An edit from its save to its publish.
#[derive(Clone)]
pub(super) struct Edit {
    /// The first event of the save.
    pub(super) saved: Instant,
    pub(super) reason: String,
    pub(super) phases: Phases,
    /// The sources that are built.
    pub(super) sources: Snapshot,
}

impl Edit {
    /// What stands at the start: nothing was saved yet.
    pub(super) fn first(sources: Snapshot) -> Self {
        Self { saved: Instant::now(), reason: "first build".into(), phases: Phases::default(), sources }
    }

    pub(super) fn of(change: &Change, classify: Duration, reason: String, sources: Snapshot) -> Self {
        let watch = change.settled.duration_since(change.first_event);
        Self { saved: change.first_event, reason, phases: Phases { watch, classify, ..Phases::default() }, sources }
    }

    /// Since the save.
    pub(super) fn age(&self) -> Duration {
        self.saved.elapsed()
    }
}

/// All sources below the roots that an edit may change: Rust files and manifests. Ignored files are left out.
pub(super) fn source_files(roots: &[PathBuf], exclude: &Path) -> Vec<PathBuf> {
    let Some((first, rest)) = roots.split_first() else { return Vec::new() };
    let mut walk = ignore::WalkBuilder::new(first);
    for root in rest {
        walk.add(root);
    }
    let exclude = exclude.to_owned();
    walk.require_git(false).filter_entry(move |entry| entry.path() != exclude);
    let is_source = |path: &Path| path.extension().is_some_and(|extension| extension == "rs" || extension == "toml");
    walk.build().flatten().map(ignore::DirEntry::into_path).filter(|path| is_source(path)).collect()
}

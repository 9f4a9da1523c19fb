//! Which directories have a watch: those below the roots, and the nearest one above a root that is gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Worker;
use crate::watch::WatchMessage;
use crate::watch::backend::watches_trees;
use crate::watch::input::Refusal;
use crate::watch::places::{Part, walk};
use crate::watch::settle::Signal;

impl<R: Fn(WatchMessage)> Worker<R> {
    pub(super) fn walk_roots(&mut self) -> Vec<PathBuf> {
        let mut counted = Vec::new();
        for root in self.roots.clone() {
            self.rules.read_above(&root);
            if !self.places.is_counted(&root) && root.is_dir() {
                counted.append(&mut self.walk_tree(&root));
            }
        }
        counted
    }

    pub(super) fn walk_tree(&mut self, top: &Path) -> Vec<PathBuf> {
        // The walk needs the rules while it sets watches; they go back after it.
        let mut rules = std::mem::take(&mut self.rules);
        let files = walk(&mut rules, top, |dir| self.watch(dir, Part::Counted));
        self.rules = rules;
        files
    }

    /// Keeps a watch on the nearest existing directory above each root, single file and target of a link.
    ///
    /// `at` is `None` before the contents have been taken; later, files below a new anchor are marked, for they may
    /// have changed before the watch was set.
    pub(super) fn place_anchors(&mut self, at: Option<Instant>) {
        if self.backend.is_none() {
            return;
        }
        loop {
            let below_anchors = self.roots.iter().chain(&self.files).chain(self.places.link_targets());
            let wanted: BTreeSet<PathBuf> = below_anchors.filter_map(|path| nearest_above(path)).collect();
            let new: Vec<PathBuf> = wanted.iter().filter(|dir| !self.places.contains(dir)).cloned().collect();
            for dir in &wanted {
                self.watch(dir, Part::Anchor);
            }
            let idle = self.places.retain(Part::Anchor, |dir| wanted.contains(dir));
            self.unwatch(idle);
            if let Some(at) = at {
                for root in self.roots.clone() {
                    if !self.places.is_counted(&root) && root.is_dir() {
                        self.rules.read_above(&root);
                        self.adopt(&root, at);
                    }
                }
                for dir in &new {
                    let files = self.files.range(dir.clone()..).take_while(|path| path.starts_with(dir));
                    for path in files.cloned().collect::<Vec<_>>() {
                        self.settle.mark(path, at, Signal::Complete);
                    }
                }
            }
            // A nearer directory may have come before the watch above it was set.
            if new.is_empty() || new.iter().all(|dir| !self.places.contains(dir)) {
                return;
            }
        }
    }

    pub(super) fn watch(&mut self, dir: &Path, part: Part) {
        // While polling, places only tell which directories count.
        let Some(backend) = &mut self.backend else {
            self.places.add(dir, dir.to_owned(), part);
            return;
        };
        let Ok(real) = dir.canonicalize() else { return };
        let known = self.places.contains(dir);
        self.places.add(dir, real.clone(), part);
        let root = self.roots.contains(dir);
        if known && part == Part::Anchor || watches_trees() && part == Part::Counted && !root {
            return;
        }
        match backend.watch(&real, root) {
            Ok(()) | Err(Refusal::Missing) => {}
            Err(refusal @ Refusal::Exhausted(_)) => self.fall_back(&refusal),
            Err(Refusal::Other(reason)) => {
                if self.complained.insert(dir.to_owned()) {
                    let reason = format!("cannot watch `{}` ({reason}): edits there are not seen", dir.display());
                    self.tell(WatchMessage::Degraded { reason });
                }
            }
        }
    }

    pub(super) fn unwatch(&mut self, idle: Vec<PathBuf>) {
        for dir in idle {
            if let Some(backend) = &mut self.backend {
                backend.unwatch(&dir);
            }
        }
    }

    /// Polls from now on, and says so.
    pub(super) fn fall_back(&mut self, refusal: &Refusal) {
        let (cause, way_out) = match refusal {
            Refusal::Exhausted(cause) if cfg!(target_os = "linux") => {
                (cause.as_str(), "; raise fs.inotify.max_user_watches and fs.inotify.max_user_instances")
            }
            Refusal::Exhausted(cause) | Refusal::Other(cause) => (cause.as_str(), ""),
            Refusal::Missing => ("the platform has none", ""),
        };
        let every = self.interval.as_millis();
        let reason = format!("no file events: {cause}; polling every {every} ms instead{way_out}");
        self.backend = None;
        self.next_poll = Instant::now();
        self.polling.store(true, Ordering::Relaxed);
        self.tell(WatchMessage::Degraded { reason });
    }
}

/// The nearest existing directory strictly above a path.
fn nearest_above(path: &Path) -> Option<PathBuf> {
    path.ancestors().skip(1).find(|dir| dir.is_dir()).map(Path::to_owned)
}

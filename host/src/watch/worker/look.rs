//! Comparing files with what is known of them: the polls that mark them, and the looks that report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Worker;
use crate::watch::places::Part;
use crate::watch::settle::Signal;
use crate::watch::table::{Look, Print, Stamp, compare};
use crate::watch::{Change, FileChange, WatchMessage};

impl<R: Fn(WatchMessage)> Worker<R> {
    /// Compares all files with what is known of them, and marks those that differ.
    pub(super) fn poll(&mut self) {
        let now = Instant::now();
        self.rules.clear();
        self.places.retain(Part::Counted, |_| false);
        let mut paths: BTreeSet<PathBuf> = self.walk_roots().into_iter().collect();
        paths.extend(self.files.iter().cloned());
        // What is known, still there, and not among them, counts no more.
        self.table.retain(|path, _| paths.contains(path) || Stamp::read(path).is_none());
        paths.extend(self.table.keys().cloned());
        for path in paths {
            // A marked file gets its look anyway; marking it again would put that off.
            if !self.settle.is_marked(&path) && self.differs(&path) {
                self.settle.mark(path, now, Signal::Complete);
            }
        }
    }

    /// Whether a file may be worth a look; keeps the newer stamp of one that is not.
    fn differs(&mut self, path: &Path) -> bool {
        let Some(known) = self.table.get_mut(path) else { return Stamp::read(path).is_some() };
        match Stamp::read(path) {
            Some(stamp) if known.surely_still(&stamp) => false,
            _ => match Print::take(path) {
                Some(now) if compare(Some(known), Some(&now), false) == Look::Same => {
                    *known = now;
                    false
                }
                _ => true,
            },
        }
    }

    /// Looks at the marked files if it is time, and reports.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        let table = &self.table;
        let settled = self.settle.collect(now, |path, believe| {
            let print = Print::take(path);
            match compare(table.get(path), print.as_ref(), believe) {
                Look::Doubtful => None,
                look => Some((look, print)),
            }
        });
        let Some(settled) = settled else { return };
        let (mut changed, mut resaved) = (Vec::new(), Vec::new());
        for one in settled {
            let (look, print) = one.found;
            match print {
                Some(print) => self.table.insert(one.path.clone(), print),
                None => self.table.remove(&one.path),
            };
            match look {
                Look::Changed(kind) => {
                    let modified = print.and_then(|print| print.modified());
                    changed.push((one.since, FileChange { path: one.path, kind, modified }));
                }
                Look::Resaved => resaved.push((one.since, one.path)),
                Look::Same | Look::Doubtful => {}
            }
        }
        // Files that were merely saved along with changed ones are not worth a word.
        if let Some(first_event) = changed.iter().map(|(since, _)| *since).min() {
            let files: Vec<FileChange> = changed.into_iter().map(|(_, file)| file).collect();
            (self.report)(WatchMessage::Changed(Change { files, first_event, settled: now }));
        } else if let Some(at) = resaved.iter().map(|(since, _)| *since).min() {
            let files = resaved.into_iter().map(|(_, path)| path).collect();
            (self.report)(WatchMessage::Unchanged { files, at });
        }
    }
}

//! When an edit is complete: pure, with the clock passed in.
//!
//! Each event marks its path. The marks are looked at as one batch [`QUIET`] after the last event; there is no fixed
//! delay, and an endless storm is cut after [`STORM`]. A vanished or empty file is believed only [`GRACE`] later; it
//! holds back its whole batch, so that a rename is one change and not two. A file that is still open for writing
//! (where the platform tells of the close) waits alone, so that a log file that a program keeps open delays nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Silence after the last event that ends a save. Editors' steps of one save are microseconds apart.
pub const QUIET: Duration = Duration::from_millis(5);
/// How much longer a vanished or empty file is waited for: the second half of a save may follow.
pub const GRACE: Duration = Duration::from_millis(40);
/// The longest a batch is held while events keep coming.
pub const STORM: Duration = Duration::from_millis(200);

/// What an event says of a file's writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Written to, and a close will be told.
    Writing,
    /// Closed, renamed, created, removed, touched, or written where closes are not told.
    Complete,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    since: Instant,
    last: Instant,
    writing: bool,
}

/// The paths with events that no look has settled yet.
#[derive(Debug, Default)]
pub(crate) struct Settle {
    marks: BTreeMap<PathBuf, Mark>,
    /// First and last event of the batch, files open for writing left out.
    window: Option<(Instant, Instant)>,
    /// When the doubtful files of the batch are believed.
    hold: Option<Instant>,
}

/// A settled path: when its first event came, and what the look found.
#[derive(Debug)]
pub(crate) struct Settled<T> {
    pub(crate) path: PathBuf,
    pub(crate) since: Instant,
    pub(crate) found: T,
}

impl Settle {
    /// Notes an event.
    pub(crate) fn mark(&mut self, path: PathBuf, at: Instant, signal: Signal) {
        let writing = signal == Signal::Writing;
        let mark = self.marks.entry(path).or_insert(Mark { since: at, last: at, writing });
        (mark.last, mark.writing) = (at, writing);
        if !writing {
            let (_, last) = self.window.get_or_insert((at, at));
            *last = at.max(*last);
        }
    }

    /// Whether a path waits for its look.
    pub(crate) fn is_marked(&self, path: &Path) -> bool {
        self.marks.contains_key(path)
    }

    /// When to look; `None` while nothing is marked.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let batch = self.window.map(|(first, last)| self.hold.unwrap_or(last).max(last + QUIET).min(first + STORM));
        let writing = self.marks.values().filter(|mark| mark.writing).map(|mark| mark.since + STORM);
        writing.chain(batch).min()
    }

    /// Looks at the batch if it is time, and gives what settled; `None` if it is not time yet.
    ///
    /// `look` is given a path and whether a vanished or empty file is to be believed; `None` from it means doubtful.
    pub(crate) fn collect<T>(
        &mut self,
        now: Instant,
        mut look: impl FnMut(&Path, bool) -> Option<T>,
    ) -> Option<Vec<Settled<T>>> {
        if now < self.deadline()? {
            return None;
        }
        // What has been open for too long joins the batch, and cuts it.
        for mark in self.marks.values_mut().filter(|mark| mark.writing && now >= mark.since + STORM) {
            mark.writing = false;
            let (first, _) = self.window.get_or_insert((mark.since, mark.last));
            *first = mark.since.min(*first);
        }
        let cut = self.window?.0 + STORM;
        let (mut settled, mut left) = (Vec::new(), BTreeMap::new());
        self.hold = None;
        for (path, mark) in &self.marks {
            let believed_at = mark.last + QUIET + GRACE;
            let found = if mark.writing { None } else { look(path, now >= believed_at) };
            if let Some(found) = found {
                settled.push(Settled { path: path.clone(), since: mark.since, found });
                continue;
            }
            left.insert(path.clone(), *mark);
            if !mark.writing {
                self.hold = self.hold.max(Some(believed_at));
            }
        }
        if self.hold.is_some() && now < cut {
            return None;
        }
        self.window = self.hold.map(|_| (now, now));
        self.marks = left;
        Some(settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn certain(_: &Path, _: bool) -> Option<()> {
        Some(())
    }

    fn paths<T>(settled: Option<Vec<Settled<T>>>) -> Vec<String> {
        settled.expect("is due").into_iter().map(|one| one.path.display().to_string()).collect()
    }

    #[test]
    fn a_batch_settles_after_the_quiet_window_and_knows_its_first_event() {
        let (mut settle, start) = (Settle::default(), Instant::now());
        assert_eq!(settle.deadline(), None);
        settle.mark("a".into(), start, Signal::Complete);
        settle.mark("b".into(), start + 3 * MS, Signal::Complete);
        settle.mark("a".into(), start + 4 * MS, Signal::Complete);
        assert_eq!(settle.deadline(), Some(start + 4 * MS + QUIET));
        assert!(settle.collect(start + 8 * MS, certain).is_none());
        let settled = settle.collect(start + 9 * MS, certain).unwrap();
        assert_eq!(settled.len(), 2);
        assert_eq!(settled[0].since, start);
        assert_eq!(settled[1].since, start + 3 * MS);
        assert_eq!(settle.deadline(), None);
    }

    #[test]
    fn an_endless_storm_is_cut() {
        let (mut settle, start) = (Settle::default(), Instant::now());
        for step in 0..100 {
            settle.mark("a".into(), start + step * 4 * MS, Signal::Complete);
            let due = settle.collect(start + step * 4 * MS, certain).is_some();
            assert_eq!(due, step == 50, "step {step}");
        }
    }

    #[test]
    fn a_file_open_for_writing_waits_up_to_the_cut_and_delays_no_other() {
        let (mut settle, start) = (Settle::default(), Instant::now());
        settle.mark("a".into(), start, Signal::Writing);
        assert!(settle.collect(start + 100 * MS, certain).is_none());
        settle.mark("b".into(), start + 100 * MS, Signal::Complete);
        assert_eq!(paths(settle.collect(start + 105 * MS, certain)), ["b"]);
        settle.mark("a".into(), start + 110 * MS, Signal::Complete);
        assert_eq!(settle.deadline(), Some(start + 110 * MS + QUIET));
        assert_eq!(paths(settle.collect(start + 115 * MS, certain)), ["a"]);

        settle.mark("c".into(), start + 300 * MS, Signal::Writing);
        settle.mark("c".into(), start + 450 * MS, Signal::Writing);
        assert_eq!(settle.deadline(), Some(start + 500 * MS));
        assert_eq!(paths(settle.collect(start + 500 * MS, certain)), ["c"]);
        assert_eq!(settle.deadline(), None);
    }

    #[test]
    fn a_doubtful_file_holds_the_batch_and_is_believed_later() {
        let (mut settle, start) = (Settle::default(), Instant::now());
        let look = |path: &Path, believe: bool| (believe || path != Path::new("gone")).then_some(());
        settle.mark("gone".into(), start, Signal::Complete);
        settle.mark("new".into(), start, Signal::Complete);
        assert!(settle.collect(start + QUIET, look).is_none());
        assert_eq!(settle.deadline(), Some(start + QUIET + GRACE));
        assert_eq!(paths(settle.collect(start + QUIET + GRACE, look)), ["gone", "new"]);
        assert_eq!(settle.deadline(), None);
    }

    #[test]
    fn the_cut_reports_what_is_certain_and_keeps_the_doubtful() {
        let (mut settle, start) = (Settle::default(), Instant::now());
        let look = |path: &Path, believe: bool| (believe || path != Path::new("gone")).then_some(());
        settle.mark("busy".into(), start, Signal::Writing);
        settle.mark("gone".into(), start + 190 * MS, Signal::Complete);
        assert_eq!(paths(settle.collect(start + STORM, look)), ["busy"]);
        assert_eq!(settle.deadline(), Some(start + 190 * MS + QUIET + GRACE));
        let late = settle.collect(start + 235 * MS, look).unwrap();
        assert_eq!(late.len(), 1);
        assert_eq!(late[0].since, start + 190 * MS, "keeps its own first event");
    }

    #[test]
    fn a_doubtful_file_that_comes_back_is_not_waited_for_any_longer() {
        let (mut settle, start) = (Settle::default(), Instant::now());
        settle.mark("a".into(), start, Signal::Complete);
        assert!(settle.collect(start + QUIET, |_, _| None::<()>).is_none());
        settle.mark("a".into(), start + 10 * MS, Signal::Complete);
        let due = settle.deadline().unwrap();
        assert!(due <= start + QUIET + GRACE, "{:?}", due - start);
        assert_eq!(paths(settle.collect(due, certain)), ["a"]);
    }
}

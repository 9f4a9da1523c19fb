//! The thread of a watch: receives events, keeps the watches, and marks files; [`look`] compares and reports,
//! [`watches`] says which directories have a watch.
//!
//! All state belongs to the thread. What the handle passes in was read before it was sent.

mod look;
mod watches;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::backend::{Backend, Opener};
use super::input::{Input, Prints, Refusal, Sign, prints};
use super::places::{Part, Places, below};
use super::rules::{IGNORE_FILE, Rules, is_cache};
use super::settle::{Settle, Signal};
use super::table::Stamp;
use super::{FALLBACK_POLL, WatchMessage, WatchSpec};

/// Messages taken in between two looks, so that a flood of events can't put the looks off.
const DRAIN: usize = 1024;

/// All state of a watch; owned by its thread.
pub(crate) struct Worker<R> {
    roots: BTreeSet<PathBuf>,
    files: BTreeSet<PathBuf>,
    rules: Rules,
    places: Places,
    table: Prints,
    settle: Settle,
    /// `None` while polling.
    backend: Option<Box<dyn Backend>>,
    interval: Duration,
    next_poll: Instant,
    polling: Arc<AtomicBool>,
    /// Directories whose lack of a watch has been reported.
    complained: BTreeSet<PathBuf>,
    /// Messages from before the thread ran.
    early: Vec<WatchMessage>,
    running: bool,
    inbox: Receiver<Input>,
    report: R,
}

impl<R: Fn(WatchMessage)> Worker<R> {
    /// Sets the watches, then takes the contents of all files that count.
    pub(crate) fn new(
        spec: WatchSpec,
        open: Opener,
        sender: Sender<Input>,
        inbox: Receiver<Input>,
        polling: Arc<AtomicBool>,
        report: R,
    ) -> Worker<R> {
        let interval = spec.poll.unwrap_or(FALLBACK_POLL);
        let mut worker = Worker {
            roots: spec.roots.into_iter().collect(),
            files: spec.files.into_iter().collect(),
            rules: Rules::new(&spec.exclude),
            places: Places::default(),
            table: Prints::new(),
            settle: Settle::default(),
            backend: None,
            interval,
            next_poll: Instant::now() + interval,
            polling,
            complained: BTreeSet::new(),
            early: Vec::new(),
            running: false,
            inbox,
            report,
        };
        if spec.poll.is_some() {
            worker.polling.store(true, Ordering::Relaxed);
        } else {
            match open(sender) {
                Ok(backend) => worker.backend = Some(backend),
                Err(refusal) => worker.fall_back(&refusal),
            }
        }
        let counted = worker.walk_roots();
        worker.place_anchors(None);
        worker.note_links(&counted);
        worker.place_anchors(None);
        worker.table = prints(counted.iter().chain(&worker.files));
        worker
    }

    /// Runs until told to stop.
    pub(crate) fn run(mut self) {
        self.running = true;
        for message in std::mem::take(&mut self.early) {
            (self.report)(message);
        }
        while self.receive() {
            if self.backend.is_none() && Instant::now() >= self.next_poll {
                self.poll();
                self.next_poll = Instant::now() + self.interval;
            }
            self.look();
        }
    }

    /// Waits for messages up to the next deadline and takes them in; false when told to stop.
    fn receive(&mut self) -> bool {
        let poll = self.backend.is_none().then_some(self.next_poll);
        let deadline = [poll, self.settle.deadline()].into_iter().flatten().min();
        let first = match deadline {
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => self.inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        let first = match first {
            Ok(input) => Some(input),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return false,
        };
        let mut next = first;
        for _ in 0..DRAIN {
            match next {
                None => break,
                Some(Input::Stop) => return false,
                Some(input) => self.take_in(input),
            }
            next = self.inbox.try_recv().ok();
        }
        match next {
            Some(Input::Stop) => return false,
            Some(input) => self.take_in(input),
            None => {}
        }
        true
    }

    fn take_in(&mut self, input: Input) {
        let now = Instant::now();
        match input {
            Input::Stop => {}
            Input::Notice(_) | Input::Trouble(_) if self.backend.is_none() => {}
            Input::Notice(notice) if notice.sign == Sign::Lost => self.rescan(notice.at),
            Input::Notice(notice) => {
                for path in self.places.spread(&notice.path) {
                    self.notice(path, notice.sign, notice.at);
                }
            }
            Input::Trouble(refusal @ Refusal::Exhausted(_)) => self.fall_back(&refusal),
            Input::Trouble(refusal) => {
                // Which events are lost is not said: look at everything.
                tracing::debug!(?refusal, "a file event could not be read");
                self.rescan(now);
            }
            Input::Files { files, prints } => {
                self.adopt_prints(prints);
                self.replace_files(files.into_iter().collect(), now);
            }
            Input::Roots { roots, prints } => {
                self.roots = roots.into_iter().collect();
                self.adopt_prints(prints);
                self.rescan(now);
            }
        }
    }

    /// Contents taken before the watch of the files was set; the look that follows compares them.
    fn adopt_prints(&mut self, prints: Prints) {
        for (path, print) in prints {
            self.table.entry(path).or_insert(print);
        }
    }

    fn replace_files(&mut self, files: BTreeSet<PathBuf>, at: Instant) {
        let old = std::mem::replace(&mut self.files, files);
        for path in old.difference(&self.files) {
            let in_counted = path.parent().is_some_and(|dir| self.places.is_counted(dir));
            if !in_counted || self.rules.leaves_out(path, false) {
                self.table.remove(path);
            }
        }
        let new: Vec<PathBuf> = self.files.difference(&old).cloned().collect();
        for path in &new {
            self.places.note_link(path);
        }
        self.place_anchors(Some(at));
        for path in new {
            self.settle.mark(path, at, Signal::Complete);
        }
    }

    /// Takes in an event under one name of its path.
    fn notice(&mut self, path: PathBuf, sign: Sign, at: Instant) {
        let signal = if sign == Sign::Writing { Signal::Writing } else { Signal::Complete };
        let in_counted = path.parent().is_some_and(|dir| self.places.is_counted(dir));
        if in_counted && path.file_name().is_some_and(|name| name == IGNORE_FILE) && sign != Sign::Writing {
            self.rescan(at);
        }
        let named = self.files.contains(&path);
        let is_root = self.roots.contains(&path);
        let watched = self.places.contains(&path);
        // Below a root, links to directories are not followed; a root may be one.
        let is_dir = if is_root { path.is_dir() } else { std::fs::symlink_metadata(&path).is_ok_and(|of| of.is_dir()) };
        let counts = in_counted && !self.rules.leaves_out(&path, is_dir || watched);
        if sign == Sign::Shape && (watched || is_root || self.leads_to_watched(&path)) {
            self.uproot(&path, at);
            self.place_anchors(Some(at));
        }
        if counts && is_dir {
            if sign == Sign::Shape && !self.places.is_counted(&path) && !is_cache(&path) {
                self.adopt(&path, at);
            }
        } else if named || counts && !is_dir {
            if self.places.note_link(&path) {
                self.place_anchors(Some(at));
            }
            self.settle.mark(path, at, signal);
        }
    }

    /// Whether a root, a single file or the target of a link is at or below the path.
    fn leads_to_watched(&self, path: &Path) -> bool {
        let next = |set: &BTreeSet<PathBuf>| set.range(path.to_owned()..).next().is_some_and(|of| of.starts_with(path));
        next(&self.roots) || next(&self.files) || self.places.link_targets().any(|target| target.starts_with(path))
    }

    /// A directory came, went or is another one now: its watches are void and all files below need a look.
    fn uproot(&mut self, top: &Path, at: Instant) {
        let idle = self.places.forget_tree(top);
        self.unwatch(idle);
        let named = self.files.range(top.to_owned()..).take_while(|path| path.starts_with(top)).cloned();
        let marked: Vec<PathBuf> = below(&self.table, top).into_iter().chain(named).collect();
        for path in marked {
            self.settle.mark(path, at, Signal::Complete);
        }
    }

    /// Watches a new directory and all below, then marks the files already in it.
    fn adopt(&mut self, top: &Path, at: Instant) {
        let mut links = false;
        for path in self.walk_tree(top) {
            links |= self.places.note_link(&path);
            self.settle.mark(path, at, Signal::Complete);
        }
        if links {
            self.place_anchors(Some(at));
        }
    }

    /// Reads all rules anew, walks all roots, marks every file, and forgets those that don't count any more.
    fn rescan(&mut self, at: Instant) {
        self.rules.clear();
        let idle = self.places.retain(Part::Counted, |_| false);
        self.unwatch(idle);
        self.places.clear_links();
        let counted: BTreeSet<PathBuf> = self.walk_roots().into_iter().collect();
        self.note_links(&counted);
        self.place_anchors(Some(at));
        let files = &self.files;
        self.table.retain(|path, _| counted.contains(path) || files.contains(path) || Stamp::read(path).is_none());
        let marked: BTreeSet<PathBuf> = self.table.keys().chain(&counted).chain(files).cloned().collect();
        for path in marked {
            self.settle.mark(path, at, Signal::Complete);
        }
    }

    /// Notes the links on the way to what is watched.
    fn note_links<'a>(&mut self, counted: impl IntoIterator<Item = &'a PathBuf>) {
        for path in counted {
            self.places.note_link(path);
        }
        for path in self.files.iter().chain(&self.roots) {
            self.places.note_link(path);
        }
    }

    fn tell(&mut self, message: WatchMessage) {
        if self.running {
            (self.report)(message);
        } else {
            self.early.push(message);
        }
    }
}

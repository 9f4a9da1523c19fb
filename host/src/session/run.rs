//! The session's thread: what each message does.

mod audit;
mod builds;
mod control;
mod crashes;
mod patches;
mod pauses;
mod rollback;
mod swap;
mod test_loads;
mod trial;
mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Instant, SystemTime};

use liveswap::handshake::Identity;

use self::control::Held;
use self::patches::{NextBase, SelfTest};
use self::pauses::Pauses;
use self::trial::Trials;
use super::agreement::Agreement;
use super::base::Base;
use super::base_crates;
use super::checks::Checks;
use super::edit::{Activity, Edit, Offer};
use super::faults;
use super::followers::Followers;
use super::history::History;
use super::outcome::Successor;
use super::patching::Patching;
use super::sources::{Feeds, Sources};
use super::unseen::Unseen;
use super::{InForce, Message, OnReady, SafePoint, Settings, Target};
use crate::classify::{LineMap, Snapshot, Verdict, classify};
use crate::compile::OwnDirectory;
use crate::emit::Emitter;
use crate::events::EventKind;
use crate::hangs::Watchdog;
use crate::open::services::SameCrates;
use crate::project::{Project, Toolchain};
use crate::stage::StagingArea;
use crate::verify;
use crate::watch::{Change, WatchMessage};

/// How the session is connected to the rest of the host.
pub(super) struct Wires {
    pub(super) inbox: Sender<Message>,
    pub(super) point: Arc<SafePoint>,
    /// The place of the session's seat at the safe point.
    pub(super) place: usize,
    pub(super) in_force: Arc<InForce>,
    pub(super) on_ready: OnReady,
}

pub(super) struct Worker {
    sources: Sources,
    /// cargo's directory, claimed for this host.
    target_dir: OwnDirectory,
    settings: Settings,
    target: Target,
    emitter: Arc<Emitter>,
    wires: Wires,
    staging: StagingArea,
    base: Base,
    /// The base in force, where it can be patched.
    patching: Option<Patching>,
    next_base: Option<NextBase>,
    self_test: SelfTest,
    pauses: Pauses,
    history: History,
    /// Who waits for the end of the edit that is under way.
    followers: Followers,
    checks: Checks,
    /// Why edits are not patched, as the user was told.
    no_patches: Option<String>,
    trials: Trials,
    expected: Identity,
    agreement: Agreement,
    unseen: Unseen,
    activity: Activity,
    /// The sources of the generation in force, or of the one that waits; `None` before the first.
    built: Option<Snapshot>,
    /// Where lines of the generation in force are now.
    lines: LineMap,
    /// Tells of calls that hang.
    watchdog: Option<Watchdog>,
    /// When the last build started: a file that changed since, with an older time, would be fresh to cargo.
    last_build: SystemTime,
    /// Length and time of the artifact that was staged last.
    last_artifact: Option<(u64, SystemTime)>,
    /// What changed while it is paused; `None` where it is not.
    held: Option<Held>,
    builds: u64,
    attempts: u64,
    generations: u64,
}

impl Worker {
    pub(super) fn new(
        project: Project,
        toolchain: Toolchain,
        settings: Settings,
        target: Target,
        emitter: Arc<Emitter>,
        wires: Wires,
    ) -> Self {
        // Apart from the user's own target directory, so that nobody waits for the other's lock; and one for each
        // library, since the same crate is compiled differently as a hot library and as a dependency of one.
        let default = || project.target_directory.join("liveswap").join(&project.package);
        let target_dir = OwnDirectory::claim(&settings.target_dir.clone().unwrap_or_else(default));
        base_crates::remove_copies(&target_dir);
        Self {
            staging: StagingArea::new(settings.stage_in.clone(), toolchain.libraries()),
            expected: verify::handshake::expected(&settings.profile),
            agreement: Agreement::new(&target, &project),
            sources: Sources::new(project, toolchain, target_dir.path().to_owned()),
            unseen: Unseen::new(target_dir.path().to_owned()),
            target_dir,
            base: Base::new(settings.patch.unwrap_or(true)),
            patching: None,
            next_base: None,
            self_test: SelfTest::NotWanted,
            pauses: Pauses::default(),
            history: History::default(),
            followers: Followers::default(),
            checks: Checks::default(),
            no_patches: None,
            trials: Trials::default(),
            settings,
            target,
            emitter,
            wires,
            activity: Activity::Idle,
            built: None,
            lines: LineMap::default(),
            watchdog: None,
            last_build: SystemTime::UNIX_EPOCH,
            last_artifact: None,
            held: None,
            builds: 0,
            attempts: 0,
            generations: 0,
        }
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        if let Err(error) = self.sources.start(self.settings.poll, self.wires.inbox.clone()) {
            self.emit(EventKind::Warning { message: format!("edits are not seen: {error}") });
        }
        if !self.target_dir.is_wanted() {
            let directory = self.target_dir.path().display();
            let message = format!("another host works on this library; this one builds it in {directory}");
            self.emit(EventKind::Warning { message });
        }
        if matches!(self.target, Target::Entries(_)) {
            self.unseen.starts(&self.sources.project, &self.sources.now);
        }
        for shared in &self.sources.project.thread_state {
            let (package, consequence) = (shared.package, shared.consequence);
            let message =
                format!("`{package}` keeps state in thread-locals, and the library has a copy of it: {consequence}");
            self.emit(EventKind::Warning { message });
        }
        self.start_build(Edit::first(self.sources.now.clone()));
        if self.base.is_wanted() {
            self.start_self_test();
        }
        faults::mark_session_thread();
        self.look_out();
        loop {
            let message = match messages.recv_timeout(self.patience()) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    self.remind_of_the_safe_point();
                    self.use_the_pause();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            match message {
                Message::Watch(message) => self.watched(message),
                Message::Build(number, message) => self.built(number, message),
                Message::Patched(number, result) => self.patched(number, result),
                Message::TestLoaded(number, result) => self.test_loaded(number, result),
                Message::SelfTested(result) => self.self_tested(result),
                Message::Audited(number, result) => self.audited(number, result),
                Message::Checked(number, said) => self.checked(number, said),
                Message::Published { generation, at, migrate } => {
                    self.published(generation, at, migrate);
                    self.judge_early_calls();
                }
                Message::Waits { generation, reason } => self.waits(generation, reason),
                Message::NotMoved { generation, reason } => self.not_moved(generation, reason),
                Message::Panicked(panic, consequence, told) => {
                    self.faulted(*panic, consequence);
                    let _ = told.send(());
                }
                Message::Noted(fault, note, told) => {
                    self.noted(*fault, note);
                    let _ = told.send(());
                }
                Message::CallFailed(call, told) => self.call_failed(*call, told),
                Message::Tell(kind) => self.emit(kind),
                Message::Asked(asked) => self.asked(asked),
                Message::Stop => break,
            }
            self.tell_followers();
        }
        // Cancels the build: cargo and its children end before this thread does.
        self.activity = Activity::Idle;
        self.self_test = SelfTest::NotWanted;
        self.sources.stop();
        self.emit(EventKind::Stopped { generation: self.generation() });
    }

    // -- watch --

    fn watched(&mut self, message: WatchMessage) {
        match message {
            WatchMessage::Changed(change) => self.changed(change),
            WatchMessage::Unchanged { mut files, .. } => {
                files.retain(|file| self.sources.feeds_the_build(file) == Feeds::Yes);
                if files.is_empty() {
                    return;
                }
                self.emit(EventKind::Skipped { reason: "contents unchanged".into(), files });
            }
            WatchMessage::Degraded { reason } => self.emit(EventKind::Warning { message: reason }),
        }
    }

    fn changed(&mut self, mut change: Change) {
        let is_building = matches!(self.activity, Activity::Building { .. });
        for file in self.sources.sift(&mut change, is_building) {
            let name = self.sources.now.name(&file);
            let message = format!("the program's own source {name} changed: restart the program to run it");
            self.emit(EventKind::Warning { message });
        }
        if change.files.is_empty() {
            return;
        }
        let files: Vec<PathBuf> = change.files.iter().map(|file| file.path.clone()).collect();
        self.emit(EventKind::Changed { files: files.clone() });
        if let Err(error) = self.sources.take(&change.files, self.last_build, &self.settings.profile) {
            self.emit(EventKind::Warning { message: error });
        }
        self.followers.begins(Successor::Edit { files: files.clone() });
        if !self.hold(&files) {
            self.take_up(&change, files);
        }
    }

    /// Compares what is on disk with what runs, and applies it where it is another code.
    fn take_up(&mut self, change: &Change, files: Vec<PathBuf>) {
        let start = Instant::now();
        let verdict = match &self.built {
            Some(built) => classify(built, &self.sources.now),
            None => Verdict::Swap { reason: "first build".into(), files: files.clone() },
        };
        match verdict {
            Verdict::Unchanged { reason, lines } => {
                // A build under way is of sources that are gone again.
                self.rest();
                self.lines = lines;
                self.emit(EventKind::Skipped { reason, files });
            }
            Verdict::Swap { reason, .. } => match self.history.left(|left| is_same(left, &self.sources.now)) {
                Some(number) => {
                    self.rest();
                    let reason = format!("the same code as that of generation {number}, which was rolled back");
                    self.emit(EventKind::Skipped { reason, files });
                }
                None => {
                    let edit = Edit::of(change, start.elapsed(), reason, self.sources.now.clone());
                    // What it prints decides about the whole library.
                    match self.built.as_ref().is_some_and(|built| self.sources.has_other_build_script(built)) {
                        true => self.start_build(Edit { reason: "the build script changed".into(), ..edit }),
                        false => self.apply(edit),
                    }
                }
            },
        }
    }

    /// The edit is checked; the program is about to be offered what came of it.
    fn wait_for_the_program(&mut self, generation: u64, edit: Edit, offer: Offer) {
        let before = match std::mem::replace(&mut self.activity, Activity::Idle) {
            // One that still waits is superseded.
            Activity::Waiting { before, .. } => before,
            _ => self.built.take(),
        };
        self.built = Some(edit.sources.clone());
        self.activity = Activity::Waiting {
            generation,
            edit,
            offer,
            checked: Instant::now(),
            waits_for: None,
            reminded: false,
            before,
        };
    }

    // -- facts --

    fn generation(&self) -> u64 {
        self.wires.in_force.generation.load(Ordering::Acquire)
    }

    /// In the program's own workspace one lock file decides for both sides, so a crate with one version of a
    /// compatible line is the same crate. A host that was built elsewhere can't know.
    fn same_crates(&self) -> SameCrates {
        let project = &self.sources.project;
        let one = |name: &str| project.dependencies.get(name).is_some_and(|versions| versions.len() == 1);
        let here = project.host_package.is_some();
        SameCrates { log: here && one("log"), tracing: here && one("tracing-core") }
    }

    /// A message is done: who waits for the end of an edit is told what came of it.
    fn tell_followers(&mut self) {
        // A fault is gone back from first.
        if self.trials.has_interrupted && matches!(self.activity, Activity::Waiting { .. }) {
            return self.followers.put_off();
        }
        self.followers.settle(self.activity.under_way().as_ref());
    }

    fn emit(&self, kind: EventKind) {
        self.wires.in_force.note(&kind);
        self.followers.note(&kind);
        self.emitter.emit(&self.sources.project.package, kind);
    }
}

/// Whether two states of the sources give the same code.
fn is_same(one: &Snapshot, other: &Snapshot) -> bool {
    matches!(classify(one, other), Verdict::Unchanged { .. })
}

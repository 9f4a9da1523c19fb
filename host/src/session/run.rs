//! The session's thread: what each message does.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Instant, SystemTime};

use liveswap::handshake::Identity;

use super::attempt::{Attempt, Refusal};
use super::edit::{Edit, source_files};
use super::{InForce, Message, OnReady, Ready, Settings, Target, faults};
use crate::classify::{LineMap, Snapshot, Verdict, classify};
use crate::compile::{self, Artifact, Build, BuildFailure, BuildMessage, BuildRequest};
use crate::emit::Emitter;
use crate::events::{Diagnostic, EventKind, Tier};
use crate::gate::Gate;
use crate::open::services::SameCrates;
use crate::project::{self, Project, Toolchain, Wanted};
use crate::stage::StagingArea;
use crate::verify;
use crate::watch::{self, Change, Watch, WatchMessage, WatchSpec};

/// The variable that tells `hot_lib!` which crate is built for a host; see the macro.
const HOT_CRATE_VARIABLE: &str = "LIVESWAP_HOT_CRATE";

/// How the session is connected to the rest of the host.
pub(super) struct Wires {
    pub(super) inbox: Sender<Message>,
    pub(super) gate: Arc<Gate<Ready>>,
    pub(super) in_force: Arc<InForce>,
    pub(super) on_ready: OnReady,
}

/// What the session is at.
enum Activity {
    Idle,
    Building {
        number: u64,
        build: Build,
        edit: Edit,
        started: Instant,
    },
    /// Checked, and offered to the program.
    Waiting {
        generation: u64,
        edit: Edit,
        warnings: Vec<Diagnostic>,
        checked: Instant,
    },
}

pub(super) struct Worker {
    project: Project,
    toolchain: Toolchain,
    settings: Settings,
    target: Target,
    emitter: Arc<Emitter>,
    wires: Wires,
    staging: StagingArea,
    expected: Identity,
    watch: Option<Watch>,
    activity: Activity,
    /// The sources of the generation in force, or of the one that waits; `None` before the first.
    built: Option<Snapshot>,
    /// The sources as they are now.
    now: Snapshot,
    /// What the last build read; `None` before the first.
    inputs: Option<HashSet<PathBuf>>,
    /// Where lines of the generation in force are now.
    lines: LineMap,
    /// When the last build started: a file that changed since, with an older time, would be fresh to cargo.
    last_build: SystemTime,
    /// Length and time of the artifact that was staged last.
    last_artifact: Option<(u64, SystemTime)>,
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
        Self {
            staging: StagingArea::new(settings.stage_in.clone()),
            expected: verify::handshake::expected(&settings.profile),
            project,
            toolchain,
            settings,
            target,
            emitter,
            wires,
            watch: None,
            activity: Activity::Idle,
            built: None,
            now: Snapshot::default(),
            inputs: None,
            lines: LineMap::default(),
            last_build: SystemTime::UNIX_EPOCH,
            last_artifact: None,
            builds: 0,
            attempts: 0,
            generations: 0,
        }
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        self.start_watch();
        // Read after the watch took its inventory: what changes in between is told by the watch.
        self.now = Snapshot::read(source_files(&self.roots(), &self.target_dir())).relative_to(&self.project.directory);
        self.start_build(Edit::first(self.now.clone()));
        while let Ok(message) = messages.recv() {
            match message {
                Message::Watch(message) => self.watched(message),
                Message::Build(number, message) => self.built(number, message),
                Message::Published { generation, at } => self.published(generation, at),
                Message::Panicked(info, told) => {
                    let fault = info.into_fault(Some(&self.lines), &self.project.workspace_root);
                    self.emit(EventKind::Fault(fault));
                    let _ = told.send(());
                }
                Message::Tell(kind) => self.emit(kind),
                Message::Stop => break,
            }
        }
        // Cancels the build: cargo and its children end before this thread does.
        self.activity = Activity::Idle;
        self.watch = None;
        self.emit(EventKind::Stopped { generation: self.generation() });
    }

    // -- watch --

    fn start_watch(&mut self) {
        let spec = WatchSpec {
            roots: self.roots(),
            files: self.project.files.clone(),
            exclude: vec![self.project.target_directory.clone(), self.target_dir()],
            poll: self.settings.poll,
        };
        let inbox = self.wires.inbox.clone();
        // An error says that the session has ended.
        let report = move |message| drop(inbox.send(Message::Watch(message)));
        match watch::start(spec, report) {
            Ok(watch) => self.watch = Some(watch),
            Err(error) => self.emit(EventKind::Warning { message: format!("edits are not seen: {error}") }),
        }
    }

    fn watched(&mut self, message: WatchMessage) {
        match message {
            WatchMessage::Changed(change) => self.changed(change),
            WatchMessage::Unchanged { mut files, .. } => {
                files.retain(|file| self.feeds_the_build(file));
                if files.is_empty() {
                    return;
                }
                self.emit(EventKind::Skipped { reason: "contents unchanged".into(), files });
            }
            WatchMessage::Degraded { reason } => self.emit(EventKind::Warning { message: reason }),
        }
    }

    fn changed(&mut self, mut change: Change) {
        change.files.retain(|file| self.feeds_the_build(&file.path));
        if change.files.is_empty() {
            return;
        }
        let files: Vec<PathBuf> = change.files.iter().map(|file| file.path.clone()).collect();
        self.emit(EventKind::Changed { files: files.clone() });
        for file in &files {
            self.now.reread(file);
        }
        if files.iter().any(|file| steers_the_build(file)) {
            self.find_project_again();
        }
        self.forget_stale_fingerprints(&change);

        let start = Instant::now();
        let verdict = match &self.built {
            Some(built) => classify(built, &self.now),
            None => Verdict::Swap { reason: "first build".into(), files: files.clone() },
        };
        match verdict {
            Verdict::Unchanged { reason, lines } => {
                // A build under way is of sources that are gone again.
                if matches!(self.activity, Activity::Building { .. }) {
                    self.activity = Activity::Idle;
                }
                self.lines = lines;
                self.emit(EventKind::Skipped { reason, files });
            }
            Verdict::Swap { reason, .. } => {
                self.start_build(Edit::of(&change, start.elapsed(), reason, self.now.clone()));
            }
        }
    }

    /// Whether a build can come out otherwise by this file. A program may write logs into its crate's directory.
    fn feeds_the_build(&self, file: &Path) -> bool {
        let Some(inputs) = &self.inputs else { return true };
        let is_source = file.extension().is_some_and(|extension| extension == "rs" || extension == "toml");
        // A build script that names no inputs is run again for any file of its package.
        let has_build_script = || {
            let owner = file.ancestors().find(|directory| self.project.root_packages.contains_key(*directory));
            owner.is_some_and(|directory| directory.join("build.rs").exists())
        };
        is_source
            || self.project.files.iter().any(|steering| steering == file)
            || file.ancestors().any(|place| inputs.contains(place))
            || has_build_script()
    }

    /// cargo compares times, not contents: a file that got other contents with an older time (`git checkout`, `mv`)
    /// would be fresh to it.
    fn forget_stale_fingerprints(&self, change: &Change) {
        let is_stale = |file: &&watch::FileChange| file.modified.is_some_and(|modified| modified <= self.last_build);
        for file in change.files.iter().filter(is_stale) {
            let owner = file.path.ancestors().find_map(|directory| self.project.root_packages.get(directory));
            for package in owner.into_iter().chain([&self.project.package]) {
                if let Err(error) = compile::forget_fingerprint(&self.target_dir(), &self.settings.profile, package) {
                    tracing::warn!(%error, package, "cargo may take an edit with an old time for built");
                }
            }
        }
    }

    /// A manifest, the lock file or the toolchain file changed: what belongs to the library may be other files now.
    fn find_project_again(&mut self) {
        let (manifest, host) = (self.project.manifest_path.clone(), self.project.host_manifest.clone());
        let toolchain = Toolchain::find(&self.project.workspace_root);
        let found = toolchain.and_then(|toolchain| {
            let project = project::find(&toolchain, &self.project.directory, Wanted::Path(&manifest), host.as_deref())?;
            Ok((toolchain, project))
        });
        // A manifest that is broken at the moment: cargo will say so in the build.
        let Ok((toolchain, project)) = found else { return };
        (self.toolchain, self.project) = (toolchain, project);
        if let Some(watch) = &self.watch
            && let Err(error) = watch.set_roots(self.roots())
        {
            self.emit(EventKind::Warning { message: format!("new directories are not watched: {error}") });
        }
    }

    // -- compile --

    fn start_build(&mut self, edit: Edit) {
        // Dropping a running build cancels it, before the next one wants cargo's lock.
        self.activity = Activity::Idle;
        self.builds += 1;
        let number = self.builds;
        self.last_build = SystemTime::now();
        let request = BuildRequest {
            toolchain: self.toolchain.clone(),
            workspace_root: self.project.workspace_root.clone(),
            manifest_path: self.project.manifest_path.clone(),
            package: self.project.package_id.clone(),
            beside: self.project.beside(),
            profile: self.settings.profile.clone(),
            target_dir: self.target_dir(),
            features: self.settings.features.clone(),
            env: vec![(HOT_CRATE_VARIABLE.into(), OsString::from(&self.project.crate_name))],
        };
        let inbox = self.wires.inbox.clone();
        let started = Instant::now();
        match compile::start(&request, move |message| drop(inbox.send(Message::Build(number, message)))) {
            Ok(build) => self.activity = Activity::Building { number, build, edit, started },
            Err(error) => self.emit(EventKind::BuildFailed {
                generation: self.generation(),
                diagnostics: Vec::new(),
                message: Some(error.to_string()),
                total_ms: edit.age(),
            }),
        }
    }

    fn built(&mut self, from: u64, message: BuildMessage) {
        // What a cancelled build had still in the channel.
        if !matches!(&self.activity, Activity::Building { number, .. } if *number == from) {
            return;
        }
        match message {
            BuildMessage::Progress(progress) => self.emit(EventKind::Building(progress)),
            BuildMessage::Finished(result) => {
                let Activity::Building { mut edit, started, build, .. } =
                    std::mem::replace(&mut self.activity, Activity::Idle)
                else {
                    return;
                };
                drop(build);
                edit.phases.compile = started.elapsed();
                match result {
                    Ok(artifact) => self.swap_in(artifact, edit),
                    Err(failure) => self.build_failed(failure, &edit),
                }
            }
        }
    }

    fn build_failed(&mut self, failure: BuildFailure, edit: &Edit) {
        self.emit(EventKind::BuildFailed {
            generation: self.generation(),
            diagnostics: failure.diagnostics,
            message: failure.message,
            total_ms: edit.age(),
        });
    }

    // -- stage, open, verify --

    fn swap_in(&mut self, artifact: Artifact, mut edit: Edit) {
        self.watch_inputs(&artifact);
        let print = fs::metadata(&artifact.path).ok().and_then(|data| Some((data.len(), data.modified().ok()?)));
        if artifact.fresh && print.is_some() && print == self.last_artifact && self.built.is_some() {
            self.built = Some(edit.sources);
            return self.emit(EventKind::Skipped {
                reason: format!("cargo has nothing to rebuild ({})", edit.reason),
                files: Vec::new(),
            });
        }
        self.attempts += 1;
        let generation = self.generations + 1;
        let attempt = Attempt {
            staging: &self.staging,
            crate_name: &self.project.crate_name,
            expected: &self.expected,
            same: self.same_crates(),
            target: &self.target,
            on_panic: faults::receiver(self.wires.inbox.clone(), generation),
        };
        let passed = match attempt.run(&artifact.path, self.attempts) {
            Ok(passed) => passed,
            Err(Refusal { stage, reason, image }) => {
                if let Some(image) = image {
                    self.wires.in_force.count(&image);
                }
                let (generation, total_ms) = (self.generation(), edit.age());
                return self.emit(EventKind::Refused { generation, stage, reason, total_ms });
            }
        };
        self.last_artifact = print;
        self.generations = generation;
        self.wires.in_force.count(&passed.image);
        if passed.image.early_allocations() > 0 {
            let count = passed.image.early_allocations();
            tracing::warn!(count, "constructors of the library allocated before the host's allocator served it");
        }
        (edit.phases.stage, edit.phases.open, edit.phases.verify) = (passed.stage, passed.open, passed.verify);
        self.built = Some(edit.sources.clone());
        self.activity = Activity::Waiting { generation, edit, warnings: artifact.warnings, checked: Instant::now() };
        let ready = Ready {
            publication: passed.publication,
            generation,
            in_force: self.wires.in_force.clone(),
            told: self.wires.inbox.clone(),
        };
        if self.settings.at_once {
            ready.publish();
        } else {
            // One that still waited is superseded: its code is never run.
            drop(self.wires.gate.offer(ready));
            (self.wires.on_ready)();
        }
    }

    /// From now on everything that the build read is watched.
    fn watch_inputs(&mut self, artifact: &Artifact) {
        self.inputs = Some(artifact.inputs.iter().cloned().collect());
        let Some(watch) = &self.watch else { return };
        let roots = self.roots();
        let outside = artifact.inputs.iter().filter(|input| !roots.iter().any(|root| is_plainly_below(input, root)));
        let files = self.project.files.iter().chain(outside).cloned().collect();
        if let Err(error) = watch.set_files(files) {
            self.emit(EventKind::Warning { message: format!("some inputs are not watched: {error}") });
        }
    }

    // -- publish --

    fn published(&mut self, generation: u64, at: Instant) {
        // Only the newest is told of: one that was published and superseded at once has no edit any more.
        let Activity::Waiting { generation: waiting, edit, warnings, checked } =
            std::mem::replace(&mut self.activity, Activity::Idle)
        else {
            return;
        };
        if waiting != generation {
            self.activity = Activity::Waiting { generation: waiting, edit, warnings, checked };
            return;
        }
        self.lines = LineMap::default();
        let total_ms = at.duration_since(edit.saved);
        let mut phases = edit.phases;
        phases.publish = at.duration_since(checked);
        let images = self.wires.in_force.images();
        if generation == 1 {
            let watching = self.watch.as_ref().map_or("polling", Watch::mode);
            let path = self.project.directory.clone();
            self.emit(EventKind::Started { generation, path, total_ms, watching, images });
        } else {
            let (tier, reason, functions) = (Tier::Swap, edit.reason, Vec::new());
            self.emit(EventKind::Applied { tier, generation, functions, reason, total_ms, phases, warnings, images });
        }
    }

    // -- facts --

    fn generation(&self) -> u64 {
        self.wires.in_force.generation.load(Ordering::Acquire)
    }

    fn roots(&self) -> Vec<PathBuf> {
        self.project.roots.clone()
    }

    /// Apart from the user's own target directory, so that nobody waits for the other's lock; and one for each
    /// library, since the same crate is compiled differently as a hot library and as a dependency of one.
    fn target_dir(&self) -> PathBuf {
        let default = || self.project.target_directory.join("liveswap").join(&self.project.package);
        self.settings.target_dir.clone().unwrap_or_else(default)
    }

    /// In the program's own workspace one lock file decides for both sides, so a crate with one version of a
    /// compatible line is the same crate. A host that was built elsewhere can't know.
    fn same_crates(&self) -> SameCrates {
        let one = |name: &str| self.project.dependencies.get(name).is_some_and(|versions| versions.len() == 1);
        let here = self.project.host_package.is_some();
        SameCrates { log: here && one("log"), tracing: here && one("tracing-core") }
    }

    fn emit(&self, kind: EventKind) {
        self.emitter.emit(&self.project.package, kind);
    }
}

/// Files that decide which packages there are.
fn steers_the_build(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    ["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"].iter().any(|steers| name == *steers)
}

/// Whether the watch of `root` sees `input` for certain: hidden and ignored files are named one by one.
fn is_plainly_below(input: &Path, root: &Path) -> bool {
    input.strip_prefix(root).is_ok_and(|below| below.extension().is_some_and(|extension| extension == "rs"))
}

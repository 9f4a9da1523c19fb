//! The library's sources: which files belong to it, how they are now, and what a change of them means to cargo.

mod files;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

use super::Message;
use super::base::belongs_to;
use crate::classify::Snapshot;
use crate::compile::{self, Artifact};
use crate::project::{self, Project, ProjectError, Toolchain, Wanted};
use crate::watch::{self, Change, ChangeKind, FileChange, Watch, WatchError, WatchSpec};

/// The sources of one library, watched.
pub(super) struct Sources {
    pub(super) project: Project,
    pub(super) toolchain: Toolchain,
    /// cargo's directory for the library.
    pub(super) target_dir: PathBuf,
    /// The contents as they are now.
    pub(super) now: Snapshot,
    watch: Option<Watch>,
    /// What the last build read; `None` before the first.
    inputs: Option<HashSet<PathBuf>>,
    /// Files that changed during the first build, and of which it is not known yet whether a build reads them.
    early: Vec<FileChange>,
    /// Sources of the program whose change was reported.
    reported: HashSet<PathBuf>,
    /// The packages whose build scripts are run again for any of their files.
    open_scripts: HashSet<PathBuf>,
}

/// What is known of a changed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feeds {
    /// A build can come out otherwise by it.
    Yes,
    No,
    /// Only the end of the first build can answer that.
    NotKnownYet,
}

impl Sources {
    pub(super) fn new(project: Project, toolchain: Toolchain, target_dir: PathBuf) -> Self {
        Self {
            project,
            toolchain,
            target_dir,
            now: Snapshot::default(),
            watch: None,
            inputs: None,
            early: Vec::new(),
            reported: HashSet::new(),
            open_scripts: HashSet::new(),
        }
    }

    /// Watches the sources, and reads them as they are now.
    pub(super) fn start(&mut self, poll: Option<Duration>, inbox: Sender<Message>) -> Result<(), WatchError> {
        let spec = WatchSpec {
            roots: self.roots(),
            files: self.project.files.iter().cloned().chain(self.named_files()).collect(),
            exclude: vec![self.project.target_directory.clone(), self.target_dir.clone()],
            poll,
        };
        // An error of the channel says that the session has ended.
        let watch = watch::start(spec, move |message| inbox.send(Message::Watch(message)).unwrap_or_default());
        // Read after the watch took its inventory: what changes in between is told by the watch.
        let Project { directory, workspace_root, root_packages, .. } = &self.project;
        let here = Snapshot::read(self.files()).relative_to(directory).relative_to(workspace_root);
        self.now = root_packages.iter().fold(here, |now, (directory, package)| now.or_in(directory, package));
        self.watch = Some(watch?);
        Ok(())
    }

    pub(super) fn stop(&mut self) {
        self.watch = None;
    }

    /// How the sources are watched: `events`, `polling` or `not`.
    pub(super) fn watching(&self) -> &'static str {
        self.watch.as_ref().map_or("not", Watch::mode)
    }

    /// The directories to watch with all that is below: what the library is built from, and the program's own sources.
    fn roots(&self) -> Vec<PathBuf> {
        let all = self.project.roots.iter().chain(&self.project.source_links).cloned();
        all.chain(self.program_directories().map(Path::to_owned)).collect()
    }

    /// The directories of the program's own sources.
    fn program_directories(&self) -> impl Iterator<Item = &Path> {
        let programs = self.project.host_package.iter().flat_map(|host| &host.programs);
        // Beside a manifest there may be anything.
        programs.filter_map(|root| root.parent()).filter(|directory| !directory.join("Cargo.toml").exists())
    }

    /// Whether a file is a source of the program alone, which no build of the library reads.
    fn is_of_program(&self, file: &Path) -> bool {
        let is_read = self.inputs.as_ref().is_some_and(|inputs| inputs.contains(file));
        let is_below = |directory: &Path| file.starts_with(directory);
        let is_of_library = self.project.roots.iter().chain(&self.project.source_links).any(|root| is_below(root));
        !is_read
            && (self.project.programs.iter().any(|root| root == file)
                || !is_of_library && self.program_directories().any(is_below))
    }

    /// Whether a build script differs from that of another snapshot.
    pub(super) fn has_other_build_script(&self, than: &Snapshot) -> bool {
        // One may have come since the manifests were read.
        let usual = self.project.root_packages.keys().map(|directory| directory.join("build.rs"));
        let differs = |script: &PathBuf| self.now.get(script) != than.get(script);
        usual.chain(self.project.build_scripts.iter().cloned()).any(|script| differs(&script))
    }

    /// Whether a build can come out otherwise by this file. A program may write logs into its crate's directory.
    pub(super) fn feeds_the_build(&self, file: &Path) -> Feeds {
        let steers = is_source(file)
            || self.named().is_match(file)
            || self.project.files.iter().any(|steering| steering == file);
        let Some(inputs) = &self.inputs else { return if steers { Feeds::Yes } else { Feeds::NotKnownYet } };
        // A build script that names no inputs is run again for any file of its package.
        let has_open_script = || {
            let owner = file.ancestors().find(|directory| self.project.root_packages.contains_key(*directory));
            owner.is_some_and(|directory| self.open_scripts.contains(directory))
        };
        match steers || file.ancestors().any(|place| inputs.contains(place)) || has_open_script() {
            true => Feeds::Yes,
            false => Feeds::No,
        }
    }

    /// Keeps the changes of which only the end of the first build can tell whether they matter; drops those that don't.
    /// Gives the sources of the program among them that were not reported before.
    pub(super) fn sift(&mut self, change: &mut Change, is_first_build: bool) -> Vec<PathBuf> {
        let mut of_program = Vec::new();
        for file in std::mem::take(&mut change.files) {
            if self.is_of_program(&file.path) {
                if is_source(&file.path) && self.reported.insert(file.path.clone()) {
                    of_program.push(file.path);
                }
                continue;
            }
            match self.feeds_the_build(&file.path) {
                Feeds::Yes => change.files.push(file),
                Feeds::NotKnownYet if is_first_build => self.early.push(file),
                // The first build failed, and this may be what it lacks.
                Feeds::NotKnownYet => change.files.push(file),
                Feeds::No => {}
            }
        }
        of_program
    }

    /// Keeps changes that no event told of.
    pub(super) fn keep_early(&mut self, changes: &mut Vec<FileChange>) {
        self.early.append(changes);
    }

    /// What changed during the first build and is to be looked at now that it has ended.
    pub(super) fn take_early(&mut self) -> Vec<FileChange> {
        let mut early = std::mem::take(&mut self.early);
        early.retain(|file| self.feeds_the_build(&file.path) != Feeds::No);
        early.sort_by(|one, other| one.path.cmp(&other.path));
        early.dedup_by(|one, other| one.path == other.path);
        early
    }

    /// Takes in Rust sources that a build has read and that nobody knew of, such as a module that is reached through a link.
    /// Tells whether there are some in a library that is built from its shadow: the next build has them in the shadow.
    pub(super) fn adopt(&mut self, inputs: &[PathBuf], built: &mut Snapshot, profile: &str) -> bool {
        let is_rust = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
        let roots = &self.project.library_roots;
        let is_shadowed = |path: &Path| roots.iter().any(|root| belongs_to(root, path));
        let new: Vec<&PathBuf> =
            inputs.iter().filter(|path| is_rust(path) && built.get(path).is_none() && is_shadowed(path)).collect();
        for path in &new {
            self.now.reread(path.as_path());
            built.update(path.as_path(), self.now.get(path).cloned());
            self.make_stale(path, profile);
        }
        // One that is gone again would never be known.
        new.iter().any(|path| built.get(path).is_some())
    }

    /// Takes a change in: reads the files anew. `built_at` is when the last build started.
    ///
    /// cargo compares times, not contents: a file that got other contents with an older time (`git checkout`, `mv`)
    /// would be fresh to it, so its package is made stale.
    ///
    /// # Errors
    ///
    /// For people: new directories that can't be watched, or a configuration that is wrong.
    pub(super) fn take(&mut self, files: &[FileChange], built_at: SystemTime, profile: &str) -> Result<(), String> {
        for file in files {
            self.now.reread(&file.path);
        }
        let found = match files.iter().any(|file| steers_the_build(&file.path)) {
            true => self.find_project_again(),
            false => Ok(()),
        };
        // Of what the configuration names, cargo knows nothing.
        let named = self.named();
        let is_old = |file: &FileChange| file.modified.is_some_and(|modified| modified <= built_at);
        for file in files.iter().filter(|file| is_old(file) || named.is_match(&file.path)) {
            self.make_stale(&file.path, profile);
        }
        found
    }

    /// Has cargo build the package of a file again, and the library.
    fn make_stale(&self, file: &Path, profile: &str) {
        let owner = file.ancestors().find_map(|directory| self.project.root_packages.get(directory));
        for package in owner.into_iter().chain([&self.project.package]) {
            if let Err(error) = compile::forget_fingerprint(&self.target_dir, profile, package) {
                tracing::warn!(%error, package, "cargo may take an edit with an old time for built");
            }
        }
    }

    /// Takes in what is on disk now, also where the watch told of no change.
    pub(super) fn read_again(&mut self, built_at: SystemTime, profile: &str) {
        let known: HashSet<PathBuf> = self.now.paths().map(Path::to_owned).chain(self.files()).collect();
        let is_new = |path: &PathBuf| fs::read(path).ok().as_deref() != self.now.get(path).map(|text| &text[..]);
        let modified = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        let changed = known.into_iter().filter(is_new);
        let changed: Vec<_> =
            changed.map(|path| FileChange { kind: ChangeKind::Edited, modified: modified(&path), path }).collect();
        if let Err(error) = self.take(&changed, built_at, profile) {
            tracing::warn!(error, "the project was not read again");
        }
    }

    /// A manifest, the lock file or the toolchain file changed: what belongs to the library may be other files now.
    fn find_project_again(&mut self) -> Result<(), String> {
        let (manifest, host) = (self.project.manifest_path.clone(), self.project.host_manifest.clone());
        let toolchain = Toolchain::find(&self.project.workspace_root);
        let found = toolchain.and_then(|toolchain| {
            let project = project::find(&toolchain, &self.project.directory, Wanted::Path(&manifest), host.as_deref())?;
            Ok((toolchain, project))
        });
        let (toolchain, project) = match found {
            Ok(found) => found,
            Err(error @ ProjectError::Config { .. }) => {
                return Err(format!("{error}; the values before it stay in force"));
            }
            // A manifest that is broken at the moment: cargo says so in the build.
            Err(_) => return Ok(()),
        };
        let changed = project.config.changed_since(&self.project.config);
        (self.toolchain, self.project) = (toolchain, project);
        let watched = self.watch.as_ref().map_or(Ok(()), |watch| watch.set_roots(self.roots()));
        self.take_stock();
        watched.map_err(|error| format!("new directories are not watched: {error}"))?;
        match changed.as_slice() {
            [] => Ok(()),
            keys => Err(format!("`metadata.liveswap`: {} counts from the next start", keys.join(", "))),
        }
    }

    /// The files of a new dependency are sources from now on, so that a later edit is compared with what they are now;
    /// those of a dependency that went are none any more.
    fn take_stock(&mut self) {
        let files: HashSet<PathBuf> = self.files().into_iter().collect();
        let is_input = |path: &Path| self.inputs.as_ref().is_some_and(|inputs| inputs.contains(path));
        let stays = |path: &Path| files.contains(path) || is_input(path);
        let gone: Vec<PathBuf> = self.now.paths().filter(|path| !stays(path)).map(Path::to_owned).collect();
        gone.into_iter().for_each(|path| self.now.update(path, None));
        self.read_new(files.iter());
    }

    /// A build that read these inputs is good: they are part of what later edits are compared with. `built` are its
    /// sources, and it started at `built_at`: of a file that changed since, it is not known what the build read.
    pub(super) fn read_inputs(&mut self, inputs: &[PathBuf], built_at: SystemTime, built: &mut Snapshot) {
        self.read_new(inputs.iter());
        let is_older = |path: &Path| path.metadata().and_then(|data| data.modified()).is_ok_and(|time| time < built_at);
        for input in inputs.iter().filter(|input| is_older(input)) {
            if built.get(input).is_none() {
                built.update(input, self.now.get(input).cloned());
            }
        }
    }

    fn read_new<'a>(&mut self, files: impl Iterator<Item = &'a PathBuf>) {
        for file in files {
            if self.now.get(file).is_none() {
                self.now.reread(file);
            }
        }
    }

    /// From now on everything that a build read is watched.
    ///
    /// # Errors
    ///
    /// An input whose place can't be told.
    pub(super) fn watch_inputs(&mut self, Artifact { inputs, open_scripts, .. }: &Artifact) -> Result<(), WatchError> {
        let directories = open_scripts.iter().filter_map(|id| self.project.package_directories.get(id));
        self.open_scripts = directories.cloned().collect();
        self.inputs = Some(inputs.iter().cloned().collect());
        let Some(watch) = &self.watch else { return Ok(()) };
        // Each by its name: the watch of a root leaves out what is hidden, ignored, or behind a link.
        watch.set_files(self.project.files.iter().chain(inputs).cloned().chain(self.named_files()).collect())
    }

    /// Of what a build has read that nobody knew of before, the files that changed since it began at `built_at`: no event
    /// tells of them.
    pub(super) fn changed_unseen(&self, inputs: &[PathBuf], built_at: SystemTime) -> Vec<FileChange> {
        let new = inputs.iter().filter(|input| self.now.get(input).is_none() && input.is_file());
        let change = |path: &PathBuf| {
            let modified = path.metadata().and_then(|data| data.modified()).ok();
            let is_newer = modified.is_some_and(|modified| modified >= built_at);
            is_newer.then(|| FileChange { path: path.clone(), kind: ChangeKind::Edited, modified })
        };
        new.filter_map(change).collect()
    }
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs" || extension == "toml")
}

/// Files that decide which packages there are, and what builds them.
fn steers_the_build(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    ["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"].iter().any(|steers| name == *steers)
}

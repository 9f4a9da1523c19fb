//! The library's sources: which files belong to it, how they are now, and what a change of them means to cargo.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

use super::Message;
use crate::classify::Snapshot;
use crate::compile;
use crate::project::{self, Project, Toolchain, Wanted};
use crate::watch::{self, ChangeKind, FileChange, Watch, WatchError, WatchSpec};

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
}

impl Sources {
    pub(super) fn new(project: Project, toolchain: Toolchain, target_dir: PathBuf) -> Self {
        Self { project, toolchain, target_dir, now: Snapshot::default(), watch: None, inputs: None }
    }

    /// Watches the sources, and reads them as they are now.
    pub(super) fn start(&mut self, poll: Option<Duration>, inbox: Sender<Message>) -> Result<(), WatchError> {
        let spec = WatchSpec {
            roots: self.project.roots.clone(),
            files: self.project.files.clone(),
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

    /// All sources that an edit may change: Rust files and manifests below the roots, without ignored ones; and what
    /// steers the build from outside.
    fn files(&self) -> Vec<PathBuf> {
        let Some((first, rest)) = self.project.roots.split_first() else { return Vec::new() };
        let mut walk = ignore::WalkBuilder::new(first);
        for root in rest {
            walk.add(root);
        }
        let exclude = [self.project.target_directory.clone(), self.target_dir.clone()];
        walk.require_git(false).filter_entry(move |entry| exclude.iter().all(|excluded| entry.path() != excluded));
        let below = walk.build().flatten().map(ignore::DirEntry::into_path).filter(|path| is_source(path));
        below.chain(self.project.files.iter().cloned()).collect()
    }

    /// Whether a build can come out otherwise by this file. A program may write logs into its crate's directory.
    pub(super) fn feeds_the_build(&self, file: &Path) -> bool {
        let Some(inputs) = &self.inputs else { return true };
        // A build script that names no inputs is run again for any file of its package.
        let has_build_script = || {
            let owner = file.ancestors().find(|directory| self.project.root_packages.contains_key(*directory));
            owner.is_some_and(|directory| directory.join("build.rs").exists())
        };
        is_source(file)
            || self.project.files.iter().any(|steering| steering == file)
            || file.ancestors().any(|place| inputs.contains(place))
            || has_build_script()
    }

    /// Takes a change in: reads the files anew. `built_at` is when the last build started.
    ///
    /// cargo compares times, not contents: a file that got other contents with an older time (`git checkout`, `mv`)
    /// would be fresh to it, so its package is made stale.
    ///
    /// # Errors
    ///
    /// New directories that can't be watched.
    pub(super) fn take(&mut self, files: &[FileChange], built_at: SystemTime, profile: &str) -> Result<(), WatchError> {
        for file in files {
            self.now.reread(&file.path);
        }
        let found = match files.iter().any(|file| steers_the_build(&file.path)) {
            true => self.find_project_again(),
            false => Ok(()),
        };
        for file in files.iter().filter(|file| file.modified.is_some_and(|modified| modified <= built_at)) {
            let owner = file.path.ancestors().find_map(|directory| self.project.root_packages.get(directory));
            for package in owner.into_iter().chain([&self.project.package]) {
                if let Err(error) = compile::forget_fingerprint(&self.target_dir, profile, package) {
                    tracing::warn!(%error, package, "cargo may take an edit with an old time for built");
                }
            }
        }
        found
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
            tracing::warn!(%error, "new directories are not watched");
        }
    }

    /// A manifest, the lock file or the toolchain file changed: what belongs to the library may be other files now.
    fn find_project_again(&mut self) -> Result<(), WatchError> {
        let (manifest, host) = (self.project.manifest_path.clone(), self.project.host_manifest.clone());
        let toolchain = Toolchain::find(&self.project.workspace_root);
        let found = toolchain.and_then(|toolchain| {
            let project = project::find(&toolchain, &self.project.directory, Wanted::Path(&manifest), host.as_deref())?;
            Ok((toolchain, project))
        });
        // A manifest that is broken at the moment: cargo will say so in the build.
        let Ok((toolchain, project)) = found else { return Ok(()) };
        (self.toolchain, self.project) = (toolchain, project);
        let watched = self.watch.as_ref().map_or(Ok(()), |watch| watch.set_roots(self.project.roots.clone()));
        self.take_stock();
        watched
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
    pub(super) fn watch_inputs(&mut self, inputs: &[PathBuf]) -> Result<(), WatchError> {
        self.inputs = Some(inputs.iter().cloned().collect());
        let Some(watch) = &self.watch else { return Ok(()) };
        // Rust files below a root are seen by its watch; hidden and ignored files of other kinds are named one by one.
        let seen = |input: &Path| is_source(input) && self.project.roots.iter().any(|root| input.starts_with(root));
        let named = inputs.iter().filter(|input| !seen(input));
        watch.set_files(self.project.files.iter().chain(named).cloned().collect())
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

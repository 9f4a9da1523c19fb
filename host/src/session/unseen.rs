//! What crosses unseen, compared by the sources: reads what the crates of a build define, and asks `verify` whether an
//! edit has changed a type that lies behind `#[hot(opaque)]`.
//!
//! Each generation's definitions are kept with its image. Crates from outside of the project are read when one of their
//! types is met, and once: their sources do not change.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use liveswap::state::registry;
use parking_lot::Mutex;

use super::Target;
use crate::classify::Snapshot;
use crate::open::Image;
use crate::project::{CrateSource, Project};
use crate::verify::kept::{self, View};
use crate::verify::reach::definitions::{self, FileDefinitions};
use crate::verify::reach::roots::{Crossing, crossings};
use crate::verify::reach::world::{CrateDefinitions, CrateLinks, World};
use crate::verify::{VerifyError, entries, reach};

/// What is known of the definitions of generations.
pub(super) struct Unseen {
    target_dir: PathBuf,
    /// What the program was compiled from: the library as it was at the start.
    at_start: Option<(Project, Snapshot)>,
    /// Its definitions.
    first: OnceLock<Arc<World>>,
    /// By the addresses of images.
    worlds: BTreeMap<usize, Arc<World>>,
    files: Mutex<HashMap<PathBuf, ReadFile>>,
    foreign: Mutex<HashMap<PathBuf, Option<Arc<CrateDefinitions>>>>,
}

/// A file's definitions, with the contents that they were read from.
type ReadFile = (Arc<[u8]>, Arc<FileDefinitions>);

/// What is compared.
pub(super) struct Sides<'a> {
    /// What the new image was built from.
    pub(super) project: &'a Project,
    /// Its sources.
    pub(super) sources: &'a Snapshot,
    /// The files that its build read.
    pub(super) inputs: &'a [PathBuf],
    /// The address of the image in force.
    pub(super) old: Option<usize>,
}

impl Unseen {
    /// With cargo's directory for the library.
    pub(super) fn new(target_dir: PathBuf) -> Self {
        let (files, foreign) = (Mutex::default(), Mutex::default());
        Self { target_dir, at_start: None, first: OnceLock::new(), worlds: BTreeMap::new(), files, foreign }
    }

    /// The program has the library linked in as it is now.
    pub(super) fn starts(&mut self, project: &Project, sources: &Snapshot) {
        self.at_start = Some((project.clone(), sources.clone()));
    }

    /// Compares what is reached from the types that cross unseen; gives the definitions of the new image, if there are
    /// such types.
    ///
    /// # Errors
    ///
    /// Each definition that was edited.
    pub(super) fn check(
        &self,
        target: &Target,
        image: &Image,
        views: &[View],
        sides: &Sides<'_>,
    ) -> Result<Option<Arc<World>>, VerifyError> {
        let (of_host, of_state): (Vec<Crossing>, Vec<Crossing>) = match target {
            Target::Entries(library) => {
                let types = entries::views(library.entries()).into_iter().flat_map(|entry| entry.types);
                let is_seen = |now: &View| kept::find(views, now).is_some();
                let states = registry::all().into_iter().map(|(_, now)| now).filter(is_seen);
                // A state of which there is none yet may be made by the program's own code.
                let states = states.chain(views.iter().copied());
                (crossings(types), crossings(states.map(|now| now.layout)))
            }
            Target::App(slot) => {
                let states = registry::all().into_iter().map(|(_, now)| now.layout);
                (Vec::new(), crossings(slot.layout().into_iter().chain(states)))
            }
        };
        let may_cross_later = || {
            let of_app = image.app().map(|app| (app.state)().layout);
            !crossings(of_app).is_empty()
        };
        if of_host.is_empty() && of_state.is_empty() && !may_cross_later() {
            return Ok(None);
        }
        let new = Arc::new(self.world(sides));
        let foreign = |links: &CrateLinks| self.foreign(sides.project, links);
        let in_force = sides.old.and_then(|address| self.worlds.get(&address));
        let at_start = self.at_start.as_ref();
        let first = at_start.map(|(project, sources)| {
            self.first.get_or_init(|| Arc::new(self.world(&Sides { project, sources, ..*sides })))
        });
        // The program's own code knows the types as they were when it was compiled.
        if let Some(first) = first {
            reach::check(first, &new, &of_host, &foreign)?;
        }
        if let Some(old) = in_force.or(first) {
            reach::check(old, &new, &[of_host, of_state].concat(), &foreign)?;
        }
        Ok(Some(new))
    }

    /// The image at this address has passed, and has these definitions.
    pub(super) fn passed(&mut self, address: usize, world: Option<Arc<World>>) {
        let Some(world) = world else { return };
        self.worlds.insert(address, world);
    }

    fn world(&self, sides: &Sides<'_>) -> World {
        let crates = &sides.project.crates;
        let mut files: BTreeMap<usize, Vec<Arc<FileDefinitions>>> = BTreeMap::new();
        for (index, of) in crates.iter().enumerate() {
            if of.is_local {
                files.insert(index, Vec::new());
            }
        }
        let is_rust = |path: &&Path| path.extension().is_some_and(|extension| extension == "rs");
        for path in sides.sources.paths().filter(is_rust) {
            let Some(contents) = sides.sources.get(path) else { continue };
            if let Some(of) = owner(crates, path).filter(|_| !self.is_generated(sides.project, path)) {
                files.entry(of).or_default().extend(self.file(path, contents));
            }
        }
        // What build scripts generate is as it was when it was built.
        for path in sides.inputs.iter().map(PathBuf::as_path).filter(is_rust) {
            if !self.is_generated(sides.project, path) {
                continue;
            }
            let Some(read) = fs::read(path).ok().and_then(|contents| self.file(path, &contents.into())) else {
                continue;
            };
            let owners =
                crates.iter().enumerate().filter(|(_, of)| of.is_local && generated_for(of, sides.project, path));
            for (of, _) in owners {
                files.entry(of).or_default().push(read.clone());
            }
        }
        let links = |of: &CrateSource| CrateLinks { name: of.name.clone(), dependencies: of.dependencies.clone() };
        let local = files.into_iter().map(|(index, files)| (index, CrateDefinitions::new(files))).collect();
        World::new(crates.iter().map(links).collect(), local)
    }

    fn is_generated(&self, project: &Project, path: &Path) -> bool {
        path.starts_with(&self.target_dir) || path.starts_with(&project.target_directory)
    }

    /// The definitions of a file; `None` if the parser can't read it, as with syntax that is not stable.
    fn file(&self, path: &Path, contents: &Arc<[u8]>) -> Option<Arc<FileDefinitions>> {
        if let Some((of, read)) = self.files.lock().get(path)
            && of == contents
        {
            return Some(read.clone());
        }
        let read = definitions::read(contents).inspect_err(|error| {
            tracing::warn!(%error, path = %path.display(), "the types in this file are not compared");
        });
        let read = Arc::new(read.ok()?);
        self.files.lock().insert(path.to_owned(), (contents.clone(), read.clone()));
        Some(read)
    }

    /// The definitions of a crate from outside of the project.
    fn foreign(&self, project: &Project, links: &CrateLinks) -> Option<Arc<CrateDefinitions>> {
        let is_meant = |of: &&CrateSource| of.name == links.name && of.dependencies == links.dependencies;
        let of = project.crates.iter().find(is_meant)?;
        if let Some(read) = self.foreign.lock().get(&of.sources) {
            return read.clone();
        }
        let files = ignore::WalkBuilder::new(&of.sources).standard_filters(false).build().flatten();
        let files = files.map(ignore::DirEntry::into_path).filter(|path| path.extension().is_some_and(|of| of == "rs"));
        let read: Vec<_> =
            files.filter_map(|path| definitions::read(&fs::read(path).ok()?).ok()).map(Arc::new).collect();
        let read = (!read.is_empty()).then(|| Arc::new(CrateDefinitions::new(read)));
        self.foreign.lock().insert(of.sources.clone(), read.clone());
        read
    }
}

/// The crate that a file belongs to, unless it is of a test, a bench or an example.
fn owner(crates: &[CrateSource], path: &Path) -> Option<usize> {
    let local = crates.iter().enumerate().filter(|(_, of)| of.is_local && path.starts_with(&of.directory));
    let (index, of) = local.max_by_key(|(_, of)| of.directory.components().count())?;
    let first = path.strip_prefix(&of.directory).ok()?.components().next()?;
    let is_apart = ["tests", "benches", "examples"].iter().any(|apart| first.as_os_str() == *apart);
    (!is_apart || path.starts_with(&of.sources)).then_some(index)
}

/// Whether a generated file may be of this crate: cargo names the directory after the package.
fn generated_for(of: &CrateSource, project: &Project, path: &Path) -> bool {
    let Some(package) = project.root_packages.get(&of.directory) else { return true };
    let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.any(|part| part.strip_prefix(package.as_str()).is_some_and(|rest| rest.starts_with('-')))
}

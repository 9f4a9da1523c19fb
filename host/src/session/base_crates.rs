//! The crates of a base: what is to be known of each so that it can be patched, and copies of what was linked.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::base::{belongs_to, first_error, notes};
use super::sources::Sources;
use crate::compile::crates::{self, LinkedCrate, stem};
use crate::compile::flags::flags;
use crate::patch;
use crate::source::cfg::Flags;

/// The crates of the workspace that a base was linked from, each behind those that it uses; the library itself is last.
pub(super) struct BaseCrates {
    all: Vec<BaseCrate>,
    /// Holds the copies of the libraries: cargo's own are those of later builds by and by.
    libraries: TempDir,
    /// These copies, by what libraries are known by.
    copies: BTreeMap<OsString, PathBuf>,
    /// The directories of packages whose code is in the base, or may be, and that can't be patched.
    elsewhere: Vec<PathBuf>,
}

/// A crate of the base.
pub(super) struct BaseCrate {
    pub(super) linked: LinkedCrate,
    /// Why it can't be patched, to be read after its name.
    obstacle: Option<String>,
    /// What rustc says once it is asked.
    flags: OnceLock<Result<Flags, String>>,
}

impl BaseCrates {
    /// What the base was linked from that was just built.
    ///
    /// # Errors
    ///
    /// For people: why it can't be patched.
    pub(super) fn read(sources: &Sources) -> Result<Self, String> {
        let (project, target_dir) = (&sources.project, &sources.target_dir);
        let notes = notes(target_dir);
        let linked = crates::linked(&notes, &project.crate_name)
            .map_err(|error| format!("read how the library was built, in {}: {error}", notes.display()))?;
        let libraries = tempfile::Builder::new().prefix("base-").tempdir_in(target_dir);
        let libraries = libraries.map_err(|error| format!("make a directory in {}: {error}", target_dir.display()))?;
        let mut copies = BTreeMap::new();
        for file in linked.iter().filter_map(LinkedCrate::linked_file) {
            let copy = libraries.path().join(file.file_name().unwrap_or_default());
            // cargo and rustc replace such a file, and do not write into it.
            let made = fs::hard_link(&file, &copy).or_else(|_| fs::copy(&file, &copy).map(drop));
            made.map_err(|error| format!("copy {}: {error}", file.display()))?;
            copies.insert(stem(&file), copy);
        }
        let is_boundary = |directory: &PathBuf| {
            let name = project.root_packages.get(directory).map(String::as_str);
            matches!(name, Some("liveswap" | "liveswap-macros"))
        };
        let has_crate = |directory: &PathBuf| linked.iter().any(|one| belongs_to(&one.root, &directory.join("x")));
        let others = project.roots.iter().filter(|directory| !has_crate(directory) && !is_boundary(directory));
        // What runs while the library is built has no code in it.
        let elsewhere = others.filter(|directory| !project.build_directories.contains(*directory)).cloned().collect();
        let obstacles: Vec<_> = linked.iter().map(|one| obstacle(one, &linked, &project.build_directories)).collect();
        let all = linked.into_iter().zip(obstacles);
        let all = all.map(|(linked, obstacle)| BaseCrate { linked, obstacle, flags: OnceLock::new() }).collect();
        Ok(Self { all, libraries, copies, elsewhere })
    }

    /// The crate at a place.
    pub(super) fn get(&self, place: usize) -> &BaseCrate {
        &self.all[place]
    }

    /// All of them, to be compared.
    ///
    /// # Errors
    ///
    /// For people: rustc does not say what it compiles.
    pub(super) fn to_compare(&self) -> Result<Vec<patch::Crate<'_>>, String> {
        self.all.iter().map(BaseCrate::to_compare).collect()
    }

    /// Asks rustc for what is needed later.
    pub(super) fn read_ahead(&self) {
        self.all.iter().for_each(|one| drop(one.flags()));
    }

    /// Whether a source belongs to a package that can't be patched, and may use those that can.
    pub(super) fn is_elsewhere(&self, source: &Path) -> bool {
        self.elsewhere.iter().any(|directory| source.starts_with(directory))
    }

    /// The directory of the copies.
    pub(super) fn libraries(&self) -> &Path {
        self.libraries.path()
    }

    /// The copies, by what libraries are known by.
    pub(super) fn copies(&self) -> &BTreeMap<OsString, PathBuf> {
        &self.copies
    }
}

impl BaseCrate {
    fn to_compare(&self) -> Result<patch::Crate<'_>, String> {
        Ok(patch::Crate {
            name: &self.linked.name,
            root: &self.linked.root,
            directory: &self.linked.noted.directory,
            flags: self.flags()?,
            uses: &self.linked.uses,
            obstacle: self.obstacle.as_deref(),
        })
    }

    fn flags(&self) -> Result<&Flags, String> {
        let ask = || flags(&self.linked.noted).map_err(|error| format!("ask rustc for its flags: {error}"));
        self.flags.get_or_init(ask).as_ref().map_err(Clone::clone)
    }
}

fn obstacle(one: &LinkedCrate, all: &[LinkedCrate], build_directories: &BTreeSet<PathBuf>) -> Option<String> {
    if let Some(said) = &one.failure {
        return Some(format!("can't be built for patches: {}", first_error(said)));
    }
    if all.iter().filter(|other| other.root == one.root).count() > 1 {
        return Some("is in the library twice, with other features each".to_owned());
    }
    let runs = build_directories.iter().any(|directory| belongs_to(&one.root, &directory.join("x")));
    runs.then(|| "is used by a macro or a build script, too".to_owned())
}

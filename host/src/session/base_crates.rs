//! The crates of a base: what is to be known of each so that it can be patched, and copies of what was linked.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::base::{first_error, notes, package_of};
use super::sources::Sources;
use crate::compile::OwnDirectory;
use crate::compile::crates::{self, LinkedCrate, stem};
use crate::compile::flags::{deciding, flags};
use crate::patch;
use crate::source::cfg::Flags;

/// How the directories begin that hold copies of what a base was linked from.
const COPIES: &str = "base-";

/// Removes the copies that a host left behind which was killed. The target directory must be [this host's own](OwnDirectory).
pub(super) fn remove_copies(target_dir: &OwnDirectory) {
    let Ok(entries) = fs::read_dir(target_dir.path()) else { return };
    let is_copy = |name: OsString| name.to_str().is_some_and(|name| name.starts_with(COPIES));
    for entry in entries.flatten().filter(|entry| target_dir.is_locked() && is_copy(entry.file_name())) {
        if let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::debug!(%error, path = %entry.path().display(), "copies of a base stay");
        }
    }
}

/// The crates of the workspace that a base was linked from, each behind those that it uses; the library itself is last.
pub(super) struct BaseCrates {
    all: Vec<BaseCrate>,
    /// Holds the copies of the libraries: cargo's own are those of later builds by and by.
    libraries: TempDir,
    /// These copies, by what libraries are known by.
    copies: BTreeMap<OsString, PathBuf>,
    /// What the audit reads: copies of the workspace's libraries, the library itself among them.
    objects: Result<Vec<PathBuf>, String>,
    /// The directories of all packages; with those whose code is in the base, or may be, and that can't be patched.
    packages: Vec<(PathBuf, bool)>,
    /// The directories of packages that run while the library is built, without this project's own.
    in_builds: Vec<PathBuf>,
}

/// A crate of the base.
pub(super) struct BaseCrate {
    pub(super) linked: LinkedCrate,
    /// Why it can't be patched, to be read after its name.
    obstacle: Option<String>,
    /// What decides about its flags, and what rustc says of them once it is asked.
    deciding: Vec<String>,
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
        let libraries = tempfile::Builder::new().prefix(COPIES).tempdir_in(target_dir);
        let libraries = libraries.map_err(|error| format!("make a directory in {}: {error}", target_dir.display()))?;
        let mut copies = BTreeMap::new();
        for file in linked.iter().filter_map(LinkedCrate::linked_file) {
            let copy = libraries.path().join(file.file_name().unwrap_or_default());
            // cargo and rustc replace such a file, and do not write into it.
            let made = fs::hard_link(&file, &copy).or_else(|_| fs::copy(&file, &copy).map(drop));
            made.map_err(|error| format!("copy {}: {error}", file.display()))?;
            copies.insert(stem(&file), copy);
        }
        let objects = own_objects(&linked, libraries.path()).map(|own| copies.values().cloned().chain([own]).collect());
        let packages: Vec<_> = linked.iter().map(|one| package_of(&one.root).unwrap_or(&one.root).to_owned()).collect();
        let is_boundary = |directory: &PathBuf| {
            matches!(project.root_packages.get(directory).map(String::as_str), Some("liveswap" | "liveswap-macros"))
        };
        let is_patched = |directory: &PathBuf| {
            let is_boundary = is_boundary(directory);
            // What runs while the library is built has no code in it.
            packages.contains(directory) || is_boundary || project.build_directories.contains(directory)
        };
        let elsewhere = project.roots.iter().map(|directory| (directory.clone(), !is_patched(directory))).collect();
        let runs = |package: &PathBuf| project.build_directories.contains(package);
        let obstacles: Vec<_> =
            linked.iter().zip(&packages).map(|(one, package)| obstacle(one, &linked, runs(package))).collect();
        let all = linked.into_iter().zip(obstacles);
        let one = |(linked, obstacle): (LinkedCrate, _)| {
            let deciding = deciding(&linked.noted);
            BaseCrate { linked, obstacle, deciding, flags: OnceLock::new() }
        };
        let all = all.map(one).collect();
        let in_builds = project.build_directories.iter().filter(|directory| !is_boundary(directory)).cloned().collect();
        Ok(Self { all, libraries, copies, objects, packages: elsewhere, in_builds })
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
        let each = self.all.iter().map(|one| {
            Ok(patch::Crate {
                name: &one.linked.name,
                root: &one.linked.root,
                directory: &one.linked.noted.directory,
                flags: self.flags(one)?,
                uses: &one.linked.uses,
                obstacle: one.obstacle.as_deref(),
            })
        });
        each.collect()
    }

    fn flags<'a>(&'a self, of: &'a BaseCrate) -> Result<&'a Flags, String> {
        // rustc need not be asked the same for each crate.
        let asked = self.all.iter().find(|one| one.deciding == of.deciding);
        let ask = || flags(&of.linked.noted).map_err(|error| format!("ask rustc for its flags: {error}"));
        asked.map_or(&of.flags, |one| &one.flags).get_or_init(ask).as_ref().map_err(Clone::clone)
    }

    /// Asks rustc for what is needed later.
    pub(super) fn read_ahead(&self) {
        self.all.iter().for_each(|one| drop(self.flags(one)));
    }

    /// Whether a source belongs to a package that can't be patched, and may use those that can.
    pub(super) fn is_elsewhere(&self, source: &Path) -> bool {
        // A package may stand in the directory of another one.
        let around = self.packages.iter().filter(|(directory, _)| source.starts_with(directory));
        around.max_by_key(|(directory, _)| directory.as_os_str().len()).is_some_and(|(_, is_elsewhere)| *is_elsewhere)
    }

    /// Whether a source belongs to a package that runs while the library is built.
    pub(super) fn runs_in_builds(&self, source: &Path) -> bool {
        self.in_builds.iter().any(|directory| source.starts_with(directory))
    }

    /// The files with the base's code, for the audit.
    ///
    /// # Errors
    ///
    /// For people: why the base can't be audited.
    pub(super) fn objects(&self) -> Result<&[PathBuf], String> {
        self.objects.as_deref().map_err(Clone::clone)
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

/// Copies the library with the objects of the base's own crate, to where no build and no compiler looks for libraries.
fn own_objects(linked: &[LinkedCrate], directory: &Path) -> Result<PathBuf, String> {
    let file = crates::objects(linked)?.pop().ok_or("it has no crates")?;
    let copies = directory.join("objects");
    let copy = copies.join(file.file_name().unwrap_or_default());
    let made = fs::create_dir_all(&copies);
    let made = made.and_then(|()| fs::hard_link(&file, &copy).or_else(|_| fs::copy(&file, &copy).map(drop)));
    made.map_err(|error| format!("copy {}: {error}", file.display()))?;
    Ok(copy)
}

/// Why a crate can't be patched; `runs` tells whether it runs while the library is built.
fn obstacle(one: &LinkedCrate, all: &[LinkedCrate], runs: bool) -> Option<String> {
    if let Some(said) = &one.failure {
        return Some(format!("can't be built for patches: {}", first_error(said)));
    }
    if all.iter().filter(|other| other.root == one.root).count() > 1 {
        return Some("is in the library twice, with other features each".to_owned());
    }
    runs.then(|| "is used by a macro or a build script, too".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way_of_a_crate_is_told() {
        let named = |name: &str, failure: Option<&str>| LinkedCrate {
            name: name.into(),
            root: format!("/w/{name}/src/lib.rs").into(),
            noted: Default::default(),
            failure: failure.map(str::to_owned),
            library: None,
            uses: Vec::new(),
        };
        let all = [named("a", None), named("b", None), named("b", None), named("c", Some("error: odd\nmore"))];
        let told = |place: usize, runs| obstacle(&all[place], &all, runs);
        assert_eq!(told(0, false), None);
        assert_eq!(told(0, true).as_deref(), Some("is used by a macro or a build script, too"));
        assert_eq!(told(1, false).as_deref(), Some("is in the library twice, with other features each"));
        assert_eq!(told(3, false).as_deref(), Some("can't be built for patches: error: odd"));
    }
}

//! The contents of files at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::shown::Shown;
use super::tokens::Tokens;
use crate::source::{SourceError, SourceFile};

/// Files and their contents at one moment, such as those that a generation was built from.
///
/// A clone shares contents and tokens, so it costs little: clone the snapshot of the generation in force and
/// [`update`](Snapshot::update) what changed.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(super) files: BTreeMap<PathBuf, Source>,
    /// The directories that files are named from, with what stands before.
    bases: Vec<(PathBuf, String)>,
    /// What shows places and texts in these files, once somebody has asked for it.
    shown: Arc<OnceLock<Shown>>,
}

/// One file; its tokens and its syntax are read at most once, when they are first needed.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) contents: Arc<[u8]>,
    tokens: Arc<OnceLock<Option<Arc<Tokens>>>>,
    syntax: Arc<OnceLock<Result<Arc<SourceFile>, SourceError>>>,
}

impl Source {
    fn new(contents: Arc<[u8]>) -> Source {
        Source { contents, tokens: Arc::default(), syntax: Arc::default() }
    }

    pub(super) fn same_contents(&self, other: &Source) -> bool {
        Arc::ptr_eq(&self.contents, &other.contents) || self.contents == other.contents
    }

    pub(super) fn tokens(&self) -> Option<&Arc<Tokens>> {
        self.tokens.get_or_init(|| Tokens::read(&self.contents).map(Arc::new)).as_ref()
    }
}

impl Snapshot {
    /// Reads files. One that is not there or can't be read is left out, which counts as not there.
    pub fn read(files: impl IntoIterator<Item = PathBuf>) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for path in files {
            snapshot.reread(path);
        }
        snapshot
    }

    /// Names files relative to a directory in the reasons of verdicts; those outside of it, relative to the next one that
    /// is given.
    ///
    /// Without this it is the deepest directory that holds all manifests (`Cargo.toml`) of the snapshot, or all of
    /// its files if there is no manifest.
    pub fn relative_to(mut self, base: impl Into<PathBuf>) -> Snapshot {
        self.bases.push((base.into(), String::new()));
        self
    }

    /// As [`relative_to`](Self::relative_to), for the directory of a package elsewhere, whose files are named
    /// `package: src/lib.rs`.
    pub fn or_in(mut self, directory: impl Into<PathBuf>, package: &str) -> Snapshot {
        self.bases.push((directory.into(), format!("{package}: ")));
        self
    }

    /// The contents of a file; `None` if it is not there.
    pub fn get(&self, path: &Path) -> Option<&Arc<[u8]>> {
        self.files.get(path).map(|source| &source.contents)
    }

    /// A Rust file, taken apart; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// It is not UTF-8, or not Rust.
    pub fn syntax(&self, path: &Path) -> Option<Result<Arc<SourceFile>, SourceError>> {
        let source = self.files.get(path)?;
        Some(source.syntax.get_or_init(|| SourceFile::read(&source.contents).map(Arc::new)).clone())
    }

    /// What shows places and texts in these files.
    pub fn shown(&self) -> &Shown {
        self.shown.get_or_init(|| Shown::of(self))
    }

    /// The files whose contents are not those of another snapshot, sorted; those that only one of them has are among
    /// them.
    pub fn changed_since<'a>(&'a self, other: &'a Snapshot) -> Vec<&'a Path> {
        let paths: BTreeSet<&PathBuf> = self.files.keys().chain(other.files.keys()).collect();
        let is_same = |path: &PathBuf| match (self.files.get(path), other.files.get(path)) {
            (Some(one), Some(two)) => one.same_contents(two),
            _ => false,
        };
        paths.into_iter().filter(|path| !is_same(path)).map(PathBuf::as_path).collect()
    }

    /// The files that are there, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// Sets a file's contents; `None` takes the file away.
    pub fn update(&mut self, path: impl Into<PathBuf>, contents: Option<Arc<[u8]>>) {
        let path = path.into();
        match contents {
            // Tokens that were read stay valid for the same contents.
            Some(contents) if self.get(&path) == Some(&contents) => {}
            Some(contents) => {
                self.files.insert(path, Source::new(contents));
                self.shown = Arc::default();
            }
            None => {
                self.files.remove(&path);
                self.shown = Arc::default();
            }
        }
    }

    /// Sets a file's contents to what the file holds now.
    pub fn reread(&mut self, path: impl Into<PathBuf>) {
        let path = path.into();
        let contents = std::fs::read(&path).ok().map(Arc::from);
        self.update(path, contents);
    }

    /// A file's name for people.
    pub fn name(&self, path: &Path) -> String {
        let common = self.bases.is_empty().then(|| (self.common_directory().unwrap_or_default(), String::new()));
        let mut bases = self.bases.iter().chain(&common);
        let named =
            bases.find_map(|(base, before)| Some(format!("{before}{}", path.strip_prefix(base).ok()?.display())));
        named.unwrap_or_else(|| path.display().to_string())
    }

    fn common_directory(&self) -> Option<PathBuf> {
        let manifests = self.files.keys().filter(|path| path.ends_with("Cargo.toml"));
        common(manifests).or_else(|| common(self.files.keys()))
    }
}

/// The deepest directory that holds all files; `None` if there are none.
fn common<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Option<PathBuf> {
    let directories = files.map(|path| path.parent().unwrap_or(Path::new("")).to_owned());
    directories
        .reduce(|one, other| one.ancestors().find(|dir| other.starts_with(dir)).map(Path::to_owned).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_leaves_out_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let (there, absent) = (dir.path().join("a.rs"), dir.path().join("b.rs"));
        std::fs::write(&there, b"a\xff").unwrap();
        let mut snapshot = Snapshot::read([there.clone(), absent.clone(), dir.path().to_owned()]);
        assert_eq!(snapshot.get(&there).map(|of| &of[..]), Some(&b"a\xff"[..]));
        assert_eq!(snapshot.get(&absent), None);
        assert_eq!(snapshot.paths().collect::<Vec<_>>(), [there.as_path()]);

        std::fs::write(&absent, "b").unwrap();
        std::fs::remove_file(&there).unwrap();
        snapshot.reread(absent.clone());
        snapshot.reread(there.clone());
        assert_eq!(snapshot.paths().collect::<Vec<_>>(), [absent.as_path()]);
    }

    #[test]
    fn names_are_relative_to_the_manifests_or_the_given_directory() {
        let mut snapshot = Snapshot::default();
        for path in ["/w/Cargo.lock", "/w/logic/Cargo.toml", "/w/logic/src/lib.rs"] {
            snapshot.update(path, Some(Arc::from(*b"")));
        }
        assert_eq!(snapshot.name(Path::new("/w/logic/src/lib.rs")), "src/lib.rs");
        assert_eq!(snapshot.name(Path::new("/w/Cargo.lock")), "/w/Cargo.lock");
        snapshot.update("/w/core/Cargo.toml", Some(Arc::from(*b"")));
        assert_eq!(snapshot.name(Path::new("/w/logic/src/lib.rs")), "logic/src/lib.rs");
        let snapshot = snapshot.relative_to("/w/logic").relative_to("/w").or_in("/other/of", "of");
        assert_eq!(snapshot.name(Path::new("/w/logic/src/lib.rs")), "src/lib.rs");
        assert_eq!(snapshot.name(Path::new("/w/core/src/lib.rs")), "core/src/lib.rs");
        assert_eq!(snapshot.name(Path::new("/other/of/src/a.rs")), "of: src/a.rs");
        assert_eq!(snapshot.name(Path::new("/other/a.rs")), "/other/a.rs");
    }
}

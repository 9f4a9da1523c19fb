//! A tree beside the workspace that looks like it, with other texts for some of its files.
//!
//! Anything else is a link to the original, whole directories where none of these files is in them, so that
//! `include_str!` and modules of generated files find what they look for. Only what changed is written.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The tree.
#[derive(Debug)]
pub struct Mirror {
    /// What it looks like.
    original: PathBuf,
    directory: PathBuf,
}

/// Why the tree can't be written.
#[derive(Debug, thiserror::Error)]
#[error("write {}: {source}", path.display())]
pub struct MirrorError {
    /// What could not be written.
    path: PathBuf,
    /// Why not.
    source: io::Error,
}

impl Mirror {
    /// A tree in `directory` that looks like `original`.
    pub fn new(original: PathBuf, directory: PathBuf) -> Self {
        Self { original, directory }
    }

    /// What it looks like.
    pub fn original(&self) -> &Path {
        &self.original
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the tree: these texts for the originals of these paths, and links for all else but `exclude`. A text for
    /// what lies outside of the original is left out.
    ///
    /// # Errors
    ///
    /// A file or directory can't be written; the tree is not to be used, then.
    pub fn write(&self, texts: &BTreeMap<PathBuf, String>, exclude: &[PathBuf]) -> Result<(), MirrorError> {
        let within: BTreeSet<&Path> =
            texts.keys().map(PathBuf::as_path).filter(|path| path.starts_with(&self.original)).collect();
        let directories: BTreeSet<&Path> = within.iter().flat_map(|path| path.ancestors().skip(1)).collect();
        self.mirror(&self.original, &directories, &within, exclude)?;
        for path in within {
            let (to, text) = (self.place_of(path), &texts[path]);
            if fs::read(&to).ok().as_deref() != Some(text.as_bytes()) || to.is_symlink() {
                write(&to, text.as_bytes())?;
            }
        }
        Ok(())
    }

    fn place_of(&self, path: &Path) -> PathBuf {
        self.directory.join(path.strip_prefix(&self.original).unwrap_or(path))
    }

    /// Makes a directory of the tree look like its original.
    fn mirror(
        &self,
        original: &Path,
        directories: &BTreeSet<&Path>,
        texts: &BTreeSet<&Path>,
        exclude: &[PathBuf],
    ) -> Result<(), MirrorError> {
        let tree = self.place_of(original);
        if tree.symlink_metadata().is_ok_and(|data| data.is_symlink()) {
            fs::remove_file(&tree).map_err(|source| failed(&tree, source))?;
        }
        fs::create_dir_all(&tree).map_err(|source| failed(&tree, source))?;
        let mut names = HashSet::new();
        for entry in fs::read_dir(original).map_err(|source| failed(original, source))?.flatten() {
            let path = entry.path();
            if exclude.contains(&path) || entry.file_name() == ".git" {
                continue;
            }
            names.insert(entry.file_name());
            if directories.contains(path.as_path()) {
                self.mirror(&path, directories, texts, exclude)?;
            } else if !texts.contains(path.as_path()) {
                link(&path, &tree.join(entry.file_name()))?;
            }
        }
        // What the original has no more; a module may be found in one of two places.
        for entry in fs::read_dir(&tree).map_err(|source| failed(&tree, source))?.flatten() {
            if !names.contains(&entry.file_name()) {
                let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let remove = if is_directory { fs::remove_dir_all } else { fs::remove_file::<PathBuf> };
                remove(entry.path()).map_err(|source| failed(&entry.path(), source))?;
            }
        }
        Ok(())
    }
}

/// A link to the original, unless it is there.
fn link(original: &Path, at: &Path) -> Result<(), MirrorError> {
    if fs::read_link(at).is_ok_and(|target| target == original) {
        return Ok(());
    }
    if let Ok(data) = at.symlink_metadata() {
        let remove = if data.is_dir() { fs::remove_dir_all } else { fs::remove_file::<&Path> };
        remove(at).map_err(|source| failed(at, source))?;
    }
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(original, at);
    // Without a right to make links, files are copied; a directory is gone through by nobody then.
    #[cfg(not(unix))]
    let linked = if original.is_file() { fs::copy(original, at).map(|_| ()) } else { Ok(()) };
    linked.map_err(|source| failed(at, source))
}

/// Writes a file whole, or not.
fn write(to: &Path, text: &[u8]) -> Result<(), MirrorError> {
    let fail = |source| failed(to, source);
    if to.symlink_metadata().is_ok_and(|data| data.is_symlink()) {
        fs::remove_file(to).map_err(fail)?;
    }
    let part = to.with_extension("rs.part");
    fs::write(&part, text).and_then(|()| fs::rename(&part, to)).map_err(fail)
}

fn failed(path: &Path, source: io::Error) -> MirrorError {
    MirrorError { path: path.to_owned(), source }
}

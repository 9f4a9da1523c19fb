//! Which files belong to the library, as far as directories and the configuration tell.

use std::path::PathBuf;

use super::{Sources, is_source};
use crate::project::Named;

impl Sources {
    /// What the configuration says that builds read besides.
    pub(super) fn named(&self) -> Named {
        Named::of(&self.project)
    }

    /// The files that the configuration names.
    pub(super) fn named_files(&self) -> Vec<PathBuf> {
        let named = self.named();
        if named.is_empty() {
            return Vec::new();
        }
        let exclude = [self.project.target_directory.clone(), self.target_dir.clone()];
        let mut walk = ignore::WalkBuilder::new(&self.project.directory);
        let is_sought = move |entry: &ignore::DirEntry| exclude.iter().all(|excluded| entry.path() != excluded);
        let files = walk.standard_filters(false).filter_entry(is_sought).build().flatten();
        files.map(ignore::DirEntry::into_path).filter(|path| path.is_file() && named.is_match(path)).collect()
    }

    /// All sources that an edit may change: Rust files and manifests below the roots, without ignored ones; Rust files
    /// beside the roots of libraries, ignored ones too, since rustc knows no ignore files; and what steers the build from
    /// outside.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let Some((first, rest)) = self.project.roots.split_first() else { return Vec::new() };
        let mut walk = ignore::WalkBuilder::new(first);
        for root in rest {
            walk.add(root);
        }
        let exclude = [self.project.target_directory.clone(), self.target_dir.clone()];
        walk.require_git(false).filter_entry(move |entry| exclude.iter().all(|excluded| entry.path() != excluded));
        let below = walk.build().flatten().map(ignore::DirEntry::into_path).filter(|path| is_source(path));
        below.chain(self.beside_roots()).chain(self.project.files.iter().cloned()).chain(self.named_files()).collect()
    }

    /// The Rust files in the source directories of libraries, behind links too.
    fn beside_roots(&self) -> impl Iterator<Item = PathBuf> {
        let directories = self.project.library_roots.iter().filter_map(|root| root.parent());
        // A library in the package's directory itself has anything beside it.
        let mut directories = directories.filter(|directory| !directory.join("Cargo.toml").exists());
        let walk = directories.next().map(|first| {
            let mut walk = ignore::WalkBuilder::new(first);
            for directory in directories {
                walk.add(directory);
            }
            walk.standard_filters(false).follow_links(true).build()
        });
        let files = walk.into_iter().flatten().flatten().map(ignore::DirEntry::into_path);
        files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
    }

    /// Adds the names that inputs have by way of links in the packages: cargo names what a path with `..` leads to, and a
    /// link on the way may lead to another file later.
    pub(in crate::session) fn with_links(&self, inputs: Vec<PathBuf>) -> Vec<PathBuf> {
        let Some((first, rest)) = self.project.roots.split_first() else { return inputs };
        let mut walk = ignore::WalkBuilder::new(first);
        for root in rest {
            walk.add(root);
        }
        let exclude = [self.project.target_directory.clone(), self.target_dir.clone()];
        let is_sought = move |entry: &ignore::DirEntry| {
            entry.file_name() != ".git" && exclude.iter().all(|excluded| entry.path() != excluded)
        };
        let entries = walk.hidden(false).require_git(false).filter_entry(is_sought).build().flatten();
        let links = entries.filter(ignore::DirEntry::path_is_symlink).map(ignore::DirEntry::into_path);
        let mut all = inputs.clone();
        for (link, target) in links.filter_map(|link| Some((link.clone(), link.canonicalize().ok()?))) {
            let behind = inputs.iter().filter_map(|input| input.strip_prefix(&target).ok());
            all.extend(behind.map(|rest| match rest.as_os_str().is_empty() {
                true => link.clone(),
                false => link.join(rest),
            }));
        }
        all.sort();
        all.dedup();
        all
    }
}

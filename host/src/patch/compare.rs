//! From two snapshots of a crate to what a patch has to have of each file.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::File;
use crate::classify::Snapshot;
use crate::classify::bodies::{self, Delta};
use crate::source::cfg::Flags;
use crate::source::tree;

/// All files of the crate with this root, and what a patch has to have of each so that the base does what they say now.
/// rustc runs in `directory`, and names files from there; what it does not compile under these flags counts as not there.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn compare(
    root: &Path,
    directory: &Path,
    flags: &Flags,
    base: &Snapshot,
    now: &Snapshot,
) -> Result<Vec<File>, String> {
    let read = |path: &Path| Some(Arc::new(now.syntax(path)?.ok()?.compiled(flags)));
    let tree: Vec<(PathBuf, Vec<String>)> = tree::modules(root, read);
    let mut deltas: BTreeMap<&Path, Delta> = BTreeMap::new();
    let mut names: HashSet<u64> = HashSet::new();
    for path in now.changed_since(base) {
        let name = || now.name(path);
        let syntax = |snapshot: &Snapshot, what: &str| match snapshot.syntax(path) {
            _ if path.extension().is_none_or(|extension| extension != "rs") => Err(format!("{} changed", name())),
            None => Err(format!("{} {what}", name())),
            Some(Err(error)) => Err(format!("{}: {error}", name())),
            Some(Ok(file)) => Ok(file),
        };
        let (before, after) = (syntax(base, "added")?, syntax(now, "removed")?);
        let delta = bodies::compare(&before.compiled(flags), &after.compiled(flags))?;
        if delta == Delta::default() {
            continue;
        }
        if !tree.iter().any(|(file, _)| file == path) {
            return Err(format!("{} belongs to another crate", name()));
        }
        names.extend(&delta.names);
        deltas.insert(path, delta);
    }
    let mut files = Vec::new();
    for (path, module) in &tree {
        let Some(source) = read(path) else { continue };
        let mut delta = deltas.remove(path.as_path()).unwrap_or_default();
        bodies::add_dependents(&source, &names, &mut delta)?;
        // As rustc is to name it.
        let named = path.strip_prefix(directory).unwrap_or(path).to_owned();
        let items = |set: BTreeSet<bodies::Name>| set.into_iter().collect();
        files.push(File {
            path: named,
            module: module.clone(),
            contents: now.get(path).cloned().unwrap_or_else(|| Arc::from([])),
            source,
            functions: items(delta.functions),
            added: items(delta.added),
            items: items(delta.items),
        });
    }
    Ok(files)
}

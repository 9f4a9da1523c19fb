//! From two snapshots of a crate to what a patch has to have of each file.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::File;
use crate::classify::Snapshot;
use crate::classify::bodies::{self, Changed, Delta};
use crate::source::cfg::Flags;
use crate::source::mentions::{aliases_of, in_the_way};
use crate::source::text::name_print;
use crate::source::{Function, Item, ItemKind, SourceFile, tree};

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
    let read = |path: &Path| Some(now.syntax(path)?.ok()?.compiled(flags));
    let tree: Vec<(PathBuf, Vec<String>)> = tree::modules(root, read);
    let old = tree::modules(root, |path| Some(base.syntax(path)?.ok()?.compiled(flags)));
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (old.into_iter().collect(), tree.iter().cloned().collect());
    // Files whose contents are the same, and that are another module or none, are among them.
    let mut edited: BTreeSet<&Path> = now.changed_since(base).into_iter().collect();
    let both = old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path));
    edited.extend(both.map(PathBuf::as_path));
    let mut deltas: BTreeMap<&Path, Delta> = BTreeMap::new();
    let mut changed = Changed::default();
    for path in edited {
        let name = || now.name(path);
        let syntax = |snapshot: &Snapshot, what: &str| match snapshot.syntax(path) {
            _ if path.extension().is_none_or(|extension| extension != "rs") => Err(format!("{} changed", name())),
            None => Err(format!("{} {what}", name())),
            Some(Err(error)) => Err(format!("{}: {error}", name())),
            Some(Ok(file)) => Ok(file),
        };
        let compiled = |snapshot, what| syntax(snapshot, what).map(|file| file.compiled(flags));
        let (was, is) = (old.get(path), new.get(path));
        let (before, after) = match (was, is) {
            (Some(was), Some(is)) if was != is => return Err(format!("{} is another module now", name())),
            (None, Some(_)) => (None, Some(compiled(now, "removed")?)),
            (Some(was), None) if is_declared(&tree, read, was) => return Err(format!("{} removed", name())),
            (Some(_), None) => (Some(compiled(base, "added")?), None),
            _ => (Some(compiled(base, "added")?), Some(compiled(now, "removed")?)),
        };
        let delta = bodies::compare(before.as_deref(), after.as_deref())?;
        if delta == Delta::default() {
            continue;
        }
        if was.or(is).is_none() {
            return Err(format!("{} belongs to another crate", name()));
        }
        changed.extend(&delta.changed);
        deltas.insert(path, delta);
    }
    let sources: Vec<_> = tree.iter().filter_map(|(path, module)| Some((path, module, read(path)?))).collect();
    let removed: BTreeSet<String> = deltas.values().flat_map(|delta| &delta.removed).cloned().collect();
    sources.iter().try_for_each(|(_, _, source)| bodies::without(source, &removed))?;
    let all_aliases: Vec<_> = match changed.is_empty() {
        true => Vec::new(),
        false => sources.iter().flat_map(|(_, _, source)| source.aliases()).collect(),
    };
    let mut aliases = HashSet::new();
    // What uses a copied function may be a copy itself.
    while !changed.is_empty() {
        let before = changed.len();
        aliases = aliases_of(&changed.of_types(), &all_aliases);
        for (path, module, source) in &sources {
            let delta = deltas.entry(path).or_default();
            if !delta.added.is_empty() {
                changed.in_texts.extend(module.iter().map(|name| name_print(name)));
            }
            bodies::add_dependents(source, &changed, &aliases, delta)?;
            changed.extend(&delta.changed);
        }
        if changed.len() == before {
            break;
        }
    }
    let all: Vec<&SourceFile> = sources.iter().map(|(_, _, source)| &**source).collect();
    if let Some(other) = in_the_way(&all, &changed.methods) {
        return Err(format!("what is called `{other}` can't be told from a method that changed"));
    }
    let mut files = Vec::new();
    for (path, module, source) in sources {
        let delta = deltas.remove(path.as_path()).unwrap_or_default();
        // As rustc is to name it.
        let named = path.strip_prefix(directory).unwrap_or(path).to_owned();
        let items = |set: BTreeSet<bodies::Name>| set.into_iter().collect();
        files.push(File {
            path: named,
            module: module.clone(),
            contents: now.get(path).cloned().unwrap_or_else(|| Arc::from([])),
            calls: calls_of_copies(&source, &delta, &changed, &aliases),
            ways: ways(&source, &changed),
            is_new: !old.contains_key(path.as_path()),
            source,
            functions: items(delta.functions),
            added: items(delta.added),
            new: items(delta.new),
            kept: delta.kept,
            items: items(delta.items),
        });
    }
    Ok(files)
}

/// Whether a module in a file of its own is declared in the crate.
fn is_declared(
    tree: &[(PathBuf, Vec<String>)],
    read: impl Fn(&Path) -> Option<Arc<SourceFile>>,
    module: &[String],
) -> bool {
    let declares = |(path, outer): &(PathBuf, Vec<String>)| {
        let declared = read(path).map_or(Vec::new(), |file| file.modules.clone());
        declared
            .iter()
            .any(|inner| [&outer[..], &inner.within[..], std::slice::from_ref(&inner.name)].concat() == module)
    };
    tree.iter().any(declares)
}

/// Where functions and constants of the patch name methods and constants of types that it has of its own.
fn calls_of_copies(source: &SourceFile, delta: &Delta, changed: &Changed, aliases: &HashSet<u64>) -> Vec<usize> {
    let of = |at: Range<usize>, own: &Option<String>| {
        source.mentions_of_methods(at, own.as_deref(), &changed.methods, aliases)
    };
    let is_in_patch = |function: &&Function| delta.functions.contains(&(function.module.clone(), function.key.clone()));
    let functions = source.functions.iter().filter(is_in_patch);
    let is_in_patch = |item: &&Item| delta.items.contains(&(item.module.clone(), item.key.clone()));
    let items = source.items.iter().filter(is_in_patch);
    let functions = functions.flat_map(|function| of(function.at.clone(), &function.self_type));
    functions.chain(items.flat_map(|item| of(item.at.clone(), &item.self_type))).collect()
}

/// The inline modules through which a path can lead to what means something else now.
fn ways(source: &SourceFile, changed: &Changed) -> HashSet<Vec<String>> {
    let is_changed = |name: &String| {
        let print = name_print(name);
        name == "*" || changed.names.contains(&print) || changed.functions.contains(&print)
    };
    let is_way = |item: &&Item| !changed.is_empty() && item.kind == ItemKind::Use && item.names.iter().any(is_changed);
    source.items.iter().filter(is_way).map(|item| item.module.clone()).collect()
}

//! From two snapshots of the sources to what a patch has to have of each file.
//!
//! Crates are gone through in their order: what means something else in one of them does so in those that use it, too,
//! which come behind it.

mod meaning;
mod reached;
mod texts;
mod traits;
mod workspace;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::File;
use super::unnoticed::Unnoticed;
use crate::classify::Snapshot;
use crate::classify::bodies::{self, Changed, Delta};
use crate::classify::shown::{self, Text};
use crate::source::cfg::Flags;
use crate::source::shadowing::in_the_way;
use crate::source::text::name_print;
use crate::source::{Module, SourceFile, tree};
use meaning::{Meaning, spread};
use reached::{calls_of_copies, ways_in};
pub use texts::Surroundings;
use workspace::Workspace;

/// A crate of the base.
#[derive(Debug, Clone, Copy)]
pub struct Crate<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its root, absolute.
    pub root: &'a Path,
    /// Where rustc runs; it names files from there.
    pub directory: &'a Path,
    /// What rustc does not compile under these counts as not there.
    pub flags: &'a Flags,
    /// The crates that it uses itself: the names that it has for them, and their places.
    pub uses: &'a [(String, usize)],
    /// Why it can't be patched, to be read after its name.
    pub obstacle: Option<&'a str>,
}

/// What a patch has to have of a crate.
#[derive(Debug, Clone)]
pub struct Part {
    /// The crate's place.
    pub place: usize,
    /// All files of the crate, its root first.
    pub files: Vec<File>,
}

/// What two snapshots differ in.
#[derive(Debug, Clone)]
pub struct Compared {
    /// What the patch has to have.
    pub parts: Vec<Part>,
    /// What the program does not notice of the edit.
    pub unnoticed: Unnoticed,
}

/// The modules that files are, by their paths.
type Modules = BTreeMap<PathBuf, Vec<String>>;

/// Which modules the files of each crate of a base are: found once for all that is compared with it.
#[derive(Debug)]
pub struct BaseModules(Vec<Modules>);

impl BaseModules {
    /// Those of these crates.
    pub fn of(crates: &[Crate<'_>], base: &Snapshot) -> Self {
        Self(crates.iter().map(|one| modules(&files_of(one, base))).collect())
    }

    /// The files of all these crates.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().flat_map(BTreeMap::keys).map(PathBuf::as_path)
    }
}

/// A crate's files with their modules.
type Files = Vec<(PathBuf, Vec<String>, Arc<SourceFile>)>;

/// What a patch has to have of the crates so that the base does what they say now. Each crate comes behind those that it
/// uses, and so do the parts.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn compare(
    crates: &[Crate<'_>],
    around: &Surroundings<'_>,
    (base, BaseModules(old)): (&Snapshot, &BaseModules),
    now: &Snapshot,
) -> Result<Compared, String> {
    let all: Vec<Files> = crates.iter().map(|one| files_of(one, now)).collect();
    let mut deltas = edited(crates, (old, &all), base, now)?;
    let means_the_same = |delta: &Delta| delta.changed.is_empty() && delta.uses.is_empty() && delta.removed.is_empty();
    let workspace = match deltas.iter().flat_map(BTreeMap::values).all(means_the_same) {
        true => Workspace::default(),
        false => Workspace::of(crates, &all),
    };
    // Of each crate with all that it uses; and what those that use it can name of that.
    let (mut meanings, mut shown): (Vec<Meaning>, Vec<Meaning>) = (Vec::new(), Vec::new());
    for (place, one) in crates.iter().enumerate() {
        let mut meaning = Meaning::default();
        for (name, used) in one.uses {
            meaning.extend(&shown[*used]);
            meaning.ways.extend([name, &crates[*used].name.to_owned()].map(|name| name_print(name)));
        }
        let of_others = meaning.clone();
        spread(&all[place], &mut deltas[place], &mut meaning, &workspace)?;
        let before = deltas[place].keys().filter_map(|path| base.syntax(path)?.ok());
        let mut visible = meaning.visible(&all[place], before);
        visible.extend(&of_others);
        shown.push(visible);
        let is_touched = |delta: &Delta| !delta.functions.is_empty() || !delta.items.is_empty();
        if let Some(obstacle) = one.obstacle.filter(|_| deltas[place].values().any(is_touched)) {
            return Err(format!("`{}`, which uses what changed, {obstacle}", one.name));
        }
        meanings.push(meaning);
    }
    let (mut whole, mut visible) = (Meaning::default(), Meaning::default());
    meanings.iter().for_each(|meaning| whole.extend(meaning));
    shown.iter().for_each(|meaning| visible.extend(meaning));
    if !whole.changed.is_empty() || !whole.removed.is_empty() {
        check_names(crates, (&all, &workspace), &meanings, &whole.changed)?;
        texts::check(&all, &whole.changed, around, now)?;
        let names = (&visible, &workspace);
        if let Some(path) = around.elsewhere.iter().find(|path| uses(path, now, names)) {
            return Err(format!("{} uses what changed, and can't be patched", now.name(path)));
        }
        check_used(&all, &deltas, &whole.changed, &workspace)?;
    }
    for (files, deltas) in all.iter().zip(&deltas) {
        let is_concerned = |path: &PathBuf| deltas.get(path).is_some_and(|delta| *delta != Delta::default());
        let mut seen = HashSet::new();
        if let Some((path, ..)) = files.iter().find(|(path, ..)| !seen.insert(path) && is_concerned(path)) {
            return Err(format!("{} has the contents of two modules", now.name(path)));
        }
    }
    let all_deltas = || deltas.iter().flat_map(BTreeMap::values);
    let unnoticed = Unnoticed {
        statics: all_deltas().flat_map(|delta| &delta.kept).cloned().collect(),
        endless: all_deltas().flat_map(|delta| &delta.endless).cloned().collect(),
    };
    let mut parts = Vec::new();
    for (place, files) in all.into_iter().enumerate() {
        let Meaning { changed, ways, .. } = &meanings[place];
        let known = workspace.known(&changed.of_types());
        let file = |(path, module, source): (PathBuf, Vec<String>, Arc<SourceFile>)| {
            let delta = deltas[place].remove(&path).unwrap_or_default();
            let items = |set: BTreeSet<bodies::Name>| set.into_iter().collect();
            File {
                // As rustc is to name it.
                path: path.strip_prefix(crates[place].directory).unwrap_or(&path).to_owned(),
                module,
                contents: now.get(&path).cloned().unwrap_or_else(|| Arc::from([])),
                calls: calls_of_copies(&source, &delta, changed, &known),
                ways: ways_in(&source, &delta, changed, ways),
                is_new: !old[place].contains_key(&path),
                source,
                functions: items(delta.functions),
                added: items(delta.added),
                new: items(delta.new),
                items: items(delta.items),
                left_out: BTreeSet::new(),
                hidden: HashSet::new(),
            }
        };
        parts.push(Part { place, files: files.into_iter().map(file).collect() });
    }
    let parts = needed(parts, crates);
    let hindered = parts.iter().find_map(|part| Some((crates[part.place].name, crates[part.place].obstacle?)));
    match hindered {
        Some((name, obstacle)) => Err(format!("`{name}`, which may hand on what changed, {obstacle}")),
        None => Ok(Compared { parts, unnoticed }),
    }
}

fn files_of(one: &Crate<'_>, now: &Snapshot) -> Files {
    let read = |path: &Path| Some(now.syntax(path)?.ok()?.compiled(one.flags));
    let tree = tree::modules(one.root, read);
    tree.into_iter().filter_map(|(path, module)| Some((path.clone(), module, read(&path)?))).collect()
}

fn modules(files: &Files) -> Modules {
    files.iter().map(|(path, module, _)| (path.clone(), module.clone())).collect()
}

/// What was edited in each crate, by file. `old` and `all` are their files then and now.
fn edited(
    crates: &[Crate<'_>],
    (old, all): (&[Modules], &[Files]),
    base: &Snapshot,
    now: &Snapshot,
) -> Result<Vec<BTreeMap<PathBuf, Delta>>, String> {
    let mut deltas: Vec<BTreeMap<PathBuf, Delta>> = crates.iter().map(|_| BTreeMap::new()).collect();
    let new: Vec<Modules> = all.iter().map(modules).collect();
    // Files whose contents are the same, and that are another module or none, are among them.
    let mut paths: BTreeSet<&Path> = now.changed_since(base).into_iter().collect();
    for (old, new) in old.iter().zip(&new) {
        let both = old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path));
        paths.extend(both.map(PathBuf::as_path));
    }
    for path in paths {
        let name = || now.name(path);
        let syntax = |snapshot: &Snapshot, what: &str| match snapshot.syntax(path) {
            _ if path.extension().is_none_or(|extension| extension != "rs") => Err(format!("{} changed", name())),
            None => Err(format!("{} {what}", name())),
            Some(Err(error)) => Err(format!("{}: {error}", name())),
            Some(Ok(file)) => Ok(file),
        };
        let mut is_known = false;
        for (place, one) in crates.iter().enumerate() {
            let compiled = |snapshot, what| syntax(snapshot, what).map(|file| file.compiled(one.flags));
            let (before, after) = match (old[place].get(path), new[place].get(path)) {
                (None, None) => continue,
                (Some(was), Some(is)) if was != is => return Err(format!("{} is another module now", name())),
                (None, Some(_)) => (None, Some(compiled(now, "removed")?)),
                (Some(was), None) if is_declared(&all[place], was) => return Err(format!("{} removed", name())),
                (Some(_), None) => (Some(compiled(base, "added")?), None),
                (Some(_), Some(_)) => (Some(compiled(base, "added")?), Some(compiled(now, "removed")?)),
            };
            is_known = true;
            let mut delta = bodies::compare(before.as_deref(), after.as_deref());
            if let (Ok(delta), Some(before), Some(after)) = (&mut delta, &before, &after) {
                let text = |snapshot: &Snapshot| {
                    String::from_utf8_lossy(snapshot.get(path).map_or(&[], |all| all)).into_owned()
                };
                let (old, new) = (text(base), text(now));
                let (old, new) = (Text { text: &old, source: before }, Text { text: &new, source: after });
                shown::add_moved(old, new, now.shown(), delta)?;
            }
            if let Some(obstacle) = one.obstacle.filter(|_| delta != Ok(Delta::default())) {
                return Err(format!("{} belongs to `{}`, which {obstacle}", name(), one.name));
            }
            let delta = delta?;
            if delta != Delta::default() {
                texts::check_build_scripts(path, now)?;
            }
            deltas[place].insert(path.to_owned(), delta);
        }
        if is_known {
            continue;
        }
        let (before, after) = (syntax(base, "added")?, syntax(now, "removed")?);
        if bodies::compare(Some(&before), Some(&after))? != Delta::default() {
            return Err(format!("{} belongs to another crate", name()));
        }
    }
    Ok(deltas)
}

/// Checks that names mean what they seem to.
///
/// # Errors
///
/// For people: a name may mean something else than the text shows.
fn check_names(
    crates: &[Crate<'_>],
    (all, workspace): (&[Files], &Workspace),
    meanings: &[Meaning],
    whole: &Changed,
) -> Result<(), String> {
    let sources: Vec<&SourceFile> = all.iter().flatten().map(|(_, _, source)| &**source).collect();
    if let Some(other) = in_the_way(&sources, &whole.methods) {
        return Err(format!("a call of `{other}` may mean a method that changed, or the other way round"));
    }
    for (place, Meaning { changed, .. }) in meanings.iter().enumerate().filter(|(_, of)| !of.changed.is_empty()) {
        let others: Vec<&Files> = used(crates, place).into_iter().map(|other| &all[other]).collect();
        let (of_types, known) = (changed.of_types(), workspace.known(&changed.of_types()));
        let names = |source: &SourceFile, at: Range<usize>| {
            source.names_in(at.clone()).any(|name| changed.has(name) || changed.called.contains(&name))
                || !source.mentions_of_methods(at, None, &of_types, &known).is_empty()
        };
        if let Some(key) = texts::macro_of_others(&all[place], &others, names) {
            return Err(format!("`{key}`, which `{}` calls, may name what changed", crates[place].name));
        }
    }
    Ok(())
}

/// The crates that a crate uses, and those that these use.
fn used(crates: &[Crate<'_>], place: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![place];
    while let Some(place) = open.pop() {
        open.extend(crates[place].uses.iter().map(|(_, used)| *used).filter(|used| found.insert(*used)));
    }
    found
}

/// Checks that what changed and has no slot is used by a function that has one, or by nothing at all: that nobody is found
/// who uses it may mean that a use was not seen.
///
/// # Errors
///
/// For people: a macro may use it.
fn check_used(
    all: &[Files],
    deltas: &[BTreeMap<PathBuf, Delta>],
    changed: &Changed,
    workspace: &Workspace,
) -> Result<(), String> {
    let is_used = |delta: &Delta| !delta.functions.is_subset(&delta.added);
    if changed.is_empty() || deltas.iter().flat_map(BTreeMap::values).any(is_used) {
        return Ok(());
    }
    let known = workspace.known(&BTreeSet::new());
    for (path, module, source) in all.iter().flatten() {
        let scene = workspace.scene(module, &BTreeSet::new(), &known).macros.clone();
        if source.calls_unknown_macro(0..usize::MAX, &scene) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(format!("a macro of another crate, called in {name}, may use what changed: no function does"));
        }
    }
    Ok(())
}

/// Whether a file that can't be patched uses something that means something else now, or may hand it on.
fn uses(path: &Path, now: &Snapshot, (meaning, workspace): (&Meaning, &Workspace)) -> bool {
    let Meaning { changed, removed, ways } = meaning;
    let Some(Ok(source)) = now.syntax(path).filter(|_| !changed.is_empty() || !removed.is_empty()) else {
        return false;
    };
    let is_meant = |name: &String| {
        let name = name_print(name);
        changed.has(name) || ways.contains(&name)
    };
    let mut leaves = source.items.iter().flat_map(|item| &item.leaves);
    let known = workspace.known(&changed.of_types());
    let globbed = BTreeSet::new();
    let scene = workspace.scene(&[], &globbed, &known);
    if leaves.any(|leaf| leaf.path.iter().any(is_meant)) || bodies::without(&source, &scene, removed).is_err() {
        return true;
    }
    let mut delta = Delta::default();
    bodies::add_dependents(&source, changed, &scene, &mut delta).is_err() || delta != Delta::default()
}

/// The parts that have something in them, or through which another one has to find that.
fn needed(parts: Vec<Part>, crates: &[Crate<'_>]) -> Vec<Part> {
    let mut is_used = vec![false; crates.len()];
    let mut needed: Vec<Part> = Vec::new();
    for part in parts.into_iter().rev() {
        let has_own = part.files.iter().any(|file| !file.functions.is_empty() || !file.items.is_empty());
        let is_way = is_used[part.place] && part.files.iter().any(|file| !file.ways.is_empty());
        if has_own || is_way || is_used[part.place] {
            crates[part.place].uses.iter().for_each(|(_, used)| is_used[*used] = true);
        }
        if has_own || is_way {
            needed.push(part);
        }
    }
    needed.reverse();
    needed
}

/// Whether a module in a file of its own is declared in these files.
fn is_declared(files: &Files, module: &[String]) -> bool {
    let declares = |(_, outer, file): &(PathBuf, Vec<String>, Arc<SourceFile>)| {
        let full = |inner: &Module| [&outer[..], &inner.within[..], std::slice::from_ref(&inner.name)].concat();
        file.modules.iter().any(|inner| full(inner) == module)
    };
    files.iter().any(declares)
}

#[cfg(test)]
mod tests;

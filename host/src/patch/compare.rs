//! From two snapshots of the sources to what a patch has to have of each file.
//!
//! Crates are gone through in their order: what means something else in one of them does so in those that use it, too,
//! which come behind it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::File;
use super::unnoticed::Unnoticed;
use crate::classify::Snapshot;
use crate::classify::bodies::{self, Changed, Delta};
use crate::classify::shown::{self, Shown, Text};
use crate::source::cfg::Flags;
use crate::source::mentions::{Method, aliases_of, in_the_way};
use crate::source::text::name_print;
use crate::source::{Function, Item, ItemKind, Module, SourceFile, tree};

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
/// uses, and so do the parts. `elsewhere` are files of crates that can't be patched and may use these.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn compare(
    crates: &[Crate<'_>],
    elsewhere: &[PathBuf],
    (base, BaseModules(old)): (&Snapshot, &BaseModules),
    now: &Snapshot,
) -> Result<Compared, String> {
    let all: Vec<Files> = crates.iter().map(|one| files_of(one, now)).collect();
    let mut deltas = edited(crates, (old, &all), base, now)?;
    let aliases: Vec<_> = match deltas.iter().flat_map(BTreeMap::values).all(|delta| delta.changed.is_empty()) {
        true => Vec::new(),
        false => all.iter().flatten().flat_map(|(_, _, source)| source.aliases()).collect(),
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
        spread(&all[place], &mut deltas[place], &mut meaning, &aliases)?;
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
    let sources: Vec<&SourceFile> = all.iter().flatten().map(|(_, _, source)| &**source).collect();
    if let Some(other) = in_the_way(&sources, &whole.changed.methods) {
        return Err(format!("what is called `{other}` can't be told from a method that changed"));
    }
    if let Some(path) = elsewhere.iter().find(|path| uses(path, now, &visible, &aliases)) {
        return Err(format!("{} uses what changed, and can't be patched", now.name(path)));
    }
    let all_deltas = || deltas.iter().flat_map(BTreeMap::values);
    let unnoticed = Unnoticed {
        statics: all_deltas().flat_map(|delta| &delta.kept).cloned().collect(),
        endless: all_deltas().flat_map(|delta| &delta.endless).cloned().collect(),
    };
    let mut parts = Vec::new();
    for (place, files) in all.into_iter().enumerate() {
        let Meaning { changed, ways, .. } = &meanings[place];
        let aliases = aliases_of(&changed.of_types(), &aliases);
        let file = |(path, module, source): (PathBuf, Vec<String>, Arc<SourceFile>)| {
            let delta = deltas[place].remove(&path).unwrap_or_default();
            let items = |set: BTreeSet<bodies::Name>| set.into_iter().collect();
            File {
                // As rustc is to name it.
                path: path.strip_prefix(crates[place].directory).unwrap_or(&path).to_owned(),
                module,
                contents: now.get(&path).cloned().unwrap_or_else(|| Arc::from([])),
                calls: calls_of_copies(&source, &delta, changed, &aliases),
                ways: ways_in(&source, changed, ways),
                is_new: !old[place].contains_key(&path),
                source,
                functions: items(delta.functions),
                added: items(delta.added),
                new: items(delta.new),
                items: items(delta.items),
                left_out: BTreeSet::new(),
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

/// What means something else in a crate, and in those that it uses.
#[derive(Clone, Default)]
struct Meaning {
    changed: Changed,
    removed: BTreeSet<String>,
    /// Names of modules and crates through which paths lead to it, as hashes.
    ways: HashSet<u64>,
}

impl Meaning {
    fn extend(&mut self, other: &Meaning) {
        self.changed.extend(&other.changed);
        self.removed.extend(other.removed.iter().cloned());
        self.ways.extend(&other.ways);
    }

    /// What other crates can name of it: `pub` in one of the crate's files, or in one as it was before.
    fn visible(&self, files: &Files, before: impl Iterator<Item = Arc<SourceFile>>) -> Meaning {
        if self.changed.is_empty() && self.removed.is_empty() {
            return self.clone();
        }
        let mut public: HashSet<u64> = files.iter().flat_map(|(_, _, source)| source.public_names()).collect();
        before.for_each(|source| public.extend(source.public_names()));
        let Changed { names, functions, methods, new_methods, in_texts } = &self.changed;
        let of = |names: &HashSet<u64>| -> HashSet<u64> { names.intersection(&public).copied().collect() };
        let (names, functions) = (of(names), of(functions));
        let of_types = |methods: &BTreeSet<Method>| -> BTreeSet<Method> {
            methods.iter().filter(|method| public.contains(&method.name)).copied().collect()
        };
        let (methods, new_methods) = (of_types(methods), of_types(new_methods));
        // The modules that lead to functions are among them.
        let has_functions = !functions.is_empty() || !methods.is_empty() || !new_methods.is_empty();
        let in_texts = if has_functions { in_texts.clone() } else { HashSet::new() };
        let is_public = |name: &&String| public.contains(&name_print(name.rsplit("::").next().unwrap_or(name)));
        let removed = self.removed.iter().filter(is_public).cloned().collect();
        Meaning {
            changed: Changed { names, functions, methods, new_methods, in_texts },
            removed,
            ways: self.ways.clone(),
        }
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
    let shows = OnceCell::new();
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
                shown::add_moved(old, new, shows.get_or_init(|| Shown::of(now)), delta)?;
            }
            if let Some(obstacle) = one.obstacle.filter(|_| delta != Ok(Delta::default())) {
                return Err(format!("{} belongs to `{}`, which {obstacle}", name(), one.name));
            }
            deltas[place].insert(path.to_owned(), delta?);
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

/// Adds to a crate's deltas what uses something that means something else now.
fn spread(
    files: &Files,
    deltas: &mut BTreeMap<PathBuf, Delta>,
    meaning: &mut Meaning,
    aliases: &[(u64, Vec<u64>)],
) -> Result<(), String> {
    let Meaning { changed, removed, ways } = meaning;
    for delta in deltas.values() {
        changed.extend(&delta.changed);
        removed.extend(delta.removed.iter().cloned());
    }
    files.iter().try_for_each(|(_, _, source)| bodies::without(source, removed))?;
    // What uses a copied function may be a copy itself.
    while !changed.is_empty() {
        let before = changed.len();
        let aliases = aliases_of(&changed.of_types(), aliases);
        for (path, module, source) in files {
            let delta = deltas.entry(path.clone()).or_default();
            if !delta.added.is_empty() {
                changed.in_texts.extend(module.iter().map(|name| name_print(name)));
            }
            bodies::add_dependents(source, changed, &aliases, delta)?;
            changed.extend(&delta.changed);
        }
        if changed.len() == before {
            break;
        }
    }
    for (path, module, _) in files {
        let Some(delta) = deltas.get(path).filter(|delta| !delta.changed.is_empty()) else { continue };
        let inline = delta.functions.iter().chain(&delta.items).flat_map(|(inline, _)| inline);
        ways.extend(module.iter().chain(inline).map(|name| name_print(name)));
    }
    // A module may be brought in under another name, and that under another one.
    let around = ["crate", "self", "super"].map(name_print);
    loop {
        let before = ways.len();
        let named: HashSet<u64> = ways.iter().chain(&around).copied().collect();
        ways.extend(files.iter().flat_map(|(_, _, source)| source.renamed(&named)));
        if ways.len() == before {
            return Ok(());
        }
    }
}

/// Whether a file that can't be patched uses something that means something else now, or may hand it on.
fn uses(path: &Path, now: &Snapshot, meaning: &Meaning, aliases: &[(u64, Vec<u64>)]) -> bool {
    let Meaning { changed, removed, ways } = meaning;
    let Some(Ok(source)) = now.syntax(path).filter(|_| !changed.is_empty() || !removed.is_empty()) else {
        return false;
    };
    let is_meant = |name| changed.names.contains(&name) || changed.functions.contains(&name) || ways.contains(&name);
    let mut lines = source.items.iter().filter(|item| item.kind == ItemKind::Use).flat_map(|item| &item.of);
    if lines.any(|line| source.names_in(line.clone()).any(is_meant)) || bodies::without(&source, removed).is_err() {
        return true;
    }
    let mut delta = Delta::default();
    let aliases = aliases_of(&changed.methods, aliases);
    bodies::add_dependents(&source, changed, &aliases, &mut delta).is_err() || delta != Delta::default()
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
fn ways_in(source: &SourceFile, changed: &Changed, ways: &HashSet<u64>) -> HashSet<Vec<String>> {
    let leads = |name: &String| {
        let print = name_print(name);
        let is_changed = changed.names.contains(&print) || changed.functions.contains(&print);
        name == "*" || is_changed || ways.contains(&print)
    };
    let is_way = |item: &&Item| match item.kind {
        ItemKind::Use => item.names.iter().any(leads),
        // An `extern crate`, perhaps.
        ItemKind::Other => true,
        _ => false,
    };
    let items = source.items.iter().filter(|item| !changed.is_empty() && is_way(item));
    items.map(|item| item.module.clone()).collect()
}

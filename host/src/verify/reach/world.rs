//! All crates that a library is made of, and what a path in one of them may mean.
//!
//! Names are resolved by the text alone, and so more is found rather than less: where two definitions of a crate have one
//! name, a path by modules may mean either.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::definitions::{Definition, FileDefinitions, Import};

/// How many re-exports one path may go through.
const MOST_HOPS: usize = 8;

/// What the files of a crate define.
#[derive(Debug, Default)]
pub struct CrateDefinitions {
    files: Vec<Arc<FileDefinitions>>,
    by_name: HashMap<String, Vec<(usize, usize)>>,
    imports: HashMap<String, Vec<(usize, usize)>>,
}

impl CrateDefinitions {
    /// Of the crate's files, in any order.
    pub fn new(files: Vec<Arc<FileDefinitions>>) -> Self {
        let mut by_name: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        let mut imports: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            for (index, definition) in file.definitions.iter().enumerate() {
                by_name.entry(definition.name.clone()).or_default().push((at, index));
            }
            for (index, import) in file.imports.iter().enumerate() {
                imports.entry(import.name.clone()).or_default().push((at, index));
            }
        }
        Self { files, by_name, imports }
    }

    /// All definitions.
    pub fn all(&self) -> impl Iterator<Item = &Definition> {
        self.files.iter().flat_map(|file| &file.definitions)
    }
}

/// One crate, and the crates that its code can name.
#[derive(Debug, Clone)]
pub struct CrateLinks {
    /// The crate's name.
    pub name: String,
    /// By the name that its code uses, the index of each crate that it depends on.
    pub dependencies: BTreeMap<String, usize>,
}

/// The crates of one generation.
#[derive(Debug)]
pub struct World {
    crates: Vec<CrateLinks>,
    /// The definitions of the crates that the user edits, by index.
    local: BTreeMap<usize, CrateDefinitions>,
}

/// Reads the definitions of a crate from outside of the project; `None` if its sources can't be read.
pub type ReadForeign<'a> = &'a dyn Fn(&CrateLinks) -> Option<Arc<CrateDefinitions>>;

/// A definition: crate, file, and index there.
pub(super) type Node = (usize, usize, usize);

/// What a path may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This definition.
    Defined(Node),
    /// Something of std.
    Std(Vec<String>),
    /// Something of a crate whose sources can't be read or don't show it.
    Unknown(String),
}

impl World {
    /// Of all crates, and the definitions of those that the user edits, by index.
    pub fn new(crates: Vec<CrateLinks>, local: BTreeMap<usize, CrateDefinitions>) -> Self {
        Self { crates, local }
    }

    /// Whether the files that the user edits say the same in both.
    pub(super) fn says_the_same(&self, other: &World) -> bool {
        let of = |world: &World| -> Vec<(String, Vec<Arc<FileDefinitions>>)> {
            world.local.iter().map(|(index, of)| (world.crates[*index].name.clone(), of.files.clone())).collect()
        };
        of(self) == of(other)
    }

    /// The crates that the user edits: index and definitions.
    pub(super) fn local(&self) -> impl Iterator<Item = (usize, &CrateDefinitions)> {
        self.local.iter().map(|(index, of)| (*index, of))
    }

    pub(super) fn is_local(&self, of: usize) -> bool {
        self.local.contains_key(&of)
    }

    pub(super) fn name(&self, of: usize) -> &str {
        &self.crates[of].name
    }
}

/// A world while it is searched: what was read of foreign crates stays.
pub(super) struct Resolver<'a> {
    pub(super) world: &'a World,
    read: ReadForeign<'a>,
    foreign: BTreeMap<usize, Option<Arc<CrateDefinitions>>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(world: &'a World, read: ReadForeign<'a>) -> Self {
        Self { world, read, foreign: BTreeMap::new() }
    }

    pub(super) fn definition(&mut self, (of, file, index): Node) -> Option<Definition> {
        self.with(of, |definitions| definitions.files.get(file)?.definitions.get(index).cloned()).flatten()
    }

    /// What a type's full name means, as `std::any::type_name` gives it.
    pub(super) fn of_full_name(&mut self, path: &[String]) -> Vec<Meaning> {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return Vec::new() };
        if is_std(first) {
            return vec![Meaning::Std(path.to_vec())];
        }
        let crates: Vec<usize> =
            (0..self.world.crates.len()).filter(|of| self.world.crates[*of].name == *first).collect();
        if crates.is_empty() {
            return vec![Meaning::Unknown(path.join("::"))];
        }
        crates.into_iter().flat_map(|of| self.required(of, path, last, 0)).collect()
    }

    /// What a path in a file of a crate may mean.
    pub(super) fn resolve(&mut self, of: usize, file: usize, path: &[String]) -> Vec<Meaning> {
        let [name] = path else {
            let mut found = self.path(of, Some(file), path, 0);
            // `Type::Item`: the type matters as well.
            if let Some(first) = path.first().filter(|first| first.starts_with(char::is_uppercase)) {
                found.extend(self.resolve(of, file, std::slice::from_ref(first)));
            }
            return found;
        };
        let here = |definitions: &CrateDefinitions| {
            let file_of = |all: &HashMap<String, Vec<(usize, usize)>>| -> Vec<usize> {
                let all = all.get(name).into_iter().flatten();
                all.filter(|(at, _)| *at == file).map(|(_, index)| *index).collect()
            };
            let imports: Vec<Import> = file_of(&definitions.imports)
                .into_iter()
                .map(|index| definitions.files[file].imports[index].clone())
                .collect();
            (file_of(&definitions.by_name), imports)
        };
        let Some((defined, imports)) = self.with(of, here) else { return Vec::new() };
        let mut found: Vec<Meaning> = defined.into_iter().map(|index| Meaning::Defined((of, file, index))).collect();
        for import in imports {
            found.extend(self.path(of, Some(file), &import.path, 0));
        }
        if !found.is_empty() {
            return found;
        }
        found = self.in_crate(of, name, 0);
        let globs = self.with(of, |definitions| definitions.files[file].globs.clone()).unwrap_or_default();
        for glob in globs {
            if let Some(dependency) = glob.first().and_then(|first| self.world.crates[of].dependencies.get(first)) {
                found.extend(self.in_crate(*dependency, name, 0));
            }
        }
        found
    }

    /// What a path by modules or from a `use` may mean.
    fn path(&mut self, of: usize, file: Option<usize>, path: &[String], hops: usize) -> Vec<Meaning> {
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return Vec::new() };
        if hops > MOST_HOPS {
            return Vec::new();
        }
        if let Some(dependency) = self.world.crates[of].dependencies.get(first) {
            return self.required(*dependency, path, last, hops);
        }
        if is_std(first) {
            return vec![Meaning::Std(path.to_vec())];
        }
        let mut found = self.in_crate(of, last, hops);
        if !["crate", "self", "super"].contains(&first.as_str()) && path.len() > 1 {
            let imports = self.with(of, |definitions| {
                let all = definitions.imports.get(first).into_iter().flatten();
                let these = all.filter(|(at, _)| file.is_none_or(|file| *at == file));
                these.map(|(at, index)| definitions.files[*at].imports[*index].path.clone()).collect::<Vec<_>>()
            });
            for import in imports.unwrap_or_default() {
                // What brings in itself leads nowhere.
                if import != path {
                    let longer = [&import[..], &path[1..]].concat();
                    found.extend(self.path(of, None, &longer, hops + 1));
                }
            }
        }
        found
    }

    /// A type that is named as one of this crate: if its sources don't show it, it may be anything.
    fn required(&mut self, of: usize, path: &[String], last: &str, hops: usize) -> Vec<Meaning> {
        let found = self.in_crate(of, last, hops + 1);
        let is_type = last.starts_with(char::is_uppercase);
        match found.is_empty() && is_type && !self.world.is_local(of) {
            true => vec![Meaning::Unknown(path.join("::"))],
            false => found,
        }
    }

    /// All that a crate has under this name, in whatever module, and what it re-exports under it.
    fn in_crate(&mut self, of: usize, name: &str, hops: usize) -> Vec<Meaning> {
        if hops > MOST_HOPS {
            return Vec::new();
        }
        let is_local = self.world.is_local(of);
        let found = self.with(of, |definitions| {
            let defined: Vec<Meaning> = definitions
                .by_name
                .get(name)
                .into_iter()
                .flatten()
                .map(|(file, index)| Meaning::Defined((of, *file, *index)))
                .collect();
            let again = definitions
                .imports
                .get(name)
                .into_iter()
                .flatten()
                .map(|(file, index)| definitions.files[*file].imports[*index].path.clone())
                .collect::<Vec<_>>();
            let globs = definitions.files.iter().flat_map(|file| &file.globs).filter_map(|glob| glob.first().cloned());
            (defined, again, globs.collect::<Vec<_>>())
        });
        let Some((mut found, again, globs)) = found else { return Vec::new() };
        if found.is_empty() || is_local {
            for path in again.into_iter().filter(|path| path.len() > 1) {
                let elsewhere = self.world.crates[of].dependencies.contains_key(&path[0]);
                // Within the crate the name itself was looked for already, unless it is another one.
                if elsewhere || path.last().is_some_and(|last| last != name) || is_std(&path[0]) {
                    found.extend(self.path(of, None, &path, hops + 1));
                }
            }
        }
        if found.is_empty() {
            for glob in globs {
                if let Some(dependency) = self.world.crates[of].dependencies.get(&glob).copied() {
                    found.extend(self.in_crate(dependency, name, hops + 1));
                }
            }
        }
        found
    }

    fn with<R>(&mut self, of: usize, use_it: impl FnOnce(&CrateDefinitions) -> R) -> Option<R> {
        if let Some(local) = self.world.local.get(&of) {
            return Some(use_it(local));
        }
        let links = self.world.crates.get(of)?;
        let read = self.read;
        self.foreign.entry(of).or_insert_with(|| read(links)).as_deref().map(use_it)
    }
}

/// Whether a path begins in std.
pub(super) fn is_std(first: &str) -> bool {
    ["std", "core", "alloc"].contains(&first)
}

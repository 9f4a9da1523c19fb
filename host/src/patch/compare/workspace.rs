//! What the crates of a base have by their names: found once for an edit that changes what names mean.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Crate, Files};
use crate::classify::bodies::Scene;
use crate::source::aliases::aliases_of;
use crate::source::mentions::{Known, Method};
use crate::source::text::name_print;
use crate::source::uses::{Given, UseLeaf};
use crate::source::{ItemKind, SourceFile};

/// The names of all crates, as hashes.
#[derive(Default)]
pub(super) struct Workspace {
    /// Other names of types, with what they say that they are.
    aliases: Vec<(u64, Vec<u64>)>,
    by_alias: HashMap<u64, Vec<u64>>,
    modules: HashSet<u64>,
    types: HashSet<u64>,
    /// Functions, constants, statics and types; traits are apart.
    items: HashSet<u64>,
    traits: HashMap<u64, Vec<u64>>,
    macros: HashSet<u64>,
    renamed: HashSet<u64>,
    /// Names of crates.
    crates: HashSet<u64>,
    /// Names that `use` lines take from other crates than these and the standard library, as traits have them.
    external: HashSet<u64>,
}

impl Workspace {
    pub(super) fn of(crates: &[Crate<'_>], all: &[Files]) -> Self {
        let mut found = Self::default();
        for one in crates {
            let names = one.uses.iter().map(|(name, _)| name.as_str()).chain([one.name]);
            found.crates.extend(names.map(name_print));
        }
        for (_, module, source) in all.iter().flatten() {
            found.modules.extend(module.iter().map(|name| name_print(name)));
            found.add(source);
        }
        found.modules.extend(&found.crates);
        found.external = found.taken_from_others(all);
        for (alias, names) in &found.aliases {
            found.by_alias.entry(*alias).or_default().extend(names);
        }
        found
    }

    fn add(&mut self, source: &SourceFile) {
        self.aliases.extend(source.aliases());
        for (name, members) in &source.privacy.traits {
            self.traits.entry(*name).or_default().extend(members);
        }
        for item in &source.items {
            let names = item.names.iter().map(|name| name_print(name));
            match item.kind {
                ItemKind::Module => self.modules.extend(names),
                ItemKind::Macro => self.macros.extend(names),
                ItemKind::Type => {
                    let names: Vec<u64> = names.collect();
                    self.types.extend(&names);
                    self.items.extend(names);
                }
                ItemKind::Const | ItemKind::Static => self.items.extend(names),
                _ => {}
            }
            for leaf in &item.leaves {
                match &leaf.given {
                    Given::Name(name) if name != leaf.last() => drop(self.renamed.insert(name_print(name))),
                    _ => {}
                }
            }
        }
        let functions = source.functions.iter().filter(|function| function.owner.is_none());
        self.items.extend(functions.map(|function| name_print(&function.name)));
    }

    /// What is known around these methods.
    pub(super) fn known(&self, methods: &BTreeSet<Method>) -> Known {
        Known { aliases: aliases_of(methods, &self.aliases), modules: self.modules.clone(), types: self.types.clone() }
    }

    /// The same around a file.
    pub(super) fn scene<'a>(
        &'a self,
        module: &'a [String],
        globbed: &'a BTreeSet<Vec<String>>,
        known: &'a Known,
    ) -> Scene<'a> {
        Scene { module, globbed, renamed: &self.renamed, known, macros: &self.macros }
    }

    /// The modules of a crate into which globs bring in something of the crates.
    pub(super) fn globbed(&self, files: &Files) -> BTreeSet<Vec<String>> {
        let globs = files.iter().flat_map(|(_, module, source)| {
            let leaves = source.items.iter().flat_map(|item| item.leaves.iter().map(|leaf| (&item.module, leaf)));
            let globs = leaves.filter(|(_, leaf)| leaf.given == Given::All && !leaf.is_of_std());
            globs.map(move |(inline, _)| [&module[..], inline].concat())
        });
        globs.collect()
    }

    /// The names that a name may stand for, with itself.
    pub(super) fn meant_by(&self, name: u64) -> HashSet<u64> {
        let mut meant = HashSet::from([name]);
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            let more = self.by_alias.get(&name).into_iter().flatten();
            open.extend(more.copied().filter(|name| meant.insert(*name)));
        }
        meant
    }

    /// The members of the traits with these names.
    pub(super) fn members<'a>(&'a self, names: &'a HashSet<u64>) -> impl Iterator<Item = u64> {
        names.iter().filter_map(|name| self.traits.get(name)).flatten().copied()
    }

    fn taken_from_others(&self, all: &[Files]) -> HashSet<u64> {
        let sources = all.iter().flatten().flat_map(|(_, _, source)| &source.items);
        let is_foreign = |leaf: &&UseLeaf| {
            let first = leaf.path.first().map(|first| name_print(first)).unwrap_or_default();
            // By the custom of all crates, traits have large letters.
            let may_be_trait = leaf.last().starts_with(char::is_uppercase);
            may_be_trait && !leaf.is_of_std() && !is_relative(first) && !self.defines(first)
        };
        let leaves = sources.flat_map(|item| &item.leaves).filter(is_foreign);
        leaves.map(|leaf| name_print(leaf.last())).collect()
    }

    /// Whether a path of a crate with these files that begins with this name stays in the crates.
    pub(super) fn begins_path(&self, files: &Files, name: u64) -> bool {
        let has_module = |(_, module, source): &(PathBuf, Vec<String>, Arc<SourceFile>)| {
            let inline = source.items.iter().filter(|item| item.kind == ItemKind::Module).flat_map(|item| &item.names);
            module.iter().chain(inline).any(|module| name_print(module) == name)
        };
        is_relative(name)
            || self.crates.contains(&name)
            || self.types.contains(&name)
            || files.iter().any(has_module)
            || self.renamed.contains(&name)
    }

    /// Whether a `use` line takes something of such a name from other crates.
    pub(super) fn has_external(&self, names: &HashSet<u64>) -> bool {
        names.iter().any(|name| self.external.contains(name))
    }

    /// Whether one of the crates has something of this name.
    pub(super) fn defines(&self, name: u64) -> bool {
        let is_item = self.items.contains(&name) || self.macros.contains(&name);
        is_item || self.modules.contains(&name) || self.traits.contains_key(&name)
    }
}

/// Whether a path that begins with this word stays in its crate.
fn is_relative(first: u64) -> bool {
    ["crate", "self", "super"].iter().any(|word| name_print(word) == first)
}

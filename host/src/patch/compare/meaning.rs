//! What means something else in a crate, and where that leads: to the crates that use it, and to the functions there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::workspace::Workspace;
use super::{Files, traits};
use crate::classify::bodies::{self, Changed, Delta, Gone};
use crate::source::SourceFile;
use crate::source::mentions::Method;
use crate::source::text::name_print;
use crate::source::uses::Given;

/// What means something else in a crate, and in those that it uses.
#[derive(Clone, Default)]
pub(super) struct Meaning {
    pub(super) changed: Changed,
    pub(super) removed: BTreeSet<Gone>,
    /// Names of modules and crates through which paths lead to it, as hashes.
    pub(super) ways: HashSet<u64>,
}

impl Meaning {
    pub(super) fn extend(&mut self, other: &Meaning) {
        self.changed.extend(&other.changed);
        self.removed.extend(other.removed.iter().cloned());
        self.ways.extend(&other.ways);
    }

    /// What other crates can name of it: `pub` in one of the crate's files, or in one as it was before.
    pub(super) fn visible(&self, files: &Files, before: impl Iterator<Item = Arc<SourceFile>>) -> Meaning {
        if self.changed.is_empty() && self.removed.is_empty() {
            return self.clone();
        }
        let mut public: HashSet<u64> = files.iter().flat_map(|(_, _, source)| source.public_names()).collect();
        before.for_each(|source| public.extend(source.public_names()));
        // What a macro of the crate names is public with the macro; see the rules for macros.
        let Changed { names, functions, methods, by_value, new_methods, in_texts, called, .. } = &self.changed;
        let of = |names: &HashSet<u64>| -> HashSet<u64> { names.intersection(&public).copied().collect() };
        let (names, functions) = (of(names), of(functions));
        let of_types = |methods: &BTreeSet<Method>| -> BTreeSet<Method> {
            methods.iter().filter(|method| public.contains(&method.name)).copied().collect()
        };
        let (methods, new_methods) = (of_types(methods), of_types(new_methods));
        // The modules that lead to functions are among them.
        let has_functions = !functions.is_empty() || !methods.is_empty() || !new_methods.is_empty();
        let in_texts = if has_functions { in_texts.clone() } else { HashSet::new() };
        let is_public = |gone: &&Gone| public.contains(&name_print(&gone.name));
        let removed = self.removed.iter().filter(is_public).map(|gone| Gone { module: None, ..gone.clone() });
        Meaning {
            changed: Changed {
                names,
                functions,
                methods,
                by_value: by_value.clone(),
                new_methods,
                in_texts,
                called: called.clone(),
                // `traits` refuses what others would see of these.
                scopes: BTreeSet::new(),
            },
            removed: removed.collect(),
            ways: self.ways.clone(),
        }
    }
}

/// Adds to a crate's deltas what uses something that means something else now.
///
/// # Errors
///
/// For people: something that uses it, and can't be in a patch.
pub(super) fn spread(
    files: &Files,
    deltas: &mut BTreeMap<PathBuf, Delta>,
    meaning: &mut Meaning,
    workspace: &Workspace,
) -> Result<(), String> {
    let Meaning { changed, removed, ways } = meaning;
    for (path, module, _) in files {
        let Some(delta) = deltas.get(path) else { continue };
        let gone = delta.removed.iter().map(|gone| Gone {
            module: Some([&module[..], &gone.module].concat()),
            of: gone.of.clone(),
            name: gone.name.clone(),
        });
        removed.extend(gone);
        changed.extend(&delta.changed);
        for (inline, leaf) in &delta.uses {
            let inside = [&module[..], inline].concat();
            traits::add(leaf, inside, files, workspace, changed)?;
        }
    }
    // Files of the crate that are gone have removed names, too.
    for (path, delta) in deltas.iter().filter(|(path, _)| !files.iter().any(|(known, ..)| known == *path)) {
        let gone = delta.removed.iter().map(|gone| Gone { module: None, of: gone.of.clone(), name: gone.name.clone() });
        removed.extend(gone);
        debug_assert!(delta.functions.is_empty(), "{}", path.display());
    }
    if changed.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let globbed = workspace.globbed(files);
    let mut known = workspace.known(&changed.of_types());
    for (_, module, source) in files {
        bodies::without(source, &workspace.scene(module, &globbed, &known), removed)?;
    }
    let mut seen = BTreeSet::new();
    // What uses a copied function may be a copy itself.
    while !changed.is_empty() {
        let before = changed.len();
        known = workspace.known(&changed.of_types());
        for (path, module, source) in files {
            let delta = deltas.entry(path.clone()).or_default();
            if !delta.added.is_empty() {
                changed.in_texts.extend(module.iter().map(|name| name_print(name)));
            }
            bodies::add_dependents(source, changed, &workspace.scene(module, &globbed, &known), delta)?;
            changed.extend(&delta.changed);
            for (item, leaf) in source.items.iter().flat_map(|item| item.leaves.iter().map(move |leaf| (item, leaf))) {
                let inside = || [&module[..], &item.module].concat();
                if bodies::is_affected(leaf, changed) && seen.insert((inside(), leaf.clone())) {
                    traits::add(leaf, inside(), files, workspace, changed)?;
                }
            }
        }
        if changed.len() == before {
            break;
        }
    }
    for (path, module, _) in files {
        let Some(delta) = deltas.get(path).filter(|delta| !delta.changed.is_empty() || !delta.uses.is_empty()) else {
            continue;
        };
        let inline = delta.functions.iter().chain(&delta.items).flat_map(|(inline, _)| inline);
        let uses = delta.uses.iter().flat_map(|(inline, _)| inline);
        ways.extend(module.iter().chain(inline).chain(uses).map(|name| name_print(name)));
    }
    close_ways(files, ways);
    Ok(())
}

/// Adds the names under which `use` lines bring in a module that leads to what changed, and those of the modules that do so.
fn close_ways(files: &Files, ways: &mut HashSet<u64>) {
    let around = ["crate", "self", "super"].map(name_print);
    loop {
        let before = ways.len();
        for (_, module, source) in files {
            for item in &source.items {
                for leaf in &item.leaves {
                    let last = name_print(leaf.last());
                    let leads = ways.contains(&last) || around.contains(&last);
                    if let Given::Name(name) = &leaf.given
                        && leads
                    {
                        ways.insert(name_print(name));
                        ways.extend(module.iter().chain(&item.module).map(|name| name_print(name)));
                    }
                }
            }
        }
        if ways.len() == before {
            return;
        }
    }
}

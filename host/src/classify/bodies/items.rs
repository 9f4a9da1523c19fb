//! Items that are no functions: what changed, what is new, and what is gone. `use` lines are compared name by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Delta, Modules, Name, Removed, is_in};
use crate::source::text::name_print;
use crate::source::uses::{Given, UseLeaf};
use crate::source::{EXTERN_CRATE, Item, ItemKind, SourceFile};

/// Compares the items of a file with those of the base's file.
pub(super) fn compare(
    base: &SourceFile,
    now: &SourceFile,
    (new, gone): Modules<'_>,
    delta: &mut Delta,
) -> Result<(), String> {
    let by_name = |file: &'_ SourceFile| -> BTreeMap<Name, Item> {
        let others = file.items.iter().filter(|item| item.kind != ItemKind::Use || item.key.starts_with(EXTERN_CRATE));
        others.map(|item| ((item.module.clone(), item.key.clone()), item.clone())).collect()
    };
    let (before, after) = (by_name(base), by_name(now));
    for (name, item) in &after {
        match before.get(name) {
            Some(old) if old.digest == item.digest => {
                let value = |file: &SourceFile, item: &Item| item.value.clone().map(|at| file.digest_of(at));
                if value(base, old) != value(now, item) {
                    delta.kept.extend(item.names.iter().cloned().zip(value(now, item)));
                }
            }
            Some(_) => changed(name, item, "changed", delta)?,
            None if is_in(new, &name.0) => in_new_module(name, item, delta)?,
            None => changed(name, item, "added", delta)?,
        }
    }
    for (name, item) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        let of = match item.kind {
            ItemKind::Const | ItemKind::Module | ItemKind::Attributes if is_in(gone, &name.0) => continue,
            ItemKind::Methods => continue,
            ItemKind::Const | ItemKind::Module => None,
            ItemKind::AssociatedConst => item.self_type.clone(),
            _ => return Err(format!("`{}` removed", name.1)),
        };
        let removed = |given: &String| Removed { module: name.0.clone(), of: of.clone(), name: given.clone() };
        delta.removed.extend(item.names.iter().map(removed));
    }
    uses(base, now, (new, gone), delta)
}

/// Compares what `use` lines bring in.
fn uses(base: &SourceFile, now: &SourceFile, (new, gone): Modules<'_>, delta: &mut Delta) -> Result<(), String> {
    let all = |file: &SourceFile, without: &[Vec<String>]| -> BTreeSet<(Vec<String>, UseLeaf)> {
        let items = file.items.iter().filter(|item| !is_in(without, &item.module));
        items.flat_map(|item| item.leaves.iter().map(|leaf| (item.module.clone(), leaf.clone()))).collect()
    };
    let (before, after) = (all(base, gone), all(now, new));
    let glob = |leaf: &UseLeaf, how: &str| Err(format!("`{}::*` {how}", leaf.path.join("::")));
    for (module, leaf) in after.difference(&before) {
        match &leaf.given {
            Given::All => return glob(leaf, "added"),
            Given::Name(name) => drop(delta.changed.names.insert(name_print(name))),
            Given::Unnamed => {}
        }
        delta.uses.insert((module.clone(), leaf.clone()));
    }
    for (module, leaf) in before.difference(&after) {
        match &leaf.given {
            Given::All => return glob(leaf, "removed"),
            Given::Name(name) => {
                let is_given =
                    |(within, other): &&(Vec<String>, UseLeaf)| within == module && other.given == leaf.given;
                if !after.iter().any(|given| is_given(&given)) {
                    delta.removed.insert(Removed { module: module.clone(), of: None, name: name.clone() });
                }
            }
            Given::Unnamed => {}
        }
        delta.uses.insert((module.clone(), leaf.clone()));
    }
    Ok(())
}

/// An item of a module that the base does not have.
fn in_new_module(name: &Name, item: &Item, delta: &mut Delta) -> Result<(), String> {
    match item.kind {
        ItemKind::Use | ItemKind::Attributes => Ok(()),
        ItemKind::Const | ItemKind::Module if item.key != "const _" => {
            delta.items.insert(name.clone());
            Ok(())
        }
        _ => changed(name, item, "added", delta),
    }
}

/// An item of the new source that the base does not have so.
fn changed(name: &Name, item: &Item, how: &str, delta: &mut Delta) -> Result<(), String> {
    match item.kind {
        ItemKind::Methods if how == "added" => return Ok(()),
        ItemKind::Module if how == "added" => {
            delta.items.insert(name.clone());
            delta.changed.functions.extend(item.names.iter().map(|name| name_print(name)));
            return Ok(());
        }
        // A value of it may stay where nothing shows its type, as a `dyn Any`.
        ItemKind::Type if how == "added" && !name.1.starts_with("type ") => {
            return Err(format!("`{}` added, which would be another type in each patch", name.1));
        }
        ItemKind::Const if item.key != "const _" => drop(delta.items.insert(name.clone())),
        ItemKind::AssociatedConst => {
            delta.items.insert(name.clone());
            delta.changed.constant(item);
            return Ok(());
        }
        _ => return Err(format!("`{}` {how}", name.1)),
    }
    delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
    Ok(())
}

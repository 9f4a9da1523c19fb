//! What code of a patch reaches: calls of its own copies, and modules through which paths lead to what changed.

use std::collections::HashSet;
use std::ops::Range;

use crate::classify::bodies::{Changed, Delta};
use crate::source::mentions::Known;
use crate::source::text::name_print;
use crate::source::uses::Given;
use crate::source::{Function, Item, SourceFile};

/// Where functions and constants of the patch name methods and constants of types that it has of its own.
pub(super) fn calls_of_copies(source: &SourceFile, delta: &Delta, changed: &Changed, known: &Known) -> Vec<usize> {
    let of = |at: Range<usize>, own: &Option<String>| {
        source.mentions_of_methods(at, own.as_deref(), &changed.methods, known)
    };
    let is_in_patch = |function: &&Function| delta.functions.contains(&(function.module.clone(), function.key.clone()));
    let functions = source.functions.iter().filter(is_in_patch);
    let is_in_patch = |item: &&Item| delta.items.contains(&(item.module.clone(), item.key.clone()));
    let items = source.items.iter().filter(is_in_patch);
    let functions = functions.flat_map(|function| of(function.at.clone(), &function.self_type));
    functions.chain(items.flat_map(|item| of(item.at.clone(), &item.self_type))).collect()
}

/// The inline modules through which a path can lead to what means something else now.
pub(super) fn ways_in(
    source: &SourceFile,
    delta: &Delta,
    changed: &Changed,
    ways: &HashSet<u64>,
) -> HashSet<Vec<String>> {
    let leads = |given: &Given| match given {
        Given::Name(name) => changed.has(name_print(name)) || ways.contains(&name_print(name)),
        // Of a trait that comes by another way now.
        Given::Unnamed | Given::All => true,
    };
    let is_way = |item: &&Item| item.leaves.iter().any(|leaf| leads(&leaf.given));
    let items = source.items.iter().filter(|item| !changed.is_empty() && is_way(item));
    let edited = delta.uses.iter().map(|(module, _)| module).chain(delta.removed.iter().map(|gone| &gone.module));
    items.map(|item| &item.module).chain(edited).cloned().collect()
}

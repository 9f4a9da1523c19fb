//! Whether an edit can be a patch: compares a file item by item with what the base was built from.
//!
//! A patch can hold other bodies, constants, `use` lines and new functions. Whoever names something that is another one
//! now is compiled anew with it, since the base's code has the old one. A function without a slot (a generic one, say)
//! is patched in the same way: the patch has a copy of it, and all that use it. All else is a swap, with the reason.
//!
//! What depends on a change is found by names, and by nothing that could be wrong: one function too many costs time.

mod dependents;
mod functions;
mod items;
mod order;

use std::collections::{BTreeSet, HashSet};

pub(super) use dependents::copy;
pub use dependents::{Gone, Scene, add_dependents, is_affected, without};

use crate::source::mentions::Method;
use crate::source::text::name_print;
use crate::source::uses::UseLeaf;
use crate::source::{Item, ItemKind, SourceFile};

/// A function or another item of a file: the inline modules that it stands in, and its key.
pub type Name = (Vec<String>, String);

/// What is another one in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Functions whose bodies are other ones, and new ones.
    pub functions: BTreeSet<Name>,
    /// Of these, those without a slot in the base: new ones, and such as the patch has copies of.
    pub added: BTreeSet<Name>,
    /// Of these, the new methods: they are called by their own names.
    pub new: BTreeSet<Name>,
    /// Other items of the new source that the patch has to have.
    pub items: BTreeSet<Name>,
    /// Statics whose initial value is another one, with a hash of that: the program keeps the values that they have.
    pub kept: BTreeSet<(String, u64)>,
    /// Functions of the patch in whose loops calls stay, with a hash of the body.
    pub endless: BTreeSet<(String, u64)>,
    /// What means something else than in the base.
    pub changed: Changed,
    /// What `use` lines bring in that did not before, and what they do not bring in any more; with the inline modules.
    pub uses: BTreeSet<(Vec<String>, UseLeaf)>,
    /// What the base's file has and this one does not: a patch would still find it in the base.
    pub removed: BTreeSet<Removed>,
}

/// Something that a file does not have any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removed {
    /// The inline modules that it stood in.
    pub module: Vec<String>,
    /// The type that had it; `None` for what the module itself had.
    pub of: Option<String>,
    /// Its name.
    pub name: String,
}

/// What means something else in the patched crate than in the base, as hashes of names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Of constants, and of what `use` lines bring in.
    pub names: HashSet<u64>,
    /// Of functions.
    pub functions: HashSet<u64>,
    /// Of methods, and of constants of types.
    pub methods: BTreeSet<Method>,
    /// Of these, the names of those that are called by a value: a macro can do that which does not name the type.
    pub by_value: HashSet<u64>,
    /// Of methods that the base does not have.
    pub new_methods: BTreeSet<Method>,
    /// Of what traits have that came into scope or went out of it somewhere: any call of such a name may mean another
    /// method.
    pub called: HashSet<u64>,
    /// Modules of the crate where a trait came into scope or went out of it whose members are not known.
    pub scopes: BTreeSet<Vec<String>>,
    /// Of functions, and of the modules that they stand in: macros may know them by texts.
    pub in_texts: HashSet<u64>,
}

impl Changed {
    /// Takes in what another file has.
    pub fn extend(&mut self, other: &Changed) {
        self.names.extend(&other.names);
        self.functions.extend(&other.functions);
        self.methods.extend(&other.methods);
        self.by_value.extend(&other.by_value);
        self.new_methods.extend(&other.new_methods);
        self.called.extend(&other.called);
        self.scopes.extend(other.scopes.iter().cloned());
        self.in_texts.extend(&other.in_texts);
    }

    /// Takes in a constant of a type.
    fn constant(&mut self, item: &Item) {
        for (of, name) in item.self_type.iter().zip(&item.names) {
            self.methods.insert(Method::new(of, name));
            self.in_texts.insert(name_print(name));
        }
    }

    /// How much it is; it only grows.
    pub fn len(&self) -> usize {
        let methods = self.methods.len() + self.new_methods.len() + self.called.len() + self.scopes.len();
        self.names.len() + self.functions.len() + methods + self.in_texts.len()
    }

    /// All that types have and that means something else.
    pub fn of_types(&self) -> BTreeSet<Method> {
        self.methods.union(&self.new_methods).copied().collect()
    }

    /// Whether something else is meant by this name, of which a path may have more segments.
    pub fn has(&self, name: u64) -> bool {
        self.names.contains(&name) || self.functions.contains(&name)
    }

    /// Whether all means what it does in the base, but for bodies.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Compares a file with what the base was built from. One that is no module of the crate, there or now, is `None`.
///
/// # Errors
///
/// For people: why it takes a swap.
pub fn compare(base: Option<&SourceFile>, now: Option<&SourceFile>) -> Result<Delta, String> {
    let mut delta = Delta::default();
    let (new, gone) = (modules_only_in(now, base), modules_only_in(base, now));
    let none = SourceFile::default();
    let (base, now) = (base.unwrap_or(&none), now.unwrap_or(&none));
    order::check(base, now)?;
    items::compare(base, now, (&new, &gone), &mut delta)?;
    functions::compare(base, now, (&new, &gone), &mut delta)?;
    delta.removed.retain(|removed| !is_replaced(removed, base, now));
    Ok(delta)
}

/// Whether the new file has something else of the name in the same place, of which [`Changed`] knows. What both files
/// have is no such thing: modules, functions and macros can share a name.
fn is_replaced(removed: &Removed, base: &SourceFile, now: &SourceFile) -> bool {
    let Removed { module, of, name } = removed;
    let own_item = |item: &&Item| item.module == *module && item.names.contains(name) && item.self_type == *of;
    let had_item = |item: &Item| base.items.iter().any(|old| (&old.module, &old.key) == (&item.module, &item.key));
    let had_function = |key: &String| base.functions.iter().any(|old| old.module == *module && old.key == *key);
    let functions = now.functions.iter().filter(|function| function.module == *module && function.name == *name);
    match of {
        Some(_) => now.items.iter().any(|item| own_item(&item) && !had_item(item)),
        None => {
            let is_item = |item: &&Item| item.module == *module && item.names.contains(name) && !is_member(item);
            now.items.iter().any(|item| is_item(&item) && !had_item(item))
                || functions.into_iter().any(|function| function.owner.is_none() && !had_function(&function.key))
        }
    }
}

/// Whether an item is a type's, and not its module's.
fn is_member(item: &Item) -> bool {
    item.kind == ItemKind::AssociatedConst
}

/// The modules of a file that the other does not have, its own among them where there is no other. What is in them can
/// only be reached by their names; an item of theirs that has other effects takes a swap.
fn modules_only_in(file: Option<&SourceFile>, other: Option<&SourceFile>) -> Vec<Vec<String>> {
    let Some(other) = other else { return vec![Vec::new()] };
    let Some(file) = file else { return Vec::new() };
    let is_there =
        |item: &Item| other.items.iter().any(|there| (&there.module, &there.key) == (&item.module, &item.key));
    let modules = file.items.iter().filter(|item| item.kind == ItemKind::Module && !is_there(item));
    let plain = |name: &String| name.strip_prefix("r#").unwrap_or(name).to_owned();
    modules.flat_map(|item| item.names.iter().map(|name| [&item.module[..], &[plain(name)]].concat())).collect()
}

/// Whether a module is one of these, or inside of one.
fn is_in(modules: &[Vec<String>], module: &[String]) -> bool {
    modules.iter().any(|outer| module.starts_with(outer))
}

/// The modules that only the new file has, and those that only the base's has.
type Modules<'a> = (&'a [Vec<String>], &'a [Vec<String>]);

#[cfg(test)]
mod tests;

//! What uses something that means something else now.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::{Changed, Delta};
use crate::source::mentions::{ItemMention, Known, Method};
use crate::source::text::name_print;
use crate::source::uses::{Given, UseLeaf};
use crate::source::{Function, Item, ItemKind, SourceFile, std_traits};

/// What is known around a file.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The module that the file is, from the crate's root on.
    pub module: &'a [String],
    /// Modules of the crate into which globs bring names of the crates.
    pub globbed: &'a BTreeSet<Vec<String>>,
    /// Names that `use` lines of the crates give to something of another name.
    pub renamed: &'a HashSet<u64>,
    /// What names of types and modules mean.
    pub known: &'a Known,
    /// The macros of the crates, whose definitions are looked through like all else.
    pub macros: &'a HashSet<u64>,
}

impl Scene<'_> {
    fn inside(&self, inline: &[String]) -> Vec<String> {
        [self.module, inline].concat()
    }

    /// Whether a name alone may have meant this in a module.
    fn sees(&self, module: &[String], gone: &Gone) -> bool {
        gone.module.as_deref() == Some(module) || self.globbed.contains(module)
    }

    /// Whether a path in `module` may have led to this by a segment of this name before it.
    fn leads_to(&self, by: u64, module: &[String], gone: &Gone) -> bool {
        let is_last = |module: &[String]| module.last().is_some_and(|last| name_print(last) == by);
        let parent = || module.split_last().map_or(&[][..], |(_, around)| around);
        match ["crate", "self", "super"].map(|word| name_print(word) == by) {
            [true, ..] => self.sees(&[], gone),
            [_, true, _] => self.sees(module, gone),
            // Perhaps further up.
            [.., true] => {
                let up = |module: &[String]| parent().starts_with(module);
                gone.module.as_deref().is_some_and(up) || self.globbed.iter().any(|globbed| up(globbed))
            }
            _ => {
                gone.module.as_deref().is_none_or(is_last)
                    || self.renamed.contains(&by)
                    || self.globbed.iter().any(|globbed| is_last(globbed))
            }
        }
    }

    /// Whether a `use` line may have taken this.
    fn takes(&self, module: &[String], leaf: &UseLeaf, gone: &Gone) -> bool {
        let is_meant = |(at, segment): (usize, &String)| {
            *segment == gone.name
                && match at.checked_sub(1) {
                    Some(before) => self.leads_to(name_print(&leaf.path[before]), module, gone),
                    None => self.sees(module, gone) || self.sees(&[], gone),
                }
        };
        !leaf.is_of_std() && leaf.path.iter().enumerate().any(is_meant)
    }
}

/// Something that a crate does not have any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gone {
    /// The module that had it, from the crate's root on; `None` for one of another crate.
    pub module: Option<Vec<String>>,
    /// The type that had it; `None` for what the module itself had.
    pub of: Option<String>,
    /// Its name.
    pub name: String,
}

/// Whether all is well with a file where these things are removed from the crate.
///
/// # Errors
///
/// For people: one whose name may still have meant it. The compiler is to say what it means then.
pub fn without(now: &SourceFile, scene: &Scene<'_>, removed: &BTreeSet<Gone>) -> Result<(), String> {
    if removed.is_empty() {
        return Ok(());
    }
    let items = now.items.iter().flat_map(|item| {
        let own = item.of.iter().chain(&item.value).cloned();
        own.map(move |stretch| (item.kind, &item.module, stretch))
    });
    let functions = now.functions.iter().map(|function| (ItemKind::Other, &function.module, function.at.clone()));
    let stretches: Vec<_> = functions.chain(items).collect();
    let is_named = |gone: &&Gone| match &gone.of {
        Some(_) => stretches.iter().any(|(_, _, stretch)| now.mentions_member(stretch.clone(), &gone.name)),
        None => {
            let print = name_print(&gone.name);
            let mut others = stretches.iter().filter(|(kind, ..)| *kind != ItemKind::Use);
            others.any(|(kind, module, stretch)| {
                let module = scene.inside(module);
                let sees = || scene.sees(&module, gone) || now.has_glob(stretch.clone());
                let is_meant = |mention: &ItemMention| match mention {
                    // Where a macro is used is not asked.
                    _ if *kind == ItemKind::Macro => true,
                    ItemMention::Bare => sees(),
                    ItemMention::Qualified(qualifier) => qualifier.is_none_or(|by| scene.leads_to(by, &module, gone)),
                };
                now.mentions_of_item(stretch.clone(), print).iter().any(is_meant)
                    || now.mentions_in_text(stretch.clone(), &HashSet::from([print]))
            }) || leaves(now).any(|(module, leaf)| scene.takes(&scene.inside(module), leaf, gone))
        }
    };
    match removed.iter().find(is_named) {
        Some(gone) => {
            let of = gone.of.iter().map(|of| format!("{of}::")).collect::<String>();
            Err(format!("`{of}{}` was removed, and is still named", gone.name))
        }
        None => Ok(()),
    }
}

/// What the file's `use` lines bring in, each with its inline modules.
fn leaves(file: &SourceFile) -> impl Iterator<Item = (&Vec<String>, &UseLeaf)> {
    file.items.iter().flat_map(|item| item.leaves.iter().map(|leaf| (&item.module, leaf)))
}

/// Adds what uses something of a file that means something else now. `changed` is that of all files. What is added may
/// change more: it is done when nothing more comes.
///
/// # Errors
///
/// For people: something that uses it and can't be in a patch, or of which that is not certain.
pub fn add_dependents(now: &SourceFile, changed: &Changed, scene: &Scene<'_>, delta: &mut Delta) -> Result<(), String> {
    if changed.is_empty() {
        return Ok(());
    }
    let of_types = changed.of_types();
    check_macros(now, changed, &of_types, scene)?;
    let uses = |stretch: Range<usize>, own: Option<&str>| {
        !changed.names.is_empty() && now.mentions_name(stretch.clone(), &changed.names)
            || !changed.functions.is_empty() && now.mentions_function(stretch.clone(), &changed.functions)
            || !of_types.is_empty() && !now.mentions_of_methods(stretch.clone(), own, &of_types, scene.known).is_empty()
            || !changed.called.is_empty() && now.mentions_called(stretch, &changed.called)
    };
    let is_in_scope = |module: &[String], stretch: Range<usize>| {
        if changed.scopes.is_empty() {
            return false;
        }
        let module = scene.inside(module);
        let sees = changed.scopes.contains(&module) || scene.globbed.contains(&module) || now.has_glob(stretch.clone());
        sees && now.calls_methods(stretch)
    };
    for function in &now.functions {
        let name = (function.module.clone(), function.key.clone());
        let own = function.self_type.as_deref();
        let is_concerned = || uses(function.at.clone(), own) || is_in_scope(&function.module, function.body_at.clone());
        if delta.functions.contains(&name) || !is_concerned() {
            continue;
        }
        let key = &function.key;
        if uses(function.at.start..function.body_at.start, own) {
            return Err(format!("the signature of `{key}` uses what changed"));
        }
        if function.has_static {
            return Err(format!("`{key}`, which uses what changed, declares a static, which would begin anew"));
        }
        match &function.slot {
            Ok(_) => {}
            Err(_) if function.is_copyable => copy(function, delta),
            Err(why) => return Err(format!("`{key}`, which uses what changed, {why}")),
        }
        delta.endless.extend(function.is_endless.then(|| (key.clone(), function.body)));
        delta.functions.insert(name);
    }
    for item in now.items.iter().filter(|item| item.kind != ItemKind::Use) {
        let own = (item.module.clone(), item.key.clone());
        let is_text = |stretch: &Range<usize>, names| now.mentions_in_text(stretch.clone(), names);
        let is_use = |stretch: &Range<usize>| {
            let by_text = [&changed.in_texts, &changed.names, &changed.functions];
            uses(stretch.clone(), item.self_type.as_deref()) || by_text.iter().any(|names| is_text(stretch, names))
        };
        let is_value = |stretch: &Range<usize>| is_in_scope(&item.module, stretch.clone());
        let is_concerned = || item.of.iter().chain(&item.value).any(is_use) || item.value.iter().any(is_value);
        if delta.items.contains(&own) || !is_concerned() {
            continue;
        }
        match item.kind {
            ItemKind::Const if item.key != "const _" => {
                delta.items.insert(own);
                delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
            }
            ItemKind::AssociatedConst => {
                delta.items.insert(own);
                delta.changed.constant(item);
            }
            _ => return Err(format!("`{}` uses what changed", item.key)),
        }
    }
    for (_, leaf) in leaves(now).filter(|(_, leaf)| is_affected(leaf, changed)) {
        match &leaf.given {
            Given::Name(name) => drop(delta.changed.names.insert(name_print(name))),
            Given::Unnamed => {}
            Given::All => {
                let path = leaf.path.join("::");
                return Err(format!("`{path}::*` may bring in something else now"));
            }
        }
    }
    Ok(())
}

/// Whether what a `use` line brings in may be something else now.
pub fn is_affected(leaf: &UseLeaf, changed: &Changed) -> bool {
    !leaf.is_of_std() && leaf.path.iter().any(|segment| changed.has(name_print(segment)))
}

/// Checks that macros do not hide uses of methods.
fn check_macros(
    now: &SourceFile,
    changed: &Changed,
    of_types: &BTreeSet<Method>,
    scene: &Scene<'_>,
) -> Result<(), String> {
    let hides = |method: &&Method| std_traits::is_member(method.name);
    let may_be_hidden = !changed.by_value.is_empty()
        || !changed.called.is_empty()
        || !changed.scopes.is_empty()
        || changed.new_methods.iter().any(|method| hides(&method));
    // What is called by its type's path is hidden only in a macro that is given the type.
    let types: HashSet<u64> = changed.methods.iter().map(|method| method.of).chain([name_print("Self")]).collect();
    let is_given = |stretch: Range<usize>| {
        let mut names = now.names_in(stretch);
        names.any(|name| types.contains(&name) || scene.known.aliases.contains(&name) || scene.renamed.contains(&name))
    };
    let functions = now.functions.iter().map(|function| (&function.key, function.at.clone()));
    let items = now.items.iter().flat_map(|item| item.of.iter().map(|at| (&item.key, at.clone())));
    for (key, stretch) in functions.chain(items).filter(|_| !of_types.is_empty() || may_be_hidden) {
        if now.hands_to_macro(stretch.clone(), of_types) {
            return Err(format!("`{key}` gives a macro the name of a method that changed"));
        }
        let is_hidden = || may_be_hidden || !changed.methods.is_empty() && is_given(stretch.clone());
        if is_hidden() && now.calls_unknown_macro(stretch.clone(), scene.macros) {
            return Err(format!("`{key}` calls a macro of another crate, which may name a method that changed"));
        }
    }
    let made = &now.privacy.opaque;
    let is_made =
        |item: &&Item| item.kind == ItemKind::Type && item.names.iter().any(|name| made.contains(&name_print(name)));
    let has_changed =
        |item: &&Item| item.names.iter().any(|name| changed.methods.iter().any(|method| method.of == name_print(name)));
    match now.items.iter().filter(is_made).find(has_changed) {
        Some(item) => Err(format!("a macro on `{}` may use what changed", item.key)),
        None => Ok(()),
    }
}

/// Lets the patch have a copy of a function: whoever uses it is to use the copy.
pub(in crate::classify) fn copy(function: &Function, delta: &mut Delta) {
    delta.added.insert((function.module.clone(), function.key.clone()));
    let changed = &mut delta.changed;
    let name = name_print(&function.name);
    match &function.self_type {
        Some(of) => {
            changed.methods.insert(Method::new(of, &function.name));
            changed.by_value.extend(function.has_receiver.then_some(name));
            changed.in_texts.insert(name_print(of));
        }
        None => {
            changed.functions.insert(name);
            changed.in_texts.extend(function.module.iter().chain([&function.name]).map(|name| name_print(name)));
        }
    }
}

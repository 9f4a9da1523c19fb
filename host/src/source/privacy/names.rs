//! Names in a file's syntax.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, ItemTrait, TraitItem, Type, UseTree};

use crate::source::text::{self, name_print};

pub(super) fn print(name: &syn::Ident) -> u64 {
    name_print(&name.to_string())
}

pub(super) fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

/// The name of a type, or of what a reference leads to.
pub(super) fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| plain(&segment.ident)),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        _ => None,
    }
}

pub(super) fn members(item: &ItemTrait) -> Vec<u64> {
    let name = |inner: &TraitItem| match inner {
        TraitItem::Fn(inner) => Some(print(&inner.sig.ident)),
        TraitItem::Const(inner) => Some(print(&inner.ident)),
        TraitItem::Type(inner) => Some(print(&inner.ident)),
        _ => None,
    };
    item.items.iter().filter_map(name).collect()
}

/// What a `use` takes and gives; tells whether all of something is.
pub(super) fn leaves<'a>(
    tree: &'a UseTree,
    of: Option<&'a syn::Ident>,
    names: &mut Vec<(&'a syn::Ident, &'a syn::Ident)>,
) -> bool {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, Some(&path.ident), names),
        UseTree::Name(name) => {
            let name = of.filter(|_| name.ident == "self").unwrap_or(&name.ident);
            names.push((name, name));
            false
        }
        UseTree::Rename(rename) => {
            names.push((of.filter(|_| rename.ident == "self").unwrap_or(&rename.ident), &rename.rename));
            false
        }
        // Each of them.
        UseTree::Group(group) => group.items.iter().filter(|tree| leaves(tree, of, names)).count() > 0,
        UseTree::Glob(_) => true,
    }
}

/// What modules have of their own. A `use` may bring in a module alone, and leave a function of its name to globs; so
/// only names of types count there.
pub(super) fn declared(items: &[Item], module: &mut Vec<String>, found: &mut BTreeMap<Vec<String>, BTreeSet<u64>>) {
    for item in items {
        let name = match item {
            Item::Fn(item) => &item.sig.ident,
            Item::Struct(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Const(item) => &item.ident,
            Item::Static(item) => &item.ident,
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    module.push(plain(&item.ident));
                    declared(items, module, found);
                    module.pop();
                }
                continue;
            }
            Item::Use(item) => {
                let mut names = Vec::new();
                leaves(&item.tree, None, &mut names);
                let types = names.into_iter().map(|(_, name)| name);
                let types = types.filter(|name| name.to_string().starts_with(char::is_uppercase));
                found.entry(module.clone()).or_default().extend(types.map(print));
                continue;
            }
            _ => continue,
        };
        found.entry(module.clone()).or_default().insert(print(name));
    }
}

/// The names among these tokens.
pub(super) fn names_in(tokens: &impl ToTokens) -> Vec<String> {
    fn add(stream: TokenStream, names: &mut Vec<String>) {
        for tree in stream {
            match tree {
                TokenTree::Ident(name) => names.push(name.to_string()),
                TokenTree::Group(group) => add(group.stream(), names),
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    add(tokens.to_token_stream(), &mut names);
    names
}

/// The name of a tuple's field, as tokens have it: a number.
pub(super) fn number_print(number: &str) -> u64 {
    text::print(&format!("l{number}"))
}

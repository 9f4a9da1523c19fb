//! What the attributes of an item say.

use syn::{Attribute, Meta};

use super::cfg::Cfg;
use super::function;

/// The attributes of an item.
pub(super) fn attributes(item: &syn::Item) -> &[Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::ForeignMod(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::TraitAlias(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

pub(super) fn is_hot(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "hot")
}

/// Whether an attribute leaves an item's names alone: it neither adds one to the item's module nor removes one. Unknown derives
/// may add some.
pub(super) fn keeps_names(attribute: &Attribute) -> bool {
    const DERIVES: [&str; 26] = [
        "Arbitrary",
        "Args",
        "Clone",
        "Component",
        "Copy",
        "Debug",
        "Default",
        "Deserialize",
        "Diagnostic",
        "Display",
        "Eq",
        "Error",
        "FromRow",
        "Hash",
        "HotState",
        "HotType",
        "JsonSchema",
        "Ord",
        "Parser",
        "PartialEq",
        "PartialOrd",
        "Resource",
        "Serialize",
        "Subcommand",
        "ValueEnum",
        "Zeroize",
    ];
    const HELPERS: [&str; 8] = ["default", "error", "hot", "macro_use", "non_exhaustive", "path", "repr", "serde"];
    let is = |name: &str| attribute.path().is_ident(name);
    if is("derive") {
        let mut known = true;
        let parsed = attribute.parse_nested_meta(|derive| {
            known &= derive.path.segments.last().is_some_and(|last| DERIVES.iter().any(|name| last.ident == name));
            Ok(())
        });
        return known && parsed.is_ok();
    }
    function::is_built_in(attribute) || is_hot(attribute) || HELPERS.iter().any(|name| is(name))
}

/// The paths that a module may have under conditions.
pub(super) fn conditional_paths(attributes: &[Attribute]) -> Vec<(Cfg, String)> {
    let of = |attribute: &Attribute| -> Option<(Cfg, String)> {
        let Meta::List(list) = &attribute.meta else { return None };
        if !list.path.is_ident("cfg_attr") {
            return None;
        }
        let parser = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
        let mut metas = list.parse_args_with(parser).ok()?.into_iter();
        let condition = Cfg::of_meta(metas.next()?);
        let path = metas.find_map(|meta| match meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => text_of(&pair.value),
            _ => None,
        });
        Some((condition, path?))
    };
    attributes.iter().filter_map(of).collect()
}

fn text_of(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

pub(super) fn path_of(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => text_of(&pair.value),
        _ => None,
    })
}

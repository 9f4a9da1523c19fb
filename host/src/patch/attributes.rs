//! What an attribute does to the function, block or module that it stands at, as far as that is known.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Meta};

use crate::source::{ItemKind, SourceFile, function};

/// What becomes of an attribute in a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is the compiler's own.
    BuiltIn,
    /// It gives the function a name outside of Rust, which is the base's alone.
    Exports,
    /// It leaves the body as it is written and adds something beside it, which the base has already.
    AddsItems,
    /// It rewrites the body in a way that a patch can repeat, if the function keeps its name.
    Repeatable,
    /// It may do anything.
    Unknown,
}

/// What well-known macros do, by their crates: none of these but the repeatable ones changes the body that it stands on.
const KNOWN: [(&str, &[&str], Role); 7] = [
    (
        "actix_web",
        &["connect", "delete", "get", "head", "options", "patch", "post", "put", "route", "routes", "trace"],
        Role::AddsItems,
    ),
    ("async_trait", &["async_trait"], Role::AddsItems),
    ("axum", &["debug_handler"], Role::AddsItems),
    ("rocket", &["catch", "delete", "get", "head", "options", "patch", "post", "put", "route"], Role::AddsItems),
    ("tauri", &["command"], Role::AddsItems),
    ("tracing", &["instrument"], Role::Repeatable),
    ("utoipa", &["path"], Role::AddsItems),
];

/// The role of an attribute in this file.
pub(super) fn role(attribute: &Attribute, file: &SourceFile) -> Role {
    if function::exports(attribute) {
        return Role::Exports;
    }
    const MARKS: [&str; 8] = [
        "cfg_attr",
        "macro_export",
        "macro_use",
        "no_implicit_prelude",
        "non_exhaustive",
        "path",
        "target_feature",
        "track_caller",
    ];
    if function::is_built_in(attribute) || MARKS.iter().any(|mark| attribute.path().is_ident(mark)) {
        return Role::BuiltIn;
    }
    let path: Vec<String> = attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    let Some(name) = path.last() else { return Role::Unknown };
    let of = match &path[..] {
        // The boundary's own, by whatever path.
        [.., last] if last == "hot" => return Role::AddsItems,
        [of, _] => Some(of.clone()),
        _ => imported_from(name, file),
    };
    let known = KNOWN.iter().find(|(known, names, _)| Some(*known) == of.as_deref() && names.contains(&&**name));
    known.map_or(Role::Unknown, |(_, _, role)| *role)
}

/// The crate from which the file's `use` lines bring in a name.
fn imported_from(name: &str, file: &SourceFile) -> Option<String> {
    let lines = file.items.iter().filter(|item| item.kind == ItemKind::Use);
    let line = lines.filter(|item| item.names.iter().any(|own| own == name)).map(|item| &item.key);
    let of: Vec<&str> = line.filter_map(|key| key.trim_start_matches("::").split("::").next()).collect();
    // Two modules of the file may mean different ones.
    let first = of.first()?;
    of.iter().all(|other| other == first).then(|| (*first).to_owned())
}

/// What lets a repeatable attribute show this name for its function, which has another one in the patch, and where that is
/// put in; `None` if the attribute gives a name itself.
pub(super) fn keep_name(attribute: &Attribute, name: &str) -> Option<(usize, String)> {
    let list = match &attribute.meta {
        Meta::List(list) => list,
        other => return Some((other.path().span().byte_range().end, format!("(name = {name:?})"))),
    };
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    let names_it = |pair: &[TokenTree]| match pair {
        [TokenTree::Ident(key), TokenTree::Punct(equals)] => key == "name" && equals.as_char() == '=',
        _ => false,
    };
    let open = list.delimiter.span().open().byte_range().end;
    let comma = if tokens.is_empty() { "" } else { ", " };
    (!tokens.windows(2).any(names_it)).then(|| (open, format!("name = {name:?}{comma}")))
}

/// An attribute's name as people write it.
pub(super) fn name(attribute: &Attribute) -> String {
    attribute.path().to_token_stream().to_string().replace(' ', "")
}

/// Why a function with this attribute can't be in a patch, to be read after its name.
pub(super) fn may_rewrite(name: &str) -> String {
    format!("has the attribute `{name}`, which may rewrite it")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(attribute: &str, file: &str) -> Role {
        let attribute: syn::ItemFn = syn::parse_str(&format!("#[{attribute}] fn f() {{}}")).unwrap();
        role(&attribute.attrs[0], &SourceFile::read(file.as_bytes()).unwrap())
    }

    #[test]
    fn roles_are_known_by_crate_and_name() {
        for (attribute, file, expected) in [
            ("inline", "", Role::BuiltIn),
            ("clippy::all", "", Role::BuiltIn),
            ("track_caller", "", Role::BuiltIn),
            ("unsafe(no_mangle)", "", Role::Exports),
            ("hot", "", Role::AddsItems),
            ("liveswap::hot(x = 1)", "", Role::AddsItems),
            ("actix_web::get(\"/\")", "", Role::AddsItems),
            ("get(\"/\")", "use actix_web::{get, web};", Role::AddsItems),
            ("get(\"/\")", "mod a { use rocket::get; }", Role::AddsItems),
            ("get(\"/\")", "use actix_web::get; mod a { use mine::get; }", Role::Unknown),
            ("get(\"/\")", "use mine::get;", Role::Unknown),
            ("get(\"/\")", "use actix_web::*;", Role::Unknown),
            ("tracing::instrument(skip(x))", "", Role::Repeatable),
            ("instrument", "use tracing::instrument;", Role::Repeatable),
            ("tokio::main", "", Role::Unknown),
            ("pm::minus", "", Role::Unknown),
            ("minus", "use pm::minus;", Role::Unknown),
            ("async_trait", "use async_trait::async_trait;", Role::AddsItems),
        ] {
            assert_eq!(role_of(attribute, file), expected, "{attribute} with {file}");
        }
    }
}

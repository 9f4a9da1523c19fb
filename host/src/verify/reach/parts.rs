//! The parts of a definition.

use quote::ToTokens;
use syn::{Attribute, Fields, Generics};

use super::mentions::plain;
use crate::source::tidy;

/// A part of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is: `field`, `variant`, `method`.
    pub role: &'static str,
    /// Its name; empty for what has none.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What a definition says before its parts: `repr`, conditions and macros that may change it, and its generics.
pub(super) fn head(attributes: &[Attribute], generics: &Generics) -> Vec<Part> {
    let mut parts = Vec::new();
    let matters = |attribute: &&Attribute| {
        let name = attribute.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        !WITHOUT_EFFECT.contains(&name.as_str())
            && (attribute.path().segments.len() > 1 || !HELPERS.contains(&name.as_str()))
    };
    for attribute in attributes.iter().filter(matters) {
        let name = attribute.path().segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        parts.push(Part { role: "attribute", name, text: tidy(&attribute.meta) });
    }
    if !generics.params.is_empty() {
        let condition = generics.where_clause.as_ref().map(tidy).unwrap_or_default();
        parts.push(Part {
            role: "generics",
            name: String::new(),
            text: format!("{} {condition}", tidy(generics)).trim().to_owned(),
        });
    }
    parts
}

/// Attributes that change nothing of a definition.
const WITHOUT_EFFECT: &[&str] = &[
    "derive",
    "doc",
    "allow",
    "warn",
    "deny",
    "expect",
    "forbid",
    "must_use",
    "deprecated",
    "non_exhaustive",
    "inline",
    "diagnostic",
    "default",
];

/// Attributes that only derives read.
const HELPERS: &[&str] = &["serde", "hot", "error", "clap", "arg", "command", "sqlx"];

/// The fields of a struct or a variant.
pub(super) fn fields(of: &Fields) -> Vec<Part> {
    let fields = of.iter().enumerate();
    let part = |(number, field): (usize, &syn::Field)| {
        let name = field.ident.as_ref().map_or_else(|| number.to_string(), |name| plain(&name.to_string()));
        Part { role: "field", name, text: conditions(&field.attrs) + &tidy(&field.ty) }
    };
    fields.map(part).collect()
}

/// The conditions of compilation, before a part's text.
pub(super) fn conditions(attributes: &[Attribute]) -> String {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.map(|attribute| format!("{} ", tidy(attribute))).collect()
}

/// A part without a name.
pub(super) fn whole(role: &'static str, text: &impl ToTokens) -> Part {
    Part { role, name: String::new(), text: tidy(text) }
}

//! The paths that a definition mentions.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Generics};

/// A path that a definition mentions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The names of the path.
    pub path: Vec<String>,
    /// Whether it is the trait of a trait object.
    pub is_dyn: bool,
}

/// The paths of what a definition is made of.
#[derive(Default, Clone)]
pub(super) struct Mentions {
    pub(super) found: BTreeSet<Mention>,
    /// Generic parameters, which are no names of types.
    parameters: BTreeSet<String>,
}

impl Mentions {
    /// None so far, of a definition with these parameters.
    pub(super) fn without(generics: &Generics) -> Self {
        let parameters = generics.params.iter().filter_map(|parameter| match parameter {
            syn::GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            syn::GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
            syn::GenericParam::Lifetime(_) => None,
        });
        let parameters = parameters.chain(["Self".to_owned()]).collect();
        Self { found: BTreeSet::new(), parameters }
    }

    fn add(&mut self, path: &syn::Path, is_dyn: bool) {
        let mut path: Vec<String> = path.segments.iter().map(|segment| plain(&segment.ident.to_string())).collect();
        if path.first().is_some_and(|first| self.parameters.contains(first)) {
            path.remove(0);
        }
        if !path.is_empty() {
            self.found.insert(Mention { path, is_dyn });
        }
    }
}

impl<'a> Visit<'a> for Mentions {
    fn visit_path(&mut self, path: &'a syn::Path) {
        self.add(path, false);
        visit::visit_path(self, path);
    }

    fn visit_type_trait_object(&mut self, object: &'a syn::TypeTraitObject) {
        for bound in &object.bounds {
            if let syn::TypeParamBound::Trait(bound) = bound {
                self.add(&bound.path, true);
            }
        }
        visit::visit_type_trait_object(self, object);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.add(&call.path, false);
        self.found.extend(words(&call.tokens).map(|word| Mention { path: vec![word], is_dyn: false }));
    }

    // The attributes of fields say nothing of the type.
    fn visit_attribute(&mut self, _: &'a Attribute) {}
}

/// The identifiers in a stretch of tokens.
pub(super) fn words(tokens: &impl ToTokens) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut open = vec![tokens.to_token_stream()];
    while let Some(stream) = open.pop() {
        for token in stream {
            match token {
                proc_macro2::TokenTree::Ident(word) => words.push(plain(&word.to_string())),
                proc_macro2::TokenTree::Group(group) => open.push(group.stream()),
                _ => {}
            }
        }
    }
    words.into_iter()
}

/// A name without `r#`.
pub(super) fn plain(name: &str) -> String {
    name.strip_prefix("r#").unwrap_or(name).to_owned()
}

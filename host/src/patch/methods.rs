//! Methods: a patch has them in a trait of its own.

use std::fmt::Write;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericParam, Generics, ImplItemConst, ItemImpl, Signature, Type};

/// Why the methods of this block can't be in a patch; `None` where they can.
pub(super) fn obstacle(item: &ItemImpl) -> Option<&'static str> {
    match &*item.self_ty {
        Type::TraitObject(_) | Type::Slice(_) => Some("is a method of a type without a size"),
        Type::Path(path) if path.path.is_ident("str") => Some("is a method of a type without a size"),
        _ => None,
    }
}

/// The declaration of a trait with these methods and constants, in one line. Each method comes with the name that it has
/// there.
pub(super) fn declaration(
    name: &str,
    item: &ItemImpl,
    methods: &[(String, &Signature)],
    constants: &[&ImplItemConst],
) -> String {
    let mut text = format!(
        " #[allow(async_fn_in_trait)] pub trait {name}{}: ::std::marker::Sized",
        parameters(&item.generics, true)
    );
    // What `Self::Item` means is known by the trait that the block is of.
    if let Some((path, _)) = &item.trait_ {
        let _ = write!(text, " + {}", with_lifetimes(path.to_token_stream()));
    }
    if let Some(clause) = &item.generics.where_clause {
        let _ = write!(text, " {}", clause.to_token_stream());
    }
    text += " {";
    for constant in constants {
        let name = renamed(&constant.ident.to_string());
        let _ = write!(text, " const {name}: {};", with_lifetimes(constant.ty.to_token_stream()));
    }
    for (name, signature) in methods {
        let mut signature = (*signature).clone();
        signature.ident = syn::Ident::new(name, signature.ident.span());
        // A copy of a `const fn`; where a constant is made by it, rustc says that it is none.
        signature.constness = None;
        for input in &mut signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    receiver.attrs.clear();
                    receiver.mutability = None;
                }
                FnArg::Typed(typed) => {
                    typed.attrs.clear();
                    *typed.pat = syn::parse_quote!(_);
                }
            }
        }
        let _ = write!(text, " {};", signature.to_token_stream());
    }
    text + " } "
}

/// What stands between `impl<…>` and the type: the trait, with its parameters.
pub(super) fn implemented(name: &str, item: &ItemImpl) -> String {
    format!(" {name}{} for ", parameters(&item.generics, false))
}

/// The type as a path can begin with it: lifetimes are left to the compiler.
pub(super) fn self_type(ty: &impl ToTokens) -> String {
    erased(ty.to_token_stream()).to_string()
}

/// The trait's lifetimes where a path names it.
pub(super) fn any_lifetimes(generics: &Generics) -> String {
    let count = generics.lifetimes().count();
    if count == 0 { String::new() } else { format!("<{}>", vec!["'_"; count].join(", ")) }
}

/// The name that a method or a constant has in its trait.
pub(super) fn renamed(name: &str) -> String {
    format!("__liveswap_{}", name.strip_prefix("r#").unwrap_or(name))
}

/// The module of the root in which each module finds the traits with copies, so that their methods can be called.
pub(super) const ALL: &str = "__liveswap_methods";

/// That module; `traits` are paths from the root, `parts` other parts of the patch that have it.
pub(super) fn all(traits: &[String], parts: &[String]) -> String {
    // Without names: other parts' must not be hidden.
    let own = traits.iter().map(|path| format!("pub use crate::{path} as _; "));
    let others = parts.iter().map(|part| format!("pub use ::{part}::{ALL}::*; "));
    let each: String = own.chain(others).collect();
    format!(" #[allow(unused_imports)] pub mod {ALL} {{ {each}}} ")
}

fn parameters(generics: &Generics, with_bounds: bool) -> String {
    let each = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(lifetime) if with_bounds => lifetime.to_token_stream().to_string(),
        GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_string(),
        GenericParam::Type(ty) if with_bounds => ty.to_token_stream().to_string(),
        GenericParam::Type(ty) => ty.ident.to_string(),
        GenericParam::Const(constant) if with_bounds => constant.to_token_stream().to_string(),
        GenericParam::Const(constant) => constant.ident.to_string(),
    });
    let all: Vec<String> = each.collect();
    if all.is_empty() { String::new() } else { format!("<{}>", all.join(", ")) }
}

/// The tokens with `'static` for each lifetime that is left to the compiler, which bounds of a trait can't do. What a
/// trait gives does not depend on it, but for a type that names it.
pub(super) fn with_lifetimes(stream: TokenStream) -> TokenStream {
    let mut trees = stream.into_iter().peekable();
    let mut named = TokenStream::new();
    let fixed = |name: &str| syn::Lifetime::new(name, proc_macro2::Span::call_site()).into_token_stream();
    while let Some(tree) = trees.next() {
        let is = |tree: Option<&TokenTree>, character| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == character);
        match tree {
            TokenTree::Group(group) => {
                let inside = with_lifetimes(group.stream());
                named.extend([TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inside))]);
            }
            tree if is(Some(&tree), '&') && !is(trees.peek(), '\'') => {
                named.extend([tree]);
                named.extend(fixed("'static"));
            }
            tree if is(Some(&tree), '\'') && matches!(trees.peek(), Some(TokenTree::Ident(name)) if name == "_") => {
                trees.next();
                named.extend(fixed("'static"));
            }
            tree => named.extend([tree]),
        }
    }
    named
}

/// The tokens with `'_` for each lifetime but `'static`.
fn erased(stream: TokenStream) -> TokenStream {
    let mut after_quote = false;
    let erase = |tree| match tree {
        TokenTree::Group(group) => {
            let mut erased = proc_macro2::Group::new(group.delimiter(), erased(group.stream()));
            erased.set_span(group.span());
            TokenTree::Group(erased)
        }
        TokenTree::Ident(ident) if std::mem::take(&mut after_quote) && ident != "static" => {
            TokenTree::Ident(proc_macro2::Ident::new("_", ident.span()))
        }
        TokenTree::Punct(punct) => {
            after_quote = punct.as_char() == '\'';
            TokenTree::Punct(punct)
        }
        tree => tree,
    };
    stream.into_iter().map(erase).collect()
}

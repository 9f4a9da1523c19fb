//! What may be hot, and what a signature looks like from the other side of the boundary.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, FnArg, GenericParam, Generics, Ident, Lifetime, Pat, ReceiverKind, ReturnType, Safety, Signature, Type,
    parse_quote,
};

use crate::deadline;

/// The most arguments that an entry may have, `self` among them.
const MOST_ARGUMENTS: usize = 12;

/// One argument of a hot function.
pub(crate) struct Argument {
    /// The name by which the function's body has it.
    pub(crate) name: Ident,
    /// Its type, with `Self` written out.
    pub(crate) ty: Type,
    /// Whether only its size, alignment and name are compared.
    pub(crate) opaque: bool,
}

/// Refuses what can't be an entry, and says what to write instead; `or` says what else could be done.
pub(crate) fn check(signature: &Signature, or: &str) -> syn::Result<()> {
    let refuse = |tokens: &dyn ToTokens, message: &str| Err(syn::Error::new_spanned(tokens, format!("{message}{or}")));
    if let Some(token) = &signature.constness {
        return refuse(
            token,
            "a `const fn` can't be hot: it may run in the compiler; remove `const`, or call a hot function from an ordinary one",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        return refuse(token, "an `unsafe fn` can't be hot: mark the safe function that calls it");
    }
    if let Some(abi) = &signature.abi {
        return refuse(abi, "an `extern` function can't be hot: let it call a hot function");
    }
    if let Some(variadic) = &signature.variadic {
        return refuse(variadic, "a variadic function can't be hot: pass a slice");
    }
    for parameter in &signature.generics.params {
        match parameter {
            GenericParam::Lifetime(_) => {}
            GenericParam::Type(_) | GenericParam::Const(_) => {
                return refuse(
                    parameter,
                    "a generic function can't be hot: each type would need an entry of its own; make it hot for one type, or take `&dyn Trait` with `#[hot(opaque)]`",
                );
            }
        }
    }
    for argument in &signature.inputs {
        let FnArg::Typed(typed) = argument else { continue };
        if let Some(cfg) = typed.attrs.iter().find(|a| a.path().is_ident("cfg") || a.path().is_ident("cfg_attr")) {
            return refuse(
                cfg,
                "an argument of a hot function is there in every build: write the function twice, each with a `#[cfg]` of its own",
            );
        }
        if let Some(found) = find_impl_trait(&typed.ty) {
            return refuse(
                &found,
                "`impl Trait` in an argument makes the function generic, so it can't be hot; take `&dyn Trait` or `Box<dyn Trait>`, with `#[hot(opaque)]` before the argument",
            );
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        if let Some(found) = find_impl_trait(ty) {
            return refuse(
                &found,
                "a hot function can't return `impl Trait`: new code may return another type; return `Box<dyn Trait>`, with `#[hot(opaque_output)]` on the function",
            );
        }
        if matches!(**ty, Type::Never(_)) {
            return refuse(ty, "a hot function must return: a call that never ends would never see new code");
        }
    }
    if signature.inputs.len() > MOST_ARGUMENTS {
        return refuse(&signature.inputs, "a hot function takes at most 12 arguments; put some into a struct");
    }
    Ok(())
}

/// Whether the signature says `Self`.
pub(crate) fn names_self(signature: &Signature) -> bool {
    let is_self = |ty: &Type| matches!(ty, Type::Path(path) if path.path.segments.first().is_some_and(|first| first.ident == "Self"));
    let arguments = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let output = match &signature.output {
        ReturnType::Type(_, ty) => Some(&**ty),
        ReturnType::Default => None,
    };
    arguments.chain(output).any(|ty| find(ty, is_self).is_some())
}

pub(crate) fn find_impl_trait(ty: &Type) -> Option<Type> {
    find(ty, |ty| matches!(ty, Type::ImplTrait(_)))
}

/// The first part of `ty`, itself included, that is `wanted`.
pub(crate) fn find(ty: &Type, wanted: impl FnMut(&Type) -> bool) -> Option<Type> {
    struct Find<F>(F, Option<Type>);
    impl<F: FnMut(&Type) -> bool> VisitMut for Find<F> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if self.1.is_none() && (self.0)(ty) {
                self.1 = Some(ty.clone());
            }
            visit_mut::visit_type_mut(self, ty);
        }
    }
    let mut find = Find(wanted, None);
    find.visit_type_mut(&mut ty.clone());
    find.1
}

/// Takes the arguments of `signature` apart: patterns get names, `#[hot(opaque)]` is taken off, and the `let`s that
/// bind the patterns are returned for the start of the body.
pub(crate) fn arguments(
    signature: &mut Signature,
    self_type: Option<&SelfType>,
) -> syn::Result<(Vec<Argument>, TokenStream)> {
    let mut arguments = Vec::new();
    let mut bindings = TokenStream::new();
    let function = signature.ident.clone();
    for (position, input) in signature.inputs.iter_mut().enumerate() {
        let attributes = match input {
            FnArg::Receiver(receiver) => &mut receiver.attrs,
            FnArg::Typed(typed) => &mut typed.attrs,
        };
        let opaque = take_option(attributes, "opaque")?;
        match input {
            FnArg::Receiver(receiver) => {
                let ty = placed_at(&written_out(&receiver_type(receiver), self_type), receiver.self_token.span);
                arguments.push(Argument { name: receiver.self_token.into(), ty, opaque });
            }
            FnArg::Typed(typed) => {
                let name = match &*typed.pat {
                    // Where the entry is described, the function's name must mean the function.
                    Pat::Ident(ident)
                        if ident.by_ref.is_none() && ident.subpat.is_none() && ident.ident != function =>
                    {
                        ident.ident.clone()
                    }
                    pattern => {
                        let name = quote::format_ident!("__argument_{position}");
                        let ty = &typed.ty;
                        bindings.extend(quote::quote!(let #pattern: #ty = #name;));
                        *typed.pat = parse_quote!(#name);
                        name
                    }
                };
                arguments.push(Argument { name, ty: written_out(&typed.ty, self_type), opaque });
            }
        }
    }
    Ok((arguments, bindings))
}

fn receiver_type(receiver: &syn::Receiver) -> Type {
    match &receiver.kind {
        // Of its own tokens, so that an error points at it.
        ReceiverKind::Reference(and, lifetime, mutability) => parse_quote!(#and #lifetime #mutability Self),
        ReceiverKind::Typed(_, ty) => (**ty).clone(),
        _ => parse_quote!(Self),
    }
}

/// `ty` as if it were written at `place`: `Self` is shown where it is meant, not where the `impl` says what it is.
fn placed_at(ty: &Type, place: Span) -> Type {
    let tokens = ty.to_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    let tokens: TokenStream = tokens.collect();
    parse_quote!(#tokens)
}

/// Removes `#[hot(OPTION)]` from `attributes` and says whether it was there.
pub(crate) fn take_option(attributes: &mut Vec<Attribute>, option: &str) -> syn::Result<bool> {
    let mut found = false;
    let mut wrong = None;
    attributes.retain(|attribute| {
        if !attribute.path().is_ident("hot") {
            return true;
        }
        match attribute.parse_args::<Ident>() {
            Ok(name) if name == option => found = true,
            Ok(name) => {
                wrong =
                    Some(syn::Error::new(name.span(), format!("unknown option `{name}`; here only `{option}` fits")));
            }
            Err(_) => {
                let message = match deadline::is_in(attribute) {
                    true => "a deadline is for a function: write it before `fn`".to_owned(),
                    false => format!("write `#[hot({option})]`"),
                };
                wrong = Some(syn::Error::new_spanned(attribute, message));
            }
        }
        false
    });
    wrong.map_or(Ok(found), Err)
}

/// The type of an `impl` block, and the trait that it implements.
pub(crate) struct SelfType {
    pub(crate) ty: Type,
    pub(crate) implemented: Option<syn::Path>,
}

/// `ty` with `Self` written out, for items outside of the `impl` block.
pub(crate) fn written_out(ty: &Type, self_type: Option<&SelfType>) -> Type {
    struct WriteOut<'a>(&'a SelfType);
    impl VisitMut for WriteOut<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            let Type::Path(path) = ty else { return visit_mut::visit_type_mut(self, ty) };
            if path.qself.is_some() || path.path.segments.first().is_none_or(|first| first.ident != "Self") {
                return visit_mut::visit_type_mut(self, ty);
            }
            let SelfType { ty: self_type, implemented } = self.0;
            let rest: Vec<_> = path.path.segments.iter().skip(1).cloned().collect();
            *ty = match (rest.is_empty(), implemented) {
                (true, _) => self_type.clone(),
                (false, Some(implemented)) => parse_quote!(<#self_type as #implemented>::#(#rest)::*),
                (false, None) => parse_quote!(<#self_type>::#(#rest)::*),
            };
        }
    }
    let mut ty = ty.clone();
    if let Some(self_type) = self_type {
        WriteOut(self_type).visit_type_mut(&mut ty);
    }
    ty
}

/// The signature as text, without names, as both sides of the boundary compare it: `async fn(&mut State, f32) -> u32`.
pub(crate) fn text(signature: &Signature, arguments: &[Argument], output: &Type) -> String {
    let generics = match lifetimes(&signature.generics) {
        lifetimes if lifetimes.is_empty() => String::new(),
        lifetimes => format!("for<{}> ", lifetimes.iter().map(Lifetime::to_string).collect::<Vec<_>>().join(", ")),
    };
    let is_async = if signature.asyncness.is_some() { "async " } else { "" };
    let arguments: Vec<_> = arguments.iter().map(|argument| tidy(&argument.ty)).collect();
    let output = match output {
        Type::Tuple(tuple) if tuple.elems.is_empty() => String::new(),
        ty => format!(" -> {}", tidy(ty)),
    };
    format!("{generics}{is_async}fn({}){output}", arguments.join(", "))
}

fn lifetimes(generics: &Generics) -> Vec<Lifetime> {
    generics.lifetimes().map(|parameter| parameter.lifetime.clone()).collect()
}

/// A type as people write it: tokens print with spaces everywhere.
pub(crate) fn tidy(ty: &impl ToTokens) -> String {
    let spaced = ty.to_token_stream().to_string();
    let mut text = String::with_capacity(spaced.len());
    let tight_after = ["&", "<", "(", "[", "::", "'", "*"];
    let tight_before = [">", ")", "]", "::", ",", ";"];
    for word in spaced.split_whitespace() {
        let glued = text.is_empty()
            || tight_after.iter().any(|end| text.ends_with(end))
            || tight_before.iter().any(|start| word.starts_with(start))
            // `Vec<u8>`, but `(u8, <T as Trait>::Item)`.
            || (word.starts_with('<') && text.ends_with(|last: char| last.is_alphanumeric() || last == '_'));
        if !glued {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(mut signature: Signature) -> String {
        let output = match &signature.output {
            ReturnType::Default => parse_quote!(()),
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        let (arguments, _) = arguments(&mut signature, None).unwrap();
        text(&signature, &arguments, &output)
    }

    #[test]
    fn signatures_read_as_written() {
        assert_eq!(
            shown(parse_quote!(fn update(state: &mut State, (a, b): (u8, [f32; 2])) -> Vec<Option<&str>>)),
            "fn(&mut State, (u8, [f32; 2])) -> Vec<Option<&str>>"
        );
        assert_eq!(
            shown(parse_quote!(async fn get<'a>(from: &'a std::sync::Arc<Db>))),
            "for<'a> async fn(&'a std::sync::Arc<Db>)"
        );
    }

    #[test]
    fn self_is_written_out() {
        let self_type = SelfType { ty: parse_quote!(Game<'a>), implemented: Some(parse_quote!(Iterator)) };
        let ty: Type = parse_quote!(Option<(&mut Self, Self::Item)>);
        assert_eq!(tidy(&written_out(&ty, Some(&self_type))), "Option<(&mut Game<'a>, <Game<'a> as Iterator>::Item)>");
    }
}

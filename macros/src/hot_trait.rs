//! `#[hot]` on traits: the trait stays as it is, and its trait objects describe their vtable. Pointers to them may be kept
//! as state, which is moved as it is.
//!
//! In every build: a type that derives `HotType` needs it of its fields whether or not hot code is on.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, GenericParam, Generics, ItemTrait, Lifetime, ReturnType, Signature, TraitItem, Type,
    TypeParamBound, WherePredicate, parse_quote,
};

use crate::{deadline, describe, signature};

/// What to write where a trait can't be described.
const WAY_OUT: &str =
    "remove `#[hot]` here, and write `#[hot(opaque)]` before the fields and arguments that hold its trait objects";

const NO_DEADLINE: &str =
    "a trait's function has no deadline; write it on the function in a `#[hot]` impl block of the trait";

pub(crate) fn expand(mut item: ItemTrait) -> syn::Result<TokenStream> {
    if let Some(parameter) = item.generics.params.iter().find(|it| !matches!(it, GenericParam::Lifetime(_))) {
        let message = format!("a trait with type parameters can't be described; {WAY_OUT}");
        return Err(syn::Error::new_spanned(parameter, message));
    }
    let mut methods = Vec::new();
    for part in &mut item.items {
        let (place, message): (&dyn ToTokens, _) = match part {
            TraitItem::Fn(method) => {
                deadline::refuse(&method.attrs, NO_DEADLINE)?;
                let opaque_output = signature::take_option(&mut method.attrs, "opaque_output")?;
                let described = Method::of(&method.sig, &method.attrs, opaque_output)?;
                without_options(&mut method.sig);
                methods.extend(described);
                continue;
            }
            TraitItem::Type(associated) => {
                (&associated.ident, format!("a trait with associated types can't be described; {WAY_OUT}"))
            }
            TraitItem::Const(constant) => {
                (&constant.ident, "a trait with constants has no trait objects; remove `#[hot]`".into())
            }
            other => (other, format!("what this adds to the trait is not known here: write it out; or {WAY_OUT}")),
        };
        return Err(syn::Error::new_spanned(place, message));
    }
    let supertraits = Supertraits::of(&item)?;
    let implementations = implementations(&item, &methods, &supertraits);
    Ok(quote!(#item #implementations))
}

/// A method that is called through trait objects.
struct Method {
    name: String,
    text: String,
    arguments: Vec<TokenStream>,
    output: TokenStream,
    /// The lifetimes of the method.
    generics: Generics,
    /// Its `#[cfg]`s: an attribute on a trait sees also what these leave out.
    cfgs: Vec<Attribute>,
}

impl Method {
    /// `None` where the method is not for trait objects.
    fn of(written: &Signature, attributes: &[Attribute], opaque_output: bool) -> syn::Result<Option<Method>> {
        let mut signature = written.clone();
        let (arguments, _) = signature::arguments(&mut signature, None)?;
        if needs_sized(&signature.generics) {
            return Ok(None);
        }
        check(written)?;
        let output: Type = match &signature.output {
            ReturnType::Type(_, ty) => (**ty).clone(),
            ReturnType::Default => parse_quote!(()),
        };
        // `!` has no name outside of a signature.
        let never = parse_quote!(::core::convert::Infallible);
        let described = if matches!(output, Type::Never(_)) { &never } else { &output };
        let is_unsafe = if matches!(signature.safety, syn::Safety::Unsafe(_)) { "unsafe " } else { "" };
        let abi = signature.abi.as_ref().map(|abi| abi.to_token_stream().to_string() + " ").unwrap_or_default();
        Ok(Some(Method {
            name: signature.ident.to_string(),
            text: format!("{is_unsafe}{abi}{}", signature::text(&signature, &arguments, &output)),
            // `self` is the trait object itself.
            arguments: arguments[1..].iter().map(|argument| describe::layout(&argument.ty, argument.opaque)).collect(),
            output: describe::layout(described, opaque_output),
            generics: lifetimes_of(&signature.generics),
            cfgs: attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect(),
        }))
    }
}

fn without_options(signature: &mut Signature) {
    for input in &mut signature.inputs {
        let attributes = match input {
            FnArg::Receiver(receiver) => &mut receiver.attrs,
            FnArg::Typed(typed) => &mut typed.attrs,
        };
        attributes.retain(|attribute| !attribute.path().is_ident("hot"));
    }
}

/// Refuses what can't be called through a trait object, in other words than the compiler, which only speaks of the trait.
fn check(signature: &Signature) -> syn::Result<()> {
    let refuse = |place: &dyn ToTokens, what: &str, instead: &str| {
        let message = format!("{what} can't be called through a trait object; {instead}add `where Self: Sized` to it");
        Err(syn::Error::new_spanned(place, message))
    };
    if signature.receiver().is_none() {
        return refuse(&signature.ident, "a function without `self`", "");
    }
    if let Some(token) = &signature.asyncness {
        return refuse(token, "an `async fn`", "return `Pin<Box<dyn Future<Output = …> + '_>>`, or ");
    }
    if let Some(parameter) = signature.generics.params.iter().find(|it| !matches!(it, GenericParam::Lifetime(_))) {
        return refuse(parameter, "a generic method", "take `&dyn Trait`, or ");
    }
    if signature::names_self(signature) {
        return refuse(&signature.ident, "a method with `Self` in another place than `self`", "");
    }
    let outputs = match &signature.output {
        ReturnType::Type(_, ty) => Some(&**ty),
        ReturnType::Default => None,
    };
    let arguments = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    for typed in arguments.clone() {
        if let Some(cfg) = typed.attrs.iter().find(|a| a.path().is_ident("cfg") || a.path().is_ident("cfg_attr")) {
            let message = "an argument of a hot trait's method is there in every build: write the method twice, each with a `#[cfg]` of its own";
            return Err(syn::Error::new_spanned(cfg, message));
        }
    }
    if let Some(found) = arguments.map(|typed| &*typed.ty).chain(outputs).find_map(signature::find_impl_trait) {
        return refuse(&found, "a method with `impl Trait`", "write `Box<dyn Trait>`, or ");
    }
    Ok(())
}

/// Whether there is `where Self: Sized`.
fn needs_sized(generics: &Generics) -> bool {
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    predicates.filter_map(bounds_of_self).flatten().any(|bound| name_of(bound).is_some_and(|name| name == "Sized"))
}

/// The bounds of `Self: …`.
fn bounds_of_self(predicate: &WherePredicate) -> Option<impl Iterator<Item = &TypeParamBound>> {
    match predicate {
        WherePredicate::Type(predicate) if signature::tidy(&predicate.bounded_ty) == "Self" => {
            Some(predicate.bounds.iter())
        }
        _ => None,
    }
}

/// The last segment of a trait's path.
fn name_of(bound: &TypeParamBound) -> Option<String> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

struct Supertraits {
    text: String,
    /// The descriptions of those with methods, which are in the vtable too.
    described: Vec<TokenStream>,
}

impl Supertraits {
    fn of(item: &ItemTrait) -> syn::Result<Supertraits> {
        let predicates = item.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let bounds: Vec<_> = item.supertraits.iter().chain(predicates.filter_map(bounds_of_self).flatten()).collect();
        let mut described = Vec::new();
        for bound in &bounds {
            match name_of(bound).as_deref() {
                // A lifetime.
                None => {}
                Some("Send" | "Sync" | "Unpin" | "UnwindSafe" | "RefUnwindSafe") => {}
                Some(
                    name
                    @ ("Sized" | "Clone" | "Copy" | "Default" | "PartialEq" | "Eq" | "PartialOrd" | "Ord" | "Hash"),
                ) => {
                    let message = format!("a trait that demands `{name}` has no trait objects; remove `#[hot]`");
                    return Err(syn::Error::new_spanned(bound, message));
                }
                Some(_) => described.push(quote_spanned!(bound.span()=> <dyn #bound as ::liveswap::HotType>::info)),
            }
        }
        Ok(Supertraits { text: bounds.iter().map(signature::tidy).collect::<Vec<_>>().join(" + "), described })
    }
}

/// The lifetimes alone, with what is demanded of them.
fn lifetimes_of(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    if let Some(clause) = &mut generics.where_clause {
        let predicates = clause.predicates.iter().filter(|it| matches!(it, WherePredicate::Lifetime(_)));
        clause.predicates = predicates.cloned().collect();
    }
    generics
}

fn implementations(item: &ItemTrait, methods: &[Method], supertraits: &Supertraits) -> TokenStream {
    let ident = &item.ident;
    let of_trait = lifetimes_of(&item.generics);
    let (_, arguments, _) = of_trait.split_for_impl();
    let names: Vec<_> = (0..methods.len()).map(|position| format_ident!("__liveswap_method_{position}")).collect();
    let functions = methods.iter().zip(&names).map(|(method, function)| {
        let Method { name, text, arguments, output, generics, cfgs } = method;
        let mut all = of_trait.clone();
        all.params.extend(generics.params.iter().cloned());
        let demanded: Vec<_> =
            generics.where_clause.iter().flat_map(|clause| clause.predicates.iter().cloned()).collect();
        if !demanded.is_empty() {
            all.make_where_clause().predicates.extend(demanded);
        }
        let (parameters, _, clause) = all.split_for_impl();
        quote! {
            #(#cfgs)*
            const fn #function #parameters() -> ::liveswap::layout::Method #clause {
                ::liveswap::layout::Method {
                    name: #name,
                    signature: #text,
                    arguments: const { &[#(#arguments),*] },
                    output: #output,
                }
            }
        }
    });
    let cfgs = methods.iter().map(|method| &method.cfgs);
    let calls: Vec<_> = cfgs.zip(&names).map(|(cfgs, function)| quote!(#(#cfgs)* #function())).collect();
    let Supertraits { text, described } = supertraits;
    let lifetime = Lifetime::new("'__liveswap", Span::call_site());
    let mut generics = of_trait.clone();
    generics.params.push(parse_quote!(#lifetime));
    let (parameters, _, clause) = generics.split_for_impl();
    let markers = [
        quote!(),
        quote!(+ ::core::marker::Send),
        quote!(+ ::core::marker::Sync),
        quote!(+ ::core::marker::Send + ::core::marker::Sync),
    ];
    let objects = markers.iter().map(|markers| {
        quote! {
            unsafe impl #parameters ::liveswap::HotType for dyn #ident #arguments #markers + #lifetime #clause {
                fn info() -> &'static ::liveswap::layout::TypeInfo {
                    const {
                        &::liveswap::layout::TypeInfo {
                            name: ::core::any::type_name::<Self>,
                            size: 0,
                            align: 1,
                            repr: "",
                            kind: ::liveswap::layout::Kind::Trait {
                                methods: const { &[#(#calls),*] },
                                supertraits: #text,
                                supers: const { &[#(#described),*] },
                            },
                        }
                    }
                }
            }

            unsafe impl #parameters ::liveswap::state::PointedTo for dyn #ident #arguments #markers + #lifetime #clause {}
        }
    });
    quote! {
        #[allow(unsafe_code, deprecated, single_use_lifetimes)]
        #[allow(clippy::needless_lifetimes, clippy::extra_unused_lifetimes, clippy::multiple_bound_locations)]
        const _: () = {
            #(#functions)*
            #(#objects)*
        };
    }
}

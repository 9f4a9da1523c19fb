//! `#[hot]` on functions and `impl` blocks; on traits see `hot_trait`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Block, FnArg, Generics, Ident, ImplItem, Item, ItemFn, ItemImpl, ReturnType, Signature, TraitItem, Type,
    parse_quote,
};

use crate::deadline::Deadline;
use crate::describe::layout;
use crate::signature::{self, Argument, SelfType};
use crate::{HOT, hot_cfg, hot_lib, hot_trait};

/// Expands the attribute. With an error the item stays as it was, beside the message, so that nothing else breaks.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let deadline = Deadline::in_parentheses(&attribute);
    if !attribute.is_empty() && deadline.is_none() {
        let hint = match attribute.to_string().as_str() {
            "skip" => "`#[hot(skip)]` is for functions inside of a `#[hot]` impl block",
            "opaque" => {
                "`#[hot(opaque)]` is for arguments and fields; for the output write `#[hot]` and `#[hot(opaque_output)]`"
            }
            "opaque_output" => "write `#[hot]` first, and `#[hot(opaque_output)]` below it",
            _ => "`#[hot]` takes no options but `deadline`, as in `#[hot(deadline = \"50ms\")]`",
        };
        let error = syn::Error::new_spanned(attribute, hint).to_compile_error();
        return quote!(#error #item);
    }
    let has_deadline = deadline.is_some();
    let result = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) => deadline.unwrap_or(Ok(Deadline::Unsaid)).and_then(|it| hot_function(function, it)),
        Ok(other) if has_deadline => Err(syn::Error::new_spanned(attribute, no_deadline(&other))),
        Ok(Item::Impl(block)) => hot_impl(block),
        Ok(Item::Trait(item)) => hot_trait::expand(item),
        Ok(other) => Err(not_for(&other)),
        Err(error) => Err(error),
    };
    result.unwrap_or_else(|error| {
        let error = error.to_compile_error();
        let item = without_hot_attributes(item);
        quote!(#error #item)
    })
}

/// Why an item that is no function has no deadline.
fn no_deadline(item: &Item) -> &'static str {
    match item {
        Item::Impl(_) => {
            "a deadline is for one function: write `#[hot]` here, and `#[hot(deadline = \"50ms\")]` on the function"
        }
        Item::Trait(_) => {
            "a deadline is for a function: write `#[hot]` here, and `#[hot(deadline = \"50ms\")]` on the function in a `#[hot]` impl block of the trait"
        }
        _ => "a deadline is for a function: write `#[hot(deadline = \"50ms\")]` there",
    }
}

fn not_for(item: &Item) -> syn::Error {
    let (place, message): (&dyn ToTokens, _) = match item {
        Item::Struct(item) => {
            (&item.ident, "a type can't be hot; where it crosses the boundary, derive `HotType` for it")
        }
        Item::Enum(item) => {
            (&item.ident, "a type can't be hot; where it crosses the boundary, derive `HotType` for it")
        }
        Item::Mod(item) => (&item.ident, "a module can't be hot; put `#[hot]` on its functions and `impl` blocks"),
        other => (other, "`#[hot]` is for functions, `impl` blocks and traits"),
    };
    syn::Error::new_spanned(place, message)
}

/// The item as it was, without `#[hot(…)]` on parts of it, which would only give more errors.
fn without_hot_attributes(item: TokenStream) -> TokenStream {
    let Ok(mut parsed) = syn::parse2::<Item>(item.clone()) else { return item };
    let clean = |signature: &mut Signature| {
        for input in &mut signature.inputs {
            match input {
                FnArg::Receiver(receiver) => receiver.attrs.retain(|a| !a.path().is_ident("hot")),
                FnArg::Typed(typed) => typed.attrs.retain(|a| !a.path().is_ident("hot")),
            }
        }
    };
    match &mut parsed {
        Item::Fn(function) => {
            function.attrs.retain(|a| !a.path().is_ident("hot"));
            clean(&mut function.sig);
        }
        Item::Impl(block) => {
            for item in &mut block.items {
                if let ImplItem::Fn(method) = item {
                    method.attrs.retain(|a| !a.path().is_ident("hot"));
                    clean(&mut method.sig);
                }
            }
        }
        Item::Trait(item) => {
            for item in &mut item.items {
                if let TraitItem::Fn(method) = item {
                    method.attrs.retain(|a| !a.path().is_ident("hot"));
                    clean(&mut method.sig);
                }
            }
        }
        _ => {}
    }
    parsed.into_token_stream()
}

fn hot_function(mut function: ItemFn, deadline: Deadline) -> syn::Result<TokenStream> {
    let deadline = Deadline::take(&mut function.attrs, deadline)?;
    let opaque_output = signature::take_option(&mut function.attrs, "opaque_output")?;
    if function.sig.receiver().is_some() || signature::names_self(&function.sig) {
        let message = "a method alone can't be hot, since its type is not known here; put `#[hot]` on the `impl` block, and `#[hot(skip)]` on the methods to leave out";
        return Err(syn::Error::new_spanned(&function.sig.ident, message));
    }
    signature::check(&function.sig, "")?;
    let ident = &function.sig.ident;
    let place = Place { path: quote!(#ident), name: ident.to_string(), self_type: None, generics: None };
    make_hot(&mut function.sig, &mut function.block, &place, Said { opaque_output, deadline })?;
    let_it_inline(&mut function.attrs);
    // A function of an `impl` block that names neither `self` nor `Self` looks like a free one, and its entry would
    // be another function of the same name. What stands beside it here is an item that an `impl` block can't have.
    Ok(quote! {
        #function
        ::liveswap::__put_hot_on_the_impl_block_not_on_a_function_in_it! {}
    })
}

fn hot_impl(mut block: ItemImpl) -> syn::Result<TokenStream> {
    for parameter in &block.generics.params {
        if !matches!(parameter, syn::GenericParam::Lifetime(_)) {
            let message = "an `impl` with type parameters can't be hot: each type would need entries of its own; write the `impl` for one type";
            return Err(syn::Error::new_spanned(parameter, message));
        }
    }
    let self_type =
        SelfType { ty: (*block.self_ty).clone(), implemented: block.trait_.as_ref().map(|(path, _)| path.clone()) };
    let generics = block.generics.clone();
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let deadline = Deadline::take(&mut method.attrs, Deadline::Unsaid)?;
        let mut skip = false;
        let mut opaque_output = false;
        method.attrs.retain(|attribute| {
            let option = attribute.path().is_ident("hot").then(|| attribute.parse_args::<Ident>().ok()).flatten();
            match option {
                Some(option) if option == "skip" => skip = true,
                Some(option) if option == "opaque_output" => opaque_output = true,
                _ => return true,
            }
            false
        });
        // What is left of `#[hot(…)]` is wrong, or a bare `#[hot]`, which says nothing new here.
        if let Some(wrong) = method.attrs.iter().find(|attribute| attribute.path().is_ident("hot")) {
            let message = "the functions of a `#[hot]` impl block are hot already; there are `#[hot(skip)]`, `#[hot(opaque_output)]` and `#[hot(deadline = …)]`";
            return Err(syn::Error::new_spanned(wrong, message));
        }
        if skip && deadline != Deadline::Unsaid {
            let message = "a function that is left out has no deadline: remove one of the two";
            return Err(syn::Error::new_spanned(&method.sig.ident, message));
        }
        if skip {
            continue;
        }
        signature::check(&method.sig, "; or leave the function out with `#[hot(skip)]`")?;
        let (ty, ident) = (&self_type.ty, &method.sig.ident);
        let (path, name) = match &self_type.implemented {
            Some(implemented) => (
                quote!(<#ty as #implemented>::#ident),
                format!("<{} as {}>::{ident}", signature::tidy(ty), signature::tidy(implemented)),
            ),
            None => (quote!(<#ty>::#ident), format!("{}::{ident}", signature::tidy(ty))),
        };
        let place = Place { path, name, self_type: Some(&self_type), generics: Some(&generics) };
        make_hot(&mut method.sig, &mut method.block, &place, Said { opaque_output, deadline })?;
        let_it_inline(&mut method.attrs);
    }
    Ok(block.into_token_stream())
}

/// Where a function stands.
struct Place<'a> {
    /// Its path, from items inside of its body.
    path: TokenStream,
    /// Its name within the module, for people.
    name: String,
    self_type: Option<&'a SelfType>,
    /// The generics of its `impl` block.
    generics: Option<&'a Generics>,
}

/// What its attributes say of a function.
#[derive(Clone, Copy)]
struct Said {
    opaque_output: bool,
    deadline: Deadline,
}

/// Writes the entry and the call of the code in force to the start of the body.
fn make_hot(signature: &mut Signature, body: &mut Block, place: &Place<'_>, said: Said) -> syn::Result<()> {
    let as_written = signature.clone();
    let (arguments, bindings) = signature::arguments(signature, place.self_type)?;
    if !HOT {
        // Nothing is left but the function: only our attributes go.
        for (argument, written) in signature.inputs.iter_mut().zip(as_written.inputs) {
            if let (FnArg::Typed(argument), FnArg::Typed(written)) = (argument, written) {
                argument.pat = written.pat;
            }
        }
        return Ok(());
    }
    let statements = &body.stmts;
    let output = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => signature::written_out(ty, place.self_type),
    };
    let entry = entry(signature, place, &arguments, &output, said);
    let (module, entries) = (Ident::new(hot_lib::MODULE, Span::call_site()), hot_lib::entries());
    let names: Vec<_> = arguments.iter().map(|argument| &argument.name).collect();
    // Not the user's `code`, where an argument is called so.
    let code = Ident::new("code", Span::mixed_site());
    let is_unit = matches!(&output, Type::Tuple(tuple) if tuple.elems.is_empty());
    let instead = if is_unit { quote!(::liveswap::__private::unit) } else { quote!(::liveswap::__private::nothing) };
    let call = match signature.asyncness {
        Some(_) => quote!(return #code.call_async((#(#names,)*), #instead).await;),
        // A call of new code keeps its arguments, each in the way that its type allows.
        None => quote! {
            if #code.is_on_trial() {
                #[allow(unused_imports)]
                use ::liveswap::__private::{CloneWay as _, CopyWay as _, MutCloneWay as _, MutWay as _, NeverWay as _};
                let ways = (#((&&&::liveswap::__private::probe(&#names)).way(),)*);
                return #code.call_on_trial((#(#names,)*), ways, #instead);
            }
            return #code.call((#(#names,)*), #instead);
        },
    };
    // Nothing is ever published within an image: there a function is its own body, and calls from one to another cost
    // nothing more.
    let current = (!hot_lib::built_for_host()).then(|| {
        quote! {
            if let ::core::option::Option::Some(#code) =
                ::liveswap::__private::current(&crate::#module::HOT, &__LIVESWAP_ENTRY)
            {
                #call
            }
        }
    });
    let hot_cfg = hot_cfg();
    // Built token by token: what the macro adds stays apart from the user's statements and keeps their spans. Those
    // stand in a block of their own: a `use` among them must not change what the signature's types mean in the entry.
    *body = parse_quote!({
        #hot_cfg
        {
            #[::liveswap::__private::linkme::distributed_slice(crate::#module::#entries)]
            #[linkme(crate = ::liveswap::__private::linkme)]
            #[allow(unsafe_code)]
            static __LIVESWAP_ENTRY: ::liveswap::Entry = #entry;
            #current
        }
        #bindings
        { #(#statements)* }
    });
    Ok(())
}

/// In optimised hosts the look into the table may stand at the call itself, which saves a call. (Within an image the
/// function is plain, and stays as the user wrote it.)
fn let_it_inline(attributes: &mut Vec<Attribute>) {
    let is_said = attributes.iter().any(|attribute| attribute.path().is_ident("inline"));
    if HOT && !hot_lib::built_for_host() && !is_said {
        attributes.push(parse_quote!(#[cfg_attr(not(debug_assertions), inline)]));
    }
}

/// The entry as a constant expression.
fn entry(signature: &Signature, place: &Place<'_>, arguments: &[Argument], output: &Type, said: Said) -> TokenStream {
    let Place { path, name, .. } = place;
    let text = signature::text(signature, arguments, output);
    let layouts = arguments.iter().map(|argument| layout(&argument.ty, argument.opaque));
    let (output, deadline) = (layout(output, said.opaque_output), said.deadline.tokens());
    let is_async = signature.asyncness.is_some();
    let code = format_ident!("code_{}{}", if is_async { "async_" } else { "" }, arguments.len());
    let send = match is_async {
        true => quote!(::core::option::Option::Some(__liveswap_is_send)),
        false => quote!(::core::option::Option::None),
    };
    // Lifetimes of the function and of its `impl` block have names here too.
    let mut generics = place.generics.cloned().unwrap_or_default();
    generics.params.extend(signature.generics.params.iter().cloned());
    let bounds = signature.generics.where_clause.iter().flat_map(|clause| clause.predicates.iter().cloned());
    let bounds: Vec<syn::WherePredicate> = bounds.collect();
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    let (parameters, _, clause) = generics.split_for_impl();
    let is_send = is_async.then(|| {
        quote! {
            fn __liveswap_is_send #parameters() -> bool #clause {
                #[allow(unused_imports)]
                use ::liveswap::__private::SendProbeFallback as _;
                (&::liveswap::__private::is_send_probe(#path)).is_send()
            }
        }
    });
    quote! {{
        #is_send
        #[allow(clippy::needless_lifetimes, clippy::extra_unused_lifetimes)]
        const fn __liveswap_describe #parameters() -> ::liveswap::__private::EntryInfo #clause {
            ::liveswap::__private::EntryInfo {
                name: ::core::concat!(::core::module_path!(), "::", #name),
                signature: #text,
                file: ::core::file!(),
                line: ::core::line!(),
                arguments: const { &[#(#layouts),*] },
                output: #output,
                send: #send,
                deadline: #deadline,
                code: ::liveswap::__private::#code(#path),
            }
        }
        ::liveswap::Entry::new(__liveswap_describe())
    }}
}

//! `#[derive(HotType)]`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Index, Member, parse_quote};

use crate::describe;
use crate::options::{self, Place};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    syn::parse2::<DeriveInput>(input).and_then(expansion).unwrap_or_else(|error| error.to_compile_error())
}

fn expansion(input: DeriveInput) -> syn::Result<TokenStream> {
    let kind = match &input.data {
        Data::Struct(data) => {
            let fields = fields(&data.fields, true)?;
            quote!(::liveswap::layout::Kind::Struct(&[#(#fields),*]))
        }
        Data::Enum(data) => {
            let number = discriminant_type(&input.attrs);
            let mut variants = Vec::new();
            // The last discriminant that is written, and how many variants ago.
            let (mut written, mut since) = (None, 0_i128);
            for variant in &data.variants {
                options::of(&variant.attrs, Place::Variant)?;
                if let Some((_, value)) = &variant.discriminant {
                    (written, since) = (Some(value.clone()), 0);
                }
                let since_then = Literal::i128_unsuffixed(since);
                let discriminant = match &written {
                    // Its value, not its text: that may name a constant.
                    Some(value) => quote!({ const WRITTEN: #number = #value; WRITTEN as i128 + #since_then }),
                    None => since_then.into_token_stream(),
                };
                since += 1;
                let name = variant.ident.to_string();
                let fields = fields(&variant.fields, false)?;
                variants.push(quote! {
                    ::liveswap::layout::Variant { name: #name, discriminant: #discriminant, fields: &[#(#fields),*] }
                });
            }
            quote!(::liveswap::layout::Kind::Enum(&[#(#variants),*]))
        }
        Data::Union(data) => {
            let message = "a union can't be described: which field is valid is not known; wrap it in a struct, in a field with `#[hot(opaque)]`";
            return Err(syn::Error::new_spanned(data.union_token, message));
        }
    };
    let name = &input.ident;
    options::of(&input.attrs, Place::Type)?;
    let repr: Vec<_> = input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("repr"))
        .filter_map(|attribute| attribute.meta.require_list().ok().map(|list| list.tokens.to_string()))
        .collect();
    let repr = repr.join(", ");
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::liveswap::HotType));
    }
    let (parameters, arguments, clause) = generics.split_for_impl();
    Ok(quote! {
        #[allow(unsafe_code)]
        #[automatically_derived]
        unsafe impl #parameters ::liveswap::HotType for #name #arguments #clause {
            fn info() -> &'static ::liveswap::layout::TypeInfo {
                const {
                    &::liveswap::layout::TypeInfo {
                        name: ::core::any::type_name::<Self>,
                        size: ::core::mem::size_of::<Self>(),
                        align: ::core::mem::align_of::<Self>(),
                        repr: #repr,
                        kind: #kind,
                    }
                }
            }
        }
    })
}

/// The type of an enum's discriminants: what its `repr` says, else `isize`.
fn discriminant_type(attributes: &[Attribute]) -> Ident {
    let numbers = ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];
    let mut found = Ident::new("isize", Span::call_site());
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        // What can't be read here is told by the compiler.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Some(ident) = meta.path.get_ident().filter(|ident| numbers.contains(&ident.to_string().as_str())) {
                found = Ident::new(&ident.to_string(), Span::call_site());
            }
            if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<TokenStream>()?;
            }
            Ok(())
        });
    }
    found
}

fn fields(fields: &Fields, with_offsets: bool) -> syn::Result<Vec<TokenStream>> {
    fields.iter().enumerate().map(|(position, field)| one_field(field, position, with_offsets)).collect()
}

fn one_field(field: &Field, position: usize, with_offset: bool) -> syn::Result<TokenStream> {
    let opaque = options::of(&field.attrs, Place::Field)?.opaque;
    let member = match &field.ident {
        Some(name) => Member::Named(name.clone()),
        None => Member::Unnamed(Index::from(position)),
    };
    let name = match &field.ident {
        Some(name) => name.to_string(),
        None => position.to_string(),
    };
    let ty = &field.ty;
    let describe = describe::layout(ty, opaque);
    let offset = match with_offset {
        true => quote!(::core::option::Option::Some(::core::mem::offset_of!(Self, #member))),
        false => quote!(::core::option::Option::None),
    };
    Ok(quote!(::liveswap::layout::Field { name: #name, offset: #offset, ty: #describe }))
}

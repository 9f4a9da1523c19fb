//! `#[derive(HotState)]`: what a type is made of, and for enums the two functions that look into a value and make one.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, Ident, Index, Member, Variant, parse_quote};

use crate::options::{self, Options, Place};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    syn::parse2::<DeriveInput>(input)
        .and_then(|input| expansion(&input))
        .unwrap_or_else(|error| error.to_compile_error())
}

fn expansion(input: &DeriveInput) -> syn::Result<TokenStream> {
    let options = options::of(&input.attrs, Place::Type)?;
    if let Some(packed) = input.attrs.iter().find(|attribute| is_packed(attribute)) {
        let message = "a packed type can't be moved field by field: its fields have no references; wrap it in a field with `#[hot(opaque)]`";
        return Err(syn::Error::new_spanned(packed, message));
    }
    let was = &options.rename;
    let hook = match &options.migrate {
        Some(function) => quote_spanned!(function.span()=> ::liveswap::__private::hook::<Self, _, _>(#function)),
        None => quote!(::core::option::Option::None),
    };
    let snapshot = match &options.snapshot {
        Some(option) => quote_spanned!(option.span()=> ::liveswap::__private::snapshot::<Self>()),
        None => quote!(::core::option::Option::None),
    };
    let mut functions = TokenStream::new();
    let kind = match &input.data {
        Data::Struct(data) => {
            let fields = fields(&data.fields, true)?;
            quote! {
                ::liveswap::state::StateKind::Struct(::liveswap::state::StructState {
                    fields: const { &[#(#fields),*] },
                    hook: #hook,
                    was: &[#(#was),*],
                })
            }
        }
        Data::Enum(data) => {
            let variants: Vec<_> = data.variants.iter().collect();
            let described = variants.iter().map(|variant| one_variant(variant)).collect::<syn::Result<Vec<_>>>()?;
            functions = open_and_close(input, &variants);
            let (_, arguments, _) = input.generics.split_for_impl();
            let arguments = arguments.as_turbofish();
            quote! {
                ::liveswap::state::StateKind::Enum(::liveswap::state::EnumState {
                    variants: const { &[#(#described),*] },
                    open: __liveswap_open #arguments,
                    close: __liveswap_close #arguments,
                    hook: #hook,
                    was: &[#(#was),*],
                })
            }
        }
        Data::Union(data) => {
            let message = "a union can't be moved: which field is valid is not known; wrap it in a struct, in a field with `#[hot(opaque)]`";
            return Err(syn::Error::new_spanned(data.union_token, message));
        }
    };
    let name = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::liveswap::HotState));
    }
    if let (Some(option), false) = (&options.snapshot, generics.params.is_empty()) {
        let savable = quote_spanned!(option.span()=> Self: ::liveswap::__private::Savable);
        generics.make_where_clause().predicates.push(parse_quote!(#savable));
    }
    let (parameters, arguments, clause) = generics.split_for_impl();
    Ok(quote! {
        const _: () = {
            #functions

            #[allow(unsafe_code)]
            #[automatically_derived]
            unsafe impl #parameters ::liveswap::HotState for #name #arguments #clause {
                fn state() -> &'static ::liveswap::state::StateInfo {
                    #[allow(unused_imports)]
                    use ::liveswap::__private::NoDefault as _;
                    const {
                        &::liveswap::state::StateInfo {
                            layout: <Self as ::liveswap::HotType>::info,
                            drop: ::liveswap::__private::drop_many::<Self>(),
                            kind: #kind,
                            snapshot: #snapshot,
                        }
                    }
                }
            }
        };
    })
}

fn is_packed(attribute: &syn::Attribute) -> bool {
    let is_packed = |list: &syn::MetaList| list.tokens.to_string().contains("packed");
    attribute.path().is_ident("repr") && attribute.meta.require_list().is_ok_and(is_packed)
}

fn one_variant(variant: &Variant) -> syn::Result<TokenStream> {
    let Options { rename, .. } = options::of(&variant.attrs, Place::Variant)?;
    let name = variant.ident.to_string();
    let fields = fields(&variant.fields, false)?;
    Ok(quote! {
        ::liveswap::state::StateVariant { name: #name, was: &[#(#rename),*], fields: const { &[#(#fields),*] } }
    })
}

fn fields(fields: &Fields, with_offsets: bool) -> syn::Result<Vec<TokenStream>> {
    fields.iter().enumerate().map(|(position, field)| one_field(field, position, with_offsets)).collect()
}

fn one_field(field: &Field, position: usize, with_offset: bool) -> syn::Result<TokenStream> {
    let options = options::of(&field.attrs, Place::Field)?;
    let ty = &field.ty;
    let span = ty.span();
    let member = member(field, position);
    let name = match &member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    let offset = match with_offset {
        true => quote!(::core::option::Option::Some(::core::mem::offset_of!(Self, #member))),
        false => quote!(::core::option::Option::None),
    };
    let state = match options.opaque {
        true => quote_spanned!(span=> ::liveswap::__private::opaque_state::<#ty>),
        false => quote_spanned!(span=> <#ty as ::liveswap::HotState>::state),
    };
    let default = match &options.default {
        Some(value) => quote_spanned!(value.span()=> ::liveswap::__private::fill_by::<#ty, _>(|| #value)),
        None => quote!(::liveswap::__private::DefaultProbe::<#ty>::FILL),
    };
    let with = match &options.with {
        Some(function) => quote_spanned!(function.span()=> ::liveswap::__private::with::<_, #ty, _, _>(#function)),
        None => quote!(::core::option::Option::None),
    };
    let was = &options.rename;
    Ok(quote! {
        ::liveswap::state::StateField {
            name: #name,
            offset: #offset,
            ty: #state,
            was: &[#(#was),*],
            default: #default,
            with: #with,
        }
    })
}

fn member(field: &Field, position: usize) -> Member {
    match &field.ident {
        Some(name) => Member::Named(name.clone()),
        None => Member::Unnamed(Index { index: position as u32, span: Span::call_site() }),
    }
}

/// The functions of an enum: only code that names the variants can tell where their fields are.
fn open_and_close(input: &DeriveInput, variants: &[&Variant]) -> TokenStream {
    let name = &input.ident;
    let (parameters, arguments, clause) = input.generics.split_for_impl();
    let (mut open, mut close) = (Vec::new(), Vec::new());
    for (number, variant) in variants.iter().enumerate() {
        let ident = &variant.ident;
        let members: Vec<_> = variant.fields.iter().enumerate().map(|(at, field)| member(field, at)).collect();
        let names: Vec<Ident> = (0..members.len()).map(|at| format_ident!("field_{at}")).collect();
        let places = 0..members.len();
        let types = variant.fields.iter().map(|field| &field.ty);
        open.push(quote! {
            #name::#ident { #(#members: #names),* } => {
                #(fields.add(#places).write(::core::ptr::from_mut(#names).cast());)*
                #number
            }
        });
        let places = 0..members.len();
        close.push(quote! {
            #number => #name::#ident { #(#members: fields.add(#places).read().cast::<#types>().read()),* },
        });
    }
    let open = match variants.is_empty() {
        true => quote!(match *value.cast::<#name #arguments>() {}),
        false => quote!(match &mut *value.cast::<#name #arguments>() { #(#open)* }),
    };
    quote! {
        #[allow(unsafe_code, unused_variables, clippy::pedantic, clippy::undocumented_unsafe_blocks)]
        unsafe fn __liveswap_open #parameters(value: *mut u8, fields: *mut *mut u8) -> usize #clause {
            // SAFETY: the host gives a value of this type, which nobody else uses, and room for the addresses of its
            // variant's fields.
            unsafe { #open }
        }

        #[allow(unsafe_code, unused_variables, unreachable_code, clippy::pedantic, clippy::undocumented_unsafe_blocks)]
        unsafe fn __liveswap_close #parameters(to: *mut u8, variant: usize, fields: *const *mut u8) #clause {
            // SAFETY: the host gives room for this type, the number of a variant, and values of its fields' types, to be
            // moved.
            unsafe {
                let value: #name #arguments = match variant {
                    #(#close)*
                    _ => ::core::unreachable!("a variant of this type"),
                };
                to.cast::<#name #arguments>().write(value);
            }
        }
    }
}

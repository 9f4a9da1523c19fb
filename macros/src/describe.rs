//! How the expansions name the description of a type.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Type;
use syn::spanned::Spanned;

use crate::borrowing;

/// The description of a type, with an error at the type where it has none.
pub(crate) fn layout(ty: &Type, opaque: bool) -> TokenStream {
    let span = ty.span();
    if opaque {
        return quote_spanned!(span=> ::liveswap::__private::opaque::<#ty>);
    }
    if let Some(function) = borrowing::find_undescribed(ty) {
        return syn::Error::new_spanned(function, borrowing::MESSAGE).to_compile_error();
    }
    quote_spanned!(span=> <#ty as ::liveswap::HotType>::info)
}

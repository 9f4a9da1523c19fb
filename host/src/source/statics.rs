//! Statics: what of one is its initial value, and which are plain data.
//!
//! A running program keeps the values of its statics through a patch; so a changed initial value is another matter than a
//! changed type. Data that nothing can change is as good as a constant.

use std::ops::Range;

use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, ItemMacro, ItemStatic, StaticMutability, Token, Type, Visibility};

use super::function;

/// A static in `thread_local!` or `lazy_static!`.
pub struct InMacro {
    /// Its name.
    pub name: Ident,
    /// What stands before it.
    pub attributes: Vec<Attribute>,
    /// All of it, in bytes of the code.
    pub at: Range<usize>,
    /// Its initial value.
    pub value: Range<usize>,
}

impl Parse for InMacro {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let start = input.span().byte_range().start;
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Token![static]>()?;
        input.parse::<Option<Token![ref]>>()?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        input.parse::<Type>()?;
        input.parse::<Token![=]>()?;
        let value = input.parse::<Expr>()?.span().byte_range();
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
        Ok(Self { name, attributes, at: start..value.end, value })
    }
}

/// The statics that a call of `thread_local!` or `lazy_static!` declares; none of any other macro.
pub fn in_macro(item: &ItemMacro) -> Vec<InMacro> {
    struct All(Vec<InMacro>);
    impl Parse for All {
        fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
            let mut all = Vec::new();
            while !input.is_empty() {
                all.push(input.parse()?);
            }
            Ok(Self(all))
        }
    }
    let name = item.mac.path.segments.last().map(|segment| segment.ident.to_string());
    match name.as_deref() {
        Some("thread_local" | "lazy_static") => item.mac.parse_body::<All>().map_or(Vec::new(), |all| all.0),
        _ => Vec::new(),
    }
}

/// Whether a static can only be read, and has nothing that could be changed behind it: a copy of it is as good.
pub fn is_plain_data(item: &ItemStatic) -> bool {
    let is_harmless = |attribute: &Attribute| !function::exports(attribute) && function::is_built_in(attribute);
    matches!(item.mutability, StaticMutability::None) && item.attrs.iter().all(is_harmless) && is_plain(&item.ty)
}

fn is_plain(ty: &Type) -> bool {
    const NAMES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32", "u64",
        "u8", "usize",
    ];
    match ty {
        Type::Path(path) => NAMES.iter().any(|name| path.path.is_ident(name)),
        Type::Reference(reference) => reference.mutability.is_none() && is_plain(&reference.elem),
        Type::Array(array) => is_plain(&array.elem),
        Type::Slice(slice) => is_plain(&slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_plain),
        Type::Paren(inner) => is_plain(&inner.elem),
        Type::FnPtr(_) => true,
        _ => false,
    }
}

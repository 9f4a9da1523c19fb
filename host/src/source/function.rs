//! Which functions can have a *slot*: a place at the start of the body that leads to other code, once some is set.
//!
//! A patch replaces what a function does by setting its slot. A generic function would need a slot for each instance,
//! which Rust has no statics for; a `const fn` may have run in the compiler; and so on. Each such reason is a fragment
//! for people, to be read after the function's name.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, GenericParam, Generics, ItemImpl, ReturnType, Signature, Type, TypeImplTrait};

use super::text::print;

/// What a function stands in.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// Types or constants are parameters of its `impl` block.
    pub is_generic: bool,
    /// A macro's attribute stands at its `impl` block.
    pub has_macro: bool,
    /// It is a default method of a trait.
    pub is_default: bool,
    /// It is a trait's method, which may be called without being named.
    pub is_of_trait: bool,
    /// The name of the `impl` block's type, or of the trait.
    pub self_type: Option<String>,
}

impl Around {
    /// What a function of this block stands in.
    pub fn implementation(item: &ItemImpl) -> Around {
        let self_type = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let is_of_trait = item.trait_.is_some();
        let has_macro = !item.attrs.iter().all(is_built_in);
        Around { is_generic: has_parameters(&item.generics), has_macro, is_default: false, is_of_trait, self_type }
    }

    /// What the default method of a trait stands in.
    pub fn default_method(of: &str) -> Around {
        Around { is_default: true, is_of_trait: true, self_type: Some(of.to_owned()), ..Around::default() }
    }
}

/// Whether a patch could have a copy of a function that can have no slot. Whoever uses it is to call the copy, so that
/// must be seen in the text.
pub fn is_copyable(around: &Around, is_method: bool, signature: &Signature, attributes: &[Attribute]) -> bool {
    // Pointers have these themselves: called by another name, the pointer's would be passed over.
    const OF_POINTERS: [&str; 20] = [
        "as_mut",
        "as_ref",
        "borrow",
        "borrow_mut",
        "clone",
        "cmp",
        "deref",
        "deref_mut",
        "eq",
        "fmt",
        "get_mut",
        "get_ref",
        "hash",
        "into",
        "into_owned",
        "set",
        "to_mut",
        "to_owned",
        "to_string",
        "try_into",
    ];
    const MARKS: [&str; 2] = ["track_caller", "target_feature"];
    let is_harmless = |attribute: &Attribute| {
        let is = |names: &[&str]| names.iter().any(|name| attribute.path().is_ident(name));
        // A copy of a method loses its attributes.
        !exports(attribute) && (is_built_in(attribute) || (!is_method && is(&MARKS)))
    };
    let is_of_pointers = OF_POINTERS.iter().any(|name| signature.ident == name) && signature.receiver().is_some();
    let has_name = !is_method || around.self_type.is_some() && !is_of_pointers;
    !around.is_of_trait && has_name && attributes.iter().all(is_harmless)
}

/// Whether the function is no more than what is written, and can only be reached by its name: no macro's attribute
/// stands at it, and it is no trait's.
pub fn is_plain(around: &Around, attributes: &[Attribute]) -> bool {
    let is_harmless = |attribute: &Attribute| is_built_in(attribute) && !exports(attribute);
    !around.is_of_trait && !around.has_macro && attributes.iter().all(is_harmless)
}

/// Whether an attribute lets others than Rust's own names lead to what it stands at.
pub fn exports(attribute: &Attribute) -> bool {
    const EXPORTS: [&str; 4] = ["export_name", "link_section", "no_mangle", "unsafe"];
    EXPORTS.iter().any(|name| attribute.path().is_ident(name))
}

/// Why the function can have no slot; `None` where it can.
pub fn obstacle(around: &Around, attributes: &[Attribute], signature: &Signature) -> Option<&'static str> {
    if around.is_default {
        return Some("is a default method of a trait");
    }
    if around.is_generic {
        return Some("stands in a generic `impl`");
    }
    if has_parameters(&signature.generics) || signature.inputs.iter().any(takes_impl) {
        return Some("is generic");
    }
    if signature.constness.is_some() {
        return Some("is a `const fn`");
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && has_impl(ty)
    {
        return Some("returns `impl Trait`");
    }
    if signature.variadic.is_some() {
        return Some("is variadic");
    }
    if signature.inputs.iter().any(|input| !attributes_of(input).iter().all(is_option)) {
        return Some("has attributes at its arguments");
    }
    attributes.iter().find_map(|attribute| {
        let name = attribute.path().get_ident()?.to_string();
        match name.as_str() {
            "track_caller" => Some("is `#[track_caller]`"),
            "target_feature" => Some("needs target features"),
            "naked" => Some("is `#[naked]`"),
            "panic_handler" | "test" | "bench" => Some("is called by the compiler's own code"),
            "proc_macro" | "proc_macro_derive" | "proc_macro_attribute" => Some("is a macro"),
            "cfg_attr" => Some("has attributes under a `cfg`"),
            _ => None,
        }
    })
}

/// Whether types or constants are among the parameters; lifetimes need no instances.
pub fn has_parameters(generics: &Generics) -> bool {
    generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
}

fn takes_impl(argument: &FnArg) -> bool {
    matches!(argument, FnArg::Typed(typed) if has_impl(&typed.ty))
}

/// Whether an attribute of an argument is an option of `#[hot]`, which says nothing of the body.
pub fn is_option(attribute: &Attribute) -> bool {
    attribute.path().is_ident("hot")
}

/// What stands before an argument.
pub fn attributes_of(argument: &FnArg) -> &[Attribute] {
    match argument {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(typed) => &typed.attrs,
    }
}

fn has_impl(ty: &syn::Type) -> bool {
    struct Look(bool);
    impl<'a> Visit<'a> for Look {
        fn visit_type_impl_trait(&mut self, ty: &'a TypeImplTrait) {
            self.0 = true;
            visit::visit_type_impl_trait(self, ty);
        }
    }
    let mut look = Look(false);
    look.visit_type(ty);
    look.0
}

/// Whether an attribute is the compiler's own, or one that its tools know, so that the function stays what is written.
pub fn is_built_in(attribute: &Attribute) -> bool {
    const KNOWN: &[&str] = &[
        "allow",
        "automatically_derived",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "export_name",
        "forbid",
        "inline",
        "link_section",
        "must_use",
        "no_mangle",
        "unsafe",
        "warn",
    ];
    const TOOLS: &[&str] = &["clippy", "diagnostic", "rust_analyzer", "rustfmt"];
    let mut segments = attribute.path().segments.iter();
    let first = segments.next().map(|segment| segment.ident.to_string()).unwrap_or_default();
    if segments.next().is_some() { TOOLS.contains(&&*first) } else { KNOWN.contains(&&*first) }
}

/// What the names of slots begin with.
pub const SLOT: &str = "__liveswap_slot_";

/// The name of a slot. It need not be the only one of its kind but in its module.
pub fn slot_name(module: &[String], key: &str) -> String {
    format!("{SLOT}{:016x}", print(&format!("{}::{key}", module.join("::"))))
}

/// Whether a static or a thread-local is declared in a body: a copy of the body would have another one.
pub fn declares_static(body: impl ToTokens) -> bool {
    fn look(stream: TokenStream) -> bool {
        let mut before = None;
        stream.into_iter().any(|tree| {
            let found = match &tree {
                TokenTree::Group(group) => look(group.stream()),
                // Not the lifetime.
                TokenTree::Ident(ident) => {
                    (ident == "static" && before != Some('\'')) || ident == "thread_local" || ident == "lazy_static"
                }
                _ => false,
            };
            before = match &tree {
                TokenTree::Punct(punct) => Some(punct.as_char()),
                _ => None,
            };
            found
        })
    }
    look(body.to_token_stream())
}

//! Visibility: everything is `pub` in the shadow, but for what has to stay private; see [`super::kept`].
//!
//! Left as they are, too: private `use` lines (made public, they would bring in what the user did not), a `use` of one of
//! the crate's own macros (which can't be public), enum variants and the items of traits (which have no visibility of
//! their own), and `const _`.

use std::collections::{BTreeSet, HashSet};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemEnum, ItemMacro, ItemStruct, Variant};

use crate::source::edits::{Edit, blanks};
use crate::source::privacy::{Private, What, privates};
use crate::source::text::name_print;

/// The names of macros that the file defines for its own crate.
pub(super) fn macro_names(file: &syn::File) -> HashSet<String> {
    struct Names(HashSet<String>);
    impl<'a> Visit<'a> for Names {
        fn visit_item_macro(&mut self, item: &'a ItemMacro) {
            let is_exported = item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
            self.0.extend(item.ident.as_ref().filter(|_| !is_exported).map(ToString::to_string));
        }
    }
    let mut names = Names(HashSet::new());
    visit::visit_file(&mut names, file);
    names.0
}

/// The edits that make the file's items public. What has its visibility at one of the `kept` places stays as it is.
pub(super) fn edits(code: &str, file: &syn::File, macros: &HashSet<String>, kept: &BTreeSet<usize>) -> Vec<Edit> {
    let macros: HashSet<u64> = macros.iter().map(|name| name_print(name)).collect();
    let names_a_macro = |private: &Private| match &private.what {
        What::Use(names, _) => names.iter().any(|(from, to)| macros.contains(from) || macros.contains(to)),
        _ => false,
    };
    let widened =
        privates(file).into_iter().filter(|private| !names_a_macro(private) && !kept.contains(&private.at.start));
    let widen = |private: Private| match private.at.is_empty() {
        true => Edit::insert(private.at.start, "pub "),
        // `pub(crate)fn` is three tokens.
        false => Edit { text: blanks(&code[private.at.clone()]), at: private.at },
    };
    let mut open = Open { code, edits: widened.map(widen).collect() };
    visit::visit_file(&mut open, file);
    open.edits
}

/// Other crates can't make values of a `#[non_exhaustive]` type, nor take them apart.
struct Open<'a> {
    code: &'a str,
    edits: Vec<Edit>,
}

impl Open<'_> {
    fn open_up(&mut self, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("non_exhaustive")) {
            self.edits.push(Edit::blank(self.code, attribute.span().byte_range()));
        }
    }
}

impl<'a> Visit<'a> for Open<'_> {
    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        self.open_up(&item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'a ItemEnum) {
        self.open_up(&item.attrs);
        visit::visit_item_enum(self, item);
    }

    fn visit_variant(&mut self, variant: &'a Variant) {
        self.open_up(&variant.attrs);
    }
}

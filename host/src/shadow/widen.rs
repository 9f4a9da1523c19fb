//! Visibility: everything is `pub` in the shadow.
//!
//! Left as they are: private `use` lines (made public, they would bring in what the user did not), a `use` of one of the
//! crate's own macros (which can't be public), enum variants and the items of traits (which have no visibility of their
//! own), and `const _`.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Fields, ForeignItem, ImplItem, Item, ItemMacro, UseTree, Visibility};

use crate::source::branches;
use crate::source::edits::{Edit, blanks};

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

/// The edits that make the file's items public.
pub(super) fn edits(code: &str, file: &syn::File, macros: &HashSet<String>) -> Vec<Edit> {
    let mut widen = Widen { code, edits: Vec::new(), macros };
    widen.items(&file.items);
    widen.edits
}

struct Widen<'a> {
    code: &'a str,
    edits: Vec<Edit>,
    macros: &'a HashSet<String>,
}

impl Widen<'_> {
    fn items(&mut self, items: &[Item]) {
        items.iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Fn(item) => self.widen(&item.vis, item.sig.span()),
            Item::Struct(item) => {
                self.open_up(&item.attrs);
                self.widen(&item.vis, item.struct_token.span);
                self.fields(&item.fields);
            }
            Item::Union(item) => {
                self.widen(&item.vis, item.union_token.span);
                let fields = item.fields.named.iter();
                fields.for_each(|field| self.widen(&field.vis, field.ident.span()));
            }
            Item::Enum(item) => {
                self.open_up(&item.attrs);
                item.variants.iter().for_each(|variant| self.open_up(&variant.attrs));
                self.widen(&item.vis, item.enum_token.span);
            }
            Item::Trait(item) => {
                let first = item.unsafety.map_or(item.trait_token.span, |token| token.span);
                self.widen(&item.vis, first);
            }
            Item::Type(item) => self.widen(&item.vis, item.type_token.span),
            Item::Const(item) if item.ident != "_" => self.widen(&item.vis, item.const_token.span),
            Item::Static(item) => self.widen(&item.vis, item.static_token.span),
            Item::Mod(item) => {
                let first = item.unsafety.map_or(item.mod_token.span, |token| token.span);
                self.widen(&item.vis, first);
                if let Some((_, items)) = &item.content {
                    self.items(items);
                }
            }
            Item::Use(item) => {
                let is_restricted = matches!(item.vis, Visibility::Restricted(_));
                if is_restricted && !self.names_a_macro(&item.tree) {
                    self.widen(&item.vis, item.use_token.span);
                }
            }
            Item::ForeignMod(item) => item.items.iter().for_each(|inner| match inner {
                ForeignItem::Fn(inner) => self.widen(&inner.vis, inner.sig.span()),
                ForeignItem::Static(inner) => self.widen(&inner.vis, inner.static_token.span),
                ForeignItem::Type(inner) => self.widen(&inner.vis, inner.type_token.span),
                _ => {}
            }),
            // The items of a trait's `impl` are as visible as the trait.
            Item::Impl(item) if item.trait_.is_none() => item.items.iter().for_each(|inner| match inner {
                ImplItem::Fn(inner) => self.widen(&inner.vis, inner.sig.span()),
                ImplItem::Const(inner) => self.widen(&inner.vis, inner.const_token.span),
                ImplItem::Type(inner) => self.widen(&inner.vis, inner.type_token.span),
                _ => {}
            }),
            Item::Macro(item) => {
                let name = item.mac.path.segments.last().map(|segment| segment.ident.to_string());
                if matches!(name.as_deref(), Some("thread_local" | "lazy_static")) {
                    self.statics(&item.mac.tokens);
                }
                branches::of(item).iter().for_each(|branch| self.items(&branch.items));
            }
            _ => {}
        }
    }

    /// Makes something public; `first` begins with the token that its visibility stands before.
    fn widen(&mut self, visibility: &Visibility, first: Span) {
        match visibility {
            Visibility::Public(_) => {}
            Visibility::Inherited => self.edits.push(Edit::insert(first.byte_range().start, "pub ")),
            Visibility::Restricted(restricted) => {
                let at =
                    restricted.pub_token.span.byte_range().end..restricted.paren_token.span.close().byte_range().end;
                // `pub(crate)fn` is three tokens.
                let blanks = blanks(&self.code[at.clone()]);
                self.edits.push(Edit { at, text: blanks });
            }
        }
    }

    fn fields(&mut self, fields: &Fields) {
        for field in fields {
            let first = field.ident.as_ref().map_or_else(|| field.ty.span(), |name| name.span());
            self.widen(&field.vis, first);
        }
    }

    /// Other crates can't make values of a `#[non_exhaustive]` type, nor take them apart.
    fn open_up(&mut self, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("non_exhaustive")) {
            self.edits.push(Edit::blank(self.code, attribute.span().byte_range()));
        }
    }

    fn names_a_macro(&self, tree: &UseTree) -> bool {
        match tree {
            UseTree::Path(path) => self.names_a_macro(&path.tree),
            UseTree::Name(name) => self.macros.contains(&name.ident.to_string()),
            UseTree::Rename(rename) => self.macros.contains(&rename.ident.to_string()),
            UseTree::Group(group) => group.items.iter().any(|tree| self.names_a_macro(tree)),
            UseTree::Glob(_) => false,
        }
    }

    /// The statics in `thread_local!` and `lazy_static!`: `[pub[(…)]] static [ref] NAME …`.
    fn statics(&mut self, tokens: &TokenStream) {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let is_pub = |tree: &TokenTree| matches!(tree, TokenTree::Ident(name) if name == "pub");
        for (place, tree) in trees.iter().enumerate() {
            let TokenTree::Ident(name) = tree else { continue };
            if name != "static" {
                continue;
            }
            let before = |back: usize| place.checked_sub(back).map(|place| &trees[place]);
            match before(1) {
                // The lifetime.
                Some(TokenTree::Punct(punct)) if punct.as_char() == '\'' => {}
                Some(tree) if is_pub(tree) => {}
                Some(TokenTree::Group(group))
                    if group.delimiter() == Delimiter::Parenthesis && before(2).is_some_and(is_pub) =>
                {
                    self.edits.push(Edit::blank(self.code, group.span().byte_range()));
                }
                _ => self.edits.push(Edit::insert(name.span().byte_range().start, "pub ")),
            }
        }
    }
}

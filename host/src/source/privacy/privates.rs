//! All that is not public in a file, and where it can be named.

use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Fields, ForeignItem, ImplItem, Item, ItemImpl, Visibility};

use super::names::{leaves, members, number_print, plain, print, type_name};
use super::{Private, Reach, What};
use crate::source::text::name_print;

/// All that is not public in a file, in no special order.
pub fn privates(file: &syn::File) -> Vec<Private> {
    let mut privates = Privates { module: Vec::new(), found: Vec::new() };
    privates.items(&file.items);
    privates.found
}

struct Privates {
    module: Vec<String>,
    found: Vec<Private>,
}

impl Privates {
    fn items(&mut self, items: &[Item]) {
        items.iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &Item) {
        let named = |name: &syn::Ident| (What::Item(print(name)), name.to_string());
        match item {
            Item::Fn(item) => self.add(&item.vis, item.sig.span(), named(&item.sig.ident)),
            Item::Struct(item) => {
                self.add(&item.vis, item.struct_token.span, named(&item.ident));
                self.fields(&item.ident, &item.fields);
            }
            Item::Union(item) => {
                self.add(&item.vis, item.union_token.span, named(&item.ident));
                self.fields(&item.ident, &Fields::Named(item.fields.clone()));
            }
            Item::Enum(item) => self.add(&item.vis, item.enum_token.span, named(&item.ident)),
            Item::Trait(item) => {
                let first = item.unsafety.map_or(item.trait_token.span, |token| token.span);
                let what = What::Trait(print(&item.ident), members(item));
                self.add(&item.vis, first, (what, item.ident.to_string()));
            }
            Item::Type(item) => self.add(&item.vis, item.type_token.span, named(&item.ident)),
            Item::Const(item) if item.ident != "_" => self.add(&item.vis, item.const_token.span, named(&item.ident)),
            Item::Static(item) => self.add(&item.vis, item.static_token.span, named(&item.ident)),
            Item::Mod(item) => {
                let first = item.unsafety.map_or(item.mod_token.span, |token| token.span);
                self.add(&item.vis, first, named(&item.ident));
                if let Some((_, items)) = &item.content {
                    self.module.push(plain(&item.ident));
                    self.items(items);
                    self.module.pop();
                }
            }
            // Private ones would bring in what the user did not.
            Item::Use(item) if matches!(item.vis, Visibility::Restricted(_)) => {
                let mut names = Vec::new();
                let has_glob = leaves(&item.tree, None, &mut names);
                let told = names.iter().map(|(_, name)| name.to_string()).collect::<Vec<_>>().join(", ");
                let prints = names.iter().map(|(from, to)| (print(from), print(to))).collect();
                self.add(&item.vis, item.use_token.span, (What::Use(prints, has_glob), format!("use {told}")));
            }
            Item::ForeignMod(item) => item.items.iter().for_each(|inner| match inner {
                ForeignItem::Fn(inner) => self.add(&inner.vis, inner.sig.span(), named(&inner.sig.ident)),
                ForeignItem::Static(inner) => self.add(&inner.vis, inner.static_token.span, named(&inner.ident)),
                ForeignItem::Type(inner) => self.add(&inner.vis, inner.type_token.span, named(&inner.ident)),
                _ => {}
            }),
            // The items of a trait's `impl` are as visible as the trait.
            Item::Impl(item) if item.trait_.is_none() => self.implementation(item),
            Item::Macro(item) => {
                let name = item.mac.path.segments.last().map(|segment| segment.ident.to_string());
                if matches!(name.as_deref(), Some("thread_local" | "lazy_static")) {
                    self.statics(&item.mac.tokens);
                }
            }
            _ => {}
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let of = type_name(&item.self_ty);
        let member = |name: &syn::Ident| {
            let told = of.as_ref().map_or_else(|| name.to_string(), |of| format!("{of}::{name}"));
            (What::Member(of.as_deref().map(name_print), print(name)), told)
        };
        item.items.iter().for_each(|inner| match inner {
            ImplItem::Fn(inner) => self.add(&inner.vis, inner.sig.span(), member(&inner.sig.ident)),
            ImplItem::Const(inner) => self.add(&inner.vis, inner.const_token.span, member(&inner.ident)),
            ImplItem::Type(inner) => self.add(&inner.vis, inner.type_token.span, member(&inner.ident)),
            _ => {}
        });
    }

    fn fields(&mut self, of: &syn::Ident, fields: &Fields) {
        for (number, field) in fields.iter().enumerate() {
            let first = field.ident.as_ref().map_or_else(|| field.ty.span(), |name| name.span());
            let name = field.ident.as_ref().map_or_else(|| number.to_string(), ToString::to_string);
            let own = field.ident.as_ref().map_or_else(|| number_print(&name), print);
            let what = What::Field(print(of), own);
            self.add(&field.vis, first, (what, format!("{of}.{name}")));
        }
    }

    /// The statics in `thread_local!` and `lazy_static!`: `[pub[(…)]] static [ref] NAME …`.
    fn statics(&mut self, tokens: &TokenStream) {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let is_pub = |tree: &TokenTree| matches!(tree, TokenTree::Ident(name) if name == "pub");
        for (place, tree) in trees.iter().enumerate() {
            let TokenTree::Ident(token) = tree else { continue };
            if token != "static" {
                continue;
            }
            let before = |back: usize| place.checked_sub(back).map(|place| &trees[place]);
            let mut behind = trees[place + 1..].iter().filter_map(|tree| match tree {
                TokenTree::Ident(name) if name != "ref" && name != "mut" => Some(name),
                _ => None,
            });
            let Some(name) = behind.next() else { continue };
            let (at, reach) = match before(1) {
                // The lifetime.
                Some(TokenTree::Punct(punct)) if punct.as_char() == '\'' => continue,
                Some(tree) if is_pub(tree) => continue,
                Some(TokenTree::Group(group))
                    if group.delimiter() == Delimiter::Parenthesis && before(2).is_some_and(is_pub) =>
                {
                    let text = group.stream().to_string().replace(' ', "");
                    (group.span().byte_range(), reach(&text))
                }
                _ => (empty(token.span()), Reach::Module),
            };
            let (module, name) = (self.module.clone(), name.to_string());
            self.found.push(Private { module, at, reach, what: What::Item(name_print(&name)), name });
        }
    }

    /// `first` begins with the token that its visibility stands before.
    fn add(&mut self, visibility: &Visibility, first: Span, (what, name): (What, String)) {
        let (at, reach) = match visibility {
            Visibility::Public(_) => return,
            Visibility::Inherited => (empty(first), Reach::Module),
            Visibility::Restricted(restricted) => {
                let text: String =
                    restricted.path.segments.iter().map(|segment| format!("{}::", segment.ident)).collect();
                let end = restricted.paren_token.span.close().byte_range().end;
                (restricted.pub_token.span.byte_range().end..end, reach(text.trim_end_matches("::")))
            }
        };
        self.found.push(Private { module: self.module.clone(), at, reach, what, name });
    }
}

/// What stands in the parentheses behind `pub`, without blanks.
fn reach(text: &str) -> Reach {
    let path: Vec<&str> =
        text.strip_prefix("in").filter(|rest| rest.starts_with("::")).unwrap_or(text).split("::").collect();
    let path: Vec<&str> = path.into_iter().filter(|segment| !segment.is_empty()).collect();
    let up = path.iter().filter(|segment| **segment == "super").count();
    match path.first() {
        Some(&"crate") => Reach::In(path[1..].iter().map(|name| (*name).to_owned()).collect()),
        Some(&"self" | &"super") => Reach::Up(up),
        // As editions before 2018 have it.
        _ => Reach::In(path.iter().map(|name| (*name).to_owned()).collect()),
    }
}

fn empty(first: Span) -> Range<usize> {
    let start = first.byte_range().start;
    start..start
}

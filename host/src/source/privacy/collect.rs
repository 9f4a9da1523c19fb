//! From a file's syntax to what [`Privacy`] says of it.

use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Fields, ForeignItem, Generics, ImplItem, Item, ItemImpl, ItemMacro, ItemTrait, ItemUse, Macro,
    TraitItem, Type, UseTree, Visibility,
};

use super::mentions::{Stretches, names_in, number_print, summary};
use super::{Glob, Impl, Privacy, Private, Reach, What};
use crate::source::function::is_built_in;
use crate::source::text::{Lexemes, name_print};

/// What privacy is about in a file.
pub(in crate::source) fn collect(file: &syn::File, lexemes: &Lexemes) -> Privacy {
    let mut facts = Facts { found: Privacy::default(), module: Vec::new(), stretches: Stretches::default() };
    facts.visit_file(file);
    let Facts { mut found, stretches, .. } = facts;
    found.privates = privates(file);
    (found.mentions, found.in_macros) = summary(lexemes, &stretches);
    found.includes |= lexemes.all().iter().any(|lexeme| lexeme.is_name() && lexeme.print == name_print("include"));
    found
}

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

fn print(name: &syn::Ident) -> u64 {
    name_print(&name.to_string())
}

fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

/// The name of a type, or of what a reference leads to.
fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| plain(&segment.ident)),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        _ => None,
    }
}

fn members(item: &ItemTrait) -> Vec<u64> {
    let name = |inner: &TraitItem| match inner {
        TraitItem::Fn(inner) => Some(print(&inner.sig.ident)),
        TraitItem::Const(inner) => Some(print(&inner.ident)),
        TraitItem::Type(inner) => Some(print(&inner.ident)),
        _ => None,
    };
    item.items.iter().filter_map(name).collect()
}

/// What a `use` takes and gives; tells whether all of something is.
fn leaves<'a>(
    tree: &'a UseTree,
    of: Option<&'a syn::Ident>,
    names: &mut Vec<(&'a syn::Ident, &'a syn::Ident)>,
) -> bool {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, Some(&path.ident), names),
        UseTree::Name(name) => {
            let name = of.filter(|_| name.ident == "self").unwrap_or(&name.ident);
            names.push((name, name));
            false
        }
        UseTree::Rename(rename) => {
            names.push((of.filter(|_| rename.ident == "self").unwrap_or(&rename.ident), &rename.rename));
            false
        }
        // Each of them.
        UseTree::Group(group) => group.items.iter().filter(|tree| leaves(tree, of, names)).count() > 0,
        UseTree::Glob(_) => true,
    }
}

/// Goes through all of a file, function bodies too.
struct Facts {
    found: Privacy,
    module: Vec<String>,
    stretches: Stretches,
}

impl Facts {
    fn globs(&mut self, tree: &UseTree, path: &mut Vec<String>, is_public: bool) {
        match tree {
            UseTree::Path(inner) => {
                path.push(plain(&inner.ident));
                self.globs(&inner.tree, path, is_public);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.globs(tree, path, is_public)),
            UseTree::Glob(_) => {
                self.found.globs.push(Glob { module: self.module.clone(), path: path.clone(), is_public });
            }
            UseTree::Name(_) | UseTree::Rename(_) => {}
        }
    }

    fn alias(&mut self, name: &syn::Ident, ty: &Type) {
        let names = names_in(ty).iter().map(|name| name_print(name)).collect();
        self.found.aliases.push((print(name), names));
    }

    fn attributes(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        // Their code is known, and has no methods but those that any type may have; see the rules.
        const DERIVES: [&str; 14] = [
            "Clone",
            "Copy",
            "Debug",
            "Default",
            "Deserialize",
            "Eq",
            "Error",
            "Hash",
            "HotState",
            "HotType",
            "Ord",
            "PartialEq",
            "PartialOrd",
            "Serialize",
        ];
        const OTHERS: [&str; 8] = ["derive", "error", "hot", "non_exhaustive", "repr", "serde", "cfg", "default"];
        for attribute in attributes {
            let names: Vec<String> = names_in(&attribute.meta);
            let is = |name: &str| attribute.path().is_ident(name);
            let mut known = OTHERS.iter().any(|name| is(name)) || is_built_in(attribute);
            if is("derive") {
                known =
                    names.iter().skip(1).all(|name| DERIVES.contains(&&**name) || name.starts_with(char::is_lowercase));
            }
            if !known {
                self.found.opaque.insert(print(name));
            }
            let is_deref =
                |name: &String| ["deref", "shrinkwrap"].iter().any(|part| name.to_lowercase().contains(part));
            if names.iter().any(is_deref) && !is("doc") {
                self.found.derefs.insert(print(name));
                self.found.derefs_to_fields.insert(print(name));
            }
        }
    }
}

/// Whether a `Deref` leads to a type of std without public fields.
fn leads_to_std(item: &ItemImpl) -> bool {
    const WITHOUT_FIELDS: [&str; 12] = [
        "BTreeMap", "BTreeSet", "HashMap", "HashSet", "OsStr", "OsString", "Path", "PathBuf", "String", "Vec",
        "VecDeque", "str",
    ];
    item.items.iter().any(|inner| match inner {
        ImplItem::Type(target) => match &target.ty {
            Type::Slice(_) => true,
            ty => type_name(ty).is_some_and(|name| WITHOUT_FIELDS.contains(&&*name)),
        },
        _ => false,
    })
}

/// Whether a type is a parameter of its block: any type.
fn is_parameter(generics: &Generics, name: &str) -> bool {
    generics.type_params().any(|parameter| parameter.ident == name)
}

impl<'a> Visit<'a> for Facts {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.module.push(plain(&item.ident));
        if item.content.is_some() {
            self.stretches.modules.push((item.span().byte_range(), self.module.clone()));
        }
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.alias(&item.ident, &item.ty);
    }

    fn visit_impl_item_type(&mut self, item: &'a syn::ImplItemType) {
        self.alias(&item.ident, &item.ty);
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let mut names = Vec::new();
        leaves(&item.tree, None, &mut names);
        let renamed = names.into_iter().filter(|(from, to)| from != to);
        self.found.aliases.extend(renamed.map(|(from, to)| (print(to), vec![print(from)])));
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.globs(&item.tree, &mut Vec::new(), is_public);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.attributes(&item.ident, &item.attrs);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.attributes(&item.ident, &item.attrs);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'a syn::ItemUnion) {
        self.attributes(&item.ident, &item.attrs);
        visit::visit_item_union(self, item);
    }

    fn visit_item_trait(&mut self, item: &'a ItemTrait) {
        self.found.traits.push((print(&item.ident), members(item)));
        visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        if let Some((path, _)) = &item.trait_ {
            let of = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            let name = type_name(&item.self_ty).filter(|name| !is_parameter(&item.generics, name));
            let for_type = name.as_deref().map(name_print);
            if of == "Deref" {
                self.found.derefs.extend(for_type);
                self.found.derefs_to_fields.extend(for_type.filter(|_| !leads_to_std(item)));
            }
            self.found.impls.push(Impl { of, for_type });
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_macro(&mut self, item: &'a ItemMacro) {
        // What these make has nothing but values.
        const HARMLESS: [&str; 4] = ["hot_lib", "include", "lazy_static", "thread_local"];
        let name = item.mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let names = if HARMLESS.contains(&&*name) { Vec::new() } else { names_in(&item.mac.tokens) };
        self.found.includes |= item.ident.is_none() && names.iter().any(|name| name == "mod");
        self.found.in_item_macros.extend(names.iter().map(|name| name_print(name)));
        if item.ident.is_some() {
            self.stretches.macros.push(item.span().byte_range());
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        let text = item.tokens.to_string();
        for (at, _) in text.match_indices(":: *") {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let before = text[..at].trim_end();
            let name = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
            // What a parameter leads to is not known.
            let is_parameter = before[..before.len() - name.len()].trim_end().ends_with('$');
            let path = if is_parameter || name.is_empty() { Vec::new() } else { vec![name.to_owned()] };
            self.found.globs.push(Glob { module: self.module.clone(), path, is_public: true });
        }
        visit::visit_macro(self, item);
    }
}

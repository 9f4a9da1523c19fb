//! What the text of a file defines: types, traits, and all else that decides how values lie in memory.
//!
//! A definition is taken apart into parts, so that a change can be named. Derives, documentation and visibility are no
//! part of it, and neither are the bodies of methods: values of both texts lie alike.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Attribute, Fields, FnArg, ImplItem, Pat, TraitItem, UseTree};

use super::mentions::{Mention, Mentions, plain, words};
use super::parts::{Part, conditions, fields, head, whole};
use crate::source::{SourceError, tidy, with_syntax};

/// The definitions of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileDefinitions {
    /// The definitions, those in modules and functions of the file among them.
    pub definitions: Vec<Definition>,
    /// What `use` declarations bring in.
    pub imports: Vec<Import>,
    /// The modules and crates of which `use` declarations bring in everything.
    pub globs: Vec<Vec<String>>,
}

/// A name that a `use` declaration brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The name in this file.
    pub name: String,
    /// The path of what it stands for.
    pub path: Vec<String>,
}

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `struct`, `enum` or `union`.
    Type,
    /// `type`, and an associated type of an `impl`.
    Alias,
    /// `trait`.
    Trait,
    /// `const`, and `const fn`: the length of an array may depend on it.
    Const,
    /// A macro, or the call of one that defines items.
    Macro,
}

/// One definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its parts, in their order.
    pub parts: Vec<Part>,
    /// The types, traits and constants that it mentions.
    pub mentions: BTreeSet<Mention>,
    /// Whether it is an error type by its derives, or the module says so by an `impl`.
    pub is_error: bool,
}

impl Definition {
    /// Its parts as one text.
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| format!("{} {}: {}\n", part.role, part.name, part.text)).collect()
    }
}

/// Reads what a file defines.
///
/// # Errors
///
/// It is not UTF-8, or not Rust.
pub fn read(contents: &[u8]) -> Result<FileDefinitions, SourceError> {
    with_syntax(contents, |_, file, _| {
        let mut reader = Reader::default();
        reader.visit_file(file);
        let Reader { mut found, errors } = reader;
        for definition in &mut found.definitions {
            definition.is_error |= errors.contains(&definition.name);
        }
        found
    })
}

#[derive(Default)]
struct Reader {
    found: FileDefinitions,
    /// The types with an `impl Error for`.
    errors: BTreeSet<String>,
}

impl Reader {
    fn add(&mut self, name: &str, kind: Kind, parts: Vec<Part>, mentions: Mentions, attributes: &[Attribute]) {
        let is_error = attributes
            .iter()
            .any(|attribute| attribute.path().is_ident("derive") && words(attribute).any(|word| word == "Error"));
        let name = plain(name);
        self.found.definitions.push(Definition { name, kind, parts, mentions: mentions.found, is_error });
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[plain(&name.to_string())]].concat();
        let mut add = |name: String, path: Vec<String>| self.found.imports.push(Import { name, path });
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            UseTree::Name(name) if name.ident == "self" => {
                add(before.last().cloned().unwrap_or_default(), before.to_vec());
            }
            UseTree::Name(name) => add(plain(&name.ident.to_string()), with(&name.ident)),
            UseTree::Rename(rename) if rename.ident == "self" => {
                add(plain(&rename.rename.to_string()), before.to_vec())
            }
            UseTree::Rename(rename) => add(plain(&rename.rename.to_string()), with(&rename.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            UseTree::Glob(_) => self.found.globs.push(before.to_vec()),
        }
    }
}

/// What is compiled only for tests is not compiled for a host.
fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg") && words(attribute).eq(["cfg", "test"].map(str::to_owned))
    })
}

impl<'a> Visit<'a> for Reader {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.import(&item.tree, &[]);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        let mut mentions = Mentions::without(&item.generics);
        mentions.visit_generics(&item.generics);
        mentions.visit_fields(&item.fields);
        let parts = [head(&item.attrs, &item.generics), fields(&item.fields)].concat();
        self.add(&item.ident.to_string(), Kind::Type, parts, mentions, &item.attrs);
    }

    fn visit_item_union(&mut self, item: &'a syn::ItemUnion) {
        let mut mentions = Mentions::without(&item.generics);
        mentions.visit_generics(&item.generics);
        mentions.visit_fields_named(&item.fields);
        let parts = [head(&item.attrs, &item.generics), fields(&Fields::Named(item.fields.clone()))].concat();
        self.add(&item.ident.to_string(), Kind::Type, parts, mentions, &item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        let mut mentions = Mentions::without(&item.generics);
        mentions.visit_generics(&item.generics);
        let mut parts = head(&item.attrs, &item.generics);
        for variant in &item.variants {
            mentions.visit_fields(&variant.fields);
            let discriminant = variant.discriminant.as_ref().map(|(_, value)| {
                mentions.visit_expr(value);
                format!(" = {}", tidy(value))
            });
            let of: Vec<String> =
                fields(&variant.fields).iter().map(|part| format!("{}: {}", part.name, part.text)).collect();
            let text = format!("{}({}){}", conditions(&variant.attrs), of.join(", "), discriminant.unwrap_or_default());
            parts.push(Part { role: "variant", name: variant.ident.to_string(), text });
        }
        self.add(&item.ident.to_string(), Kind::Type, parts, mentions, &item.attrs);
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        let mut mentions = Mentions::without(&item.generics);
        mentions.visit_generics(&item.generics);
        mentions.visit_type(&item.ty);
        let parts = [head(&item.attrs, &item.generics), vec![whole("meaning", &item.ty)]].concat();
        self.add(&item.ident.to_string(), Kind::Alias, parts, mentions, &item.attrs);
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        let mut mentions = Mentions::without(&item.generics);
        mentions.visit_generics(&item.generics);
        item.supertraits.iter().for_each(|bound| mentions.visit_type_param_bound(bound));
        let mut parts = head(&item.attrs, &item.generics);
        if !item.supertraits.is_empty() {
            parts.push(whole("supertraits", &item.supertraits));
        }
        for inner in &item.items {
            match inner {
                TraitItem::Fn(method) => {
                    let mut signature = method.sig.clone();
                    for argument in &mut signature.inputs {
                        if let FnArg::Typed(typed) = argument {
                            typed.attrs.clear();
                            *typed.pat =
                                Pat::Wild(syn::PatWild { attrs: Vec::new(), underscore_token: Default::default() });
                        }
                    }
                    mentions.visit_signature(&signature);
                    let text = conditions(&method.attrs) + &tidy(&signature);
                    parts.push(Part { role: "method", name: method.sig.ident.to_string(), text });
                }
                TraitItem::Type(of) => {
                    visit::visit_trait_item_type(&mut mentions, of);
                    parts.push(Part { role: "type", name: of.ident.to_string(), text: tidy(&of.bounds) });
                }
                TraitItem::Const(of) => {
                    visit::visit_trait_item_const(&mut mentions, of);
                    let value = of.default.as_ref().map(|(_, value)| tidy(value)).unwrap_or_default();
                    parts.push(Part { role: "constant", name: of.ident.to_string(), text: value });
                }
                other => parts.push(whole("item", other)),
            }
        }
        self.add(&item.ident.to_string(), Kind::Trait, parts, mentions, &item.attrs);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        let mut mentions = Mentions::default();
        mentions.visit_expr(&item.expr);
        self.add(&item.ident.to_string(), Kind::Const, vec![whole("value", &item.expr)], mentions, &item.attrs);
        visit::visit_item_const(self, item);
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        if is_of_tests(&item.attrs) {
            return;
        }
        if item.sig.constness.is_some() {
            let mut mentions = Mentions::without(&item.sig.generics);
            mentions.visit_block(&item.block);
            self.add(&item.sig.ident.to_string(), Kind::Const, vec![whole("body", &item.block)], mentions, &item.attrs);
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last()).map(|last| last.ident.to_string());
        let target = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        if of.as_deref() == Some("Error") {
            self.errors.extend(target.clone());
        }
        for inner in &item.items {
            match inner {
                // Whoever is generic over the trait may hold this type.
                ImplItem::Type(inner) => {
                    let mut mentions = Mentions::without(&item.generics);
                    mentions.visit_type(&inner.ty);
                    let name = target.clone().unwrap_or_else(|| tidy(&item.self_ty));
                    let part = Part {
                        role: "associated type",
                        name: format!("{name}::{}", inner.ident),
                        text: tidy(&inner.ty),
                    };
                    for name in of.iter().chain(&target) {
                        let (part, mentions) = (part.clone(), mentions.clone());
                        self.add(name, Kind::Alias, vec![part], mentions, &inner.attrs);
                    }
                }
                ImplItem::Const(inner) => {
                    let mut mentions = Mentions::default();
                    mentions.visit_expr(&inner.expr);
                    self.add(
                        &inner.ident.to_string(),
                        Kind::Const,
                        vec![whole("value", &inner.expr)],
                        mentions,
                        &inner.attrs,
                    );
                }
                ImplItem::Fn(inner) if inner.sig.constness.is_some() => {
                    let mut mentions = Mentions::without(&inner.sig.generics);
                    mentions.visit_block(&inner.block);
                    self.add(
                        &inner.sig.ident.to_string(),
                        Kind::Const,
                        vec![whole("body", &inner.block)],
                        mentions,
                        &inner.attrs,
                    );
                }
                _ => {}
            }
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        let text = vec![whole("text", &item.mac.tokens)];
        if let Some(name) = &item.ident {
            return self.add(&name.to_string(), Kind::Macro, text, Mentions::default(), &item.attrs);
        }
        let called = item.mac.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if DEFINES_NO_TYPES.contains(&called.as_str()) {
            return;
        }
        // What it makes of its names is not known: each may be that of a type.
        let names: BTreeSet<String> =
            words(&item.mac.tokens).filter(|word| word.starts_with(char::is_uppercase)).collect();
        let mut mentions = Mentions::default();
        mentions
            .found
            .extend(names.iter().cloned().chain([called]).map(|name| Mention { path: vec![name], is_dyn: false }));
        for name in &names {
            self.add(name, Kind::Macro, text.clone(), mentions.clone(), &item.attrs);
        }
    }
}

/// Macros whose calls make statics, functions or nothing.
const DEFINES_NO_TYPES: &[&str] = &[
    "thread_local",
    "lazy_static",
    "hot_lib",
    "compile_error",
    "println",
    "assert",
    "const_assert",
    "static_assertions",
];

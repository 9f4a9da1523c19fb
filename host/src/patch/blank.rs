//! One file of a patch: the user's text with all but what is wanted replaced by blanks.

use std::collections::HashMap;
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{AttrStyle, Attribute, ImplItem, ImplItemConst, ImplItemFn, Item, ItemFn, ItemImpl};

use super::own_names::{self, OwnNames};
use super::rows::{self, Row};
use super::{File, IMAGE, Name, in_base, methods};
use crate::source::branches;
use crate::source::edits::blanks;
use crate::source::function;
use crate::source::keys::Keys;
use crate::source::text::code_of;
use crate::source::{Function, head, with_syntax};

/// A file of the patch, and what is in it.
pub(super) struct Blanked {
    pub(super) text: String,
    /// The functions that are replaced.
    pub(super) functions: Vec<String>,
    /// The modules that have rows.
    pub(super) tables: Vec<Vec<String>>,
    /// The traits that have copies of methods, as paths from the root.
    pub(super) traits: Vec<String>,
}

/// Blanks a file; `is_needed` tells which modules the patch has of its own, `has_copies` whether methods are copied.
pub(super) fn blank(
    file: &File,
    is_needed: &(dyn Fn(&[String]) -> bool + Sync),
    has_copies: bool,
) -> Result<Blanked, String> {
    let text = std::str::from_utf8(&file.contents).map_err(|_| format!("{}: it is not UTF-8", file.path.display()))?;
    let (start, code) = code_of(text);
    let parsed = with_syntax(&file.without_other_bodies(start), |_, syntax, _| {
        let mut pass = Pass {
            file,
            is_needed,
            has_copies,
            code,
            keep: Vec::new(),
            take_out: Vec::new(),
            insert: Vec::new(),
            module: file.module.clone(),
            is_new: file.is_new,
            in_branch: false,
            keys: Keys::default(),
            own: own_names::of(file),
            found: Blanked { text: String::new(), functions: Vec::new(), tables: Vec::new(), traits: Vec::new() },
            traits: 0,
        };
        // The compiler's own settings for the file, such as `#![feature(…)]` or `#![recursion_limit = …]`.
        let is_root = file.module.is_empty();
        let settings = syntax.attrs.iter().filter(|attribute| is_root && is_setting(attribute));
        pass.keep.extend(settings.map(|attribute| attribute.span().byte_range()));
        let first = syntax.attrs.iter().map(|attribute| attribute.span().byte_range().end).max().unwrap_or(0);
        let text = pass.taken_from_base()?;
        pass.insert.push((first, text));
        pass.items(&syntax.items, code.len())?;
        pass.call_copies();
        pass.render();
        Ok(pass.found)
    });
    parsed.map_err(|error| format!("{}: {error}", file.path.display()))?
}

fn is_setting(attribute: &Attribute) -> bool {
    ["feature", "recursion_limit", "type_length_limit"].iter().any(|name| attribute.path().is_ident(name))
}

struct Pass<'a> {
    file: &'a File,
    is_needed: &'a (dyn Fn(&[String]) -> bool + Sync),
    has_copies: bool,
    code: &'a str,
    /// What stays, and what does not within that.
    keep: Vec<Range<usize>>,
    take_out: Vec<Range<usize>>,
    insert: Vec<(usize, String)>,
    /// The module at hand, from the crate's root on.
    module: Vec<String>,
    is_new: bool,
    /// Whether it is in a branch of `cfg_if!`.
    in_branch: bool,
    keys: Keys,
    /// What the modules have in the base.
    own: HashMap<Vec<String>, OwnNames>,
    found: Blanked,
    traits: usize,
}

impl Pass<'_> {
    /// The items of one module; `end` is where its rows can stand.
    fn items(&mut self, items: &[Item], end: usize) -> Result<(), String> {
        let mut rows = Vec::new();
        self.each(items, end, &mut rows)?;
        if !rows.is_empty() {
            self.insert.push((end, rows::rows(&self.module, &rows)));
            self.found.tables.push(self.module.clone());
        }
        Ok(())
    }

    fn each(&mut self, items: &[Item], end: usize, rows: &mut Vec<Row>) -> Result<(), String> {
        for item in items {
            match item {
                Item::Fn(item) => self.function(item, rows)?,
                Item::Impl(item) => self.implementation(item, rows)?,
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let around = self.is_new;
                    let key = self.name(format!("mod {name}"));
                    self.is_new |= self.file.items.contains(&key);
                    self.module.push(super::plain(&name));
                    let is_there = self.is_there(item);
                    if (self.is_needed)(&self.module) && !is_there {
                        // It is gone through for the numbers of what is in it.
                        if let Some((_, items)) = &inner.content {
                            self.items(items, end)?;
                        }
                    } else if (self.is_needed)(&self.module) {
                        let at = inner.span().byte_range();
                        // The table at the root leads through it.
                        let token = inner.unsafety.map_or(inner.mod_token.span, |token| token.span).byte_range();
                        self.take_out.push(inner.vis.span().byte_range());
                        self.insert.push((token.start, "pub ".into()));
                        match &inner.content {
                            None => self.keep.push(at),
                            Some((braces, items)) => {
                                let (open, close) = (braces.span.open().byte_range(), braces.span.close().byte_range());
                                self.keep.extend([at.start..open.end, close.clone()]);
                                let text = self.taken_from_base()?;
                                self.insert.push((open.end, text));
                                self.items(items, close.start)?;
                            }
                        }
                    }
                    self.module.pop();
                    self.is_new = around;
                }
                Item::Use(inner) if self.file.leaves_out(inner.span().byte_range()) => {}
                Item::Use(_) | Item::ExternCrate(_) if self.is_there(item) => self.keep.push(item.span().byte_range()),
                Item::Macro(inner) if inner.ident.is_some() && self.is_there(item) => {
                    self.keep.push(item.span().byte_range());
                }
                Item::Macro(item) => {
                    let around = std::mem::replace(&mut self.in_branch, true);
                    for branch in branches::of(item) {
                        self.each(&branch.items, end, rows)?;
                    }
                    self.in_branch = around;
                }
                Item::Const(item) => self.other(format!("const {}", item.ident), item),
                Item::Static(item) => self.other(format!("static {}", item.ident), item),
                Item::Struct(item) => self.other(format!("struct {}", item.ident), item),
                Item::Enum(item) => self.other(format!("enum {}", item.ident), item),
                Item::Union(item) => self.other(format!("union {}", item.ident), item),
                Item::Type(item) => self.other(format!("type {}", item.ident), item),
                Item::Trait(item) => {
                    let inline = self.inline();
                    self.keys.pass_over(&inline, item);
                    self.other(format!("trait {}", item.ident), item);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes in what the base's module has of its own, if it is not new, and the copies of methods.
    fn taken_from_base(&self) -> Result<String, String> {
        // The image comes first: other crates lead to it as well, and rustc would look for another file of it.
        let mut text = if self.module.is_empty() { format!(" extern crate {IMAGE} as _;") } else { String::new() };
        let inline = self.inline();
        if let Some(own) = self.own.get(&inline).filter(|_| !self.is_new) {
            text += &own.taken(&self.module, self.file.ways.contains(&inline), self.is_needed)?;
        }
        let copies = format!(" #[allow(unused_imports)] use crate::{}::*; ", methods::ALL);
        Ok(text + if self.has_copies { &copies } else { " " })
    }

    /// Whether an item is compiled, as far as its own attributes do not say it: the branch that it is in may not be.
    fn is_there(&self, item: &Item) -> bool {
        let start = item.span().byte_range().start;
        !self.in_branch || self.file.source.items.iter().any(|compiled| compiled.at.start == start)
    }

    fn other(&mut self, key: String, item: &impl Spanned) {
        let name = self.name(key);
        if self.file.items.contains(&name) {
            self.keep.push(item.span().byte_range());
        }
    }

    fn function(&mut self, item: &ItemFn, rows: &mut Vec<Row>) -> Result<(), String> {
        let name = self.function_name(item.sig.ident.to_string());
        if !self.file.functions.contains(&name) {
            return Ok(());
        }
        self.keep.push(item.span().byte_range());
        if self.file.added.contains(&name) {
            return Ok(());
        }
        self.without_macros(&item.attrs);
        let ident = &item.sig.ident;
        let old = format!("{}::{ident}", in_base(&self.module));
        rows.push(self.row(&name, ident.to_string(), old, &item.sig)?);
        Ok(())
    }

    fn implementation(&mut self, item: &ItemImpl, rows: &mut Vec<Row>) -> Result<(), String> {
        let owner = head(item);
        let block = self.name(format!("impl {owner}"));
        if self.file.items.contains(&block) {
            // A new block, of a new type.
            self.keep.push(item.span().byte_range());
            return Ok(());
        }
        let mut wanted: Vec<(&ImplItemFn, Name)> = Vec::new();
        let mut constants: Vec<(&ImplItemConst, String)> = Vec::new();
        for inner in &item.items {
            match inner {
                ImplItem::Fn(inner) => {
                    let name = self.function_name(format!("{owner}::{}", inner.sig.ident));
                    if self.file.functions.contains(&name) {
                        wanted.push((inner, name));
                    }
                }
                ImplItem::Const(inner) => {
                    let name = self.name(format!("const {owner}::{}", inner.ident));
                    if self.file.items.contains(&name) {
                        constants.push((inner, name.1));
                    }
                }
                _ => {}
            }
        }
        let first = wanted.iter().map(|(_, (_, key))| key).chain(constants.iter().map(|(_, key)| key)).next();
        let Some(first) = first else { return Ok(()) };
        if let Some(obstacle) = methods::obstacle(item) {
            return Err(format!("`{first}` {obstacle}"));
        }
        let name = format!("__LiveswapPatch{}", self.traits);
        self.traits += 1;
        let renamed = |inner: &ImplItemFn, full: &Name| match self.file.new.contains(full) {
            true => inner.sig.ident.to_string(),
            false => methods::renamed(&inner.sig.ident.to_string()),
        };
        if !constants.is_empty() || wanted.iter().any(|(_, name)| self.file.added.contains(name)) {
            let module: String = self.module.iter().map(|module| format!("{}::", super::raw(module))).collect();
            self.found.traits.push(module + &name);
        }
        let methods: Vec<_> = wanted.iter().map(|(inner, full)| (renamed(inner, full), &inner.sig)).collect();
        let constants: Vec<&ImplItemConst> = constants.into_iter().map(|(inner, _)| inner).collect();
        // `impl<'a> Trait for Type` becomes `trait …; impl<'a> Patch for Type`.
        let token = item.impl_token.span.byte_range();
        self.insert.push((token.start, methods::declaration(&name, item, &methods, &constants)));
        self.keep.push(token);
        for angle in [
            item.generics.lt_token.as_ref().map(|token| token.span),
            item.generics.gt_token.as_ref().map(|token| token.span),
        ]
        .into_iter()
        .flatten()
        {
            self.keep.push(angle.byte_range());
        }
        if !item.generics.params.is_empty() {
            self.keep.push(item.generics.params.span().byte_range());
        }
        let ty = item.self_ty.span().byte_range();
        self.insert.push((ty.start, methods::implemented(&name, item)));
        self.keep.push(ty);
        self.keep.extend(item.generics.where_clause.as_ref().map(|clause| clause.span().byte_range()));
        self.keep.extend([item.brace_token.span.open().byte_range(), item.brace_token.span.close().byte_range()]);
        for inner in constants {
            self.keep.push(inner.const_token.span.byte_range().start..inner.span().byte_range().end);
            let (ident, ty) = (inner.ident.span().byte_range(), inner.ty.span().byte_range());
            self.insert.push((ident.start, methods::renamed(&inner.ident.to_string())));
            // As in the trait, where lifetimes have names.
            self.insert.push((ty.start, methods::with_lifetimes(inner.ty.to_token_stream()).to_string()));
            self.take_out.extend([ident, ty]);
        }
        let (self_type, lifetimes) = (methods::self_type(&item.self_ty), methods::any_lifetimes(&item.generics));
        for (inner, full) in wanted {
            self.keep.push(inner.sig.span().byte_range().start..inner.block.span().byte_range().end);
            self.take_out.push(inner.sig.ident.span().byte_range());
            self.insert.push((inner.sig.ident.span().byte_range().start, renamed(inner, &full)));
            self.without_macros(&inner.attrs);
            if self.file.added.contains(&full) {
                self.take_out.extend(inner.sig.constness.map(|token| token.span.byte_range()));
                continue;
            }
            let old = match &item.trait_ {
                Some((path, _)) => {
                    // In its own block a trait's methods can be called.
                    let mut path = path.clone();
                    let as_written = methods::self_type(&path);
                    path.segments.iter_mut().for_each(|segment| segment.arguments = syn::PathArguments::None);
                    let inside = inner.block.brace_token.span.open().byte_range().end;
                    let path = methods::self_type(&path);
                    self.insert.push((inside, format!(" #[allow(unused_imports)] use {path} as _; ")));
                    format!("<{self_type} as {as_written}>::{}", inner.sig.ident)
                }
                None => format!("<{self_type}>::{}", inner.sig.ident),
            };
            let new = format!("<{self_type} as {name}{lifetimes}>::{}", renamed(inner, &full));
            rows.push(self.row(&full, new, old, &inner.sig)?);
        }
        Ok(())
    }

    fn row(&mut self, name: &Name, new: String, old: String, signature: &syn::Signature) -> Result<Row, String> {
        let (module, key) = name;
        let known = |function: &&Function| function.module == *module && function.key == *key;
        let function = self.file.source.functions.iter().find(known);
        let slot = function.map_or(Err("is not in the source"), |function| function.slot.as_ref().map_err(|why| *why));
        let slot = slot.map_err(|why| format!("`{key}` {why}"))?.clone();
        let path = [&self.module[..], std::slice::from_ref(key)].concat().join("::");
        self.found.functions.push(path.clone());
        Ok(Row::new(slot, path, new, old, signature))
    }

    /// Attributes that are the compiler's own stay; macros would add what the base has already, and so would exported
    /// names.
    fn without_macros(&mut self, attributes: &[Attribute]) {
        for attribute in attributes.iter().filter(|attribute| matches!(attribute.style, AttrStyle::Outer)) {
            if function::exports(attribute) || !function::is_built_in(attribute) {
                self.take_out.push(attribute.span().byte_range());
            }
        }
    }

    /// The name of an item, as the source's own list has it.
    fn name(&mut self, key: String) -> Name {
        let inline = self.inline();
        let key = self.keys.item(&inline, key);
        (inline, key)
    }

    /// The same of a function.
    fn function_name(&mut self, key: String) -> Name {
        let inline = self.inline();
        let key = self.keys.function(&inline, key);
        (inline, key)
    }

    /// The inline modules around what is at hand.
    fn inline(&self) -> Vec<String> {
        self.module[self.file.module.len()..].to_vec()
    }

    /// Leads calls of methods that are copied to the copies.
    fn call_copies(&mut self) {
        for start in &self.file.calls {
            let rest = &self.code[*start..];
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '#';
            let name = &rest[..rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())];
            self.take_out.push(*start..*start + name.len());
            self.insert.push((*start, methods::renamed(name)));
        }
    }

    fn render(&mut self) {
        let mut keep = std::mem::take(&mut self.keep);
        keep.sort_by_key(|range| range.start);
        self.insert.sort_by_key(|(at, _)| *at);
        let mut is_kept = vec![false; self.code.len()];
        keep.into_iter().for_each(|range| is_kept[range].fill(true));
        self.take_out.drain(..).for_each(|range| is_kept[range].fill(false));
        let mut text = String::with_capacity(self.code.len());
        let mut insertions = self.insert.drain(..).peekable();
        let mut from = 0;
        while from < self.code.len() {
            while let Some((_, inserted)) = insertions.next_if(|(at, _)| *at <= from) {
                text.push_str(&inserted);
            }
            // To where something is put in, or where it is decided otherwise.
            let next = insertions.peek().map_or(self.code.len(), |(at, _)| (*at).min(self.code.len()));
            let kept = is_kept[from];
            let end = (from..next).find(|at| is_kept[*at] != kept).unwrap_or(next);
            let part = &self.code[from..end];
            if kept {
                text.push_str(part)
            } else {
                text.push_str(&blanks(part))
            }
            from = end;
        }
        insertions.for_each(|(_, inserted)| text.push_str(&inserted));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.found.text = text;
    }
}

//! One file of a patch: the user's text with all but what is wanted replaced by blanks.

mod implementation;

use std::collections::HashMap;

use syn::spanned::Spanned;
use syn::{AttrStyle, Attribute, Block, Item, ItemFn, Signature};

use super::attributes::{self, Role};
use super::own_names::{self, OwnNames};
use super::render::{self, Marks};
use super::rows::{self, Row};
use super::{BASE, File, IMAGE, Mentioned, Name, in_base, methods};
use crate::shadow::slots;
use crate::source::branches;
use crate::source::function;
use crate::source::keys::Keys;
use crate::source::text::code_of;
use crate::source::{Function, with_syntax};

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

/// Blanks a file; `is_needed` tells which modules the patch has of its own, `has_copies` whether methods are copied. What
/// the patch's code has `mentioned` is to be found by its name.
pub(super) fn blank(
    file: &File,
    is_needed: &(dyn Fn(&[String]) -> bool + Sync),
    has_copies: bool,
    mentioned: &Mentioned,
) -> Result<Blanked, String> {
    let text = std::str::from_utf8(&file.contents).map_err(|_| format!("{}: it is not UTF-8", file.path.display()))?;
    let (start, code) = code_of(text);
    let parsed = with_syntax(&file.without_other_bodies(start), |_, syntax, _| {
        let mut pass = Pass {
            file,
            is_needed,
            has_copies,
            mentioned,
            attribute_around: None,
            code,
            marks: Marks::default(),
            module: file.module.clone(),
            is_new: file.is_new,
            in_branch: false,
            keys: Keys::default(),
            own: own_names::of(file, mentioned),
            found: Blanked { text: String::new(), functions: Vec::new(), tables: Vec::new(), traits: Vec::new() },
            traits: 0,
        };
        // The compiler's own settings for the file, such as `#![feature(…)]` or `#![recursion_limit = …]`.
        let is_root = file.module.is_empty();
        let settings = syntax.attrs.iter().filter(|attribute| is_root && is_setting(attribute));
        pass.marks.keep.extend(settings.map(|attribute| attribute.span().byte_range()));
        let first = syntax.attrs.iter().map(|attribute| attribute.span().byte_range().end).max().unwrap_or(0);
        let text = pass.taken_from_base()?;
        pass.marks.insert.push((first, text));
        pass.items(&syntax.items, code.len())?;
        pass.call_copies();
        pass.found.text = render::render(code, std::mem::take(&mut pass.marks));
        Ok(pass.found)
    });
    parsed.map_err(|error| format!("{}: {error}", file.path.display()))?
}

/// A function as people write it, from the crate's root.
pub(super) fn path_of(module: &[String], key: &str) -> String {
    module.iter().map(String::as_str).chain([key]).collect::<Vec<_>>().join("::")
}

fn is_setting(attribute: &Attribute) -> bool {
    ["feature", "recursion_limit", "type_length_limit"].iter().any(|name| attribute.path().is_ident(name))
}

struct Pass<'a> {
    file: &'a File,
    is_needed: &'a (dyn Fn(&[String]) -> bool + Sync),
    has_copies: bool,
    mentioned: &'a Mentioned,
    /// A macro's attribute at a module around what is at hand.
    attribute_around: Option<String>,
    code: &'a str,
    marks: Marks,
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
            self.marks.insert.push((end, rows::rows(&self.module, &rows)));
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
                    let around = (self.is_new, self.attribute_around.clone());
                    self.attribute_around =
                        self.attribute_around.take().or_else(|| self.unknown_attribute(&inner.attrs));
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
                        self.marks.take_out.push(inner.vis.span().byte_range());
                        self.marks.insert.push((token.start, "pub ".into()));
                        match &inner.content {
                            None => self.marks.keep.push(at),
                            Some((braces, items)) => {
                                let (open, close) = (braces.span.open().byte_range(), braces.span.close().byte_range());
                                self.marks.keep.extend([at.start..open.end, close.clone()]);
                                let text = self.taken_from_base()?;
                                self.marks.insert.push((open.end, text));
                                self.items(items, close.start)?;
                            }
                        }
                    }
                    self.module.pop();
                    (self.is_new, self.attribute_around) = around;
                }
                Item::Use(inner) if self.file.leaves_out(inner.span().byte_range()) => {}
                Item::Use(_) | Item::ExternCrate(_) if self.is_there(item) => {
                    self.marks.keep.push(item.span().byte_range())
                }
                Item::Macro(inner) if inner.ident.is_some() && self.is_there(item) => {
                    self.marks.keep.push(item.span().byte_range());
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
            self.marks.keep.push(item.span().byte_range());
        }
    }

    fn function(&mut self, item: &ItemFn, rows: &mut Vec<Row>) -> Result<(), String> {
        let name = self.function_name(item.sig.ident.to_string());
        if !self.file.functions.contains(&name) {
            return Ok(());
        }
        self.marks.keep.push(item.span().byte_range());
        self.body(&item.block);
        self.without_unknown(&name, &item.attrs)?;
        if self.file.added.contains(&name) {
            self.new_function(item, &name, rows);
            return Ok(());
        }
        self.without_macros(&item.attrs, &item.sig);
        let ident = &item.sig.ident;
        let old = format!("{}::{ident}", in_base(&self.module));
        let mut new = ident.to_string();
        // The name is to mean the base's function, which its slot leads here.
        if self.mentioned.has(&new) {
            self.repeat(&item.attrs, ident);
            new = methods::renamed(&new);
            let at = ident.span().byte_range();
            self.marks.insert.push((at.start, new.clone()));
            self.marks.take_out.push(at);
        }
        rows.push(self.row(&name, new, old, &item.sig)?);
        Ok(())
    }

    /// Gives a function that the base does not have a slot of its own, through which later patches lead to theirs.
    fn new_function(&mut self, item: &ItemFn, (module, key): &Name, rows: &mut Vec<Row>) {
        let Some(slot) = self.file.new_slot(module, key) else { return };
        for edit in slots::of_new_function(item, module, key, BASE) {
            self.marks.insert.push((edit.at.start, edit.text));
            self.marks.take_out.push(edit.at);
        }
        let ident = item.sig.ident.to_string();
        let row = Row::new(slot, path_of(&self.module, key), ident.clone(), ident, &item.sig);
        rows.push(Row { is_new: true, ..row });
    }

    fn row(&mut self, name: &Name, new: String, old: String, signature: &syn::Signature) -> Result<Row, String> {
        let (module, key) = name;
        let known = |function: &&Function| function.module == *module && function.key == *key;
        let function = self.file.source.functions.iter().find(known);
        let slot = function.map_or(Err("is not in the source"), |function| function.slot.as_ref().map_err(|why| *why));
        let slot = slot.map_err(|why| format!("`{key}` {why}"))?.clone();
        let path = path_of(&self.module, key);
        self.found.functions.push(path.clone());
        Ok(Row::new(slot, path, new, old, signature))
    }

    fn body(&mut self, block: &Block) {
        let span = block.brace_token.span;
        self.marks.bodies.push(span.open().byte_range().end..span.close().byte_range().start);
    }

    /// Attributes that are the compiler's own stay; macros would add what the base has already, and so would exported
    /// names.
    fn without_macros(&mut self, attributes: &[Attribute], signature: &Signature) {
        for attribute in attributes.iter().filter(|attribute| matches!(attribute.style, AttrStyle::Outer)) {
            match attributes::role(attribute, &self.file.source) {
                Role::BuiltIn | Role::Repeatable => {}
                Role::Exports | Role::AddsItems | Role::Unknown => {
                    self.marks.take_out.push(attribute.span().byte_range());
                }
            }
        }
        // The options of a macro that is not there any more.
        for attribute in signature.inputs.iter().flat_map(function::attributes_of) {
            self.marks.take_out.push(attribute.span().byte_range());
        }
    }

    /// Keeps the attributes that rewrite the body in the same way each time, with the function's name in the source.
    fn repeat(&mut self, attributes: &[Attribute], name: &syn::Ident) {
        let repeatable = |of: &&Attribute| attributes::role(of, &self.file.source) == Role::Repeatable;
        let name = super::plain(&name.to_string());
        for attribute in attributes.iter().filter(repeatable) {
            self.marks.keep.push(attribute.span().byte_range());
            self.marks.insert.extend(attributes::keep_name(attribute, &name));
        }
    }

    fn unknown_attribute(&self, attributes: &[Attribute]) -> Option<String> {
        let is_unknown = |of: &&Attribute| attributes::role(of, &self.file.source) == Role::Unknown;
        attributes.iter().find(is_unknown).map(attributes::name)
    }

    /// Refuses a function that a macro may rewrite.
    fn without_unknown(&self, (_, key): &Name, attributes: &[Attribute]) -> Result<(), String> {
        match (&self.attribute_around, self.unknown_attribute(attributes)) {
            (Some(name), _) => Err(format!("`{key}` stands in a module that {}", attributes::may_rewrite(name))),
            (None, Some(name)) => Err(format!("`{key}` {}", attributes::may_rewrite(&name))),
            (None, None) => Ok(()),
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
            self.marks.take_out.push(*start..*start + name.len());
            self.marks.insert.push((*start, methods::renamed(name)));
        }
    }
}

//! Blocks: what is wanted of one stands in a trait of the patch's own.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{ImplItem, ImplItemConst, ImplItemFn, ItemImpl};

use super::super::rows::Row;
use super::super::{Name, attributes, methods};
use super::Pass;
use crate::source::head;

impl Pass<'_> {
    pub(super) fn implementation(&mut self, item: &ItemImpl, rows: &mut Vec<Row>) -> Result<(), String> {
        let owner = head(item);
        let block = self.name(format!("impl {owner}"));
        if self.file.items.contains(&block) {
            // A new block, of a new type.
            self.marks.keep.push(item.span().byte_range());
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
        if let Some(name) = self.unknown_attribute(&item.attrs) {
            return Err(format!("`{first}` stands in a block that {}", attributes::may_rewrite(&name)));
        }
        let name = format!("__LiveswapPatch{}", self.traits);
        self.traits += 1;
        let renamed = |inner: &ImplItemFn, full: &Name| match self.file.new.contains(full) {
            true => inner.sig.ident.to_string(),
            false => methods::renamed(&inner.sig.ident.to_string()),
        };
        if !constants.is_empty() || wanted.iter().any(|(_, name)| self.file.added.contains(name)) {
            let module: String = self.module.iter().map(|module| format!("{}::", super::super::raw(module))).collect();
            self.found.traits.push(module + &name);
        }
        let methods: Vec<_> = wanted.iter().map(|(inner, full)| (renamed(inner, full), &inner.sig)).collect();
        let constants: Vec<&ImplItemConst> = constants.into_iter().map(|(inner, _)| inner).collect();
        // `impl<'a> Trait for Type` becomes `trait …; impl<'a> Patch for Type`.
        let token = item.impl_token.span.byte_range();
        self.marks.insert.push((token.start, methods::declaration(&name, item, &methods, &constants)));
        self.marks.keep.push(token);
        for angle in [
            item.generics.lt_token.as_ref().map(|token| token.span),
            item.generics.gt_token.as_ref().map(|token| token.span),
        ]
        .into_iter()
        .flatten()
        {
            self.marks.keep.push(angle.byte_range());
        }
        if !item.generics.params.is_empty() {
            self.marks.keep.push(item.generics.params.span().byte_range());
        }
        let ty = item.self_ty.span().byte_range();
        self.marks.insert.push((ty.start, methods::implemented(&name, item)));
        self.marks.keep.push(ty);
        self.marks.keep.extend(item.generics.where_clause.as_ref().map(|clause| clause.span().byte_range()));
        self.marks.keep.extend([item.brace_token.span.open().byte_range(), item.brace_token.span.close().byte_range()]);
        for inner in constants {
            self.marks.keep.push(inner.const_token.span.byte_range().start..inner.span().byte_range().end);
            let (ident, ty) = (inner.ident.span().byte_range(), inner.ty.span().byte_range());
            self.marks.insert.push((ident.start, methods::renamed(&inner.ident.to_string())));
            // As in the trait, where lifetimes have names.
            self.marks.insert.push((ty.start, methods::with_lifetimes(inner.ty.to_token_stream()).to_string()));
            self.marks.take_out.extend([ident, ty]);
        }
        let (self_type, lifetimes) = (methods::self_type(&item.self_ty), methods::any_lifetimes(&item.generics));
        for (inner, full) in wanted {
            self.marks.keep.push(inner.sig.span().byte_range().start..inner.block.span().byte_range().end);
            self.marks.take_out.push(inner.sig.ident.span().byte_range());
            self.marks.insert.push((inner.sig.ident.span().byte_range().start, renamed(inner, &full)));
            self.body(&inner.block);
            self.without_unknown(&full, &inner.attrs)?;
            self.without_macros(&inner.attrs, &inner.sig);
            self.repeat(&inner.attrs, &inner.sig.ident);
            if self.file.added.contains(&full) {
                self.marks.take_out.extend(inner.sig.constness.map(|token| token.span.byte_range()));
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
                    self.marks.insert.push((inside, format!(" #[allow(unused_imports)] use {path} as _; ")));
                    format!("<{self_type} as {as_written}>::{}", inner.sig.ident)
                }
                None => format!("<{self_type}>::{}", inner.sig.ident),
            };
            let new = format!("<{self_type} as {name}{lifetimes}>::{}", renamed(inner, &full));
            rows.push(self.row(&full, new, old, &inner.sig)?);
        }
        Ok(())
    }
}

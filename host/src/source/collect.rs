//! From a file's syntax to what [`SourceFile`] says of it.

use std::ops::Range;
use std::sync::Arc;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Block, ImplItem, ItemImpl, ItemTrait, Signature, TraitItem, Visibility};

use super::attributes::{attributes, conditional_paths, is_hot, keeps_names, path_of};
use super::branches;
use super::cfg::Cfg;
use super::endless;
use super::function::{self, Around};
use super::keys::Keys;
use super::statics;
use super::text::{Lexemes, digest};
use super::uses::{self, Given, UseLeaf};
use super::{Function, Item, ItemKind, Module, SourceFile, privacy};

pub(super) fn collect(file: &syn::File, lexemes: Lexemes) -> SourceFile {
    let privacy = Arc::new(privacy::collect(file, &lexemes));
    let mut collector = Collector {
        found: SourceFile {
            functions: Vec::new(),
            items: Vec::new(),
            modules: Vec::new(),
            lexemes,
            privacy,
            included: uses::included(file).into(),
        },
        module: Vec::new(),
        keys: Keys::default(),
        conditions: vec![Cfg::of(&file.attrs)],
    };
    if let (Some(first), Some(last)) = (file.attrs.first(), file.attrs.last()) {
        let at = span(first).start..span(last).end;
        collector.item(ItemKind::Attributes, "attributes of the file".into(), Vec::new(), at.clone(), &[at], None);
    }
    collector.items(&file.items);
    collector.found
}

/// Where something stands, in bytes.
fn span(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}

struct Collector {
    found: SourceFile,
    module: Vec<String>,
    keys: Keys,
    /// Of the item at hand and of all that it stands in.
    conditions: Vec<Cfg>,
}

impl Collector {
    fn items(&mut self, items: &[syn::Item]) {
        for item in items {
            self.conditions.push(Cfg::of(attributes(item)));
            let first = self.found.items.len();
            self.any(item);
            let adds_names = !attributes(item).iter().all(keeps_names);
            if let Some(own) = self.found.items.get_mut(first).filter(|_| adds_names) {
                own.keeps_names = false;
            }
            self.conditions.pop();
        }
    }

    fn condition(&self) -> Cfg {
        Cfg::all(self.conditions.clone())
    }

    fn any(&mut self, item: &syn::Item) {
        let at = span(item);
        let whole = [at.clone()];
        let named = |kind: &str, name: &syn::Ident| (format!("{kind} {name}"), vec![name.to_string()]);
        let (kind, (key, names)) = match item {
            syn::Item::Fn(item) => {
                return self.function(at, &item.attrs, &item.sig, &item.block, None, Around::default());
            }
            syn::Item::Impl(item) => return self.implementation(at, item),
            syn::Item::Trait(item) => return self.definition(at, item),
            syn::Item::Mod(item) => {
                let name = item.ident.to_string();
                let Some((braces, items)) = &item.content else {
                    let within = self.module.clone();
                    self.found.modules.push(Module {
                        within,
                        name: plain(&name),
                        path: path_of(&item.attrs),
                        paths: conditional_paths(&item.attrs),
                        cfg: self.condition(),
                    });
                    return self.item(ItemKind::Module, format!("mod {name}"), vec![name], at, &whole, None);
                };
                let open = braces.span.open().byte_range().start;
                let head = at.start..open;
                let head = std::slice::from_ref(&head);
                self.item(ItemKind::Module, format!("mod {name}"), vec![name.clone()], at, head, None);
                self.module.push(plain(&name));
                self.items(items);
                self.module.pop();
                return;
            }
            syn::Item::Use(item) => {
                let outside = self.found.digest_of(at.start..item.use_token.span.byte_range().start);
                let is_public = !matches!(item.vis, Visibility::Inherited);
                let leaves = uses::leaves(&item.tree, is_public, outside);
                let key = item.tree.to_token_stream().to_string().replace(' ', "");
                return self.imported(key, at, leaves);
            }
            syn::Item::ExternCrate(item) => {
                let outside = self.found.digest_of(at.start..item.extern_token.span.byte_range().start);
                let is_public = !matches!(item.vis, Visibility::Inherited);
                let path = vec![plain(&item.ident.to_string())];
                let given = match &item.rename {
                    Some((_, name)) if name == "_" => Given::Unnamed,
                    Some((_, name)) => Given::Name(plain(&name.to_string())),
                    None => Given::Name(path[0].clone()),
                };
                let leaves = vec![UseLeaf { path, given, is_public, outside }];
                return self.imported(format!("{EXTERN_CRATE}{}", item.ident), at, leaves);
            }
            syn::Item::Const(item) => (ItemKind::Const, named("const", &item.ident)),
            syn::Item::Static(item) if statics::is_plain_data(item) => (ItemKind::Const, named("static", &item.ident)),
            syn::Item::Static(item) => {
                let name = item.ident.to_string();
                return self.static_item(name, at, span(&item.expr));
            }
            syn::Item::Struct(item) => (ItemKind::Type, named("struct", &item.ident)),
            syn::Item::Enum(item) => (ItemKind::Type, named("enum", &item.ident)),
            syn::Item::Union(item) => (ItemKind::Type, named("union", &item.ident)),
            syn::Item::Type(item) => (ItemKind::Type, named("type", &item.ident)),
            syn::Item::Macro(item) => match &item.ident {
                Some(name) => (ItemKind::Macro, named("macro", name)),
                None => {
                    let path = item.mac.path.to_token_stream().to_string().replace(' ', "");
                    let (statics, branches) = (statics::in_macro(item), branches::of(item));
                    let inside = branches.iter().flat_map(|branch| &branch.items).map(span);
                    let apart = statics.iter().map(|inner| inner.at.clone()).chain(inside);
                    self.item(ItemKind::Macro, format!("{path}!"), Vec::new(), at.clone(), &without(at, apart), None);
                    for branch in branches {
                        self.conditions.push(branch.cfg);
                        self.items(&branch.items);
                        self.conditions.pop();
                    }
                    for inner in statics {
                        self.conditions.push(Cfg::of(&inner.attributes));
                        self.static_item(inner.name.to_string(), inner.at, inner.value);
                        self.conditions.pop();
                    }
                    return;
                }
            },
            _ => (ItemKind::Other, ("item".to_owned(), Vec::new())),
        };
        let self_type = names.first().filter(|_| kind == ItemKind::Type).cloned();
        self.item(kind, key, names, at, &whole, self_type);
    }

    fn imported(&mut self, key: String, at: Range<usize>, leaves: Vec<UseLeaf>) {
        let name = |leaf: &UseLeaf| match &leaf.given {
            Given::Name(name) => Some(name.clone()),
            Given::All => Some("*".to_owned()),
            // Only its methods come in, which are called by names of their own.
            Given::Unnamed => None,
        };
        let names = leaves.iter().filter_map(name).collect();
        let whole = at.clone();
        self.item(ItemKind::Use, key, names, at, &[whole], None);
        self.found.items.last_mut().into_iter().for_each(|item| item.leaves.clone_from(&leaves));
    }

    fn static_item(&mut self, name: String, at: Range<usize>, value: Range<usize>) {
        let head = without(at.clone(), std::iter::once(value.clone()));
        self.item(ItemKind::Static, format!("static {name}"), vec![name], at, &head, None);
        self.found.items.last_mut().into_iter().for_each(|item| item.value = Some(value.clone()));
    }

    fn implementation(&mut self, at: Range<usize>, item: &ItemImpl) {
        let owner = head(item);
        let around = Around::implementation(item);
        let apart = item.items.iter().filter(|inner| is_apart(inner, item)).map(span);
        let kind = match item.items.iter().all(|inner| is_apart(inner, item)) {
            true if item.attrs.iter().all(function::is_built_in) && is_own(item) => ItemKind::Methods,
            _ => ItemKind::Impl,
        };
        let own = around.self_type.clone();
        let of = without(at.clone(), apart);
        self.item(kind, format!("impl {owner}"), Vec::new(), at, &of, own.clone());
        for inner in &item.items {
            match inner {
                ImplItem::Fn(inner) => {
                    self.function(span(inner), &inner.attrs, &inner.sig, &inner.block, Some(&owner), around.clone());
                }
                ImplItem::Const(constant) if is_apart(inner, item) => {
                    self.conditions.push(Cfg::of(&constant.attrs));
                    let (at, name) = (span(constant), constant.ident.to_string());
                    let key = format!("const {owner}::{name}");
                    self.item(ItemKind::AssociatedConst, key, vec![name], at.clone(), &[at], own.clone());
                    self.conditions.pop();
                }
                _ => {}
            }
        }
    }

    fn definition(&mut self, at: Range<usize>, item: &ItemTrait) {
        let defaults = item.items.iter().filter_map(|inner| match inner {
            TraitItem::Fn(inner) => Some((inner, inner.default.as_ref()?)),
            _ => None,
        });
        let bodies = defaults.clone().map(|(_, body)| span(body));
        let name = item.ident.to_string();
        let of = without(at.clone(), bodies);
        self.item(ItemKind::Trait, format!("trait {name}"), vec![name.clone()], at, &of, None);
        for (inner, body) in defaults {
            let around = Around::default_method(&name);
            self.function(span(inner), &inner.attrs, &inner.sig, body, Some(&name), around);
        }
    }

    fn function(
        &mut self,
        at: Range<usize>,
        attributes: &[Attribute],
        signature: &Signature,
        body: &Block,
        owner: Option<&String>,
        around: Around,
    ) {
        let name = signature.ident.to_string();
        let key = owner.map_or_else(|| name.clone(), |owner| format!("{owner}::{name}"));
        let key = self.keys.function(&self.module, key);
        let body_at = span(body);
        let start = body.brace_token.span.open().start();
        // Documentation is no code, unless a macro reads it.
        let is_plain = attributes.iter().all(function::is_built_in);
        let docs = attributes.iter().filter(|attribute| is_plain && attribute.path().is_ident("doc")).map(span);
        let outside = self.digest(&without(at.start..body_at.start, docs));
        let slot = match function::obstacle(&around, attributes, signature) {
            Some(obstacle) => Err(obstacle),
            None => Ok(function::slot_name(&self.module, &key)),
        };
        self.conditions.push(if owner.is_some() { Cfg::of(attributes) } else { Cfg::Always });
        let cfg = self.condition();
        self.conditions.pop();
        self.found.functions.push(Function {
            cfg,
            module: self.module.clone(),
            owner: owner.cloned(),
            name,
            key,
            at,
            place: (start.line, start.column + 1),
            outside: outside ^ owner.map_or(0, |owner| super::text::print(owner)),
            body: self.found.digest_of(body_at.clone()),
            body_at,
            slot,
            has_static: function::declares_static(body),
            is_endless: endless::has_endless_loop(body),
            is_async: signature.asyncness.is_some(),
            has_receiver: signature.receiver().is_some(),
            is_copyable: function::is_copyable(&around, owner.is_some(), signature, attributes),
            is_plain: function::is_plain(&around, attributes),
            is_inherent: owner.is_some() && !around.is_of_trait,
            keeps_name: attributes.iter().all(|attribute| function::is_built_in(attribute) || is_hot(attribute)),
            self_type: around.self_type,
        });
    }

    fn item(
        &mut self,
        kind: ItemKind,
        key: String,
        names: Vec<String>,
        at: Range<usize>,
        of: &[Range<usize>],
        self_type: Option<String>,
    ) {
        let key = self.keys.item(&self.module, key);
        let digest = self.digest(of);
        self.found.items.push(Item {
            module: self.module.clone(),
            kind,
            key,
            names,
            at,
            of: of.to_vec(),
            digest,
            cfg: self.condition(),
            self_type,
            value: None,
            leaves: Vec::new(),
            keeps_names: true,
        });
    }

    fn digest(&self, of: &[Range<usize>]) -> u64 {
        digest(of.iter().flat_map(|stretch| self.found.lexemes.within(stretch.clone())))
    }
}

/// What the key of an `extern crate` begins with.
pub const EXTERN_CRATE: &str = "extern crate ";

/// Whether a block is a type's own, with a name to find the type by.
fn is_own(item: &ItemImpl) -> bool {
    item.trait_.is_none() && Around::implementation(item).self_type.is_some()
}

/// Whether something in an `impl` block is listed by itself. A constant is where no macro has a say in it, and where it
/// can only be reached by its type's name.
fn is_apart(inner: &ImplItem, item: &ItemImpl) -> bool {
    let is_harmless = |attribute: &Attribute| {
        let last = attribute.path().segments.last();
        function::is_built_in(attribute) || last.is_some_and(|segment| segment.ident == "hot")
    };
    match inner {
        ImplItem::Fn(_) => true,
        ImplItem::Const(constant) => {
            is_own(item) && item.attrs.iter().all(is_harmless) && constant.attrs.iter().all(function::is_built_in)
        }
        _ => false,
    }
}

/// The head of an `impl` block as people write it: `Point`, `Display for Point`, `Cursor<'a>`.
pub fn head(item: &ItemImpl) -> String {
    let mut text = String::new();
    if let Some((path, _)) = &item.trait_ {
        text += &tidy(path);
        text += " for ";
    }
    text + &tidy(&item.self_ty)
}

/// Tokens as people write them.
pub fn tidy(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let text = text.replace(" :: ", "::").replace(" < ", "<").replace(" >", ">").replace("< ", "<");
    text.replace(" ,", ",").replace("& ", "&").replace(" <", "<")
}

/// A stretch without others, which lie in it and are in order.
fn without(all: Range<usize>, others: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let (mut rest, mut from) = (Vec::new(), all.start);
    for other in others {
        rest.push(from..other.start);
        from = other.end;
    }
    rest.push(from..all.end);
    rest
}

fn plain(name: &str) -> String {
    name.strip_prefix("r#").unwrap_or(name).to_owned()
}

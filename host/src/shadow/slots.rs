//! Slots: the static beside a function, and the look into it at the start of the body.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{AttrStyle, Attribute, Block, ImplItem, Item, Signature};

use super::columns::Group;
use super::parameters::Parameters;
use super::{LOOK, MODULE};
use crate::source::edits::Edit;
use crate::source::function::{self, Around};
use crate::source::keys::Keys;
use crate::source::{branches, head};

/// The edits that give each function of the file its slot, where it can have one.
pub(super) fn edits(file: &syn::File) -> Vec<Group> {
    let mut slots = Slots { edits: Vec::new(), module: Vec::new(), keys: Keys::default(), base: None };
    slots.items(&file.items);
    slots.edits
}

/// The edits that give one function of a module its slot, in a patch, since the base does not have it. The patch knows the
/// base's crate by the name `base`.
pub(crate) fn of_new_function(item: &syn::ItemFn, module: &[String], key: &str, base: &str) -> Vec<Edit> {
    let mut slots = Slots { edits: Vec::new(), module: module.to_vec(), keys: Keys::default(), base: Some(base) };
    let end = item.span().byte_range().end;
    slots.function(end, key.to_owned(), &Around::default(), &item.attrs, &item.sig, &item.block);
    slots.edits.into_iter().flatten().collect()
}

struct Slots<'a> {
    edits: Vec<Group>,
    module: Vec<String>,
    keys: Keys,
    /// The base's crate, in a patch.
    base: Option<&'a str>,
}

impl Slots<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            let end = item.span().byte_range().end;
            match item {
                Item::Fn(item) => {
                    let name = item.sig.ident.to_string();
                    self.function(end, name, &Around::default(), &item.attrs, &item.sig, &item.block);
                }
                Item::Impl(item) => {
                    let around = Around::implementation(item);
                    for inner in &item.items {
                        if let ImplItem::Fn(inner) = inner {
                            let key = format!("{}::{}", head(item), inner.sig.ident);
                            self.function(end, key, &around, &inner.attrs, &inner.sig, &inner.block);
                        }
                    }
                }
                Item::Macro(item) => branches::of(item).iter().for_each(|branch| self.items(&branch.items)),
                Item::Trait(item) => self.keys.pass_over(&self.module, item),
                Item::Mod(item) => {
                    if let Some((_, items)) = &item.content {
                        let name = item.ident.to_string();
                        self.module.push(name.strip_prefix("r#").unwrap_or(&name).to_owned());
                        self.items(items);
                        self.module.pop();
                    }
                }
                _ => {}
            }
        }
    }

    /// `behind` is where its static can stand.
    fn function(
        &mut self,
        behind: usize,
        key: String,
        around: &Around,
        attributes: &[Attribute],
        signature: &Signature,
        body: &Block,
    ) {
        let key = self.keys.function(&self.module, key);
        if function::obstacle(around, attributes, signature).is_some() {
            return;
        }
        let slot = function::slot_name(&self.module, &key);
        let Parameters { names, edits, around_body: (before, behind_body), are_small } = Parameters::of(signature);
        let mut group = edits;
        let module = match self.base {
            Some(base) => format!("::{base}::{MODULE}"),
            None => format!("crate::{MODULE}"),
        };
        let look = match signature.asyncness {
            None if self.base.is_some() => format!(
                " if {slot}.is_set() {{ return unsafe {{ {module}::transmute::<*mut (), {}>({slot}.code())({names}) }}; }} ",
                code_type(signature)
            ),
            Some(_) => format!(" if {slot}.is_set() {{ return unsafe {{ {slot}.call_async(({names})) }}.await; }} "),
            None => {
                let captured = if are_small { "" } else { ", captured" };
                format!(" crate::{LOOK}!({slot}, {}, ({names}){captured}); ", code_type(signature))
            }
        };
        group.push(Edit::insert(inside(attributes, body), look + &before));
        if !behind_body.is_empty() {
            group.push(Edit::insert(body.brace_token.span.close().byte_range().start, behind_body));
        }
        group.push(Edit::insert(
            behind,
            format!(" #[doc(hidden)] pub static {slot}: {module}::Slot = {module}::Slot::new();"),
        ));
        self.edits.push(group);
    }
}

/// The type of a function's code: its ABI, and as many arguments; their types and the result's are left to the compiler.
pub(crate) fn code_type(signature: &Signature) -> String {
    let abi = signature.abi.as_ref().map(|abi| format!("{} ", abi.to_token_stream())).unwrap_or_default();
    format!("unsafe {abi}fn({}) -> _", "_,".repeat(signature.inputs.len()))
}

/// Behind the opening brace, and behind the attributes that may only stand there.
fn inside(attributes: &[Attribute], body: &Block) -> usize {
    let inner = attributes.iter().filter(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
    let last = inner.map(|attribute| attribute.span().byte_range().end).max();
    last.unwrap_or_else(|| body.brace_token.span.open().byte_range().end)
}

//! Slots: the static beside a function, and the look into it at the start of the body.

use syn::spanned::Spanned;
use syn::{AttrStyle, Attribute, Block, ImplItem, Item, Signature};

use super::MODULE;
use crate::source::edits::Edit;
use crate::source::function::{self, Around};
use crate::source::keys::Keys;
use crate::source::{branches, head};

/// The edits that give each function of the file its slot, where it can have one.
pub(super) fn edits(file: &syn::File) -> Vec<Edit> {
    let mut slots = Slots { edits: Vec::new(), module: Vec::new(), keys: Keys::default() };
    slots.items(&file.items);
    slots.edits
}

/// The edits that give one function of a module its slot, in a patch: the base does not have it.
pub(crate) fn of_new_function(item: &syn::ItemFn, module: &[String], key: &str, base: &str) -> Vec<Edit> {
    let mut slots = Slots { edits: Vec::new(), module: module.to_vec(), keys: Keys::default() };
    let end = item.span().byte_range().end;
    slots.function(end, key.to_owned(), &Around::default(), &item.attrs, &item.sig, &item.block);
    let (own, of_base) = (format!("crate::{MODULE}"), format!("::{base}::{MODULE}"));
    slots.edits.iter_mut().for_each(|edit| edit.text = edit.text.replace(&own, &of_base));
    slots.edits
}

struct Slots {
    edits: Vec<Edit>,
    module: Vec<String>,
    keys: Keys,
}

impl Slots {
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
        let mut names = String::new();
        let mut taken_apart = String::new();
        for argument in function::arguments(signature) {
            names += &format!("{},", argument.name);
            let Some(pattern) = argument.pattern else { continue };
            let at = pattern.span().byte_range();
            // Line breaks of the pattern stay in the place of the pattern.
            let text = pattern.span().source_text().unwrap_or_default();
            self.edits.push(Edit { at, text: argument.name.clone() + &"\n".repeat(text.matches('\n').count()) });
            taken_apart += &format!("let {} = {}; ", text.replace(['\n', '\r'], " "), argument.name);
        }
        let call = match signature.asyncness {
            Some(_) => format!("unsafe {{ {CODE}.call_async(({names})) }}.await"),
            None => format!("unsafe {{ {CODE}.call(({names})) }}"),
        };
        let look =
            format!(" {{ let {CODE} = {slot}.current(); if {CODE}.is_set() {{ return {call}; }} }} {taken_apart}");
        self.edits.push(Edit::insert(inside(attributes, body), look));
        self.edits.push(Edit::insert(
            behind,
            format!(" #[doc(hidden)] pub static {slot}: crate::{MODULE}::Slot = crate::{MODULE}::Slot::new();"),
        ));
    }
}

/// Not the user's name for an argument.
const CODE: &str = "__liveswap_code";

/// Behind the opening brace, and behind the attributes that may only stand there.
fn inside(attributes: &[Attribute], body: &Block) -> usize {
    let inner = attributes.iter().filter(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
    let last = inner.map(|attribute| attribute.span().byte_range().end).max();
    last.unwrap_or_else(|| body.brace_token.span.open().byte_range().end)
}

//! `cfg_if! { if #[cfg(…)] { … } else { … } }`: items under conditions, written as a macro's call.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Item, ItemMacro, Token, braced};

use super::cfg::Cfg;

/// One branch: when it is compiled, and what is in it.
pub struct Branch {
    /// Its own condition, with those of the branches before it.
    pub cfg: Cfg,
    /// Its items.
    pub items: Vec<Item>,
}

/// The branches of a call of `cfg_if!`; none of any other macro, or where it is written otherwise.
pub fn of(item: &ItemMacro) -> Vec<Branch> {
    let is_known = item.mac.path.segments.last().is_some_and(|segment| segment.ident == "cfg_if");
    if !is_known || item.ident.is_some() {
        return Vec::new();
    }
    item.mac.parse_body::<Branches>().map_or(Vec::new(), |branches| branches.0)
}

struct Branches(Vec<Branch>);

impl Parse for Branches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (mut branches, mut before) = (Vec::new(), Vec::new());
        loop {
            let own = match input.parse::<Option<Token![if]>>()? {
                Some(_) => Cfg::of(&input.call(Attribute::parse_outer)?),
                None => Cfg::Always,
            };
            let is_last = own == Cfg::Always;
            let content;
            braced!(content in input);
            let mut items = Vec::new();
            while !content.is_empty() {
                items.push(content.parse()?);
            }
            let conditions = before.iter().cloned().chain([own.clone()]).collect();
            branches.push(Branch { cfg: Cfg::all(conditions), items });
            before.push(Cfg::Not(Box::new(own)));
            if is_last || input.is_empty() {
                return Ok(Self(branches));
            }
            input.parse::<Token![else]>()?;
        }
    }
}

//! The keys of functions and items: names as people write them, with a number where several in one module have one. All
//! that goes through a file's items numbers them by this, in the order of the text.

use std::collections::HashMap;

use syn::{ItemTrait, TraitItem};

type Counts = HashMap<(Vec<String>, String), usize>;

/// How often each name was met; a function's name may be that of an item, too.
#[derive(Debug, Default)]
pub struct Keys {
    functions: Counts,
    items: Counts,
}

impl Keys {
    /// The key of a function.
    pub fn function(&mut self, module: &[String], name: String) -> String {
        numbered(&mut self.functions, module, name)
    }

    /// The key of anything else.
    pub fn item(&mut self, module: &[String], name: String) -> String {
        numbered(&mut self.items, module, name)
    }

    /// Counts the default methods of a trait.
    pub fn pass_over(&mut self, module: &[String], item: &ItemTrait) {
        for inner in &item.items {
            if let TraitItem::Fn(inner) = inner
                && inner.default.is_some()
            {
                self.function(module, format!("{}::{}", item.ident, inner.sig.ident));
            }
        }
    }
}

fn numbered(counts: &mut Counts, module: &[String], name: String) -> String {
    let count = counts.entry((module.to_vec(), name.clone())).or_default();
    *count += 1;
    if *count == 1 { name } else { format!("{name} #{count}") }
}

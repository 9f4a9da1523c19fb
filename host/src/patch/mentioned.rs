//! The names that a patch's code mentions.
//!
//! A function has one address, the base's, whose slot leads to its newest code. So where code of a patch mentions a
//! function that the patch replaces, the name has to mean the base's function: the patch's own copy then has another
//! name. Pointers, closures and threads that a patch makes lead to the code of later patches so.

use std::collections::HashSet;

use super::File;
use crate::source::text::{Lexeme, name_print};
use crate::source::{ItemKind, SourceFile};

/// Names that code of a patch mentions, as hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentioned {
    names: HashSet<u64>,
    /// Whether a macro may put names together from pieces.
    any: bool,
}

impl Mentioned {
    /// What the code in these files of a patch mentions, whatever part they are of.
    pub fn of<'a>(files: impl IntoIterator<Item = &'a File>) -> Self {
        let mut names = HashSet::new();
        for file in files {
            let functions = file
                .source
                .functions
                .iter()
                .filter(|function| file.functions.contains(&(function.module.clone(), function.key.clone())));
            functions.for_each(|function| names.extend(used(&file.source, function.at.clone())));
            let items = file.source.items.iter().filter(|item| match item.kind {
                // They are in each module of a patch.
                ItemKind::Use | ItemKind::Macro | ItemKind::Other => true,
                _ => file.items.contains(&(item.module.clone(), item.key.clone())),
            });
            items.for_each(|item| names.extend(used(&file.source, item.at.clone())));
        }
        let any = ["paste", "concat_idents"].iter().any(|name| names.contains(&name_print(name)));
        Self { names, any }
    }

    /// Whether a function of this name may be mentioned.
    pub(super) fn has(&self, name: &str) -> bool {
        self.any || self.names.contains(&name_print(name))
    }
}

/// The names in a stretch, without those that it gives to functions.
fn used(source: &SourceFile, stretch: std::ops::Range<usize>) -> impl Iterator<Item = u64> {
    let defines = name_print("fn");
    let lexemes = source.lexemes.within(stretch);
    let is_used = move |(at, lexeme): &(usize, &Lexeme)| {
        lexeme.is_name() && at.checked_sub(1).is_none_or(|before| lexemes[before].print != defines)
    };
    lexemes.iter().enumerate().filter(is_used).map(|(_, lexeme)| lexeme.print)
}

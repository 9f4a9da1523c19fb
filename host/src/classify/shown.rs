//! What code shows of its own text: the places where it stands, and the spacing of its tokens.
//!
//! A body can say the same and yet give something else, since its lines moved: by `line!()`, by a macro of the workspace
//! that has that in it, by a call of a `#[track_caller]` function that asks who calls it. A macro that makes text of its
//! input sees the spaces between the tokens. Such a body is compiled anew.
//!
//! The records of `log` and `tracing` are exempt: the line that they name is a hint for people, and nearly every edit
//! would compile most of a program anew. Panics are exempt since the runtime maps their places to the files.

mod differs;
pub mod macros;

use std::collections::HashSet;

pub use differs::{Text, add_moved, shows_something_else};
use macros::{Macros, is_caller};

use super::Snapshot;
use crate::source::text::{Lexeme, name_print};
use crate::source::{ItemKind, SourceFile};

/// What shows places and texts in a workspace.
#[derive(Debug, Default)]
pub struct Shown {
    /// The macros.
    pub macros: Macros,
    /// Names of `#[track_caller]` functions that ask for their callers, as hashes.
    callers: HashSet<u64>,
    /// Names that traits declare as `#[track_caller]`: their methods are that, too.
    inherited: HashSet<u64>,
}

impl Shown {
    /// What the sources of a snapshot have.
    pub fn of(now: &Snapshot) -> Self {
        let is_rust = |path: &&std::path::Path| path.extension().is_some_and(|extension| extension == "rs");
        let sources: Vec<_> = now.paths().filter(is_rust).filter_map(|path| now.syntax(path)?.ok()).collect();
        let sources: Vec<&SourceFile> = sources.iter().map(|source| &**source).collect();
        Self::of_sources(&sources)
    }

    fn of_sources(sources: &[&SourceFile]) -> Self {
        let inherited: HashSet<u64> = sources.iter().flat_map(|source| declared_by_traits(source)).collect();
        let mut shown = Self { macros: Macros::of(sources), callers: HashSet::new(), inherited };
        let marked: Vec<(u64, &[Lexeme])> = sources
            .iter()
            .flat_map(|source| source.functions.iter().map(move |function| (source, function)))
            .filter_map(|(source, function)| {
                let name = name_print(&function.name);
                let head = source.lexemes.within(function.at.start..function.body_at.start);
                let is_marked = shown.inherited.contains(&name) || has_mark(head);
                is_marked.then(|| (name, source.lexemes.within(function.body_at.clone())))
            })
            .collect();
        // Who hands on its own caller to one of these asks for it as well.
        loop {
            let asks = |(name, body): &&(u64, &[Lexeme])| !shown.callers.contains(name) && shown.has_places(body);
            let more: Vec<u64> = marked.iter().filter(asks).map(|(name, _)| *name).collect();
            if more.is_empty() {
                return shown;
            }
            shown.callers.extend(more);
        }
    }

    /// Whether a trait declares a method of this name as `#[track_caller]`.
    pub fn is_track_caller(&self, name: &str) -> bool {
        self.inherited.contains(&name_print(name))
    }

    fn has_places(&self, lexemes: &[Lexeme]) -> bool {
        self.places(lexemes).next().is_some()
    }

    /// Which of these tokens show where they stand.
    fn places<'a>(&'a self, lexemes: &'a [Lexeme]) -> impl Iterator<Item = usize> + 'a {
        (0..lexemes.len()).filter(move |at| {
            let lexeme = &lexemes[*at];
            lexeme.is_name()
                && (self.callers.contains(&lexeme.print)
                    || is_caller(lexemes, *at)
                    || macros::is_call(lexemes, *at) && self.macros.shows_place(lexeme.print))
        })
    }
}

fn has_mark(lexemes: &[Lexeme]) -> bool {
    lexemes.iter().any(|lexeme| lexeme.print == name_print("track_caller"))
}

/// The methods that the traits of a file declare as `#[track_caller]`.
fn declared_by_traits(source: &SourceFile) -> Vec<u64> {
    let traits = source.items.iter().filter(|item| item.kind == ItemKind::Trait);
    let declared = |lexemes: &[Lexeme]| -> Vec<u64> {
        let (mark, function) = (name_print("track_caller"), name_print("fn"));
        let marks = lexemes.iter().enumerate().filter(|(_, lexeme)| lexeme.print == mark);
        let name = |at: usize| {
            let of = lexemes[at..].iter().position(|lexeme| lexeme.print == function)?;
            Some(lexemes.get(at + of + 1)?.print)
        };
        marks.filter_map(|(at, _)| name(at)).collect()
    };
    traits.flat_map(|item| declared(source.lexemes.within(item.at.clone()))).collect()
}

#[cfg(test)]
mod tests;

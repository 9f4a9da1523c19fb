//! Which functions and items of a file say the same and show something else.

use std::ops::Range;

use super::Shown;
use super::macros::is_call;
use crate::classify::bodies::{self, Delta};
use crate::source::text::{Lexeme, code_of, name_print, print};
use crate::source::{Function, Item, ItemKind, SourceFile};

/// A file's text, and the same taken apart.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// What the file has.
    pub text: &'a str,
    /// The same, taken apart.
    pub source: &'a SourceFile,
}

/// Adds to a patch the functions and constants of a file that say the same as in the base and show something else.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn add_moved(before: Text<'_>, after: Text<'_>, shown: &Shown, delta: &mut Delta) -> Result<(), String> {
    for (old, function) in same_functions(before, after) {
        let name = (function.module.clone(), function.key.clone());
        if delta.functions.contains(&name) || !differs(before, after, (&old.body_at, &function.body_at), shown) {
            continue;
        }
        let key = &function.key;
        if function.has_static {
            return Err(format!("`{key}`, which shows where it stands, declares a static, which would begin anew"));
        }
        match &function.slot {
            Ok(_) => {}
            Err(_) if function.is_copyable => bodies::copy(function, delta),
            Err(why) => return Err(format!("`{key}`, which shows where it stands, {why}")),
        }
        delta.functions.insert(name);
    }
    for (old, item) in same_items(before, after) {
        let mut stretches = old.of.iter().chain(&old.value).zip(item.of.iter().chain(&item.value));
        if !stretches.any(|(one, other)| differs(before, after, (one, other), shown)) {
            continue;
        }
        if item.kind != ItemKind::Const || item.key == "const _" {
            return Err(format!("`{}` shows where it stands, and moved", item.key));
        }
        delta.items.insert((item.module.clone(), item.key.clone()));
        delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
    }
    Ok(())
}

/// The first function or item that says the same in both files and shows something else, as people call it.
pub fn shows_something_else(before: Text<'_>, after: Text<'_>, shown: &Shown) -> Option<String> {
    let function = same_functions(before, after)
        .find(|(old, new)| differs(before, after, (&old.body_at, &new.body_at), shown))
        .map(|(_, new)| new.key.clone());
    let item = || {
        let moved = |(old, new): &(&Item, &Item)| {
            let mut stretches = old.of.iter().chain(&old.value).zip(new.of.iter().chain(&new.value));
            stretches.any(|(one, other)| differs(before, after, (one, other), shown))
        };
        same_items(before, after).find(moved).map(|(_, new)| new.key.clone())
    };
    function.or_else(item)
}

fn same_functions<'a>(before: Text<'a>, after: Text<'a>) -> impl Iterator<Item = (&'a Function, &'a Function)> {
    // Mostly all are there, in the same order.
    let mut next = 0;
    after.source.functions.iter().filter_map(move |function| {
        let functions = &before.source.functions;
        let is_it = |old: &&Function| old.key == function.key && old.module == function.module;
        let near = functions[next.min(functions.len())..].iter().position(|old| is_it(&old)).map(|at| next + at);
        let at = near.or_else(|| functions.iter().position(|old| is_it(&old)))?;
        next = at + 1;
        let old = &functions[at];
        (old.body == function.body && old.outside == function.outside).then_some((old, function))
    })
}

fn same_items<'a>(before: Text<'a>, after: Text<'a>) -> impl Iterator<Item = (&'a Item, &'a Item)> {
    // What a macro's definition has is shown where it is called.
    let is_code =
        |item: &&Item| !matches!(item.kind, ItemKind::Use | ItemKind::Module) && !item.key.starts_with("macro ");
    after.source.items.iter().filter(is_code).filter_map(move |item| {
        let is_it = |old: &&Item| old.key == item.key && old.module == item.module;
        let old = before.source.items.iter().find(is_it)?;
        (old.digest == item.digest).then_some((old, item))
    })
}

/// Whether two stretches of the same tokens show something else.
fn differs(before: Text<'_>, after: Text<'_>, (one, other): (&Range<usize>, &Range<usize>), shown: &Shown) -> bool {
    let old = before.source.lexemes.within(one.clone());
    let new = after.source.lexemes.within(other.clone());
    if old.len() != new.len() {
        return false;
    }
    let moved = |at: usize| place_of(before.text, old[at].start) != place_of(after.text, new[at].start);
    shown.places(new).any(moved) || {
        let calls = (0..new.len()).filter(|at| is_call(new, *at) && shown.macros.makes_text(new[*at].print));
        calls.into_iter().any(|at| {
            let input = input_of(new, at + 2);
            spacing(before.text, &old[input.clone()]) != spacing(after.text, &new[input])
        })
    }
}

/// What stands between a group's delimiters, the second one included.
fn input_of(lexemes: &[Lexeme], open: usize) -> Range<usize> {
    let [opens, closes] = [["(", "[", "{"], [")", "]", "}"]].map(|all| all.map(print));
    let mut depth = 0_usize;
    let end = lexemes[open..].iter().position(|lexeme| {
        depth += usize::from(opens.contains(&lexeme.print));
        depth -= usize::from(closes.contains(&lexeme.print) && depth > 0);
        depth == 0
    });
    open + 1..end.map_or(lexemes.len(), |end| open + end + 1)
}

/// Before which tokens something stands that is none.
fn spacing(text: &str, lexemes: &[Lexeme]) -> Vec<bool> {
    let code = code_of(text).1;
    let mut starts: Vec<usize> = lexemes.iter().map(|lexeme| lexeme.start).collect();
    // The names in a text have its place.
    starts.dedup();
    let is_apart = |at: usize| {
        let before = &code[..at];
        let is_comment = before.ends_with("*/") && starts.binary_search(&(at - 1)).is_err();
        before.ends_with(char::is_whitespace) || is_comment
    };
    starts.iter().map(|at| is_apart(*at)).collect()
}

/// The line and the column of a place in the code of a text.
fn place_of(text: &str, at: usize) -> (usize, usize) {
    let (start, code) = code_of(text);
    let line = code[..at].rfind('\n').map_or(0, |before| before + 1);
    (text[..start + at].matches('\n').count(), code[line..at].chars().count())
}

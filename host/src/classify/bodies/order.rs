//! Order that has a meaning without names: a macro is known to what follows its definition in the text, and a later
//! definition of the same name replaces it.

use crate::source::text::name_print;
use crate::source::{ItemKind, SourceFile};

/// What stands in a file, in the order of the text.
type Entry<'a> = (&'a [String], &'a str);

/// Checks that no definition of a macro has passed something else of the file.
///
/// # Errors
///
/// For people: one has.
pub(super) fn check(base: &SourceFile, now: &SourceFile) -> Result<(), String> {
    if ![base, now].into_iter().any(has_barriers) {
        return Ok(());
    }
    let (before, after) = (entries(base), entries(now));
    if sections(&before, &after) == sections(&after, &before) {
        return Ok(());
    }
    Err("a macro's definition, or something that may use it, was moved".to_owned())
}

/// Whether it matters what stands before what.
fn has_barriers(file: &SourceFile) -> bool {
    file.items.iter().any(|item| item.kind == ItemKind::Macro && !item.names.is_empty()) || lends_macros(file)
}

/// Whether modules of the file lend it their macros.
fn lends_macros(file: &SourceFile) -> bool {
    let lends = name_print("macro_use");
    file.lexemes.all().iter().any(|lexeme| lexeme.print == lends)
}

/// All of a file in its order; with those that may define macros.
fn entries(file: &SourceFile) -> Vec<(Entry<'_>, bool)> {
    let lends_macros = lends_macros(file);
    let is_barrier = |kind: ItemKind, has_names: bool| match kind {
        ItemKind::Macro => has_names,
        ItemKind::Module => lends_macros,
        _ => false,
    };
    let items = file.items.iter().filter(|item| item.kind != ItemKind::Use);
    let items =
        items.map(|item| (item.at.start, (&*item.module, &*item.key), is_barrier(item.kind, !item.names.is_empty())));
    let functions =
        file.functions.iter().map(|function| (function.at.start, (&*function.module, &*function.key), false));
    let mut all: Vec<_> = items.chain(functions).collect();
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter().map(|(_, entry, is_barrier)| (entry, is_barrier)).collect()
}

/// What both files have, between the definitions of macros; within a section the order has no meaning.
fn sections<'a>(of: &[(Entry<'a>, bool)], other: &[(Entry<'_>, bool)]) -> Vec<Vec<Entry<'a>>> {
    let there: std::collections::HashSet<Entry<'_>> = other.iter().map(|(entry, _)| *entry).collect();
    let mut found = vec![Vec::new()];
    for (entry, is_barrier) in of.iter().filter(|(entry, _)| there.contains(entry)) {
        if *is_barrier {
            found.push(vec![*entry]);
            found.push(Vec::new());
        } else if let Some(last) = found.last_mut() {
            last.push(*entry);
        }
    }
    found.iter_mut().for_each(|section| section.sort_unstable());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_must_not_pass_anything() {
        let moved = |before: &str, after: &str| {
            let read = |text: &str| SourceFile::read(text.as_bytes()).unwrap();
            check(&read(before), &read(after)).is_err()
        };
        let text = "macro_rules! m { () => { 1 } } fn a() {} fn c() {} macro_rules! m { () => { 2 } } fn b() {}";
        assert!(!moved(text, text));
        assert!(!moved(text, &text.replace("fn a() {} fn c() {}", "fn c() {} fn d() {} fn a() { m!() }")));
        assert!(moved(text, &format!("{} fn a() {{}}", text.replace("fn a() {}", ""))));
        assert!(moved("macro_rules! m { () => {} } fn a() {}", "fn a() {} macro_rules! m { () => {} }"));
        assert!(moved("#[macro_use] mod m; mod n; fn a() {}", "mod n; #[macro_use] mod m; fn a() {}"));
        assert!(!moved("mod m; fn a() {} fn b() {}", "fn b() {} fn a() {} mod m;"));
    }
}

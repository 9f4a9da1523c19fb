//! Where a place of running code stands in the files now, also where other code of the file has changed since: patches
//! leave most of a base in force, whose places are those of its own sources.

use std::ops::Range;
use std::path::Path;

use super::Snapshot;
use super::tokens::Place;
use crate::source::SourceFile;
use crate::source::text::code_of;

/// Where a place of the sources that some code was built from is in those of now; `None` where it is not known, since
/// the function that it stood in has changed or is gone. Lines and columns count from 1, columns in characters.
pub fn place_now(built: &Snapshot, now: &Snapshot, file: &Path, place: Place) -> Option<Place> {
    let (before, after) = (built.get(file)?, now.get(file)?);
    if before == after {
        return Some(place);
    }
    let (before, after) = (std::str::from_utf8(before).ok()?, std::str::from_utf8(after).ok()?);
    let (parsed_before, parsed_after) = (built.syntax(file)?.ok()?, now.syntax(file)?.ok()?);
    let at = offset_of(before, place)?.checked_sub(code_of(before).0)?;
    let (from, to) = same_stretch(&parsed_before, &parsed_after, at)?;
    let (from, to) = (parsed_before.lexemes.within(from), parsed_after.lexemes.within(to));
    let is_same = from.len() == to.len() && from.iter().zip(to).all(|(one, other)| one.print == other.print);
    // The token that stands there, or the last one before.
    let index = from.partition_point(|lexeme| lexeme.start <= at).checked_sub(1).filter(|_| is_same)?;
    let token_before = place_of(before, from[index].start + code_of(before).0);
    let token_now = place_of(after, to[index].start + code_of(after).0);
    let column = if token_before == place { token_now.1 } else { place.1 };
    Some((place.0 - token_before.0 + token_now.0, column))
}

/// The body or the item that the place stands in, in both.
fn same_stretch(before: &SourceFile, after: &SourceFile, at: usize) -> Option<(Range<usize>, Range<usize>)> {
    if let Some(function) = before.functions.iter().find(|function| function.body_at.contains(&at)) {
        let name = |of: &&crate::source::Function| of.key == function.key && of.module == function.module;
        return Some((function.body_at.clone(), after.functions.iter().find(name)?.body_at.clone()));
    }
    let item = before.items.iter().filter(|item| item.at.contains(&at)).min_by_key(|item| item.at.len())?;
    let same = after.items.iter().find(|other| other.key == item.key && other.module == item.module)?;
    Some((item.at.clone(), same.at.clone()))
}

/// Where a place is in a text, in bytes; where its line is shorter, the line's end.
fn offset_of(text: &str, (line, column): Place) -> Option<usize> {
    let lines = text.split_inclusive('\n');
    let start: usize = lines.clone().take(line.checked_sub(1)? as usize).map(str::len).sum();
    let line = text.get(start..)?.lines().next()?;
    Some(start + line.char_indices().nth(column.saturating_sub(1) as usize).map_or(line.len(), |(at, _)| at))
}

fn place_of(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (number(before.matches('\n').count() + 1), number(line.chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn place_in(before: &str, after: &str, place: Place) -> Option<Place> {
        let of = |text: &str| {
            let mut snapshot = Snapshot::default();
            snapshot.update("/w/lib.rs", Some(Arc::from(text.as_bytes())));
            snapshot
        };
        place_now(&of(before), &of(after), Path::new("/w/lib.rs"), place)
    }

    #[test]
    fn a_function_that_has_not_changed_is_found_among_others_that_have() {
        let before = "fn a() {\n    1;\n}\nfn b() {\n    ü();  panic!()\n}\n";
        let after = "use x;\n\nfn a() {\n    1;\n    2;\n}\n\n\nfn b() {\n    // why\n      ü(); panic!()\n}\n";
        assert_eq!(place_in(before, after, (5, 11)), Some((11, 12)), "panic");
        assert_eq!(place_in(before, after, (5, 99)), Some((11, 99)), "behind the line's end");
        assert_eq!(place_in(before, before, (5, 11)), Some((5, 11)));
        assert_eq!(place_in(before, after, (2, 5)), None, "it has changed");
        assert_eq!(place_in(before, "fn a() {\n    1;\n}", (5, 11)), None, "it is gone");
        assert_eq!(place_in(before, "fn a() {", (5, 11)), None, "no Rust");
        assert_eq!(place_in(before, after, (50, 1)), None, "no such place");
    }

    #[test]
    fn functions_are_told_apart_by_their_modules_and_items_are_found() {
        let before = "mod m { fn a() {\n b() } }\nfn a() {\n b() }\nstatic S: L = L(|| {\n panic!() });\n";
        let after = format!("\u{feff}#!/bin/sh\n// x\nfn n() {{}}\n{before}");
        assert_eq!(place_in(before, &after, (2, 2)), Some((5, 2)));
        assert_eq!(place_in(before, &after, (4, 2)), Some((7, 2)));
        assert_eq!(place_in(before, &after, (6, 2)), Some((9, 2)));
    }
}

//! Edits of a source text that keep its lines.

use std::ops::Range;

/// A stretch of a text, and what stands there instead. An empty stretch is an insertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The stretch, in bytes.
    pub at: Range<usize>,
    /// Has as many line breaks as what it replaces.
    pub text: String,
}

impl Edit {
    /// Puts `text` before the byte `at`.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { at: at..at, text: text.into() }
    }

    /// Puts blanks where `source` has this stretch; line breaks stay.
    pub fn blank(source: &str, at: Range<usize>) -> Self {
        let text = blanks(&source[at.clone()]);
        Self { at, text }
    }
}

/// A text of blanks with the line breaks of this one, and as many characters: columns are counted in those.
pub fn blanks(text: &str) -> String {
    text.chars().map(|character| if character == '\n' || character == '\r' { character } else { ' ' }).collect()
}

/// Makes the edits. Those that begin at one place stand in the order of the list; one that begins inside of an earlier
/// one is left out.
pub fn apply(source: &str, edits: &mut [Edit]) -> String {
    edits.sort_by_key(|edit| edit.at.start);
    let inserted: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut text = String::with_capacity(source.len() + inserted);
    let mut done = 0;
    for edit in edits.iter().filter(|edit| edit.at.end <= source.len()) {
        if edit.at.start < done {
            continue;
        }
        text.push_str(&source[done..edit.at.start]);
        text.push_str(&edit.text);
        done = edit.at.end;
    }
    text.push_str(&source[done..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_stand_where_they_were_asked_for() {
        let source = "fn a() {\n    1\n}";
        let mut edits = vec![Edit::insert(8, " /*b*/"), Edit::insert(0, "pub "), Edit::blank(source, 13..14)];
        assert_eq!(apply(source, &mut edits), "pub fn a() { /*b*/\n     \n}");
    }

    #[test]
    fn blanks_keep_line_breaks_and_columns() {
        assert_eq!(blanks("é\r\nx"), " \r\n ");
        let mut inner = vec![Edit::blank("abc", 0..3), Edit::insert(1, "x")];
        assert_eq!(apply("abc", &mut inner), "   ", "inside of another edit there is nothing to edit");
    }
}

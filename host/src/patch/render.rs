//! From marks on a source to a text in which each kept token stands where the user wrote it.

use std::ops::Range;

use crate::source::edits::blanks;

/// What becomes of a source; all places are in bytes of it.
#[derive(Default)]
pub(super) struct Marks {
    /// What stays.
    pub(super) keep: Vec<Range<usize>>,
    /// What does not, within that.
    pub(super) take_out: Vec<Range<usize>>,
    /// What is put in.
    pub(super) insert: Vec<(usize, String)>,
    /// Code that must stay in its lines, for it can show them.
    pub(super) bodies: Vec<Range<usize>>,
}

/// Renders the source with blanks in the place of all that does not stay.
///
/// What is put in before kept code of the same line moves to the end of the line before, with all that stands to its
/// left: so the columns of that code stay, too, unless the line begins with a body.
pub(super) fn render(code: &str, mut marks: Marks) -> String {
    marks.insert.sort_by_key(|(at, _)| *at);
    let mut is_kept = vec![false; code.len()];
    marks.keep.iter().for_each(|range| is_kept[range.clone()].fill(true));
    marks.take_out.iter().for_each(|range| is_kept[range.clone()].fill(false));
    marks.bodies.sort_by_key(|body| body.start);
    let lines = Lines { code, is_kept: &is_kept, marks: &marks };
    let mut text = String::with_capacity(code.len());
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let end = start + line.len();
        let inserted = lines.inserted_in(start..end);
        let split = lines.split(start..end, inserted).filter(|_| can_take_more(&text));
        match split {
            Some((split, count)) => {
                let (before, behind) = inserted.split_at(count);
                text.pop();
                text.push(' ');
                text.push_str(lines.part(start..split, before).trim());
                text.push('\n');
                text.push_str(&blanks(&code[start..split]));
                text.push_str(&lines.part(split..end, behind));
            }
            None => text.push_str(&lines.part(start..end, inserted)),
        }
        start = end;
    }
    let behind = marks.insert.iter().filter(|(at, _)| *at >= code.len());
    behind.for_each(|(_, inserted)| text.push_str(inserted));
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Whether something can stand behind the last line of a text: there is one, and it has no comment.
fn can_take_more(text: &str) -> bool {
    let last = text.strip_suffix('\n').map(|text| text.rsplit('\n').next().unwrap_or_default());
    last.is_some_and(|last| !last.contains("//") && !last.contains("/*"))
}

struct Lines<'a> {
    code: &'a str,
    is_kept: &'a [bool],
    marks: &'a Marks,
}

impl Lines<'_> {
    fn inserted_in(&self, line: Range<usize>) -> &[(usize, String)] {
        let place = |at: usize| self.marks.insert.partition_point(|(insert, _)| *insert < at);
        &self.marks.insert[place(line.start)..place(line.end)]
    }

    /// Where a line is to be split so that what stands behind keeps its columns, and how much of what is put in stands
    /// before that; `None` if nothing does.
    fn split(&self, line: Range<usize>, inserted: &[(usize, String)]) -> Option<(usize, usize)> {
        let bodies = &self.marks.bodies;
        if inserted.is_empty() || bodies.iter().any(|body| body.start < line.start && line.start < body.end) {
            return None;
        }
        let first_body = bodies.get(bodies.partition_point(|body| body.start < line.start));
        let limit = first_body.map_or(line.end, |body| body.start.min(line.end));
        let count = inserted.partition_point(|(at, _)| *at <= limit);
        let (split, _) = inserted[..count].last()?;
        let code = self.code.as_bytes();
        let has_more = (*split..line.end).any(|at| self.is_kept[at] && !code[at].is_ascii_whitespace());
        has_more.then_some((*split, count))
    }

    /// A part of a line, with what is put in there.
    fn part(&self, part: Range<usize>, inserted: &[(usize, String)]) -> String {
        let mut text = String::new();
        let mut from = part.start;
        for (at, inserted) in inserted {
            self.copy(from..*at, &mut text);
            text.push_str(inserted);
            from = *at;
        }
        self.copy(from..part.end, &mut text);
        text
    }

    fn copy(&self, stretch: Range<usize>, text: &mut String) {
        let mut from = stretch.start;
        while from < stretch.end {
            let kept = self.is_kept[from];
            let end = (from..stretch.end).find(|at| self.is_kept[*at] != kept).unwrap_or(stretch.end);
            let part = &self.code[from..end];
            if kept {
                text.push_str(part)
            } else {
                text.push_str(&blanks(part))
            }
            from = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(code: &str, insert: &[(&str, &str)], bodies: &[&str]) -> String {
        let place = |text: &str| code.find(text).unwrap();
        let range = |text: &&str| place(text)..place(text) + text.len();
        let marks = Marks {
            keep: std::iter::once(0..code.len()).collect(),
            insert: insert.iter().map(|(before, text)| (place(before), (*text).to_owned())).collect(),
            bodies: bodies.iter().map(range).collect(),
            ..Marks::default()
        };
        render(code, marks)
    }

    #[test]
    fn columns_behind_what_is_put_in_stay() {
        assert_eq!(rendered("a;\n  fn f() { b }\n", &[("f()", "x_")], &[" b "]), "a; fn x_\n     f() { b }\n");
        assert_eq!(rendered("a;\nfn é() { b }\n", &[(" b", "c;")], &[" b "]), "a; fn é() {c;\n         b }\n");
        assert_eq!(rendered("a;\nimpl S {}\n", &[("impl", "trait T {}")], &[]), "a; trait T {}\nimpl S {}\n");
    }

    #[test]
    fn lines_stay_before_columns() {
        // The body of `f` must not move to the line before.
        let two = rendered("\nfn f() { a } fn g() { b }\n", &[("f()", "x"), ("g()", "y")], &[" a ", " b "]);
        assert_eq!(two, " fn x\n   f() { a } fn yg() { b }\n");
        assert_eq!(rendered("\nf {\n a } g\n", &[("g", "y")], &["\n a "]), "\nf {\n a } yg\n");
    }

    #[test]
    fn what_cannot_be_moved_stands_in_its_line() {
        assert_eq!(rendered("f()\n", &[("()", "x")], &[]), "fx()\n", "there is no line before");
        assert_eq!(rendered("// a\nf()\n", &[("()", "x")], &[]), "// a\nfx()\n");
    }
}

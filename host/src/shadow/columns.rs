//! Columns: what is put into a line moves what stands behind it, and `Location::caller().column()`, `column!()` and the
//! messages of panics have those of the code.
//!
//! So where code stands behind an insertion in its line, a function of one line, say, the beginning of that line moves to
//! the end of the line before, with all that is put into it, and blanks take its place. Where that can't be, as for the
//! second function of a line, the code moves; in sources that ask for columns the insertion is left out instead.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, File, Macro};

use crate::source::edits::{Edit, apply, blanks};

/// Edits that belong together: all are made, or none.
pub(super) type Group = Vec<Edit>;

/// The edits to make, of these groups, so that code keeps its columns. `is_exact` tells whether what can't be made so is
/// left out.
pub(super) fn keep(code: &str, file: &File, tokens: TokenStream, mut groups: Vec<Group>, is_exact: bool) -> Vec<Edit> {
    let text = Text::of(code, file, tokens);
    loop {
        let edits = Edits::of(&groups);
        let lines = text.lines_that_move(&edits);
        let stuck: Vec<&Range<usize>> =
            lines.iter().filter(|line| is_exact && text.hoisted(line, &edits).is_none()).collect();
        let is_stuck =
            |edit: &Edit| stuck.iter().any(|line| line.contains(&edit.at.start) && text.moves_code(line, edit));
        let before = groups.len();
        groups.retain(|group| !group.iter().any(is_stuck));
        if groups.len() == before {
            return text.with_hoisted(&lines, edits);
        }
    }
}

/// Edits in the order of the text.
struct Edits {
    all: Vec<Edit>,
    /// For each, where it and all before it end.
    ends: Vec<usize>,
}

impl Edits {
    fn of(groups: &[Group]) -> Self {
        let mut all: Vec<Edit> = groups.iter().flatten().cloned().collect();
        all.sort_by_key(|edit| edit.at.start);
        let ends = all.iter().scan(0, |end, edit| {
            *end = edit.at.end.max(*end);
            Some(*end)
        });
        let ends = ends.collect();
        Self { all, ends }
    }

    /// Those that begin in a stretch.
    fn within(&self, stretch: &Range<usize>) -> Range<usize> {
        let number = |at: usize| self.all.partition_point(|edit| edit.at.start < at);
        number(stretch.start)..number(stretch.end)
    }

    /// Whether a place lies inside of an edit.
    fn has_inside(&self, at: usize) -> bool {
        let before = self.all.partition_point(|edit| edit.at.start < at);
        before > 0 && self.ends[before - 1] > at
    }
}

/// A text, and where in it is what.
struct Text<'a> {
    code: &'a str,
    /// Tokens, with whether each is a doc comment.
    tokens: Vec<(Range<usize>, bool)>,
    /// Stretches with code that runs, or that the compiler runs.
    runs: Vec<Range<usize>>,
}

impl<'a> Text<'a> {
    fn of(code: &'a str, file: &File, tokens: TokenStream) -> Self {
        let mut runs = Runs(Vec::new());
        runs.visit_file(file);
        runs.0.sort_by_key(|run| run.start);
        let mut all = Vec::new();
        flatten(code, tokens, &mut all);
        Self { code, tokens: all, runs: runs.0 }
    }

    /// The lines in which an edit moves code.
    fn lines_that_move(&self, edits: &Edits) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        for edit in &edits.all {
            if lines.last().is_some_and(|line| line.contains(&edit.at.start)) {
                continue;
            }
            let line = self.line(edit.at.start);
            lines.extend(self.moves_code(&line, edit).then_some(line));
        }
        lines
    }

    fn line(&self, at: usize) -> Range<usize> {
        let start = self.code[..at].rfind('\n').map_or(0, |at| at + 1);
        start..self.code[at..].find('\n').map_or(self.code.len(), |length| at + length + 1)
    }

    /// Whether an edit gives code behind it another column.
    fn moves_code(&self, line: &Range<usize>, edit: &Edit) -> bool {
        let is_as_long = edit.text.chars().count() == self.code[edit.at.clone()].chars().count();
        !is_as_long && edit.at.end < line.end && self.has_code(edit.at.end..line.end)
    }

    /// Whether code that runs stands in a stretch; in comments there is none.
    fn has_code(&self, stretch: Range<usize>) -> bool {
        let first = self.runs.partition_point(|run| run.end <= stretch.start);
        let mut runs = self.runs[first..].iter().take_while(|run| run.start < stretch.end);
        runs.any(|run| self.has_token(run.start.max(stretch.start)..run.end.min(stretch.end)))
    }

    fn has_token(&self, stretch: Range<usize>) -> bool {
        let first = self.tokens.partition_point(|(at, _)| at.end <= stretch.start);
        self.tokens.get(first).is_some_and(|(at, _)| at.start < stretch.end)
    }

    /// The beginning of a line that is to move, and the place that it moves to; `None` where that can't be.
    fn hoisted(&self, line: &Range<usize>, edits: &Edits) -> Option<(Range<usize>, Range<usize>)> {
        let here = &edits.all[edits.within(line)];
        let end = here.iter().filter(|edit| self.moves_code(line, edit)).map(|edit| edit.at.end).max()?;
        let is_whole = !edits.has_inside(line.start) && !edits.has_inside(end);
        if self.has_code(line.start..end) || line.start == 0 || !is_whole {
            return None;
        }
        let next = self.tokens.partition_point(|(at, _)| at.end <= line.start);
        let begin = self.tokens.get(next)?.0.start;
        let before = next.checked_sub(1).map(|at| &self.tokens[at]);
        let gap = before.map_or(0, |(at, _)| at.end)..begin.max(line.start);
        let begins_here = begin >= line.start && !self.code[gap.clone()].contains("/*");
        let to = match before {
            // Behind a doc comment all is part of it. Nobody reads it in a base.
            Some((comment, true)) => comment.clone(),
            _ => gap.start..gap.start,
        };
        (begins_here && to.end < line.start && !edits.has_inside(to.start)).then_some((line.start..end, to))
    }

    fn with_hoisted(&self, lines: &[Range<usize>], edits: Edits) -> Vec<Edit> {
        let (mut hoisted, mut is_inside) = (Vec::new(), vec![false; edits.all.len()]);
        for (from, to) in lines.iter().filter_map(|line| self.hoisted(line, &edits)) {
            // An insertion at the end is part of it.
            let inside = edits.within(&(from.start..from.end + 1));
            is_inside[inside.clone()].fill(true);
            let shift = |edit: &Edit| {
                let at = edit.at.start - from.start..edit.at.end - from.start;
                Edit { at, text: edit.text.clone() }
            };
            let mut inside: Vec<Edit> = edits.all[inside].iter().map(shift).collect();
            let text = apply(&self.code[from.clone()], &mut inside);
            // A doc comment may have several lines.
            let lines = "\n".repeat(self.code[to.clone()].matches('\n').count());
            hoisted.push(Edit { at: to, text: format!(" {text} {lines}") });
            hoisted.push(Edit { text: blanks(&self.code[from.clone()]), at: from });
        }
        let rest = edits.all.into_iter().zip(is_inside).filter(|(_, is_inside)| !is_inside).map(|(edit, _)| edit);
        rest.chain(hoisted).collect()
    }
}

fn flatten(code: &str, tokens: TokenStream, all: &mut Vec<(Range<usize>, bool)>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) if !code[group.span_open().byte_range()].starts_with('/') => {
                all.push((group.span_open().byte_range(), false));
                flatten(code, group.stream(), all);
                all.push((group.span_close().byte_range(), false));
            }
            // A doc comment is an attribute whose tokens all have the comment's place.
            tree => {
                let at = tree.span().byte_range();
                let is_comment = code[at.clone()].starts_with("//") || code[at.clone()].starts_with("/*");
                if all.last().is_none_or(|(last, _)| *last != at) {
                    all.push((at, is_comment));
                }
            }
        }
    }
}

/// Finds what runs.
struct Runs(Vec<Range<usize>>);

impl<'a> Visit<'a> for Runs {
    fn visit_block(&mut self, block: &'a Block) {
        let (open, close) = (block.brace_token.span.open().byte_range(), block.brace_token.span.close().byte_range());
        self.0.push(open.end..close.start);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.0.push(expr.span().byte_range());
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        self.0.push(item.tokens.span().byte_range());
    }

    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}

    fn visit_type_array(&mut self, ty: &'a syn::TypeArray) {
        visit::visit_type(self, &ty.elem);
    }
}

#[cfg(test)]
mod tests {
    /// The shadow, which has as many lines.
    fn of(text: &str, is_exact: bool) -> String {
        let shadow = crate::shadow::tests::with(text, is_exact);
        assert_eq!(shadow.matches('\n').count(), text.matches('\n').count(), "{shadow}");
        shadow
    }

    /// Where `MARK` stands: line and column.
    fn marks(text: &str) -> Vec<(usize, usize)> {
        let lines = text.lines().enumerate();
        lines.flat_map(|(line, text)| text.match_indices("MARK").map(move |(column, _)| (line, column))).collect()
    }

    #[test]
    fn code_keeps_its_columns() {
        for text in [
            "\nfn a() -> u32 { MARK }",
            "\n\nimpl A {\n    fn a(&self, _: u8) -> u32 { MARK } // a comment\n    pub fn b() { MARK }\n}\n",
            "// one\n/// doc\n/// more\nfn a() { MARK }\n// inner\nconst A: u8 = MARK;",
            "use a; // b\n#[inline]\nfn a(\n    (x, y): (u8, u8)) -> u32 { MARK }\n",
            "struct A { b: u8 }\nstatic B: u8 = MARK;\nenum C { D = MARK }\n",
            "/** long\n doc */\nfn a() { MARK }\n",
            "\nfn a() { if b { MARK\n} MARK }\n",
        ] {
            let shadow = of(text, true);
            assert_eq!(marks(&shadow), marks(text), "{shadow}");
            assert!(syn::parse_file(&shadow).is_ok(), "{shadow}");
            assert_eq!(shadow.matches("__liveswap_look!").count(), text.matches("fn ").count(), "{shadow}");
        }
    }

    #[test]
    fn what_would_move_code_is_left_out_where_columns_are_asked_for() {
        for text in ["\nfn a() { MARK } fn b() { MARK }\n", "fn a() { MARK }\n", "/* x\n*/ fn a() { MARK }\n"] {
            let shadow = of(text, true);
            assert_eq!(marks(&shadow), marks(text), "{shadow}");
            assert!(of(text, false).contains("__liveswap_look!"));
        }
    }
}

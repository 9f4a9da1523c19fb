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
pub(super) fn keep(code: &str, file: &File, tokens: TokenStream, groups: Vec<Group>, is_exact: bool) -> Vec<Edit> {
    let text = Text::of(code, file, tokens);
    let mut groups = groups;
    loop {
        let all: Vec<Edit> = groups.iter().flatten().cloned().collect();
        let lines = text.lines_that_move(&all);
        let is_stuck = |line: &Range<usize>| text.hoisted(line, &all).is_none();
        let stuck: Vec<&Range<usize>> = lines.iter().filter(|line| is_exact && is_stuck(line)).collect();
        let is_left_out = |group: &Group| {
            group
                .iter()
                .any(|edit| stuck.iter().any(|line| line.contains(&edit.at.start) && text.moves_code(line, edit)))
        };
        if !groups.iter().any(&is_left_out) {
            return text.with_hoisted(&lines, all);
        }
        groups.retain(|group| !is_left_out(group));
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
        let mut all = Vec::new();
        flatten(code, tokens, &mut all);
        Self { code, tokens: all, runs: runs.0 }
    }

    /// The lines in which an edit moves code.
    fn lines_that_move(&self, edits: &[Edit]) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = edits.iter().map(|edit| self.line(edit.at.start)).collect();
        lines.sort_by_key(|line| line.start);
        lines.dedup();
        lines.retain(|line| edits.iter().any(|edit| line.contains(&edit.at.start) && self.moves_code(line, edit)));
        lines
    }

    fn line(&self, at: usize) -> Range<usize> {
        let start = self.code[..at].rfind('\n').map_or(0, |at| at + 1);
        start..self.code[at..].find('\n').map_or(self.code.len(), |length| at + length + 1)
    }

    /// Whether an edit gives code behind it another column.
    fn moves_code(&self, line: &Range<usize>, edit: &Edit) -> bool {
        let is_as_long = edit.text.chars().count() == self.code[edit.at.clone()].chars().count();
        !is_as_long && edit.at.end < line.end && self.code_in(edit.at.end..line.end).is_some()
    }

    /// Where in a stretch code that runs begins.
    fn code_in(&self, stretch: Range<usize>) -> Option<usize> {
        let runs = self.runs.iter().map(|run| run.start.max(stretch.start)..run.end.min(stretch.end));
        let runs = runs.filter(|run| run.start < run.end);
        // In comments there is none.
        let first =
            |run: Range<usize>| self.tokens.iter().map(|(at, _)| at.start.max(run.start)).find(|at| run.contains(at));
        runs.filter_map(|run| first(run.clone()).filter(|_| !self.is_blank(run))).min()
    }

    fn is_blank(&self, stretch: Range<usize>) -> bool {
        !self.tokens.iter().any(|(at, _)| at.start < stretch.end && at.end > stretch.start)
    }

    /// The beginning of a line that is to move, and the place that it moves to; `None` where that can't be.
    fn hoisted(&self, line: &Range<usize>, edits: &[Edit]) -> Option<(Range<usize>, Range<usize>)> {
        let moving = edits.iter().filter(|edit| line.contains(&edit.at.start) && self.moves_code(line, edit));
        let end = moving.map(|edit| edit.at.end).max()?;
        let is_whole = edits.iter().all(|edit| edit.at.end <= end || edit.at.start >= end);
        if self.code_in(line.start..end).is_some() || line.start == 0 || !is_whole {
            return None;
        }
        let next = self.tokens.iter().position(|(at, _)| at.end > line.start)?;
        let before = next.checked_sub(1).map(|at| &self.tokens[at]);
        let gap = before.map_or(0, |(at, _)| at.end)..self.tokens[next].0.start.max(line.start);
        let begins_here = self.tokens[next].0.start >= line.start && !self.code[gap.clone()].contains("/*");
        let to = match before {
            // Behind a doc comment all is part of it. Nobody reads it in a base.
            Some((comment, true)) => comment.clone(),
            _ => gap.start..gap.start,
        };
        (begins_here && to.end < line.start).then_some((line.start..end, to))
    }

    fn with_hoisted(&self, lines: &[Range<usize>], mut edits: Vec<Edit>) -> Vec<Edit> {
        let whole = edits.clone();
        for (from, to) in lines.iter().filter_map(|line| self.hoisted(line, &whole)) {
            let is_inside = |edit: &Edit| edit.at.start >= from.start && edit.at.end <= from.end;
            let (inside, rest): (Vec<Edit>, Vec<Edit>) = edits.into_iter().partition(is_inside);
            let shift = |edit: Edit| Edit { at: edit.at.start - from.start..edit.at.end - from.start, text: edit.text };
            let mut inside: Vec<Edit> = inside.into_iter().map(shift).collect();
            let text = apply(&self.code[from.clone()], &mut inside);
            edits = rest;
            let (own, more) = text.split_once('\n').map_or((&*text, ""), |(own, more)| (own, more));
            debug_assert!(more.is_empty(), "the beginning of one line");
            // A doc comment may have several lines.
            let lines = "\n".repeat(self.code[to.clone()].matches('\n').count());
            edits.push(Edit { at: to, text: format!(" {own} {lines}") });
            edits.push(Edit { text: blanks(&self.code[from.clone()]), at: from });
        }
        edits
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
            "// one\n/// doc\n/// more\nfn a() { MARK }\n//! inner\nconst A: u8 = MARK;",
            "use a; // b\n#[inline]\nfn a(\n    (x, y): (u8, u8)) -> u32 { MARK }\n",
            "struct A { b: u8 }\nstatic B: u8 = MARK;\nenum C { D = MARK }\n",
            "/** long\n doc */\nfn a() { MARK }\n",
            "\nfn a() { if b { MARK\n} MARK }\n",
        ] {
            let shadow = of(text, true);
            assert_eq!(marks(&shadow), marks(text), "{shadow}");
            assert!(syn::parse_file(&shadow).is_ok(), "{shadow}");
            assert_eq!(shadow.matches("__liveswap_base::look").count(), text.matches("fn ").count(), "{shadow}");
        }
    }

    #[test]
    fn what_would_move_code_is_left_out_where_columns_are_asked_for() {
        for text in ["\nfn a() { MARK } fn b() { MARK }\n", "fn a() { MARK }\n", "/* x\n*/ fn a() { MARK }\n"] {
            let shadow = of(text, true);
            assert_eq!(marks(&shadow), marks(text), "{shadow}");
            assert!(of(text, false).contains("look!"));
        }
    }
}

//! A source file's text, and its tokens with their places.

use std::fmt::{Display, Write};
use std::ops::Range;
use std::sync::Arc;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use rapidhash::v3::rapidhash_v3;

/// The part of a file that the compiler reads as code: without a byte order mark and a first line for the shell.
/// Gives where it begins, in bytes.
pub fn code_of(text: &str) -> (usize, &str) {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    // `#![` begins an attribute, whatever stands between.
    let is_attribute = rest.strip_prefix("#!").is_some_and(|rest| rest.trim_start().starts_with('['));
    let shell = if rest.starts_with("#!") && !is_attribute { rest.find('\n').unwrap_or(rest.len()) } else { 0 };
    (mark + shell, &rest[shell..])
}

/// One token of a file; of groups, both delimiters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme {
    /// Where it begins, in bytes of the code.
    pub start: usize,
    /// What it is, as a hash.
    pub print: u64,
    /// What of it matters where names are looked for.
    pub kind: LexemeKind,
}

/// What a token can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexemeKind {
    /// A name as functions and modules have it.
    Name,
    /// A name that begins with a large letter, as types have it.
    TypeName,
    /// A name in the path that a whole text is, such as `"module::function"`: macros of attributes read those.
    InText,
    /// Anything else.
    Other,
}

impl Lexeme {
    /// Whether it is a name in the code.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, LexemeKind::Name | LexemeKind::TypeName)
    }
}

/// The tokens of a file in their order. A clone shares them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lexemes(Arc<[Lexeme]>);

impl Lexemes {
    /// Takes a file's tokens apart.
    pub fn of(stream: TokenStream) -> Self {
        let mut all = Vec::new();
        let mut text = String::new();
        let mut open = vec![(stream.into_iter(), None)];
        while let Some((rest, close)) = open.last_mut() {
            let Some(tree) = rest.next() else {
                all.extend(close.take());
                open.pop();
                continue;
            };
            let start = tree.span().byte_range().start;
            let is_lifetime = all.last().is_some_and(|before: &Lexeme| before.print == punct_print('\'', true));
            let mut add = |print, kind| all.push(Lexeme { start, print, kind });
            match tree {
                TokenTree::Group(group) => {
                    let (begin, end) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    add(print(begin), LexemeKind::Other);
                    let at = group.span_close().byte_range().start;
                    let close = Lexeme { start: at, print: print(end), kind: LexemeKind::Other };
                    let inner = group.stream();
                    // A stream with two owners would be copied as it is taken apart.
                    drop(group);
                    open.push((inner.into_iter(), Some(close)));
                }
                TokenTree::Ident(ident) => {
                    write_to(&mut text, &ident);
                    add(name_print(&text), if is_lifetime { LexemeKind::Other } else { kind_of(&text) });
                }
                TokenTree::Punct(punct) => {
                    // White space matters where it splits an operator.
                    let is_joint = punct.spacing() == proc_macro2::Spacing::Joint;
                    add(punct_print(punct.as_char(), is_joint), LexemeKind::Other);
                }
                TokenTree::Literal(literal) => {
                    write_to(&mut text, &literal);
                    add(kind_print(b'l', &text), LexemeKind::Other);
                    named_in(&text).for_each(|name| add(name_print(name), kind_of(name)));
                    path_in(&text).for_each(|name| add(name_print(name), LexemeKind::InText));
                }
            }
        }
        Self(all.into())
    }

    /// All.
    pub fn all(&self) -> &[Lexeme] {
        &self.0
    }

    /// Those that begin in this stretch.
    pub fn within(&self, stretch: Range<usize>) -> &[Lexeme] {
        let place = |at: usize| self.0.partition_point(|lexeme| lexeme.start < at);
        &self.0[place(stretch.start)..place(stretch.end).max(place(stretch.start))]
    }
}

/// The names in a text's braces, as `format!("{name:>width$.precision$}")` has them. More words than the names of
/// arguments are among them.
fn named_in(literal: &str) -> impl Iterator<Item = &str> {
    let is_text = literal.contains('"');
    let parts = literal.split('{').skip(1).filter(move |_| is_text);
    let inside = parts.filter_map(|part| part.split('}').next());
    let words = inside.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The names of the path that a whole text is; none of any other text.
fn path_in(literal: &str) -> impl Iterator<Item = &str> {
    let text = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
    let is_path = text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
    text.split("::").filter(move |name| is_path && !name.is_empty())
}

fn kind_of(name: &str) -> LexemeKind {
    if name.starts_with(char::is_uppercase) { LexemeKind::TypeName } else { LexemeKind::Name }
}

/// The hash of an operator's character; `joint` where another one follows at once.
pub fn punct_print(character: char, joint: bool) -> u64 {
    kind_print(if joint { b'j' } else { b'p' }, character.encode_utf8(&mut [0; 4]))
}

/// The hash of a name, as [`Lexeme::print`] has it. `r#name` is another token than `name`, but the same name.
pub fn name_print(name: &str) -> u64 {
    kind_print(b'i', name.strip_prefix("r#").unwrap_or(name))
}

/// The hash of a text behind the mark of its kind.
fn kind_print(kind: u8, text: &str) -> u64 {
    // There are thousands in a file, nearly all of them short.
    let mut short = [kind; 32];
    match short.get_mut(1..=text.len()) {
        Some(rest) => {
            rest.copy_from_slice(text.as_bytes());
            rapidhash_v3(&short[..=text.len()])
        }
        None => rapidhash_v3(&[&[kind], text.as_bytes()].concat()),
    }
}

/// Makes the buffer what a token says.
fn write_to(text: &mut String, token: impl Display) {
    text.clear();
    // Writing to a string can't fail.
    let _ = write!(text, "{token}");
}

/// The hash of a text; the same in every build of the host, since names in a base are made of it.
pub fn print(text: &str) -> u64 {
    rapidhash_v3(text.as_bytes())
}

/// The hash of a sequence of tokens.
pub fn digest<'a>(lexemes: impl IntoIterator<Item = &'a Lexeme>) -> u64 {
    let bytes: Vec<u8> = lexemes.into_iter().flat_map(|lexeme| lexeme.print.to_le_bytes()).collect();
    rapidhash_v3(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_shell_lines_are_no_code() {
        assert_eq!(code_of("fn a() {}"), (0, "fn a() {}"));
        assert_eq!(code_of("\u{feff}fn a() {}"), (3, "fn a() {}"));
        assert_eq!(code_of("#!/usr/bin/env run\nfn a() {}"), (18, "\nfn a() {}"));
        assert_eq!(code_of("#! [allow(x)] fn a() {}").0, 0);
    }

    #[test]
    fn the_same_tokens_have_the_same_digest() {
        let of = |text: &str| {
            let lexemes = Lexemes::of(text.parse().unwrap());
            digest(lexemes.within(0..text.len()))
        };
        assert_eq!(of("a + b // c"), of("a\n+ b"));
        assert_ne!(of("a + b"), of("a - b"));
        assert_ne!(of("(a) b"), of("(a b)"));
        assert_ne!(of("a < = b"), of("a <= b"));
        assert_ne!(of("\"a\""), of("a"));
    }

    #[test]
    fn a_text_names_what_stands_in_its_braces() {
        let lexemes = Lexemes::of("\"{a} {b:?} {{c}} {0} {d$}\"; '{'; \"e\"; &'f () \"{:>g$.h$} i\"".parse().unwrap());
        let named: Vec<u64> = lexemes.0.iter().filter(|lexeme| lexeme.is_name()).map(|lexeme| lexeme.print).collect();
        // One too many does no harm.
        assert_eq!(named, ["a", "b", "c", "d", "g", "h"].map(name_print));
    }

    #[test]
    fn a_stretch_has_the_tokens_that_begin_in_it() {
        let lexemes = Lexemes::of("fn a() { é; b }".parse().unwrap());
        let names = lexemes.within(9..16).iter().filter(|lexeme| lexeme.is_name()).count();
        assert_eq!(names, 2);
        assert!(lexemes.within(5..5).is_empty());
    }
}

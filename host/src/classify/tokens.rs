//! The tokens of a source file, in a form that compares fast and remembers places.

use std::fmt::{Display, Write};

use proc_macro2::{Delimiter, LineColumn, Spacing, TokenStream, TokenTree};

/// Macros whose result depends on where they stand (or, for `stringify`, on the white space within), or on a file
/// that is read as the code is compiled.
const POSITION_MACROS: [&str; 6] = ["line", "column", "file", "include", "dbg", "stringify"];

/// A place in a source file: line from 1, column from 1 in characters, as the compiler counts.
pub(crate) type Place = (u32, u32);

/// The tokens of a file. Doc comments are among them, since macros can read them; other comments are not.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Each token's kind and text, one after the other.
    text: String,
    /// Where each token ends in `text`.
    ends: Vec<usize>,
    /// Where each token begins in the source.
    starts: Vec<Place>,
    /// Something in the file that makes its places matter.
    position_use: Option<&'static str>,
}

impl Tokens {
    /// Reads a source file; `None` if it is not UTF-8 or no sequence of tokens.
    ///
    /// Works on a thread of its own: spans live in a map of the thread that parses, which only grows, and which a
    /// caller with spans of its own could not have cleared.
    pub(crate) fn read(source: &[u8]) -> Option<Tokens> {
        let source = code(std::str::from_utf8(source).ok()?);
        std::thread::scope(|scope| {
            let parse = || Some(Tokens::flatten(source.parse().ok()?));
            std::thread::Builder::new().name("liveswap tokens".into()).spawn_scoped(scope, parse).ok()?.join().ok()?
        })
    }

    /// Whether both are the same sequence; white space matters where it splits an operator or a lifetime.
    pub(crate) fn same_sequence(&self, other: &Tokens) -> bool {
        self.text == other.text && self.ends == other.ends
    }

    /// Whether every token stands where it stood.
    pub(crate) fn same_places(&self, other: &Tokens) -> bool {
        self.starts == other.starts
    }

    /// Something in the file that makes its places matter, as people write it.
    pub(crate) fn position_use(&self) -> Option<&'static str> {
        self.position_use
    }

    /// Where the token at or after a place of this file stands in another file of the same sequence.
    pub(crate) fn place_in(&self, other: &Tokens, place: Place) -> Place {
        let index = self.starts.partition_point(|start| *start < place);
        if let Some(now) = other.starts.get(index) {
            return *now;
        }
        match (self.starts.last(), other.starts.last()) {
            (Some(before), Some(now)) => (place.0 - before.0 + now.0, place.1),
            _ => place,
        }
    }

    fn flatten(stream: TokenStream) -> Tokens {
        let mut tokens = Tokens { text: String::new(), ends: Vec::new(), starts: Vec::new(), position_use: None };
        let mut last = Last::Other;
        // Groups nest as deep as the source does, so no recursion.
        let mut open = vec![(stream.into_iter(), None)];
        while let Some((rest, close)) = open.last_mut() {
            let Some(tree) = rest.next() else {
                if let Some((close, at)) = close.take() {
                    tokens.write(close, "", at);
                }
                last = Last::Other;
                open.pop();
                continue;
            };
            let at = tree.span().start();
            match tree {
                TokenTree::Group(group) => {
                    let (begin, end) = delimiters(group.delimiter());
                    // `line != x` calls nothing.
                    if let Last::PositionCall(index) = last {
                        tokens.position_use = Some(POSITION_MACROS[index]);
                    }
                    tokens.write(begin, "", at);
                    let (stream, close_at) = (group.stream(), group.span_close().start());
                    // A stream with two owners would be copied as it is taken apart.
                    drop(group);
                    open.push((stream.into_iter(), Some((end, close_at))));
                }
                TokenTree::Ident(ident) => {
                    tokens.write('i', &ident, at);
                    let name = tokens.last_text();
                    let index = POSITION_MACROS.iter().position(|listed| name == *listed);
                    if name == "caller" && last == Last::Punct(':') {
                        tokens.position_use = Some("Location::caller");
                    }
                    last = index.map_or(Last::Other, Last::PositionMacro);
                    continue;
                }
                TokenTree::Punct(punct) => {
                    let kind = if punct.spacing() == Spacing::Joint { 'j' } else { 'p' };
                    tokens.write(kind, &punct, at);
                    last = match (last, punct.as_char()) {
                        (Last::PositionMacro(index), '!') => Last::PositionCall(index),
                        (_, character) => Last::Punct(character),
                    };
                    continue;
                }
                TokenTree::Literal(literal) => tokens.write('l', &literal, at),
            }
            last = Last::Other;
        }
        tokens
    }

    fn write(&mut self, kind: char, text: impl Display, at: LineColumn) {
        self.text.push(kind);
        // Writing to a string can't fail.
        let _ = write!(self.text, "{text}");
        self.ends.push(self.text.len());
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        self.starts.push((number(at.line), number(at.column).saturating_add(1)));
    }

    /// The text of the last token, without its kind.
    fn last_text(&self) -> &str {
        let start = self.ends.iter().rev().nth(1).copied().unwrap_or(0);
        &self.text[start + 1..]
    }
}

/// The token before, as far as it tells a use of a place.
#[derive(PartialEq)]
enum Last {
    /// The name of a macro in the list of those.
    PositionMacro(usize),
    /// The same and a `!`.
    PositionCall(usize),
    Punct(char),
    Other,
}

fn delimiters(delimiter: Delimiter) -> (char, char) {
    match delimiter {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Brace => ('{', '}'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::None => ('<', '>'),
    }
}

/// The part of a file that is code: without a byte order mark, and without the first line if that is for a shell.
fn code(source: &str) -> &str {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    match source.strip_prefix("#!") {
        // `#![…]` is an attribute. The line break stays, so that lines keep their numbers.
        Some(rest) if !rest.trim_start().starts_with('[') => &source[source.find('\n').unwrap_or(source.len())..],
        _ => source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        Tokens::read(one.as_bytes()).unwrap().same_sequence(&Tokens::read(other.as_bytes()).unwrap())
    }

    #[test]
    fn comments_and_white_space_are_no_tokens() {
        assert!(same("fn a() { b(); }", "// x\nfn a()\n{ /* y /* nested */ z */ b ( ) ; }\n"));
        assert!(same("fn a() {}\n", "fn a() {}\r\n"), "line ends");
        assert!(same("fn a() {}", "\u{feff}fn a() {}"), "byte order mark");
        assert!(same("fn a() {}", "#!/usr/bin/env cargo\nfn a() {}"), "shell line");
        assert!(same("fn a<'x>(b: &'x u8) {}", "fn a <'x >\n(b : &'x u8) {}"), "lifetimes");
        assert!(same("fn a() {} /***/", "fn a() {} /**/ //// no doc"));
        assert!(same("r#\"a // b\"#", "r#\"a // b\"# // c"));
        assert!(same("", "// nothing"));
    }

    #[test]
    fn all_else_is() {
        assert!(!same("fn a() {}", "fn b() {}"));
        assert!(!same("/// one\nfn a() {}", "/// two\nfn a() {}"), "doc comments");
        assert!(!same("//! one\n", "//! two\n"));
        assert!(!same("a && b", "a & & b"), "operators");
        assert!(!same("\"// x\"", "\"// y\""), "comments within strings");
        assert!(!same("\"a\nb\"", "\"a\r\nb\""), "line ends within strings");
        assert!(!same("r\"a\"", "r#\"a\"#"));
        assert!(!same("'a'", "b'a'"));
        assert!(!same("1u8", "1 u8"));
        assert!(!same("#![a]\nfn a() {}", "fn a() {}"), "an inner attribute is no shell line");
        assert!(!same("(a)", "[a]"));
        assert!(!same("f(a) b", "f(a b)"));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for bad in [&b"fn a( {}"[..], b"\"open", b"/* open", b"fn a() {} // \xff", b"}"] {
            assert!(Tokens::read(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn position_macros_are_seen() {
        let found = |source: &str| Tokens::read(source.as_bytes()).unwrap().position_use();
        assert_eq!(found("fn a() { std::line!() }"), Some("line"));
        assert_eq!(found("fn a() { concat!(file!()) }"), Some("file"));
        assert_eq!(found("include!(\"x.rs\");"), Some("include"));
        assert_eq!(found("fn a() { std::panic::Location::caller() }"), Some("Location::caller"));
        assert_eq!(found("fn line(caller: u8) { !line(caller) != column; line != (column); }"), None);
        assert_eq!(found("fn a() { include_str!(\"x\"); \"line!()\"; } // line!()"), None);
    }

    #[test]
    fn places_count_characters_and_follow_their_tokens() {
        let before = Tokens::read("\u{feff}let é = f();\nlet b = g();\n".as_bytes()).unwrap();
        let after = Tokens::read("// new\nlet é = f();\n\n  let b = g();\n".as_bytes()).unwrap();
        assert_eq!(before.place_in(&after, (1, 9)), (2, 9), "f");
        assert_eq!(before.place_in(&after, (2, 9)), (4, 11), "g");
        assert_eq!(before.place_in(&after, (2, 8)), (4, 11), "white space belongs to what follows");
        assert_eq!(before.place_in(&after, (9, 5)), (11, 5), "behind the end");
        assert!(!before.same_places(&after));
        let none = Tokens::read(b"").unwrap();
        assert_eq!(none.place_in(&none, (3, 4)), (3, 4));
    }

    #[test]
    fn a_shell_line_keeps_line_numbers() {
        let tokens = Tokens::read(b"#!/bin/sh\nfn a() {}").unwrap();
        assert_eq!(tokens.starts[0], (2, 1));
    }

    #[test]
    fn deep_nesting_needs_no_deep_stack() {
        let deep = "(".repeat(200_000) + &")".repeat(200_000);
        assert_eq!(Tokens::read(deep.as_bytes()).unwrap().ends.len(), 400_000);
    }

    #[test]
    fn spans_of_the_caller_are_neither_cleared_nor_added_to() {
        let own: TokenStream = "a\n  b".parse().unwrap();
        let offset = || {
            let stream: TokenStream = "x".parse().unwrap();
            let text = format!("{:?}", stream.into_iter().next().unwrap().span());
            text.trim_start_matches("bytes(").split("..").next().unwrap().parse::<usize>().unwrap()
        };
        let before = offset();
        for _ in 0..1000 {
            Tokens::read(b"fn long_enough_to_be_seen() {}").unwrap();
        }
        let grown = offset() - before;
        assert!((1..10).contains(&grown), "the thread's map grew by {grown}");
        assert_eq!(own.into_iter().last().unwrap().span().start().line, 2);
    }
}

//! Calls of macros among tokens: which stretches are their input, and which macros are known.
//!
//! A macro may make anything of what it gets. What is known here are macros of the standard library and of well-known
//! crates that take expressions, or that name nothing but what they get.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::text::{Lexeme, name_print, print, punct_print};

/// Macros that take what they get as expressions, or as names for people.
const EXPRESSIONS: &str = "assert assert_eq assert_ne concat dbg debug debug_assert debug_assert_eq debug_assert_ne debug_span \
    eprint eprintln error error_span format format_args info info_span log matches panic print println stringify todo trace \
    trace_span unimplemented unreachable vec warn warn_span write writeln";

/// Macros that name nothing but what they get.
const CLOSED: &str = "addr_of addr_of_mut anyhow bail bitflags cfg cfg_if column compile_error const_format const_assert \
    ensure env event file global_asm asm hashmap hot_lib include_bytes include_str include indexmap join json lazy_static \
    line macro_rules module_path offset_of option_env pin ready select smallvec span thread_local tokio_select try try_join";

/// Words before `!` that are no macros.
const KEYWORDS: &str = "as await break else if in let loop match move mut ref return while yield";

fn set(words: &str) -> HashSet<u64> {
    words.split_whitespace().map(name_print).collect()
}

static KNOWN: LazyLock<[HashSet<u64>; 3]> = LazyLock::new(|| [EXPRESSIONS, CLOSED, KEYWORDS].map(set));

/// Whether the macro of this name takes expressions, or names for people.
pub fn takes_expressions(name: u64) -> bool {
    KNOWN[0].contains(&name)
}

/// Whether the macro of this name is known to name nothing but what it gets.
pub fn is_closed(name: u64) -> bool {
    takes_expressions(name) || KNOWN[1].contains(&name)
}

/// The names of the macros that are called among these tokens, each with its index.
pub fn calls(lexemes: &[Lexeme]) -> impl Iterator<Item = (usize, u64)> {
    let (mark, open) = (punct_print('!', false), ["(", "[", "{"].map(print));
    let is_call = move |(at, three): (usize, &[Lexeme])| {
        let is_called = three[0].is_name() && three[1].print == mark && open.contains(&three[2].print);
        (is_called && !KNOWN[2].contains(&three[0].print)).then_some((at, three[0].print))
    };
    lexemes.windows(3).enumerate().filter_map(is_call)
}

/// Of each token, whether it is input of a macro that may make anything of it.
pub fn inputs(lexemes: &[Lexeme]) -> Vec<bool> {
    let [open, close] = [["(", "[", "{"], [")", "]", "}"]].map(|all| all.map(print));
    let starts: HashSet<usize> =
        calls(lexemes).filter(|(_, name)| !takes_expressions(*name)).map(|(at, _)| at + 2).collect();
    let mut around = Vec::new();
    let of = |(at, lexeme): (usize, &Lexeme)| {
        let is_input = around.last() == Some(&true);
        if open.contains(&lexeme.print) {
            around.push(is_input || starts.contains(&at));
        } else if close.contains(&lexeme.print) {
            around.pop();
        }
        is_input
    };
    lexemes.iter().enumerate().map(of).collect()
}

/// Whether a macro makes names of parts among these tokens, as `paste!` does: `[<part _ part>]`.
pub fn pastes(lexemes: &[Lexeme]) -> bool {
    let (bracket, less) = (print("["), [punct_print('<', false), punct_print('<', true)]);
    let mut inside = None;
    let mut begins = |(at, pair): (usize, &[Lexeme])| {
        pair[0].print == bracket && less.contains(&pair[1].print) && inside.get_or_insert_with(|| inputs(lexemes))[at]
    };
    lexemes.windows(2).enumerate().any(&mut begins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::text::Lexemes;

    fn lexemes(text: &str) -> Vec<Lexeme> {
        Lexemes::of(text.parse().unwrap()).all().to_vec()
    }

    #[test]
    fn calls_are_told_from_negations() {
        let names = |text: &str| calls(&lexemes(text)).map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names("a::b!(c) d![] e! {}"), ["b", "d", "e"].map(name_print));
        assert_eq!(names("return !(a) && b != (c) && !(d)"), [0_u64; 0]);
    }

    #[test]
    fn input_is_what_stands_in_the_call() {
        let marked = |text: &str| {
            let all = lexemes(text);
            let inside = inputs(&all);
            all.iter().zip(inside).filter(|(lexeme, inside)| *inside && lexeme.is_name()).count()
        };
        assert_eq!(marked("a m!(b (c) { d }) e"), 3);
        assert_eq!(marked("println!(\"\", a)"), 0);
        assert_eq!(marked("println!(\"\", m!(a))"), 1);
    }

    #[test]
    fn pasted_names_are_seen() {
        assert!(pastes(&lexemes("paste! { [<hel per>]() }")));
        assert!(!pastes(&lexemes("let a: [<T as U>::V; 1] = m!(a[b]);")));
    }
}

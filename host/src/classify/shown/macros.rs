//! What the workspace's own macros do, as far as their text tells, and which other ones are known.

use std::collections::HashSet;

use crate::source::text::{Lexeme, name_print, print, punct_print};
use crate::source::{ItemKind, SourceFile};

/// The macros of a workspace, as hashes of their names.
#[derive(Debug, Default)]
pub struct Macros {
    defined: HashSet<u64>,
    /// Others, of which it is known what they do.
    known: HashSet<u64>,
    /// Those that show where they are called.
    places: HashSet<u64>,
    /// Those that make text of what they are given.
    texts: HashSet<u64>,
    /// Those that declare statics.
    statics: HashSet<u64>,
    /// Those that declare types.
    types: HashSet<u64>,
}

/// std's macros that show where they are called.
const PLACES: [&str; 3] = ["column", "dbg", "line"];

/// std's macros that make text of what they are given.
const TEXTS: [&str; 4] = ["assert", "dbg", "debug_assert", "stringify"];

/// Macros of std and of well-known crates that declare no statics (but the call sites of `log` and `tracing`) and no
/// types where they are called, and that do not make text of what they are given.
const KNOWN: &str = "addr_of addr_of_mut anyhow args array assert assert_eq assert_matches assert_ne assert_relative_eq \
    bail btreemap btreeset cfg cfg_if chain column compile_error concat const_format dbg debug debug_assert \
    debug_assert_eq debug_assert_ne debug_span ensure enabled env eprint eprintln error error_span event execute eyre \
    file format format_args format_err format_ident hashmap hashset hex include include_bytes include_str info \
    info_span iproduct is_x86_feature_detected izip join json line log log_enabled matches matrix module_path \
    named_params offset_of option_env panic params parse_quote parse_quote_spanned paste pin pin_mut poll_fn print \
    println query query_as query_scalar queue quote quote_spanned ready row select select_biased smallvec span \
    stringify todo trace trace_span try_join unimplemented unreachable value_parser vec vector warn warn_span write \
    writeln";

impl Macros {
    /// Those that these sources define.
    pub fn of(sources: &[&SourceFile]) -> Self {
        let bodies: Vec<(u64, &[Lexeme])> = sources
            .iter()
            .flat_map(|source| source.items.iter().map(move |item| (source, item)))
            .filter(|(_, item)| item.kind == ItemKind::Macro && item.key.starts_with("macro "))
            .flat_map(|(source, item)| {
                let body = source.lexemes.within(item.at.clone());
                item.names.iter().map(move |name| (name_print(name), body))
            })
            .collect();
        let mut macros = Self {
            defined: bodies.iter().map(|(name, _)| *name).collect(),
            known: KNOWN.split(' ').map(name_print).collect(),
            ..Self::default()
        };
        loop {
            let before = macros.len();
            for (name, body) in &bodies {
                let calls = || (0..body.len()).filter(|at| is_call(body, *at)).map(|at| body[at].print);
                let shows_place =
                    calls().any(|called| macros.shows_place(called)) || (0..body.len()).any(|at| is_caller(body, at));
                let makes_text = calls().any(|called| macros.makes_text(called));
                let has_static = calls().any(|called| macros.may_declare_static(called)) || declares_static(body);
                let has_type = calls().any(|called| macros.declares_type(called)) || declared_type(body).is_some();
                let each = [
                    (shows_place, &mut macros.places),
                    (makes_text, &mut macros.texts),
                    (has_static, &mut macros.statics),
                    (has_type, &mut macros.types),
                ];
                for (_, all) in each.into_iter().filter(|(does, _)| *does) {
                    all.insert(*name);
                }
            }
            if macros.len() == before {
                return macros;
            }
        }
    }

    fn len(&self) -> usize {
        [&self.places, &self.texts, &self.statics, &self.types].map(HashSet::len).iter().sum()
    }

    /// Whether a macro shows where it is called.
    pub(super) fn shows_place(&self, name: u64) -> bool {
        self.is(&self.places, &PLACES, name)
    }

    /// Whether a macro makes text of what it is given, or may.
    pub(super) fn makes_text(&self, name: u64) -> bool {
        self.is(&self.texts, &TEXTS, name) || self.is_unknown(name)
    }

    /// Whether a macro declares a static where it is called, or may.
    pub fn may_declare_static(&self, name: u64) -> bool {
        self.statics.contains(&name) || self.is_unknown(name)
    }

    /// Whether a macro declares a type where it is called.
    pub fn declares_type(&self, name: u64) -> bool {
        self.types.contains(&name)
    }

    /// Whether a macro is neither the workspace's nor known.
    pub fn is_unknown(&self, name: u64) -> bool {
        !self.defined.contains(&name) && !self.known.contains(&name)
    }

    /// The workspace's own hide others of the same name.
    fn is(&self, own: &HashSet<u64>, others: &[&str], name: u64) -> bool {
        let is_other = || others.iter().any(|other| name_print(other) == name);
        own.contains(&name) || !self.defined.contains(&name) && is_other()
    }
}

/// Whether a token is the name of a macro that is called there.
pub fn is_call(lexemes: &[Lexeme], at: usize) -> bool {
    let opens = |lexeme: &Lexeme| ["(", "[", "{"].iter().any(|open| print(open) == lexeme.print);
    lexemes[at].is_name()
        && lexemes.get(at + 1).is_some_and(|next| next.print == punct_print('!', false))
        && lexemes.get(at + 2).is_some_and(opens)
}

/// Whether a token is that of `Location::caller`.
pub(super) fn is_caller(lexemes: &[Lexeme], at: usize) -> bool {
    let colon = punct_print(':', false);
    lexemes[at].print == name_print("caller") && at > 0 && lexemes[at - 1].print == colon
}

fn declares_static(lexemes: &[Lexeme]) -> bool {
    // `'static` is no such token: a lifetime's name is of another kind.
    lexemes.iter().any(|lexeme| {
        lexeme.is_name()
            && ["static", "thread_local", "lazy_static"].iter().any(|word| name_print(word) == lexeme.print)
    })
}

/// Where the name of a type stands that is declared among these tokens.
pub fn declared_type(lexemes: &[Lexeme]) -> Option<&Lexeme> {
    let words = ["struct", "enum"].map(name_print);
    let declared = lexemes.windows(2).find(|pair| pair[0].is_name() && words.contains(&pair[0].print));
    let union = || {
        let is_union = |three: &&[Lexeme]| {
            three[0].print == name_print("union") && three[1].is_name() && three[2].print == print("{")
        };
        lexemes.windows(3).find(is_union)
    };
    declared.or_else(union).map(|found| &found[1])
}

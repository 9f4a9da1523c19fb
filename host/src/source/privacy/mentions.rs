//! Which names stand where in a file, and how.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::names::number_print;
use super::{Form, Mention};
use crate::source::text::{Lexeme, Lexemes, name_print, punct_print};

/// Stretches of a file, in its order.
#[derive(Default)]
pub(super) struct Stretches {
    /// Inline modules; those around others come first.
    pub(super) modules: Vec<(Range<usize>, Vec<String>)>,
    /// Definitions of macros.
    pub(super) macros: Vec<Range<usize>>,
    /// What only tests have.
    pub(super) tests: Vec<Range<usize>>,
}

/// The mentions by inline modules, and those in macros.
pub(super) fn summary(
    lexemes: &Lexemes,
    stretches: &Stretches,
) -> (BTreeMap<Vec<String>, BTreeSet<Mention>>, BTreeSet<Mention>) {
    let all = lexemes.all();
    let prints = Prints::new();
    let (mut modules, mut macros): (Vec<HashSet<Mention>>, HashSet<Mention>) = (Vec::new(), HashSet::new());
    modules.resize(stretches.modules.len() + 1, HashSet::new());
    // The modules that the token at hand stands in.
    let (mut open, mut next, mut next_macro) = (vec![0], 0, 0);
    for (at, lexeme) in all.iter().enumerate() {
        while stretches.modules.get(next).is_some_and(|(stretch, _)| stretch.start <= lexeme.start) {
            next += 1;
            open.push(next);
        }
        let ended = |number: &usize| *number > 0 && stretches.modules[*number - 1].0.end <= lexeme.start;
        while open.last().is_some_and(ended) {
            open.pop();
        }
        while stretches.macros.get(next_macro).is_some_and(|stretch| stretch.end <= lexeme.start) {
            next_macro += 1;
        }
        if stretches.tests.iter().any(|stretch| stretch.contains(&lexeme.start)) {
            continue;
        }
        let in_macro = stretches.macros.get(next_macro).is_some_and(|stretch| stretch.contains(&lexeme.start));
        let found = if in_macro { &mut macros } else { &mut modules[open.last().copied().unwrap_or_default()] };
        if let Some(form) = prints.form(all, at) {
            match prints.pairs.get(&lexeme.print) {
                Some(numbers) => found.extend(numbers.map(|name| Mention { name, form })),
                None => drop(found.insert(Mention { name: lexeme.print, form })),
            }
            // `write!` calls a method of its first argument.
            let is_called = all.get(at + 1).is_some_and(|next| prints.bang.contains(&next.print));
            if is_called && prints.write.contains(&lexeme.print) {
                found.insert(Mention { name: prints.write_fmt, form: Form::Dot });
            }
        }
    }
    let mut found: BTreeMap<Vec<String>, BTreeSet<Mention>> = BTreeMap::new();
    for (number, mentions) in modules.into_iter().enumerate() {
        let module = number.checked_sub(1).map_or_else(Vec::new, |number| stretches.modules[number].1.clone());
        found.entry(module).or_default().extend(mentions);
    }
    (found, macros.into_iter().collect())
}

/// Prints that are compared with, made once.
struct Prints {
    dot: [u64; 2],
    colon: [u64; 2],
    bang: [u64; 2],
    definitions: HashSet<u64>,
    write: [u64; 2],
    write_fmt: u64,
    pairs: HashMap<u64, [u64; 2]>,
}

impl Prints {
    fn new() -> Self {
        let either = |character| [punct_print(character, false), punct_print(character, true)];
        let definitions = ["fn", "struct", "enum", "union", "trait", "type", "mod", "static"];
        Self {
            dot: either('.'),
            colon: either(':'),
            bang: either('!'),
            definitions: definitions.iter().map(|name| name_print(name)).collect(),
            write: ["write", "writeln"].map(name_print),
            write_fmt: name_print("write_fmt"),
            pairs: pairs_of_numbers().collect(),
        }
    }

    /// How the token stands there; `None` for what mentions nothing.
    fn form(&self, all: &[Lexeme], at: usize) -> Option<Form> {
        let before = |back: usize| at.checked_sub(back).map(|at| &all[at]);
        let (last, first) = (before(1), before(2));
        let is_field = last.is_some_and(|last| last.print == self.dot[0]);
        // `..` is a range. Behind a dot, numbers are names too.
        if is_field && first.is_none_or(|first| first.print != self.dot[1]) {
            return Some(Form::Dot);
        }
        if !all[at].is_name() {
            return None;
        }
        if last.is_some_and(|last| self.definitions.contains(&last.print)) {
            return None;
        }
        let is_path = last.is_some_and(|last| last.print == self.colon[0])
            && first.is_some_and(|first| first.print == self.colon[1]);
        if is_path {
            let segment = before(3).filter(|segment| segment.is_name());
            let is_parameter = before(4).is_some_and(|before| before.print == punct_print('$', false));
            return Some(Form::Path(segment.filter(|_| !is_parameter).map(|segment| segment.print)));
        }
        Some(Form::Bare)
    }
}

/// `x.0.1` has one token with two of them. Tuples of more than ten are passed over.
pub(super) fn pairs_of_numbers() -> impl Iterator<Item = (u64, [u64; 2])> {
    let digits = || (0..10).map(|digit: u8| digit.to_string());
    let pairs = digits().flat_map(move |one| digits().map(move |two| (one.clone(), two)));
    pairs.map(|(one, two)| (number_print(&format!("{one}.{two}")), [number_print(&one), number_print(&two)]))
}

/// Names as tokens have them: the numbers of tuples' fields stand in tokens with others too.
pub fn with_pairs(mut names: HashSet<u64>) -> HashSet<u64> {
    let more: Vec<u64> = pairs_of_numbers()
        .filter(|(_, numbers)| numbers.iter().any(|number| names.contains(number)))
        .map(|(pair, _)| pair)
        .collect();
    names.extend(more);
    names
}

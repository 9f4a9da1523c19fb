//! Other names: those that a file gives to types, and what it shows to other crates.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::mentions::Method;
use super::text::{Lexeme, name_print, print, punct_print};
use super::{Function, Item, SourceFile};

impl SourceFile {
    /// The names that the file gives to types that may have another one, by `type` and by `as`; each with the names
    /// that say what it is.
    pub fn aliases(&self) -> Vec<(u64, Vec<u64>)> {
        let all = self.lexemes.all();
        let (renames, defines) = (name_print("as"), name_print("type"));
        let alias = |(at, pair): (usize, &[Lexeme])| match pair[0].print {
            _ if !pair[1].is_name() || NUMBERS.contains(&pair[1].print) => None,
            print if print == renames => {
                let before = all.get(at.checked_sub(1)?).filter(|before| before.is_name())?;
                Some((pair[1].print, vec![before.print]))
            }
            print if print == defines => {
                let rest = all[at + 2..].iter().take_while(|lexeme| lexeme.print != punct_print(';', false));
                Some((pair[1].print, rest.filter(|lexeme| lexeme.is_name()).map(|lexeme| lexeme.print).collect()))
            }
            _ => None,
        };
        all.windows(2).enumerate().filter_map(alias).collect()
    }

    /// The names of what is `pub`, as hashes; whether its module can be reached is not asked.
    pub fn public_names(&self) -> impl Iterator<Item = u64> {
        let is_public = |stretch: Range<usize>| {
            let lexemes = self.lexemes.within(stretch);
            let is_restricted = |at: usize| lexemes.get(at + 1).is_some_and(|next| next.print == print("("));
            lexemes.iter().enumerate().any(|(at, lexeme)| lexeme.print == name_print("pub") && !is_restricted(at))
        };
        let is_public_item =
            move |item: &&Item| !item.names.is_empty() && item.of.iter().any(|stretch| is_public(stretch.clone()));
        let items = self.items.iter().filter(is_public_item).flat_map(|item| &item.names);
        let is_public_function = move |function: &&Function| is_public(function.at.start..function.body_at.start);
        let functions = self.functions.iter().filter(is_public_function).map(|function| &function.name);
        items.chain(functions).map(|name| name_print(name))
    }
}

/// Types that casts name.
static NUMBERS: LazyLock<HashSet<u64>> = LazyLock::new(|| {
    let names = "bool char f32 f64 i128 i16 i32 i64 i8 isize u128 u16 u32 u64 u8 usize";
    names.split(' ').map(name_print).collect()
});

/// Of all aliases, those that may be one of these methods' types.
pub fn aliases_of(methods: &BTreeSet<Method>, all: &[(u64, Vec<u64>)]) -> HashSet<u64> {
    if methods.is_empty() {
        return HashSet::new();
    }
    let mut types: HashSet<u64> = methods.iter().map(|method| method.of).collect();
    types.insert(name_print("Self"));
    let mut found = HashSet::new();
    loop {
        let is_one =
            |(alias, of): &&(u64, Vec<u64>)| !types.contains(alias) && of.iter().any(|name| types.contains(name));
        let more: Vec<u64> = all.iter().filter(is_one).map(|(alias, _)| *alias).collect();
        if more.is_empty() {
            return found;
        }
        types.extend(&more);
        found.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::mentions::Known;

    fn read(text: &str) -> SourceFile {
        SourceFile::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_public_is_known_by_name() {
        let text = "pub use a::{B, C as D}; use e::F; pub(crate) const G: u8 = 1; pub const H: u8 = 1; fn i() { pub fn x() {} } \
            #[inline] pub fn j() {} impl K { pub(super) fn l() {} pub const fn m() {} }";
        let names: HashSet<u64> = read(text).public_names().collect();
        assert_eq!(names, ["B", "D", "H", "j", "m"].map(name_print).into());
    }

    #[test]
    fn other_names_are_found() {
        let file = read("use a::B as C; use d::e as f; type F = u8; struct G; fn h() { use G as H; 1 as u8 }");
        let names: Vec<u64> = file.aliases().into_iter().map(|(alias, _)| alias).collect();
        assert_eq!(names, ["C", "f", "F", "H"].map(name_print));
        let text = "type A = Vec<B>; use x::C as D; type E<T> = D<T>; type F = u8;";
        let of = |name| aliases_of(&BTreeSet::from([Method::new(name, "new")]), &read(text).aliases());
        assert_eq!(of("B"), HashSet::from([name_print("A")]));
        assert_eq!(of("C"), HashSet::from(["D", "E"].map(name_print)));
        let text = "macro_rules! m { ($t:ident) => { $t::new() } }";
        let methods = BTreeSet::from([Method::new("A", "new")]);
        assert_eq!(read(text).mentions_of_methods(0..text.len(), None, &methods, &Known::default()).len(), 1);
    }
}

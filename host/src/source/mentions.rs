//! Where a stretch of a file mentions functions, as far as its tokens tell.
//!
//! A token does not say what it means: a field may have the name of a function. So one mention too many is found here
//! rather than one too few; a patch then has more in it than it needs, or rustc does not compile it.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::text::{Lexeme, LexemeKind, name_print, punct_print};
use super::{ItemKind, SourceFile};

/// A method by its type's name and its own, as hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Method {
    /// The name of the type.
    pub of: u64,
    /// The name of the method.
    pub name: u64,
}

impl Method {
    /// A method of a type.
    pub fn new(of: &str, name: &str) -> Method {
        Method { of: name_print(of), name: name_print(name) }
    }
}

impl SourceFile {
    /// Whether the stretch mentions one of these functions, which are no methods.
    pub fn mentions_function(&self, stretch: Range<usize>, functions: &HashSet<u64>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let is_mention = |(at, lexeme): (usize, &Lexeme)| {
            let before = Before::of(&lexemes[..at]);
            let is_of_type = matches!(before, Before::Path(Some(segment)) if segment.kind == LexemeKind::TypeName);
            lexeme.is_name() && functions.contains(&lexeme.print) && !matches!(before, Before::Dot) && !is_of_type
        };
        lexemes.iter().enumerate().any(is_mention)
    }

    /// Where the stretch mentions one of these methods: where its name begins. `own` is the type whose `impl` block the
    /// stretch is in, `aliases` are other names of types.
    pub fn mentions_of_methods(
        &self,
        stretch: Range<usize>,
        own: Option<&str>,
        methods: &BTreeSet<Method>,
        aliases: &HashSet<u64>,
    ) -> Vec<usize> {
        let lexemes = self.lexemes.within(stretch);
        let (own, this) = (own.map(name_print), name_print("Self"));
        let follows = |at: usize| {
            let next = lexemes.get(at + 1).map(|lexeme| lexeme.print);
            next == Some(super::text::print("(")) || next == Some(punct_print(':', true))
        };
        let is_type = |segment: &Lexeme, of: u64| match segment.print {
            print if print == this => own == Some(of),
            print => print == of || aliases.contains(&print),
        };
        let is_mention = |at: usize, method: &Method| match Before::of(&lexemes[..at]) {
            Before::Dot => follows(at),
            // `<…>::name`, `Type::<…>::name`
            Before::Path(None) => true,
            Before::Path(Some(segment)) => {
                let around = Before::of(&lexemes[..lexemes[..at].len() - 3]);
                let is_inner = match around {
                    Before::Path(None) => true,
                    Before::Path(Some(outer)) => outer.kind == LexemeKind::TypeName,
                    _ => false,
                };
                is_type(segment, method.of) || is_inner
            }
            Before::Other => false,
        };
        let mentions = lexemes.iter().enumerate().filter(|(at, lexeme)| {
            lexeme.is_name() && methods.iter().any(|method| method.name == lexeme.print && is_mention(*at, method))
        });
        mentions.map(|(_, lexeme)| lexeme.start).collect()
    }

    /// Whether a text in the stretch is a path with one of these names.
    pub fn mentions_in_text(&self, stretch: Range<usize>, names: &HashSet<u64>) -> bool {
        let texts = self.lexemes.within(stretch).iter().filter(|lexeme| lexeme.kind == LexemeKind::InText);
        texts.into_iter().any(|lexeme| names.contains(&lexeme.print))
    }

    /// The names that the file gives to types that have another one: by `type`, and by `use … as`.
    pub fn aliases(&self) -> impl Iterator<Item = u64> {
        let renames = name_print("as");
        self.items.iter().flat_map(move |item| {
            let lexemes = item.of.iter().flat_map(|stretch| self.lexemes.within(stretch.clone()));
            let prints: Vec<u64> = lexemes.map(|lexeme| lexeme.print).collect();
            let of_use = prints.windows(2).filter(|pair| item.kind == ItemKind::Use && pair[0] == renames);
            let mut names: Vec<u64> = of_use.map(|pair| pair[1]).collect();
            if item.key.starts_with("type ") {
                names.extend(item.names.iter().map(|name| name_print(name)));
            }
            names
        })
    }
}

/// What stands before a name.
enum Before<'a> {
    Dot,
    /// A path's separator, and the segment before it; none where that ends otherwise than in a name.
    Path(Option<&'a Lexeme>),
    Other,
}

impl Before<'_> {
    fn of(lexemes: &[Lexeme]) -> Before<'_> {
        let (dot, colon, first_colon) = (punct_print('.', false), punct_print(':', false), punct_print(':', true));
        match lexemes {
            // A range's second dot is none.
            [.., first, last] if last.print == dot && first.print != punct_print('.', true) => Before::Dot,
            [last] if last.print == dot => Before::Dot,
            [.., segment, first, last] if last.print == colon && first.print == first_colon => {
                Before::Path(segment.is_name().then_some(segment))
            }
            [first, last] if last.print == colon && first.print == first_colon => Before::Path(None),
            _ => Before::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SourceFile {
        SourceFile::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn functions_are_mentioned_by_paths_and_not_by_fields() {
        let cases = [
            ("run()", true),
            ("a::run::<u8>(1)", true),
            ("map(run)", true),
            ("m!(run)", true),
            ("self.run()", false),
            ("self.run", false),
            ("Type::run()", false),
            ("0..run()", true),
            ("other()", false),
        ];
        for (body, expected) in cases {
            let text = format!("fn f() {{ {body} }}");
            let found = read(&text).mentions_function(0..text.len(), &HashSet::from([name_print("run")]));
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn methods_are_mentioned_by_their_type_and_by_any_value() {
        let cases = [
            ("x.new()", 1),
            ("x.new::<u8>()", 1),
            ("x.new", 0),
            ("A::new()", 1),
            ("A::<u8>::new()", 1),
            ("<A<u8>>::new()", 1),
            ("Alias::new()", 1),
            ("Self::Out::new()", 1),
            ("Self::new()", 1),
            ("B::new()", 0),
            ("module::new()", 0),
            ("let new = 1;", 0),
            ("0..new(1)", 0),
            ("x.y().new(A::new())", 2),
        ];
        let methods = BTreeSet::from([Method::new("A", "new")]);
        for (body, expected) in cases {
            let text = format!("type Alias = u8; fn f() {{ {body} }}");
            let file = read(&text);
            let aliases: HashSet<u64> = file.aliases().collect();
            let found = file.mentions_of_methods(17..text.len(), Some("A"), &methods, &aliases);
            assert_eq!(found.len(), expected, "{body}");
            assert!(found.iter().all(|at| text[*at..].starts_with("new")), "{body}");
        }
        let other = read("fn f() { Self::new() }").mentions_of_methods(0..22, Some("B"), &methods, &HashSet::new());
        assert!(other.is_empty());
    }

    #[test]
    fn texts_are_paths_for_macros() {
        let text = "#[serde(with = \"a::b\")] struct S; #[doc = \"b or not b\"] struct T;";
        let names = HashSet::from([name_print("b")]);
        assert!(read(text).mentions_in_text(0..33, &names));
        assert!(!read(text).mentions_in_text(33..text.len(), &names));
        let file = read("use a::b as c; use d::e; type F = u8; struct G;");
        assert_eq!(file.aliases().collect::<Vec<_>>(), ["c", "F"].map(name_print));
    }
}

//! Where a stretch of a file mentions functions, as far as its tokens tell.
//!
//! A token does not say what it means: a field may have the name of a function. So one mention too many is found here
//! rather than one too few; a patch then has more in it than it needs, or rustc does not compile it. No rule depends on
//! the case of a name: a path's segment may be a module or a type.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::text::{Lexeme, LexemeKind, name_print, print, punct_print};
use super::{SourceFile, macros};

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

/// What the names of types and modules in several files mean, as hashes.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Other names of the types at hand.
    pub aliases: HashSet<u64>,
    /// Names of modules and crates.
    pub modules: HashSet<u64>,
    /// Names that some file gives to a type.
    pub types: HashSet<u64>,
}

impl Known {
    /// Whether a path's segment may be a type whose own types follow it: `Self::Out::new`.
    fn may_be_type(&self, segment: &Lexeme) -> bool {
        let is_named_so = segment.kind == LexemeKind::TypeName && !self.modules.contains(&segment.print);
        is_named_so || self.types.contains(&segment.print)
    }
}

impl SourceFile {
    /// Whether the stretch mentions one of these functions, which are no methods.
    pub fn mentions_function(&self, stretch: Range<usize>, functions: &HashSet<u64>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let mut inputs = None;
        let is_mention = |(at, lexeme): (usize, &Lexeme)| {
            lexeme.is_name()
                && functions.contains(&lexeme.print)
                && (may_be_function(lexemes, at) || inputs.get_or_insert_with(|| macros::inputs(lexemes))[at])
        };
        lexemes.iter().enumerate().any(is_mention)
    }

    /// Whether the stretch mentions something with one of these names, whatever it is.
    pub fn mentions_name(&self, stretch: Range<usize>, names: &HashSet<u64>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let mut inputs = None;
        let is_mention = |(at, lexeme): (usize, &Lexeme)| {
            let is_defined = || at > 0 && DEFINITIONS.contains(&lexemes[at - 1].print);
            let is_free = || !is_defined() && !matches!(Before::of(&lexemes[..at]), Before::Dot);
            lexeme.is_name()
                && names.contains(&lexeme.print)
                && (is_free() || inputs.get_or_insert_with(|| macros::inputs(lexemes))[at])
        };
        lexemes.iter().enumerate().any(is_mention)
    }

    /// Where the stretch mentions one of these methods: where its name begins. `own` is the type whose `impl` block the
    /// stretch is in.
    pub fn mentions_of_methods(
        &self,
        stretch: Range<usize>,
        own: Option<&str>,
        methods: &BTreeSet<Method>,
        known: &Known,
    ) -> Vec<usize> {
        let lexemes = self.lexemes.within(stretch);
        let (own, this) = (own.map(name_print), name_print("Self"));
        // A block inside of a function is of another type.
        let has_block = has_block(lexemes);
        let is_type = |segment: &Lexeme, of: u64| match segment.print {
            print if print == this => {
                has_block || own.is_none_or(|own| own == of || own == this || known.aliases.contains(&own))
            }
            print => print == of || known.aliases.contains(&print),
        };
        let is_mention = |at: usize, method: &Method| match Before::of(&lexemes[..at]) {
            Before::Dot => is_called(lexemes, at),
            // `<…>::name`
            Before::Path(None) => true,
            Before::Path(Some(place)) => {
                let is_inner = match Before::of(&lexemes[..place]) {
                    // `$type::name` in a macro
                    Before::Dollar | Before::Path(None) => true,
                    Before::Path(Some(outer)) => known.may_be_type(&lexemes[outer]),
                    _ => false,
                };
                is_type(&lexemes[place], method.of) || is_inner
            }
            Before::Dollar | Before::Other => false,
        };
        let names: HashSet<u64> = methods.iter().map(|method| method.name).collect();
        let mentions = lexemes.iter().enumerate().filter(|(at, lexeme)| {
            let is_one = |method: &Method| method.name == lexeme.print && is_mention(*at, method);
            lexeme.is_name() && names.contains(&lexeme.print) && methods.iter().any(is_one)
        });
        mentions.map(|(_, lexeme)| lexeme.start).collect()
    }

    /// Whether the stretch hands the name of one of these methods to a macro in another way than as a call: it may become
    /// one.
    pub fn hands_to_macro(&self, stretch: Range<usize>, methods: &BTreeSet<Method>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let names: HashSet<u64> = methods.iter().map(|method| method.name).collect();
        let is_alone = |at: usize| match Before::of(&lexemes[..at]) {
            Before::Other | Before::Dollar => true,
            Before::Dot => !is_called(lexemes, at),
            Before::Path(_) => false,
        };
        let mut inputs = None;
        lexemes.iter().enumerate().any(|(at, lexeme)| {
            // A text's names have its place.
            let is_in_text = || at > 0 && lexemes[at - 1].start == lexeme.start;
            lexeme.is_name()
                && names.contains(&lexeme.print)
                && !is_in_text()
                && is_alone(at)
                && inputs.get_or_insert_with(|| macros::inputs(lexemes))[at]
        })
    }

    /// Whether the stretch may call one of these methods of traits, whatever the value's type is.
    pub fn mentions_called(&self, stretch: Range<usize>, called: &HashSet<u64>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        // `write!` calls a method of its first argument.
        let writes = called.contains(&name_print("write_fmt"));
        let is_write = |name: u64| ["write", "writeln"].iter().any(|known| name == name_print(known));
        let may_call = |at: usize| match Before::of(&lexemes[..at]) {
            Before::Dot => is_called(lexemes, at),
            Before::Path(_) | Before::Dollar => true,
            Before::Other => false,
        };
        let mut inputs = None;
        let is_mention = |(at, lexeme): (usize, &Lexeme)| {
            lexeme.is_name()
                && called.contains(&lexeme.print)
                && (may_call(at) || inputs.get_or_insert_with(|| macros::inputs(lexemes))[at])
        };
        lexemes.iter().enumerate().any(is_mention) || writes && macros::calls(lexemes).any(|(_, name)| is_write(name))
    }

    /// Whether the stretch calls any method, or a macro that may do so.
    pub fn calls_methods(&self, stretch: Range<usize>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let is_method = |(at, lexeme): (usize, &Lexeme)| {
            lexeme.is_name()
                && match Before::of(&lexemes[..at]) {
                    Before::Dot => is_called(lexemes, at),
                    Before::Path(_) => true,
                    Before::Dollar | Before::Other => false,
                }
        };
        let may_call =
            |(_, name): (usize, u64)| !macros::takes_expressions(name) || is_one_of(name, &["write", "writeln"]);
        lexemes.iter().enumerate().any(is_method) || macros::calls(lexemes).any(may_call)
    }

    /// Whether the stretch calls a macro that is neither known nor one of these.
    pub fn calls_unknown_macro(&self, stretch: Range<usize>, own: &HashSet<u64>) -> bool {
        let is_unknown = |(_, name): (usize, u64)| !macros::is_closed(name) && !own.contains(&name);
        macros::calls(self.lexemes.within(stretch)).any(is_unknown)
    }

    /// Whether the stretch mentions something of this name that some type has.
    pub fn mentions_member(&self, stretch: Range<usize>, name: &str) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let print = name_print(name);
        let mut inputs = None;
        lexemes.iter().enumerate().any(|(at, lexeme)| {
            lexeme.is_name()
                && lexeme.print == print
                && (!matches!(Before::of(&lexemes[..at]), Before::Other)
                    || inputs.get_or_insert_with(|| macros::inputs(lexemes))[at])
        })
    }

    /// How the stretch mentions items of this name.
    pub fn mentions_of_item(&self, stretch: Range<usize>, name: u64) -> Vec<ItemMention> {
        let lexemes = self.lexemes.within(stretch);
        let mut inputs = None;
        let all = (0..lexemes.len()).filter(|at| lexemes[*at].is_name() && lexemes[*at].print == name);
        let of = |at: usize| {
            if inputs.get_or_insert_with(|| macros::inputs(lexemes))[at] {
                return Some(ItemMention::Qualified(None));
            }
            match Before::of(&lexemes[..at]) {
                Before::Path(Some(place)) if begins_in_std(lexemes, place) => None,
                Before::Path(place) => Some(ItemMention::Qualified(place.map(|place| lexemes[place].print))),
                Before::Dollar => Some(ItemMention::Qualified(None)),
                Before::Other => may_be_function(lexemes, at).then_some(ItemMention::Bare),
                Before::Dot => None,
            }
        };
        all.filter_map(of).collect()
    }

    /// Whether the stretch brings in all names of something: `::*`.
    pub fn has_glob(&self, stretch: Range<usize>) -> bool {
        let (colon, star) = (punct_print(':', false), punct_print('*', false));
        self.lexemes.within(stretch).windows(2).any(|pair| pair[0].print == colon && pair[1].print == star)
    }

    /// Whether a text in the stretch is a path with one of these names, set as something that is one.
    pub fn mentions_in_text(&self, stretch: Range<usize>, names: &HashSet<u64>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let (equals, no_paths) = (punct_print('=', false), NO_PATHS.map(name_print));
        // `key = "path"`: the names of a text have its place, and follow it.
        lexemes.iter().enumerate().any(|(at, lexeme)| {
            let is_named = lexeme.kind == LexemeKind::InText && names.contains(&lexeme.print);
            let text = lexemes[..at].iter().rposition(|before| before.start < lexeme.start);
            let key = text.filter(|at| lexemes[*at].print == equals).and_then(|at| lexemes.get(at.checked_sub(1)?));
            is_named && key.is_some_and(|key| !no_paths.contains(&key.print))
        })
    }
}

/// How a stretch mentions an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemMention {
    /// By its name alone, which means what is in scope there.
    Bare,
    /// By a path, whose segment before it has this name; `None` for what is no name, and in the input of a macro.
    Qualified(Option<u64>),
}

fn is_one_of(name: u64, known: &[&str]) -> bool {
    known.iter().any(|known| name_print(known) == name)
}

/// Words before the name of what is defined. `const` and `static` stand before types, too.
static DEFINITIONS: LazyLock<HashSet<u64>> =
    LazyLock::new(|| ["enum", "fn", "mod", "struct", "trait", "type", "union"].map(name_print).into());

/// Whether the path that has this segment begins in the standard library.
fn begins_in_std(lexemes: &[Lexeme], segment: usize) -> bool {
    match Before::of(&lexemes[..segment]) {
        Before::Path(Some(outer)) => begins_in_std(lexemes, outer),
        Before::Path(None) | Before::Dollar | Before::Dot => {
            // `::std::…`
            segment >= 2 && is_one_of(lexemes[segment].print, &["std", "core", "alloc"])
        }
        Before::Other => is_one_of(lexemes[segment].print, &["std", "core", "alloc"]),
    }
}

/// Whether a name is followed by what calls it: `(…)` or `::<…>`.
fn is_called(lexemes: &[Lexeme], at: usize) -> bool {
    let next = lexemes.get(at + 1).map(|lexeme| lexeme.print);
    next == Some(print("(")) || next == Some(punct_print(':', true))
}

/// Keys of attributes whose texts are for people, or names of options.
const NO_PATHS: [&str; 17] = [
    "about",
    "alias",
    "conflicts_with",
    "default_value",
    "doc",
    "env",
    "group",
    "help",
    "id",
    "long",
    "name",
    "overrides_with",
    "rename",
    "rename_all",
    "requires",
    "short",
    "value_name",
];

/// Whether an `impl` block is among the tokens.
fn has_block(lexemes: &[Lexeme]) -> bool {
    let before = ["{", "}"].map(print).into_iter();
    let before: Vec<u64> = before.chain([print("]"), punct_print(';', false), name_print("unsafe")]).collect();
    let begins = name_print("impl");
    lexemes.windows(2).any(|pair| pair[1].print == begins && before.contains(&pair[0].print))
}

/// Whether a name can be that of a function that is no method: no field and no definition.
fn may_be_function(lexemes: &[Lexeme], at: usize) -> bool {
    let is_field = lexemes.get(at + 1).is_some_and(|next| next.print == punct_print(':', false));
    let is_defined = at.checked_sub(1).is_some_and(|before| DEFINITIONS.contains(&lexemes[before].print));
    !is_field && !is_defined && !matches!(Before::of(&lexemes[..at]), Before::Dot)
}

/// What stands before a name.
enum Before {
    Dot,
    Dollar,
    /// A path's separator, and where the name of the segment before it is; none where that is no name.
    Path(Option<usize>),
    Other,
}

impl Before {
    fn of(lexemes: &[Lexeme]) -> Before {
        let (dot, colon, first_colon) = (punct_print('.', false), punct_print(':', false), punct_print(':', true));
        match lexemes {
            // A range's second dot is none.
            [.., first, last] if last.print == dot && first.print != punct_print('.', true) => Before::Dot,
            [last] if last.print == dot => Before::Dot,
            [.., last] if last.print == punct_print('$', false) => Before::Dollar,
            [rest @ .., first, last] if last.print == colon && first.print == first_colon => {
                Before::Path(name_of_segment(rest))
            }
            _ => Before::Other,
        }
    }
}

/// Where the name of a path's last segment is, before its arguments: `Type` of `Type::<Option<u8>>`.
fn name_of_segment(lexemes: &[Lexeme]) -> Option<usize> {
    let is = |lexeme: &Lexeme, of| [false, true].iter().any(|joint| lexeme.print == punct_print(of, *joint));
    let mut open = 0_usize;
    for (at, lexeme) in lexemes.iter().enumerate().rev() {
        let is_arrow = at > 0 && is(lexeme, '>') && lexemes[at - 1].print == punct_print('-', true);
        if is(lexeme, '>') && !is_arrow {
            open += 1;
        } else if is(lexeme, '<') && open > 1 {
            open -= 1;
        } else if open <= 1 && is(lexeme, '<') {
            // `<Type>::` has no name before it.
            return match &lexemes[..at] {
                [.., name, first, last] if is(first, ':') && is(last, ':') && name.is_name() => Some(at - 3),
                _ => None,
            };
        } else if open == 0 {
            return lexeme.is_name().then_some(at);
        }
    }
    None
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
            ("Type::run()", true),
            ("m!(run: 1)", true),
            ("m!(x.run)", true),
            ("println!(\"\", x.run)", false),
            ("0..run()", true),
            ("other()", false),
            ("S { run: 1 }", false),
            ("S { run }", true),
            ("fn run() {}", false),
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
            ("A::<fn(B) -> Option<u8>>::new()", 1),
            ("B::<A>::new()", 0),
            ("a < B::new()", 0),
            ("<A<u8>>::new()", 1),
            ("return <A<u8>>::new()", 1),
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
            let aliases = HashSet::from([name_print("Alias")]);
            let known = Known { aliases, ..Known::default() };
            let found = file.mentions_of_methods(17..text.len(), Some("A"), &methods, &known);
            assert_eq!(found.len(), expected, "{body}");
            assert!(found.iter().all(|at| text[*at..].starts_with("new")), "{body}");
        }
        let other = read("fn f() { Self::new() }").mentions_of_methods(0..22, Some("B"), &methods, &Known::default());
        assert!(other.is_empty());
    }

    #[test]
    fn a_name_alone_in_a_macro_is_seen() {
        let methods = BTreeSet::from([Method::new("A", "new")]);
        let cases = [
            ("m!(x, new)", true),
            ("m! { [x new] }", true),
            ("m!(x); new", false),
            ("m!(x.new(), A::new, \"{new}\")", false),
            ("m!(x.new)", true),
            ("format!(\"{}\", new)", false),
            ("format!(\"{}\", m!(new))", true),
            ("!(new)", false),
            ("f(new)", false),
        ];
        for (body, expected) in cases {
            let text = format!("fn f() {{ {body} }}");
            assert_eq!(read(&text).hands_to_macro(0..text.len(), &methods), expected, "{body}");
        }
    }

    #[test]
    fn texts_are_paths_for_macros() {
        let text = "#[serde(with = \"a::b\")] struct S; #[doc = \"b or not b\"] struct T;";
        let names = HashSet::from([name_print("b")]);
        assert!(read(text).mentions_in_text(0..33, &names));
        assert!(!read(text).mentions_in_text(33..text.len(), &names));
        let text = "#[arg(long = \"b\")] struct S;";
        assert!(!read(text).mentions_in_text(0..text.len(), &names), "the name of an option");
    }
}

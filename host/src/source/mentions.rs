//! Where a stretch of a file mentions functions, as far as its tokens tell.
//!
//! A token does not say what it means: a field may have the name of a function. So one mention too many is found here
//! rather than one too few; a patch then has more in it than it needs, or rustc does not compile it.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::text::{Lexeme, LexemeKind, name_print, punct_print};
use super::{Function, Item, ItemKind, SourceFile};

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
            lexeme.is_name() && functions.contains(&lexeme.print) && may_be_function(lexemes, at)
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
        // A block inside of a function is of another type.
        let has_block = has_block(lexemes);
        let is_type = |segment: &Lexeme, of: u64| match segment.print {
            print if print == this => own.is_none_or(|own| own == of) || has_block,
            print => print == of || aliases.contains(&print),
        };
        let is_mention = |at: usize, method: &Method| match Before::of(&lexemes[..at]) {
            Before::Dot => follows(at),
            // `<…>::name`
            Before::Path(None) => true,
            Before::Path(Some(place)) => {
                let is_inner = match Before::of(&lexemes[..place]) {
                    // `$type::name` in a macro
                    Before::Dollar | Before::Path(None) => true,
                    Before::Path(Some(outer)) => lexemes[outer].kind == LexemeKind::TypeName,
                    _ => false,
                };
                is_type(&lexemes[place], method.of) || is_inner
            }
            Before::Dollar | Before::Other => false,
        };
        let mentions = lexemes.iter().enumerate().filter(|(at, lexeme)| {
            lexeme.is_name() && methods.iter().any(|method| method.name == lexeme.print && is_mention(*at, method))
        });
        mentions.map(|(_, lexeme)| lexeme.start).collect()
    }

    /// Whether the stretch hands the name of one of these methods to a macro by itself: there it may become a call.
    pub fn hands_to_macro(&self, stretch: Range<usize>, methods: &BTreeSet<Method>) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let harmless: Vec<u64> = HARMLESS_MACROS.iter().map(|name| name_print(name)).collect();
        let [open, close] = [["(", "[", "{"], [")", "]", "}"]].map(|all| all.map(super::text::print));
        let mark = punct_print('!', false);
        // Of each group around: whether a macro gets it.
        let mut around = Vec::new();
        lexemes.iter().enumerate().any(|(at, lexeme)| {
            if open.contains(&lexeme.print) {
                let is_call = match &lexemes[..at] {
                    [.., name, last] => last.print == mark && name.is_name() && !harmless.contains(&name.print),
                    _ => false,
                };
                around.push(is_call || around.last() == Some(&true));
            } else if close.contains(&lexeme.print) {
                around.pop();
            }
            // A text's names have its place.
            let is_in_text = at > 0 && lexemes[at - 1].start == lexeme.start;
            let is_alone = lexeme.is_name() && !is_in_text && matches!(Before::of(&lexemes[..at]), Before::Other);
            around.last() == Some(&true) && is_alone && methods.iter().any(|method| method.name == lexeme.print)
        })
    }

    /// Whether the stretch mentions something of this name that some type has.
    pub fn mentions_member(&self, stretch: Range<usize>, name: &str) -> bool {
        let lexemes = self.lexemes.within(stretch);
        let print = name_print(name);
        lexemes.iter().enumerate().any(|(at, lexeme)| {
            lexeme.is_name() && lexeme.print == print && !matches!(Before::of(&lexemes[..at]), Before::Other)
        })
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

    /// The names that the file gives to types that may have another one, by `type` and by `as`; each with the names
    /// that say what it is.
    pub fn aliases(&self) -> Vec<(u64, Vec<u64>)> {
        let all = self.lexemes.all();
        let (renames, defines) = (name_print("as"), name_print("type"));
        let alias = |(at, pair): (usize, &[Lexeme])| match pair[0].print {
            _ if pair[1].kind != LexemeKind::TypeName => None,
            print if print == renames => Some((pair[1].print, vec![all[at.checked_sub(1)?].print])),
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
            let is_restricted =
                |at: usize| lexemes.get(at + 1).is_some_and(|next| next.print == super::text::print("("));
            lexemes.iter().enumerate().any(|(at, lexeme)| lexeme.print == name_print("pub") && !is_restricted(at))
        };
        let is_public_item =
            move |item: &&Item| !item.names.is_empty() && item.of.iter().any(|stretch| is_public(stretch.clone()));
        let items = self.items.iter().filter(is_public_item).flat_map(|item| &item.names);
        let is_public_function = move |function: &&Function| is_public(function.at.start..function.body_at.start);
        let functions = self.functions.iter().filter(is_public_function).map(|function| &function.name);
        items.chain(functions).map(|name| name_print(name))
    }

    /// The names by which `use` lines bring one of these names in.
    pub fn renamed(&self, names: &HashSet<u64>) -> Vec<u64> {
        let uses = self.items.iter().filter(|item| item.kind == ItemKind::Use);
        let lines = uses.flat_map(|item| item.of.iter().map(|stretch| self.lexemes.within(stretch.clone())));
        let is_rename = |three: &&[Lexeme]| names.contains(&three[0].print) && three[1].print == name_print("as");
        lines.flat_map(|line| line.windows(3)).filter(is_rename).map(|three| three[2].print).collect()
    }
}

/// Of all aliases, those that may be one of these methods' types.
pub fn aliases_of(methods: &BTreeSet<Method>, all: &[(u64, Vec<u64>)]) -> HashSet<u64> {
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

/// Whether a call of one of these methods may have meant one of another type, that leads to the method's own type: a
/// type with `Deref` has a method of that name. Gives that one, for people.
pub fn in_the_way<'a>(sources: &[&'a SourceFile], methods: &BTreeSet<Method>) -> Option<&'a str> {
    let implements_deref = |item: &Item| item.kind == ItemKind::Impl && item.key.contains("Deref for ");
    if !sources.iter().any(|source| source.items.iter().any(implements_deref)) {
        return None;
    }
    let is_in_the_way = |function: &Function| {
        let (name, own) = (name_print(&function.name), function.self_type.as_deref().map(name_print));
        function.has_receiver && methods.iter().any(|method| method.name == name && own != Some(method.of))
    };
    let mut functions = sources.iter().flat_map(|source| &source.functions);
    functions.find(|function| is_in_the_way(function)).map(|function| &*function.key)
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

/// Macros that take what they get as expressions, or as names for people.
const HARMLESS_MACROS: [&str; 32] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "debug_span",
    "eprint",
    "eprintln",
    "error",
    "error_span",
    "format",
    "format_args",
    "info",
    "info_span",
    "log",
    "matches",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// Whether an `impl` block is among the tokens.
fn has_block(lexemes: &[Lexeme]) -> bool {
    let before = ["{", "}"].map(super::text::print).into_iter();
    let before: Vec<u64> =
        before.chain([super::text::print("]"), punct_print(';', false), name_print("unsafe")]).collect();
    let begins = name_print("impl");
    lexemes.windows(2).any(|pair| pair[1].print == begins && before.contains(&pair[0].print))
}

/// Whether a name can be that of a function that is no method: no field, no definition, nothing of a type.
fn may_be_function(lexemes: &[Lexeme], at: usize) -> bool {
    let is_field = lexemes.get(at + 1).is_some_and(|next| next.print == punct_print(':', false));
    let defines = ["fn", "mod"].map(name_print);
    let is_defined = at.checked_sub(1).is_some_and(|before| defines.contains(&lexemes[before].print));
    let is_of_another = match Before::of(&lexemes[..at]) {
        Before::Dot => true,
        Before::Path(Some(segment)) => lexemes[segment].kind == LexemeKind::TypeName,
        _ => false,
    };
    !is_field && !is_defined && !is_of_another
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
            ("Type::run()", false),
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
            let found = file.mentions_of_methods(17..text.len(), Some("A"), &methods, &aliases);
            assert_eq!(found.len(), expected, "{body}");
            assert!(found.iter().all(|at| text[*at..].starts_with("new")), "{body}");
        }
        let other = read("fn f() { Self::new() }").mentions_of_methods(0..22, Some("B"), &methods, &HashSet::new());
        assert!(other.is_empty());
    }

    #[test]
    fn a_name_alone_in_a_macro_is_seen() {
        let methods = BTreeSet::from([Method::new("A", "new")]);
        let cases = [
            ("m!(x, new)", true),
            ("m! { [x new] }", true),
            ("m!(x); new", false),
            ("m!(x.new, A::new, \"{new}\")", false),
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
    fn a_type_that_leads_to_another_may_have_a_method_of_the_same_name() {
        let text = "impl S<T> { fn a(&self) {} fn b(&self) {} } impl R { fn a(&self) {} fn b() {} }";
        let deref = format!("{text} impl Deref for R {{}}");
        let of = |text: &str, name| in_the_way(&[&read(text)], &BTreeSet::from([Method::new("S", name)])).is_some();
        assert_eq!([of(text, "a"), of(&deref, "a"), of(&deref, "b")], [false, true, false]);
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
        assert_eq!(names, ["C", "F", "H"].map(name_print));
        assert_eq!(file.renamed(&HashSet::from([name_print("e")])), [name_print("f")]);
        let text = "type A = Vec<B>; use x::C as D; type E<T> = D<T>; type F = u8;";
        let of = |name| aliases_of(&BTreeSet::from([Method::new(name, "new")]), &read(text).aliases());
        assert_eq!(of("B"), HashSet::from([name_print("A")]));
        assert_eq!(of("C"), HashSet::from(["D", "E"].map(name_print)));
        let text = "macro_rules! m { ($t:ident) => { $t::new() } }";
        let methods = BTreeSet::from([Method::new("A", "new")]);
        assert_eq!(read(text).mentions_of_methods(0..text.len(), None, &methods, &HashSet::new()).len(), 1);
    }
}

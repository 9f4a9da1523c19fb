//! Where a stretch of a file mentions functions, as far as its tokens tell.
//!
//! A token does not say what it means: a field may have the name of a function. So one mention too many is found here
//! rather than one too few; a patch then has more in it than it needs, or rustc does not compile it. No rule depends on
//! the case of a name: a path's segment may be a module or a type.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use super::text::{Lexeme, LexemeKind, name_print, print, punct_print};
use super::{Function, Item, SourceFile, macros, std_traits};

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

/// Types that casts name.
static NUMBERS: LazyLock<HashSet<u64>> = LazyLock::new(|| {
    let names = "bool char f32 f64 i128 i16 i32 i64 i8 isize u128 u16 u32 u64 u8 usize";
    names.split(' ').map(name_print).collect()
});

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

/// Whether a call of one of these methods, which a patch has copies of, may have meant another one: a trait's method that
/// comes before it, or one of a type that leads to the method's own type by `Deref`. Gives that one, for people.
pub fn in_the_way(sources: &[&SourceFile], methods: &BTreeSet<Method>) -> Option<String> {
    let functions = || sources.iter().flat_map(|source| &source.functions);
    let is_own = |function: &Function, method: &Method| {
        function.is_inherent
            && name_print(&function.name) == method.name
            && function.self_type.as_deref().is_some_and(|of| name_print(of) == method.of)
    };
    let copied: Vec<(&Function, &Method)> = functions()
        .filter(|function| function.has_receiver)
        .filter_map(|function| Some((function, methods.iter().find(|method| is_own(function, method))?)))
        .collect();
    if copied.is_empty() {
        return None;
    }
    let derefs = ["Deref", "DerefMut"].map(name_print);
    let names_deref = |source: &&SourceFile| {
        let is_deref = |lexeme: &Lexeme| lexeme.is_name() && derefs.contains(&lexeme.print);
        !source.privacy.derefs.is_empty() || source.lexemes.all().iter().any(is_deref)
    };
    let leads_on = sources.iter().any(names_deref);
    let traits = || sources.iter().flat_map(|source| &source.privacy.traits);
    for (function, method) in copied {
        let is_other = |other: &&Function| {
            let is_same_name = other.has_receiver && name_print(&other.name) == method.name;
            is_same_name && if other.is_inherent { leads_on && !is_own(other, method) } else { true }
        };
        if let Some(other) = functions().find(is_other) {
            return Some(other.key.clone());
        }
        if traits().any(|(_, members)| members.contains(&method.name)) {
            return Some(function.name.clone());
        }
        // Traits of others that the type has.
        let is_own_trait = |of: &str| traits().any(|(name, _)| *name == name_print(of));
        let may_give = |of: &str| match std_traits::members(of) {
            Some(members) => members.contains(&method.name),
            None => std_traits::is_member(method.name) && !is_own_trait(of),
        };
        let impls = || sources.iter().flat_map(|source| &source.privacy.impls);
        let is_of_type = |of: Option<u64>| of.is_none_or(|of| of == method.of);
        let by_trait = impls().any(|known| (leads_on || is_of_type(known.for_type)) && may_give(&known.of));
        if by_trait || leads_on && std_traits::is_member(method.name) {
            return Some(function.name.clone());
        }
    }
    None
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

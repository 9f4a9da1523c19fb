//! Values that are made once, when they are first asked for: by `LazyLock`, `OnceLock::get_or_init` and their like.
//!
//! Such a value has been made by the code of that time. If a function that makes it changes, a patch would leave the old
//! value: the edit is swapped. Names say which functions make it, unless they are ambiguous.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::File;
use super::visible::functions_of;
use crate::classify::Snapshot;
use crate::source::text::{Lexeme, code_of, digest, name_print, print, punct_print};
use crate::source::{Function, ItemKind, SourceFile};

/// What makes a value once.
struct Maker<'a> {
    /// Which value, for people.
    of: String,
    source: &'a SourceFile,
    /// Where it is made.
    at: Range<usize>,
    /// The type whose block it stands in.
    own: Option<&'a str>,
}

/// Checks that what a patch changes has made no value that stays. `files` are those of the patch, `sources` those
/// of all crates that can be patched, by their absolute paths.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn check(
    files: &[(PathBuf, &File)],
    sources: &[(&Path, Arc<SourceFile>)],
    (base, now): (&Snapshot, &Snapshot),
) -> Result<(), String> {
    let mut makers: Vec<Maker<'_>> = Vec::new();
    for (path, source) in sources {
        makers.extend(statics(source));
        let text = now.get(path).map(|text| String::from_utf8_lossy(text)).unwrap_or_default();
        makers.extend(source.functions.iter().flat_map(|function| inits(source, code_of(&text).1, function)));
    }
    if makers.is_empty() {
        return Ok(());
    }
    for (path, file) in files {
        let Some(Ok(old)) = base.syntax(path) else { continue };
        for function in functions_of(file) {
            let before = old.functions.iter().find(|of| of.key == function.key && of.module == function.module);
            let said = |source: &SourceFile, of: &Function| -> Vec<u64> {
                let each = init_groups(source.lexemes.within(of.body_at.clone()));
                each.iter().map(|(_, group)| digest(group.iter())).collect()
            };
            if before.is_some_and(|before| said(&old, before) != said(&file.source, function)) {
                return Err(format!("`{}` makes a value once, has made it, and makes another one now", function.key));
            }
        }
    }
    let changed = files.iter().flat_map(|(_, file)| functions_of(file));
    let changed: Vec<&Function> = changed.collect();
    let names = Names::of(sources.iter().map(|(_, source)| source));
    for maker in makers {
        if let Some(function) = names.reached(&maker, &changed) {
            return Err(format!("`{}` was made by `{}`, which changed", maker.of, function.key));
        }
    }
    Ok(())
}

/// The statics of a file: what is not a constant is made when it is asked for first. A value without a call keeps pointers,
/// which lead to the newest code; unless it is a constructor's, which has run when the library was loaded.
fn statics(source: &SourceFile) -> impl Iterator<Item = Maker<'_>> {
    let statics = source.items.iter().filter(|item| item.kind == ItemKind::Static);
    let marks = ["link_section", "used"].map(name_print);
    statics.filter_map(move |item| {
        let at = item.value.clone()?;
        let calls = source.lexemes.within(at.clone()).iter().any(|lexeme| lexeme.print == print("("));
        let mut all = source.lexemes.within(item.at.clone()).iter();
        if !calls && !all.any(|lexeme| marks.contains(&lexeme.print)) {
            return None;
        }
        Some(Maker { of: item.key.clone(), source, at, own: None })
    })
}

/// What a function makes once.
fn inits<'a>(source: &'a SourceFile, code: &str, function: &'a Function) -> Vec<Maker<'a>> {
    let lexemes = source.lexemes.within(function.body_at.clone());
    let maker = |(owner, group): (Option<usize>, &[Lexeme])| {
        let name = |at: usize| -> String {
            code.get(at..).unwrap_or_default().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        let of = owner.map(name).filter(|name| !name.is_empty()).unwrap_or_else(|| function.key.clone());
        let at = group.first().map_or(0..0, |first| first.start..group.last().map_or(0, |last| last.start + 1));
        Maker { of, source, at, own: function.self_type.as_deref() }
    };
    init_groups(lexemes).into_iter().map(maker).collect()
}

/// What is given to functions that call it once: with where the value's name stands.
fn init_groups(lexemes: &[Lexeme]) -> Vec<(Option<usize>, &[Lexeme])> {
    let once = ["get_or_init", "get_or_try_init", "call_once", "call_once_force"].map(name_print);
    let lazy = ["LazyLock", "LazyCell", "Lazy"].map(name_print);
    let (new, colon, dot) = (name_print("new"), punct_print(':', false), punct_print('.', false));
    let open = |at: usize| lexemes.get(at + 1).is_some_and(|next| next.print == print("("));
    let mut groups = Vec::new();
    for (at, lexeme) in lexemes.iter().enumerate().filter(|(at, lexeme)| lexeme.is_name() && open(*at)) {
        let before = |back: usize| at.checked_sub(back).map(|at| lexemes[at]);
        let is_lazy = || {
            let of = before(3).is_some_and(|of| lazy.contains(&of.print));
            lexeme.print == new && before(1).is_some_and(|before| before.print == colon) && of
        };
        if once.contains(&lexeme.print) || is_lazy() {
            let owner = before(1).filter(|before| before.print == dot).and_then(|_| before(2));
            groups.push((owner.filter(Lexeme::is_name).map(|owner| owner.start), group(&lexemes[at + 1..])));
        }
    }
    groups
}

/// A group from its opening delimiter on.
fn group(lexemes: &[Lexeme]) -> &[Lexeme] {
    let [opens, closes] = [["(", "[", "{"], [")", "]", "}"]].map(|all| all.map(print));
    let mut depth = 0_usize;
    let end = lexemes.iter().position(|lexeme| {
        depth += usize::from(opens.contains(&lexeme.print));
        depth -= usize::from(closes.contains(&lexeme.print) && depth > 0);
        depth == 0
    });
    &lexemes[..end.map_or(lexemes.len(), |end| end + 1)]
}

/// Whether a name stands for a pointer that is kept, so that the function has not run: `|| name`, `name as fn()`,
/// `Box::new(name)`.
fn is_pointer(lexemes: &[Lexeme], at: usize) -> bool {
    let is =
        |place: Option<usize>, of: u64| place.and_then(|place| lexemes.get(place)).is_some_and(|one| one.print == of);
    let before = |back: usize| at.checked_sub(back);
    let next = Some(at + 1);
    let (open, close) = (print("("), print(")"));
    let is_result = is(before(1), punct_print('|', false)) && is(before(2), punct_print('|', true)) && is(next, close);
    let boxes = ["Arc", "Box", "Rc"].map(name_print);
    let is_boxed = || {
        let of = before(5).and_then(|place| lexemes.get(place)).is_some_and(|of| boxes.contains(&of.print));
        of && is(before(1), open) && is(before(2), name_print("new")) && is(next, close)
    };
    is(next, name_print("as")) || is_result || is_boxed()
}

/// All functions of a workspace by their names.
struct Names<'a>(HashMap<u64, Vec<(&'a SourceFile, &'a Function)>>);

impl<'a> Names<'a> {
    fn of(sources: impl Iterator<Item = &'a Arc<SourceFile>>) -> Self {
        let mut names: HashMap<u64, Vec<_>> = HashMap::new();
        for source in sources {
            for function in &source.functions {
                names.entry(name_print(&function.name)).or_default().push((&**source, function));
            }
        }
        Self(names)
    }

    /// The first of these functions that is called to make a value, by whatever way.
    fn reached(&self, maker: &Maker<'a>, changed: &[&'a Function]) -> Option<&'a Function> {
        let mut seen: BTreeSet<*const Function> = BTreeSet::new();
        let mut rest = self.named(maker.source.lexemes.within(maker.at.clone()), maker.own);
        while let Some((source, function)) = rest.pop() {
            let is_it = |of: &&&Function| of.key == function.key && of.at == function.at && of.body == function.body;
            if let Some(found) = changed.iter().find(is_it) {
                return Some(*found);
            }
            if seen.insert(std::ptr::from_ref(function)) {
                let body = source.lexemes.within(function.body_at.clone());
                rest.extend(self.named(body, function.self_type.as_deref()));
            }
        }
        None
    }

    /// The functions that these tokens name.
    fn named(&self, lexemes: &[Lexeme], own: Option<&str>) -> Vec<(&'a SourceFile, &'a Function)> {
        let (dot, colon, this) = (punct_print('.', false), punct_print(':', false), name_print("Self"));
        let own = own.map(name_print);
        let mut found = Vec::new();
        let mut done: HashSet<(Option<u64>, u64)> = HashSet::new();
        for (at, lexeme) in lexemes.iter().enumerate().filter(|(_, lexeme)| lexeme.is_name()) {
            let Some(all) = self.0.get(&lexeme.print).filter(|_| !is_pointer(lexemes, at)) else { continue };
            let before = at.checked_sub(1).map(|before| lexemes[before].print);
            let segment = at.checked_sub(3).filter(|_| before == Some(colon)).map(|segment| lexemes[segment].print);
            if !done.insert((segment.or(before.filter(|before| *before == dot)), lexeme.print)) {
                continue;
            }
            match segment {
                // A method that only one type has.
                None if before == Some(dot) => found.extend(all.first().filter(|_| all.len() == 1)),
                None => found.extend(all.iter().filter(|(_, function)| function.owner.is_none())),
                Some(segment) => {
                    let of = if segment == this { own } else { Some(segment) };
                    found.extend(all.iter().filter(|(_, function)| match &function.self_type {
                        Some(self_type) => of == Some(name_print(self_type)),
                        None => function.owner.is_none(),
                    }));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of an edit that replaces one text by another, of the functions that differ.
    fn edited(text: &str, from: &str, to: &str) -> Result<(), String> {
        let after = text.replacen(from, to, 1);
        let snapshot = |text: &str| {
            let mut snapshot = Snapshot::default();
            snapshot.update("/w/src/lib.rs", Some(Arc::from(text.as_bytes())));
            snapshot
        };
        let (base, now) = (snapshot(text), snapshot(&after));
        let path = PathBuf::from("/w/src/lib.rs");
        let (old, new) = (base.syntax(&path).unwrap().unwrap(), now.syntax(&path).unwrap().unwrap());
        let differs =
            |function: &&Function| !old.functions.iter().any(|of| of.key == function.key && of.body == function.body);
        let file = File {
            path: "src/lib.rs".into(),
            module: Vec::new(),
            contents: Arc::from(after.as_bytes()),
            is_new: false,
            functions: new.functions.iter().filter(differs).map(|of| (of.module.clone(), of.key.clone())).collect(),
            added: HashSet::new(),
            new: HashSet::new(),
            items: HashSet::new(),
            calls: Vec::new(),
            ways: HashSet::new(),
            left_out: Default::default(),
            hidden: HashSet::new(),
            source: Arc::clone(&new),
        };
        check(&[(path.clone(), &file)], &[(&path, new)], (&base, &now))
    }

    #[test]
    fn what_has_made_a_value_that_stays_is_refused() {
        let by = |of: &str| Err(format!("`{of}` was made by `compute`, which changed"));
        for (text, expected) in [
            ("static T: LazyLock<u8> = LazyLock::new(|| compute());", by("static T")),
            ("static T: LazyLock<u8> = LazyLock::new(compute);", by("static T")),
            ("thread_local! { static T: u8 = a(); } fn a() { b::compute() }", by("static T")),
            ("lazy_static! { static ref T: u8 = compute(); }", by("static T")),
            ("fn once() { O.get_or_init(|| compute() + 10) }", by("O")),
            ("fn once(&self) { self.cell.get_or_init(compute) }", by("cell")),
            (
                "fn once() { START.call_once(|| S::start()) } impl S { fn start() { Self::other() } fn other() { compute() } }",
                by("START"),
            ),
            ("fn make() { let lazy = LazyCell::new(|| compute()); }", by("make")),
            (
                "static T: LazyLock<u8> = LazyLock::new(|| S.only()); impl S { fn only(&self) { compute() } }",
                by("static T"),
            ),
            // One of two, nobody knows which.
            (
                "static T: LazyLock<u8> = LazyLock::new(|| S.two()); impl S { fn two(&self) { compute() } } impl R { fn two(&self) {} }",
                Ok(()),
            ),
            ("static T: Mutex<u8> = Mutex::new(1); fn once() { T.get_or_insert_with(|| compute()) }", Ok(())),
            ("fn once() { compute() }", Ok(())),
            (
                "#[used] #[unsafe(link_section = \".init_array\")] static S: extern \"C\" fn() = compute;",
                by("static S"),
            ),
            ("static H: Handler = Handler { of: compute };", Ok(())),
            // Pointers, which lead to the newest code.
            ("fn once() { O.get_or_init(|| compute) }", Ok(())),
            ("fn once() { O.get_or_init(|| Box::new(compute)) }", Ok(())),
            ("static T: LazyLock<[fn() -> u8; 1]> = LazyLock::new(|| [compute as fn() -> u8]);", Ok(())),
        ] {
            let text = format!("{text} fn compute() {{ 1 }}");
            assert_eq!(edited(&text, "{ 1 }", "{ 2 }"), expected, "{text}");
        }
    }

    #[test]
    fn what_is_made_once_by_an_edited_body_is_refused() {
        let text = "fn once() { log(1); *O.get_or_init(|| 10) }";
        let refused = "`once` makes a value once, has made it, and makes another one now";
        assert_eq!(edited(text, "10", "20"), Err(refused.into()));
        assert_eq!(edited(text, "log(1)", "log(2)"), Ok(()));
    }
}

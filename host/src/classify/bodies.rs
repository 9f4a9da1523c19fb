//! Whether an edit can be a patch: compares a file item by item with what the base was built from.
//!
//! A patch can hold other bodies, constants, `use` lines and new functions. Whoever names something that is another one
//! now is compiled anew with it, since the base's code has the old one. A function without a slot (a generic one, say)
//! is patched in the same way: the patch has a copy of it, and all that use it. All else is a swap, with the reason.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use crate::source::mentions::Method;
use crate::source::text::name_print;
use crate::source::{Function, Item, ItemKind, SourceFile};

/// A function or another item of a file: the inline modules that it stands in, and its key.
pub type Name = (Vec<String>, String);

/// What is another one in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Functions whose bodies are other ones, and new ones.
    pub functions: BTreeSet<Name>,
    /// Of these, those without a slot in the base: new ones, and such as the patch has copies of.
    pub added: BTreeSet<Name>,
    /// Other items of the new source that the patch has to have.
    pub items: BTreeSet<Name>,
    /// What means something else than in the base.
    pub changed: Changed,
    /// Names that the base's file has and this one does not: a patch would still find them in the base.
    pub removed: BTreeSet<String>,
}

/// What means something else in the patched crate than in the base, as hashes of names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Of constants, and of what `use` lines bring in.
    pub names: HashSet<u64>,
    /// Of functions.
    pub functions: HashSet<u64>,
    /// Of methods.
    pub methods: BTreeSet<Method>,
    /// Of functions, and of the modules that they stand in: macros may know them by texts.
    pub in_texts: HashSet<u64>,
}

impl Changed {
    /// Takes in what another file has.
    pub fn extend(&mut self, other: &Changed) {
        self.names.extend(&other.names);
        self.functions.extend(&other.functions);
        self.methods.extend(&other.methods);
        self.in_texts.extend(&other.in_texts);
    }

    /// How much it is; it only grows.
    pub fn len(&self) -> usize {
        self.names.len() + self.functions.len() + self.methods.len() + self.in_texts.len()
    }

    /// Whether all means what it does in the base, but for bodies.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Macros whose result depends on where they stand.
const POSITION_MACROS: [&str; 6] = ["line", "column", "file", "dbg", "caller", "stringify"];

/// Compares a file with what the base was built from.
///
/// # Errors
///
/// For people: why it takes a swap.
pub fn compare(base: &SourceFile, now: &SourceFile) -> Result<Delta, String> {
    let mut delta = Delta::default();
    items(base, now, &mut delta)?;
    functions(base, now, &mut delta)?;
    let is_there = |name: &String| {
        now.items.iter().any(|item| item.names.contains(name)) || now.functions.iter().any(|other| other.name == *name)
    };
    delta.removed.retain(|name| !is_there(name));
    Ok(delta)
}

/// Whether all is well with a file where these names are removed from the crate.
///
/// # Errors
///
/// For people: one that is still named. The compiler is to say what that means.
pub fn without(now: &SourceFile, removed: &BTreeSet<String>) -> Result<(), String> {
    let is_named = |name: &&String| {
        let print = name_print(name);
        let mut stretches = now.functions.iter().map(|function| function.at.clone());
        stretches.any(|stretch| now.names_in(stretch).any(|used| used == print))
            || now
                .items
                .iter()
                .flat_map(|item| &item.of)
                .any(|stretch| now.names_in(stretch.clone()).any(|used| used == print))
    };
    match removed.iter().find(is_named) {
        Some(name) => Err(format!("`{name}` was removed, and is still named")),
        None => Ok(()),
    }
}

/// Adds what uses something of a file that means something else now. `changed` is that of all files; `aliases` are
/// names of types that have another one. What is added may change more: it is done when nothing more comes.
///
/// # Errors
///
/// For people: something that uses it and can't be in a patch.
pub fn add_dependents(
    now: &SourceFile,
    changed: &Changed,
    aliases: &HashSet<u64>,
    delta: &mut Delta,
) -> Result<(), String> {
    if changed.is_empty() {
        return Ok(());
    }
    let uses = |stretch: Range<usize>, own: Option<&str>| {
        now.names_in(stretch.clone()).any(|used| changed.names.contains(&used))
            || now.mentions_function(stretch.clone(), &changed.functions)
            || !now.mentions_of_methods(stretch, own, &changed.methods, aliases).is_empty()
    };
    for function in &now.functions {
        let name = (function.module.clone(), function.key.clone());
        let own = function.self_type.as_deref();
        if delta.functions.contains(&name) || !uses(function.at.clone(), own) {
            continue;
        }
        let key = &function.key;
        if uses(function.at.start..function.body_at.start, own) {
            return Err(format!("the signature of `{key}` uses what changed"));
        }
        if function.has_static {
            return Err(format!("`{key}`, which uses what changed, declares a static, which would begin anew"));
        }
        match &function.slot {
            Ok(_) => {}
            Err(_) if function.is_copyable => copy(function, delta),
            Err(why) => return Err(format!("`{key}`, which uses what changed, {why}")),
        }
        delta.functions.insert(name);
    }
    delta.changed.names.extend(now.renamed(&changed.names));
    delta.changed.functions.extend(now.renamed(&changed.functions));
    for item in now.items.iter().filter(|item| item.kind != ItemKind::Use) {
        let own = (item.module.clone(), item.key.clone());
        let is_use = |stretch: &Range<usize>| {
            uses(stretch.clone(), None) || now.mentions_in_text(stretch.clone(), &changed.in_texts)
        };
        if delta.items.contains(&own) || !item.of.iter().any(is_use) {
            continue;
        }
        match item.kind {
            ItemKind::Const if item.key != "const _" => {
                delta.items.insert(own);
                delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
            }
            _ => return Err(format!("`{}` uses what changed", item.key)),
        }
    }
    Ok(())
}

/// Lets the patch have a copy of a function: whoever uses it is to use the copy.
fn copy(function: &Function, delta: &mut Delta) {
    delta.added.insert((function.module.clone(), function.key.clone()));
    let changed = &mut delta.changed;
    let name = name_print(&function.name);
    match &function.self_type {
        Some(of) => {
            changed.methods.insert(Method::new(of, &function.name));
            changed.in_texts.insert(name_print(of));
        }
        None => {
            changed.functions.insert(name);
            changed.in_texts.extend(function.module.iter().chain([&function.name]).map(|name| name_print(name)));
        }
    }
}

fn items(base: &SourceFile, now: &SourceFile, delta: &mut Delta) -> Result<(), String> {
    let by_name = |file: &'_ SourceFile| -> BTreeMap<Name, Item> {
        file.items.iter().map(|item| ((item.module.clone(), item.key.clone()), item.clone())).collect()
    };
    let (before, after) = (by_name(base), by_name(now));
    for (name, item) in &after {
        match before.get(name) {
            Some(old) if old.digest == item.digest => {}
            Some(_) => changed(name, item, "changed", delta)?,
            None => changed(name, item, "added", delta)?,
        }
    }
    for (name, item) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        match item.kind {
            ItemKind::Use if item.names.contains(&"*".to_owned()) => return Err(format!("`{}` removed", name.1)),
            ItemKind::Use | ItemKind::Const => delta.removed.extend(item.names.iter().cloned()),
            _ => return Err(format!("`{}` removed", name.1)),
        }
    }
    Ok(())
}

/// An item of the new source that the base does not have so.
fn changed(name: &Name, item: &Item, how: &str, delta: &mut Delta) -> Result<(), String> {
    match item.kind {
        ItemKind::Use if !item.names.contains(&"*".to_owned()) => {}
        ItemKind::Const if item.key != "const _" => drop(delta.items.insert(name.clone())),
        _ => return Err(format!("`{}` {how}", name.1)),
    }
    delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
    Ok(())
}

fn functions(base: &SourceFile, now: &SourceFile, delta: &mut Delta) -> Result<(), String> {
    let by_name = |file: &'_ SourceFile| -> BTreeMap<Name, Function> {
        let named = |function: &Function| ((function.module.clone(), function.key.clone()), function.clone());
        file.functions.iter().map(named).collect()
    };
    let (before, after) = (by_name(base), by_name(now));
    for (name, function) in &after {
        let key = &name.1;
        let Some(old) = before.get(name) else {
            if function.owner.is_some() {
                return Err(format!("the method `{key}` added"));
            }
            delta.changed.functions.insert(name_print(&function.name));
            delta.functions.insert(name.clone());
            delta.added.insert(name.clone());
            continue;
        };
        if old.outside != function.outside {
            return Err(format!("the signature of `{key}` changed"));
        }
        if old.body == function.body && !shows_another_place((base, old), (now, function)) {
            continue;
        }
        if old.has_static || function.has_static {
            return Err(format!("`{key}` declares a static, which would begin anew"));
        }
        match &function.slot {
            Ok(_) => {}
            Err(_) if function.is_copyable => copy(function, delta),
            Err(why) => return Err(format!("`{key}` {why}")),
        }
        delta.functions.insert(name.clone());
    }
    for (name, function) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        if function.owner.is_some() {
            return Err(format!("the method `{}` removed", name.1));
        }
        delta.removed.insert(function.name.clone());
    }
    Ok(())
}

/// Whether a body that says the same shows where it stands, and stands elsewhere.
fn shows_another_place(before: (&SourceFile, &Function), after: (&SourceFile, &Function)) -> bool {
    let shows = |name: u64| POSITION_MACROS.iter().any(|listed| name_print(listed) == name);
    before.1.place != after.1.place && after.0.names_in(after.1.body_at.clone()).any(shows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::mentions::aliases_of;

    fn of(before: &str, after: &str) -> Result<Delta, String> {
        let read = |text: &str| SourceFile::read(text.as_bytes()).unwrap();
        let (before, after) = (read(before), read(after));
        let mut delta = compare(&before, &after)?;
        without(&after, &delta.removed)?;
        loop {
            let changed = delta.changed.clone();
            let aliases = aliases_of(&changed.methods, &after.aliases());
            add_dependents(&after, &changed, &aliases, &mut delta)?;
            if delta.changed == changed {
                return Ok(delta);
            }
        }
    }

    fn keys(delta: &Delta) -> Vec<&str> {
        delta.functions.iter().map(|(_, key)| &**key).collect()
    }

    #[test]
    fn bodies_are_patched() {
        let delta = of("fn a() { 1 } fn b() {} impl S { fn c() {} }", "fn a() { 2 } fn b() {} impl S { fn c() { 1 } }");
        assert_eq!(keys(&delta.unwrap()), ["S::c", "a"]);
        assert_eq!(of("fn a() {}", "// x\nfn a() {}"), Ok(Delta::default()));
    }

    #[test]
    fn whoever_names_what_changed_is_patched_too() {
        let before = "const X: u8 = 1; fn a() { X } fn b() { m!(X) } fn c() {} use q::Y; fn d() { Y } fn e() { f() }";
        let delta = of(before, &before.replace("= 1", "= 2")).unwrap();
        assert_eq!((keys(&delta), delta.items.len()), (vec!["a", "b"], 1));
        let delta = of(before, &before.replace("q::Y", "z::Y")).unwrap();
        assert_eq!(keys(&delta), ["d"]);
        let delta = of(before, &format!("{before} fn f() {{}}")).unwrap();
        assert_eq!(keys(&delta), ["e", "f"]);
        assert_eq!(delta.added.len(), 1);
    }

    #[test]
    fn what_is_removed_must_not_be_named_any_more() {
        let before = "use q::Y; const X: u8 = 1; fn f() {} fn d() { Y } fn e() { f() } fn g() { X }";
        for (gone, name) in [("use q::Y;", "Y"), ("const X: u8 = 1;", "X"), ("fn f() {}", "f")] {
            let after = before.replace(gone, "");
            assert_eq!(of(before, &after), Err(format!("`{name}` was removed, and is still named")));
        }
        let delta = of(before, "fn d() {} fn e() {} fn g() { X }").unwrap_err();
        assert!(delta.contains("`X`"), "{delta}");
        assert_eq!(keys(&of(before, "fn d() {} fn e() {} fn g() {}").unwrap()), ["d", "e", "g"]);
    }

    #[test]
    fn a_function_without_a_slot_is_copied_with_all_that_use_it() {
        let before = "fn a<T>() { 1 } fn b() { a::<u8>() } fn c(x: impl Fn()) { a() } fn d() { c(x) } fn e() {} fn f() { self.a }";
        let delta = of(before, &before.replace("{ 1 }", "{ 2 }")).unwrap();
        assert_eq!(keys(&delta), ["a", "b", "c", "d"]);
        let copies: Vec<&str> = delta.added.iter().map(|(_, key)| &**key).collect();
        assert_eq!(copies, ["a", "c"]);
        let before = "impl<T> S<T> { fn new() { 1 } fn get() { 3 } } fn b() { S::new() } fn c() { Vec::new() } fn d() { x.get() }";
        let delta = of(before, &before.replace("{ 1 }", "{ 2 }")).unwrap();
        assert_eq!(keys(&delta), ["S<T>::new", "b"]);
        let delta = of(before, &before.replace("{ 3 }", "{ 4 }")).unwrap();
        assert_eq!(keys(&delta), ["S<T>::get", "d"]);
        let before = "mod m { fn a<T>() { 1 } } use m::a as b; fn c() { b() }";
        let delta = of(before, &before.replace("{ 1 }", "{ 2 }")).unwrap();
        assert_eq!(keys(&delta), ["c", "a"]);
        let before = "const fn a() { 1 } const B: u8 = a(); const C: u8 = B; fn d() { C } fn e() {}";
        let delta = of(before, &before.replace("{ 1 }", "{ 2 }")).unwrap();
        assert_eq!((keys(&delta), delta.items.len()), (vec!["a", "d"], 2));
    }

    #[test]
    fn what_else_changed_is_said() {
        let pairs = [
            ("struct S { a: u8 }", "struct S { a: u16 }", "`struct S` changed"),
            ("", "static X: u8 = 1;", "`static X` added"),
            ("use a::*;", "", "`a::*` removed"),
            ("fn a(x: u8) {}", "fn a(x: u16) {}", "the signature of `a` changed"),
            (
                "impl<T> Drop for S<T> { fn drop(&mut self) { 1 } }",
                "impl<T> Drop for S<T> { fn drop(&mut self) { 2 } }",
                "`Drop for S<T>::drop` stands in a generic `impl`",
            ),
            (
                "fn a<T>() { 1 } trait S { fn b() { a() } }",
                "fn a<T>() { 2 } trait S { fn b() { a() } }",
                "`S::b`, which uses what changed, is a default method of a trait",
            ),
            (
                "fn a<T>() { 1 } static F: fn() = a::<u8>;",
                "fn a<T>() { 2 } static F: fn() = a::<u8>;",
                "`static F` uses what changed",
            ),
            (
                "fn a<T>() { 1 } #[serde(with = \"a\")] struct S;",
                "fn a<T>() { 2 } #[serde(with = \"a\")] struct S;",
                "`struct S` uses what changed",
            ),
            ("impl S {}", "impl S { fn a() {} }", "the method `S::a` added"),
            ("impl S { const A: u8 = 1; }", "impl S { const A: u8 = 2; }", "`impl S` changed"),
            (
                "fn a() { static X: u8 = 1; }",
                "fn a() { static X: u8 = 2; }",
                "`a` declares a static, which would begin anew",
            ),
            (
                "const X: u8 = 1; static Y: u8 = X;",
                "const X: u8 = 2; static Y: u8 = X;",
                "`static Y` uses what changed",
            ),
            (
                "const X: u8 = 1; fn a() { static S: u8 = 1; X }",
                "const X: u8 = 2; fn a() { static S: u8 = 1; X }",
                "`a`, which uses what changed, declares a static, which would begin anew",
            ),
            (
                "const X: u8 = 1; fn a(x: [u8; X]) {}",
                "const X: u8 = 2; fn a(x: [u8; X]) {}",
                "the signature of `a` uses what changed",
            ),
            ("macro_rules! m { () => { 1 } }", "macro_rules! m { () => { 2 } }", "`macro m` changed"),
            ("mod a;", "mod b;", "`mod b` added"),
            ("#![allow(x)]", "#![allow(y)]", "`attributes of the file` changed"),
        ];
        for (before, after, reason) in pairs {
            assert_eq!(of(before, after), Err(reason.to_owned()), "{before} -> {after}");
        }
    }

    #[test]
    fn a_body_that_shows_its_place_is_patched_where_it_moved() {
        let before = "fn a() {}\nfn b() { dbg!(1) }\nfn c() { panic!() }";
        let delta = of(before, &before.replacen("{}", "{\n}", 1)).unwrap();
        assert_eq!(keys(&delta), ["b"]);
    }
}

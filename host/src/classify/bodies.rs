//! Whether an edit can be a patch: compares a file item by item with what the base was built from.
//!
//! A patch can hold other bodies, constants, `use` lines and new functions. Whoever names something that is another one
//! now is compiled anew with it, since the base's code has the old one. All else is a swap, with the reason.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::source::text::name_print;
use crate::source::{Function, Item, ItemKind, SourceFile};

/// A function or another item of a file: the inline modules that it stands in, and its key.
pub type Name = (Vec<String>, String);

/// What is another one in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Functions whose bodies are other ones, and new ones.
    pub functions: BTreeSet<Name>,
    /// Of these, the new ones.
    pub added: BTreeSet<Name>,
    /// Other items of the new source that the patch has to have.
    pub items: BTreeSet<Name>,
    /// Names, as hashes, that mean something else than in the base.
    pub names: HashSet<u64>,
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
    Ok(delta)
}

/// Adds the functions of a file that name something that means something else now.
///
/// # Errors
///
/// For people: something that names it and can't be in a patch.
pub fn add_dependents(now: &SourceFile, names: &HashSet<u64>, delta: &mut Delta) -> Result<(), String> {
    if names.is_empty() {
        return Ok(());
    }
    for function in &now.functions {
        let name = (function.module.clone(), function.key.clone());
        if delta.functions.contains(&name) || !now.names_in(function.at.clone()).any(|used| names.contains(&used)) {
            continue;
        }
        if let Err(why) = &function.slot {
            return Err(format!("`{}`, which uses what changed, {why}", function.key));
        }
        if now.names_in(function.at.start..function.body_at.start).any(|used| names.contains(&used)) {
            return Err(format!("the signature of `{}` uses what changed", function.key));
        }
        delta.functions.insert(name);
    }
    let uses = |item: &&Item| {
        let own = (item.module.clone(), item.key.clone());
        !delta.items.contains(&own)
            && item.kind != ItemKind::Use
            && item.of.iter().any(|stretch| now.names_in(stretch.clone()).any(|used| names.contains(&used)))
    };
    match now.items.iter().find(uses) {
        Some(item) => Err(format!("`{}` uses what changed", item.key)),
        None => Ok(()),
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
            ItemKind::Use if !item.names.contains(&"*".to_owned()) => {
                delta.names.extend(item.names.iter().map(|name| name_print(name)));
            }
            ItemKind::Const => delta.names.extend(item.names.iter().map(|name| name_print(name))),
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
    delta.names.extend(item.names.iter().map(|name| name_print(name)));
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
            delta.names.insert(name_print(&function.name));
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
        if let Err(why) = &function.slot {
            return Err(format!("`{key}` {why}"));
        }
        if old.has_static || function.has_static {
            return Err(format!("`{key}` declares a static, which would begin anew"));
        }
        delta.functions.insert(name.clone());
    }
    for (name, function) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        if function.owner.is_some() {
            return Err(format!("the method `{}` removed", name.1));
        }
        delta.names.insert(name_print(&function.name));
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

    fn of(before: &str, after: &str) -> Result<Delta, String> {
        let read = |text: &str| SourceFile::read(text.as_bytes()).unwrap();
        let (before, after) = (read(before), read(after));
        let mut delta = compare(&before, &after)?;
        let names = delta.names.clone();
        add_dependents(&after, &names, &mut delta)?;
        Ok(delta)
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
        let delta = of(&format!("{before} fn f() {{}}"), before).unwrap();
        assert_eq!(keys(&delta), ["e"]);
    }

    #[test]
    fn what_else_changed_is_said() {
        let pairs = [
            ("struct S { a: u8 }", "struct S { a: u16 }", "`struct S` changed"),
            ("", "static X: u8 = 1;", "`static X` added"),
            ("use a::*;", "", "`a::*` removed"),
            ("fn a(x: u8) {}", "fn a(x: u16) {}", "the signature of `a` changed"),
            ("fn a<T>() { 1 }", "fn a<T>() { 2 }", "`a` is generic"),
            ("impl S {}", "impl S { fn a() {} }", "the method `S::a` added"),
            ("impl S { const A: u8 = 1; }", "impl S { const A: u8 = 2; }", "`impl S` changed"),
            (
                "fn a() { static X: u8 = 1; }",
                "fn a() { static X: u8 = 2; }",
                "`a` declares a static, which would begin anew",
            ),
            ("const X: u8 = 1; const Y: u8 = X;", "const X: u8 = 2; const Y: u8 = X;", "`const Y` uses what changed"),
            (
                "const X: u8 = 1; const fn a() { X }",
                "const X: u8 = 2; const fn a() { X }",
                "`a`, which uses what changed, is a `const fn`",
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

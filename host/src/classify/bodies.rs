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
    /// Of these, the new methods: they are called by their own names.
    pub new: BTreeSet<Name>,
    /// Other items of the new source that the patch has to have.
    pub items: BTreeSet<Name>,
    /// Statics whose initial value is another one, with a hash of that: the program keeps the values that they have.
    pub kept: BTreeSet<(String, u64)>,
    /// Functions of the patch in whose loops calls stay, with a hash of the body.
    pub endless: BTreeSet<(String, u64)>,
    /// What means something else than in the base.
    pub changed: Changed,
    /// Names that the base's file has and this one does not: a patch would still find them in the base. Of what types
    /// have with the type's before it, `Type::name`.
    pub removed: BTreeSet<String>,
}

/// What means something else in the patched crate than in the base, as hashes of names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Of constants, and of what `use` lines bring in.
    pub names: HashSet<u64>,
    /// Of functions.
    pub functions: HashSet<u64>,
    /// Of methods, and of constants of types.
    pub methods: BTreeSet<Method>,
    /// Of methods that the base does not have.
    pub new_methods: BTreeSet<Method>,
    /// Of functions, and of the modules that they stand in: macros may know them by texts.
    pub in_texts: HashSet<u64>,
}

impl Changed {
    /// Takes in what another file has.
    pub fn extend(&mut self, other: &Changed) {
        self.names.extend(&other.names);
        self.functions.extend(&other.functions);
        self.methods.extend(&other.methods);
        self.new_methods.extend(&other.new_methods);
        self.in_texts.extend(&other.in_texts);
    }

    /// Takes in a constant of a type.
    fn constant(&mut self, item: &Item) {
        for (of, name) in item.self_type.iter().zip(&item.names) {
            self.methods.insert(Method::new(of, name));
            self.in_texts.insert(name_print(name));
        }
    }

    /// How much it is; it only grows.
    pub fn len(&self) -> usize {
        let methods = self.methods.len() + self.new_methods.len();
        self.names.len() + self.functions.len() + methods + self.in_texts.len()
    }

    /// All that types have and that means something else.
    pub fn of_types(&self) -> BTreeSet<Method> {
        self.methods.union(&self.new_methods).copied().collect()
    }

    /// Whether all means what it does in the base, but for bodies.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Compares a file with what the base was built from. One that is no module of the crate, there or now, is `None`.
///
/// # Errors
///
/// For people: why it takes a swap.
pub fn compare(base: Option<&SourceFile>, now: Option<&SourceFile>) -> Result<Delta, String> {
    let mut delta = Delta::default();
    let (new, gone) = (modules_only_in(now, base), modules_only_in(base, now));
    let none = SourceFile::default();
    let (base, now) = (base.unwrap_or(&none), now.unwrap_or(&none));
    items(base, now, (&new, &gone), &mut delta)?;
    functions(base, now, (&new, &gone), &mut delta)?;
    let is_there = |name: &String| match name.split_once("::") {
        Some((of, name)) => {
            let is_constant = |item: &Item| item.kind == ItemKind::AssociatedConst && item.names == [name];
            let is_of = |self_type: &Option<String>| self_type.as_deref() == Some(of);
            let is_method = |function: &Function| function.name == name && is_of(&function.self_type);
            now.items.iter().any(|item| is_constant(item) && is_of(&item.self_type))
                || now.functions.iter().any(is_method)
        }
        None => {
            let items = now.items.iter().filter(|item| item.kind != ItemKind::AssociatedConst);
            let is_it = |function: &Function| function.owner.is_none() && function.name == *name;
            items.flat_map(|item| &item.names).any(|other| other == name) || now.functions.iter().any(is_it)
        }
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
    let items = now.items.iter().flat_map(|item| item.of.iter().chain(&item.value).cloned());
    let stretches: Vec<_> = now.functions.iter().map(|function| function.at.clone()).chain(items).collect();
    let is_named = |name: &&String| match name.split_once("::") {
        Some((_, name)) => stretches.iter().any(|stretch| now.mentions_member(stretch.clone(), name)),
        None => {
            let print = name_print(name);
            stretches.iter().any(|stretch| now.names_in(stretch.clone()).any(|used| used == print))
        }
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
    let of_types = changed.of_types();
    let uses = |stretch: Range<usize>, own: Option<&str>| {
        now.names_in(stretch.clone()).any(|used| changed.names.contains(&used))
            || now.mentions_function(stretch.clone(), &changed.functions)
            || !now.mentions_of_methods(stretch, own, &of_types, aliases).is_empty()
    };
    let handed = |stretch: &Range<usize>| now.hands_to_macro(stretch.clone(), &of_types);
    let stretches = now.functions.iter().map(|function| (&function.key, &function.at));
    let stretches = stretches.chain(now.items.iter().flat_map(|item| item.of.iter().map(|at| (&item.key, at))));
    if let Some((key, _)) = stretches.filter(|_| !of_types.is_empty()).find(|(_, stretch)| handed(stretch)) {
        return Err(format!("`{key}` gives a macro the name of a method that changed"));
    }
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
        delta.endless.extend(function.is_endless.then(|| (key.clone(), function.body)));
        delta.functions.insert(name);
    }
    delta.changed.names.extend(now.renamed(&changed.names));
    delta.changed.functions.extend(now.renamed(&changed.functions));
    for item in now.items.iter().filter(|item| item.kind != ItemKind::Use) {
        let own = (item.module.clone(), item.key.clone());
        let is_use = |stretch: &Range<usize>| {
            uses(stretch.clone(), item.self_type.as_deref()) || now.mentions_in_text(stretch.clone(), &changed.in_texts)
        };
        if delta.items.contains(&own) || !item.of.iter().chain(&item.value).any(is_use) {
            continue;
        }
        match item.kind {
            ItemKind::Const if item.key != "const _" => {
                delta.items.insert(own);
                delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
            }
            ItemKind::AssociatedConst => {
                delta.items.insert(own);
                delta.changed.constant(item);
            }
            _ => return Err(format!("`{}` uses what changed", item.key)),
        }
    }
    Ok(())
}

/// Lets the patch have a copy of a function: whoever uses it is to use the copy.
pub(super) fn copy(function: &Function, delta: &mut Delta) {
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

/// The modules of a file that the other does not have, its own among them where there is no other. What is in them can
/// only be reached by their names; an item of theirs that has other effects takes a swap.
fn modules_only_in(file: Option<&SourceFile>, other: Option<&SourceFile>) -> Vec<Vec<String>> {
    let Some(other) = other else { return vec![Vec::new()] };
    let Some(file) = file else { return Vec::new() };
    let is_there =
        |item: &Item| other.items.iter().any(|there| (&there.module, &there.key) == (&item.module, &item.key));
    let modules = file.items.iter().filter(|item| item.kind == ItemKind::Module && !is_there(item));
    let plain = |name: &String| name.strip_prefix("r#").unwrap_or(name).to_owned();
    modules.flat_map(|item| item.names.iter().map(|name| [&item.module[..], &[plain(name)]].concat())).collect()
}

/// Whether a module is one of these, or inside of one.
fn is_in(modules: &[Vec<String>], module: &[String]) -> bool {
    modules.iter().any(|outer| module.starts_with(outer))
}

/// The modules that only the new file has, and those that only the base's has.
type Modules<'a> = (&'a [Vec<String>], &'a [Vec<String>]);

fn items(base: &SourceFile, now: &SourceFile, (new, gone): Modules<'_>, delta: &mut Delta) -> Result<(), String> {
    let by_name = |file: &'_ SourceFile| -> BTreeMap<Name, Item> {
        file.items.iter().map(|item| ((item.module.clone(), item.key.clone()), item.clone())).collect()
    };
    let (before, after) = (by_name(base), by_name(now));
    for (name, item) in &after {
        match before.get(name) {
            Some(old) if old.digest == item.digest => {
                let value = |file: &SourceFile, item: &Item| item.value.clone().map(|at| file.digest_of(at));
                if value(base, old) != value(now, item) {
                    delta.kept.extend(item.names.iter().cloned().zip(value(now, item)));
                }
            }
            Some(_) => changed(name, item, "changed", delta)?,
            None if is_in(new, &name.0) => in_new_module(name, item, delta)?,
            None => changed(name, item, "added", delta)?,
        }
    }
    for (name, item) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        match item.kind {
            ItemKind::Use | ItemKind::Const | ItemKind::Module | ItemKind::Attributes if is_in(gone, &name.0) => {}
            ItemKind::Use if item.names.contains(&"*".to_owned()) => return Err(format!("`{}` removed", name.1)),
            ItemKind::Use | ItemKind::Const | ItemKind::Module => delta.removed.extend(item.names.iter().cloned()),
            ItemKind::AssociatedConst => {
                let of = item.self_type.iter().zip(&item.names);
                delta.removed.extend(of.map(|(of, name)| format!("{of}::{name}")));
            }
            ItemKind::Methods => {}
            _ => return Err(format!("`{}` removed", name.1)),
        }
    }
    Ok(())
}

/// An item of a module that the base does not have.
fn in_new_module(name: &Name, item: &Item, delta: &mut Delta) -> Result<(), String> {
    match item.kind {
        ItemKind::Use | ItemKind::Attributes => Ok(()),
        ItemKind::Const | ItemKind::Module if item.key != "const _" => {
            delta.items.insert(name.clone());
            Ok(())
        }
        _ => changed(name, item, "added", delta),
    }
}

/// An item of the new source that the base does not have so.
fn changed(name: &Name, item: &Item, how: &str, delta: &mut Delta) -> Result<(), String> {
    match item.kind {
        ItemKind::Methods if how == "added" => return Ok(()),
        ItemKind::Module if how == "added" => {
            delta.items.insert(name.clone());
            delta.changed.functions.extend(item.names.iter().map(|name| name_print(name)));
            return Ok(());
        }
        // A value of it may stay where nothing shows its type, as a `dyn Any`.
        ItemKind::Type if how == "added" && !name.1.starts_with("type ") => {
            return Err(format!("`{}` added, which would be another type in each patch", name.1));
        }
        ItemKind::Use if !item.names.contains(&"*".to_owned()) => {}
        ItemKind::Const if item.key != "const _" => drop(delta.items.insert(name.clone())),
        ItemKind::AssociatedConst => {
            delta.items.insert(name.clone());
            delta.changed.constant(item);
            return Ok(());
        }
        _ => return Err(format!("`{}` {how}", name.1)),
    }
    delta.changed.names.extend(item.names.iter().map(|name| name_print(name)));
    Ok(())
}

fn functions(base: &SourceFile, now: &SourceFile, (new, gone): Modules<'_>, delta: &mut Delta) -> Result<(), String> {
    let by_name = |file: &'_ SourceFile| -> BTreeMap<Name, Function> {
        let named = |function: &Function| ((function.module.clone(), function.key.clone()), function.clone());
        file.functions.iter().map(named).collect()
    };
    let (before, after) = (by_name(base), by_name(now));
    for (name, function) in &after {
        let key = &name.1;
        let Some(old) = before.get(name) else {
            if function.has_static {
                return Err(format!("`{key}` declares a static, which would begin anew"));
            }
            match &function.self_type {
                Some(of) => new_method(base, of, function, delta)?,
                None if function.owner.is_some() => return Err(format!("the method `{key}` added")),
                None if is_in(new, &name.0) => {}
                None => drop(delta.changed.functions.insert(name_print(&function.name))),
            }
            delta.functions.insert(name.clone());
            delta.added.insert(name.clone());
            continue;
        };
        if old.outside != function.outside {
            return Err(format!("the signature of `{key}` changed"));
        }
        if old.body == function.body {
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
        // Calls are in the old body.
        delta.endless.extend(old.is_endless.then(|| (key.clone(), function.body)));
        delta.functions.insert(name.clone());
    }
    for (name, function) in before.iter().filter(|(name, _)| !after.contains_key(name)) {
        let removed = match (&function.self_type, &function.owner) {
            // The program may know it.
            _ if !function.is_plain => return Err(format!("`{}` removed", name.1)),
            (Some(of), _) => Some(format!("{of}::{}", function.name)),
            (None, Some(_)) => return Err(format!("the method `{}` removed", name.1)),
            (None, None) => Some(function.name.clone()).filter(|_| !is_in(gone, &name.0)),
        };
        delta.removed.extend(removed);
    }
    Ok(())
}

/// A method that the base's file does not have. The patch has it in a trait, where a method that the base's type has
/// would come first.
fn new_method(base: &SourceFile, of: &str, function: &Function, delta: &mut Delta) -> Result<(), String> {
    let is_hidden =
        base.functions.iter().any(|other| other.name == function.name && other.self_type.as_deref() == Some(of));
    // `write!` calls it without saying so.
    if is_hidden || !function.is_plain || function.name == "write_fmt" {
        return Err(format!("the method `{}` added", function.key));
    }
    delta.new.insert((function.module.clone(), function.key.clone()));
    delta.changed.new_methods.insert(Method::new(of, &function.name));
    delta.changed.in_texts.insert(name_print(of));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::mentions::aliases_of;

    fn of(before: &str, after: &str) -> Result<Delta, String> {
        let read = |text: &str| SourceFile::read(text.as_bytes()).unwrap();
        let (before, after) = (read(before), read(after));
        let mut delta = compare(Some(&before), Some(&after))?;
        without(&after, &delta.removed)?;
        loop {
            let changed = delta.changed.clone();
            let aliases = aliases_of(&changed.of_types(), &after.aliases());
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
    fn functions_in_whose_loops_calls_stay_are_told() {
        let endless = |before: &str, after: &str| {
            let delta = of(before, after).unwrap();
            delta.endless.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(endless("fn run() { loop { a(); } } fn a() { 1; }", "fn run() { b(); } fn a() { 2; }"), ["run"]);
        assert!(
            endless("fn run() { loop { a(); } } fn a() { 1; }", "fn run() { loop { a(); } } fn a() { 2; }").is_empty()
        );
        let constant = "impl S { fn run() { while true { a(C); } } } fn a(x: u8) {}";
        let of_constant = endless(&format!("const C: u8 = 1; {constant}"), &format!("const C: u8 = 2; {constant}"));
        assert_eq!(of_constant, ["S::run"]);
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
    fn whoever_names_a_changed_constant_of_a_type_is_patched_too() {
        let before = "impl S { const A: u8 = 1; const B: u8 = Self::A; fn f() { Self::B } } impl R { const A: u8 = 3; fn g() { Self::A } } \
            fn h() { S::A } fn i() { R::A } fn j() { A } const C: u8 = S::B; fn k() { C } fn l() { impl S { fn m() { Self::A } } }";
        let delta = of(before, &before.replace("= 1", "= 2")).unwrap();
        assert_eq!(keys(&delta), ["S::f", "h", "k", "l"]);
        let items: Vec<&str> = delta.items.iter().map(|(_, key)| &**key).collect();
        assert_eq!(items, ["const C", "const S::A", "const S::B"]);
        let delta = of("impl S { const A: u8 = 1; } fn f() { R::B }", "impl S {} fn f() { R::B }").unwrap();
        assert_eq!(keys(&delta), [""; 0]);
        let delta = of("impl S {} fn f() { S::A }", "impl S { const A: u8 = 1; } fn f() { S::A }").unwrap();
        assert_eq!((keys(&delta), delta.items.len()), (vec!["f"], 1));
    }

    #[test]
    fn a_new_method_comes_with_all_that_may_call_it() {
        let before =
            "impl S { fn a(&self) {} } fn b() { x.len() } fn c() { S::len() } fn d() { R::len() } fn e() { len() }";
        let delta = of(before, &before.replace("{}", "{ self.len() } fn len(&self) {}")).unwrap();
        assert_eq!(keys(&delta), ["S::a", "S::len", "b", "c"]);
        assert_eq!((delta.added.len(), delta.new.len()), (1, 1));
        let delta = of("fn a() {}", "impl S { fn b() {} fn c() {} } fn a() { S::b() }").unwrap();
        assert_eq!(keys(&delta), ["S::b", "S::c", "a"], "a block with nothing else is no obstacle");
        let delta = of("impl S { fn b() {} } fn a() { S::b() }", "fn a() {}").unwrap();
        assert_eq!(keys(&delta), ["a"]);
    }

    #[test]
    fn statics_keep_their_values_unless_nothing_can_change_them() {
        let before = "static X: Lock<u8> = Lock::new(1); thread_local! { static Y: u8 = f(); pub static Z: u8 = const { 2 } } fn a() { X }";
        let after = before.replace("new(1)", "new(3)").replace("{ 2 }", "{ 4 }");
        let delta = of(before, &after).unwrap();
        let kept: Vec<&str> = delta.kept.iter().map(|(name, _)| &**name).collect();
        assert_eq!((kept, keys(&delta)), (vec!["X", "Z"], vec![]));
        let before = "static X: &[(&str, fn())] = &[(\"a\", a)]; fn a() {} fn b() { X }";
        let delta = of(before, &before.replace("\"a\"", "\"b\"")).unwrap();
        assert_eq!((keys(&delta), delta.items.len(), delta.kept.len()), (vec!["b"], 1, 0));
    }

    #[test]
    fn new_modules_come_with_all_that_name_them() {
        let before = "use q::E; fn a() { 1 } fn b() { E } fn c() { d() } fn f() { m::n() } mod g { fn h() {} }";
        let new = "mod m { use super::*; use q::E; const A: u8 = 1; fn d() {} pub mod n { fn o() { A } } }";
        let delta = of(before, &format!("{before} {new}")).unwrap();
        assert_eq!(keys(&delta), ["f", "d", "o"], "who names `d` means another one");
        let items: Vec<&str> = delta.items.iter().map(|(_, key)| &**key).collect();
        assert_eq!(items, ["mod m", "const A", "mod n"]);
        let delta = of(&format!("{} {new}", before.replace("m::n()", "2")), &before.replace("m::n()", "3")).unwrap();
        assert_eq!((keys(&delta), delta.items.len()), (vec!["f"], 0));
        let file = SourceFile::read(b"//! New.\nuse a::*; fn b() { c() } fn c() {}").unwrap();
        let delta = compare(None, Some(&file)).unwrap();
        assert_eq!((keys(&delta), delta.changed.is_empty()), (vec!["b", "c"], true));
        let delta = compare(Some(&file), None).unwrap();
        assert_eq!((keys(&delta), delta.removed.len()), (vec![], 0), "the name of the module is what is removed");
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
            ("", "static X: Cell = 1;", "`static X` added"),
            ("static X: Cell = 1;", "", "`static X` removed"),
            ("static X: Cell = 1;", "static X: Lock = 1;", "`static X` changed"),
            ("", "static mut X: u8 = 1;", "`static X` added"),
            ("", "#[no_mangle] static X: u8 = 1;", "`static X` added"),
            ("thread_local! { static X: A = a(); }", "thread_local! { static X: B = a(); }", "`static X` changed"),
            ("m! { static X: A = 1; }", "m! { static X: A = 2; }", "`m!` changed"),
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
                "fn a<T>() { 1 } static F: Lock<fn()> = a::<u8>;",
                "fn a<T>() { 2 } static F: Lock<fn()> = a::<u8>;",
                "`static F` uses what changed",
            ),
            (
                "fn a<T>() { 1 } #[serde(with = \"a\")] struct S;",
                "fn a<T>() { 2 } #[serde(with = \"a\")] struct S;",
                "`struct S` uses what changed",
            ),
            ("impl T for S {}", "impl T for S { fn a() {} }", "the method `T for S::a` added"),
            ("impl S {}", "impl S { #[hot] fn a() {} }", "the method `S::a` added"),
            ("#[hot] impl S {}", "#[hot] impl S { fn a() {} }", "the method `S::a` added"),
            ("impl S<u8> { fn a() {} }", "impl S<u16> { fn a() {} }", "the method `S<u16>::a` added"),
            ("impl S { fn a() {} } fn b() { x.a() }", "fn b() { x.a() }", "`S::a` was removed, and is still named"),
            ("#[hot] fn a() {}", "", "`a` removed"),
            (
                "impl S { const A: u8 = 1; } fn a() { m!(S, A) }",
                "impl S { const A: u8 = 2; } fn a() { m!(S, A) }",
                "`a` gives a macro the name of a method that changed",
            ),
            ("impl S { #[hot] fn a() {} }", "impl S {}", "`S::a` removed"),
            (
                "impl S {} static X: Cell = S::a();",
                "impl S { const fn a() {} } static X: Cell = S::a();",
                "`static X` uses what changed",
            ),
            ("impl T for S { const A: u8 = 1; }", "impl T for S { const A: u8 = 2; }", "`impl T for S` changed"),
            (
                "impl S { const A: u8 = 1; } impl T for S { const B: u8 = Self::A; }",
                "impl S { const A: u8 = 2; } impl T for S { const B: u8 = Self::A; }",
                "`impl T for S` uses what changed",
            ),
            (
                "impl S { const A: u8 = 1; } enum E { X = S::A }",
                "impl S { const A: u8 = 2; } enum E { X = S::A }",
                "`enum E` uses what changed",
            ),
            (
                "impl S { const A: u8 = 1; fn f() { Self::A } }",
                "impl S { fn f() { Self::A } }",
                "`S::A` was removed, and is still named",
            ),
            (
                "fn a() { static X: u8 = 1; }",
                "fn a() { static X: u8 = 2; }",
                "`a` declares a static, which would begin anew",
            ),
            (
                "const X: u8 = 1; static Y: Cell = X;",
                "const X: u8 = 2; static Y: Cell = X;",
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
            ("mod a; fn b() { a::c() }", "fn b() { a::c() }", "`a` was removed, and is still named"),
            ("mod a { fn b() {} }", "mod a; ", "`mod a` changed"),
            (
                "fn b() {}",
                "mod a { struct S; } fn b() {}",
                "`struct S` added, which would be another type in each patch",
            ),
            ("fn b() {}", "enum E { A } fn b() {}", "`enum E` added, which would be another type in each patch"),
            ("fn b() {}", "type T = u8; fn b() {}", "`type T` added"),
            ("fn b() {}", "mod a { impl T for S {} } fn b() {}", "`impl T for S` added"),
            (
                "fn b() {}",
                "mod a { fn c() { static X: u8 = 1; } } fn b() {}",
                "`c` declares a static, which would begin anew",
            ),
            ("fn b() {}", "mod a { m!(); } fn b() {}", "`m!` added"),
            ("mod a { struct S; } fn b() {}", "fn b() {}", "`struct S` removed"),
            ("#![allow(x)]", "#![allow(y)]", "`attributes of the file` changed"),
        ];
        for (before, after, reason) in pairs {
            assert_eq!(of(before, after), Err(reason.to_owned()), "{before} -> {after}");
        }
    }
}

//! What a program could see of a patch that a fresh build would not show it: such an edit is swapped.
//!
//! - A static that a body declares, itself or by a macro, begins anew in each patch.
//! - A type that a body declares is another type in each patch: a `dyn Any` of it is not found again.
//! - A closure has the name of the function that it stands in, which is another one in some patches.
//! - A method that is `#[track_caller]` by its trait has a caller that a slot does not hand on.
//! - A function without a slot that is used as a value: whoever has the value goes on with the old code.

use std::collections::HashSet;

use super::{File, Mentioned, Name};
use crate::classify::shown::{Shown, macros};
use crate::source::text::{Lexeme, code_of, name_print, print, punct_print};
use crate::source::{Function, ItemKind, SourceFile};

/// Checks the files of a patch, of all its parts. `sources` are those of all crates that can be patched.
///
/// # Errors
///
/// For people: why that takes a swap.
pub fn check(files: &[&File], mentioned: &Mentioned, sources: &[&SourceFile], shown: &Shown) -> Result<(), String> {
    let all = All { shown, mentioned, sources };
    for file in files {
        for function in functions_of(file) {
            all.function(file, function)?;
        }
    }
    all.values(files)
}

/// The functions of a file that are in the patch.
pub(super) fn functions_of(file: &File) -> impl Iterator<Item = &Function> {
    file.source.functions.iter().filter(|function| file.functions.contains(&name_of(function)))
}

fn name_of(function: &Function) -> Name {
    (function.module.clone(), function.key.clone())
}

struct All<'a> {
    shown: &'a Shown,
    mentioned: &'a Mentioned,
    sources: &'a [&'a SourceFile],
}

impl All<'_> {
    fn function(&self, file: &File, function: &Function) -> Result<(), String> {
        let key = &function.key;
        let text = |lexeme: &Lexeme| file.name_at(lexeme.start);
        let body = file.source.lexemes.within(function.body_at.clone());
        for at in (0..body.len()).filter(|at| macros::is_call(body, *at)) {
            let (name, all) = (body[at].print, &self.shown.macros);
            let (called, which) = (text(&body[at]), if all.is_unknown(name) { "may declare" } else { "declares" });
            if all.may_declare_static(name) {
                return Err(format!("`{key}` calls `{called}!`, which {which} a static, which would begin anew"));
            }
            if all.declares_type(name) {
                return Err(format!("`{key}` calls `{called}!`, which declares a type, another one in each patch"));
            }
        }
        if let Some(declared) = macros::declared_type(body) {
            let declared = text(declared);
            return Err(format!("`{key}` declares the type `{declared}`, which would be another type in each patch"));
        }
        if function.slot.is_ok() && function.owner.is_some() && self.shown.is_track_caller(&function.name) {
            return Err(format!("`{key}` is `#[track_caller]` by its trait"));
        }
        if has_closure(body) {
            let is_renamed = function.owner.is_some() || self.mentioned.has(&function.name);
            let ids = ["Any", "TypeId", "type_id"].map(name_print);
            let shows_id = body.iter().any(|lexeme| lexeme.is_name() && ids.contains(&lexeme.print));
            if shows_id || is_renamed && self.shows_names() {
                return Err(format!("`{key}` has a closure, whose type would be another one in each patch"));
            }
        }
        Ok(())
    }

    /// Whether some source asks for the names of types.
    fn shows_names(&self) -> bool {
        let asks = ["type_name", "type_name_of_val"].map(name_print);
        let lexemes = self.sources.iter().flat_map(|source| source.lexemes.all());
        lexemes.into_iter().any(|lexeme| lexeme.is_name() && asks.contains(&lexeme.print))
    }

    /// Refuses values of functions that the patch has copies of.
    fn values(&self, files: &[&File]) -> Result<(), String> {
        let copies = files.iter().flat_map(|file| functions_of(file).filter(|of| file.added.contains(&name_of(of))));
        let copies: Vec<&Function> = copies.filter(|function| function.slot.is_err()).collect();
        let print = |function: &&Function| name_print(&function.name);
        let free: HashSet<u64> = copies.iter().copied().filter(|of| of.owner.is_none()).map(|of| print(&of)).collect();
        let methods: HashSet<u64> =
            copies.iter().copied().filter(|of| of.owner.is_some()).map(|of| print(&of)).collect();
        if copies.is_empty() {
            return Ok(());
        }
        for source in self.sources {
            let bodies = source.functions.iter().map(|function| (&function.key, function.body_at.clone()));
            let is_code = |item: &&crate::source::Item| !matches!(item.kind, ItemKind::Use | ItemKind::Module);
            let items = source.items.iter().filter(is_code);
            let items = items.flat_map(|item| item.of.iter().chain(&item.value).map(|at| (&item.key, at.clone())));
            for (key, at) in bodies.chain(items) {
                let lexemes = source.lexemes.within(at);
                if let Some(name) = value_of(lexemes, &free, &methods) {
                    let name = copies.iter().find(|of| print(of) == name).map_or("", |of| &of.name);
                    return Err(format!("`{name}` has no slot, and `{key}` uses it as a value"));
                }
            }
        }
        Ok(())
    }
}

/// Whether the code that a file has in the patch uses a function of this name as a value.
pub(super) fn is_value(file: &File, name: u64) -> bool {
    let free = HashSet::from([name]);
    functions_of(file).any(|function| {
        value_of(file.source.lexemes.within(function.body_at.clone()), &free, &HashSet::new()).is_some()
    })
}

/// The first of these functions and methods that is used as a value among these tokens: it is named and not called.
fn value_of(lexemes: &[Lexeme], free: &HashSet<u64>, methods: &HashSet<u64>) -> Option<u64> {
    let [dot, colon, first_colon] = [punct_print('.', false), punct_print(':', false), punct_print(':', true)];
    let is_value = |at: &usize| {
        let before = at.checked_sub(1).map(|before| lexemes[before].print);
        let name = lexemes[*at].print;
        let is_path = before == Some(colon) && *at > 1 && lexemes[at - 2].print == first_colon;
        let is_field = before == Some(dot) || before == Some(name_print("fn"));
        let is_meant = free.contains(&name) && !is_field || methods.contains(&name) && is_path;
        lexemes[*at].is_name() && is_meant && !is_called(&lexemes[at + 1..])
    };
    (0..lexemes.len()).find(is_value).map(|at| lexemes[at].print)
}

/// Whether what follows a name calls it, goes on with the path, or makes it the name of something else.
fn is_called(behind: &[Lexeme]) -> bool {
    let is = |at: usize, text: &str| behind.get(at).is_some_and(|lexeme| lexeme.print == print(text));
    let punct =
        |at: usize, of: char, joint| behind.get(at).is_some_and(|lexeme| lexeme.print == punct_print(of, joint));
    // A macro's name, a field's, a module's, a variable that is set.
    let others = [punct(0, '!', false), punct(0, ':', false), punct(0, '=', false), punct(0, '.', false)];
    if is(0, "(") || others.contains(&true) {
        return true;
    }
    // A turbofish's `<` follows at once.
    if !(punct(0, ':', true) && (punct(1, ':', false) || punct(1, ':', true))) {
        return false;
    }
    // `name::<…>(…)`
    let mut depth = 0_usize;
    for (at, lexeme) in behind.iter().enumerate().skip(2) {
        let one_of = |of: char| [true, false].iter().any(|joint| lexeme.print == punct_print(of, *joint));
        let is_arrow = behind[at - 1].print == punct_print('-', true);
        if one_of('<') {
            depth += 1;
        } else if one_of('>') && !is_arrow {
            depth -= usize::from(depth > 0);
            if depth == 0 {
                return is(at + 1, "(");
            }
        } else if depth == 0 {
            return true;
        }
    }
    true
}

/// Whether a closure or an `async` block may stand among these tokens.
fn has_closure(lexemes: &[Lexeme]) -> bool {
    let bars = [true, false].map(|joint| punct_print('|', joint));
    lexemes.iter().any(|lexeme| bars.contains(&lexeme.print) || lexeme.is_name() && lexeme.print == name_print("async"))
}

impl File {
    /// The name that stands at a place of the code.
    pub(super) fn name_at(&self, start: usize) -> String {
        let text = String::from_utf8_lossy(&self.contents);
        let code = code_of(&text).1.get(start..).unwrap_or_default();
        code.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::classify::Snapshot;

    /// What is said of a patch with these functions; those that have no slot are copies.
    fn checked(text: &str, keys: &[&str]) -> Result<(), String> {
        let source = Arc::new(SourceFile::read(text.as_bytes()).unwrap());
        let is_meant = |function: &&Function| keys.contains(&&*function.key);
        let functions: Vec<&Function> = source.functions.iter().filter(is_meant).collect();
        assert_eq!(functions.len(), keys.len(), "{text}");
        let copies = functions.iter().filter(|function| function.slot.is_err());
        let file = File {
            path: PathBuf::from("src/lib.rs"),
            module: Vec::new(),
            contents: Arc::from(text.as_bytes()),
            is_new: false,
            added: copies.map(|function| name_of(function)).collect(),
            functions: functions.iter().map(|function| name_of(function)).collect(),
            new: HashSet::new(),
            items: HashSet::new(),
            calls: Vec::new(),
            ways: HashSet::new(),
            left_out: Default::default(),
            hidden: HashSet::new(),
            source: Arc::clone(&source),
        };
        let mut now = Snapshot::default();
        now.update("/w/src/lib.rs", Some(Arc::from(text.as_bytes())));
        check(&[&file], &Mentioned::of([&file]), &[&source], now.shown())
    }

    #[test]
    fn what_would_be_another_one_in_each_patch_is_refused() {
        let hit = "macro_rules! hit { () => {{ static N: u8 = 0; }} } ";
        let track = "trait T { #[track_caller] fn t(&self); } impl T for S { fn t(&self) {} }";
        for (text, key, expected) in [
            (
                &*format!("{hit} fn f() {{ hit!() }}"),
                "f",
                "`f` calls `hit!`, which declares a static, which would begin anew",
            ),
            (
                "fn f() { a::counter!(1) }",
                "f",
                "`f` calls `counter!`, which may declare a static, which would begin anew",
            ),
            ("fn f() { struct L(u32); }", "f", "`f` declares the type `L`, which would be another type in each patch"),
            (
                "fn f() { union U { a: u8 } }",
                "f",
                "`f` declares the type `U`, which would be another type in each patch",
            ),
            (track, "T for S::t", "`T for S::t` is `#[track_caller]` by its trait"),
            (
                "fn f() { let x: Box<dyn Any> = Box::new(|| 1); }",
                "f",
                "`f` has a closure, whose type would be another one in each patch",
            ),
            (
                "impl S { fn f() { h(|| 1) } } fn h<T>() { type_name::<T>() }",
                "S::f",
                "`S::f` has a closure, whose type would be another one in each patch",
            ),
            (
                "fn f() { f(); h(|| 1) } fn h<T>() { type_name::<T>() }",
                "f",
                "`f` has a closure, whose type would be another one in each patch",
            ),
            ("fn g<T>() {} fn f() { store(g::<u8>) }", "g", "`g` has no slot, and `f` uses it as a value"),
            ("const fn g() {} static F: X = X(g);", "g", "`g` has no slot, and `static F` uses it as a value"),
            (
                "impl<T> S<T> { fn g() {} } fn f() { S::<u8>::g as usize; }",
                "S<T>::g",
                "`g` has no slot, and `f` uses it as a value",
            ),
        ] {
            assert_eq!(checked(text, &[key]), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn ordinary_bodies_are_not() {
        for (text, key) in [
            ("fn f() { println!(\"x\"); vec![1]; tracing::info!(x); let union = 1; union + 1 }", "f"),
            ("macro_rules! m { () => { 1 } } fn f() { m!() }", "f"),
            ("fn f() { h(|| 1) } fn h<T>() { type_name::<T>() }", "f"),
            ("impl S { fn f() { h(|| 1) } }", "S::f"),
            ("fn g<T>() {} fn f() { g(); g::<Vec<fn() -> u8>>(); self.g; a.g(); x::g(1) }", "g"),
            ("fn g<T>() {} use a::g; fn f() { let g = 1; S { g: 1 } }", "g"),
            ("impl<T> S<T> { fn g() {} } fn f(g: u8) { S::g(); g + 1 }", "S<T>::g"),
        ] {
            assert_eq!(checked(text, &[key]), Ok(()), "{text}");
        }
    }
}

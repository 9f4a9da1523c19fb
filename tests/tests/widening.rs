//! Made public, what is private can be meant where the user's program means something else: such things stay private in
//! the shadow. Each case is shown to change its meaning where all is made public, and to keep it in the shadow.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use liveswap_host::shadow::kept::Kept;
use liveswap_host::shadow::refused::Refused;
use liveswap_host::shadow::{How, macro_names, root_module, shadow};
use liveswap_host::source::SourceFile;

/// A module with a function `run`, which says what it means.
const CASES: [(&str, &str); 19] = [
    (
        "a_method_that_any_type_has",
        "pub mod a { use std::any::TypeId; pub struct T; impl T { fn type_id(&self) -> TypeId { TypeId::of::<u8>() } pub fn used(&self) -> TypeId { self.type_id() } } }
         use std::any::Any;
         pub fn run() -> String { format!(\"{} {}\", a::T.type_id() == a::T.used(), a::T.used() == 1_u8.type_id()) }",
    ),
    (
        "a_field_and_a_renamed_deref",
        "pub mod a { use std::ops::Deref as Leads; pub struct I { pub f: u8 } pub struct T { f: u8, i: I } impl T { pub fn new() -> T { T { f: 1, i: I { f: 2 } } } pub fn used(&self) -> u8 { self.f } }
         impl Leads for T { type Target = I; fn deref(&self) -> &I { &self.i } } }
         pub fn run() -> String { format!(\"{} {}\", a::T::new().f, a::T::new().used()) }",
    ),
    (
        "a_method_and_a_trait",
        "pub mod a { pub struct T; impl T { fn m(&self) -> &'static str { \"private\" } pub fn used(&self) -> &'static str { self.m() } } }
         trait Of { fn m(&self) -> &'static str { \"trait\" } } impl Of for a::T {}
         pub fn run() -> String { format!(\"{} {}\", a::T.m(), a::T.used()) }",
    ),
    (
        "a_function_of_a_type_and_a_trait",
        "pub mod a { pub struct T; impl T { fn made() -> &'static str { \"private\" } pub fn used() -> &'static str { T::made() } } }
         trait Of { fn made() -> &'static str { \"trait\" } } impl<X> Of for X {} type U = a::T;
         pub fn run() -> String { format!(\"{} {}\", U::made(), U::used()) }",
    ),
    (
        "a_constant_of_a_type_and_a_trait",
        "pub mod a { pub struct T; impl T { const MADE: u8 = 1; pub const USED: u8 = T::MADE; } }
         trait Of { const MADE: u8 = 2; } impl Of for a::T {}
         pub fn run() -> String { format!(\"{} {}\", <a::T>::MADE, a::T::USED) }",
    ),
    (
        "a_method_and_deref",
        "pub mod a { pub struct T(pub String); impl T { fn len(&self) -> usize { 100 } pub fn used(&self) -> usize { self.len() } }
         impl std::ops::Deref for T { type Target = String; fn deref(&self) -> &String { &self.0 } } }
         pub fn run() -> String { let t = a::T(String::new()); format!(\"{} {}\", t.len(), t.used()) }",
    ),
    (
        "a_method_and_a_trait_of_std",
        "pub mod a { pub struct T; impl T { fn size_hint(&self) -> (usize, Option<usize>) { (1, None) } pub fn used(&self) -> usize { self.size_hint().0 } }
         impl Iterator for T { type Item = u8; fn next(&mut self) -> Option<u8> { None } } }
         pub fn run() -> String { format!(\"{} {}\", a::T.size_hint().0, a::T.used()) }",
    ),
    (
        "a_method_and_a_derive",
        "pub mod a { #[derive(Clone)] pub struct T(pub u8); impl T { fn clone(&self) -> T { T(self.0 + 1) } pub fn used(&self) -> T { self.clone() } } }
         pub fn run() -> String { let t = a::T(1); format!(\"{} {}\", t.clone().0, t.used().0) }",
    ),
    (
        "a_method_and_a_macro_of_std",
        "pub mod a { use std::fmt; pub struct T(pub String); impl T { #[allow(dead_code)] fn write_fmt(&mut self, _: fmt::Arguments<'_>) -> fmt::Result { Ok(()) } }
         impl fmt::Write for T { fn write_str(&mut self, text: &str) -> fmt::Result { self.0 += text; Ok(()) } } }
         pub fn run() -> String { use std::fmt::Write; let mut t = a::T(String::new()); let _ = write!(t, \"said\"); t.0 }",
    ),
    (
        "a_method_in_a_macro",
        "macro_rules! call { ($x:expr) => { $x.in_macro() } }
         pub mod a { pub struct T; impl T { fn in_macro(&self) -> &'static str { \"private\" } pub fn used(&self) -> &'static str { call!(self) } } }
         trait Of { fn in_macro(&self) -> &'static str { \"trait\" } } impl Of for a::T {}
         pub fn run() -> String { format!(\"{} {}\", call!(a::T), a::T.used()) }",
    ),
    (
        "a_field_and_deref",
        "pub mod a { pub struct T { f: u8, to: U } pub struct U { pub f: u8 } impl T { pub fn new() -> T { T { f: 1, to: U { f: 2 } } } pub fn used(&self) -> u8 { self.f } }
         impl std::ops::Deref for T { type Target = U; fn deref(&self) -> &U { &self.to } } }
         pub fn run() -> String { let t = a::T::new(); format!(\"{} {}\", t.f, t.used()) }",
    ),
    (
        "a_field_of_a_tuple_and_deref",
        "pub mod a { pub struct T(u8, (u8, (u8, u8))); impl T { pub fn new() -> T { T(1, (2, (3, 4))) } pub fn used(&self) -> u8 { self.0 } }
         impl std::ops::Deref for T { type Target = (u8, (u8, u8)); fn deref(&self) -> &(u8, (u8, u8)) { &self.1 } } }
         pub fn run() -> String { let t = a::T::new(); format!(\"{} {}\", t.0, t.used()) }",
    ),
    (
        "a_glob_and_the_prelude",
        "pub mod a { #[allow(dead_code)] fn drop<T>(value: T) { std::mem::forget(value) } pub fn other() {} }
         use a::*;
         pub fn run() -> String { other(); let x = std::rc::Rc::new(()); drop(x.clone()); std::rc::Rc::strong_count(&x).to_string() }",
    ),
    (
        "a_chain_of_globs",
        "pub mod a { pub mod b { #[allow(dead_code)] pub(super) fn drop<T>(value: T) { std::mem::forget(value) } pub fn other() {} } pub use self::b::*; }
         use a::*;
         pub fn run() -> String { other(); let x = std::rc::Rc::new(()); drop(x.clone()); std::rc::Rc::strong_count(&x).to_string() }",
    ),
    (
        "a_use_line_of_what_stays_private",
        "pub mod a { pub mod b { #[allow(dead_code)] pub(super) fn drop<T>(value: T) { std::mem::forget(value) } pub fn other() {} }
         #[allow(unused_imports)] pub(self) use self::b::drop as hidden; pub use self::b::*; }
         use a::*;
         pub fn run() -> String { other(); let x = std::rc::Rc::new(()); drop(x.clone()); std::rc::Rc::strong_count(&x).to_string() }",
    ),
    (
        "a_glob_and_a_pattern",
        "pub mod a { #[allow(dead_code, non_upper_case_globals)] const bound: u8 = 1; pub fn other() {} }
         use a::*;
         #[allow(unreachable_patterns, unused_variables)]
         pub fn run() -> String { other(); match 5_u8 { bound => \"bound\", _ => \"constant\" }.to_owned() }",
    ),
    (
        "a_glob_and_a_trait",
        "pub mod a { #[allow(dead_code)] trait Quiet { fn heard(&self) -> &'static str { \"quiet\" } } impl Quiet for u8 {} pub fn other() {} }
         use a::*;
         trait Loud { fn heard(&mut self) -> &'static str { \"loud\" } } impl Loud for u8 {}
         pub fn run() -> String { other(); let mut x = 5_u8; x.heard().to_owned() }",
    ),
    (
        "a_glob_and_a_use_line",
        "pub mod a { mod b { pub fn drop<T>(value: T) { std::mem::forget(value) } } #[allow(unused_imports)] pub(self) use b::drop; pub fn other() {} }
         use a::*;
         pub fn run() -> String { other(); let x = std::rc::Rc::new(()); drop(x.clone()); std::rc::Rc::strong_count(&x).to_string() }",
    ),
    (
        "a_glob_and_a_constructor",
        "pub mod a { pub struct Some(u8); impl Some { pub fn used(&self) -> u8 { self.0 } } pub fn other() {} }
         use a::*;
         pub fn run() -> String { other(); let _ = Some::used; std::mem::size_of_val(&Some(1_u8)).to_string() }",
    ),
];

/// Modules that do not compile where all is made public.
const CONFLICTS: [(&str, &str); 4] = [
    (
        "two_globs",
        "pub mod a { pub fn same() -> u8 { 1 } } pub mod b { #[allow(dead_code)] fn same() -> u8 { 2 } pub fn other() {} }
         use a::*; use b::*;
         pub fn run() -> String { other(); same().to_string() }",
    ),
    (
        "two_traits",
        "pub mod a { #[allow(dead_code)] trait One { fn heard(&self) -> u8 { 1 } } impl One for u8 {} pub fn other() {} }
         use a::*;
         trait Two { fn heard(&self) -> u8 { 2 } } impl Two for u8 {}
         pub fn run() -> String { other(); 5_u8.heard().to_string() }",
    ),
    (
        "a_glob_and_a_crate",
        "pub mod a { #[allow(dead_code)] mod std { pub fn nothing() {} } pub fn other() {} }
         use a::*;
         pub fn run() -> String { other(); std::mem::size_of::<u8>().to_string() }",
    ),
    (
        "a_method_of_another_type",
        "pub mod a { pub struct T; impl T { fn m(&self) -> u8 { 1 } pub fn used(&self) -> u8 { self.m() } } }
         trait Of { fn m(&self) -> &'static str { \"trait\" } } impl Of for a::T {}
         pub fn run() -> String { let said: &'static str = a::T.m(); format!(\"{said} {}\", a::T.used()) }",
    ),
];

fn program(cases: &[(&str, &str)]) -> String {
    let modules: String = cases.iter().map(|(name, text)| format!("mod {name} {{ {text} }}\n")).collect();
    let lines: String = cases.iter().map(|(name, _)| format!("println!(\"{name} {{}}\", {name}::run());\n")).collect();
    format!("{modules}fn main() {{ {lines} }}\n")
}

/// What stays private in a crate of one file.
fn kept(text: &str) -> Kept {
    let root = PathBuf::from("/main.rs");
    let source = Arc::new(SourceFile::read(text.as_bytes()).expect("Rust"));
    let read = |path: &Path| (path == root).then(|| Arc::clone(&source));
    Kept::of(std::slice::from_ref(&root), std::iter::once(root.as_path()), &[], &Refused::default(), read)
}

/// The shadow of a program, with what is to stay private in it.
fn shadowed(text: &str, kept: &BTreeSet<usize>) -> String {
    let macros: HashSet<String> = macro_names(text.as_bytes()).expect("Rust");
    let how = How { macros: &macros, kept, is_exact: false, directory: Path::new("/"), shadowed: &BTreeSet::new() };
    shadow(text.as_bytes(), how).expect("Rust") + &root_module()
}

/// What the program says, by case; none where it does not compile.
fn said(text: &str) -> Option<BTreeMap<String, String>> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (file, program) = (directory.path().join("main.rs"), directory.path().join("program"));
    std::fs::write(&file, text).expect("a source");
    let mut rustc = Command::new("rustc");
    rustc.arg(&file).arg("-o").arg(&program).args(["--edition", "2021", "--cap-lints", "allow", "-C", "debuginfo=0"]);
    if !rustc.output().expect("rustc starts").status.success() {
        return None;
    }
    let output = Command::new(&program).output().expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("a text");
    let pair = |line: &str| line.split_once(' ').map(|(name, said)| (name.to_owned(), said.to_owned()));
    Some(text.lines().filter_map(pair).collect())
}

#[test]
fn what_would_be_meant_elsewhere_stays_private() {
    let text = program(&CASES);
    let plain = said(&text).expect("it compiles");
    let widened = said(&shadowed(&text, &BTreeSet::new())).expect("all made public, it compiles");
    let shadow = said(&shadowed(&text, &kept(&text).in_file(Path::new("/main.rs")))).expect("its shadow compiles");
    assert_eq!(plain.len(), CASES.len());
    for (name, _) in CASES {
        assert_ne!(plain[name], widened[name], "{name}: all may be public");
        assert_eq!(plain[name], shadow[name], "{name}");
    }
}

#[test]
fn what_would_be_in_conflict_stays_private() {
    for case in CONFLICTS {
        let text = program(&[case]);
        let plain = said(&text).expect("it compiles");
        assert_eq!(said(&shadowed(&text, &BTreeSet::new())), None, "{}: all may be public", case.0);
        let shadow = said(&shadowed(&text, &kept(&text).in_file(Path::new("/main.rs"))));
        assert_eq!(Some(plain), shadow, "{}", case.0);
    }
}

#[test]
fn what_nobody_else_means_is_public() {
    let programs = [
        "mod a { pub struct T; impl T { fn m(&self) {} } fn f() {} } fn main() { a::T; [1].len(); }",
        // The name is that of another type's.
        "mod a { pub struct T; impl T { fn len(&self) {} fn new() {} } } fn main() { [1].len(); String::new(); }",
        "mod a { pub struct T { f: u8 } } mod b { pub struct U { pub f: u8 } } fn main() { b::U { f: 1 }.f; }",
        "mod a { pub struct T(Vec<u8>); impl std::ops::Deref for T { type Target = [u8]; } } fn main() { (1, 2).0; }",
        // Nobody takes all of the module.
        "mod a { fn drop() {} mod tests { use super::*; } } fn main() { drop(1); }",
        "mod a { fn f() {} pub enum E { A } } use a::E::*; fn main() { f(); }",
        // Somebody does, and does not name it.
        "mod a { fn hidden() {} struct S; } use a::*; fn main() {}",
        // What a module has of its own comes first.
        "mod a { struct S; fn f() {} } use a::*; struct S; use std::iter::Map; fn f() -> S { S } fn main() { f(); }",
        "mod a { fn hidden() {} } use a::*; #[cfg(test)] mod tests { fn f() { hidden() } } fn main() {}",
        // Within where it is visible.
        "mod a { pub struct T; impl T { fn m(&self) {} } trait Of { fn m(&self) {} } impl Of for T {} mod b { fn f() { super::T.m() } } } fn main() {}",
    ];
    for text in programs {
        assert_eq!(kept(text).names().collect::<Vec<_>>(), [""; 0], "{text}");
    }
}

#[test]
fn crates_of_a_workspace_see_each_other() {
    let dependency =
        "pub(crate) fn drop() {} pub mod m { pub(crate) struct S; } pub struct T; impl T { pub(crate) fn m(&self) {} }";
    let of = |library: &str| {
        let files: BTreeMap<PathBuf, Arc<SourceFile>> =
            [("/dependency/lib.rs", dependency), ("/library/lib.rs", library)]
                .map(|(path, text)| (path.into(), Arc::new(SourceFile::read(text.as_bytes()).expect("Rust"))))
                .into();
        let roots: Vec<PathBuf> = files.keys().cloned().collect();
        let paths = roots.iter().map(PathBuf::as_path);
        let kept = Kept::of(&roots, paths, &[], &Refused::default(), |path: &Path| files.get(path).cloned());
        kept.names().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let named = "trait Of { fn m(&self) {} } impl Of for T {} fn f() { drop(1); T.m(); S; }";
    assert_eq!(
        of(&format!("use dependency::*; use dependency::m::*; {named}")),
        ["S", "T::m", "drop"].map(String::from).into()
    );
    assert_eq!(of(&format!("use dependency::T; {named}")), ["T::m".to_owned()].into());
    assert_eq!(of("use dependency::*; fn f() { T; }"), BTreeSet::new());
}

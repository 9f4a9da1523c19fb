//! Which functions an edit changes: each case is a kind of way in which a name can mean something else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;

/// Files by their names in `/w`, with their texts.
type Texts<'a> = [(&'a str, &'a str)];

fn snapshot(texts: &Texts<'_>) -> Snapshot {
    let mut snapshot = Snapshot::default().relative_to("/w");
    for (name, text) in texts {
        snapshot.update(format!("/w/{name}"), Some(Arc::from(text.as_bytes())));
    }
    snapshot
}

/// The functions of the patch between two states of a crate, sorted, or why it is a swap. The crate is `a/src/lib.rs`, which
/// uses `b/src/lib.rs`; `pm` runs in builds, `out` is generated.
fn between(before: &Texts<'_>, after: &Texts<'_>) -> Result<String, String> {
    let (base, now) = (snapshot(before), snapshot(after));
    let flags = Flags::read("unix\n");
    let uses = [("b".to_owned(), 0)];
    let roots = ["/w/b/src/lib.rs", "/w/a/src/lib.rs"].map(PathBuf::from);
    let one = |name, root, uses| Crate { name, root, directory: Path::new("/w"), flags: &flags, uses, obstacle: None };
    let crates = [one("b", &roots[0], &[][..]), one("a", &roots[1], &uses[..])];
    let of = |part: &str| -> Vec<PathBuf> {
        now.paths().filter(|path| path.starts_with(format!("/w/{part}"))).map(Path::to_owned).collect()
    };
    let mut generated = Snapshot::default();
    of("out").iter().for_each(|path| generated.update(path.clone(), now.get(path).cloned()));
    let in_builds = of("pm");
    let read = |path: &Path| (path == Path::new("/w/a/src/expr.in")).then(|| Arc::from(*b"LIMIT + 1"));
    let around = Surroundings { elsewhere: &[], in_builds: &in_builds, generated: &generated, read: &read };
    let modules = BaseModules::of(&crates, &base);
    let compared = compare(&crates, &around, (&base, &modules), &now)?;
    let functions = compared.parts.iter().flat_map(|part| &part.files).flat_map(|file| &file.functions);
    let names: BTreeSet<String> =
        functions.map(|(module, key)| [&module[..], std::slice::from_ref(key)].concat().join("::")).collect();
    Ok(names.into_iter().collect::<Vec<_>>().join(" "))
}

/// The same for one file, in which a text is replaced.
fn edited(text: &str, from: &str, to: &str) -> Result<String, String> {
    assert!(text.contains(from), "{from} in {text}");
    between(&[("a/src/lib.rs", text)], &[("a/src/lib.rs", &text.replacen(from, to, 1))])
}

fn patched(text: &str, from: &str, to: &str) -> String {
    edited(text, from, to).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn swapped(text: &str, from: &str, to: &str) -> String {
    edited(text, from, to).expect_err(text)
}

#[test]
fn types_have_other_names_of_any_case() {
    let text = "struct S; impl S { const fn cf() -> u8 { 1 } } type v = S; mod o { pub use crate::S as vv; pub use self::vv as ww; } \
        fn a() { v::cf() } fn b() { o::vv::cf() } fn c() { o::ww::cf() } trait T { type out; } impl T for u8 { type out = S; } \
        fn d() { <u8 as T>::out::cf() } fn e() { other::cf() } fn f() { std::S2::cf() }";
    assert_eq!(patched(text, "{ 1 }", "{ 2 }"), "S::cf a b c d");
    let text =
        "struct vec2; impl vec2 { const K: u8 = 1; } fn a() { vec2::K } mod m { use super::*; fn b() { vec2::K } }";
    assert_eq!(patched(text, "= 1", "= 2"), "a m::b");
}

#[test]
fn self_is_the_type_that_an_alias_stands_for() {
    let text = "struct S; type Al = S; impl S { const fn cf() { 1 } } impl Al { fn m(&self) { Self::cf() } } \
        mod x { use super::S as Q; impl super::T for Q { fn t(&self) { Self::cf() } } } impl R { fn n() { Self::cf() } }";
    assert_eq!(patched(text, "{ 1 }", "{ 2 }"), "Al::m S::cf x::super::T for Q::t");
}

#[test]
fn modules_have_names_of_any_case() {
    let text = "mod Util { pub const fn f() { 1 } } use Util as Ut; use Util::f as F; fn a() { Util::f() } fn b() { Ut::f() } \
        fn c() { F() } fn d(x: u8) { x.f() } fn e() { s { f: 1 } }";
    assert_eq!(patched(text, "{ 1 }", "{ 2 }"), "Util::f a b c");
}

#[test]
fn a_chain_of_use_lines_hands_on_what_changed() {
    let text = "mod l { pub fn ease() { 1 } } mod c { pub fn ease() { 2 } } mod a { pub(crate) use crate::l as curve; } \
        mod b { pub use crate::a::curve as bent; } mod u { use crate::b::bent::ease as go; fn p() { go() } fn q() {} }";
    assert_eq!(patched(text, "crate::l as", "crate::c as"), "u::p");
    let globbed = text.replace("bent::ease as go", "bent::*");
    assert_eq!(swapped(&globbed, "crate::l as", "crate::c as"), "`crate::b::bent::*` may bring in something else now");
    let text =
        "mod s { pub enum A { X } pub enum B { X } } use s::A as E; use E::X; fn p() { X } fn q() { E::X } fn r() {}";
    assert_eq!(swapped(text, "s::A as", "s::B as"), "`enum A` uses what changed", "its variant has the name");
    let text = "mod s { pub mod a { pub fn x() {} } pub mod b { pub fn x() {} } } use s::a as E; use E::x as y; fn p() { y() } fn q() { E::x() } fn r() {}";
    assert_eq!(patched(text, "s::a as", "s::b as"), "p q");
}

#[test]
fn a_use_line_is_compared_name_by_name() {
    let text = "use q::{B, C}; use w::z; fn a() { B } fn b() { C } fn c() { z() }";
    assert_eq!(patched(text, "q::{B, C}; use w::z;", "w::z; use q::B; use r::C;"), "b");
    assert_eq!(swapped(text, "{B, C}", "B"), "`C` was removed, and is still named");
}

#[test]
fn names_in_formats_count() {
    let text = "const W: usize = 1; fn a(x: u8) { format!(\"[{x:>W$}]\") } fn b(x: f32) { format!(\"{x:.W$}\") } \
        fn c() { format!(\"{:>1$} {W}\", 1, 2) } fn d() { format!(\"W {{}}\") }";
    assert_eq!(patched(text, "= 1", "= 2"), "a b c");
}

#[test]
fn all_counts_in_the_input_of_a_macro() {
    let text = "macro_rules! table { ($($n:ident : $e:expr),*) => { [$($n($e)),*] } } fn gn<T>(_: T) { 1 } \
        fn a() { table!(gn: 1) } fn b() { table!(x.gn: 1) } fn c() { S { gn: 1 } } fn d() { assert!(x.gn) }";
    assert_eq!(patched(text, "{ 1 }", "{ 2 }"), "a b gn");
    let text = "struct S; impl S { const fn gn() { 1 } } macro_rules! m { ($x:tt) => { S::$x() } } fn a() { m!(gn) }";
    assert_eq!(swapped(text, "gn() { 1 }", "gn() { 2 }"), "`a` gives a macro the name of a method that changed");
    let text = "macro_rules! m { ($t:ty) => { <$t>::K } } struct S; impl S { const K: u8 = 1; } fn a() { m!(S) }";
    assert_eq!(swapped(text, "= 1", "= 2"), "`macro m` uses what changed");
    let text = "const fn helper() { 1 } fn a() { paste::paste! { [<hel per>]() } } fn b() { helper() }";
    assert_eq!(
        swapped(text, "{ 1 }", "{ 2 }"),
        "a/src/lib.rs pastes names together (`[<…>]`), which may give a name that changed"
    );
    let text = "struct S; impl S { const K: u8 = 1; } fn a() { S::K } fn b() { foreign::limit_of!(S) }";
    let said = "`b` calls a macro of another crate, which may name a method that changed";
    assert_eq!(swapped(text, "= 1", "= 2"), said);
    let text = "#[derive(Desc)] struct S; impl S { const K: u8 = 1; } fn a() { S::K }";
    assert_eq!(swapped(text, "= 1", "= 2"), "a macro on `struct S` may use what changed");
    let text = "const fn f() { 1 } fn a() { foreign::m!() }";
    assert!(swapped(text, "{ 1 }", "{ 2 }").contains("may use what changed: no function does"));
    assert_eq!(patched("const fn f() { 1 } fn a() { println!() }", "{ 1 }", "{ 2 }"), "f");
}

#[test]
fn macros_of_other_crates_are_looked_through() {
    let of = |macros: &str| {
        let a = "struct S; impl S { const LIMIT: u8 = 1; } fn a() { b::limit_of!(S) } fn c() { S::LIMIT }";
        let after = a.replace("= 1", "= 2");
        between(&[("a/src/lib.rs", a), ("b/src/lib.rs", macros)], &[("a/src/lib.rs", &after), ("b/src/lib.rs", macros)])
    };
    let naming = "#[macro_export] macro_rules! limit_of { ($t:ty) => { <$t>::LIMIT } }";
    assert_eq!(of(naming).unwrap_err(), "`macro limit_of`, which `a` calls, may name what changed");
    assert_eq!(
        of(&naming.replace("limit_of", "other_of")).unwrap_err().split(',').count(),
        2,
        "it is of a third crate"
    );
    assert_eq!(of("#[macro_export] macro_rules! limit_of { ($t:ty) => { 1 } }").unwrap(), "c");
}

#[test]
fn texts_beside_the_modules_may_name_what_changed() {
    let text = |more: &str| format!("const LIMIT: u8 = 1; const OTHER: u8 = 1; fn a() {{ LIMIT + OTHER }} {more}");
    let of = |more: &str, others: &Texts<'_>, from: &str, to: &str| {
        let (before, after) = (text(more), text(more).replace(from, to));
        let with = |text| -> Vec<(&str, &str)> {
            [("a/src/lib.rs", text)].into_iter().chain(others.iter().copied()).collect()
        };
        between(&with(&before), &with(&after))
    };
    let (limit, other) = (("LIMIT: u8 = 1", "LIMIT: u8 = 2"), ("OTHER: u8 = 1", "OTHER: u8 = 2"));
    let include = "fn f() { include!(\"expr.in\") }";
    let why = of(include, &[], limit.0, limit.1).unwrap_err();
    assert_eq!(why, "expr.in, which a/src/lib.rs includes, may use what changed");
    assert_eq!(of(include, &[], other.0, other.1).unwrap(), "a");
    let why = of("include!(\"gone.in\");", &[], other.0, other.1).unwrap_err();
    assert_eq!(why, "gone.in, which a/src/lib.rs includes, can't be read");
    let why = of("include!(m!());", &[], other.0, other.1).unwrap_err();
    assert_eq!(why, "a/src/lib.rs includes a file of unknown name, which may use what changed");
    let why = of("vec_of!(include!(\"x\"));", &[], other.0, other.1).unwrap_err();
    assert_eq!(why, "a/src/lib.rs includes a file in a macro, which may use what changed");
    let generated = "include!(concat!(env!(\"OUT_DIR\"), \"/gen.rs\"));";
    let gen_rs = [("out/gen.rs", "pub fn g() { LIMIT }")];
    let why = of(generated, &gen_rs, limit.0, limit.1).unwrap_err();
    assert_eq!(why, "gen.rs, which a build script generated, may use what changed");
    assert_eq!(of(generated, &gen_rs, other.0, other.1).unwrap(), "a");
    assert!(of(generated, &[], other.0, other.1).unwrap_err().ends_with("can't be read"));
    let derive = [("pm/src/lib.rs", "fn d() { \"Self::LIMIT\" }")];
    let why = of("", &derive, limit.0, limit.1).unwrap_err();
    assert_eq!(why, "pm/src/lib.rs belongs to a macro, which may name what changed");
    assert_eq!(of("", &derive, other.0, other.1).unwrap(), "a");
}

#[test]
fn traits_that_come_into_scope_concern_all_calls_of_their_methods() {
    let traits = "mod x { pub trait A { fn go(&self); } } mod y { pub trait B { fn go(&self); } pub struct C; } ";
    let calls = "fn f() { 5u32.go() } fn g() { u32::go(&5) } fn h() { 5u32.other() } fn i(s: S) { s.go } fn go() {}";
    for (line, other) in [
        ("use x::A as _;", "use y::B as _;"),
        ("use x::A;", "use y::B;"),
        ("use x::A as T;", "use y::B as T;"),
        ("use x::A;", "use x::A; use y::B;"),
    ] {
        assert_eq!(patched(&format!("{traits} {line} {calls}"), line, other), "f g", "{line} {other}");
    }
    let chained = format!(
        "{traits} mod p {{ pub use crate::x::A as T; }} mod q {{ pub use crate::p::T as _; use crate::p::T; {calls} }}"
    );
    assert_eq!(patched(&chained, "crate::x::A", "crate::y::B"), "q::f q::g");
    let none = format!("{traits} {calls} fn j() {{ C }}");
    assert_eq!(patched(&none, "fn j()", "use y::C; fn j()"), "j", "it is no trait");
    let removed = format!("{traits} use x::A as _; {calls}");
    assert_eq!(patched(&removed, "use x::A as _;", ""), "f g");
}

#[test]
fn traits_of_std_are_known_and_those_of_others_concern_all_calls() {
    let text =
        "use std::fmt::Write as _; fn a(b: &mut B) { write!(b, \"\") } fn c(b: B) { b.flush() } fn d(b: B) { b.len() }";
    assert_eq!(patched(text, "std::fmt", "std::io"), "a c");
    let text = "use std::rc::Rc; fn a() { Rc::new(1) } fn b(x: X) { x.go() } mod m { use super::*; fn e(x: X) { x.go() } fn f() {} } mod n { fn h(x: X) { x.go() } }";
    assert_eq!(patched(text, "std::rc::Rc", "std::sync::Arc as Rc"), "a", "types bring in no methods");
    assert_eq!(patched(text, "use std::rc", "use other::Ext as _; use std::rc"), "a b m::e");
    assert_eq!(patched(text, "use std::rc", "use other::sleep; use std::rc"), "", "no name of a trait");
    let why = swapped(text, "use std::rc", "pub use other::Ext; use std::rc");
    assert_eq!(why, "`pub use other::Ext` may be a trait, whose methods are not known here");
}

#[test]
fn what_is_removed_is_removed_from_its_module() {
    let of = |text: &str| {
        edited(text, "fn f() { 2 }", "").map_err(|why| why.replace(" was removed, and is still named", ""))
    };
    assert_eq!(of("fn f() { 1 } mod a { use super::*; fn f() { 2 } fn go() { f() } }"), Err("`f`".into()), "a glob");
    assert_eq!(
        of("fn f() { 1 } mod a { fn f() { 2 } fn go() { use super::*; f() } }"),
        Err("`f`".into()),
        "the same module"
    );
    assert_eq!(of("fn f() { 1 } mod a { fn f() { 2 } } fn go() { a::f() }"), Err("`f`".into()), "a path");
    assert_eq!(of("fn f() { 1 } mod a { fn f() { 2 } } use a as b; fn go() { b::f() }"), Err("`f`".into()), "an alias");
    assert_eq!(
        of("fn f() { 1 } mod a { fn f() { 2 } } mod b { use super::a::f as g; }"),
        Err("`f`".into()),
        "a use line"
    );
    assert_eq!(of("fn f() { 1 } mod a { fn f() { 2 } mod b { fn go() { super::f() } } }"), Err("`f`".into()), "super");
    assert_eq!(
        of("fn f() { 1 } mod a { fn f() { 2 } } fn go() { f() } fn h() { std::f() }"),
        Ok(String::new()),
        "its own"
    );
    assert_eq!(of("mod f {} fn f() { 2 } fn go() { f::x() }"), Err("`f`".into()), "of two things of one name");
}

#[test]
fn a_removed_method_may_have_hidden_another() {
    let text = "struct S; impl S { fn go(&self) { 2 } } impl Go for S { fn go(&self) { 1 } } fn f() { S.go() }";
    assert_eq!(swapped(text, "fn go(&self) { 2 }", ""), "`S::go` was removed, and is still named");
    let text = "impl G<u8> { fn v(&self) { 2 } } impl G<u16> { fn v(&self) { 1 } } fn f() { x.v() }";
    assert_eq!(swapped(text, "fn v(&self) { 2 }", ""), "`G::v` was removed, and is still named");
}

#[test]
fn a_copy_of_a_method_is_not_called_for_another() {
    let inner = "struct I; impl I { const fn count(&self) { 1 } } fn a(o: O) { o.count() } ";
    let of = |more: &str| edited(&format!("{inner} {more}"), "{ 1 }", "{ 2 }").is_err();
    assert!(!of(""));
    assert!(of("use std::ops::Deref as D; impl D for O { type Target = I; }"), "a trait of std has it");
    assert!(of("#[derive(Deref)] struct O(I);"));
    assert!(of("impl Iterator for I {}"), "by value, it comes first");
    assert!(of("trait Count { fn count(self); } impl Count for Box<I> {}"));
    assert!(!of("impl Debug for I {} impl O { fn count(&self) {} }"), "nothing leads from one to the other");
    assert!(of("impl std::ops::Deref for P { type Target = I; } impl O { fn count(&self) {} }"));
}

#[test]
fn a_file_may_be_two_modules() {
    let lib = "#[path = \"x.rs\"] mod a; #[path = \"x.rs\"] mod b; const K: u8 = 1; fn f() { 1 }";
    let of = |from, to, x: &str, other: &str| {
        let after = lib.replace(from, to);
        between(&[("a/src/lib.rs", lib), ("a/src/x.rs", x)], &[("a/src/lib.rs", &after), ("a/src/x.rs", other)])
    };
    let why = "a/src/x.rs has the contents of two modules";
    assert_eq!(of("", "", "fn g() { 1 }", "fn g() { 2 }").unwrap_err(), why);
    assert_eq!(of("= 1", "= 2", "fn g() { super::K }", "fn g() { super::K }").unwrap_err(), why);
    assert_eq!(of("{ 1 }", "{ 2 }", "fn g() {}", "fn g() {}").unwrap(), "f");
}

#[test]
fn a_path_may_stand_under_a_condition() {
    let lib = "#[cfg_attr(unix, path = \"u.rs\")] #[cfg_attr(windows, path = \"w.rs\")] mod imp;";
    let of = |name: &str| {
        let both = |text| [("a/src/lib.rs", lib), (name, text)];
        between(&both("fn f() { 1 }"), &both("fn f() { 2 }"))
    };
    assert_eq!(of("a/src/u.rs").unwrap(), "f");
    assert!(of("a/src/w.rs").unwrap_err().ends_with("belongs to another crate"));
}

#[test]
fn a_build_script_may_have_the_source() {
    let manifest = ("a/Cargo.toml", "[package]\nbuild = \"make.rs\"");
    let of = |script: (&str, &str), manifest: (&str, &str)| {
        let files = |text| [("a/src/lib.rs", "mod s;"), ("a/src/s.rs", text), script, manifest];
        between(&files("fn f() { 1 }"), &files("fn f() { 2 }"))
    };
    let plain = ("a/Cargo.toml", "[package]");
    let why = "the build script may read a/src/s.rs";
    assert_eq!(of(("a/build.rs", "#[path = \"src/s.rs\"] mod s; fn main() {}"), plain).unwrap_err(), why);
    assert_eq!(of(("a/make.rs", "#[path = \"src/s.rs\"] mod s; fn main() {}"), manifest).unwrap_err(), why);
    assert_eq!(of(("a/build.rs", "fn main() { read(\"src/s.rs\") }"), plain).unwrap_err(), why);
    assert_eq!(of(("a/build.rs", "fn main() { fs::read_dir(\"src\") }"), plain).unwrap_err(), why);
    assert_eq!(of(("a/build.rs", "fn main() { cc(\"src/c.c\") }"), plain).unwrap(), "f");
}

#[test]
fn order_and_scope_of_macros_count() {
    let text = "macro_rules! m { () => { 1 } } fn a() { m!() } macro_rules! m { () => { 2 } } fn b() { m!() }";
    let moved = "macro_rules! m { () => { 1 } } macro_rules! m { () => { 2 } } fn a() { m!() } fn b() { m!() }";
    let why = "a macro's definition, or something that may use it, was moved";
    assert_eq!(between(&[("a/src/lib.rs", text)], &[("a/src/lib.rs", moved)]).unwrap_err(), why);
}

#[test]
fn new_names_may_hide_others() {
    let text = "use p::*; mod m { use super::*; fn a() { LIMIT } fn b() { match x { FOO => 1 } } fn c() { helper() } } fn d() {}";
    assert_eq!(patched(text, "fn d()", "const LIMIT: u8 = 1; fn d()"), "m::a");
    assert_eq!(patched(text, "fn d()", "const FOO: u8 = 1; fn d()"), "m::b");
    assert_eq!(patched(text, "fn d()", "fn helper() {} fn d()"), "helper m::c");
    assert_eq!(patched(text, "fn d()", "mod helper {} fn d()"), "m::c");
    let text = "extern crate self as me; mod i { pub const K: u8 = 1; } fn a() { ::me::i::K } mod j { use me::i::K as L; fn b() { L } }";
    assert_eq!(patched(text, "= 1", "= 2"), "a j::b");
    assert_eq!(swapped(text, "self as me", "self as we"), "`extern crate self` changed");
}

#[test]
fn crates_above_take_part() {
    let low = "pub trait A { fn go(&self); } pub trait B { fn go(&self); } pub mod prelude { pub use crate::A; } pub const K: u8 = 1; pub use inner::h; mod inner { pub fn h() {} }";
    let top = "pub use b::prelude::*; fn a() { 1.go() } fn c() { b::K } fn d() { b::h() }";
    let of = |from: &str, to: &str| {
        let after = low.replace(from, to);
        between(&[("a/src/lib.rs", top), ("b/src/lib.rs", low)], &[("a/src/lib.rs", top), ("b/src/lib.rs", &after)])
    };
    assert_eq!(of("pub use crate::A", "pub use crate::B as A").unwrap(), "a");
    assert_eq!(of("= 1", "= 2").unwrap(), "c");
    assert_eq!(
        of("pub use inner::h; mod inner { pub fn h() {} }", "").unwrap_err(),
        "`h` was removed, and is still named"
    );
}

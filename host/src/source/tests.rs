//! What is seen of a source.

use super::*;

fn read(text: &str) -> SourceFile {
    SourceFile::read(text.as_bytes()).unwrap()
}

fn function<'a>(file: &'a SourceFile, key: &str) -> &'a Function {
    let keys: Vec<_> = file.functions.iter().map(|function| &function.key).collect();
    file.functions.iter().find(|function| function.key == key).unwrap_or_else(|| panic!("no {key} among {keys:?}"))
}

#[test]
fn functions_are_found_with_their_owners() {
    let text = "fn a() {} mod inner { pub(super) fn b() {} } struct S;
        impl S { fn c(&self) {} } impl Drop for S { fn drop(&mut self) {} }
        impl<'a> From<&'a u8> for S { fn from(_: &'a u8) -> S { S } }
        trait T { fn d(); fn e(&self) {} }";
    let file = read(text);
    let keys: Vec<_> = file.functions.iter().map(|function| (function.module.join("::"), &*function.key)).collect();
    let expected = [
        ("", "a"),
        ("inner", "b"),
        ("", "S::c"),
        ("", "Drop for S::drop"),
        ("", "From<&'a u8> for S::from"),
        ("", "T::e"),
    ];
    assert_eq!(keys, expected.map(|(module, key)| (module.to_owned(), key)));
    assert_eq!(&text[function(&file, "S::c").body_at.clone()], "{}");
}

#[test]
fn a_body_and_what_is_outside_of_it_change_apart() {
    let (one, other) = (read("#[inline] fn a(x: u8) -> u8 { x }"), read("#[inline] fn a(x: u8) -> u8 { x + 1 }"));
    let (one, other) = (function(&one, "a").clone(), function(&other, "a").clone());
    assert_eq!(one.outside, other.outside);
    assert_ne!(one.body, other.body);
    let third = read("#[inline] fn a(x: u16) -> u8 { x }");
    assert_ne!(function(&third, "a").outside, one.outside);
    assert_eq!(function(&third, "a").body, one.body);
}

#[test]
fn comments_and_documentation_are_no_code_unless_a_macro_may_read_them() {
    let plain = [read("/// one\nfn a() {}"), read("// x\n/// two\nfn a() { /* y */ }")];
    assert_eq!(function(&plain[0], "a").outside, function(&plain[1], "a").outside);
    assert_eq!(function(&plain[0], "a").body, function(&plain[1], "a").body);
    let read_by_a_macro = [read("/// one\n#[tool] fn a() {}"), read("/// two\n#[tool] fn a() {}")];
    assert_ne!(function(&read_by_a_macro[0], "a").outside, function(&read_by_a_macro[1], "a").outside);
}

#[test]
fn items_are_told_apart() {
    let text = "use a::{b, c as d, e::*, f::{self}}; const X: u8 = 1; static Y: u8 = 2; struct Z { z: u8 }
        m!(); m!(); macro_rules! n { () => {} } mod o; #[path = \"q.rs\"] mod p; extern crate r;";
    let file = read(text);
    let keys: Vec<_> = file.items.iter().map(|item| &*item.key).collect();
    let expected = [
        "a::{b,casd,e::*,f::{self}}",
        "const X",
        "static Y",
        "struct Z",
        "m!",
        "m! #2",
        "macro n",
        "mod o",
        "mod p",
        "extern crate r",
    ];
    assert_eq!(keys, expected);
    assert_eq!(file.items[0].names, ["b", "d", "*", "f"]);
    assert_eq!(file.modules.iter().map(|module| module.path.as_deref()).collect::<Vec<_>>(), [None, Some("q.rs")]);
}

#[test]
fn an_impl_block_is_compared_without_its_functions() {
    let of = |text: &str| read(text).items[0].digest;
    assert_eq!(of("impl S { const A: u8 = 1; fn a() {} }"), of("impl S { const A: u8 = 2; fn b() { 1 } }"));
    assert_ne!(of("impl S { type A = u8; fn a() {} }"), of("impl S { type A = u16; fn a() {} }"));
    assert_ne!(of("impl T for S { const A: u8 = 1; }"), of("impl T for S { const A: u8 = 2; }"));
}

#[test]
fn constants_of_a_type_are_listed_by_themselves() {
    let file = read(
        "impl S { const A: u8 = 1; fn a() {} } impl T for S { const B: u8 = 1; } #[m] impl R { const C: u8 = 1; }",
    );
    let items: Vec<_> = file.items.iter().map(|item| (item.kind, &*item.key, item.self_type.as_deref())).collect();
    let expected = [
        (ItemKind::Methods, "impl S", Some("S")),
        (ItemKind::AssociatedConst, "const S::A", Some("S")),
        (ItemKind::Impl, "impl T for S", Some("S")),
        (ItemKind::Impl, "impl R", Some("R")),
    ];
    assert_eq!(items, expected);
}

#[test]
fn the_statics_of_a_macro_are_listed_by_themselves() {
    let text = "thread_local! { /// One.\n pub static A: Cell<u8> = const { Cell::new(1) }; #[cfg(x)] static B: u8 = 2 } \
        lazy_static::lazy_static! { static ref C: u8 = f(3); } m! { static D: u8 = 4; } static E: Cell<u8> = Cell::new(5);";
    let items = read(text).items;
    let found: Vec<_> = items.iter().map(|item| (&*item.key, item.value.clone().map(|at| &text[at]))).collect();
    let expected = [
        ("thread_local!", None),
        ("static A", Some("const { Cell::new(1) }")),
        ("static B", Some("2")),
        ("lazy_static::lazy_static!", None),
        ("static C", Some("f(3)")),
        ("m!", None),
        ("static E", Some("Cell::new(5)")),
    ];
    assert_eq!(found, expected);
    assert_ne!(items[2].cfg, items[1].cfg);
}

#[test]
fn the_branches_of_cfg_if_are_items_under_conditions() {
    let text = "cfg_if::cfg_if! { if #[cfg(unix)] { fn a() {} use b::c; } else if #[cfg(windows)] { fn a() {} } else { mod d; } }";
    let flags = |lines| cfg::Flags::read(lines);
    let of = |lines| {
        let file = std::sync::Arc::new(read(text)).compiled(&flags(lines));
        let keys = file.functions.iter().map(|function| &function.key).chain(file.items.iter().map(|item| &item.key));
        keys.cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("unix"), "a cfg_if::cfg_if! b::c");
    assert_eq!(of("windows"), "a #2 cfg_if::cfg_if!");
    assert_eq!(of("other"), "cfg_if::cfg_if! mod d");
    let others = text.replace("fn a() {}", "fn a() { 1 }");
    assert_eq!(read(text).items[0].digest, read(&others).items[0].digest);
}

#[test]
fn what_can_have_no_slot_says_why() {
    let file = read(
        "fn a<T>() {} fn b(x: impl Fn()) {} const fn c() {} fn d() -> Box<dyn Fn() -> u8> { x } fn e() -> impl Fn() { x }
        #[track_caller] fn f() {} #[cfg_attr(x, y)] fn g() {} fn h<'a>(x: &'a u8) {} impl<T> S<T> { fn i() {} }
        impl<'a> R<'a> { fn j(&self) {} } trait T { fn k() {} } #[route(get)] async fn l() {} fn m(#[x] y: u8) {} #[hot] fn n(#[hot(opaque)] y: u8) {}",
    );
    let without: Vec<_> =
        file.functions.iter().filter_map(|function| Some((&*function.name, function.slot.clone().err()?))).collect();
    let expected = [
        ("a", "is generic"),
        ("b", "is generic"),
        ("c", "is a `const fn`"),
        ("e", "returns `impl Trait`"),
        ("f", "is `#[track_caller]`"),
        ("g", "has attributes under a `cfg`"),
        ("i", "stands in a generic `impl`"),
        ("k", "is a default method of a trait"),
        ("m", "has attributes at its arguments"),
    ];
    assert_eq!(without, expected);
}

#[test]
fn slots_of_one_module_have_different_names() {
    let file = read("#[cfg(a)] fn x() {} #[cfg(not(a))] fn x() {} impl S { fn x() {} } mod m { fn x() {} }");
    let names: std::collections::BTreeSet<_> =
        file.functions.iter().map(|function| function.slot.clone().unwrap()).collect();
    assert_eq!(names.len(), 4);
}

#[test]
fn statics_inside_are_seen() {
    let file = read(
        "fn a() { static X: u8 = 1; } fn b(x: &'static u8) { let y: &'static u8 = x; } fn c() { { thread_local! {} } }",
    );
    let has: Vec<_> = file.functions.iter().map(|function| function.has_static).collect();
    assert_eq!(has, [true, false, true]);
}

#[test]
fn what_is_no_rust_is_said() {
    assert_eq!(SourceFile::read(b"\xff"), Err(SourceError::NotText));
    let error = SourceFile::read(b"fn a() {}\nfn b( {}").unwrap_err();
    assert!(matches!(error, SourceError::Syntax { line: 2, .. }), "{error}");
    let error = SourceFile::read(b"fn a() {}\nlet b;").unwrap_err();
    assert!(matches!(error, SourceError::Syntax { line: 2, .. }), "{error}");
}

#[test]
fn a_mark_and_a_line_for_the_shell_are_no_code() {
    let file = SourceFile::read("\u{feff}#!/bin/run\r\nfn größe() {\r\n}\r\n".as_bytes()).unwrap();
    assert_eq!(file.functions[0].name, "größe");
}

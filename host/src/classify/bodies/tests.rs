//! What edits of one file come to.

use super::*;
use crate::source::aliases::aliases_of;
use crate::source::mentions::Known;
use crate::source::text::name_print;

fn of(before: &str, after: &str) -> Result<Delta, String> {
    let read = |text: &str| SourceFile::read(text.as_bytes()).unwrap();
    let (before, after) = (read(before), read(after));
    let mut delta = compare(Some(&before), Some(&after))?;
    let macros = after.items.iter().filter(|item| item.kind == ItemKind::Macro).flat_map(|item| &item.names);
    let (macros, globbed) = (macros.map(|name| name_print(name)).collect(), BTreeSet::new());
    let known = Known::default();
    let scene = Scene { module: &[], globbed: &globbed, renamed: &HashSet::new(), known: &known, macros: &macros };
    let gone = |removed: &Removed| Gone {
        module: Some(removed.module.clone()),
        of: removed.of.clone(),
        name: removed.name.clone(),
    };
    without(&after, &scene, &delta.removed.iter().map(gone).collect())?;
    loop {
        let changed = delta.changed.clone();
        let known = Known { aliases: aliases_of(&changed.of_types(), &after.aliases()), ..Known::default() };
        add_dependents(&after, &changed, &Scene { known: &known, ..scene }, &mut delta)?;
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
    assert!(endless("fn run() { loop { a(); } } fn a() { 1; }", "fn run() { loop { a(); } } fn a() { 2; }").is_empty());
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
    let before =
        "fn a<T>() { 1 } fn b() { a::<u8>() } fn c(x: impl Fn()) { a() } fn d() { c(x) } fn e() {} fn f() { self.a }";
    let delta = of(before, &before.replace("{ 1 }", "{ 2 }")).unwrap();
    assert_eq!(keys(&delta), ["a", "b", "c", "d"]);
    let copies: Vec<&str> = delta.added.iter().map(|(_, key)| &**key).collect();
    assert_eq!(copies, ["a", "c"]);
    let before =
        "impl<T> S<T> { fn new() { 1 } fn get() { 3 } } fn b() { S::new() } fn c() { Vec::new() } fn d() { x.get() }";
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
        ("fn b() {}", "mod a { struct S; } fn b() {}", "`struct S` added, which would be another type in each patch"),
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

#[test]
fn a_macro_of_another_crate_hides_calls_by_a_value_or_of_a_type_that_it_is_given() {
    let before = "struct S; impl S { fn of<T>(_: T) { 1 } fn by<T>(&self, _: T) { 1 } } \
        fn a() { S::of(1) } fn b() { other::made!(x) }";
    let edited = |text: &str, of: &str| {
        super::tests::of(text, &text.replace(&format!("{of} {{ 1 }}"), &format!("{of} {{ 2 }}")))
    };
    assert_eq!(keys(&edited(before, "of<T>(_: T)").unwrap()), ["S::of", "a"]);
    let refused = Err("`b` calls a macro of another crate, which may name a method that changed".to_owned());
    assert_eq!(edited(before, "by<T>(&self, _: T)"), refused);
    assert_eq!(edited(&before.replace("made!(x)", "made!(S)"), "of<T>(_: T)"), refused);
}

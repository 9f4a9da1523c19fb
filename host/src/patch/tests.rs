//! What the sources of a patch look like.

use super::*;

fn file(module: &[&str], path: &str, text: &str, functions: &[&str]) -> File {
    let source = Arc::new(SourceFile::read(text.as_bytes()).unwrap());
    let named = |key: &&str| {
        let found = source.functions.iter().find(|function| function.key == *key);
        found.map(|function| (function.module.clone(), function.key.clone())).expect("a function of the source")
    };
    File {
        path: path.into(),
        module: module.iter().map(ToString::to_string).collect(),
        contents: Arc::from(text.as_bytes()),
        functions: functions.iter().map(named).collect(),
        added: HashSet::new(),
        items: HashSet::new(),
        calls: Vec::new(),
        ways: HashSet::new(),
        source,
    }
}

/// Texts without runs of blanks.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn only_what_changed_is_left_where_it_stood() {
    let text = "use a::B;\nfn one() { 1; }\n\n    fn two() { 2; }\nstruct S;\n";
    let made = generate(&[file(&[], "src/lib.rs", text, &["two"])], &Links::default()).unwrap();
    let lines: Vec<&str> = made.files[Path::new("src/lib.rs")].lines().collect();
    assert_eq!(
        lines[0],
        " extern crate liveswap_image as _; #[allow(unused_imports)] pub use ::liveswap_base::*; use a::B;"
    );
    assert_eq!(lines[1].trim(), "");
    assert_eq!(lines[3], "    fn two() { 2; }", "line and column stay");
    assert_eq!(lines[4].trim(), "");
    assert_eq!(made.functions, ["two"]);
}

#[test]
fn a_method_stands_in_a_trait_of_its_own() {
    let text = "impl<'a> Show for View<'a> {\n  type T = u8;\n  #[inline] #[tool] fn show(&mut self, (x, y): (&'a u8, Self::T)) -> Self { self.b(x) }\n  fn b(&self) {}\n}";
    let made = generate(&[file(&[], "src/lib.rs", text, &["Show for View<'a>::show"])], &Links::default()).unwrap();
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("pub trait __LiveswapPatch0<'a>: ::std::marker::Sized + Show { fn __liveswap_show (& mut self , _ : (& 'a u8 , Self :: T)) -> Self; }"), "{text}");
    assert!(text.contains("impl<'a> __LiveswapPatch0<'a> for View<'a> {"), "{text}");
    assert!(text.contains("{ fn __liveswap_show (&mut self, (x, y): (&'a u8, Self::T)) -> Self { #[allow(unused_imports)] use Show as _; self.b(x) } }"), "{text}");
    assert!(!text.contains("fn b") && !text.contains("type T"), "{text}");
}

#[test]
fn lifetimes_in_the_head_of_a_block_need_no_names() {
    let text = "impl From<&str> for E<'_> { fn from(x: &str) -> Self { E(x.len()) } }";
    let made = generate(&[file(&[], "src/lib.rs", text, &["From<&str> for E<'_>::from"])], &Links::default()).unwrap();
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("trait __LiveswapPatch0: ::std::marker::Sized + From < & 'static str > {"), "{text}");
}

#[test]
fn modules_around_it_are_there_and_others_are_not() {
    let root = "mod a;\nmod b;\nmod c { fn x() {} mod d { fn y() { 1; } } }\n";
    let files = [
        file(&[], "src/lib.rs", root, &["y"]),
        file(&["a"], "src/a.rs", "fn z() { 2; }", &["z"]),
        file(&["b"], "src/b.rs", "fn w() {}", &[]),
    ];
    let made = generate(&files, &Links::default()).unwrap();
    assert_eq!(made.files.keys().collect::<Vec<_>>(), [Path::new("src/a.rs"), Path::new("src/lib.rs")]);
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("pub mod a; pub mod c { #[allow(unused_imports)] pub use ::liveswap_base::c::*; pub mod d { #[allow(unused_imports)] pub use ::liveswap_base::c::d::*; fn y() { 1; }"), "{text}");
    assert!(!text.contains("mod b"), "{text}");
    assert!(text.contains("LIVESWAP_PATCH: &[&[::liveswap_base::__liveswap_base::Row]] = &[crate::c::d::__LIVESWAP_ROWS, crate::a::__LIVESWAP_ROWS, ];"), "{text}");
    assert_eq!(made.functions, ["c::d::y", "a::z"]);
}

#[test]
fn files_with_macros_come_along() {
    let files = [
        file(&[], "src/lib.rs", "#[macro_use] mod m; mod a;", &[]),
        file(&["m"], "src/m.rs", "macro_rules! one { () => { 1 } } fn f() {}", &[]),
        file(&["a"], "src/a.rs", "fn z() { one!(); }", &["z"]),
    ];
    let made = generate(&files, &Links::default()).unwrap();
    assert!(tidy(&made.files[Path::new("src/m.rs")]).ends_with("macro_rules! one { () => { 1 } }"));
    assert!(tidy(&made.files[Path::new("src/lib.rs")]).contains("#[macro_use] pub mod m; pub mod a;"));
}

/// The sources of a patch that leads from one text of a crate's root to another.
fn between(before: &str, after: &str) -> String {
    let root = Path::new("/w/src/lib.rs");
    let snapshot = |text: &str| {
        let mut snapshot = crate::classify::Snapshot::default();
        snapshot.update(root, Some(Arc::from(text.as_bytes())));
        snapshot
    };
    let (before, after) = (snapshot(before), snapshot(after));
    let flags = crate::source::cfg::Flags::default();
    let one = Crate { name: "w", root, directory: Path::new("/w"), flags: &flags, uses: &[], obstacle: None };
    let parts = compare(&[one], &[], &before, &after).unwrap();
    tidy(&generate(&parts[0].files, &Links::default()).unwrap().files[Path::new("src/lib.rs")])
}

#[test]
fn a_generic_function_is_copied_beside_those_that_use_it() {
    let before =
        "fn a<T>(x: T) { 1 } fn b() { a(0) } fn c() {} mod m { pub use super::a; fn d() { a(0) } } mod n { fn e() {} }";
    let text = between(before, &before.replace("{ 1 }", "{ 2 }"));
    assert!(text.contains("use ::liveswap_base::*; fn a<T>(x: T) { 2 } fn b() { a(0) } pub mod m {"), "{text}");
    assert!(text.contains("pub use super::a; fn d() { a(0) }"), "{text}");
    assert!(!text.contains("fn c") && !text.contains("mod n"), "{text}");
    assert_eq!(text.matches("Row {").count(), 2, "the copy itself has no slot: {text}");
}

#[test]
fn a_method_of_a_generic_type_is_called_by_the_name_of_its_copy() {
    let before = "impl<'a, T: Copy, const N: usize> S<'a, T, N> where T: Send { const fn a(&self) { 1 } fn b(&self) { 3 } } fn c(s: S<u8, 1>) { s.a(); s.b(); s.a }";
    let text = between(before, &before.replace("{ 1 }", "{ 2 }"));
    let declared = "pub trait __LiveswapPatch0<'a, T : Copy, const N : usize>: ::std::marker::Sized where T : Send { fn __liveswap_a (& self); }";
    let made = "impl<'a, T: Copy, const N: usize> __LiveswapPatch0<'a, T, N> for S<'a, T, N> where T: Send { fn __liveswap_a (&self) { 2 } }";
    assert!(text.contains(declared), "{text}");
    assert!(text.contains(made), "{text}");
    assert!(text.contains("fn c(s: S<u8, 1>) { s.__liveswap_a (); s.b(); s.a }"), "{text}");
    assert!(text.contains("use crate::__liveswap_methods::*;"), "{text}");
    assert!(text.contains("pub mod __liveswap_methods { pub use crate::__LiveswapPatch0 as _; }"), "{text}");
}

#[test]
fn exported_names_are_the_bases_alone() {
    let text = "#[unsafe(no_mangle)] #[must_use] extern \"C\" fn f() -> u8 { 1 }";
    let made = generate(&[file(&[], "src/lib.rs", text, &["f"])], &Links::default()).unwrap();
    let text = &made.files[Path::new("src/lib.rs")];
    assert!(text.contains("#[must_use] extern \"C\" fn f() -> u8 { 1 }"));
    assert_eq!(text.matches("no_mangle").count(), 1, "that of the table");
}

#[test]
fn what_can_have_no_slot_is_refused_by_name() {
    let error = generate(&[file(&[], "src/lib.rs", "fn f<T>() {}", &["f"])], &Links::default()).unwrap_err();
    assert_eq!(error, "`f` is generic");
    let error = generate(&[file(&[], "src/lib.rs", "impl dyn A { fn f(&self) {} }", &["dyn A::f"])], &Links::default())
        .unwrap_err();
    assert_eq!(error, "`dyn A::f` is a method of a type without a size");
}

#[test]
fn places_outside_of_ascii_do_not_confuse_it() {
    let text = "fn ö() { \"é\"; }\nfn ß() { 1; }";
    let made = generate(&[file(&[], "src/lib.rs", text, &["ß"])], &Links::default()).unwrap();
    assert_eq!(
        made.files[Path::new("src/lib.rs")].lines().nth(1).unwrap().split(" #[doc").next().unwrap(),
        "fn ß() { 1; }"
    );
}

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
        is_new: false,
        added: HashSet::new(),
        new: HashSet::new(),
        items: HashSet::new(),
        calls: Vec::new(),
        ways: HashSet::new(),
        left_out: Default::default(),
        hidden: HashSet::new(),
        source,
    }
}

/// A text without the slots of functions that only patches have, and without rows.
fn without_slots(text: &str) -> String {
    let mut text = tidy(text);
    let hidden = " #[doc(hidden)] pub static";
    let (slots, rows) = (format!("{hidden} __liveswap_slot"), format!("{hidden} __LIVESWAP"));
    for (begin, end) in [(" if __liveswap_slot", "; }"), (&*slots, "new();"), (&*rows, "];")] {
        while let Some(at) = text.find(begin) {
            let behind = text[at..].find(end).map_or(text.len(), |found| at + found + end.len());
            text.replace_range(at..behind, "");
        }
    }
    tidy(&text).replace("{ }", "{}")
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
        " extern crate liveswap_image as _; #[allow(unused_imports, deprecated)] pub use ::liveswap_base::{S, one}; use a::B;"
    );
    assert_eq!(lines[1].trim(), "");
    assert_eq!(lines[3], "    fn two() { 2; }", "line and column stay");
    assert_eq!(lines[4].trim(), "");
    assert_eq!(made.functions, ["two"]);
}

/// What is in other bodies is not parsed again; columns are counted in characters all the same.
#[test]
fn what_stands_behind_another_body_keeps_its_column() {
    let text = "\nfn one() { \"é{\"; } fn two() { 2; } trait T { fn three() { 'é'; } }";
    let made = generate(&[file(&[], "src/lib.rs", text, &["two"])], &Links::default()).unwrap();
    let line = made.files[Path::new("src/lib.rs")].lines().nth(1).unwrap();
    let column = |line: &str| line[..line.find("fn two() { 2; }").unwrap()].chars().count();
    assert_eq!(column(line), column(text) - 1, "{line}");
    assert!(!line.contains('é'), "{line}");
}

#[test]
fn a_method_stands_in_a_trait_of_its_own() {
    let text = "impl<'a> Show for View<'a> {\n  type T = u8;\n  #[inline] #[hot] fn show(&mut self, (x, y): (&'a u8, Self::T)) -> Self { self.b(x) }\n  fn b(&self) {}\n}";
    let made = generate(&[file(&[], "src/lib.rs", text, &["Show for View<'a>::show"])], &Links::default()).unwrap();
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("pub trait __LiveswapPatch0<'a>: ::std::marker::Sized + Show { fn __liveswap_show (& mut self , _ : (& 'a u8 , Self :: T)) -> Self; }"), "{text}");
    assert!(text.contains("impl<'a> __LiveswapPatch0<'a> for View<'a> {"), "{text}");
    assert!(text.contains("{ fn __liveswap_show (&mut self, (x, y): (&'a u8, Self::T)) -> Self { #[allow(unused_imports)] use Show as _; self.b(x) } }"), "{text}");
    assert!(!text.contains("fn b") && !text.contains("type T"), "{text}");
}

#[test]
fn the_name_of_a_function_means_the_bases() {
    let text = "use b::c;\n#[inline]\npub fn one() { two() }\n/// Ends.\nfn two() { if x { two(); } } fn three() { }\n";
    let file = file(&[], "src/lib.rs", text, &["one", "two", "three"]);
    let links = Links { mentioned: Mentioned::of([&file]), ..Links::default() };
    let made = generate(&[file], &links).unwrap();
    let text = &made.files[Path::new("src/lib.rs")];
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[2], "pub fn one() { two() }", "nobody mentions it");
    assert!(text.contains("__liveswap_two"), "{text}");
    assert!(text.contains("fn three() { }") && text.contains("__liveswap_two as unsafe fn"), "{text}");
    assert_eq!(made.functions, ["one", "two", "three"]);
}

#[test]
fn functions_that_a_macro_may_rewrite_are_refused() {
    let refused =
        |text: &str, key: &str| generate(&[file(&[], "src/lib.rs", text, &[key])], &Links::default()).unwrap_err();
    let may = "has the attribute `pm::minus`, which may rewrite it";
    assert_eq!(refused("#[pm::minus] fn f() {}", "f"), format!("`f` {may}"));
    assert_eq!(refused("impl S { #[pm::minus] fn f() {} }", "S::f"), format!("`S::f` {may}"));
    assert_eq!(refused("#[pm::minus] impl S { fn f() {} }", "S::f"), format!("`S::f` stands in a block that {may}"));
    assert_eq!(refused("#[pm::minus] mod a { fn f() {} }", "f"), format!("`f` stands in a module that {may}"));
    let traced = "#[tracing::instrument] fn f() {} fn g() { f() }";
    let made = generate(&[file(&[], "src/lib.rs", traced, &["f"])], &Links::default()).unwrap();
    assert!(made.files[Path::new("src/lib.rs")].contains("#[tracing::instrument] fn f() {}"));
    let both = file(&[], "src/lib.rs", traced, &["f", "g"]);
    let links = Links { mentioned: Mentioned::of([&both]), ..Links::default() };
    let made = generate(&[both], &links).unwrap();
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("#[tracing::instrument(name = \"f\")] fn __liveswap_f"), "{text}");
    let methods =
        "impl S { #[tracing::instrument(skip(self))] fn a(&self) {} #[tracing::instrument(name = \"b\")] fn c() {} }";
    let made = generate(&[file(&[], "src/lib.rs", methods, &["S::a", "S::c"])], &Links::default()).unwrap();
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("#[tracing::instrument(name = \"a\", skip(self))]"), "{text}");
    assert!(text.contains("#[tracing::instrument(name = \"b\")]"), "{text}");
}

#[test]
fn options_of_arguments_go_with_their_macro() {
    let text = "#[hot] pub fn look(#[hot(opaque)] any: &dyn Any, n: u8) { 1 }\n#[hot] impl S { fn m(&self, #[hot(opaque)] any: X) { 2 } }";
    let made = generate(&[file(&[], "src/lib.rs", text, &["look", "S::m"])], &Links::default()).unwrap();
    let text = tidy(&made.files[Path::new("src/lib.rs")]);
    assert!(text.contains("pub fn look( any: &dyn Any, n: u8) { 1 }"), "{text}");
    assert!(text.contains("fn __liveswap_m (&self, any: X) { 2 }"), "{text}");
    assert!(!text.contains("#[hot"), "{text}");
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
    assert!(text.contains("pub mod a; pub mod c { #[allow(unused_imports, deprecated)] pub use ::liveswap_base::c::{x}; pub mod d { fn y() { 1; }"), "{text}");
    assert!(!text.contains("mod b"), "{text}");
    assert!(text.contains("LIVESWAP_PATCH: &[&[::liveswap_base::__liveswap_base::Row]] = &[crate::c::d::__LIVESWAP_ROWS, crate::a::__LIVESWAP_ROWS, ];"), "{text}");
    assert_eq!(made.functions, ["c::d::y", "a::z"]);
}

#[test]
fn a_file_that_is_two_modules_is_refused() {
    let root = file(&[], "src/lib.rs", "#[path = \"a.rs\"] mod a; #[path = \"a.rs\"] mod b;", &[]);
    let of = |module| file(&[module], "src/a.rs", "fn z() {}", &["z"]);
    let error = generate(&[root, of("a"), of("b")], &Links::default()).unwrap_err();
    assert_eq!(error, "src/a.rs has the contents of two modules");
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
    let made = between_files(&[("lib", before)], &[("lib", after)]).unwrap();
    tidy(&made.files[Path::new("src/lib.rs")])
}

/// The same for several files.
fn between_files(before: &[(&str, &str)], after: &[(&str, &str)]) -> Result<PatchCrate, String> {
    let snapshot = |files: &[(&str, &str)]| {
        let mut snapshot = crate::classify::Snapshot::default();
        for (name, text) in files {
            snapshot.update(format!("/w/src/{name}.rs"), Some(Arc::from(text.as_bytes())));
        }
        snapshot
    };
    let (root, flags) = (Path::new("/w/src/lib.rs"), crate::source::cfg::Flags::default());
    let one = Crate { name: "w", root, directory: Path::new("/w"), flags: &flags, uses: &[], obstacle: None };
    let before = snapshot(before);
    let modules = BaseModules::of(&[one], &before);
    let compared = compare(&[one], &Surroundings::nothing(&Default::default()), (&before, &modules), &snapshot(after))?;
    generate(&compared.parts[0].files, &Links::default())
}

#[test]
fn a_generic_function_is_copied_beside_those_that_use_it() {
    let before =
        "fn a<T>(x: T) { 1 } fn b() { a(0) } fn c() {} mod m { pub use super::a; fn d() { a(0) } } mod n { fn e() {} }";
    let text = between(before, &before.replace("{ 1 }", "{ 2 }"));
    assert!(text.contains("use ::liveswap_base::{c, n}; fn a<T>(x: T) { 2 } fn b() { a(0) } pub mod m {"), "{text}");
    assert!(text.contains("pub use super::a; fn d() { a(0) }"), "{text}");
    assert!(!text.contains("fn c") && !text.contains("mod n {"), "{text}");
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
fn a_constant_of_a_type_is_named_as_the_patchs_own() {
    let before = "impl<'a> S<'a> { /// What it is.\n pub(crate) const A: &str = \"1\"; const B: u8 = 3; fn f(&self) { Self::A; Self::B } } \
        fn g() { format!(\"{}\", S::A) } const C: usize = S::A.len(); fn h() { C }";
    let text = between(before, &before.replace("\"1\"", "\"2\""));
    let declared = "pub trait __LiveswapPatch0<'a>: ::std::marker::Sized { const __liveswap_A: & 'static str; fn __liveswap_f (& self); }";
    assert!(text.contains(declared), "{text}");
    assert!(text.contains("for S<'a> { const __liveswap_A : & 'static str = \"2\";"), "{text}");
    assert!(text.contains("fn __liveswap_f (&self) { Self::__liveswap_A ; Self::B }"), "{text}");
    assert!(
        text.contains(
            "fn g() { format!(\"{}\", S::__liveswap_A ) } const C: usize = S::__liveswap_A .len(); fn h() { C }"
        ),
        "{text}"
    );
    assert!(text.contains("pub use crate::__LiveswapPatch0 as _;"), "{text}");
    assert!(!text.contains("const B"), "{text}");
}

#[test]
fn a_new_method_is_called_by_its_own_name() {
    let before = "impl<T> S<T> { fn a(&self) {} } impl R { fn b(&self) { 1 } }";
    let after = "impl<T> S<T> { fn a(&self) {} /// New.\n #[inline] pub fn c(&self) -> u8 { 2 } } impl R { fn b(&self) { S.c() } }";
    let text = between(before, after);
    assert!(text.contains("pub trait __LiveswapPatch0<T>: ::std::marker::Sized { fn c (& self) -> u8; }"), "{text}");
    assert!(text.contains("for S<T> { fn c (&self) -> u8 { 2 } }"), "{text}");
    assert!(text.contains("fn __liveswap_b (&self) { S.c() }"), "{text}");
    assert!(text.contains("pub mod __liveswap_methods { pub use crate::__LiveswapPatch0 as _; }"), "{text}");
}

#[test]
fn a_new_module_takes_nothing_from_the_base() {
    let before = [("lib", "fn a() { 1 } mod c {}"), ("b", "fn unused() {}")];
    let lib = "fn a() { b::d() + e::f::g() } mod c {} mod b; mod e { use super::*; mod f { pub fn g() {} } }";
    let b = "//! New.\n#![allow(x)]\nmod h; pub fn d() { h::i() }";
    let after = [("lib", lib), ("b", b), ("b/h", "use crate::c::*; pub fn i() {}")];
    let made = between_files(&before, &after).unwrap();
    let text = |name: &str| without_slots(&made.files[&PathBuf::from(format!("src/{name}.rs"))]);
    assert!(
        text("lib").contains("pub mod b; pub mod e { use super::*; pub mod f { pub fn g() {} } }"),
        "{}",
        text("lib")
    );
    assert_eq!(text("b"), "pub mod h; pub fn d() { h::i() }");
    assert_eq!(text("b/h"), "use crate::c::*; pub fn i() {}");
    assert_eq!(made.functions, ["a"]);
    let re_exports = [
        ("lib", "fn a() { b::i() + e::i() } mod c {} mod b; mod e { pub use crate::c::i; }"),
        ("b", "pub use crate::c::i;"),
    ];
    let made = between_files(&before, &re_exports).unwrap();
    assert_eq!(tidy(&made.files[Path::new("src/b.rs")]), "pub use crate::c::i;");
    assert!(tidy(&made.files[Path::new("src/lib.rs")]).contains("pub mod e { pub use crate::c::i; }"));
    // Gone again, with the file or without it.
    let gone = [("lib", "fn a() { 2 } mod c {}"), after[1]];
    assert_eq!(between_files(&after, &gone).unwrap().functions, ["a"]);
    assert_eq!(between_files(&after, &gone[..1]).unwrap().functions, ["a"]);
}

#[test]
fn files_of_other_modules_are_no_patch() {
    let lib = ("lib", "#[path = \"b.rs\"] mod a; fn c() { 1 }");
    let b = ("b", "fn d() {}");
    let moved = ("lib", "mod b; fn c() { 1 }");
    assert_eq!(between_files(&[lib, b], &[moved, b]).unwrap_err(), "b.rs is another module now");
    assert_eq!(between_files(&[moved, b], &[moved]).unwrap_err(), "b.rs removed");
    assert_eq!(between_files(&[moved, b], &[moved, b, ("e", "")]).unwrap_err(), "e.rs added");
}

#[test]
fn a_function_in_a_branch_stands_alone() {
    let before = "cfg_if! { if #[cfg(a)] { use c::d; fn e() { 3 } } else { use f::g; fn e() { 1 } } } fn h() {}";
    let text = between(before, &before.replace("{ 1 }", "{ 2 }"));
    assert!(text.contains("use ::liveswap_base::{h}; use f::g; fn e() { 2 } #[doc(hidden)]"), "{text}");
    let before = "cfg_if! { if #[cfg(a)] { mod m { use c::d; fn e() { 3 } } cfg_if! { if #[cfg(b)] { fn f() {} } } } else { mod m { fn e() { 1 } } fn f() { 1 } } }";
    let text = between(before, &before.replace("{ 1 }", "{ 2 }"));
    assert!(text.contains("pub mod m { fn e() { 2 }"), "{text}");
    assert!(text.contains("fn f() { 2 }") && !text.contains("use c::d") && !text.contains("{ 3 }"), "{text}");
    assert_eq!(text.matches("pub mod m ").count(), 1, "{text}");
}

#[test]
fn exported_names_are_the_bases_alone() {
    let text = "#[unsafe(no_mangle)] #[must_use] extern \"C\" fn f() -> u8 { 1 }";
    let made = generate(&[file(&[], "src/lib.rs", text, &["f"])], &Links::default()).unwrap();
    let text = &made.files[Path::new("src/lib.rs")];
    assert!(text.contains("#[must_use] extern \"C\" fn f() -> u8 { 1 }"));
    assert_eq!(text.matches("no_mangle").count(), 2, "those of the tables");
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

/// Crates by name, each with the text of its root before and after, and with the crates that it uses.
type Described<'a> = (&'a str, &'a str, &'a str, &'a [(String, usize)], Option<&'a str>);

/// What a patch has of each crate: its place and the functions. Of `/elsewhere.rs` this is the text.
fn of_crates(described: &[Described<'_>], elsewhere: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let (mut before, mut after) = (crate::classify::Snapshot::default(), crate::classify::Snapshot::default());
    let root = |name: &str| PathBuf::from(format!("/w/{name}/lib.rs"));
    let mut put = |path: PathBuf, one: &str, other: &str| {
        before.update(path.clone(), Some(Arc::from(one.as_bytes())));
        after.update(path, Some(Arc::from(other.as_bytes())));
    };
    put("/elsewhere.rs".into(), elsewhere, elsewhere);
    described.iter().for_each(|(name, one, other, _, _)| put(root(name), one, other));
    let flags = crate::source::cfg::Flags::default();
    let roots: Vec<PathBuf> = described.iter().map(|(name, ..)| root(name)).collect();
    let crates: Vec<Crate<'_>> = described
        .iter()
        .zip(&roots)
        .map(|((name, _, _, uses, obstacle), root)| Crate {
            name,
            root,
            directory: Path::new("/w"),
            flags: &flags,
            uses,
            obstacle: *obstacle,
        })
        .collect();
    let modules = BaseModules::of(&crates, &before);
    let (elsewhere, none) = (["/elsewhere.rs".into()], Default::default());
    let around = Surroundings { elsewhere: &elsewhere, ..Surroundings::nothing(&none) };
    let compared = compare(&crates, &around, (&before, &modules), &after)?;
    let functions = |part: &Part| {
        let mut names: Vec<String> =
            part.files.iter().flat_map(|file| &file.functions).map(|(_, key)| key.clone()).collect();
        names.sort();
        (part.place, names)
    };
    Ok(compared.parts.iter().map(functions).collect())
}

fn to(name: &str, place: usize) -> (String, usize) {
    (name.to_owned(), place)
}

#[test]
fn what_means_something_else_does_so_in_the_crates_above() {
    let low = "pub const X: u8 = 1; pub fn a() { 1 } pub fn g<T>() { 1 }";
    let (of_middle, of_top) = ([to("low", 0)], [to("low", 0), to("other", 1)]);
    let middle = "pub use low as inner; pub fn b() { low::X } pub fn c() { low::a() }";
    let top = "pub fn d() { other::inner::X } fn e() { low::g::<u8>() } fn f() {}";
    let after = |from: &str, to: &str| {
        let low_after = low.replace(from, to);
        let described: [Described<'_>; 3] = [
            ("low", low, &low_after, &[], None),
            ("middle", middle, middle, &of_middle, None),
            ("top", top, top, &of_top, None),
        ];
        let parts = of_crates(&described, "").unwrap();
        parts.into_iter().map(|(place, names)| format!("{place}: {}", names.join(" "))).collect::<Vec<_>>()
    };
    assert_eq!(after("a() { 1 }", "a() { 2 }"), ["0: a"], "callers find it by its slot");
    assert_eq!(after("= 1", "= 2"), ["0: ", "1: b", "2: d"]);
    // `top` may come to it by the way of `middle`.
    assert_eq!(after("g<T>() { 1 }", "g<T>() { 2 }"), ["0: g", "1: ", "2: e"]);
}

#[test]
fn what_is_private_means_nothing_to_other_crates() {
    let before = "use std::fmt::Write; const X: u8 = 1; fn g<T>() { 1 } pub fn a() { X; g::<u8>(); }";
    let after = "use std::io::Read; const X: u8 = 2; fn g<T>() { 2 } pub fn a() { X; g::<u8>(); }";
    let top = "struct S(Read, Write, [u8; X]); fn b() { g() }";
    let uses = [to("low", 0)];
    let described: [Described<'_>; 2] = [("low", before, after, &[], None), ("top", top, top, &uses, None)];
    assert_eq!(of_crates(&described, top).unwrap(), [(0, vec!["a".to_owned(), "g".to_owned()])]);
}

#[test]
fn crates_that_cannot_be_patched_refuse_what_concerns_them() {
    let low = "pub const X: u8 = 1; pub fn a() { 1 }";
    let uses = [to("low", 0)];
    let after = |low_after: &str, why_low, top: &str, why_top, elsewhere: &str| {
        let described: [Described<'_>; 2] = [("low", low, low_after, &[], why_low), ("top", top, top, &uses, why_top)];
        of_crates(&described, elsewhere)
    };
    let (changed, body) = ("pub const X: u8 = 2; pub fn a() { 1 }", "pub const X: u8 = 1; pub fn a() { 2 }");
    let told = after(body, Some("is odd"), "", None, "").unwrap_err();
    assert!(told.ends_with("lib.rs belongs to `low`, which is odd"), "{told}");
    let user = "fn b() { low::X }";
    assert_eq!(after(changed, None, user, Some("is odd"), ""), Err("`top`, which uses what changed, is odd".into()));
    assert_eq!(after(body, None, user, Some("is odd"), user), Ok(vec![(0, vec!["a".into()])]), "a body has a slot");
    for elsewhere in [user, "pub use low::X;", "pub use low::*;", "pub use low;"] {
        let told = after(changed, None, "", None, elsewhere).unwrap_err();
        assert!(told.ends_with("elsewhere.rs uses what changed, and can't be patched"), "{elsewhere}: {told}");
    }
    assert!(after(changed, None, "", None, "use crate::y; fn b() {}").is_ok());
}

#[test]
fn a_crate_that_hands_on_what_changed_has_to_be_patched_too() {
    let uses = [[to("low", 0)], [to("middle", 1)]];
    let described = |obstacle| -> [Described<'_>; 3] {
        [
            ("low", "pub const X: u8 = 1;", "pub const X: u8 = 2;", &[], None),
            ("middle", "pub use low::X as Y;", "pub use low::X as Y;", &uses[0], obstacle),
            ("top", "fn a() { middle::Y }", "fn a() { middle::Y }", &uses[1], None),
        ]
    };
    let parts = of_crates(&described(None), "").unwrap();
    assert_eq!(parts, [(0, vec![]), (1, vec![]), (2, vec!["a".to_owned()])]);
    let told = of_crates(&described(Some("is odd")), "").unwrap_err();
    assert_eq!(told, "`middle`, which may hand on what changed, is odd");
}

#[test]
fn parts_of_other_crates_are_linked_and_lend_their_methods() {
    let parts = || vec!["part_0".into()];
    let links = Links { table: "T_1".into(), crates: parts(), methods: parts(), ..Links::default() };
    let made = generate(&[file(&[], "src/lib.rs", "fn a() {}", &["a"])], &links).unwrap();
    let text = &made.files[Path::new("src/lib.rs")];
    assert!(text.contains("pub mod __liveswap_methods { pub use ::part_0::__liveswap_methods::*; }"), "{text}");
    assert!(text.contains("extern crate part_0 as _;") && text.contains("pub static T_1: "), "{text}");
    assert!(made.has_methods);
}

/// The audit knows slots by the paths that they have in a base.
#[test]
fn the_slots_of_a_patch_are_those_of_the_shadow() {
    let text = "mod r#in { fn one() {} impl S { fn two(&self) {} } } fn three() {} fn four<T>() {}";
    let mut part = file(&["deep"], "src/deep.rs", text, &["one", "S::two", "four"]);
    part.added = [(Vec::new(), "four".to_owned())].into();
    let (macros, kept, shadowed) = (HashSet::new(), BTreeSet::new(), BTreeSet::new());
    let (macros, kept, directory, shadowed) = (&macros, &kept, Path::new("/w/src"), &shadowed);
    let how = crate::shadow::How { macros, kept, is_exact: false, directory, shadowed };
    let shadow = crate::shadow::shadow(text.as_bytes(), how).unwrap();
    let paths: Vec<String> = slots("game", &[part]).collect();
    assert_eq!(paths.len(), 2, "a copy has no slot: {paths:?}");
    for path in paths {
        let slot = path.strip_prefix("game::deep::in::").expect("the path of the module");
        assert!(shadow.contains(&format!("pub static {slot}: ")), "{path} in {shadow}");
    }
}

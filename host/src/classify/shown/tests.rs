//! What is found to show another place or text.

use super::*;

fn found(before: &str, after: &str) -> Option<String> {
    let (old, new) = (SourceFile::read(before.as_bytes()).unwrap(), SourceFile::read(after.as_bytes()).unwrap());
    let shown = Shown::of_sources(&[&new]);
    let text = |text, source| Text { text, source };
    shows_something_else(text(before, &old), text(after, &new), &shown)
}

/// With a line more at the beginning.
fn moved(text: &str) -> Option<String> {
    found(text, &format!("// x\n{text}"))
}

#[test]
fn places_are_shown_by_macros_and_by_callers() {
    for (text, shows) in [
        ("fn f() { line!() }", true),
        ("fn f() { dbg!(1) }", true),
        ("fn f() { std::panic::Location::caller() }", true),
        ("fn f() { file!(); module_path!() }", false),
        ("fn f() { panic!(); todo!(); x.unwrap(); assert!(y) }", false),
        ("fn f() { log::info!(\"x\"); tracing::warn!(1) }", false),
        ("macro_rules! here { () => { line!() } } fn f() { here!() }", true),
        ("macro_rules! a { () => { b!() } } macro_rules! b { () => { std::column!() } } fn f() { a!() }", true),
        ("macro_rules! info { () => { line!() } } fn f() { info!() }", true),
        ("macro_rules! here { () => { line!() } } fn f() { here }", false),
        ("#[track_caller] fn w() { Location::caller() } fn f() { w() }", true),
        ("#[track_caller] fn w() { panic!() } fn f() { w() }", false),
        ("#[track_caller] fn v() { w() } #[track_caller] fn w() { Location::caller() } fn f() { v() }", true),
        (
            "trait T { #[track_caller] fn t(&self); } impl T for S { fn t(&self) { Location::caller() } } fn f() { s.t() }",
            true,
        ),
        ("const L: u32 = line!();", true),
        ("fn f() { line(); let column = 1; line != column }", false),
    ] {
        assert_eq!(moved(text).is_some(), shows, "{text}");
    }
    assert_eq!(found("fn f() {\n line!() }", "fn f() {\n\n line!() }").as_deref(), Some("f"), "within the body");
    assert_eq!(found("fn f() { line!() }\nfn g() {}", "fn f() { line!() }\n\nfn g() {}"), None, "behind it");
}

#[test]
fn texts_are_made_of_what_macros_are_given() {
    let spaced = |text: &str| found(text, &text.replace("a+b", "a + /* c */ b"));
    for (text, shows) in [
        ("fn f() { stringify!(a+b) }", true),
        ("fn f() { assert!(a+b) }", true),
        ("fn f() { vec![a+b] }", false),
        ("fn f() { a+b }", false),
        ("macro_rules! s { ($x:expr) => { stringify!($x) } } fn f() { s!(a+b) }", true),
        ("macro_rules! s { ($x:expr) => { $x } } fn f() { s!(a+b) }", false),
        ("fn f() { third::party!(a+b) }", true),
    ] {
        assert_eq!(spaced(text).is_some(), shows, "{text}");
    }
    assert_eq!(found("fn f() { stringify!(a + b) }", "fn f() { stringify!(a  +\n b) }"), None, "how far is not seen");
    assert!(found("fn f() { stringify!(a/b) }", "fn f() { stringify!(a/ b) }").is_some());
}

#[test]
fn what_macros_declare_is_known_by_their_text() {
    let text = "macro_rules! hit { () => {{ static N: A = A::new(0); }} } macro_rules! twice { () => { hit!() } } \
        macro_rules! life { () => { f::<&'static str>() } } macro_rules! make { () => { struct L; } }";
    let source = SourceFile::read(text.as_bytes()).unwrap();
    let macros = Macros::of(&[&source]);
    let may = |name: &str| macros.may_declare_static(name_print(name));
    assert_eq!(
        ["hit", "twice", "life", "println", "info", "counter"].map(may),
        [true, true, false, false, false, true]
    );
    assert!(macros.declares_type(name_print("make")) && !macros.declares_type(name_print("hit")));
}

//! Macros, format strings, attributes and included text, where names and functions are used unseen.

use crate::case::{Case, Crate, CrateKind, edit, patched};

pub const CASES: &[Case] = &[
    Case::new(
        "constants in format strings",
        &[(
            "src/lib.rs",
            r#"
const WIDTH: usize = 4;
const DIGITS: usize = 1;
const NAME: &str = "n";
fn wide(x: u32) -> String { format!("[{x:>WIDTH$}]") }
fn exact(x: f64) -> String { format!("[{x:.DIGITS$}]") }
fn both(x: f64) -> String { format!("[{:>1$.DIGITS$}]", x, WIDTH) }
fn named() -> String { format!("{NAME}{{NAME}}") }
pub fn answer() -> String { format!("{} {} {} {}", wide(7), exact(1.25), both(2.5), named()) }
"#,
        )],
        "[   7] [1.2] [ 2.5] n{NAME}",
    )
    .edits(&[
        edit("src/lib.rs", "WIDTH: usize = 4", "WIDTH: usize = 2", "[ 7] [1.2] [2.5] n{NAME}"),
        edit("src/lib.rs", "DIGITS: usize = 1", "DIGITS: usize = 2", "[ 7] [1.25] [2.50] n{NAME}"),
        edit("src/lib.rs", "NAME: &str = \"n\"", "NAME: &str = \"m\"", "[ 7] [1.25] [2.50] m{NAME}"),
    ]),
    Case::new(
        "functions that a macro calls, whatever stands around their names",
        &[(
            "src/lib.rs",
            r#"
macro_rules! rows { ($($name:ident : $value:expr),*) => { vec![$($name($value)),*] } }
macro_rules! limit { () => { crate::LIMIT } }
macro_rules! outer { () => { limit!() * 2 } }
const LIMIT: u32 = 5;
fn doubled<T: Into<u32>>(x: T) -> u32 { x.into() * 2 }
fn all() -> Vec<u32> { rows!(doubled: 1u8, doubled: 2u16) }
mod inner { pub fn limit() -> u32 { outer!() } }
pub fn answer() -> String { format!("{:?} {}", all(), inner::limit()) }
"#,
        )],
        "[2, 4] 10",
    )
    .edits(&[
        edit("src/lib.rs", "x.into() * 2", "x.into() * 3", "[3, 6] 10"),
        edit("src/lib.rs", "LIMIT: u32 = 5", "LIMIT: u32 = 6", "[3, 6] 12"),
    ]),
    Case::new(
        "the order of macros of one name",
        &[(
            "src/lib.rs",
            r#"
macro_rules! number { () => { 1 } }
fn first() -> u32 { number!() }
macro_rules! number { () => { 2 } }
fn second() -> u32 { number!() }
pub fn answer() -> String { format!("{} {}", first(), second()) }
"#,
        )],
        "1 2",
    )
    .edits(&[edit(
        "src/lib.rs",
        "fn first() -> u32 { number!() }\nmacro_rules! number { () => { 2 } }",
        "macro_rules! number { () => { 2 } }\nfn first() -> u32 { number!() }",
        "2 2",
    )]),
    Case::new(
        "macros of another crate of the workspace that name a type's constant",
        &[("src/lib.rs", "pub struct Config; impl Config { pub const MAX: u32 = 1; }\nfn max() -> u32 { tools::max_of!(Config) }\npub fn answer() -> String { max().to_string() }")],
        "1",
    )
    .with(&[Crate {
        name: "tools",
        kind: CrateKind::Library,
        text: "#[macro_export] macro_rules! max_of { ($of:ty) => { <$of>::MAX } }",
        uses: &[],
    }])
    .edits(&[edit("src/lib.rs", "MAX: u32 = 1", "MAX: u32 = 2", "2")]),
    Case::new(
        "attributes that rewrite what they stand on",
        &[(
            "src/lib.rs",
            r#"
#[rewrite::minus] fn free(x: u32) -> u32 { x + 1 }
pub struct Of;
#[rewrite::minus] impl Of { fn block(&self, x: u32) -> u32 { x + 1 } }
impl Of { #[rewrite::minus] fn method(&self, x: u32) -> u32 { x + 1 } }
pub fn answer() -> String { format!("{} {} {}", free(10), Of.block(10), Of.method(10)) }
"#,
        )],
        "9 9 9",
    )
    .with(&[Crate {
        name: "rewrite",
        kind: CrateKind::ProcMacro,
        text: r#"
use proc_macro::{Group, Punct, Spacing, TokenStream, TokenTree};
fn turned(stream: TokenStream) -> TokenStream {
    let turn = |tree| match tree {
        TokenTree::Punct(punct) if punct.as_char() == '+' => TokenTree::Punct(Punct::new('-', Spacing::Alone)),
        TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), turned(group.stream()))),
        other => other,
    };
    stream.into_iter().map(turn).collect()
}
#[proc_macro_attribute]
pub fn minus(_: TokenStream, item: TokenStream) -> TokenStream { turned(item) }
"#,
        uses: &[],
    }])
    .edits(&[
        edit("src/lib.rs", "fn free(x: u32) -> u32 { x + 1 }", "fn free(x: u32) -> u32 { x + 2 }", "8 9 9"),
        edit("src/lib.rs", "fn block(&self, x: u32) -> u32 { x + 1 }", "fn block(&self, x: u32) -> u32 { x + 3 }", "8 7 9"),
        edit("src/lib.rs", "fn method(&self, x: u32) -> u32 { x + 1 }", "fn method(&self, x: u32) -> u32 { x + 4 }", "8 7 6"),
    ]),
    Case::new(
        "included text that uses what changes",
        &[
            (
                "src/lib.rs",
                r#"
const LIMIT: u32 = 1;
fn of<T>(_: T) -> u32 { 2 }
fn expression() -> u32 { include!("expression.in") }
include!("items.rs");
pub fn answer() -> String { format!("{} {}", expression(), item()) }
"#,
            ),
            ("src/expression.in", "LIMIT * 10 + of('c')\n"),
            ("src/items.rs", "fn item() -> u32 { of(LIMIT) }\n"),
        ],
        "12 2",
    )
    .edits(&[
        edit("src/lib.rs", "LIMIT: u32 = 1", "LIMIT: u32 = 3", "32 2"),
        edit("src/lib.rs", "u32 { 2 }", "u32 { 4 }", "34 4"),
        edit("src/items.rs", "of(LIMIT)", "of(LIMIT) + 1", "34 5"),
        edit("src/expression.in", "LIMIT * 10", "LIMIT * 100", "304 5"),
    ]),
    Case::new(
        "what a derive and a proc-macro make of names",
        &[(
            "src/lib.rs",
            r#"
#[derive(naming::Describe)]
pub struct Config;
impl Config { pub const LIMIT: u32 = 1; }
fn five() -> u32 { naming::call!() }
fn five_times<T>(_: T) -> u32 { 5 }
pub fn answer() -> String { format!("{} {}", Config::describe(), five()) }
"#,
        )],
        "1 5",
    )
    .with(&[Crate {
        name: "naming",
        kind: CrateKind::ProcMacro,
        text: r#"
use proc_macro::TokenStream;
#[proc_macro_derive(Describe)]
pub fn describe(_: TokenStream) -> TokenStream { "impl Config { pub fn describe() -> u32 { Self::LIMIT } }".parse().unwrap() }
#[proc_macro]
pub fn call(_: TokenStream) -> TokenStream { "five_times(0)".parse().unwrap() }
"#,
        uses: &[],
    }])
    .edits(&[
        edit("src/lib.rs", "LIMIT: u32 = 1", "LIMIT: u32 = 2", "2 5"),
        edit("src/lib.rs", "u32 { 5 }", "u32 { 6 }", "2 6"),
    ]),
    Case::new(
        "std's macros stay patches",
        &[(
            "src/lib.rs",
            r#"
const STEP: u32 = 2;
fn listed() -> Vec<u32> { vec![STEP; 2] }
fn checked(x: u32) -> Result<u32, String> { assert!(x > 0, "none of {STEP}"); if matches!(x, 1..=9) { Ok(x * STEP) } else { Err(format!("{x}")) } }
pub fn answer() -> String { format!("{:?} {:?} {:?}", listed(), checked(3), checked(30)) }
"#,
        )],
        r#"[2, 2] Ok(6) Err("30")"#,
    )
    .edits(&[
        patched("src/lib.rs", "STEP: u32 = 2", "STEP: u32 = 3", r#"[3, 3] Ok(9) Err("30")"#),
        patched("src/lib.rs", "1..=9", "1..=99", r#"[3, 3] Ok(9) Ok(90)"#),
    ]),
];

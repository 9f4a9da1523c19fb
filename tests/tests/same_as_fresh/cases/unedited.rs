//! Before any edit, and in functions that no edit is about, the instrumented copy does what the plain program does.

use crate::case::{Case, edit, patched};

pub const CASES: &[Case] = &[
    Case::new(
        "the order in which arguments are dropped",
        &[(
            "src/lib.rs",
            r#"
use std::cell::RefCell;
thread_local! { static LOG: RefCell<String> = const { RefCell::new(String::new()) } }
pub struct D(char);
impl Drop for D { fn drop(&mut self) { LOG.with(|log| log.borrow_mut().push(self.0)) } }
struct P { x: D, y: D }
fn tuple((_a, _): (D, D), _b: D) {}
fn unnamed(_: D, b: D) { let _ = &b; }
fn partly(P { x, .. }: P, _: D) { let _ = &x; }
fn whole(mut p: P, (q, r): (D, D)) { std::mem::swap(&mut p.x, &mut p.y); let _ = (&q, &r); }
fn at(all @ [_, _]: [D; 2], _last: D) { let _ = &all; }
fn log() -> String { LOG.with(|log| log.take()) }
pub fn answer() -> String {
    let (a, b, c, d) = (|| D('a'), || D('b'), || D('c'), || D('d'));
    let mut said = Vec::new();
    tuple((a(), b()), c()); said.push(log());
    unnamed(a(), b()); said.push(log());
    partly(P { x: a(), y: b() }, c()); said.push(log());
    whole(P { x: a(), y: b() }, (c(), d())); said.push(log());
    at([a(), b()], c()); said.push(log());
    said.join(" ")
}
"#,
        )],
        "cab ba cab dcba cab",
    )
    .edits(&[
        edit("src/lib.rs", "_b: D) {}", "_b: D) { let _ = 1; }", "cab ba cab dcba cab"),
        edit("src/lib.rs", "b: D) { let _ = &b; }", "b: D) { let _ = &&b; }", "cab ba cab dcba cab"),
        edit("src/lib.rs", "let _ = &all; }", "let _ = &&all; }", "cab ba cab dcba cab"),
    ]),
    Case::new(
        "private methods of names that every type has",
        &[(
            "src/lib.rs",
            r#"
use std::any::{Any, TypeId};
use std::ops::Deref as Leads;
mod hidden {
    pub struct Code(pub u8);
    impl Code { #[allow(dead_code)] fn type_id(&self) -> std::any::TypeId { std::any::TypeId::of::<u8>() } #[allow(dead_code)] fn to_string(&self) -> String { "private".into() } }
    impl std::fmt::Display for Code { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("shown") } }
    pub struct Inner { pub value: u32 }
    pub struct Outer { inner: Inner, #[allow(dead_code)] value: &'static str }
    impl Outer { pub fn new() -> Outer { Outer { inner: Inner { value: 7 }, value: "private" } } }
    impl super::Leads for Outer { type Target = Inner; fn deref(&self) -> &Inner { &self.inner } }
}
fn is_u8() -> bool { hidden::Code(1).type_id() == TypeId::of::<u8>() }
fn text() -> String { hidden::Code(1).to_string() }
fn value() -> String { format!("{:?}", hidden::Outer::new().value) }
pub fn answer() -> String { format!("{} {} {}", is_u8(), text(), value()) }
"#,
        )],
        "false shown 7",
    )
    .edits(&[
        edit("src/lib.rs", "hidden::Code(1).type_id()", "hidden::Code(2).type_id()", "false shown 7"),
        edit("src/lib.rs", "hidden::Code(1).to_string()", "hidden::Code(3).to_string()", "false shown 7"),
        edit("src/lib.rs", "\"{:?}\", hidden", "\"<{:?}>\", hidden", "false shown <7>"),
    ]),
    Case::new(
        "a source that is included as text",
        &[
            (
                "src/lib.rs",
                "fn own() -> usize { include_str!(\"lib.rs\").lines().count() }\nfn other() -> &'static str { include_str!(\"other.rs\") }\nfn bytes() -> usize { include_bytes!(\"other.rs\").len() }\nmod other;\npub fn answer() -> String { format!(\"{} {} {} {}\", own(), other(), bytes(), other::number()) }\n",
            ),
            ("src/other.rs", "pub fn number() -> u32 { 1 }"),
        ],
        "8 pub fn number() -> u32 { 1 } 28 1",
    )
    .edits(&[
        edit("src/other.rs", "{ 1 }", "{ 22 }", "8 pub fn number() -> u32 { 22 } 29 22"),
        edit("src/lib.rs", "mod other;", "mod other;\n", "9 pub fn number() -> u32 { 22 } 29 22"),
    ]),
    Case::new(
        "columns in functions of one line",
        &[(
            "src/lib.rs",
            "use std::panic::Location;\n#[track_caller] fn column() -> u32 { Location::caller().column() }\nfn first() -> u32 { column() }\n    fn second() -> u32 { column!() }\nfn third() -> u32 {\n    column()\n}\npub fn answer() -> String { format!(\"{} {} {}\", first(), second(), third()) }\n",
        )],
        "21 26 5",
    )
    .edits(&[edit("src/lib.rs", "fn first() -> u32 { column() }", "fn first() -> u32 { 100 + column() }", "127 26 5")]),
    Case::new(
        "deep recursion",
        &[(
            "src/lib.rs",
            r#"
fn depth(n: u64) -> u64 { if n == 0 { 0 } else { 1 + depth(n - 1) } }
pub struct S;
impl S { fn depth(&self, n: u64) -> u64 { if n == 0 { 0 } else { 1 + self.depth(n - 1) } } }
pub fn answer() -> String { format!("{} {}", depth(30_000), S.depth(30_000)) }
"#,
        )],
        "30000 30000",
    )
    .edits(&[
        patched("src/lib.rs", "1 + depth(n - 1)", "2 + depth(n - 1)", "60000 30000"),
        patched("src/lib.rs", "1 + self.depth(n - 1)", "2 + self.depth(n - 1)", "60000 60000"),
    ]),
    Case::new(
        "large arguments and results",
        &[(
            "src/lib.rs",
            r#"
type Page = [u8; 250_000];
fn turned(page: Page) -> Page { let mut page = page; page[0] += 1; page }
pub fn answer() -> String { std::thread::spawn(|| turned([1; 250_000])[0].to_string()).join().unwrap() }
"#,
        )],
        "2",
    )
    .edits(&[patched("src/lib.rs", "page[0] += 1", "page[0] += 2", "3")]),
];

//! Methods: traits in scope, `Deref`, what a type has of its own.

use crate::case::{Case, edit, patched};

pub const CASES: &[Case] = &[
    Case::new(
        "another trait in scope under no name",
        &[(
            "src/lib.rs",
            r#"
mod a { pub trait Plus { fn go(&self) -> u32; } impl Plus for u32 { fn go(&self) -> u32 { self + 1 } } }
mod b { pub trait Times { fn go(&self) -> u32; } impl Times for u32 { fn go(&self) -> u32 { self * 10 } } }
mod prelude { pub use crate::a::Plus as _; }
use a::Plus as _;
mod user { use crate::prelude::*; pub fn f() -> u32 { 7u32.go() } }
pub fn f() -> u32 { 5u32.go() }
pub fn answer() -> String { format!("{} {}", f(), user::f()) }
"#,
        )],
        "6 8",
    )
    .edits(&[
        edit("src/lib.rs", "\nuse a::Plus as _;", "\nuse b::Times as _;", "50 8"),
        edit("src/lib.rs", "crate::a::Plus as _", "crate::b::Times as _", "50 70"),
    ]),
    Case::new(
        "another trait of std in scope",
        &[(
            "src/lib.rs",
            r#"
use std::fmt::Write as _;
mod out {
    pub struct Out(pub String);
    impl std::fmt::Write for Out { fn write_str(&mut self, s: &str) -> std::fmt::Result { self.0 += "f:"; self.0 += s; Ok(()) } }
    impl std::io::Write for Out {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> { self.0 += "i:"; self.0 += std::str::from_utf8(bytes).unwrap(); Ok(bytes.len()) }
        fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
    }
}
fn said() -> String { let mut out = out::Out(String::new()); let _ = write!(out, "{}", "x"); out.0 }
pub fn answer() -> String { said() }
"#,
        )],
        "f:x",
    )
    .edits(&[edit("src/lib.rs", "use std::fmt::Write as _;", "use std::io::Write as _;", "i:x")]),
    Case::new(
        "a removed method of whose name a trait has one",
        &[(
            "src/lib.rs",
            r#"
pub struct Robot;
impl Robot { fn speak(&self) -> &'static str { "own" } }
pub trait Speak { fn speak(&self) -> &'static str; }
impl Speak for Robot { fn speak(&self) -> &'static str { "trait" } }
fn called() -> &'static str { Robot.speak() }
fn by_path() -> &'static str { Robot::speak(&Robot) }
pub fn answer() -> String { format!("{} {}", called(), by_path()) }
"#,
        )],
        "own own",
    )
    .edits(&[
        edit("src/lib.rs", "fn speak(&self) -> &'static str { \"own\" }", "", "trait trait"),
        edit("src/lib.rs", "impl Robot {  }", "impl Robot { fn speak(&self) -> &'static str { \"again\" } }", "again again"),
    ]),
    Case::new(
        "a method that is found behind a `Deref`",
        &[(
            "src/lib.rs",
            r#"
use std::ops::Deref as Leads;
pub struct Inner;
impl Inner { pub const fn count(&self) -> usize { 1 } pub fn size<T>(&self, _: T) -> usize { 2 } }
pub struct Outer(Inner, u32);
impl Leads for Outer { type Target = Inner; fn deref(&self) -> &Inner { &self.0 } }
impl Iterator for Outer { type Item = u32; fn next(&mut self) -> Option<u32> { self.1.checked_sub(1).inspect(|x| self.1 = *x) } }
fn of_iterator() -> usize { Outer(Inner, 7).count() }
fn of_inner() -> usize { Inner.count() }
fn behind() -> usize { Outer(Inner, 0).size('x') }
fn boxed() -> usize { std::rc::Rc::new(Box::new(Inner)).size(1) }
pub fn answer() -> String { format!("{} {} {} {}", of_iterator(), of_inner(), behind(), boxed()) }
"#,
        )],
        "7 1 2 2",
    )
    .edits(&[
        edit("src/lib.rs", "usize { 1 }", "usize { 3 }", "7 3 2 2"),
        edit("src/lib.rs", "usize { 2 }", "usize { 4 }", "7 3 4 4"),
    ]),
    Case::new(
        "two blocks of one head, and a trait for two arguments",
        &[(
            "src/lib.rs",
            r#"
pub struct Id(u32);
impl Id { fn a(&self) -> u32 { self.0 + 1 } }
impl Id { fn b(&self) -> u32 { self.0 + 2 } const C: u32 = 3; }
impl From<u8> for Id { fn from(_: u8) -> Id { Id(10) } }
impl From<u16> for Id { fn from(_: u16) -> Id { Id(20) } }
pub fn answer() -> String { format!("{} {} {} {} {}", Id(0).a(), Id(0).b(), Id::C, Id::from(1u8).0, Id::from(1u16).0) }
"#,
        )],
        "1 2 3 10 20",
    )
    .edits(&[
        patched("src/lib.rs", "self.0 + 2", "self.0 + 4", "1 4 3 10 20"),
        edit("src/lib.rs", "C: u32 = 3", "C: u32 = 5", "1 4 5 10 20"),
        edit("src/lib.rs", "Id(20)", "Id(21)", "1 4 5 10 21"),
        edit("src/lib.rs", "Id(10)", "Id(11)", "1 4 5 11 21"),
    ]),
    Case::new(
        "ordinary methods stay patches",
        &[(
            "src/lib.rs",
            r#"
pub trait Area { fn area(&self) -> u32; fn twice(&self) -> u32 { self.area() * 2 } }
pub struct Square(u32);
impl Square { fn side(&self) -> u32 { self.0 } fn grown(&mut self, by: u32) -> &mut Self { self.0 += by; self } }
impl Area for Square { fn area(&self) -> u32 { self.side() * self.side() } }
impl Drop for Square { fn drop(&mut self) { self.0 = 0; } }
pub fn answer() -> String { let mut square = Square(2); format!("{} {}", square.grown(1).area(), square.twice()) }
"#,
        )],
        "9 18",
    )
    .edits(&[
        patched("src/lib.rs", "self.0 += by;", "self.0 += by + 1;", "16 32"),
        patched("src/lib.rs", "self.side() * self.side() }", "self.side() + self.side() }", "8 16"),
        patched("src/lib.rs", "u32 { self.0 } fn grown", "u32 { self.0 * 10 } fn grown", "80 160"),
    ]),
];

//! Names: imports, globs, aliases, modules, removal.

use crate::case::{Case, edit, patched};

pub const CASES: &[Case] = &[
    Case::new(
        "types under aliases in small letters",
        &[(
            "src/lib.rs",
            r#"
#![allow(non_camel_case_types)]
pub struct Meter;
impl Meter {
    pub fn of<T>(_: T) -> u32 { 10 }
    pub const fn scale() -> u32 { 20 }
    pub const UNIT: u32 = 30;
}
type meter = Meter;
mod short { pub use crate::Meter as m; }
fn generic() -> u32 { meter::of(1) }
fn constant() -> u32 { short::m::scale() }
fn unit() -> u32 { meter::UNIT }
pub fn answer() -> String { format!("{} {} {}", generic(), constant(), unit()) }
"#,
        )],
        "10 20 30",
    )
    .edits(&[
        edit("src/lib.rs", "u32 { 10 }", "u32 { 11 }", "11 20 30"),
        edit("src/lib.rs", "u32 { 20 }", "u32 { 21 }", "11 21 30"),
        edit("src/lib.rs", "UNIT: u32 = 30", "UNIT: u32 = 31", "11 21 31"),
    ]),
    Case::new(
        "modules with capital letters, and under other names",
        &[(
            "src/lib.rs",
            r#"
#![allow(non_snake_case)]
pub mod Shapes {
    pub const fn sides() -> u32 { 3 }
    pub fn area<T>(_: T) -> u32 { 4 }
    pub const NAME: &str = "triangle";
    pub fn angles() -> impl Iterator<Item = u32> { 0..3 }
}
use Shapes as Sh;
mod deep { pub use super::Shapes as Again; }
fn count() -> u32 { Shapes::sides() }
fn size() -> u32 { Sh::area(1u8) }
fn name() -> &'static str { deep::Again::NAME }
fn sum() -> u32 { Sh::angles().sum() }
pub fn answer() -> String { format!("{} {} {} {}", count(), size(), name(), sum()) }
"#,
        )],
        "3 4 triangle 3",
    )
    .edits(&[
        edit("src/lib.rs", "u32 { 3 }", "u32 { 5 }", "5 4 triangle 3"),
        edit("src/lib.rs", "u32 { 4 }", "u32 { 6 }", "5 6 triangle 3"),
        edit("src/lib.rs", "\"triangle\"", "\"pentagon\"", "5 6 pentagon 3"),
        edit("src/lib.rs", "0..3", "0..5", "5 6 pentagon 10"),
    ]),
    Case::new(
        "a constant that comes by a glob through another module",
        &[(
            "src/lib.rs",
            r#"
mod rules { pub const LIVES: u32 = 3; pub const SCORE: u32 = 7; }
mod common { pub use crate::rules::*; }
mod hub { pub use super::common::*; }
mod play { use crate::common::*; pub fn lives() -> u32 { LIVES } }
mod end { use crate::hub::*; pub fn score() -> u32 { SCORE } }
mod path { pub fn both() -> u32 { crate::hub::LIVES + crate::common::SCORE } }
pub fn answer() -> String { format!("{} {} {}", play::lives(), end::score(), path::both()) }
"#,
        )],
        "3 7 10",
    )
    .edits(&[
        edit("src/lib.rs", "LIVES: u32 = 3", "LIVES: u32 = 4", "4 7 11"),
        edit("src/lib.rs", "SCORE: u32 = 7", "SCORE: u32 = 8", "4 8 12"),
    ]),
    Case::new(
        "a `use` line that leads another one elsewhere",
        &[(
            "src/lib.rs",
            r#"
mod slow { pub fn step(x: u32) -> u32 { x + 1 } pub const BASE: u32 = 1; }
mod fast { pub fn step(x: u32) -> u32 { x * 10 } pub const BASE: u32 = 2; }
mod mode { pub(crate) use crate::slow as current; }
mod game { use crate::mode::current::step; pub fn go(x: u32) -> u32 { step(x) } }
mod other { use crate::mode::current::*; pub fn go() -> u32 { BASE } }
mod third { use crate::mode::current as now; pub fn go() -> u32 { now::BASE } }
pub fn answer() -> String { format!("{} {} {} {}", game::go(3), other::go(), third::go(), fast::step(1)) }
"#,
        )],
        "4 1 1 10",
    )
    .edits(&[edit("src/lib.rs", "crate::slow as current", "crate::fast as current", "30 2 2 10")]),
    Case::new(
        "a new function that is meant instead of what a glob brings",
        &[(
            "src/lib.rs",
            r#"
mod lib { pub fn pick() -> u32 { 1 } pub fn other() -> u32 { 2 } }
mod user { use super::lib::*; pub fn ask() -> u32 { pick() + other() } pub fn asks() -> u32 { super::user::ask() } }
pub fn answer() -> String { format!("{} {}", user::ask(), user::asks()) }
"#,
        )],
        "3 3",
    )
    .edits(&[
        edit("src/lib.rs", "pub fn asks()", "fn pick() -> u32 { 100 } pub fn asks()", "102 102"),
        edit("src/lib.rs", "fn pick() -> u32 { 100 } pub fn asks()", "pub fn asks()", "3 3"),
    ]),
    Case::new(
        "a removed function, constant and import of whose name there is another one",
        &[(
            "src/lib.rs",
            r#"
fn level() -> u32 { 1 }
const LIMIT: u32 = 10;
mod one { use super::*; fn level() -> u32 { 2 } pub fn ask() -> u32 { level() } }
mod two { use super::*; const LIMIT: u32 = 20; pub fn ask() -> u32 { LIMIT } }
mod three { use super::*; use super::other::level; pub fn ask() -> u32 { level() } }
mod other { pub fn level() -> u32 { 3 } }
pub fn answer() -> String { format!("{} {} {} {} {}", level(), LIMIT, one::ask(), two::ask(), three::ask()) }
"#,
        )],
        "1 10 2 20 3",
    )
    .edits(&[
        edit("src/lib.rs", "fn level() -> u32 { 2 } pub", "pub", "1 10 1 20 3"),
        edit("src/lib.rs", "const LIMIT: u32 = 20; ", "", "1 10 1 10 3"),
        edit("src/lib.rs", "use super::other::level; ", "", "1 10 1 10 1"),
    ]),
    Case::new(
        "variants and constants that come by the glob of a type's module",
        &[(
            "src/lib.rs",
            r#"
#[derive(Clone, Copy)]
pub enum Color { Red, Blue }
mod paint { pub use crate::Color::*; pub const SHADE: u32 = 1; }
use paint::*;
fn number(color: Color) -> u32 { match color { Red => SHADE, Blue => SHADE * 10 } }
pub fn answer() -> String { format!("{} {}", number(Red), number(Color::Blue)) }
"#,
        )],
        "1 10",
    )
    .edits(&[
        edit("src/lib.rs", "SHADE: u32 = 1", "SHADE: u32 = 2", "2 20"),
        edit("src/lib.rs", "use paint::*;", "use paint::*; const SHADE: u32 = 3;", "3 30"),
    ]),
    Case::new(
        "constants and their users stay patches",
        &[(
            "src/lib.rs",
            r#"
mod tuning { pub const SPEED: u32 = 5; pub const NAMES: [&str; 2] = ["a", "b"]; }
mod world { use crate::tuning; pub fn moved(x: u32) -> u32 { x + tuning::SPEED } pub fn name() -> &'static str { tuning::NAMES[1] } }
fn helper(x: u32) -> u32 { world::moved(x) }
pub fn answer() -> String { format!("{} {}", helper(1), world::name()) }
"#,
        )],
        "6 b",
    )
    .edits(&[
        patched("src/lib.rs", "SPEED: u32 = 5", "SPEED: u32 = 6", "7 b"),
        patched("src/lib.rs", "[\"a\", \"b\"]", "[\"a\", \"c\"]", "7 c"),
        patched("src/lib.rs", "world::moved(x) }", "world::moved(x) * twice(2) } fn twice(x: u32) -> u32 { x * 2 }", "28 c"),
        patched("src/lib.rs", "x * 2 }", "x * 3 }", "42 c"),
    ]),
    Case::new(
        "`Self` in the `impl` of an alias, and associated types",
        &[(
            "src/lib.rs",
            r#"
pub struct Point;
pub type Alias = Point;
impl Point { pub const fn one() -> u32 { 1 } fn any<T>(_: T) -> u32 { 2 } const THREE: u32 = 3; }
impl Alias { pub fn a(&self) -> u32 { Self::one() } pub fn b(&self) -> u32 { Self::any(0) } pub fn c(&self) -> u32 { Self::THREE } }
pub trait Made { fn make() -> u32; }
impl Made for Alias { fn make() -> u32 { Self::one() * 100 + Self::THREE } }
pub trait Has { type Of; fn of() -> u32; }
impl Has for u8 { type Of = Point; fn of() -> u32 { Self::Of::one() } }
pub fn answer() -> String {
    let point = Point;
    format!("{} {} {} {} {}", point.a(), point.b(), point.c(), Point::make(), u8::of())
}
"#,
        )],
        "1 2 3 103 1",
    )
    .edits(&[
        edit("src/lib.rs", "u32 { 1 }", "u32 { 4 }", "4 2 3 403 4"),
        edit("src/lib.rs", "u32 { 2 }", "u32 { 5 }", "4 5 3 403 4"),
        edit("src/lib.rs", "THREE: u32 = 3", "THREE: u32 = 6", "4 5 6 406 4"),
    ]),
    Case::new(
        "the old edition's paths and the crate under another name",
        &[(
            "src/lib.rs",
            r#"
extern crate liveswap;
extern crate self as this;
use inner::first;
mod inner {
    pub fn first() -> u32 { 1 }
    pub fn second() -> u32 { ::inner::first() + ::this::inner::third() }
    pub fn third() -> u32 { 3 }
    pub const LIMIT: u32 = 5;
    pub trait Old { fn old(&self, u32) -> u32; }
    impl Old for u8 { fn old(&self, x: u32) -> u32 { x } }
}
fn all() -> u32 { first() + ::inner::LIMIT + inner::Old::old(&1u8, 2) }
fn async(dyn: u32) -> u32 { let await = dyn; await }
pub fn answer() -> String { format!("{} {} {}", all(), inner::second(), async(7)) }
"#,
        )],
        "8 4 7",
    )
    .edition("2015")
    .edits(&[
        edit("src/lib.rs", "first() -> u32 { 1 }", "first() -> u32 { 10 }", "17 13 7"),
        edit("src/lib.rs", "LIMIT: u32 = 5", "LIMIT: u32 = 6", "18 13 7"),
        edit("src/lib.rs", "third() -> u32 { 3 }", "third() -> u32 { 4 }", "18 14 7"),
        edit("src/lib.rs", "let await = dyn; await }", "let await = dyn; await + 1 }", "18 14 8"),
    ]),
];

//! Code that stands behind others in its line.

use std::panic::Location;

#[track_caller]
fn here() -> String { Location::caller().to_string() }

fn one_line() -> String { here() }
/// A comment
/// of two lines.
fn documented() -> (u32, String) { (column!(), here()) }

struct S; impl S { fn first(&self) -> String { here() } fn second(&self) -> String { here() } }

impl S {
    fn method(&self, _: u8, (x, y): (u8, u8)) -> String { let _ = x + y; here() } // { "
    #[inline] pub(crate) fn other(self) -> String { here() }
    fn usual(&self) -> String {
        here()
    }
}

trait T { fn t(&self) -> u32; } impl T for S { fn t(&self) -> u32 { Location::caller().column() } }

const A: u32 = column!(); static B: u32 = column!();
mod inner { pub const C: u32 = column!(); fn a() -> u32 { column!() } pub fn b() -> (u32, u32) { (a(), column!()) } }

fn main() {
    println!("{} {:?}", one_line(), documented());
    println!("{} {} {} {}", S.first(), S.second(), S.usual(), S.t());
    println!("{} {} {A} {B} {} {:?}", S.method(1, (2, 3)), S.other(), inner::C, inner::b());
}

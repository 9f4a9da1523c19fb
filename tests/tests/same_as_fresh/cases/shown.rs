//! What code can see of itself: names, places, texts, types.

use crate::case::{Case, edit};

pub const CASES: &[Case] = &[
    Case::new(
        "names of modules, types and functions",
        &[(
            "src/lib.rs",
            r#"
use std::any::{type_name, type_name_of_val};
pub struct Named;
impl Named {
    fn method(&self) -> String { struct Local; format!("{} {} {} a", type_name::<Local>(), type_name_of_val(self), module_path!()) }
}
mod inner {
    pub fn free() -> String { struct Local; let closure = || 1; format!("{} {} {} b", std::any::type_name::<Local>(), module_path!(), std::any::type_name_of_val(&closure)) }
}
fn of<T>(_: T) -> &'static str { type_name::<T>() }
fn itself() -> String { format!("{} {} c", type_name_of_val(&itself), of(inner::free)) }
pub fn answer() -> String { format!("{} | {} | {}", Named.method(), inner::free(), itself()) }
"#,
        )],
        "case::Named::method::Local case::Named case a | case::inner::free::Local case::inner case::inner::free::{{closure}} b | case::itself case::inner::free c",
    )
    .edits(&[
        edit("src/lib.rs", "{} {} {} a", "{} {} {} A", "case::Named::method::Local case::Named case A | case::inner::free::Local case::inner case::inner::free::{{closure}} b | case::itself case::inner::free c"),
        edit("src/lib.rs", "{} {} {} b", "{} {} {} B", "case::Named::method::Local case::Named case A | case::inner::free::Local case::inner case::inner::free::{{closure}} B | case::itself case::inner::free c"),
        edit("src/lib.rs", "{} {} c", "{} {} C", "case::Named::method::Local case::Named case A | case::inner::free::Local case::inner case::inner::free::{{closure}} B | case::itself case::inner::free C"),
    ]),
    Case::new(
        "lines of code that has moved",
        &[(
            "src/lib.rs",
            r#"
macro_rules! here { () => { line!() } }
macro_rules! twice_here { () => { here!() + 0 } }
#[track_caller] fn caller() -> u32 { std::panic::Location::caller().line() }
mod user {
    pub fn by_macro() -> u32 { here!() }
    pub fn by_macros() -> u32 { twice_here!() }
    pub fn by_caller() -> u32 { super::caller() }
    pub fn by_itself() -> u32 { line!() }
}
fn other(x: u32) -> u32 { x }
pub fn answer() -> String { format!("{} {} {} {} {}", user::by_macro(), user::by_macros(), user::by_caller(), user::by_itself(), other(0)) }
"#,
        )],
        "5 6 7 8 0",
    )
    .edits(&[
        edit("src/lib.rs", "mod user {", "// moved\n\nmod user {", "7 8 9 10 0"),
        edit("src/lib.rs", "    pub fn by_caller", "\n    pub fn by_caller", "7 8 10 11 0"),
        edit("src/lib.rs", "mod user {", "\nmod user {", "8 9 11 12 0"),
        edit("src/lib.rs", "u32 { x }", "u32 {\n x + 1 }", "8 9 11 12 1"),
    ]),
    Case::new(
        "callers' places",
        &[(
            "src/lib.rs",
            r#"
use std::panic::Location;
#[track_caller] fn line() -> u32 { Location::caller().line() * 10 }
#[track_caller] fn passed_on() -> u32 { line() + 1 }
fn asks() -> u32 { passed_on() }
pub struct S;
impl S { #[track_caller] fn column(&self) -> u32 { Location::caller().column() } }
trait T { #[track_caller] fn of_trait(&self) -> u32; }
impl T for S { fn of_trait(&self) -> u32 { Location::caller().column() } }
pub fn answer() -> String { format!("{} {} {} {}", asks(), passed_on(), S.column(), S.of_trait()) }
"#,
        )],
        "41 91 75 87",
    )
    .edits(&[
        edit("src/lib.rs", "line() * 10 }", "line() * 100 }", "401 901 75 87"),
        edit("src/lib.rs", "line() + 1 }", "line() + 2 }", "402 902 75 87"),
        edit("src/lib.rs", "fn column(&self) -> u32 { Location::caller().column() }", "fn column(&self) -> u32 { Location::caller().column() + 100 }", "402 902 175 87"),
        edit("src/lib.rs", "fn of_trait(&self) -> u32 { Location::caller().column() }", "fn of_trait(&self) -> u32 { Location::caller().column() + 1000 }", "402 902 175 1087"),
    ]),
    Case::new(
        "text that a macro sees as text",
        &[(
            "src/lib.rs",
            r#"
macro_rules! shown { ($e:expr) => { (stringify!($e), $e) } }
macro_rules! raw { ($($t:tt)*) => { stringify!($($t)*) } }
fn direct() -> &'static str { stringify!(a+b) }
fn expression() -> String { format!("{:?}", shown!(1+2)) }
fn tokens() -> &'static str { raw!(x+y) }
pub fn answer() -> String { format!("{} {} {}", direct(), expression(), tokens()) }
"#,
        )],
        "a+b (\"1+2\", 3) x+y",
    )
    .edits(&[
        edit("src/lib.rs", "(a+b)", "(a + b)", "a + b (\"1+2\", 3) x+y"),
        edit("src/lib.rs", "(1+2)", "(1 + 2)", "a + b (\"1 + 2\", 3) x+y"),
        edit("src/lib.rs", "(x+y)", "(x +y)", "a + b (\"1 + 2\", 3) x +y"),
        edit("src/lib.rs", "(a + b)", "(a + /* why */ b)", "a + b (\"1 + 2\", 3) x +y"),
    ]),
    Case::new(
        "a value of a function's own type that outlives the call",
        &[(
            "src/lib.rs",
            r#"
use std::any::Any;
use std::sync::Mutex;
static KEPT: Mutex<Option<Box<dyn Any + Send>>> = Mutex::new(None);
fn looked() -> String {
    struct Local(u32);
    let mut kept = KEPT.lock().unwrap();
    let value = kept.get_or_insert_with(|| Box::new(Local(1)));
    let found = value.downcast_ref::<Local>().map(|local| local.0);
    format!("{found:?} a")
}
pub fn answer() -> String { looked() }
"#,
        )],
        "Some(1) a",
    )
    .edits(&[edit("src/lib.rs", "{found:?} a", "{found:?} b", "Some(1) b")]),
    Case::new(
        "parameters that are written over several lines",
        &[(
            "src/lib.rs",
            r#"
fn product((a, b /* second */, // the last
    ): (u32, u32)) -> u32 { a * b }
fn sum(
    [first, .., // between
     last]: [u32; 3],
    /* of */ Point { x, /* y */ .. }: Point,
) -> u32 { first + last + x }
#[derive(Clone, Copy)]
struct Point { x: u32, #[allow(dead_code)] y: u32 }
pub fn answer() -> String { format!("{} {}", product((3, 4)), sum([1, 2, 3], Point { x: 10, y: 0 })) }
"#,
        )],
        "12 14",
    )
    .edits(&[
        edit("src/lib.rs", "{ a * b }", "{ a + b }", "7 14"),
        edit("src/lib.rs", "first + last + x }", "first + last * x }", "7 31"),
    ]),
];

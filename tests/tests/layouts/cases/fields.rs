//! Fields of structs: added, removed, renamed, reordered, of another type.

use crate::layouts::spec::{Spec, case};

pub fn cases() -> Vec<Spec> {
    vec![
        case("nothing_changed", "struct State { a: u8, b: Vec<Counted> }", "struct State { a: u8, b: Vec<Counted> }", "State { a: 1, b: vec![counted(1)] }"),
        case("added_with_default", "struct State { a: Counted }", "struct State { a: Counted, b: Vec<u8>, c: Counted }", "State { a: counted(1) }")
            .moved(&["State: field `b: Vec<u8>` added", "State: field `c: Counted` added"], "State { a: #1, b: [], c: #0 }")
            .back(&["State: field `b: Vec<u8>` removed", "State: field `c: Counted` removed"], "State { a: #1 }"),
        case("added_with_expression", "struct State { a: u8 }", "struct State { #[hot(default = 1.5 + HALF)] speed: f32, a: u8, #[hot(default = counted(7))] c: Counted } const HALF: f32 = 0.5;", "State { a: 1 }")
            .moved(&["State: field `speed: f32` added", "State: field `c: Counted` added"], "State { speed: 2.0, a: 1, c: #7 }")
            .back(&["State: field `speed: f32` removed", "State: field `c: Counted` removed"], "State { a: 1 }"),
        case("added_without_default", "struct State { a: Counted }", "struct State { a: Counted, b: Inner }\nstruct Inner { n: u8 }", "State { a: counted(1) }")
            .refused(&["State: field `b: Inner` added, and its type has no `Default`; write `#[hot(default = …)]` before it"]),
        case("removed", "struct State { gone: Counted, a: Counted, plain: u64 }", "struct State { a: Counted }", "State { gone: counted(1), a: counted(2), plain: 3 }")
            .moved(&["State: field `gone: Counted` removed", "State: field `plain: u64` removed"], "State { a: #2 }")
            .back(&["State: field `gone: Counted` added", "State: field `plain: u64` added"], "State { gone: #0, a: #2, plain: 0 }"),
        case("renamed", "struct State { #[hot(rename = \"health\")] hp: Counted, mp: u8 }", "struct State { mp: u8, #[hot(rename = \"hp\")] health: Counted }", "State { hp: counted(1), mp: 2 }")
            .moved(&["State: field `hp` renamed to `health`"], "State { mp: 2, health: #1 }")
            .back(&["State: field `health` renamed to `hp`"], "State { hp: #1, mp: 2 }"),
        case("renamed_without_saying_so", "struct State { hp: Counted }", "struct State { health: Counted }", "State { hp: counted(1) }")
            .moved(&["State: field `health: Counted` added", "State: field `hp: Counted` removed"], "State { health: #0 }")
            .back(&["State: field `hp: Counted` added", "State: field `health: Counted` removed"], "State { hp: #0 }"),
        case("renamed_and_of_another_type", "struct State { #[hot(rename = \"health\")] hp: u8 }", "struct State { #[hot(rename = \"hp\")] health: u16 }", "State { hp: 1 }")
            .moved(&["State: field `hp` renamed to `health`", "State: field `health`: `u8` -> `u16`"], "State { health: 1 }")
            .back(&["State: field `health` renamed to `hp`", "State: field `hp`: `u16` -> `u8`"], "State { hp: 1 }"),
        case("renamed_twice_over", "struct State { a: Counted }", "struct State { #[hot(rename = \"b\", rename = \"a\")] c: Counted }", "State { a: counted(1) }")
            .moved(&["State: field `a` renamed to `c`"], "State { c: #1 }")
            .back(&["State: field `c` renamed to `a`"], "State { a: #1 }"),
        // The old field has one heir: the one that was renamed, before a new field of its name.
        case("an_old_name_is_used_again", "struct State { hp: Counted }", "struct State { #[hot(rename = \"hp\")] health: Counted, #[hot(default = counted(9))] hp: Counted }", "State { hp: counted(1) }")
            .moved(&["State: field `hp` renamed to `health`", "State: field `hp: Counted` added"], "State { health: #1, hp: #9 }")
            .back(&["State: field `health` renamed to `hp`", "State: field `hp: Counted` removed"], "State { hp: #1 }"),
        case("two_fields_of_one_old_name", "struct State { a: Counted }", "struct State { #[hot(rename = \"a\")] b: Counted, #[hot(rename = \"a\")] c: Counted }", "State { a: counted(1) }")
            .moved(&["State: field `a` renamed to `b`", "State: field `c: Counted` added"], "State { b: #1, c: #0 }")
            .back(&["State: field `b` renamed to `a`", "State: field `c: Counted` removed"], "State { a: #1 }"),
        case("names_exchanged", "struct State { a: u8, b: Counted }", "struct State { #[hot(rename = \"a\")] b: u8, #[hot(rename = \"b\")] a: Counted }", "State { a: 1, b: counted(2) }")
            .moved(&["State: field `a` renamed to `b`", "State: field `b` renamed to `a`"], "State { b: 1, a: #2 }")
            .back_refused(&["State: field `a`: `Counted` -> `u8`: no way from one to the other", "State: field `b`: `u8` -> `Counted`: no way from one to the other"]),
        case("reordered", "#[repr(C)]\nstruct State { a: u8, b: Counted, c: u16 }", "#[repr(C)]\nstruct State { c: u16, b: Counted, a: u8 }", "State { a: 1, b: counted(2), c: 3 }")
            .moved(&["State: laid out anew"], "State { c: 3, b: #2, a: 1 }")
            .back(&["State: laid out anew"], "State { a: 1, b: #2, c: 3 }"),
        // Without `repr(C)` the compiler sets fields in its own order; only the order of declaration differs.
        case("reordered_in_the_source_only", "struct State { a: u8, b: Counted }", "struct State { b: Counted, a: u8 }", "State { a: 1, b: counted(2) }")
            .moved(&["State: laid out anew"], "State { b: #2, a: 1 }")
            .back(&["State: laid out anew"], "State { a: 1, b: #2 }"),
        case("retyped_with_conversion", "struct State { a: Counted, n: u8 }", "struct State { a: Counted, n: f64 }", "State { a: counted(1), n: 7 }")
            .moved(&["State: field `n`: `u8` -> `f64`"], "State { a: #1, n: 7.0 }")
            .back(&["State: field `n`: `f64` -> `u8`"], "State { a: #1, n: 7 }"),
        case("retyped_without_conversion", "struct State { a: Counted, n: String }", "struct State { a: Counted, n: u32 }", "State { a: counted(1), n: \"7\".into() }")
            .refused(&["State: field `n`: `String` -> `u32`: no way from one to the other"]),
        case("all_errors_at_once", "struct State { a: String, b: u8, v: Vec<Inner> }\nstruct Inner { x: String }", "struct State { a: u8, b: String, c: NoDefault, v: Vec<Inner> }\nstruct NoDefault;\nstruct Inner { x: u8 }", "State { a: \"\".into(), b: 1, v: vec![] }")
            .refused(&["State: field `a`: `String` -> `u8`: no way from one to the other", "State: field `b`: `u8` -> `String`: no way from one to the other", "State: field `c: NoDefault` added, and its type has no `Default`; write `#[hot(default = …)]` before it", "State.v > Inner: field `x`: `String` -> `u8`: no way from one to the other"]),
        case("same_size", "struct State { n: u32 }", "struct State { n: f32 }", "State { n: 7 }")
            .moved(&["State: field `n`: `u32` -> `f32`"], "State { n: 7.0 }")
            .back(&["State: field `n`: `f32` -> `u32`"], "State { n: 7 }"),
        case("with_a_value", "struct State { n: String, a: Counted }", "struct State { #[hot(with = length)] n: usize, a: Counted }\nfn length(old: &String) -> usize { old.len() }", "State { n: \"seven\".into(), a: counted(1) }")
            .moved(&["State: field `n`: `String` -> `usize`, by its function"], "State { n: 5, a: #1 }")
            .back_refused(&["State: field `n`: `usize` -> `String`: no way from one to the other"]),
        case("with_a_closure_and_a_rename", "struct State { pair: (Counted, Counted) }", "struct State { #[hot(rename = \"pair\", with = |old: &(Counted, Counted)| vec![old.1.clone(), old.0.clone()])] list: Vec<Counted> }", "State { pair: (counted(1), counted(2)) }")
            .moved(&["State: field `pair` renamed to `list`", "State: field `list`: `(Counted, Counted)` -> `Vec<Counted>`, by its function"], "State { list: [#2, #1] }")
            .back_refused(&["State: field `pair`: `Vec<Counted>` -> `(Counted, Counted)`: no way from one to the other"]),
        case("with_a_result", "struct State { all: Vec<Item> }\nstruct Item { n: String }", "struct State { all: Vec<Item> }\nstruct Item { #[hot(with = parsed)] n: Parsed }\nstruct Parsed { n: u8, c: Counted }\nfn parsed(old: &String) -> Result<Parsed, std::num::ParseIntError> { Ok(Parsed { n: old.parse()?, c: counted(1) }) }", "State { all: vec![Item { n: \"7\".into() }, Item { n: \"8\".into() }] }")
            .moved(&["State.all > Item: field `n`: `String` -> `Parsed`, by its function"], "State { all: [Item { n: Parsed { n: 7, c: #1 } }, Item { n: Parsed { n: 8, c: #1 } }] }")
            .back_refused(&["State.all > Item: field `n`: `Parsed` -> `String`: no way from one to the other"]),
        case("with_a_result_that_is_an_error", "struct State { a: Counted, all: Vec<Item> }\nstruct Item { n: String }", "struct State { #[hot(default = counted(9))] b: Counted, a: Counted, all: Vec<Item> }\nstruct Item { #[hot(with = parsed)] n: Parsed }\nstruct Parsed { n: u8, c: Counted }\nfn parsed(old: &String) -> Result<Parsed, std::num::ParseIntError> { Ok(Parsed { c: counted(1), n: old.parse()? }) }", "State { a: counted(2), all: vec![Item { n: \"7\".into() }, Item { n: \"x\".into() }, Item { n: \"9\".into() }] }")
            .failed("State.all[1].n: invalid digit found in string"),
        case("with_of_a_result_field", "struct State { n: String }", "struct State { #[hot(with = parsed)] n: Result<u8, String> }\nfn parsed(old: &String) -> Result<u8, String> { old.parse().map_err(|_| old.clone()) }", "State { n: \"x\".into() }")
            .moved(&["State: field `n`: `String` -> `Result<u8, String>`, by its function"], "State { n: Err(\"x\") }")
            .back_refused(&["State: field `n`: `Result<u8, String>` -> `String`: no way from one to the other"]),
        case("with_of_a_wrong_argument", "struct State { n: String }", "struct State { #[hot(with = length)] n: usize }\nfn length(old: &u32) -> usize { *old as usize }", "State { n: \"seven\".into() }")
            .refused(&["State: field `n`: `String` -> `usize`: its function takes a `u32`, and the old field is another type"]),
        case("with_of_an_equal_type_is_not_called", "struct State { n: u8, m: u8 }", "struct State { #[hot(with = doubled)] n: u8 }\nfn doubled(old: &u8) -> u8 { old * 2 }", "State { n: 7, m: 0 }")
            .moved(&["State: field `m: u8` removed"], "State { n: 7 }")
            .back(&["State: field `m: u8` added"], "State { n: 7, m: 0 }"),
        case("nested", "struct State { a: A, b: A }\nstruct A { b: B, c: Counted }\nstruct B { n: u8, c: Counted }", "struct State { a: A, b: A }\nstruct A { c: Counted, b: B }\nstruct B { n: u16, c: Counted, new: bool }", "State { a: A { b: B { n: 1, c: counted(1) }, c: counted(2) }, b: A { b: B { n: 3, c: counted(3) }, c: counted(4) } }")
            .moved(&["State.a > A.b > B: field `n`: `u8` -> `u16`", "State.a > A.b > B: field `new: bool` added"], "State { a: A { c: #2, b: B { n: 1, c: #1, new: false } }, b: A { c: #4, b: B { n: 3, c: #3, new: false } } }")
            .back(&["State.a > A.b > B: field `n`: `u16` -> `u8`", "State.a > A.b > B: field `new: bool` removed"], "State { a: A { b: B { n: 1, c: #1 }, c: #2 }, b: A { b: B { n: 3, c: #3 }, c: #4 } }"),
        case("tuple_struct_becomes_named", "struct State(u8, Counted);", "struct State { #[hot(rename = \"1\")] c: Counted, #[hot(rename = \"0\")] n: u8 }", "State(1, counted(2))")
            .moved(&["State: field `1` renamed to `c`", "State: field `0` renamed to `n`"], "State { c: #2, n: 1 }")
            .back(&["State: field `n` renamed to `0`", "State: field `c` renamed to `1`"], "State(1, #2)"),
        // Whether a tuple's types have a `Default` is not known; see the next case for what can be done.
        case("tuples_grow", "struct State { t: (u8, Counted) }", "struct State { t: (u16, Counted, bool) }", "State { t: (1, counted(2)) }")
            .refused(&["State.t > (u16, Counted, bool): field `2: bool` added, and nothing says what it is to be; give the field that holds this `#[hot(with = …)]`"]),
        case("tuples_grow_by_a_function", "struct State { t: (u8, Counted) }", "struct State { #[hot(with = |old: &(u8, Counted)| (old.0.into(), old.1.clone(), true))] t: (u16, Counted, bool) }", "State { t: (1, counted(2)) }")
            .moved(&["State: field `t`: `(u8, Counted)` -> `(u16, Counted, bool)`, by its function"], "State { t: (1, #2, true) }")
            .back(&["State.t > (u8, Counted): field `0`: `u16` -> `u8`", "State.t > (u8, Counted): field `2: bool` removed", "State: field `t`: `(u16, Counted, bool)` -> `(u8, Counted)`"], "State { t: (1, #2) }"),
        case("tuples_shrink", "struct State { t: (u8, Counted, Counted) }", "struct State { t: (u16, Counted) }", "State { t: (1, counted(2), counted(3)) }")
            .moved(&["State.t > (u16, Counted): field `0`: `u8` -> `u16`", "State.t > (u16, Counted): field `2: Counted` removed", "State: field `t`: `(u8, Counted, Counted)` -> `(u16, Counted)`"], "State { t: (1, #2) }")
            .back_refused(&["State.t > (u8, Counted, Counted): field `2: Counted` added, and nothing says what it is to be; give the field that holds this `#[hot(with = …)]`"]),
        // Each field is told of, also where the types are those of another.
        case("the_same_error_in_several_fields", "struct State { a: String, b: String, c: Vec<String>, d: Vec<String>, e: Inner, f: Inner }\nstruct Inner { x: String }", "struct State { a: u8, b: u8, c: Vec<u8>, d: Vec<u8>, e: Inner, f: Inner }\nstruct Inner { x: u8 }", "State { a: String::new(), b: String::new(), c: vec![], d: vec![], e: Inner { x: String::new() }, f: Inner { x: String::new() } }")
            .refused(&["State: field `a`: `String` -> `u8`: no way from one to the other", "State: field `b`: `String` -> `u8`: no way from one to the other", "State: field `c`: `Vec<String>` -> `Vec<u8>`: no way from one to the other", "State: field `d`: `Vec<String>` -> `Vec<u8>`: no way from one to the other", "State.e > Inner: field `x`: `String` -> `u8`: no way from one to the other"]),
        case("raw_names", "struct State { r#type: u8, r#fn: Counted }", "struct State { r#type: u16, r#fn: Counted }", "State { r#type: 1, r#fn: counted(2) }")
            .moved(&["State: field `r#type`: `u8` -> `u16`"], "State { type: 1, fn: #2 }")
            .back(&["State: field `r#type`: `u16` -> `u8`"], "State { type: 1, fn: #2 }"),
        case("opaque_of_another_size", "struct State { #[hot(opaque)] raw: [u8; 4] }", "struct State { #[hot(opaque)] raw: [u8; 8] }", "State { raw: [1; 4] }")
            .refused(&["State: field `raw`: `[u8; 4]` -> `[u8; 8]`: no way from one to the other"]),
        case("opaque_of_another_size_and_the_same_name", "struct State { #[hot(opaque)] raw: Raw }\npub struct Raw([u8; 4]);\nimpl fmt::Debug for Raw { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(\"raw\") } }", "struct State { #[hot(opaque)] raw: Raw }\npub struct Raw([u8; 8]);\nimpl fmt::Debug for Raw { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(\"raw\") } }", "State { raw: Raw([1; 4]) }")
            .refused(&["State: field `raw`: `Raw` -> `Raw`: no way from one to the other (Raw: size 4 -> 8)"]),
        case("no_longer_opaque", "struct State { #[hot(opaque)] inner: Inner, n: u8 }\nstruct Inner { c: Counted }", "struct State { inner: Inner, n: u8 }\nstruct Inner { c: Counted }", "State { inner: Inner { c: counted(1) }, n: 1 }")
            .refused(&["State: field `inner`: `Inner` -> `Inner`: no way from one to the other (Inner: was marked `#[hot(opaque)]`, is a struct now)"]),
    ]
}

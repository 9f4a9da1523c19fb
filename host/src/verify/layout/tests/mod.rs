//! Two versions of a type, and what is told of them.

use liveswap::layout::Describe;

use super::Comparison;
use crate::verify::identity::Identities;

fn diff(old: Describe, new: Describe) -> Vec<String> {
    super::diff(old, new, &Identities::default())
}

/// What is told of two versions of the type `$root`. Both stand in blocks of one function, so that both have the same
/// path, as the versions of a library have.
macro_rules! told {
    ($root:ty: { $($old:tt)* } { $($new:tt)* }) => {{
        let old = {
            #[allow(unused_imports)]
            use liveswap::{HotType, hot};
            $($old)*
            <$root as HotType>::info
        };
        let new = {
            #[allow(unused_imports)]
            use liveswap::{HotType, hot};
            $($new)*
            <$root as HotType>::info
        };
        assert_eq!(diff(old, old), [""; 0], "a type has no difference to itself");
        assert_eq!(diff(new, new), [""; 0], "a type has no difference to itself");
        diff(old, new)
    }};
}

/// As `told`, where `$root` is over `Vec2`, in which a field of the same size changed.
macro_rules! told_around {
    ($($root:tt)*) => {
        told!(Game:
            { #[derive(HotType)] struct Vec2 { _x: u32 }
              #[derive(HotType)] struct Game { _it: $($root)* } }
            { #[derive(HotType)] struct Vec2 { _x: f32 }
              #[derive(HotType)] struct Game { _it: $($root)* } }
        )
    };
}

mod generated;
mod traits;

#[test]
fn an_added_field_is_named_with_its_place() {
    let told = told!(Game:
        { #[derive(HotType)] #[repr(C)] struct Game { _hp: u64, _flag: u32 } }
        { #[derive(HotType)] #[repr(C)] struct Game { _hp: u64, _speed: f32, _flag: u32 } }
    );
    assert_eq!(told, ["Game: field `_speed: f32` added at offset 8", "Game: `_flag` moved 8 -> 12"]);
    let told = told!(Game:
        { #[derive(HotType)] #[repr(C)] struct Game { _all: [u64; 22], _flag: u64 } }
        { #[derive(HotType)] #[repr(C)] struct Game { _all: [u64; 22], _speed: f32, _flag: u64 } }
    );
    assert_eq!(
        told,
        ["Game: size 184 -> 192", "Game: field `_speed: f32` added at offset 176", "Game: `_flag` moved 176 -> 184"]
    );
}

#[test]
fn removed_and_renamed_fields_are_named() {
    let told = told!(Game:
        { #[derive(HotType)] struct Game { _hp: u32 } }
        { #[derive(HotType)] struct Game { _health: u32 } }
    );
    assert_eq!(told, ["Game: field `_health: u32` added at offset 0", "Game: field `_hp: u32` removed"]);
    let told = told!(Game:
        { #[derive(HotType)] struct Game { _hp: u32, _name: String } }
        { #[derive(HotType)] struct Game { _name: String } }
    );
    assert!(told.contains(&"Game: size 32 -> 24".to_owned()), "{told:?}");
    assert!(told.contains(&"Game: field `_hp: u32` removed".to_owned()), "{told:?}");
}

#[test]
fn an_order_that_counts_is_seen() {
    let told = told!(Game:
        { #[derive(HotType)] #[repr(C)] struct Game { _a: u32, _b: u32 } }
        { #[derive(HotType)] #[repr(C)] struct Game { _b: u32, _a: u32 } }
    );
    assert_eq!(told, ["Game: `_b` moved 4 -> 0", "Game: `_a` moved 0 -> 4"]);
    // Fields of a tuple have no names but their places.
    let told = told!(Game:
        { #[derive(HotType)] struct Game(u32, f32); }
        { #[derive(HotType)] struct Game(f32, u32); }
    );
    assert_eq!(told, ["Game: field `0`: type `u32` -> `f32`", "Game: field `1`: type `f32` -> `u32`"]);
}

#[test]
fn types_are_told_by_name() {
    let told = told!(Game:
        { #[derive(HotType)] struct Game { _a: u32, _b: [u8; 3], _c: (u8, bool), _d: Option<Box<u8>>, _e: fn(u8) } }
        { #[derive(HotType)] struct Game { _a: f32, _b: [i8; 3], _c: (bool, u8), _d: Option<Box<i8>>, _e: fn(i8) } }
    );
    assert_eq!(
        told,
        [
            "Game: field `_a`: type `u32` -> `f32`",
            "Game: field `_b`: type `[u8; 3]` -> `[i8; 3]`",
            "Game: field `_c`: type `(u8, bool)` -> `(bool, u8)`",
            "Game: field `_d`: type `Option<Box<u8>>` -> `Option<Box<i8>>`",
            "Game: field `_e`: type `fn(u8)` -> `fn(i8)`",
        ]
    );
    let told = told!(Game:
        { #[derive(HotType)] struct Game { _all: [u8; 3] } }
        { #[derive(HotType)] struct Game { _all: [u8; 4] } }
    );
    assert_eq!(told, ["Game: size 3 -> 4", "Game: field `_all`: type `[u8; 3]` -> `[u8; 4]`"]);
    assert_eq!(diff(<u32 as liveswap::HotType>::info, <f32 as liveswap::HotType>::info), ["type `u32` -> `f32`"]);
}

#[test]
fn a_change_inside_is_seen_through_everything() {
    for told in [
        told_around!(Vec2),
        told_around!(Vec<Vec2>),
        told_around!(Option<Vec2>),
        told_around!(Box<Vec2>),
        told_around!([Vec2; 2]),
        told_around!(std::collections::HashMap<String, Option<Vec<Box<Vec2>>>>),
        told_around!(std::rc::Rc<std::cell::RefCell<Vec2>>),
        told_around!(Box<dyn Fn(&mut Vec2, f32)>),
        told_around!(fn() -> Result<Vec2, ()>),
    ] {
        assert_eq!(told, ["Game._it > Vec2: field `_x`: type `u32` -> `f32`"]);
    }
    assert_eq!(told_around!((u8, Vec2)), ["Game._it > (u8, Vec2).1 > Vec2: field `_x`: type `u32` -> `f32`"]);
}

#[test]
fn generics_are_seen_through_and_their_order_counts() {
    let told = told!(Game:
        { #[derive(HotType)] struct Vec2 { _x: u32 }
          #[derive(HotType)] struct Wrapper<T> { _value: T }
          #[derive(HotType)] struct Game { _it: Wrapper<Vec2> } }
        { #[derive(HotType)] struct Vec2 { _x: f32 }
          #[derive(HotType)] struct Wrapper<T> { _value: T }
          #[derive(HotType)] struct Game { _it: Wrapper<Vec2> } }
    );
    assert_eq!(told, ["Game._it > Wrapper<Vec2>._value > Vec2: field `_x`: type `u32` -> `f32`"]);
    let told = told!(Game:
        { #[derive(HotType)] struct Two<A, B>(A, B);
          #[derive(HotType)] struct Game { _it: Two<u8, i8> } }
        { #[derive(HotType)] struct Two<B, A>(A, B);
          #[derive(HotType)] struct Game { _it: Two<u8, i8> } }
    );
    assert_eq!(
        told,
        [
            "Game._it > Two<u8, i8>: field `0`: type `u8` -> `i8`",
            "Game._it > Two<u8, i8>: field `1`: type `i8` -> `u8`"
        ]
    );
    let told = told!(Game:
        { #[derive(HotType)] struct Game { _it: Result<u8, i8> } }
        { #[derive(HotType)] struct Game { _it: Result<i8, u8> } }
    );
    assert_eq!(told, ["Game: field `_it`: type `Result<u8, i8>` -> `Result<i8, u8>`"]);
}

#[test]
fn lifetimes_make_no_difference() {
    let told = told!(Game<'static>:
        { #[derive(HotType)] struct Game<'a> { _name: &'a str } }
        { #[derive(HotType)] struct Game<'b> { _name: &'b str } }
    );
    assert_eq!(told, [""; 0]);
    let told = told!(Game:
        { #[derive(HotType)] struct Name<'a> { _text: &'a str }
          #[derive(HotType)] struct Game { _name: Name<'static> } }
        { #[derive(HotType)] struct Name { _text: &'static str }
          #[derive(HotType)] struct Game { _name: Name } }
    );
    assert_eq!(told, [""; 0]);
}

#[test]
fn enums_show_variants_and_their_fields() {
    let told = told!(Game:
        { #[derive(HotType)] #[allow(dead_code)] enum Ev { Tick(f32), Named { name: String, id: u8 } }
          #[derive(HotType)] struct Game { _ev: Ev } }
        { #[derive(HotType)] #[allow(dead_code)] enum Ev { Tick(f64), Quit, Named { id: u8, name: String } }
          #[derive(HotType)] struct Game { _ev: Ev } }
    );
    assert_eq!(
        told,
        [
            "Game._ev > Ev::Tick: field `0`: type `f32` -> `f64`",
            "Game._ev > Ev: variant `Quit` added",
            "Game._ev > Ev: variant `Named` moved 1 -> 2",
            "Game._ev > Ev::Named: fields are in another order",
        ]
    );
}

#[test]
fn discriminants_are_compared_by_value() {
    let told = told!(Mode:
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, On } }
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off = 1, On } }
    );
    assert_eq!(told, ["Mode: variant `Off`: discriminant 0 -> 1", "Mode: variant `On`: discriminant 1 -> 2"]);
    let told = told!(Mode:
        { const FIRST: isize = 1;
          #[derive(HotType)] #[allow(dead_code)] enum Mode { Off = FIRST, On } }
        { const FIRST: isize = 2;
          #[derive(HotType)] #[allow(dead_code)] enum Mode { Off = FIRST, On } }
    );
    assert_eq!(told, ["Mode: variant `Off`: discriminant 1 -> 2", "Mode: variant `On`: discriminant 2 -> 3"]);
    let told = told!(Mode:
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, On } }
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, Idle, On } }
    );
    assert_eq!(told, ["Mode: variant `Idle` added", "Mode: variant `On` moved 1 -> 2"]);
    let told = told!(Mode:
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, Idle, On } }
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, On = 2 } }
    );
    assert_eq!(told, ["Mode: variant `On` moved 2 -> 1", "Mode: variant `Idle` removed"]);
    let told = told!(Mode:
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off = 0, On = 1 } }
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, On } }
    );
    assert_eq!(told, [""; 0], "what is written is what was");
}

#[test]
fn a_repr_is_seen() {
    let told = told!(Mode:
        { #[derive(HotType)] #[allow(dead_code)] enum Mode { Off, On } }
        { #[derive(HotType)] #[allow(dead_code)] #[repr(u8)] enum Mode { Off, On } }
    );
    assert_eq!(told, ["Mode: repr none -> `u8`"]);
    let told = told!(Game:
        { #[derive(HotType)] struct Game { _a: u8 } }
        { #[derive(HotType)] #[repr(C, align(16))] struct Game { _a: u8 } }
    );
    assert_eq!(told, ["Game: size 1 -> 16, align 1 -> 16", "Game: repr none -> `C, align(16)`"]);
}

#[test]
fn a_type_that_moved_is_the_same_if_it_is_laid_out_alike() {
    let told = told!(Game:
        { mod a { #[derive(liveswap::HotType)] pub struct Vec2 { _x: u32 } }
          #[derive(HotType)] struct Game { _at: a::Vec2, _all: Vec<a::Vec2> } }
        { mod b { #[derive(liveswap::HotType)] pub struct Vec2 { _x: u32 } }
          #[derive(HotType)] struct Game { _at: b::Vec2, _all: Vec<b::Vec2> } }
    );
    assert_eq!(told, [""; 0]);
    let told = told!(Game:
        { mod a { #[derive(liveswap::HotType)] pub struct Vec2 { _x: u32 } }
          #[derive(HotType)] struct Game { _at: a::Vec2, _all: Vec<a::Vec2> } }
        { mod b { #[derive(liveswap::HotType)] pub struct Vec2 { _x: f32 } }
          #[derive(HotType)] struct Game { _at: b::Vec2, _all: Vec<b::Vec2> } }
    );
    // Both in full: neither says what of `Vec2` the user has changed.
    let [told] = &told[..] else { panic!("{told:?}") };
    let told = told.replace(module_path!(), "…");
    assert_eq!(
        told,
        "Game._at > …::a_type_that_moved_is_the_same_if_it_is_laid_out_alike::b::Vec2 (was …::a_type_that_moved_is_the_same_if_it_is_laid_out_alike::a::Vec2): field `_x`: type `u32` -> `f32`"
    );
}

#[test]
fn where_the_inside_is_not_known_the_path_counts() {
    let told = told!(Game:
        { mod a { pub struct Socket(#[expect(dead_code)] u32); }
          #[derive(HotType)] struct Game { #[hot(opaque)] _it: a::Socket } }
        { mod b { pub struct Socket(#[expect(dead_code)] u32); }
          #[derive(HotType)] struct Game { #[hot(opaque)] _it: b::Socket } }
    );
    let [told] = &told[..] else { panic!("{told:?}") };
    let told = told.replace(module_path!(), "…");
    assert_eq!(
        told,
        "Game: field `_it`: type `…::where_the_inside_is_not_known_the_path_counts::a::Socket` -> `…::where_the_inside_is_not_known_the_path_counts::b::Socket`"
    );
    // The same within a container.
    let told = diff(
        <Vec<std::sync::atomic::Ordering> as liveswap::HotType>::info,
        <Vec<std::cmp::Ordering> as liveswap::HotType>::info,
    );
    assert_eq!(told, ["type `core::sync::atomic::Ordering` -> `core::cmp::Ordering`"]);
    // And for the container: one is `std::rc`'s, the other `std::sync`'s.
    let told = diff(<std::rc::Weak<u8> as liveswap::HotType>::info, <std::sync::Weak<u8> as liveswap::HotType>::info);
    assert_eq!(told, ["type `alloc::rc::Weak<u8>` -> `alloc::sync::Weak<u8>`"]);
}

#[test]
fn another_kind_of_type_is_seen() {
    let told = told!(Game:
        { #[derive(HotType)] struct At { _x: u32 }
          #[derive(HotType)] struct Game { _at: At } }
        { #[allow(dead_code)] struct At { _x: u32 }
          #[derive(HotType)] struct Game { #[hot(opaque)] _at: At } }
    );
    assert_eq!(told, ["Game._at > At: was a struct, is marked `#[hot(opaque)]` now"]);
}

#[test]
fn a_recursive_type_ends() {
    let told = told!(Tree:
        { #[derive(HotType)] struct Tree { _children: Vec<Tree>, _value: u8 } }
        { #[derive(HotType)] struct Tree { _children: Vec<Tree>, _value: i8 } }
    );
    assert_eq!(told, ["Tree: field `_value`: type `u8` -> `i8`"]);
}

#[test]
fn a_difference_is_told_once_in_several_comparisons() {
    let old = {
        #[derive(liveswap::HotType)]
        struct At {
            _x: u8,
        }
        <At as liveswap::HotType>::info
    };
    let new = {
        #[derive(liveswap::HotType)]
        struct At {
            _x: i8,
        }
        <At as liveswap::HotType>::info
    };
    let identities = Identities::default();
    let mut comparison = Comparison::new(&identities);
    assert_eq!(comparison.compare(old, new), ["At: field `_x`: type `u8` -> `i8`"]);
    assert_eq!(comparison.compare(old, new), [""; 0]);
    assert_eq!(comparison.untold(), 0);
}

#[test]
fn of_many_differences_the_first_are_listed() {
    let told = told!(Game:
        { #[derive(HotType)] struct Game(u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8); }
        { #[derive(HotType)] struct Game(i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, i8); }
    );
    assert_eq!(told.len(), 13, "{told:#?}");
    assert_eq!(told[11], "Game: field `11`: type `u8` -> `i8`");
    assert_eq!(told[12], "… and 3 more differences");
}

#[test]
fn an_opaque_type_of_another_id_is_another_type() {
    // Types of one path and one size are two types where they stand in two blocks, as with two versions of a crate.
    let told = told!(Game:
        { pub struct Body(#[allow(dead_code)] u32); #[derive(HotType)] pub struct Game { #[hot(opaque)] pub body: Body, #[hot(opaque)] pub same: Vec<u8> } }
        { pub struct Body(#[allow(dead_code)] f32); #[derive(HotType)] pub struct Game { #[hot(opaque)] pub body: Body, #[hot(opaque)] pub same: Vec<u8> } }
    );
    let [line] = told.try_into().unwrap();
    let line: String = line;
    assert!(line.starts_with("Game.body > Body: ") && line.contains("from another build of its crate"), "{line}");
}

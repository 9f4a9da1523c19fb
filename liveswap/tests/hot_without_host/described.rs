//! Types of every shape that derive `HotType`.

#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::*;
use liveswap::layout::Kind;

#[derive(HotType)]
struct Unit;

#[derive(HotType)]
struct Tuple(i32, #[hot(opaque)] std::process::Command, pub Option<Box<Tuple>>);

#[derive(HotType)]
#[repr(C, align(16))]
struct Generic<'a, T: Clone, const N: usize>
where
    T: 'a,
{
    borrowed: &'a [T],
    owned: [T; N],
    r#type: Arc<Mutex<HashMap<String, T>>>,
}

#[derive(HotType)]
enum Empty {}

#[derive(HotType)]
#[repr(i8)]
enum Numbered {
    Low = -1,
    Zero,
    High = 1 + 2,
}

const FIRST: u16 = 40_000;

#[derive(HotType)]
#[repr(C, u16)]
enum Mixed {
    Low { n: u8 } = 1,
    High(u8) = FIRST,
    Higher,
}

#[derive(HotType)]
enum Tree<K, V> {
    Leaf,
    Pair(K, V),
    Node { left: Box<Tree<K, V>>, right: Box<Tree<K, V>> },
    Foreign(#[hot(opaque)] std::process::Command),
}

#[derive(HotType)]
struct Shared {
    cell: RefCell<Vec<Rc<Shared>>>,
    callback: fn(i32) -> Option<Rc<Shared>>,
    #[hot(opaque)]
    dynamic: Box<dyn Fn()>,
}

#[test]
fn in_every_shape() {
    let Kind::Struct([]) = Unit::info().kind else { panic!("a unit struct has no fields") };
    let Kind::Struct(fields) = Tuple::info().kind else { panic!("a struct") };
    assert_eq!(fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["0", "1", "2"]);
    let info = <Generic<'_, u8, 3>>::info();
    assert_eq!((info.align, info.repr), (16, "C, align(16)"));
    let Kind::Struct(fields) = info.kind else { panic!("a struct") };
    assert_eq!(fields[2].name, "r#type");
    let Kind::Enum([]) = Empty::info().kind else { panic!("an enum without variants") };
    let Kind::Enum(variants) = Numbered::info().kind else { panic!("an enum") };
    let discriminants: Vec<_> = variants.iter().map(|variant| variant.discriminant).collect();
    assert_eq!(discriminants, [-1, 0, 3]);
    let Kind::Enum(variants) = Mixed::info().kind else { panic!("an enum") };
    let discriminants: Vec<_> = variants.iter().map(|variant| variant.discriminant).collect();
    assert_eq!(discriminants, [1, 40_000, 40_001], "by value");
    let Kind::Enum(variants) = <Tree<u8, String>>::info().kind else { panic!("an enum") };
    assert_eq!(variants.iter().map(|variant| variant.fields.len()).collect::<Vec<_>>(), [0, 2, 2, 1]);
    assert_eq!(Shared::info().size, size_of::<Shared>());
}

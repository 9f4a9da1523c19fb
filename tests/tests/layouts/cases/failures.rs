//! Functions of the user's that fail or panic in the middle, and destructors that panic.

use crate::layouts::spec::{Spec, case};

pub fn cases() -> Vec<Spec> {
    vec![
        case("default_that_panics", "struct State { a: Counted, all: Vec<Item>, m: BTreeMap<u8, Item> }\nstruct Item { c: Counted }", "struct State { #[hot(default = counted(8))] b: Counted, m: BTreeMap<u16, Item>, all: VecDeque<Item>, a: Counted }\nstruct Item { c: Counted, #[hot(default = made())] new: Counted }\nfn made() -> Counted { static COUNT: sync::atomic::AtomicU8 = sync::atomic::AtomicU8::new(0); assert!(COUNT.fetch_add(1, sync::atomic::Ordering::Relaxed) < 3, \"the fourth\"); counted(9) }", "State { a: counted(1), all: (2..5).map(|n| Item { c: counted(n) }).collect(), m: [(1, Item { c: counted(5) })].into() }")
            .failed("State.all[2].new: its default panicked: the fourth"),
        case("default_of_a_type_that_panics", "struct State { a: Counted }", "struct State { n: Never, a: Counted }\nstruct Never(u8);\nimpl Default for Never { fn default() -> Self { panic!(\"never\") } }", "State { a: counted(1) }")
            .failed("State.n: its default panicked: never"),
        case("with_that_panics", "struct State { a: Counted, all: Vec<Item> }\nstruct Item { c: Counted }", "struct State { a: Counted, all: Vec<Item> }\nstruct Item { #[hot(with = made)] c: Option<Box<Counted>> }\nfn made(old: &Counted) -> Option<Box<Counted>> { assert!(old.label() != 3, \"not three\"); Some(Box::new(old.clone())) }", "State { a: counted(1), all: (2..5).map(|n| Item { c: counted(n) }).collect() }")
            .failed("State.all[1].c: its function panicked: not three"),
        case("removed_field_whose_drop_panics", "struct State { a: Counted, gone: Loud, b: Counted, also: Vec<Counted> }", "struct State { b: Counted, a: Counted, new: u8 }", "State { a: counted(1), gone: Loud { inner: counted(2) }, b: counted(3), also: vec![counted(4)] }")
            .moved(&["State: field `new: u8` added", "State: field `gone: Loud` removed", "State: field `also: Vec<Counted>` removed"], "State { b: #3, a: #1, new: 0 }")
            .complaints(&["the drop of #2"])
            .back_refused(&["State: field `gone: Loud` added, and its type has no `Default`; write `#[hot(default = …)]` before it"]),
        case("removed_fields_whose_drops_panic", "struct State { all: Vec<Item> }\nstruct Item { gone: Loud, c: Counted }", "struct State { all: Vec<Item> }\nstruct Item { c: Counted }", "State { all: (1..4).map(|n| Item { gone: Loud { inner: counted(n) }, c: counted(10 + n) }).collect() }")
            .moved(&["State.all > Item: field `gone: Loud` removed"], "State { all: [Item { c: #11 }, Item { c: #12 }, Item { c: #13 }] }")
            .complaints(&["the drop of #1"])
            .back_refused(&["State.all > Item: field `gone: Loud` added, and its type has no `Default`; write `#[hot(default = …)]` before it"]),
        case("drop_of_a_replaced_value_panics", "struct State { a: Loud, b: Counted }", "struct State { #[hot(with = made)] a: Counted, b: Counted }\nfn made(old: &Loud) -> Counted { old.inner.clone() }", "State { a: Loud { inner: counted(1) }, b: counted(2) }")
            .moved(&["State: field `a`: `Loud` -> `Counted`, by its function"], "State { a: #1, b: #2 }")
            .complaints(&["the drop of #1"])
            .back_refused(&["State: field `a`: `Counted` -> `Loud`: no way from one to the other"]),
        case("drop_panics_on_the_way_back_to_the_old_value", "struct State { a: Counted, n: u16 }", "struct State { #[hot(default = Loud { inner: counted(7) })] loud: Loud, a: Counted, n: u8 }", "State { a: counted(1), n: 256 }")
            .failed("State.n: 256 does not fit `u8`"),
        case("hooks_value_is_dropped_where_another_part_fails", "struct State { a: Inner, n: u16 }\nstruct Inner { c: Counted }", "struct State { a: Inner, n: u8 }\n#[hot(migrate = made)]\nstruct Inner { d: Counted, e: Counted }\nfn made(old: &Parts<'_>) -> Result<Inner, MigrateError> { Ok(Inner { d: old.get::<Counted>(\"c\")?.clone(), e: counted(5) }) }", "State { a: Inner { c: counted(1) }, n: 256 }")
            .failed("State.n: 256 does not fit `u8`"),
        case("everything_is_undone", "struct State { m: FixedMap<Item, Vec<Item>>, s: BTreeSet<Item>, h: BinaryHeap<Item>, o: Option<Box<Item>>, r: Result<Item, u8>, q: VecDeque<Item>, b: Box<[Item]>, a: [Item; 2], l: Arc<Mutex<Item>>, e: Event, n: u16 }\n#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]\nstruct Item { c: Counted }\nenum Event { A(Item), B }", "struct State { m: BTreeMap<Item, Vec<Item>>, s: BinaryHeap<Item>, h: Vec<Item>, o: Box<Item>, r: Result<Item, u8>, q: Vec<Item>, b: VecDeque<Item>, a: Box<[Item]>, l: Arc<Mutex<Item>>, e: Event, n: u8 }\n#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]\nstruct Item { new: Counted, c: Counted, #[hot(default = vec![counted(9)])] more: Vec<Counted> }\nenum Event { B, A(Item, Counted) }", "{ let item = |n| Item { c: counted(n) }; State { m: [(item(1), vec![item(2), item(3)])].into_iter().collect(), s: [item(4), item(5)].into(), h: [item(6)].into(), o: Some(Box::new(item(7))), r: Ok(item(8)), q: [item(9)].into(), b: Box::new([item(10)]), a: [item(11), item(12)], l: Arc::new(Mutex::new(item(13))), e: Event::A(item(14)), n: 256 } }")
            .failed("State.n: 256 does not fit `u8`"),
        // An ordering that answers otherwise each time: one element is lost, and the state with it.
        case("a_hash_that_panics_the_second_time", "struct State { all: FixedSet<Item>, n: u8 }\n#[derive(PartialEq, Eq, Hash)]\nstruct Item { c: u8 }", "struct State { all: FixedSet<Item>, n: u8 }\n#[derive(PartialEq, Eq)]\nstruct Item { c: u8, new: u8 }\nimpl Hash for Item { fn hash<H: Hasher>(&self, _: &mut H) { static COUNT: sync::atomic::AtomicU8 = sync::atomic::AtomicU8::new(0); assert!(COUNT.fetch_add(1, sync::atomic::Ordering::Relaxed) < 1, \"not again\"); } }", "State { all: [Item { c: 1 }].into_iter().collect(), n: 1 }")
            .failed("State.all: its `Hash`, `Eq` or `Ord` panicked, which it had not done a moment before: not again"),
    ]
}

//! What a changed type stands behind: sequences, maps, options, boxes, cells and locks; and these changing themselves.

use crate::layouts::spec::{Spec, case};

/// The element of most cases, in both versions.
macro_rules! old {
    ($rest:literal) => {
        concat!("#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]\nstruct Item { c: Counted, n: u8 }\n", $rest)
    };
}
macro_rules! new {
    ($rest:literal) => {
        concat!("#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]\nstruct Item { n: u16, c: Counted }\n", $rest)
    };
}
/// An item of the old version.
macro_rules! value {
    ($before:literal, $after:literal) => {
        concat!("{ let item = |n: u8| Item { c: counted(n.into()), n };\n", $before, "[item(1), item(2)]", $after, "}")
    };
}

pub fn cases() -> Vec<Spec> {
    vec![
        case("in_a_vector", old!("struct State(Vec<Item>);"), new!("struct State(Vec<Item>);"), value!("State(Vec::from(", "))"))
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`"], "State([Item { n: 1, c: #1 }, Item { n: 2, c: #2 }])")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`"], "State([Item { c: #1, n: 1 }, Item { c: #2, n: 2 }])"),
        // A queue whose elements go around its end.
        case("in_a_queue", old!("struct State(VecDeque<Item>);"), new!("struct State(VecDeque<Item>);"), "{ let item = |n: u8| Item { c: counted(n.into()), n }; let mut queue: VecDeque<Item> = (0..4).map(item).collect(); queue.pop_front(); queue.pop_front(); queue.push_back(item(4)); State(queue) }")
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`"], "State([Item { n: 2, c: #2 }, Item { n: 3, c: #3 }, Item { n: 4, c: #4 }])")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`"], "State([Item { c: #2, n: 2 }, Item { c: #3, n: 3 }, Item { c: #4, n: 4 }])"),
        case("in_a_boxed_slice_and_an_array", old!("struct State(Box<[Item]>, [Item; 1], [[u8; 2]; 2]);"), new!("struct State(Box<[Item]>, [Item; 1], [[u16; 2]; 2]);"), "State(Box::new([Item { c: counted(1), n: 1 }]), [Item { c: counted(2), n: 2 }], [[1, 2], [3, 4]])")
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`", "State: field `2`: `[[u8; 2]; 2]` -> `[[u16; 2]; 2]`"], "State([Item { n: 1, c: #1 }], [Item { n: 2, c: #2 }], [[1, 2], [3, 4]])")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`", "State: field `2`: `[[u16; 2]; 2]` -> `[[u8; 2]; 2]`"], "State([Item { c: #1, n: 1 }], [Item { c: #2, n: 2 }], [[1, 2], [3, 4]])"),
        case("in_options_and_boxes", old!("struct State(Option<Item>, Option<Item>, Box<Item>, Option<Box<Item>>);"), new!("struct State(Option<Item>, Option<Item>, Box<Item>, Option<Box<Item>>);"), "State(Some(Item { c: counted(1), n: 1 }), None, Box::new(Item { c: counted(2), n: 2 }), Some(Box::new(Item { c: counted(3), n: 3 })))")
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`"], "State(Some(Item { n: 1, c: #1 }), None, Item { n: 2, c: #2 }, Some(Item { n: 3, c: #3 }))")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`"], "State(Some(Item { c: #1, n: 1 }), None, Item { c: #2, n: 2 }, Some(Item { c: #3, n: 3 }))"),
        case("in_cells_and_locks", old!("struct State(Mutex<Item>, RwLock<Item>, RefCell<Item>, Cell<u8>, OnceLock<Item>);"), new!("struct State(Mutex<Item>, RwLock<Item>, RefCell<Item>, Cell<u16>, OnceLock<Item>);"), "{ let item = |n: u8| Item { c: counted(n.into()), n }; State(Mutex::new(item(1)), RwLock::new(item(2)), RefCell::new(item(3)), Cell::new(4), OnceLock::new()) }")
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`", "State: field `3`: `Cell<u8>` -> `Cell<u16>`"], "State(Mutex { data: Item { n: 1, c: #1 }, poisoned: false, .. }, RwLock { data: Item { n: 2, c: #2 }, poisoned: false, .. }, RefCell { value: Item { n: 3, c: #3 } }, Cell { value: 4 }, OnceLock(<uninit>))")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`", "State: field `3`: `Cell<u16>` -> `Cell<u8>`"], "State(Mutex { data: Item { c: #1, n: 1 }, poisoned: false, .. }, RwLock { data: Item { c: #2, n: 2 }, poisoned: false, .. }, RefCell { value: Item { c: #3, n: 3 } }, Cell { value: 4 }, OnceLock(<uninit>))"),
        case("in_maps", old!("struct State(FixedMap<Item, Item>, BTreeMap<Item, Item>, HashMap<u8, Item>);"), new!("struct State(FixedMap<Item, Item>, BTreeMap<Item, Item>, HashMap<u16, Item>);"), "{ let item = |n: u8| Item { c: counted(n.into()), n }; State([(item(1), item(2))].into_iter().collect(), [(item(5), item(6)), (item(3), item(4))].into(), [(7, item(8))].into()) }")
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`", "State: field `2`: `HashMap<u8, Item>` -> `HashMap<u16, Item>`"], "State({Item { n: 1, c: #1 }: Item { n: 2, c: #2 }}, {Item { n: 3, c: #3 }: Item { n: 4, c: #4 }, Item { n: 5, c: #5 }: Item { n: 6, c: #6 }}, {7: Item { n: 8, c: #8 }})")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`", "State: field `2`: `HashMap<u16, Item>` -> `HashMap<u8, Item>`"], "State({Item { c: #1, n: 1 }: Item { c: #2, n: 2 }}, {Item { c: #3, n: 3 }: Item { c: #4, n: 4 }, Item { c: #5, n: 5 }: Item { c: #6, n: 6 }}, {7: Item { c: #8, n: 8 }})"),
        case("in_sets", old!("struct State(FixedSet<Item>, BTreeSet<Item>, BinaryHeap<Item>);"), new!("struct State(FixedSet<Item>, BTreeSet<Item>, BinaryHeap<Item>);"), "{ let item = |n: u8| Item { c: counted(n.into()), n }; State([item(1)].into_iter().collect(), [item(3), item(2)].into(), [item(4), item(4)].into()) }")
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`"], "State({Item { n: 1, c: #1 }}, {Item { n: 2, c: #2 }, Item { n: 3, c: #3 }}, [Item { n: 4, c: #4 }, Item { n: 4, c: #4 }])")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`"], "State({Item { c: #1, n: 1 }}, {Item { c: #2, n: 2 }, Item { c: #3, n: 3 }}, [Item { c: #4, n: 4 }, Item { c: #4, n: 4 }])"),
        case("in_lists_and_once_cells", old!("struct State(LinkedList<Item>, LinkedList<Item>, OnceCell<Item>, OnceCell<Item>);"), new!("struct State(LinkedList<Item>, Vec<Item>, OnceCell<Item>, OnceCell<Item>);"), value!("State([item(3)].into(), ", ".into(), OnceCell::from(item(4)), OnceCell::new())"))
            .moved(&["State.0 > Item: field `n`: `u8` -> `u16`", "State: field `1`: `LinkedList<Item>` -> `Vec<Item>`"], "State([Item { n: 3, c: #3 }], [Item { n: 1, c: #1 }, Item { n: 2, c: #2 }], OnceCell(Item { n: 4, c: #4 }), OnceCell(<uninit>))")
            .back(&["State.0 > Item: field `n`: `u16` -> `u8`", "State: field `1`: `Vec<Item>` -> `LinkedList<Item>`"], "State([Item { c: #3, n: 3 }], [Item { c: #1, n: 1 }, Item { c: #2, n: 2 }], OnceCell(Item { c: #4, n: 4 }), OnceCell(<uninit>))"),
        case("in_bounds_and_polls", old!("struct State(Vec<std::ops::Bound<Item>>, std::task::Poll<Item>, std::ops::ControlFlow<Item, Counted>);"), new!("struct State(Vec<std::ops::Bound<Item>>, std::task::Poll<Item>, std::ops::ControlFlow<Item, Counted>);"), value!("use std::ops::{Bound, ControlFlow}; let [a, b] = ", "; State(vec![Bound::Included(a), Bound::Unbounded, Bound::Excluded(b)], std::task::Poll::Ready(item(3)), ControlFlow::Break(item(4)))"))
            .moved(&["State.0 > Bound<Item>::Included.0 > Item: field `n`: `u8` -> `u16`"], "State([Included(Item { n: 1, c: #1 }), Unbounded, Excluded(Item { n: 2, c: #2 })], Ready(Item { n: 3, c: #3 }), Break(Item { n: 4, c: #4 }))")
            .back(&["State.0 > Bound<Item>::Included.0 > Item: field `n`: `u16` -> `u8`"], "State([Included(Item { c: #1, n: 1 }), Unbounded, Excluded(Item { c: #2, n: 2 })], Ready(Item { c: #3, n: 3 }), Break(Item { c: #4, n: 4 }))"),
        case("in_results_and_tuples", old!("struct State(Result<Item, String>, Result<u8, Item>, (Item, u8), std::ops::Range<u8>);"), new!("struct State(Result<Item, String>, Result<u8, Item>, (Item, u8), std::ops::Range<i32>);"), "{ let item = |n: u8| Item { c: counted(n.into()), n }; State(Ok(item(1)), Err(item(2)), (item(3), 4), 5..6) }")
            .moved(&["State.0 > Result<Item, String>::Ok.0 > Item: field `n`: `u8` -> `u16`", "State.3 > Range<i32>: field `start`: `u8` -> `i32`", "State.3 > Range<i32>: field `end`: `u8` -> `i32`", "State: field `3`: `Range<u8>` -> `Range<i32>`"], "State(Ok(Item { n: 1, c: #1 }), Err(Item { n: 2, c: #2 }), (Item { n: 3, c: #3 }, 4), 5..6)")
            .back(&["State.0 > Result<Item, String>::Ok.0 > Item: field `n`: `u16` -> `u8`", "State.3 > Range<u8>: field `start`: `i32` -> `u8`", "State.3 > Range<u8>: field `end`: `i32` -> `u8`", "State: field `3`: `Range<i32>` -> `Range<u8>`"], "State(Ok(Item { c: #1, n: 1 }), Err(Item { c: #2, n: 2 }), (Item { c: #3, n: 3 }, 4), 5..6)"),
        case("options_and_boxes_come_and_go", "struct State { a: Counted, b: Option<Counted>, c: Counted, d: Box<Counted>, e: Option<Counted>, f: Box<Option<u8>>, g: u8 }", "struct State { a: Option<Counted>, b: Counted, c: Box<Counted>, d: Counted, e: Box<Counted>, f: Option<u8>, g: Option<Box<u16>> }", "State { a: counted(1), b: Some(counted(2)), c: counted(3), d: Box::new(counted(4)), e: Some(counted(5)), f: Box::new(None), g: 6 }")
            .moved(&["State: field `a`: `Counted` -> `Option<Counted>`", "State: field `b`: `Option<Counted>` -> `Counted`", "State: field `c`: `Counted` -> `Box<Counted>`", "State: field `d`: `Box<Counted>` -> `Counted`", "State: field `e`: `Option<Counted>` -> `Box<Counted>`", "State: field `f`: `Box<Option<u8>>` -> `Option<u8>`", "State: field `g`: `u8` -> `Option<Box<u16>>`"], "State { a: Some(#1), b: #2, c: #3, d: #4, e: #5, f: None, g: Some(6) }")
            .back(&["State: field `a`: `Option<Counted>` -> `Counted`", "State: field `b`: `Counted` -> `Option<Counted>`", "State: field `c`: `Box<Counted>` -> `Counted`", "State: field `d`: `Counted` -> `Box<Counted>`", "State: field `e`: `Box<Counted>` -> `Option<Counted>`", "State: field `f`: `Option<u8>` -> `Box<Option<u8>>`", "State: field `g`: `Option<Box<u16>>` -> `u8`"], "State { a: #1, b: Some(#2), c: #3, d: #4, e: Some(#5), f: None, g: 6 }"),
        case("an_option_that_is_empty", "struct State { a: Counted, b: Option<Counted> }", "struct State { a: Option<Counted>, b: Counted }", "State { a: counted(1), b: None }")
            .failed("State.b: there is nothing in it, and a value is needed"),
        case("an_empty_option_becomes_a_box", "struct State { a: Box<Counted>, b: Option<Counted> }", "struct State { a: Counted, b: Box<Counted> }", "State { a: Box::new(counted(1)), b: None }")
            .failed("State.b: there is nothing in it, and a value is needed"),
        case("there_but_not_back", "struct State { b: Vec<Counted>, c: Counted, n: u8 }", "#[derive(HotType, HotState)] pub struct State { b: Vec<Option<Counted>>, n: i16, c: Counted }\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { assert_eq!(self.n, 1); write!(f, \"{:?}\", self.b) } }", "State { b: vec![counted(1)], c: counted(2), n: 1 }")
            .moved(&["State: field `b`: `Vec<Counted>` -> `Vec<Option<Counted>>`", "State: field `n`: `u8` -> `i16`"], "[Some(#1)]")
            .back(&["State: field `b`: `Vec<Option<Counted>>` -> `Vec<Counted>`", "State: field `n`: `i16` -> `u8`"], "State { b: [#1], c: #2, n: 1 }"),
        // What a function or a default made may have no way back, though its type has.
        case("a_new_value_has_no_way_back", "struct State { n: u8, all: Vec<Item> }\nstruct Item { c: Counted, n: u8 }", "struct State { n: u16, all: Vec<Item> }\n#[hot(migrate = made)]\nstruct Item { n: u16, c: Counted }\nfn made(old: &Parts<'_>) -> Item { Item { n: 256, c: old.get::<Counted>(\"c\").unwrap().clone() } }", "State { n: 1, all: vec![Item { c: counted(1), n: 2 }] }")
            .moved(&["State: field `n`: `u8` -> `u16`", "State.all > Item: made by its `migrate` function"], "State { n: 1, all: [Item { n: 256, c: #1 }] }")
            .back_failed("State.all[0].n: 256 does not fit `u8`"),
        case("locks_of_another_kind", "struct State(Mutex<Counted>, RefCell<Counted>, Cell<u8>);", "struct State(RwLock<Counted>, Counted, Mutex<u8>);", "State(Mutex::new(counted(1)), RefCell::new(counted(2)), Cell::new(3))")
            .moved(&["State: field `0`: `Mutex<Counted>` -> `RwLock<Counted>`", "State: field `1`: `RefCell<Counted>` -> `Counted`", "State: field `2`: `Cell<u8>` -> `Mutex<u8>`"], "State(RwLock { data: #1, poisoned: false, .. }, #2, Mutex { data: 3, poisoned: false, .. })")
            .back(&["State: field `0`: `RwLock<Counted>` -> `Mutex<Counted>`", "State: field `1`: `Counted` -> `RefCell<Counted>`", "State: field `2`: `Mutex<u8>` -> `Cell<u8>`"], "State(Mutex { data: #1, poisoned: false, .. }, RefCell { value: #2 }, Cell { value: 3 })"),
        case("sequences_of_another_kind", "struct State(Vec<Counted>, VecDeque<Counted>, [Counted; 2], Box<[Counted]>, Vec<Counted>, BTreeSet<Counted>);", "struct State(VecDeque<Counted>, Vec<Counted>, Vec<Counted>, [Counted; 1], BTreeSet<Counted>, BinaryHeap<Counted>);", "State(vec![counted(1)], [counted(2)].into(), [counted(3), counted(4)], Box::new([counted(5)]), vec![counted(7), counted(6)], [counted(8)].into())")
            .moved(&["State: field `0`: `Vec<Counted>` -> `VecDeque<Counted>`", "State: field `1`: `VecDeque<Counted>` -> `Vec<Counted>`", "State: field `2`: `[Counted; 2]` -> `Vec<Counted>`", "State: field `3`: `Box<[Counted]>` -> `[Counted; 1]`", "State: field `4`: `Vec<Counted>` -> `BTreeSet<Counted>`", "State: field `5`: `BTreeSet<Counted>` -> `BinaryHeap<Counted>`"], "State([#1], [#2], [#3, #4], [#5], {#6, #7}, [#8])")
            .back(&["State: field `0`: `VecDeque<Counted>` -> `Vec<Counted>`", "State: field `1`: `Vec<Counted>` -> `VecDeque<Counted>`", "State: field `2`: `Vec<Counted>` -> `[Counted; 2]`", "State: field `3`: `[Counted; 1]` -> `Box<[Counted]>`", "State: field `4`: `BTreeSet<Counted>` -> `Vec<Counted>`", "State: field `5`: `BinaryHeap<Counted>` -> `BTreeSet<Counted>`"], "State([#1], [#2], [#3, #4], [#5], [#6, #7], {#8})"),
        case("arrays_of_other_lengths", "struct State([Counted; 2]);", "struct State([Counted; 3]);", "State([counted(1), counted(2)])")
            .refused(&["State.0: an array of 2 elements can't become one of 3"]),
        case("a_vector_of_another_length_than_the_array", "struct State { c: Counted, all: Vec<Counted> }", "struct State { #[hot(default = counted(0))] d: Counted, c: Counted, all: [Counted; 3] }", "State { c: counted(1), all: vec![counted(2), counted(3)] }")
            .failed("State.all: it has 2 elements, and an array of 3 is needed"),
        case("set_elements_become_equal", "struct State { a: Counted, all: BTreeSet<Item> }\n#[derive(PartialEq, Eq, PartialOrd, Ord)]\nstruct Item { n: u8, c: Counted }", "struct State { a: Counted, #[hot(default = counted(0))] b: Counted, all: BTreeSet<Item> }\n#[derive(PartialEq, Eq, PartialOrd, Ord)]\nstruct Item { n: u8, new: Counted }", "State { a: counted(1), all: [2, 3].map(|n| Item { n: 1, c: counted(n) }).into() }")
            .failed("State.all: two of its elements are equal in the new layout"),
        case("hashed_elements_become_equal", "struct State(FixedSet<(u8, u8)>);", "struct State(FixedSet<Pair>);\n#[derive(PartialEq, Eq, Hash)]\n#[hot(migrate = made)]\nstruct Pair(Counted);\nfn made(_: &Parts<'_>) -> Pair { Pair(counted(1)) }", "State([(1, 2), (2, 1)].into_iter().collect())")
            .failed("State.0: two of its elements are equal in the new layout"),
        case("map_keys_become_equal", "struct State { a: Counted, all: FixedMap<Key, Value> }\n#[derive(PartialEq, Eq, Hash)]\nstruct Key { n: u8, c: Counted }\nstruct Value { c: Counted }", "struct State { #[hot(default = counted(0))] b: Counted, a: Counted, all: FixedMap<Key, Value> }\n#[derive(PartialEq, Eq, Hash)]\nstruct Key { n: u8, new: Counted }\nstruct Value { c: Counted, new: Counted }", "State { a: counted(1), all: (2..5).map(|n| (Key { n: 1, c: counted(n) }, Value { c: counted(n) })).collect() }")
            .failed("State.all: two of its keys are equal in the new layout"),
        case("a_key_does_not_fit", "struct State(BTreeMap<u16, Counted>);", "struct State(BTreeMap<u8, Counted>);", "State([(255, counted(1)), (256, counted(2))].into())")
            .failed("State.0[key 1]: 256 does not fit `u8`"),
        case("a_value_does_not_fit", "struct State(BTreeMap<Counted, u16>);", "struct State(BTreeMap<Option<Counted>, u8>);", "State([(counted(1), 255), (counted(2), 256)].into())")
            .failed("State.0[value 1]: 256 does not fit `u8`"),
        case("maps_of_another_kind", "struct State(BTreeMap<u8, Counted>, HashMap<u8, Counted>);", "struct State(HashMap<u8, Counted>, BTreeMap<u16, Counted>);", "State([(1, counted(1))].into(), [(2, counted(2))].into())")
            .moved(&["State: field `0`: `BTreeMap<u8, Counted>` -> `HashMap<u8, Counted>`", "State: field `1`: `HashMap<u8, Counted>` -> `BTreeMap<u16, Counted>`"], "State({1: #1}, {2: #2})")
            .back(&["State: field `0`: `HashMap<u8, Counted>` -> `BTreeMap<u8, Counted>`", "State: field `1`: `BTreeMap<u16, Counted>` -> `HashMap<u8, Counted>`"], "State({1: #1}, {2: #2})"),
        case("an_order_that_changes", "struct State(BTreeMap<Key, u8>, BinaryHeap<Key>);\n#[derive(PartialEq, Eq, PartialOrd, Ord, Clone)]\nstruct Key { a: u8, b: u8 }", "struct State(BTreeMap<Key, u8>, BinaryHeap<Key>);\n#[derive(PartialEq, Eq, PartialOrd, Ord, Clone)]\nstruct Key { b: u8, a: u8 }", "State((0..3).map(|n| (Key { a: n, b: 9 - n }, n)).collect(), (0..3).map(|n| Key { a: n, b: 9 - n }).collect())")
            .moved(&["State: laid out anew"], "State({Key { b: 7, a: 2 }: 2, Key { b: 8, a: 1 }: 1, Key { b: 9, a: 0 }: 0}, [Key { b: 9, a: 0 }, Key { b: 8, a: 1 }, Key { b: 7, a: 2 }])")
            .back(&["State: laid out anew"], "State({Key { a: 0, b: 9 }: 0, Key { a: 1, b: 8 }: 1, Key { a: 2, b: 7 }: 2}, [Key { a: 2, b: 7 }, Key { a: 1, b: 8 }, Key { a: 0, b: 9 }])"),
        case("comparing_panics", "struct State(FixedSet<Item>, Counted);\n#[derive(PartialEq, Eq, Hash)]\nstruct Item { c: Counted }", "struct State(FixedSet<Item>, Counted);\n#[derive(PartialEq, Eq)]\nstruct Item { c: Counted, new: Counted }\nimpl Hash for Item { fn hash<H: Hasher>(&self, _: &mut H) { assert!(self.c.label() < 2, \"no hash of two\"); } }", "State([1, 2].map(|n| Item { c: counted(n) }).into_iter().collect(), counted(3))")
            .failed("State.0: comparing its elements panicked: no hash of two"),
        case("a_hundred_thousand", "#[derive(HotType, HotState)] pub struct State { all: Vec<Item> }\nstruct Item { n: u32, s: String }\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { let right = self.all.iter().zip(0..).all(|(item, n)| item.n == n && item.s == (n % 7).to_string()); write!(f, \"{} {right}\", self.all.len()) } }", "#[derive(HotType, HotState)] pub struct State { all: Vec<Item> }\nstruct Item { s: String, new: Option<u8>, n: u64 }\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { let right = self.all.iter().zip(0..).all(|(item, n)| item.n == n && item.s == (n % 7).to_string() && item.new.is_none()); write!(f, \"{} {right}\", self.all.len()) } }", "State { all: (0..100_000u32).map(|n| Item { n, s: (n % 7).to_string() }).collect() }")
            .moved(&["State.all > Item: field `new: Option<u8>` added", "State.all > Item: field `n`: `u32` -> `u64`"], "100000 true")
            .back(&["State.all > Item: field `n`: `u64` -> `u32`", "State.all > Item: field `new: Option<u8>` removed"], "100000 true"),
        case("a_hundred_thousand_but_one", "#[derive(HotType, HotState)] pub struct State { all: Vec<Item> }\n#[derive(HotType, HotState)] pub struct Item { n: u32, s: String }\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { let sum: usize = self.all.iter().map(|item| item.s.len()).sum(); write!(f, \"{} {sum}\", self.all.len()) } }", "struct State { all: Vec<Item> }\nstruct Item { s: String, #[hot(default = vec![1])] new: Vec<u8>, n: u8 }", "State { all: (0..100_000u32).map(|n| Item { n: if n == 99_998 { 256 } else { 1 }, s: n.to_string() }).collect() }")
            .failed("State.all[99998].n: 256 does not fit `u8`"),
        case("five_thousand_deep", "#[derive(HotType, HotState)] pub struct State { c: Counted, next: Option<Box<State>> }\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { let mut node = self; let mut count = 1; while let Some(next) = &node.next { node = next; count += 1; } write!(f, \"{count} {:?}\", node.c) } }", "#[derive(HotType, HotState)] pub struct State { new: u8, next: Option<Box<State>>, c: Counted }\nimpl fmt::Debug for State { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { let mut node = self; let mut count = 1; while let Some(next) = &node.next { node = next; count += 1; } write!(f, \"{count} {:?}\", node.c) } }", "{ let mut list = State { c: counted(1), next: None }; for n in 0..4_999 { let c = if n < 9 { counted(2) } else { list.c.clone() }; list = State { c, next: Some(Box::new(list)) }; } list }")
            .moved(&["State: field `new: u8` added"], "5000 #1")
            .back(&["State: field `new: u8` removed"], "5000 #1"),
    ]
}

//! Whole types: renamed, moved to another module, made by a hook, generic, recursive, without a size.

use crate::layouts::spec::{Spec, case};

pub fn cases() -> Vec<Spec> {
    vec![
        case("type_renamed", "pub type State = Player;\nstruct Player { hp: u8, c: Counted }", "pub type State = Hero;\n#[hot(rename = \"Player\")]\nstruct Hero { hp: u16, c: Counted }", "Player { hp: 1, c: counted(2) }")
            .moved(&["Hero: field `hp`: `u8` -> `u16`"], "Hero { hp: 1, c: #2 }")
            .back(&["Player: field `hp`: `u16` -> `u8`"], "Player { hp: 1, c: #2 }"),
        case("type_renamed_and_nothing_else", "struct State { all: Vec<Player> }\n#[hot(rename = \"Hero\")]\nstruct Player { hp: u8, c: Counted }", "struct State { all: Vec<Hero> }\n#[hot(rename = \"Player\")]\nstruct Hero { hp: u8, c: Counted }", "State { all: vec![Player { hp: 1, c: counted(2) }] }")
            .moved(&["State: field `all`: `Vec<Player>` -> `Vec<Hero>`"], "State { all: [Hero { hp: 1, c: #2 }] }")
            .back(&["State: field `all`: `Vec<Hero>` -> `Vec<Player>`"], "State { all: [Player { hp: 1, c: #2 }] }"),
        case("type_renamed_without_saying_so", "struct State { player: Player }\nstruct Player { hp: u8 }", "struct State { player: Hero }\nstruct Hero { hp: u8 }", "State { player: Player { hp: 1 } }")
            .refused(&["State: field `player`: `Player` -> `Hero`: no way from one to the other"]),
        case("type_moved_to_another_module", "struct State { inner: Inner }\nstruct Inner { n: u8, c: Counted }", "struct State { inner: deep::Inner }\nmod deep { use crate::common::*;\nstruct Inner { n: u16, c: Counted }\n}", "State { inner: Inner { n: 1, c: counted(2) } }")
            .moved(&["State.inner > Inner: field `n`: `u8` -> `u16`"], "State { inner: Inner { n: 1, c: #2 } }")
            .back(&["State.inner > Inner: field `n`: `u16` -> `u8`"], "State { inner: Inner { n: 1, c: #2 } }"),
        case("type_moved_and_nothing_else", "struct State { inner: Inner }\nstruct Inner { n: u8 }", "struct State { inner: deep::Inner }\nmod deep { use crate::common::*;\nstruct Inner { n: u8 }\n}", "State { inner: Inner { n: 1 } }"),
        case("hook", "struct State { fahrenheit: f64, c: Counted }", "#[hot(migrate = State::moved)]\nstruct State { celsius: f64, c: Counted }\nimpl State { fn moved(old: &Parts<'_>) -> Result<Self, MigrateError> { let f: &f64 = old.get(\"fahrenheit\")?; Ok(State { celsius: (f - 32.0) / 1.8, c: old.get::<Counted>(\"c\")?.clone() }) } }", "State { fahrenheit: 212.0, c: counted(1) }")
            .moved(&["State: made by its `migrate` function"], "State { celsius: 100.0, c: #1 }")
            .back(&["State: field `fahrenheit: f64` added", "State: field `celsius: f64` removed"], "State { fahrenheit: 0.0, c: #1 }"),
        case("hook_without_a_result", "struct State { all: Vec<Item> }\nstruct Item { a: u8, c: Counted }", "struct State { all: Vec<Item> }\n#[hot(migrate = made)]\nstruct Item { names: String }\nfn made(old: &Parts<'_>) -> Item { Item { names: old.names().collect::<Vec<_>>().join(\"+\") } }", "State { all: vec![Item { a: 1, c: counted(1) }, Item { a: 2, c: counted(2) }] }")
            .moved(&["State.all > Item: made by its `migrate` function"], "State { all: [Item { names: \"a+c\" }, Item { names: \"a+c\" }] }")
            .back(&["State.all > Item: field `a: u8` added", "State.all > Item: field `c: Counted` added", "State.all > Item: field `names: String` removed"], "State { all: [Item { a: 0, c: #0 }, Item { a: 0, c: #0 }] }"),
        case("hook_of_an_enum", "enum State { On(Counted), Off }", "#[hot(migrate = made)]\nstruct State { on: bool, c: Counted }\nfn made(old: &Parts<'_>) -> Result<State, MigrateError> { Ok(State { on: old.variant() == Some(\"On\"), c: old.get::<Counted>(\"0\")?.clone() }) }", "State::On(counted(1))")
            .moved(&["State: made by its `migrate` function"], "State { on: true, c: #1 }")
            .back_refused(&["State: `State` can't become `State` (State: size 24 -> 16; State: was a struct, is an enum now)"]),
        case("hook_that_gives_an_error", "struct State { c: Counted, old: Inner }\nstruct Inner { n: u8 }", "struct State { #[hot(default = counted(5))] new: Counted, c: Counted, #[hot(rename = \"old\")] inner: Inner }\n#[hot(migrate = made)]\nstruct Inner { n: u16 }\nfn made(_: &Parts<'_>) -> Result<Inner, &'static str> { let _dropped = counted(6); Err(\"there is no way\") }", "State { c: counted(1), old: Inner { n: 1 } }")
            .failed("State.inner: there is no way"),
        case("hook_that_misses_a_part", "struct State { c: Counted }", "#[hot(migrate = made)]\nstruct State { n: u16 }\nfn made(old: &Parts<'_>) -> Result<State, MigrateError> { Ok(State { n: *old.get(\"n\")? }) }", "State { c: counted(1) }")
            .failed("State: the old value has no field `n`; it has c"),
        case("hook_that_takes_a_part_for_another_type", "struct State { n: u8 }", "#[hot(migrate = made)]\nstruct State { m: u16 }\nfn made(old: &Parts<'_>) -> Result<State, MigrateError> { Ok(State { m: *old.get(\"n\")? }) }", "State { n: 1 }")
            .failed("State: field `n` was a `u8`, which is not laid out as `u16` here"),
        case("hook_that_panics", "struct State { all: Vec<Item> }\nstruct Item { c: Counted }", "struct State { all: Vec<Item> }\n#[hot(migrate = made)]\nstruct Item { c: Counted, n: u8 }\nfn made(old: &Parts<'_>) -> Item { let c = old.get::<Counted>(\"c\").unwrap().clone(); assert!(c.label() < 3, \"three is too many\"); Item { c, n: 0 } }", "State { all: vec![Item { c: counted(1) }, Item { c: counted(2) }, Item { c: counted(3) }] }")
            .failed("State.all[2]: its function panicked: three is too many"),
        case("generic", "struct State { a: Wrapper<u8>, b: Wrapper<Counted>, c: Wrapper<Wrapper<u8>> }\nstruct Wrapper<T> { inner: T, n: u8 }", "struct State { a: Wrapper<u16>, b: Wrapper<Counted>, c: Wrapper<Wrapper<u16>> }\nstruct Wrapper<T> { n: u16, inner: T }", "State { a: Wrapper { inner: 1, n: 2 }, b: Wrapper { inner: counted(3), n: 4 }, c: Wrapper { inner: Wrapper { inner: 5, n: 6 }, n: 7 } }")
            .moved(&["State.a > Wrapper<u16>: field `n`: `u8` -> `u16`", "State.a > Wrapper<u16>: field `inner`: `u8` -> `u16`", "State: field `a`: `Wrapper<u8>` -> `Wrapper<u16>`", "State.b > Wrapper<Counted>: field `n`: `u8` -> `u16`", "State.c > Wrapper<Wrapper<u16>>: field `n`: `u8` -> `u16`", "State.c > Wrapper<Wrapper<u16>>: field `inner`: `Wrapper<u8>` -> `Wrapper<u16>`", "State: field `c`: `Wrapper<Wrapper<u8>>` -> `Wrapper<Wrapper<u16>>`"], "State { a: Wrapper { n: 2, inner: 1 }, b: Wrapper { n: 4, inner: #3 }, c: Wrapper { n: 7, inner: Wrapper { n: 6, inner: 5 } } }")
            .back(&["State.a > Wrapper<u8>: field `inner`: `u16` -> `u8`", "State.a > Wrapper<u8>: field `n`: `u16` -> `u8`", "State: field `a`: `Wrapper<u16>` -> `Wrapper<u8>`", "State.b > Wrapper<Counted>: field `n`: `u16` -> `u8`", "State.c > Wrapper<Wrapper<u8>>: field `inner`: `Wrapper<u16>` -> `Wrapper<u8>`", "State.c > Wrapper<Wrapper<u8>>: field `n`: `u16` -> `u8`", "State: field `c`: `Wrapper<Wrapper<u16>>` -> `Wrapper<Wrapper<u8>>`"], "State { a: Wrapper { inner: 1, n: 2 }, b: Wrapper { inner: #3, n: 4 }, c: Wrapper { inner: Wrapper { inner: 5, n: 6 }, n: 7 } }"),
        case("generic_enum_with_a_bound", "struct State { a: Either<u8, Counted> }\nenum Either<A: Clone, B> where B: Ord { Left(A), Right { value: B } }", "struct State { a: Either<u8, Counted> }\nenum Either<A: Clone, B> where B: Ord { Right { value: B, n: u8 }, Left(A) }", "State { a: Either::Right { value: counted(1) } }")
            .moved(&["State.a > Either<u8, Counted>::Right: field `n: u8` added"], "State { a: Right { value: #1, n: 0 } }")
            .back(&["State.a > Either<u8, Counted>::Right: field `n: u8` removed"], "State { a: Right { value: #1 } }"),
        case("generic_over_a_number_and_a_lifetime", "struct State { a: Row<'static, 2> }\nstruct Row<'a, const N: usize> { name: &'a str, items: [u8; N], c: Counted }", "struct State { a: Row<'static, 2> }\nstruct Row<'a, const N: usize> { items: [u16; N], name: &'a str, c: Counted }", "State { a: Row { name: \"a\", items: [1, 2], c: counted(3) } }")
            .moved(&["State.a > Row<2>: field `items`: `[u8; 2]` -> `[u16; 2]`"], "State { a: Row { items: [1, 2], name: \"a\", c: #3 } }")
            .back(&["State.a > Row<2>: field `items`: `[u16; 2]` -> `[u8; 2]`"], "State { a: Row { name: \"a\", items: [1, 2], c: #3 } }"),
        case("tree", "struct State { root: Tree }\nstruct Tree { n: u8, c: Counted, children: Vec<Tree> }", "struct State { root: Tree }\nstruct Tree { n: u16, children: Vec<Tree>, c: Counted, new: bool }", "State { root: Tree { n: 1, c: counted(1), children: vec![Tree { n: 2, c: counted(2), children: vec![] }, Tree { n: 3, c: counted(3), children: vec![Tree { n: 4, c: counted(4), children: vec![] }] }] } }")
            .moved(&["State.root > Tree: field `n`: `u8` -> `u16`", "State.root > Tree: field `new: bool` added"], "State { root: Tree { n: 1, children: [Tree { n: 2, children: [], c: #2, new: false }, Tree { n: 3, children: [Tree { n: 4, children: [], c: #4, new: false }], c: #3, new: false }], c: #1, new: false } }")
            .back(&["State.root > Tree: field `n`: `u16` -> `u8`", "State.root > Tree: field `new: bool` removed"], "State { root: Tree { n: 1, c: #1, children: [Tree { n: 2, c: #2, children: [] }, Tree { n: 3, c: #3, children: [Tree { n: 4, c: #4, children: [] }] }] } }"),
        case("tree_whose_pointers_change", "struct State(Tree);\nenum Tree { Leaf(Counted), Node(Box<Tree>, Box<Tree>) }", "struct State(Tree);\nenum Tree { Node(Vec<Tree>, Option<Box<Tree>>), Leaf(Counted) }", "State(Tree::Node(Box::new(Tree::Leaf(counted(1))), Box::new(Tree::Leaf(counted(2)))))")
            .refused(&["State.0 > Tree::Node.0: `Tree` can't become `Vec<Tree>`"]),
        case("empty_struct_grows", "struct State;", "struct State { n: u8 }", "State")
            .moved(&["State: field `n: u8` added"], "State { n: 0 }")
            .back(&["State: field `n: u8` removed"], "State"),
        case("without_a_size", "struct State { all: Vec<Empty>, e: Empty, n: u8 }\nstruct Empty;", "struct State { all: VecDeque<Empty>, n: u16, e: Empty, f: () }\nstruct Empty {}", "State { all: vec![Empty, Empty, Empty], e: Empty, n: 1 }")
            .moved(&["State: field `all`: `Vec<Empty>` -> `VecDeque<Empty>`", "State: field `n`: `u8` -> `u16`", "State: field `f: ()` added"], "State { all: [Empty, Empty, Empty], n: 1, e: Empty, f: () }")
            .back(&["State: field `all`: `VecDeque<Empty>` -> `Vec<Empty>`", "State: field `n`: `u16` -> `u8`", "State: field `f: ()` removed"], "State { all: [Empty, Empty, Empty], e: Empty, n: 1 }"),
        case("without_a_size_and_then_with_one", "struct State { all: Vec<Empty> }\nstruct Empty;", "struct State { all: Vec<Empty> }\nstruct Empty { c: Counted }", "State { all: vec![Empty, Empty, Empty] }")
            .moved(&["State.all > Empty: field `c: Counted` added"], "State { all: [Empty { c: #0 }, Empty { c: #0 }, Empty { c: #0 }] }")
            .back(&["State.all > Empty: field `c: Counted` removed"], "State { all: [Empty, Empty, Empty] }"),
        case("aligned", "struct State { all: Vec<Item> }\nstruct Item { n: u8, c: Counted }", "struct State { all: Vec<Item> }\n#[repr(align(64))]\nstruct Item { n: u8, c: Counted }", "State { all: vec![Item { n: 1, c: counted(1) }, Item { n: 2, c: counted(2) }] }")
            .moved(&["State: laid out anew"], "State { all: [Item { n: 1, c: #1 }, Item { n: 2, c: #2 }] }")
            .back(&["State: laid out anew"], "State { all: [Item { n: 1, c: #1 }, Item { n: 2, c: #2 }] }"),
        // A value that is moved is not dropped: its own `Drop` runs once, in the end.
        case("with_a_drop_of_its_own", "struct State { all: Vec<Guard> }\nstruct Guard { c: Counted, extra: Option<Counted> }\nimpl Drop for Guard { fn drop(&mut self) { assert!(self.extra.is_some()) } }", "struct State { all: Vec<Guard> }\nstruct Guard { n: u8, c: Counted, extra: Option<Counted> }\nimpl Drop for Guard { fn drop(&mut self) { self.extra.take().unwrap(); } }", "State { all: vec![Guard { c: counted(1), extra: Some(counted(2)) }] }")
            .moved(&["State.all > Guard: field `n: u8` added"], "State { all: [Guard { n: 0, c: #1, extra: Some(#2) }] }")
            .back(&["State.all > Guard: field `n: u8` removed"], "State { all: [Guard { c: #1, extra: Some(#2) }] }"),
        case("root_is_no_struct", "pub type State = Vec<Item>;\nstruct Item { n: u8, c: Counted }", "pub type State = VecDeque<Item>;\nstruct Item { n: u16, c: Counted }", "vec![Item { n: 1, c: counted(2) }]")
            .moved(&["VecDeque<Item> > Item: field `n`: `u8` -> `u16`"], "[Item { n: 1, c: #2 }]")
            .back(&["Vec<Item> > Item: field `n`: `u16` -> `u8`"], "[Item { n: 1, c: #2 }]"),
    ]
}

//! Moves that fail: the old value stands, whole, and what was made for the new one is gone.

use super::*;

mod narrow {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState)]
            pub struct Item { pub hp: i32, pub name: Counted }
            #[derive(HotType, HotState)]
            pub struct Game { pub first: Counted, pub items: Vec<Option<Item>>, pub map: BTreeMap<u8, Item> }
        }
        {
            #[derive(HotType, HotState)]
            pub struct Item { pub extra: Counted, pub hp: u8, pub name: Counted }
            #[derive(HotType, HotState)]
            pub struct Game { pub before: Counted, pub items: VecDeque<Option<Item>>, pub map: BTreeMap<u8, Item>, pub first: Counted }
        }
    );

    fn item(hp: i32) -> old::Item {
        old::Item { hp, name: Counted::new(1) }
    }

    #[test]
    fn a_number_that_does_not_fit_is_named_with_its_place() {
        let items = (0..500).map(|number| Some(item(if number == 300 { -1 } else { number % 200 }))).collect();
        let old = old::Game { first: Counted::new(0), items, map: BTreeMap::new() };
        let (text, mut old) = failed::<_, new::Game>(old);
        assert_eq!(text, "Old.items[300].hp: -1 does not fit `u8`");
        assert_eq!(live(), 501);
        assert_eq!(old.items[499].as_ref().unwrap().hp, 99);
        old.items[300] = None;
        let new: new::Game = moved(old);
        assert_eq!((live(), new.items.len()), (1 + 1 + 499 * 2, 500));
        drop(new);
        assert_eq!(live(), 0);
    }

    #[test]
    fn in_a_map_too() {
        let map = (0..20).map(|key| (key, item(if key == 7 { 256 } else { 1 }))).collect();
        let old = old::Game { first: Counted::new(0), items: vec![], map };
        let (text, old) = failed::<_, new::Game>(old);
        assert_eq!(text, "Old.map[value 7].hp: 256 does not fit `u8`");
        assert_eq!(live(), 21);
        drop(old);
        assert_eq!(live(), 0);
    }
}

mod panics {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState)]
            pub struct Item { pub id: Counted }
            #[derive(HotType, HotState)]
            pub struct Game { pub items: Vec<Item>, pub boxed: Box<Item> }
        }
        {
            #[derive(HotType, HotState)]
            pub struct Item { pub id: Counted, pub limited: Limited }
            #[derive(HotType, HotState)]
            pub struct Game { pub boxed: Box<Item>, pub items: Vec<Item> }
        }
    );

    #[test]
    fn a_default_that_panics_undoes_all_before_it() {
        let item = || old::Item { id: Counted::new(1) };
        for left in [0, 1, 2, 300, 599, 600] {
            LEFT.set(left);
            let old = old::Game { items: (0..600).map(|_| item()).collect(), boxed: Box::new(item()) };
            let (text, old) = failed::<_, new::Game>(old);
            assert!(text.ends_with("limited: its default panicked: no more of these"), "{text}");
            assert_eq!((live(), old.items.len()), (601, 600), "with {left} left");
            LEFT.set(601);
            let new: new::Game = moved(old);
            assert_eq!((live(), new.items.len()), (1202, 600));
            drop(new);
            assert_eq!(live(), 0);
        }
    }
}

mod functions {
    use super::*;
    use liveswap::{MigrateError, Parts};

    versions!(
        {
            #[derive(HotType, HotState)]
            pub struct Whole { pub id: Counted, pub text: String }
            #[derive(HotType, HotState)]
            pub struct Game { pub all: Vec<Whole>, pub word: String }
        }
        {
            #[derive(HotType, HotState)]
            #[hot(migrate = Whole::of_old)]
            pub struct Whole { pub number: u32, pub id: Counted }
            impl Whole {
                fn of_old(old: &Parts<'_>) -> Result<Whole, MigrateError> {
                    let text: &String = old.get("text")?;
                    assert!(text != "panic", "as it says");
                    let number = text.parse().map_err(|error| format!("{text:?}: {error}"))?;
                    Ok(Whole { number, id: Counted::new(old.get::<Counted>("id")?.0) })
                }
            }
            #[derive(HotType, HotState)]
            pub struct Game {
                pub all: Vec<Whole>,
                #[hot(with = |old: &String| old.parse::<u32>())]
                pub word: u32,
            }
        }
    );

    fn game(texts: &[&str], word: &str) -> old::Game {
        let whole = |text: &&str| old::Whole { id: Counted::new(5), text: text.to_string() };
        old::Game { all: texts.iter().map(whole).collect(), word: word.into() }
    }

    #[test]
    fn they_make_values_from_borrowed_parts() {
        let new: new::Game = moved(game(&["1", "2"], "3"));
        assert_eq!((new.all[1].number, new.all[1].id.0, new.word, live()), (2, 5, 3, 2));
        drop(new);
        assert_eq!(live(), 0);
    }

    #[test]
    fn their_errors_and_panics_change_nothing() {
        for (texts, word, says) in [
            (&["1", "x"], "3", "Old.all[1]: \"x\": invalid digit found in string"),
            (&["1", "panic"], "3", "Old.all[1]: its function panicked: as it says"),
            (&["1", "2"], "three", "Old.word: invalid digit found in string"),
        ] {
            let (text, old) = failed::<_, new::Game>(game(texts, word));
            assert_eq!((text.as_str(), live(), old.word.as_str()), (says, 2, word));
            assert_eq!(old.all[1].text, texts[1]);
            drop(old);
            assert_eq!(live(), 0);
        }
    }
}

mod keys {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct Key { pub id: u16, pub gone: u16 }
            #[derive(HotType, HotState)]
            pub struct Sets { pub set: HashSet<Key>, pub map: BTreeMap<Key, Counted> }
        }
        {
            #[derive(HotType, HotState, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct Key { pub id: u16 }
            #[derive(HotType, HotState)]
            pub struct Sets { pub map: BTreeMap<Key, Counted>, pub set: HashSet<Key> }
        }
    );

    #[test]
    fn two_that_become_equal_are_not_made_one() {
        let key = |id, gone| old::Key { id, gone };
        let old = old::Sets { set: [key(1, 1), key(1, 2)].into(), map: BTreeMap::new() };
        let (text, old) = failed::<_, new::Sets>(old);
        assert_eq!((text.as_str(), old.set.len()), ("Old.set: two of its elements are equal in the new layout", 2));
        let map = [(key(1, 1), Counted::new(1)), (key(1, 2), Counted::new(2))].into();
        let (text, old) = failed::<_, new::Sets>(old::Sets { set: HashSet::new(), map });
        assert_eq!((text.as_str(), old.map.len()), ("Old.map: two of its keys are equal in the new layout", 2));
        assert_eq!(live(), 2);
        drop(old);
        assert_eq!(live(), 0);
    }
}

mod types {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState)] pub struct Vec2 { pub x: f32 }
            #[derive(HotType, HotState)] pub enum Kind { A, B }
            #[derive(HotType, HotState)] pub struct Game { pub at: Vec2, pub kind: Kind, pub n: u32, pub three: [u8; 3], pub with: u8, #[hot(opaque)] pub o: u8 }
        }
        {
            pub struct NoDefault;
            #[derive(HotType, HotState)] pub struct Vec3 { pub x: f32 }
            #[derive(HotType, HotState)] pub struct Kind(u8);
            #[derive(HotType, HotState)] pub struct Game {
                pub at: Vec3,
                pub kind: Kind,
                pub n: String,
                pub three: [u8; 4],
                #[hot(with = |old: &u16| u32::from(*old))]
                pub with: u32,
                #[hot(opaque)] pub o: u16,
                #[hot(opaque)] pub none: NoDefault,
            }
        }
    );

    #[test]
    fn what_has_no_way_is_told_before_anything_is_touched() {
        let old = old::Game { at: old::Vec2 { x: 1.0 }, kind: old::Kind::A, n: 1, three: [1, 2, 3], with: 1, o: 1 };
        assert_eq!(
            no_way::<_, new::Game>(old),
            [
                "Game: field `at`: `Vec2` -> `Vec3`: no way from one to the other",
                "Game: field `kind`: `Kind` -> `Kind`: no way from one to the other (type \
                 `liveswap_host::migrate::tests::failures::types::old::Kind` -> \
                 `liveswap_host::migrate::tests::failures::types::new::Kind`)",
                "Game: field `n`: `u32` -> `String`: no way from one to the other",
                "Game.three: an array of 3 elements can't become one of 4",
                "Game: field `with`: `u8` -> `u32`: its function takes a `u16`, and the old field is another type",
                "Game: field `o`: `u8` -> `u16`: no way from one to the other",
                "Game: field `none: NoDefault` added, and its type has no `Default`; write `#[hot(default = …)]` before it",
            ]
        );
    }
}

mod spoilt {
    use super::*;

    thread_local! {
        static COMPARED: Cell<u32> = const { Cell::new(0) };
    }

    versions!(
        {
            #[derive(HotType, HotState)]
            pub struct Shared { pub id: Counted }
            #[derive(HotType, HotState, PartialEq, Eq, PartialOrd, Ord)]
            pub struct Item { pub number: u8 }
            #[derive(HotType, HotState)]
            pub struct All { pub set: BTreeMap<Item, Rc<Shared>>, pub again: Rc<Shared> }
        }
        {
            #[derive(HotType, HotState)]
            pub struct Shared { pub new: Counted, pub id: Counted }
            #[derive(HotType, HotState, PartialEq, Eq)]
            pub struct Item { pub number: u16 }
            #[derive(HotType, HotState)]
            pub struct All { pub again: Rc<Shared>, pub set: BTreeMap<Item, Rc<Shared>> }
            impl PartialOrd for Item {
                fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> { Some(self.cmp(other)) }
            }
            impl Ord for Item {
                fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                    COMPARED.set(COMPARED.get() + 1);
                    assert!(COMPARED.get() <= 3, "the second time");
                    self.number.cmp(&other.number)
                }
            }
        }
    );

    #[test]
    fn an_order_that_panics_the_second_time_only_loses_what_it_had() {
        let again = Rc::new(old::Shared { id: Counted::new(1) });
        let set = (0..3).map(|number| (old::Item { number }, again.clone())).collect();
        let old = Box::into_raw(Box::new(old::All { set, again }));
        let plan = Plan::new(old::All::state(), new::All::state()).unwrap();
        // SAFETY: the plan is of these types, and the value is used by nobody else.
        let Err(failure) = (unsafe { carry(&plan, old.cast()) }) else { panic!("its order panics") };
        assert!(failure.is_spoilt && failure.text("All").ends_with("the second time"), "{}", failure.text("All"));
        // SAFETY: only the memory is freed; what was in it is lost.
        drop(unsafe { Box::from_raw(old.cast::<ManuallyDrop<old::All>>()) });
        assert_eq!(live(), 2, "the shared content is lost with both its parts, and dropped by nobody");
        LIVE.set(0);
    }
}

#[test]
fn failures_tell_place_and_reason() {
    let failure = Failure::new(3, "it is so").below("[3]".into()).below(".items".into());
    assert_eq!(failure.text("Game"), "Game.items[3]: it is so");
}

//! Structs, field by field.

use super::*;

versions!(
    {
        #[derive(HotType, HotState)]
        pub struct Inner { pub a: Counted, pub gone: Counted, pub n: u8 }
        #[derive(HotType, HotState)]
        pub struct Game {
            pub name: String,
            pub hp: u32,
            pub inner: Inner,
            pub gone: Counted,
            pub pair: (Counted, u16),
            pub text: (String, String),
            #[hot(opaque)]
            pub shout: Box<dyn Fn() -> usize>,
        }
    }
    {
        #[derive(HotType, HotState)]
        pub struct Inner { #[hot(rename = "n")] pub m: u64, pub a: Counted, pub new: Counted }
        #[derive(HotType, HotState)]
        pub struct Game {
            #[hot(rename = "hp")]
            pub health: u32,
            #[hot(opaque)]
            pub shout: Box<dyn Fn() -> usize>,
            pub inner: Inner,
            pub name: String,
            #[hot(default = 2.5)]
            pub speed: f64,
            pub extra: Counted,
            pub pair: (Counted, u32),
            #[hot(with = |old: &(String, String)| format!("{} {}", old.0, old.1))]
            pub text: String,
        }
    }
);

fn game() -> old::Game {
    let captured = String::from("captured");
    old::Game {
        name: "a name that is long enough for the heap".into(),
        hp: 7,
        inner: old::Inner { a: Counted::new(1), gone: Counted::new(2), n: 200 },
        gone: Counted::new(3),
        pair: (Counted::new(4), 5),
        text: ("one".into(), "two".into()),
        shout: Box::new(move || captured.len()),
    }
}

#[test]
fn each_field_gets_its_value_from_where_it_should() {
    assert_eq!(live(), 0);
    let old = game();
    assert_eq!(live(), 4);
    let new: new::Game = moved(old);
    assert_eq!(new.name, "a name that is long enough for the heap");
    assert_eq!((new.health, new.speed, new.inner.m), (7, 2.5, 200));
    assert_eq!((new.inner.a.0, new.inner.new.0, new.extra.0), (1, 0, 0));
    assert_eq!((new.pair.0.0, new.pair.1), (4, 5));
    assert_eq!(new.text, "one two");
    assert_eq!((new.shout)(), 8, "a closure goes along with what it holds");
    assert_eq!(live(), 4, "two were dropped, two are new");
    drop(new);
    assert_eq!(live(), 0);
}

#[test]
fn the_changes_are_told() {
    let plan = Plan::new(old::Game::state(), new::Game::state()).unwrap();
    assert_eq!(
        plan.notes,
        [
            "Game: field `hp` renamed to `health`",
            "Game.inner > Inner: field `n` renamed to `m`",
            "Game.inner > Inner: field `m`: `u8` -> `u64`",
            "Game.inner > Inner: field `new: Counted` added",
            "Game.inner > Inner: field `gone: Counted` removed",
            "Game: field `speed: f64` added",
            "Game: field `extra: Counted` added",
            "Game.pair > (Counted, u32): field `1`: `u16` -> `u32`",
            "Game: field `pair`: `(Counted, u16)` -> `(Counted, u32)`",
            "Game: field `text`: `(String, String)` -> `String`, by its function",
            "Game: field `gone: Counted` removed",
        ]
    );
}

#[test]
fn and_back_again_what_both_have_is_kept() {
    let there: new::Inner = moved(old::Inner { a: Counted::new(1), gone: Counted::new(2), n: 200 });
    let back: old::Inner = moved(there);
    assert_eq!((back.a.0, back.gone.0, back.n), (1, 0, 200));
    drop(back);
    assert_eq!(live(), 0);
}

mod renamed {
    use super::*;

    versions!(
        { #[derive(HotType, HotState)] pub struct Names { pub a: Counted, pub b: Counted, pub c: Counted } }
        {
            #[derive(HotType, HotState)]
            pub struct Names {
                #[hot(rename = "b")]
                pub first: Counted,
                #[hot(rename = "b")]
                pub second: Counted,
                pub third: Counted,
                #[hot(rename = "a")]
                pub c: Counted,
                #[hot(rename = "c")]
                pub a: Counted,
            }
        }
    );

    #[test]
    fn no_field_is_given_twice_and_renames_come_first() {
        let new: new::Names = moved(old::Names { a: Counted::new(1), b: Counted::new(2), c: Counted::new(3) });
        let numbers = [&new.first, &new.second, &new.third, &new.c, &new.a].map(|counted| counted.0);
        assert_eq!((numbers, live()), ([2, 0, 0, 1, 3], 5));
        drop(new);
        assert_eq!(live(), 0);
    }
}

//! What values come back as, and in which words it is told where they don't.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::*;
use crate::state::snapshot::limits::DEEPEST;

fn back<T: Serialize + DeserializeOwned>(value: &T) -> T {
    decode(&encode(value).expect("saved")).expect("restored")
}

#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    assert_eq!(back(&value), value);
}

/// What was saved as one type, as another one; or the complaint.
fn edited<New: DeserializeOwned>(old: impl Serialize) -> Result<New, String> {
    decode(&encode(&old).expect("saved")).map_err(|trouble| trouble.to_string())
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone, PartialOrd, Eq, Ord)]
struct Place {
    x: i32,
    y: i32,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Event {
    Quit,
    Key(char),
    Click(Place, u8),
    Typed { text: String, at: Option<u64> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "kind")]
enum Tagged {
    Quit,
    Moved { to: Place, by: BTreeMap<u8, Event> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
    Events { events: Vec<Event> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    rest: BTreeMap<String, Option<u8>>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Unit;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Wrapped(Option<u8>);

#[test]
fn values_come_back_as_they_were() {
    comes_back((i128::MIN, u128::MAX, i64::MIN, u64::MAX, -1_i8, true));
    comes_back(("ß".to_owned(), 'ß', (), Unit, [0u8; 0], Some(Unit), Some(Wrapped(Some(1))), Wrapped(None)));
    comes_back(BTreeMap::from([(Place { x: 1, y: -1 }, BTreeMap::from([((true, Some('a')), 1.5_f32)]))]));
    let typed = Event::Typed { text: "a".into(), at: None };
    comes_back(vec![Event::Quit, Event::Key('k'), Event::Click(Place { x: 1, y: 2 }, 3), typed]);
    let by = BTreeMap::from([(7, Event::Click(Place { x: 1, y: 2 }, 3)), (8, Event::Quit)]);
    comes_back(vec![Tagged::Quit, Tagged::Moved { to: Place { x: 1, y: 2 }, by }]);
    let events = vec![Event::Quit, Event::Key('k')];
    comes_back(vec![Untagged::Number(1), Untagged::Text("1".into()), Untagged::Events { events }]);
    let rest = BTreeMap::from([("a".to_owned(), None), ("b".to_owned(), Some(1))]);
    comes_back(Flat { id: 1, place: Place { x: 2, y: 3 }, rest });
    comes_back((std::time::Duration::from_nanos(1), std::net::Ipv4Addr::LOCALHOST, Err::<u8, String>("no".into())));
    comes_back(vec![Some(vec![None, Some(1_u8)]), None]);
}

#[test]
fn floats_come_back_to_the_bit() {
    for bits in [f32::NAN.to_bits(), 0x7fc0_1234, 0xff80_0001, f32::INFINITY.to_bits(), 0x8000_0000, 1] {
        assert_eq!(back(&f32::from_bits(bits)).to_bits(), bits);
    }
    for bits in [f64::NAN.to_bits(), 0x7ff8_0000_0000_1234, 0xfff0_0000_0000_0001, 0x8000_0000_0000_0000, 1] {
        assert_eq!(back(&f64::from_bits(bits)).to_bits(), bits);
    }
}

#[test]
fn what_would_not_come_back_is_refused_with_its_place() {
    #[derive(Serialize)]
    struct State<T> {
        parts: Vec<T>,
    }
    let refused = |trouble: Trouble| trouble.to_string();
    let error = encode(&State { parts: vec![Some(Some(1)), None, Some(None)] }).map_err(refused).unwrap_err();
    assert_eq!(error, "parts[2]: `Some(None)` would come back as `None`: use an enum of your own for it");
    let error = encode(&State { parts: vec![Some(())] }).map_err(refused).unwrap_err();
    assert_eq!(error, "parts[0]: `Some(())` would come back as `None`: use an enum of your own for it");
    let error = encode(&Some(Wrapped(None))).map_err(refused).unwrap_err();
    assert_eq!(error, "`Some(None)` would come back as `None`: use an enum of your own for it");
}

#[test]
fn fields_come_and_go_and_change_places() {
    #[derive(Serialize)]
    struct Old {
        name: &'static str,
        gone: Vec<Event>,
        speed: f32,
        count: u8,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    struct New {
        count: u64,
        #[serde(default = "seven")]
        moons: u8,
        speed: f64,
        #[serde(alias = "name")]
        title: String,
        option: Option<u8>,
    }
    fn seven() -> u8 {
        7
    }
    let gone = vec![Event::Quit, Event::Click(Place { x: 1, y: 2 }, 3)];
    let new = edited(Old { name: "a", gone, speed: 1.5, count: 3 });
    assert_eq!(new, Ok(New { count: 3, moons: 7, speed: 1.5, title: "a".into(), option: None }));
}

#[test]
fn what_does_not_fit_is_told_with_its_place_and_a_way_out() {
    #[derive(Serialize)]
    struct Old<T> {
        items: Vec<T>,
    }
    #[derive(Deserialize, Debug)]
    #[expect(dead_code)]
    struct New<T> {
        items: Vec<T>,
    }
    #[derive(Deserialize, Debug)]
    #[expect(dead_code)]
    struct Faster {
        x: i32,
        speed: f32,
    }
    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code)]
    struct Narrow {
        x: i32,
    }
    #[derive(Deserialize, Debug)]
    enum Fewer {
        Exit,
    }
    let place = || Old { items: vec![Place { x: 1, y: 2 }] };
    let error = edited::<New<Faster>>(place()).unwrap_err();
    assert_eq!(error, "items[0]: missing field `speed`: give it #[serde(default)]");
    let error = edited::<New<Narrow>>(place()).unwrap_err();
    assert_eq!(error, "items[0].y: unknown field `y`, expected `x`: take #[serde(deny_unknown_fields)] off its type");
    let error = edited::<New<Fewer>>(Old { items: vec![Event::Quit] }).unwrap_err();
    assert_eq!(
        error,
        "items[0]: unknown variant `Quit`, expected `Exit`: give #[serde(alias = \"Quit\")] to the variant that it became"
    );
    let error = edited::<New<u8>>(Old { items: vec![1, 300] }).unwrap_err();
    assert_eq!(
        error,
        "items[1]: invalid value: integer `300`, expected u8: if its type has changed, give it #[serde(deserialize_with = …)]"
    );
    let error = edited::<New<u8>>(Old { items: vec!["a"] }).unwrap_err();
    assert_eq!(
        error,
        "items[0]: invalid type: a text: if its type has changed, give it #[serde(deserialize_with = …)]"
    );
}

#[test]
fn what_serde_itself_can_not_read_is_told() {
    #[derive(Serialize, Deserialize, Debug)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Serialize, Deserialize, Debug)]
    struct Inner {
        wide: u128,
    }
    let error = edited::<Outer>(Outer { inner: Inner { wide: 1 } }).unwrap_err();
    let told = "u128 is not supported: serde can't read it within flatten, tag and untagged; write it as a text, by #[serde(with = …)]";
    assert!(error.ends_with(told), "{error}");
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Chain {
    End,
    Link(Box<Chain>),
    Pair(Box<Chain>, u8),
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
struct List {
    next: Option<Box<List>>,
}

/// On the stack of an ordinary thread.
fn on_a_thread(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).expect("a thread").join().expect("no panic");
}

#[test]
fn what_is_nested_is_saved_exactly_as_deep_as_it_is_restored() {
    on_a_thread(|| {
        let chain = |levels: usize| (0..levels).fold(Chain::End, |chain, _| Chain::Link(Box::new(chain)));
        comes_back(chain(DEEPEST));
        let too_deep = encode(&chain(DEEPEST + 1)).unwrap_err();
        assert_eq!(too_deep.reason, format!("nested deeper than {DEEPEST} levels"));
        let pairs = |levels: usize| (0..levels).fold(Chain::End, |chain, _| Chain::Pair(Box::new(chain), 0));
        comes_back(pairs(DEEPEST / 2));
        encode(&pairs(DEEPEST / 2 + 1)).unwrap_err();
        let list = |levels: usize| (1..levels).fold(List::default(), |list, _| List { next: Some(Box::new(list)) });
        comes_back(list(DEEPEST / 2));
        encode(&list(DEEPEST / 2 + 1)).unwrap_err();
    });
}

#[test]
fn what_is_nested_too_deep_overflows_no_stack() {
    on_a_thread(|| {
        let list = (0..20_000).fold(List::default(), |list, _| List { next: Some(Box::new(list)) });
        encode(&list).unwrap_err();
        let link = b"\x81\xa4Link";
        let bomb = [&link.repeat(1_000_000)[..], b"\xa3End"].concat();
        let trouble = decode::<Chain>(&bomb).unwrap_err();
        assert_eq!(trouble.reason, "the content is nested too deep");
        // In a field that nobody asks for, too.
        let unasked = [&b"\x81\xa1a"[..], &bomb[..]].concat();
        decode::<List>(&unasked).unwrap_err();
    });
}

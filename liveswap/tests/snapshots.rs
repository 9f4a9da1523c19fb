//! `Kept` saved to bytes and restored: all of it, or nothing.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::rc::Rc;

use liveswap::state::KeptCell;
use liveswap::state::snapshot::{Damage, Doing, Envelope};
use liveswap::{HotState, HotType, Kept, SnapshotError};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(HotType, HotState, Serialize, Deserialize, PartialEq, Debug, Clone)]
#[hot(snapshot)]
struct World {
    age: u64,
    people: Vec<Person>,
    mood: Mood,
}

#[derive(HotType, HotState, Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Person {
    name: String,
    speed: Option<f32>,
}

#[derive(HotType, HotState, Serialize, Deserialize, PartialEq, Debug, Clone)]
enum Mood {
    Calm,
    Angry { with: Vec<String> },
}

fn world() -> World {
    let person = |name: &str, speed| Person { name: name.into(), speed };
    World {
        age: 7,
        people: vec![person("Ada", Some(1.5)), person("Grace", None)],
        mood: Mood::Angry { with: vec!["Ada".into()] },
    }
}

/// The snapshot with another content under the same name and type.
fn with_content(snapshot: &[u8], content: &[u8]) -> Vec<u8> {
    Envelope { content, ..Envelope::read(snapshot).expect("a snapshot") }.to_bytes()
}

#[test]
fn a_state_comes_back_as_it_was() {
    let mut kept = Kept::new("comes back", world()).unwrap();
    let snapshot = kept.save().unwrap();
    kept.age += 1;
    kept.people.clear();
    kept.mood = Mood::Calm;
    kept.restore(&snapshot).unwrap();
    assert_eq!(*kept, world());
    let envelope = Envelope::read(&snapshot).unwrap();
    assert_eq!((envelope.name, envelope.type_name), ("comes back", "snapshots::World"));
}

#[test]
fn a_state_of_another_type_is_saved_by_the_code_at_hand() {
    let mut kept = Kept::new("of std", vec![Some("a".to_owned()), None]).unwrap();
    let snapshot = kept.save().unwrap();
    kept.clear();
    kept.restore(&snapshot).unwrap();
    assert_eq!(*kept, [Some("a".to_owned()), None]);
}

#[test]
fn a_generic_state_is_saved() {
    #[derive(HotType, HotState, Serialize, Deserialize)]
    #[hot(snapshot)]
    struct Pair<T> {
        both: (T, T),
    }
    let mut kept = Kept::new("generic", Pair { both: (1u8, 2u8) }).unwrap();
    let snapshot = kept.save().unwrap();
    kept.both.0 = 9;
    kept.restore(&snapshot).unwrap();
    assert_eq!(kept.both, (1, 2));
}

#[test]
fn a_snapshot_of_another_state_or_type_is_refused_with_both_names() {
    let mut kept = Kept::new("this one", world()).unwrap();
    let other = Kept::new("that one", world()).unwrap().save().unwrap();
    let error = kept.restore(&other).unwrap_err();
    assert_eq!(error, SnapshotError::OtherState { name: "this one".into(), found: "that one".into() });
    let told = "restore \"this one\": the snapshot is one of the state \"that one\"; a state keeps its name from one run to the next";
    assert_eq!(error.to_string(), told);

    let snapshot = kept.save().unwrap();
    drop(kept);
    let mut kept = Kept::new("this one", 7u32).unwrap();
    let error = kept.restore(&snapshot).unwrap_err();
    let told = "restore \"this one\": the snapshot is one of a `snapshots::World`, and the state is a `u32`; \
                if that is the same type, write `#[hot(rename = \"World\")]` before it";
    assert_eq!(error.to_string(), told);
    assert_eq!(*kept, 7);
}

#[test]
fn a_type_that_was_renamed_or_moved_is_the_same() {
    mod elsewhere {
        #[derive(liveswap::HotType, liveswap::HotState, serde::Serialize, serde::Deserialize)]
        #[hot(snapshot, rename = "World")]
        pub struct Planet {
            pub age: u64,
        }
        #[derive(liveswap::HotType, liveswap::HotState, serde::Serialize, serde::Deserialize)]
        #[hot(snapshot)]
        pub struct World {
            pub age: u64,
        }
    }
    let snapshot = Kept::new("renamed", world()).unwrap().save().unwrap();
    let mut planet = Kept::new("renamed", elsewhere::Planet { age: 0 }).unwrap();
    planet.restore(&snapshot).unwrap();
    assert_eq!(planet.age, 7);
    drop(planet);
    let mut moved = Kept::new("renamed", elsewhere::World { age: 0 }).unwrap();
    moved.restore(&snapshot).unwrap();
    assert_eq!(moved.age, 7);
}

#[test]
fn damaged_bytes_are_refused() {
    let mut kept = Kept::new("damaged", world()).unwrap();
    let snapshot = kept.save().unwrap();
    let damage = |kept: &mut Kept<World>, bytes: &[u8]| match kept.restore(bytes) {
        Err(SnapshotError::Damaged { damage, .. }) => damage,
        other => panic!("{other:?}"),
    };
    assert_eq!(damage(&mut kept, b""), Damage::CutOff);
    assert_eq!(damage(&mut kept, b"no snapshot"), Damage::NoSnapshot);
    let last = snapshot.len() - 1;
    assert_eq!(damage(&mut kept, &snapshot[..last]), Damage::Changed);
    // Whole, but with another content in it.
    let content = Envelope::read(&snapshot).unwrap().content;
    let error = kept.restore(&with_content(&snapshot, &content[..content.len() - 1])).unwrap_err();
    assert_eq!(error.to_string(), "restore \"damaged\": the content is cut off");
    assert_eq!(*kept, world());
}

thread_local! {
    static DROPPED: Rc<Cell<u32>> = Rc::default();
}

/// Counts its drops.
#[derive(HotType, HotState, Serialize, Deserialize)]
#[hot(snapshot)]
struct Counted {
    text: String,
    /// A panic in the middle of a save, and of a restore.
    #[serde(serialize_with = "save_or_panic", deserialize_with = "restore_or_panic")]
    number: u8,
}

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.with(|dropped| dropped.set(dropped.get() + 1));
        assert!(self.text != "panics when dropped", "dropped");
    }
}

fn save_or_panic<S: serde::Serializer>(number: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    assert!(*number != 13, "thirteen can't be saved");
    serializer.serialize_u8(*number)
}

fn restore_or_panic<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let number = u8::deserialize(deserializer)?;
    assert!(number != 99, "ninety-nine can't be restored");
    Ok(number)
}

fn dropped() -> u32 {
    DROPPED.with(|dropped| dropped.get())
}

#[test]
fn the_old_content_is_dropped_once_and_only_when_the_new_one_stands() {
    let mut kept = Kept::new("counted", Counted { text: "old".into(), number: 1 }).unwrap();
    let snapshot = kept.save().unwrap();
    kept.restore(&snapshot[..9]).unwrap_err();
    kept.restore(&with_content(&snapshot, b"\x80")).unwrap_err();
    assert_eq!(dropped(), 0);
    kept.restore(&snapshot).unwrap();
    assert_eq!(dropped(), 1);
    drop(kept);
    assert_eq!(dropped(), 2);
}

#[test]
fn a_panic_in_the_types_code_is_an_error_and_the_content_stays() {
    let mut kept = Kept::new("panics", Counted { text: "a".into(), number: 99 }).unwrap();
    let snapshot = kept.save().unwrap();
    kept.number = 13;
    let error = kept.save().unwrap_err();
    assert_eq!(error.to_string(), "save \"panics\": hot code panicked: thirteen can't be saved");
    let error = kept.restore(&snapshot).unwrap_err();
    let SnapshotError::Panicked { doing: Doing::Restore, panic, .. } = &error else { panic!("{error}") };
    assert_eq!(panic.message, "ninety-nine can't be restored");
    assert_eq!((kept.text.as_str(), kept.number), ("a", 13));

    // The old content's destructor panics: the new one stands all the same.
    kept.number = 1;
    let snapshot = kept.save().unwrap();
    kept.text = "panics when dropped".into();
    let before = dropped();
    assert!(catch_unwind(std::panic::AssertUnwindSafe(|| kept.restore(&snapshot))).expect("no panic").is_ok());
    assert_eq!((kept.text.as_str(), dropped() - before), ("a", 1));
}

#[test]
fn a_host_needs_no_type() {
    fn cell_of(cells: liveswap::Cells<'_>, then: &mut dyn FnMut(&mut KeptCell)) {
        cells.into_vec().into_iter().for_each(then);
    }
    let mut kept = Kept::new("without a type", world()).unwrap();
    let mut snapshot = Vec::new();
    cell_of(liveswap::Cells::new().and(&mut kept), &mut |cell| snapshot = cell.save().unwrap());
    kept.age = 0;
    cell_of(liveswap::Cells::new().and(&mut kept), &mut |cell| {
        let unused = cell.read(&snapshot).unwrap();
        let made = cell.read(&snapshot).unwrap();
        drop(unused);
        cell.put(made);
    });
    assert_eq!(*kept, world());

    let mut plain = Kept::new("plain", 1u8).unwrap();
    cell_of(liveswap::Cells::new().and(&mut plain), &mut |cell| {
        let error = cell.save().unwrap_err();
        assert_eq!(error, SnapshotError::Unmarked { name: "plain".into(), type_name: "u8" });
        cell.lose();
        assert_eq!(cell.save(), Err(SnapshotError::Lost { name: "plain".into() }));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_of_any_origin_change_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut kept = Kept::new("any bytes", world()).unwrap();
        prop_assert!(kept.restore(&bytes).is_err());
        let snapshot = kept.save().unwrap();
        prop_assert!(kept.restore(&with_content(&snapshot, &bytes)).is_err(), "no whole world by chance");
        prop_assert_eq!(&*kept, &world());
    }

    #[test]
    fn a_changed_snapshot_changes_nothing(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 1u8..), 1..4),
    ) {
        let mut kept = Kept::new("changed bytes", world()).unwrap();
        let snapshot = kept.save().unwrap();
        let mut changed = snapshot.clone();
        for (place, by) in &changes {
            changed[place.index(snapshot.len())] ^= by;
        }
        // The changes may take each other back.
        prop_assert_eq!(kept.restore(&changed).is_err(), changed != snapshot);
        prop_assert_eq!(&*kept, &world());
    }

    /// As above, but the checksum is right: the type's own code is asked.
    #[test]
    fn a_changed_content_gives_a_world_or_an_error(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in 0usize..4,
    ) {
        let mut kept = Kept::new("changed content", world()).unwrap();
        let snapshot = kept.save().unwrap();
        let mut content = Envelope::read(&snapshot).unwrap().content.to_vec();
        for (place, to) in changes {
            let place = place.index(content.len());
            content[place] = to;
        }
        content.truncate(content.len() - cut);
        match kept.restore(&with_content(&snapshot, &content)) {
            Ok(()) => prop_assert!(kept.save().is_ok(), "a value of the type"),
            Err(SnapshotError::Failed { doing: Doing::Restore, .. }) => prop_assert_eq!(&*kept, &world()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }
}

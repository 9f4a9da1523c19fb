//! All states of a program saved and restored together. The host has no library here: snapshots need none.

use std::sync::{Arc, Mutex, RwLock};

use liveswap::{HotState, HotType, Kept};
use liveswap_host::{Host, NotSaved, SnapshotError, Snapshots};
use serde::{Deserialize, Serialize};

#[derive(HotType, HotState, Serialize, Deserialize, PartialEq, Debug)]
#[hot(snapshot)]
struct World {
    age: u32,
}

#[derive(HotType, HotState, Serialize, Deserialize, PartialEq, Debug)]
#[hot(snapshot)]
struct Menu {
    #[serde(serialize_with = "unless_unlucky")]
    items: Vec<String>,
}

fn unless_unlucky<S: serde::Serializer>(items: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    assert!(items.len() != 13, "thirteen items");
    items.serialize(serializer)
}

fn world(name: &str, age: u32) -> Kept<World> {
    Kept::new(name, World { age }).unwrap()
}

fn host() -> Host {
    Host::builder().show(None).start().unwrap()
}

/// Only the states that this test has named: tests share the list of names.
fn missing<'s>(snapshots: &'s Snapshots, test: &str) -> Vec<&'s NotSaved> {
    let is_ours = |not_saved: &&NotSaved| not_saved.to_string().contains(test);
    snapshots.missing().iter().filter(is_ours).collect()
}

#[test]
fn all_states_in_hand_and_kept_are_saved_and_restored() {
    let host = host();
    let (mut world, locked) = (world("all: world", 1), Arc::new(Mutex::new(world("all: locked", 2))));
    let kept = Arc::new(RwLock::new(Kept::new("all: kept", Menu { items: vec!["a".into()] }).unwrap()));
    host.keep(&kept);
    let snapshots = host.snapshot((&mut world, &locked));
    assert_eq!(snapshots.names().collect::<Vec<_>>(), ["all: kept", "all: locked", "all: world"]);
    assert_eq!(missing(&snapshots, "all: "), Vec::<&NotSaved>::new());

    let snapshots = Snapshots::from_bytes(&snapshots.to_bytes()).unwrap();
    world.age = 10;
    locked.lock().unwrap().age = 20;
    kept.write().unwrap().items.clear();
    assert_eq!(host.restore(&snapshots, &mut world).unwrap(), ["all: world", "all: kept"]);
    assert_eq!((world.age, locked.lock().unwrap().age), (1, 20), "what is not in hand stays");
    assert_eq!(kept.read().unwrap().items, ["a"]);
    assert_eq!(host.restore(&snapshots, &locked).unwrap(), ["all: locked", "all: kept"]);
    assert_eq!(locked.lock().unwrap().age, 2);

    // One alone, without a host.
    world.age = 10;
    world.restore(snapshots.get("all: world").unwrap()).unwrap();
    assert_eq!(world.age, 1);
}

#[test]
fn a_state_that_is_not_saved_is_told() {
    let host = host();
    let mut unlucky = Kept::new("told: unlucky", Menu { items: vec![String::new(); 13] }).unwrap();
    let mut plain = Kept::new("told: plain", vec![1u8]).unwrap();
    let (mut saved, _away) = (world("told: saved", 1), world("told: away", 1));
    let snapshots = host.snapshot((&mut unlucky, &mut plain, &mut saved));
    assert_eq!(snapshots.names().collect::<Vec<_>>(), ["told: saved"]);
    let told: Vec<_> = missing(&snapshots, "told: ").into_iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "save \"told: unlucky\": hot code panicked: thirteen items",
            "no snapshot of the state \"told: plain\": write `#[hot(snapshot)]` before `alloc::vec::Vec<u8>` and derive serde's \
             `Serialize` and `Deserialize` for it; a type of another crate goes into a struct of your own",
            "no snapshot of the state \"told: away\" (a `snapshots::World`): it was not in hand; give it to \
             `host.snapshot(…)`, or its lock to `host.keep(…)`",
        ]
    );
}

#[test]
fn none_is_restored_where_one_can_not_be() {
    let host = host();
    let (mut first, mut last) = (world("none: first", 1), world("none: last", 2));
    let snapshots = host.snapshot((&mut first, &mut last));
    drop(last);
    first.age = 10;
    let mut last = Kept::new("none: last", Menu { items: Vec::new() }).unwrap();
    let error = host.restore(&snapshots, (&mut first, &mut last)).unwrap_err();
    assert!(matches!(&error, SnapshotError::OtherType { name, .. } if name == "none: last"), "{error}");
    assert_eq!(first.age, 10);
}

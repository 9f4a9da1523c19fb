//! `indexmap`: maps and sets, which keep their order.

use std::hash::{BuildHasher, Hash};
use std::mem::ManuallyDrop;

use indexmap::{IndexMap, IndexSet};

use crate::state::HotState;
use crate::state::std_types::maps::map;
use crate::state::std_types::sets::set;
use crate::state::std_types::state;

state!([K: HotState + Eq + Hash, V: HotState, S: BuildHasher + Default] IndexMap<K, V, S>, map::<IndexMap<K, V, S>, IndexSet<ManuallyDrop<K>, S>, K, V>());
state!([T: HotState + Eq + Hash, S: BuildHasher + Default] IndexSet<T, S>, set::<IndexSet<T, S>, IndexSet<ManuallyDrop<T>, S>, T>());

//! Maps.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};
use std::mem::ManuallyDrop;
use std::ptr;

use super::sets::{Scattered, rehearse};
use super::state;
use crate::guard::{Ret, guard};
use crate::state::{HotState, MapState, StateKind};

/// A map as seen by the functions below: what std's traits say of it.
pub(in crate::state) trait Map<K, V>: Default + Extend<(K, V)> + IntoIterator<Item = (K, V)> {
    /// How many pairs there are.
    fn count(&self) -> usize;
    /// The addresses of keys and values.
    fn addresses(&mut self) -> impl Iterator<Item = (*const K, *mut V)>;
}

impl<M: Default + Extend<(K, V)> + IntoIterator<Item = (K, V)>, K, V> Map<K, V> for M
where
    for<'a> &'a M: IntoIterator<IntoIter: ExactSizeIterator>,
    for<'a> &'a mut M: IntoIterator<Item = (&'a K, &'a mut V)>,
{
    fn count(&self) -> usize {
        self.into_iter().len()
    }

    fn addresses(&mut self) -> impl Iterator<Item = (*const K, *mut V)> {
        self.into_iter().map(|(key, value)| (ptr::from_ref(key), ptr::from_mut(value)))
    }
}

unsafe fn len<M: Map<K, V>, K, V>(map: *const u8) -> usize {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    unsafe { &*map.cast::<M>() }.count()
}

unsafe fn each<M: Map<K, V>, K, V>(map: *mut u8, keys: *mut *mut u8, values: *mut *mut u8) {
    // SAFETY: as above.
    let map = unsafe { &mut *map.cast::<M>() };
    for (place, (key, value)) in map.addresses().enumerate() {
        // SAFETY: there is room for as many addresses as pairs.
        unsafe {
            keys.add(place).write(key.cast_mut().cast());
            values.add(place).write(value.cast());
        }
    }
}

unsafe fn drain<M: Map<K, V>, K, V>(map: *mut u8, keys: *mut u8, values: *mut u8) {
    // SAFETY: the host gives the map away.
    let map = unsafe { map.cast::<M>().read() };
    for (place, (key, value)) in map.into_iter().enumerate() {
        // SAFETY: there is room for keys and values.
        unsafe {
            keys.cast::<K>().add(place).write(key);
            values.cast::<V>().add(place).write(value);
        }
    }
}

unsafe extern "C" fn build<M: Map<K, V>, K, V>(to: *mut u8, keys: *mut u8, values: *mut u8, count: usize) -> Ret<()> {
    guard(move || {
        let (keys, values) = (keys.cast::<K>(), values.cast::<V>());
        // As for sets: after the rehearsal only `Hash`, `Eq` or `Ord` that answer otherwise than before may panic.
        let mut map = ManuallyDrop::new(M::default());
        // SAFETY: the host gives that many keys and values in rows, to be moved out.
        map.extend((0..count).map(|number| unsafe { (keys.add(number).read(), values.add(number).read()) }));
        // SAFETY: the host gives room for this type.
        unsafe { to.cast::<ManuallyDrop<M>>().write(map) };
    })
}

/// A map; `Trial` is a set that compares its keys, without dropping them.
pub(in crate::state) const fn map<M: Map<K, V>, Trial: Scattered<ManuallyDrop<K>>, K: HotState, V: HotState>()
-> StateKind {
    StateKind::Map(MapState {
        key: K::state,
        value: V::state,
        len: len::<M, K, V>,
        each: each::<M, K, V>,
        drain: drain::<M, K, V>,
        rehearse: rehearse::<Trial, K>,
        build: build::<M, K, V>,
    })
}

state!([K: HotState + Eq + Hash, V: HotState, S: BuildHasher + Default] HashMap<K, V, S>, map::<HashMap<K, V, S>, HashSet<ManuallyDrop<K>, S>, K, V>());
state!([K: HotState + Ord, V: HotState] BTreeMap<K, V>, map::<BTreeMap<K, V>, BTreeSet<ManuallyDrop<K>>, K, V>());

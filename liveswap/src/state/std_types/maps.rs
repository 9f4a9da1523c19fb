//! Maps.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::mem::ManuallyDrop;
use std::ptr;

use super::state;
use crate::guard::{Ret, guard};
use crate::state::{HotState, MapState, StateKind};

/// A map, as seen by the functions below.
trait Map<K, V> {
    fn count(&self) -> usize;
    fn each(&mut self, visit: &mut dyn FnMut(*const K, *mut V));
    fn take_all(self, take: &mut dyn FnMut(K, V));
    /// Adds a pair; false where the key is there.
    fn add(&mut self, key: K, value: V) -> bool;
    fn empty() -> Self;
}

impl<K: Eq + Hash, V, S: BuildHasher + Default> Map<K, V> for HashMap<K, V, S> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&mut self, visit: &mut dyn FnMut(*const K, *mut V)) {
        self.iter_mut().for_each(|(key, value)| visit(key, value));
    }

    fn take_all(self, take: &mut dyn FnMut(K, V)) {
        self.into_iter().for_each(|(key, value)| take(key, value));
    }

    fn add(&mut self, key: K, value: V) -> bool {
        self.insert(key, value).is_none()
    }

    fn empty() -> Self {
        HashMap::default()
    }
}

impl<K: Ord, V> Map<K, V> for BTreeMap<K, V> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&mut self, visit: &mut dyn FnMut(*const K, *mut V)) {
        self.iter_mut().for_each(|(key, value)| visit(key, value));
    }

    fn take_all(self, take: &mut dyn FnMut(K, V)) {
        self.into_iter().for_each(|(key, value)| take(key, value));
    }

    fn add(&mut self, key: K, value: V) -> bool {
        self.insert(key, value).is_none()
    }

    fn empty() -> Self {
        BTreeMap::new()
    }
}

unsafe fn len<M: Map<K, V>, K, V>(map: *const u8) -> usize {
    // SAFETY: the host gives a value of this type, which nobody else uses.
    unsafe { &*map.cast::<M>() }.count()
}

unsafe fn each<M: Map<K, V>, K, V>(map: *mut u8, keys: *mut *mut u8, values: *mut *mut u8) {
    let mut place = 0;
    // SAFETY: as above, and there is room for as many addresses as pairs.
    unsafe { &mut *map.cast::<M>() }.each(&mut |key, value| unsafe {
        keys.add(place).write(key.cast_mut().cast());
        values.add(place).write(value.cast());
        place += 1;
    });
}

unsafe fn drain<M: Map<K, V>, K, V>(map: *mut u8, keys: *mut u8, values: *mut u8) {
    let (keys, values) = (keys.cast::<K>(), values.cast::<V>());
    let mut place = 0;
    // SAFETY: the host gives the map away, and room for its keys and values.
    unsafe { map.cast::<M>().read() }.take_all(&mut |key, value| unsafe {
        keys.add(place).write(key);
        values.add(place).write(value);
        place += 1;
    });
}

/// As `build`, of keys that are not dropped, so that a panic in `Hash`, `Eq` or `Ord` takes nothing away.
unsafe extern "C" fn rehearse<Trial: Map<ManuallyDrop<K>, ()>, K>(keys: *mut u8, count: usize) -> Ret<bool> {
    guard(move || {
        let keys = keys.cast::<ManuallyDrop<K>>();
        let mut trial = Trial::empty();
        // SAFETY: the host gives that many keys in a row; these copies are looked at and never dropped.
        (0..count).all(|number| trial.add(unsafe { keys.add(number).read() }, ()))
    })
}

unsafe extern "C" fn build<M: Map<K, V>, K, V>(to: *mut u8, keys: *mut u8, values: *mut u8, count: usize) -> Ret<()> {
    guard(move || {
        let (keys, values) = (keys.cast::<K>(), values.cast::<V>());
        // As for sets: after the rehearsal only `Hash`, `Eq` or `Ord` that answer otherwise than before may panic.
        let mut map = ManuallyDrop::new(M::empty());
        for number in 0..count {
            // SAFETY: the host gives that many keys and values in rows, to be moved out.
            let (key, value) = unsafe { (ptr::read(keys.add(number)), ptr::read(values.add(number))) };
            map.add(key, value);
        }
        // SAFETY: the host gives room for this type.
        unsafe { to.cast::<ManuallyDrop<M>>().write(map) };
    })
}

const fn kind<M: Map<K, V>, Trial: Map<ManuallyDrop<K>, ()>, K: HotState, V: HotState>() -> StateKind {
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

state!([K: HotState + Eq + Hash, V: HotState, S: BuildHasher + Default] HashMap<K, V, S>, kind::<HashMap<K, V, S>, HashMap<ManuallyDrop<K>, (), S>, K, V>());
state!([K: HotState + Ord, V: HotState] BTreeMap<K, V>, kind::<BTreeMap<K, V>, BTreeMap<ManuallyDrop<K>, ()>, K, V>());

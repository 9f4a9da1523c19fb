//! Texts and collections.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::hash::{BuildHasherDefault, DefaultHasher, RandomState};
use std::path::{Path, PathBuf};

use crate::layout::{HotType, Kind, opaque};

primitives!(String, OsString, CString, PathBuf, RandomState, DefaultHasher);

whole_without_size!([] str, Kind::Primitive);
whole_without_size!([] Path, Kind::Primitive);
whole_without_size!([] OsStr, Kind::Primitive);
whole_without_size!([] CStr, Kind::Primitive);
without_size!([T: HotType] [T], Kind::Over(&[T::info]));
described!([T: HotType, const N: usize] [T; N], Kind::Over(&[T::info]));

over!(
    [T] Vec<T>, [T] VecDeque<T>, [T] LinkedList<T>, [T] BinaryHeap<T>, [T] BTreeSet<T>, [K, V] BTreeMap<K, V>,
);

// Hashers are part of a map's layout.
described!([K: HotType, V: HotType, S] HashMap<K, V, S>, Kind::Over(&[K::info, V::info, opaque::<S>]));
described!([T: HotType, S] HashSet<T, S>, Kind::Over(&[T::info, opaque::<S>]));
whole!([H] BuildHasherDefault<H>, Kind::Over(&[]));

// What is borrowed stays where it is.
whole!(
    ['a, B: HotType + ToOwned<Owned: HotType> + ?Sized] Cow<'a, B>,
    Kind::Over(&[B::info, <B::Owned as HotType>::info])
);

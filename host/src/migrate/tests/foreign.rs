//! Containers of other crates.

use indexmap::{IndexMap, IndexSet};
use smallvec::SmallVec;

use super::*;

versions!(
    {
        #[derive(HotType, HotState, PartialEq, Eq, Hash, Debug)]
        pub struct Item { pub id: Counted, pub gone: Counted }
        #[derive(HotType, HotState)]
        pub struct All {
            pub map: IndexMap<Item, Item>,
            pub set: IndexSet<Item>,
            pub inline: SmallVec<[Item; 2]>,
            pub spilled: SmallVec<[Item; 2]>,
            pub to_inline: Vec<Item>,
            pub ordered: HashMap<u8, Item>,
            pub n: u16,
        }
    }
    {
        #[derive(HotType, HotState, PartialEq, Eq, Hash, Debug)]
        pub struct Item { pub new: Limited, pub id: Counted }
        #[derive(HotType, HotState)]
        pub struct All {
            pub map: IndexMap<Item, Item>,
            pub set: IndexSet<Item>,
            pub inline: SmallVec<[Item; 2]>,
            pub spilled: SmallVec<[Item; 2]>,
            pub to_inline: SmallVec<[Item; 4]>,
            pub ordered: IndexMap<u8, Item>,
            pub n: u8,
        }
    }
);

/// How many items there are in `all`.
const ITEMS: u32 = 2 * 3 + 4 + 2 + 3 + 3 + 1;

fn item(id: u32) -> old::Item {
    old::Item { id: Counted::new(id), gone: Counted::new(1000) }
}

/// In an order that is neither that of the numbers nor of their hashes.
fn all(n: u16) -> old::All {
    old::All {
        map: [3, 1, 2].into_iter().map(|id| (item(id), item(id + 10))).collect(),
        set: [7, 5, 6, 4].into_iter().map(item).collect(),
        inline: (20..22).map(item).collect(),
        spilled: (30..33).map(item).collect(),
        to_inline: (40..43).map(item).collect(),
        ordered: [(1, item(50))].into(),
        n,
    }
}

/// Whether a version holds what it should; both have the same names.
macro_rules! check {
    ($all:expr) => {{
        let all = $all;
        assert_eq!(
            all.map.iter().map(|(key, item)| (key.id.0, item.id.0)).collect::<Vec<_>>(),
            [(3, 13), (1, 11), (2, 12)]
        );
        assert!(all.map.iter().all(|(key, item)| std::ptr::eq(&all.map[key], item)), "keys are found");
        assert_eq!(all.set.iter().map(|item| item.id.0).collect::<Vec<_>>(), [7, 5, 6, 4]);
        assert_eq!(all.inline.iter().map(|item| item.id.0).collect::<Vec<_>>(), [20, 21]);
        assert_eq!(all.spilled.iter().map(|item| item.id.0).collect::<Vec<_>>(), [30, 31, 32]);
        assert_eq!((all.inline.spilled(), all.spilled.spilled()), (false, true));
        assert_eq!(all.to_inline.iter().map(|item| item.id.0).collect::<Vec<_>>(), [40, 41, 42]);
        assert_eq!(all.ordered[&1].id.0, 50);
    }};
}

#[test]
fn they_keep_their_order_there_and_back() {
    let old = all(1);
    let before = 2 * i64::from(ITEMS);
    assert_eq!(live(), before);
    LEFT.set(ITEMS);
    let new: new::All = moved(old);
    assert_eq!((live(), LEFT.get()), (before, 0));
    check!(&new);
    assert!(!new.to_inline.spilled());
    let back: old::All = moved(new);
    check!(&back);
    assert_eq!(live(), before);
    drop(back);
    assert_eq!(live(), 0);
}

#[test]
fn wherever_it_fails_the_old_value_is_whole() {
    let mut old = all(256);
    // With enough of all, it is the number at the end.
    for left in 0..=ITEMS {
        LEFT.set(left);
        let (text, same) = failed::<_, new::All>(old);
        assert_eq!(left == ITEMS, text == "Old.n: 256 does not fit `u8`", "{text}");
        old = same;
        assert_eq!(live(), 2 * i64::from(ITEMS), "with {left} left: {text}");
        check!(&old);
    }
    drop(old);
    assert_eq!(live(), 0);
}

mod keys {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState, PartialEq, Eq, Hash, Debug)]
            pub struct Key { pub id: Counted, pub more: u8 }
            #[derive(HotType, HotState)]
            pub struct All { pub map: IndexMap<Key, Counted>, pub set: IndexSet<Key> }
        }
        {
            #[derive(HotType, HotState, PartialEq, Eq, Hash, Debug)]
            pub struct Key { pub id: Counted }
            #[derive(HotType, HotState)]
            pub struct All { pub map: IndexMap<Key, Counted>, pub set: IndexSet<Key> }
        }
    );

    #[test]
    fn two_that_become_equal_are_not_made_one() {
        let key = |more| old::Key { id: Counted::new(1), more };
        let set = [key(1), key(2)].into();
        let (text, old) = failed::<_, new::All>(old::All { map: IndexMap::new(), set });
        assert_eq!((text.as_str(), live()), ("Old.set: two of its elements are equal in the new layout", 2));
        let map = old.set.into_iter().map(|key| (key, Counted::new(2))).collect();
        let (text, old) = failed::<_, new::All>(old::All { map, set: IndexSet::new() });
        assert_eq!((text.as_str(), live()), ("Old.map: two of its keys are equal in the new layout", 4));
        drop(old);
        assert_eq!(live(), 0);
    }
}

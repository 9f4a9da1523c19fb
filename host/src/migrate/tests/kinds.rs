//! Std's further containers and wrappers: each there and back, and undone wherever it fails.

use std::cell::{OnceCell, UnsafeCell};
use std::collections::{BinaryHeap, LinkedList};
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow, RangeFrom, RangeTo, RangeToInclusive};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::SendError;
use std::task::Poll;

use super::*;

versions!(
    {
        #[derive(HotType, HotState, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub struct Item { pub id: Counted, pub gone: Counted }
        #[derive(HotType, HotState)]
        pub struct All {
            pub list: LinkedList<Item>,
            pub heap: BinaryHeap<Item>,
            pub once: OnceCell<Item>,
            pub never: OnceCell<Item>,
            pub cell: UnsafeCell<Item>,
            pub asserted: AssertUnwindSafe<Item>,
            pub unsent: SendError<Item>,
            pub bounds: [Bound<Item>; 3],
            pub polls: [Poll<Item>; 2],
            pub flows: [ControlFlow<Item, Counted>; 2],
            pub saturating: Saturating<u8>,
            pub wrapping: Wrapping<u8>,
            pub from: RangeFrom<u8>,
            pub to: RangeTo<u8>,
            pub to_inclusive: RangeToInclusive<u8>,
            pub from_list: LinkedList<Item>,
            pub to_list: Vec<Item>,
        }
    }
    {
        #[derive(HotType, HotState, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub struct Item { pub new: Limited, pub id: Counted }
        #[derive(HotType, HotState)]
        pub struct All {
            pub list: LinkedList<Item>,
            pub heap: BinaryHeap<Item>,
            pub once: OnceCell<Item>,
            pub never: OnceCell<Item>,
            pub cell: UnsafeCell<Item>,
            pub asserted: AssertUnwindSafe<Item>,
            pub unsent: SendError<Item>,
            pub bounds: [Bound<Item>; 3],
            pub polls: [Poll<Item>; 2],
            pub flows: [ControlFlow<Item, Counted>; 2],
            pub saturating: Saturating<u16>,
            pub wrapping: Wrapping<u16>,
            pub from: RangeFrom<u16>,
            pub to: RangeTo<u16>,
            pub to_inclusive: RangeToInclusive<u16>,
            pub from_list: Vec<Item>,
            pub to_list: LinkedList<Item>,
        }
    }
);

/// How many items there are in `all`, and counted values.
const ITEMS: u32 = 20;
const COUNTED: i64 = 2 * ITEMS as i64 + 1;

fn item(id: u32) -> old::Item {
    old::Item { id: Counted::new(id), gone: Counted::new(1000) }
}

fn all() -> old::All {
    let once = OnceCell::new();
    once.set(item(10)).unwrap();
    old::All {
        list: (0..3).map(item).collect(),
        heap: [5, 3, 4].map(item).into(),
        once,
        never: OnceCell::new(),
        cell: UnsafeCell::new(item(11)),
        asserted: AssertUnwindSafe(item(12)),
        unsent: SendError(item(13)),
        bounds: [Bound::Included(item(14)), Bound::Excluded(item(15)), Bound::Unbounded],
        polls: [Poll::Ready(item(16)), Poll::Pending],
        flows: [ControlFlow::Break(item(17)), ControlFlow::Continue(Counted::new(18))],
        saturating: Saturating(255),
        wrapping: Wrapping(254),
        from: 1..,
        to: ..2,
        to_inclusive: ..=3,
        from_list: (20..23).map(item).collect(),
        to_list: (30..33).map(item).collect(),
    }
}

/// Whether a version holds what it should; both have the same names.
macro_rules! check {
    ($version:ident, $all:expr) => {{
        use $version::Item;
        let all: &mut $version::All = $all;
        let ids = |items: &mut dyn Iterator<Item = &Item>| items.map(|item| item.id.0).collect::<Vec<_>>();
        assert_eq!(ids(&mut all.list.iter()), [0, 1, 2]);
        assert_eq!(all.heap.peek().map(|item| item.id.0), Some(5));
        assert_eq!(all.heap.len(), 3);
        assert_eq!(all.once.get().map(|item| item.id.0), Some(10));
        assert!(all.never.get().is_none());
        assert_eq!((all.cell.get_mut().id.0, all.asserted.id.0, all.unsent.0.id.0), (11, 12, 13));
        let [Bound::Included(a), Bound::Excluded(b), Bound::Unbounded] = &all.bounds else {
            panic!("the three bounds")
        };
        assert_eq!((a.id.0, b.id.0), (14, 15));
        let [Poll::Ready(polled), Poll::Pending] = &all.polls else { panic!("both polls") };
        assert_eq!(polled.id.0, 16);
        let [ControlFlow::Break(end), ControlFlow::Continue(on)] = &all.flows else { panic!("both ways") };
        assert_eq!((end.id.0, on.0), (17, 18));
        assert_eq!((all.saturating.0, all.wrapping.0), (255, 254));
        assert_eq!((all.from.start, all.to.end, all.to_inclusive.end), (1, 2, 3));
        assert_eq!(ids(&mut all.from_list.iter()), [20, 21, 22]);
        assert_eq!(ids(&mut all.to_list.iter()), [30, 31, 32]);
    }};
}

#[test]
fn all_go_there_and_back() {
    let old = all();
    assert_eq!(live(), COUNTED);
    LEFT.set(ITEMS);
    let mut new: new::All = moved(old);
    assert_eq!((live(), LEFT.get()), (COUNTED, 0), "one part of each item was dropped, one is new");
    check!(new, &mut new);
    let mut back: old::All = moved(new);
    assert_eq!(live(), COUNTED);
    check!(old, &mut back);
    drop(back);
    assert_eq!(live(), 0);
}

#[test]
fn wherever_it_fails_the_old_value_is_whole() {
    let mut old = all();
    for left in 0..ITEMS {
        LEFT.set(left);
        let (text, same) = failed::<_, new::All>(old);
        assert!(text.ends_with(".new: its default panicked: no more of these"), "{text}");
        old = same;
        assert_eq!(live(), COUNTED, "with {left} left: {text}");
        check!(old, &mut old);
    }
    drop(old);
    assert_eq!(live(), 0);
}

mod lists {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState)]
            pub struct Node { pub id: Counted, pub around: RefCell<LinkedList<Weak<Node>>> }
        }
        {
            #[derive(HotType, HotState)]
            pub struct Node { pub new: Counted, pub id: Counted, pub around: RefCell<LinkedList<Weak<Node>>> }
        }
    );

    #[test]
    fn a_list_may_lead_back_to_what_holds_it_since_it_compares_nothing() {
        let node = Rc::new(old::Node { id: Counted::new(1), around: RefCell::default() });
        node.around.borrow_mut().extend([Rc::downgrade(&node), Weak::new()]);
        let new: Rc<new::Node> = moved(node);
        let around = new.around.take();
        let found: Vec<_> = around.iter().map(|node| node.upgrade().map(|node| node.id.0)).collect();
        assert_eq!((found, Rc::weak_count(&new), live()), (vec![Some(1), None], 1, 2));
        drop((around, new));
        assert_eq!(live(), 0);
    }
}

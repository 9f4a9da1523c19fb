//! Containers, wrappers and enums.

use super::*;

versions!(
    {
        #[derive(HotType, HotState, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct Item { pub id: Counted, pub gone: Counted }
        #[derive(HotType, HotState)]
        pub enum Event { Quit, Named { id: u8, name: Counted, gone: Counted }, Old(Counted), Tick(f32) }
        #[derive(HotType, HotState)]
        pub struct All {
            pub vec: Vec<Item>,
            pub deque: VecDeque<Item>,
            pub row: Box<[Item]>,
            pub array: [Item; 3],
            pub hashed: HashSet<Item>,
            pub sorted: BTreeSet<Item>,
            pub map: HashMap<Counted, Item>,
            pub tree: BTreeMap<Item, Vec<Item>>,
            pub option: Option<Item>,
            pub none: Option<Item>,
            pub boxed: Box<Item>,
            pub locked: Mutex<Item>,
            pub cell: RefCell<Vec<Option<Box<Item>>>>,
            pub result: Result<Item, u8>,
            pub events: Vec<Event>,
            pub to_option: Item,
            pub to_box: Counted,
            pub from_option: Option<Counted>,
            pub list: Vec<u8>,
        }
    }
    {
        #[derive(HotType, HotState, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct Item { pub new: Counted, pub id: Counted }
        #[derive(HotType, HotState)]
        pub enum Event {
            Tick(f64),
            Named { new: Counted, name: Counted, id: u16 },
            #[hot(rename = "Old")]
            New(Counted),
            Added,
            Quit,
        }
        #[derive(HotType, HotState)]
        pub struct All {
            pub vec: Vec<Item>,
            pub deque: VecDeque<Item>,
            pub row: Box<[Item]>,
            pub array: [Item; 3],
            pub hashed: HashSet<Item>,
            pub sorted: BTreeSet<Item>,
            pub map: HashMap<Counted, Item>,
            pub tree: BTreeMap<Item, Vec<Item>>,
            pub option: Option<Item>,
            pub none: Option<Item>,
            pub boxed: Box<Item>,
            pub locked: Mutex<Item>,
            pub cell: RefCell<Vec<Option<Box<Item>>>>,
            pub result: Result<Item, u8>,
            pub events: Vec<Event>,
            pub to_option: Option<Item>,
            pub to_box: Box<Counted>,
            pub from_option: Counted,
            pub list: VecDeque<u16>,
        }
    }
);

fn item(id: u32) -> old::Item {
    old::Item { id: Counted::new(id), gone: Counted::new(id + 1000) }
}

fn items(count: u32) -> impl Iterator<Item = old::Item> {
    (0..count).map(item)
}

fn all() -> old::All {
    let mut deque: VecDeque<_> = items(5).collect();
    // Not in a row.
    deque.rotate_left(2);
    let end = deque.pop_back().unwrap();
    deque.push_front(end);
    old::All {
        vec: items(600).collect(),
        deque,
        row: items(3).collect(),
        array: [item(1), item(2), item(3)],
        hashed: items(50).collect(),
        sorted: items(50).collect(),
        map: items(40).map(|item| (Counted::new(item.id.0), item)).collect(),
        tree: items(30).map(|item| (item, items(2).collect())).collect(),
        option: Some(item(5)),
        none: None,
        boxed: Box::new(item(6)),
        locked: Mutex::new(item(7)),
        cell: RefCell::new(vec![Some(Box::new(item(8))), None]),
        result: Ok(item(9)),
        events: vec![
            old::Event::Quit,
            old::Event::Named { id: 1, name: Counted::new(2), gone: Counted::new(3) },
            old::Event::Old(Counted::new(4)),
            old::Event::Tick(1.5),
        ],
        to_option: item(10),
        to_box: Counted::new(11),
        from_option: Some(Counted::new(12)),
        list: vec![1, 2, 3],
    }
}

fn check(new: &new::All) {
    let ids = |items: &mut dyn Iterator<Item = &new::Item>| items.map(|item| item.id.0).collect::<Vec<_>>();
    assert_eq!(ids(&mut new.vec.iter()), (0..600).collect::<Vec<_>>());
    assert_eq!(ids(&mut new.deque.iter()), [1, 2, 3, 4, 0]);
    assert_eq!(ids(&mut new.row.iter()), [0, 1, 2]);
    assert_eq!(ids(&mut new.array.iter()), [1, 2, 3]);
    assert_eq!(ids(&mut new.sorted.iter()), (0..50).collect::<Vec<_>>());
    let mut hashed = ids(&mut new.hashed.iter());
    hashed.sort_unstable();
    assert_eq!(hashed, (0..50).collect::<Vec<_>>());
    assert_eq!(new.map.len(), 40);
    assert!(new.map.iter().all(|(key, item)| key.0 == item.id.0));
    assert_eq!(new.tree.len(), 30);
    assert!(new.tree.values().all(|items| items.len() == 2 && items[1].id.0 == 1));
    assert_eq!(new.option.as_ref().map(|item| item.id.0), Some(5));
    assert!(new.none.is_none());
    assert_eq!((new.boxed.id.0, new.locked.lock().unwrap().id.0), (6, 7));
    assert_eq!(new.cell.borrow()[0].as_ref().unwrap().id.0, 8);
    assert!(new.cell.borrow()[1].is_none());
    assert_eq!(new.result.as_ref().unwrap().id.0, 9);
    let [new::Event::Quit, named, new::Event::New(Counted(4)), new::Event::Tick(1.5)] = &new.events[..] else {
        panic!("events in their order, by their names");
    };
    assert!(matches!(named, new::Event::Named { new: Counted(0), name: Counted(2), id: 1 }));
    assert_eq!((new.to_option.as_ref().unwrap().id.0, new.to_box.0, new.from_option.0), (10, 11, 12));
    assert_eq!(new.list, [1u16, 2, 3]);
}

#[test]
fn everything_goes_there_and_back() {
    let old = all();
    let before = live();
    let new: new::All = moved(old);
    check(&new);
    let after = live();
    // One part of each item was dropped, and one made; the same for the event.
    assert_eq!(after, before);
    let back: old::All = moved(new);
    assert_eq!(live(), before);
    assert!(back.vec.iter().enumerate().all(|(id, item)| item.id.0 == id as u32 && item.gone.0 == 0));
    assert!(matches!(back.events[2], old::Event::Old(Counted(4))));
    drop(back);
    assert_eq!(live(), 0);
}

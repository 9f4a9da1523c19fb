//! Deep and large values.

use super::*;

versions!(
    {
        #[derive(HotType, HotState)]
        pub struct List { pub id: u32, pub next: Option<Box<List>> }
    }
    {
        #[derive(HotType, HotState)]
        pub struct List { pub id: u64, pub next: Option<Box<List>> }
    }
);

/// Other shapes of lists: in cells, in enums, several in a row, and with more than one field that leads on.
mod shapes {
    use super::*;

    versions!(
        {
            #[derive(HotType, HotState)]
            pub struct InCells { pub c: Counted, pub next: RefCell<Option<Box<InCells>>>, pub id: u32 }
            #[derive(HotType, HotState)]
            pub enum Cons { Nil, Cons(u32, Box<Cons>) }
            #[derive(HotType, HotState)]
            pub struct Tree { pub c: Counted, pub left: Option<Box<Tree>>, pub right: Option<Box<Tree>>, pub id: u32 }
            #[derive(HotType, HotState)]
            pub struct Below { pub below: Vec<Below>, pub id: u32 }
        }
        {
            #[derive(HotType, HotState)]
            pub struct InCells { pub id: u16, pub next: RefCell<Option<Box<InCells>>>, pub new: Counted, pub c: Counted }
            #[derive(HotType, HotState)]
            pub enum Cons { Cons(u64, Box<Cons>), Nil }
            #[derive(HotType, HotState)]
            pub struct Tree { pub right: Option<Box<Tree>>, pub left: Option<Box<Tree>>, pub new: Counted, pub c: Counted, pub id: u16 }
            #[derive(HotType, HotState)]
            pub struct Below { pub id: u64, pub below: Vec<Below> }
        }
    );

    fn in_cells(length: u32, wrong: u32) -> old::InCells {
        let one = |id, next| old::InCells {
            c: Counted::new(id),
            next: RefCell::new(next),
            id: if id == wrong { 70_000 } else { id },
        };
        let list = (0..length).rev().fold(None, |next, id| Some(Box::new(one(id, next))));
        *list.expect("one at least")
    }

    fn tree(depth: u32, wrong: u32) -> old::Tree {
        let leaf = |id| old::Tree { c: Counted::new(id), left: None, right: None, id };
        (1..depth).fold(leaf(0), |tree, id| {
            let other = Some(Box::new(leaf(if id == wrong { 70_000 } else { id })));
            let (left, right) = if id % 2 == 0 { (Some(Box::new(tree)), other) } else { (other, Some(Box::new(tree))) };
            old::Tree { left, right, ..leaf(id) }
        })
    }

    #[test]
    fn lists_in_cells_and_several_in_a_row_are_moved_and_undone() {
        let lists: Vec<old::InCells> = [3, 1_000, 1].map(|length| in_cells(length, u32::MAX)).into();
        assert_eq!(live(), 1_004);
        let new: Vec<new::InCells> = moved(lists);
        assert_eq!((live(), new[1].id, new[1].c.0), (2_008, 0, 0));
        let next = new[1].next.borrow().as_ref().map(|next| (next.id, next.c.0));
        assert_eq!(next, Some((1, 1)));
        drop(new);
        assert_eq!(live(), 0);
        let (text, old) = failed::<_, (new::InCells, u8)>((in_cells(1_000, 900), 1_u8));
        assert_eq!(text, "Old.0.next.next … .next (×900).id: 70000 does not fit `u16`");
        assert_eq!((live(), old.0.id), (1_000, 0));
        drop(old);
        assert_eq!(live(), 0);
    }

    #[test]
    fn trees_and_enums_are_moved_and_undone() {
        let new: new::Tree = moved(tree(300, u32::MAX));
        assert_eq!((new.id, live()), (299, 2 * (2 * 300 - 1)));
        drop(new);
        assert_eq!(live(), 0);
        let (text, old) = failed::<_, new::Tree>(tree(300, 7));
        assert!(text.ends_with(".id: 70000 does not fit `u16`") && text.len() < 500, "{text}");
        assert_eq!((old.id, live()), (299, 2 * 300 - 1));
        drop(old);
        let list = (0..5_000).fold(old::Cons::Nil, |next, id| old::Cons::Cons(id, Box::new(next)));
        let new: new::Cons = moved(list);
        assert!(matches!(&new, new::Cons::Cons(4_999, next) if matches!(**next, new::Cons::Cons(4_998, _))));
        let below =
            (0..2_000).fold(old::Below { below: vec![], id: 0 }, |below, id| old::Below { below: vec![below], id });
        let new: new::Below = moved(below);
        assert_eq!((new.id, new.below[0].id, live()), (1_999, 1_998, 0));
    }
}

/// Without the recursion of the drop that Rust makes.
fn take_apart<L>(mut list: Option<Box<L>>, next: impl Fn(&mut L) -> Option<Box<L>>) -> usize {
    let mut length = 0;
    while let Some(mut link) = list {
        length += 1;
        list = next(&mut link);
    }
    length
}

#[test]
fn a_long_list_needs_no_long_stack() {
    let list = (0..100_000).fold(None, |next, id| Some(Box::new(old::List { id, next })));
    let new: Option<Box<new::List>> = moved(list);
    assert_eq!(new.as_ref().unwrap().id, 99_999);
    assert_eq!(take_apart(new, |link| link.next.take()), 100_000);
}

/// A list moves without a level of stack, or any other memory but a few bytes, for each of its structs.
#[test]
#[cfg(target_os = "linux")]
fn a_list_moves_on_a_small_stack() {
    let list = (0..20_000).fold(None, |next, id| Some(Box::new(old::List { id, next })));
    let move_it = move || {
        let plan = Plan::new(<Option<Box<old::List>>>::state(), <Option<Box<new::List>>>::state()).unwrap();
        let address = Box::into_raw(Box::new(list));
        // SAFETY: the plan is of this type, and nobody else uses the value.
        let carried = unsafe { carry(&plan, address.cast()) }.unwrap();
        assert!(carried.deepest() < 10, "{}", carried.deepest());
        carried.undo();
        // SAFETY: the old value is as it was.
        take_apart(*unsafe { Box::from_raw(address) }, |link| link.next.take())
    };
    assert_eq!(move_it(), 20_000);
}

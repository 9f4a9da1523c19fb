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
    let list = (0..5_000).fold(None, |next, id| Some(Box::new(old::List { id, next })));
    let new: Option<Box<new::List>> = moved(list);
    assert_eq!(new.as_ref().unwrap().id, 4_999);
    assert_eq!(take_apart(new, |link| link.next.take()), 5_000);
}

#[test]
fn one_without_end_in_sight_is_left_as_it_is() {
    let list = (0..50_000).fold(None, |next, id| Some(Box::new(old::List { id, next })));
    let (text, list) = failed::<_, Option<Box<new::List>>>(list);
    assert!(text.ends_with("it is nested too deep"), "{text}");
    assert_eq!(take_apart(list, |link| link.next.take()), 50_000);
}

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
    let list = (0..100_000).fold(None, |next, id| Some(Box::new(old::List { id, next })));
    let new: Option<Box<new::List>> = moved(list);
    assert_eq!(new.as_ref().unwrap().id, 99_999);
    assert_eq!(take_apart(new, |link| link.next.take()), 100_000);
}

//! Models of the published table.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::table::Published;

/// An element that loom watches: reading it is an error where the writing is not known to have happened before.
type Element = &'static UnsafeCell<u32>;

/// A table whose elements all carry the generation; they are written here, as the host writes its table.
fn table(generation: u32) -> &'static [Element] {
    let element = || -> Element {
        let cell: Element = Box::leak(Box::new(UnsafeCell::new(0)));
        // SAFETY: nobody else has it yet.
        cell.with_mut(|place| unsafe { *place = generation });
        cell
    };
    Box::leak(vec![element(), element()].into_boxed_slice())
}

/// The generation that element `index` carries; 0 before the first.
fn generation(published: &Published<Element>, index: usize) -> u32 {
    // SAFETY: every table here has two elements.
    let element = unsafe { published.read(index) };
    // SAFETY: elements are no more written to once they are published; loom checks that.
    element.map_or(0, |element| element.with(|place| unsafe { *place }))
}

#[test]
fn readers_see_whole_tables_and_never_go_back() {
    loom::model(|| {
        let published = Arc::new(Published::empty());
        published.publish(table(1));
        let readers = [0, 1].map(|index| {
            let published = published.clone();
            thread::spawn(move || {
                let (first, second) = (generation(&published, index), generation(&published, 1 - index));
                assert!(0 < first && first <= second, "a reader went back from {first} to {second}");
            })
        });
        published.publish(table(2));
        assert_eq!(generation(&published, 0), 2, "who published sees it at once");
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn nothing_is_seen_before_the_first() {
    loom::model(|| {
        let published = Arc::new(Published::<Element>::empty());
        let reader = {
            let published = published.clone();
            thread::spawn(move || {
                let before = published.is_empty();
                let seen = generation(&published, 0);
                assert!(before || seen == 7, "what was there is gone");
                seen
            })
        };
        published.publish(table(7));
        assert!([0, 7].contains(&reader.join().unwrap()));
        assert!(!published.is_empty());
    });
}

#[test]
fn nothing_is_put_down_to_a_newer_generation_than_that_of_the_code() {
    loom::model(|| {
        let published = Arc::new(Published::empty());
        published.publish(table(1));
        published.is_now(1);
        let reader = {
            let published = published.clone();
            thread::spawn(move || {
                let number = u32::try_from(published.generation()).unwrap();
                let code = generation(&published, 0);
                assert!(number <= code, "code of generation {code} counts as that of {number}");
            })
        };
        published.publish(table(2));
        published.is_now(2);
        reader.join().unwrap();
    });
}

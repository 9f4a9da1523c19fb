//! What is moved as it is: trait objects and closures behind each pointer, shared slices, what is lazy or borrowed.

use std::any::Any;
use std::borrow::Cow;
use std::cell::LazyCell;
use std::error::Error;
use std::sync::{LazyLock, mpsc};

use super::*;

/// The same in both versions.
#[liveswap::hot]
pub trait Label {
    fn number(&self) -> u32;
}

impl Label for Counted {
    fn number(&self) -> u32 {
        self.0
    }
}

#[derive(Debug)]
struct Broken(Counted);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broken {}", self.0.0)
    }
}

impl Error for Broken {}

/// As a field's type: each kind of pointer to it.
type Pointers<T> = (Box<T>, Rc<T>, Weak<T>, Arc<T>, std::sync::Weak<T>);

versions!(
    {
        #[derive(HotType, HotState)]
        pub struct All {
            pub labels: Pointers<dyn Label>,
            pub sent: Box<dyn Label + Send + Sync>,
            pub any: Box<dyn Any>,
            pub error: Box<dyn Error + Send + Sync>,
            pub closure: Box<dyn FnMut(&mut u32) -> u32>,
            pub shared: Arc<dyn Fn(u32) -> u32>,
            pub slices: (Rc<[Counted]>, Weak<[Counted]>),
            pub texts: (Box<str>, Arc<str>, Cow<'static, str>, Cow<'static, [u8]>),
            pub lazy: LazyCell<Counted>,
            pub locked: LazyLock<Counted>,
            pub channel: (mpsc::Sender<Counted>, mpsc::Receiver<Counted>),
            pub by_hand: ManuallyDrop<Counted>,
            pub function: fn(&Counted) -> u32,
            pub gone: Pointers<dyn Label>,
            pub n: u8,
        }
    }
    {
        #[derive(HotType, HotState)]
        pub struct All {
            pub n: u16,
            pub function: fn(&Counted) -> u32,
            pub by_hand: ManuallyDrop<Counted>,
            pub channel: (mpsc::Sender<Counted>, mpsc::Receiver<Counted>),
            pub locked: LazyLock<Counted>,
            pub lazy: LazyCell<Counted>,
            pub texts: (Box<str>, Arc<str>, Cow<'static, str>, Cow<'static, [u8]>),
            pub slices: (Rc<[Counted]>, Weak<[Counted]>),
            pub shared: Arc<dyn Fn(u32) -> u32>,
            pub closure: Box<dyn FnMut(&mut u32) -> u32>,
            pub error: Box<dyn Error + Send + Sync>,
            pub any: Box<dyn Any>,
            pub sent: Box<dyn Label + Send + Sync>,
            pub labels: Pointers<dyn Label>,
        }
    }
);

fn pointers(number: u32) -> Pointers<dyn Label> {
    let (rc, arc): (Rc<dyn Label>, Arc<dyn Label>) =
        (Rc::new(Counted::new(number + 1)), Arc::new(Counted::new(number + 2)));
    (Box::new(Counted::new(number)), rc.clone(), Rc::downgrade(&rc), arc.clone(), Arc::downgrade(&arc))
}

fn all() -> old::All {
    let slice: Rc<[Counted]> = [20, 21].map(Counted::new).into();
    let held = Counted::new(22);
    let captured = Counted::new(23);
    let channel = mpsc::channel();
    channel.0.send(Counted::new(24)).unwrap();
    let lazy: LazyCell<Counted> = LazyCell::new(|| Counted::new(25));
    LazyCell::force(&lazy);
    old::All {
        labels: pointers(1),
        sent: Box::new(Counted::new(4)),
        any: Box::new(Counted::new(5)),
        error: Box::new(Broken(Counted::new(6))),
        closure: Box::new(move |number| {
            *number += held.number();
            *number
        }),
        shared: Arc::new(move |number| number + captured.number()),
        slices: (slice.clone(), Rc::downgrade(&slice)),
        texts: ("box".into(), "arc".into(), "borrowed".into(), vec![1, 2].into()),
        lazy,
        locked: LazyLock::new(|| Counted::new(26)),
        channel,
        by_hand: ManuallyDrop::new(Counted::new(27)),
        function: |counted| counted.0,
        gone: pointers(30),
        n: 7,
    }
}

fn check(new: &mut new::All) {
    let (boxed, rc, weak, arc, weak_arc) = &new.labels;
    assert_eq!([boxed.number(), rc.number(), arc.number(), new.sent.number()], [1, 2, 3, 4]);
    assert!(Rc::ptr_eq(rc, &weak.upgrade().unwrap()) && Arc::ptr_eq(arc, &weak_arc.upgrade().unwrap()));
    assert_eq!(new.any.downcast_ref::<Counted>().unwrap().0, 5);
    assert_eq!(new.error.to_string(), "broken 6");
    let mut number = 100;
    assert_eq!(((new.closure)(&mut number), number, (new.shared)(1)), (122, 122, 24));
    assert_eq!(new.slices.0.iter().map(|counted| counted.0).collect::<Vec<_>>(), [20, 21]);
    assert!(Rc::ptr_eq(&new.slices.0, &new.slices.1.upgrade().unwrap()));
    assert_eq!((&*new.texts.0, &*new.texts.1, &*new.texts.2, &*new.texts.3), ("box", "arc", "borrowed", &[1, 2][..]));
    assert_eq!((new.lazy.0, new.channel.1.recv().unwrap().0, (new.function)(&new.by_hand)), (25, 24, 27));
    assert_eq!(new.n, 7);
}

#[test]
fn they_go_along_and_what_is_removed_is_dropped_once() {
    let old = all();
    // The labels, the removed ones, one each in the other fields, two in the slice; the second lazy one is not made.
    let before = 3 + 3 + 3 + 2 + 2 + 3;
    assert_eq!(live(), before);
    let mut new: new::All = moved(old);
    assert_eq!(live(), before - 3);
    check(&mut new);
    assert_eq!(live(), before - 3 - 1, "one was received");
    assert_eq!(new.locked.0, 26);
    // SAFETY: it is dropped here alone.
    unsafe { ManuallyDrop::drop(&mut new.by_hand) };
    drop(new);
    assert_eq!(live(), 0);
}

mod changed {
    use super::*;

    versions!(
        {
            #[liveswap::hot]
            pub trait Label { fn text(&self) -> String; }
            #[derive(HotType, HotState)]
            pub struct Item(u8);
            #[derive(HotType, HotState)]
            pub struct All {
                pub boxed: Box<dyn Label>,
                pub counted: Arc<dyn Label + Send + Sync>,
                pub kept: Box<dyn Fn(&Item)>,
                pub slice: Rc<[Item]>,
                pub function: fn(Item),
                pub maybe: ManuallyDrop<Item>,
            }
        }
        {
            #[liveswap::hot]
            pub trait Label { fn text(&self) -> String; fn loud(&self) -> bool; }
            #[derive(HotType, HotState)]
            pub struct Item(u16);
            #[derive(HotType, HotState)]
            pub struct All {
                pub boxed: Box<dyn Label>,
                pub counted: Arc<dyn Label + Send + Sync>,
                pub kept: Box<dyn Fn(&Item)>,
                pub slice: Rc<[Item]>,
                pub function: fn(Item),
                pub maybe: ManuallyDrop<Item>,
            }
        }
    );

    #[test]
    fn each_whose_parts_changed_is_refused_by_name() {
        let Err(told) = Plan::new(old::All::state(), new::All::state()) else { panic!("there is no way") };
        let (method, field) = ("method `loud` added)", "field `0`: type `u8` -> `u16`)");
        let expected = [
            ("boxed", "Box<dyn Label>", method),
            ("counted", "Arc<dyn Label + Send + Sync>", method),
            ("kept", "Box<dyn Fn(&'_ Item)>", field),
            ("slice", "Rc<[Item]>", field),
            ("function", "fn(Item)", field),
            ("maybe", "ManuallyDrop<Item>", field),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (line, (name, ty, reason)) in told.iter().zip(expected) {
            // The reason names the types in full, since they are of two modules here.
            let start = format!("All: field `{name}`: `{ty}` -> `{ty}`: no way from one to the other (");
            assert!(line.starts_with(&start) && line.ends_with(reason), "{line}");
        }
    }
}

//! Counted references.

use super::*;

versions!(
    {
        #[derive(HotType, HotState)]
        pub struct Node { pub id: Counted, pub up: RefCell<Weak<Node>>, pub below: RefCell<Vec<Rc<Node>>>, pub gone: Counted }
        #[derive(HotType, HotState)]
        pub struct Tree { pub root: Rc<Node>, pub again: Rc<Node>, pub nowhere: Weak<Node>, pub dead: Weak<Node> }
        #[derive(HotType, HotState)]
        pub struct Item { pub id: Counted }
        #[derive(HotType, HotState)]
        pub struct Held { pub all: Vec<Arc<Item>>, pub same: Arc<str> }
    }
    {
        #[derive(HotType, HotState)]
        pub struct Node { pub new: Counted, pub id: Counted, pub up: RefCell<Weak<Node>>, pub below: RefCell<Vec<Rc<Node>>> }
        #[derive(HotType, HotState)]
        pub struct Tree { pub root: Rc<Node>, pub again: Rc<Node>, pub nowhere: Weak<Node>, pub dead: Weak<Node> }
        #[derive(HotType, HotState)]
        pub struct Item { pub id: Counted, pub more: Counted }
        #[derive(HotType, HotState)]
        pub struct Held { pub all: Vec<Arc<Item>>, pub same: Arc<str> }
    }
);

fn node(id: u32) -> Rc<old::Node> {
    let (up, below) = (RefCell::default(), RefCell::default());
    Rc::new(old::Node { id: Counted::new(id), up, below, gone: Counted::new(99) })
}

fn tree() -> old::Tree {
    let root = node(1);
    for id in [2, 3] {
        let child = node(id);
        child.up.replace(Rc::downgrade(&root));
        root.below.borrow_mut().push(child);
    }
    let dead = Rc::downgrade(&node(4));
    old::Tree { again: root.clone(), root, nowhere: Weak::new(), dead }
}

#[test]
fn a_tree_that_leads_back_to_itself_keeps_its_shape() {
    let new: new::Tree = moved(tree());
    assert!(Rc::ptr_eq(&new.root, &new.again));
    assert_eq!((Rc::strong_count(&new.root), Rc::weak_count(&new.root)), (2, 2));
    let below = new.root.below.borrow();
    assert_eq!(below.iter().map(|node| node.id.0).collect::<Vec<_>>(), [2, 3]);
    assert!(below.iter().all(|node| Rc::ptr_eq(&node.up.borrow().upgrade().unwrap(), &new.root)));
    assert!(new.nowhere.upgrade().is_none() && new.dead.upgrade().is_none());
    drop(below);
    assert_eq!(live(), 6);
    drop(new);
    assert_eq!(live(), 0);
}

#[test]
fn what_is_also_held_elsewhere_stays() {
    let item = Arc::new(old::Item { id: Counted::new(7) });
    let same: Arc<str> = "same".into();
    let old = old::Held { all: vec![item.clone(), item.clone()], same: same.clone() };
    let (text, old) = failed::<_, new::Held>(old);
    assert_eq!(
        text,
        "Old: a shared `Item` is also held outside of this state: 3 strong and 0 weak references, of which 2 and 0 are in it; \
         all must be, or its type must stay as it is"
    );
    assert_eq!((Arc::strong_count(&item), live()), (3, 1));
    drop(item);
    let new: new::Held = moved(old);
    assert!(Arc::ptr_eq(&new.all[0], &new.all[1]));
    assert_eq!((Arc::strong_count(&new.all[0]), new.all[1].id.0, live()), (2, 7, 2));
    assert_eq!(Arc::strong_count(&same), 2, "what has not changed may be held elsewhere");
    drop(new);
    assert_eq!((live(), Arc::strong_count(&same)), (0, 1));
}

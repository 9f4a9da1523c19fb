//! Descriptions as no one writes them: thousands of types, in chains and in webs.

use std::cell::{Cell, RefCell};

use liveswap::HotType;
use liveswap::layout::{Describe, Field, Kind, TypeInfo};

use super::diff;

const COUNT: usize = 10_000;

thread_local! {
    static TYPES: RefCell<Vec<&'static TypeInfo>> = const { RefCell::new(Vec::new()) };
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

/// The description at a place of the list.
fn at<const PLACE: usize>() -> &'static TypeInfo {
    ASKED.set(ASKED.get() + 1);
    TYPES.with_borrow(|types| types[PLACE])
}

/// `at` for each place below [`COUNT`]: a `Describe` is a plain function, so each needs one of its own.
fn describes() -> Vec<Describe> {
    macro_rules! thousands {
        ($($a:literal)*) => { [$(hundreds!($a 0 1 2 3 4 5 6 7 8 9)),*].concat() };
    }
    macro_rules! hundreds {
        ($a:literal $($b:literal)*) => { [$(tens!($a $b 0 1 2 3 4 5 6 7 8 9)),*].concat() };
    }
    macro_rules! tens {
        ($a:literal $b:literal $($c:literal)*) => { [$(ones!($a $b $c 0 1 2 3 4 5 6 7 8 9)),*].concat() };
    }
    macro_rules! ones {
        ($a:literal $b:literal $c:literal $($d:literal)*) => {
            [$(at::<{ 1000 * $a + 100 * $b + 10 * $c + $d }> as Describe),*]
        };
    }
    thousands!(0 1 2 3 4 5 6 7 8 9)
}

fn node(kind: Kind) -> &'static TypeInfo {
    Box::leak(Box::new(TypeInfo { name: || "Node", size: 8, align: 8, repr: "", kind }))
}

fn fields(of: impl IntoIterator<Item = (&'static str, Describe)>) -> Kind {
    let fields = of.into_iter().map(|(name, ty)| Field { name, offset: Some(0), ty });
    Kind::Struct(fields.collect::<Vec<_>>().leak())
}

/// Links `COUNT` types and compares the chain with itself, one type further in: each has a partner, but for the last.
/// In a thread whose stack a recursion of that depth would not fit.
fn shifted_chain(link: fn(Describe) -> Kind) -> (Vec<String>, usize) {
    let compare = move || {
        let describes = describes();
        let links = describes[1..].iter().map(|next| node(link(*next)));
        TYPES.set(links.chain([node(fields([("end", u8::info as Describe)]))]).collect());
        ASKED.set(0);
        (diff(describes[0], describes[1]), ASKED.get())
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(compare).unwrap().join().expect("no overflow")
}

#[test]
fn a_chain_of_any_depth_is_walked_in_proportion() {
    let (told, asked) = shifted_chain(|next| fields([("next", next)]));
    let place = "Node.next > … > Node.next > Node.next > Node.next > Node.next > Node.next > Node";
    assert_eq!(
        told,
        [format!("{place}: field `end: u8` added at offset 0"), format!("{place}: field `next: Node` removed"),]
    );
    assert!(asked <= 5 * COUNT, "{asked} descriptions for {COUNT} types");
}

#[test]
fn so_is_one_of_containers() {
    let (told, asked) = shifted_chain(|next| Kind::Over(vec![next].leak()));
    assert_eq!(told, ["Node: was a type over others, is a struct now"]);
    assert!(asked <= 5 * COUNT, "{asked} descriptions for {COUNT} types");
}

#[test]
fn a_container_of_another_size_is_told_where_nothing_else_is() {
    const fn container(name: fn() -> &'static str, size: usize, element: &'static [Describe]) -> TypeInfo {
        TypeInfo { name, size, align: 8, repr: "", kind: Kind::Over(element) }
    }
    static OLD: TypeInfo = container(|| "lib::Buffer<u8>", 8, &[u8::info]);
    static NEW: TypeInfo = container(|| "lib::Buffer<u8>", 16, &[u8::info]);
    assert_eq!(diff(|| &OLD, || &NEW), ["Buffer<u8>: size 8 -> 16"]);
    // Where its element differs, that is the reason.
    static OLD_AROUND: TypeInfo = container(|| "lib::Buffer<lib::At>", 8, &[|| &OLD_AT]);
    static NEW_AROUND: TypeInfo = container(|| "lib::Buffer<lib::At>", 16, &[|| &NEW_AT]);
    static OLD_AT: TypeInfo =
        TypeInfo { name: || "lib::At", size: 1, align: 1, repr: "", kind: Kind::Opaque(std::any::TypeId::of::<u8>) };
    static NEW_AT: TypeInfo =
        TypeInfo { name: || "lib::At", size: 2, align: 1, repr: "", kind: Kind::Opaque(std::any::TypeId::of::<u8>) };
    assert_eq!(diff(|| &OLD_AROUND, || &NEW_AROUND), ["At: size 1 -> 2"]);
}

#[test]
fn a_web_is_walked_in_proportion_to_its_threads() {
    const NODES: usize = 100;
    let describes = describes();
    let names: Vec<&'static str> = (0..NODES).map(|place| &*format!("f{place}").leak()).collect();
    let all = || fields(names.iter().copied().zip(describes[..NODES].iter().copied()));
    TYPES.set((0..NODES).map(|_| node(all())).collect());
    ASKED.set(0);
    assert_eq!(diff(describes[0], describes[1]), [""; 0]);
    // Each of the pairs that are met has a thread for each field.
    assert!(ASKED.get() <= 5 * NODES * NODES, "{} descriptions", ASKED.get());
}

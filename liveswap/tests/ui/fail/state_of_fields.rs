use liveswap::{HotState, HotType};

liveswap::hot_lib!();

struct Foreign;

#[derive(HotType)]
struct Described(u8);

#[derive(HotType, HotState)]
struct Game {
    described: Described,
    many: Vec<Described>,
    both: (u8, Described),
}

trait Drawn {}

#[derive(HotType, HotState)]
struct Pointers {
    boxed: Box<Described>,
    slice: std::sync::Arc<[Described]>,
    dynamic: Box<dyn Drawn>,
}

#[derive(HotType, HotState)]
enum Event {
    Foreign(Foreign),
}

fn main() {}

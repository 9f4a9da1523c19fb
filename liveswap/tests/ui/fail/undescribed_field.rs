use liveswap::HotType;

liveswap::hot_lib!();

struct Foreign;

trait Drawn {}

#[derive(HotType)]
struct State {
    n: u32,
    foreign: Foreign,
    many: Vec<Foreign>,
    dynamic: Box<dyn Drawn>,
}

#[derive(HotType)]
enum Event {
    Foreign(Foreign),
}

fn main() {}

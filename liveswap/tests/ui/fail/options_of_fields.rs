use liveswap::HotType;

liveswap::hot_lib!();

#[derive(HotType)]
struct State {
    #[hot(skip)]
    n: u32,
}

#[derive(HotType)]
enum Event {
    #[hot(opaque)]
    First(u32),
    Second(#[hot(opaque, opaque)] u32),
}

fn main() {}

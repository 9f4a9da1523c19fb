use liveswap::HotState;

liveswap::hot_lib!();

#[derive(HotState)]
struct Game {
    score: u32,
}

fn main() {}

use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType)]
struct Game {
    score: u32,
}

impl Game {
    #[hot]
    fn new() -> Self {
        Self { score: 0 }
    }
}

fn main() {}

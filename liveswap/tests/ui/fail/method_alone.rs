use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType)]
struct Game {
    score: u32,
}

impl Game {
    #[hot]
    fn score(&self) -> u32 {
        self.score
    }
}

fn main() {}

use liveswap::{HotState, HotType};

liveswap::hot_lib!();

fn main() {
    let factor = 2;

    #[derive(HotType, HotState)]
    struct Game {
        #[hot(with = |old: &u8| u32::from(*old) * factor)]
        score: u32,
    }
}

//! Nothing in the signature tells it from a free function; its entry must not become `crate::rate`.
use liveswap::hot;

liveswap::hot_lib!();

fn rate() -> u32 {
    1
}

struct Game;

impl Game {
    #[hot]
    fn rate() -> u32 {
        2
    }
}

fn main() {
    assert_eq!(rate() + Game::rate(), 3);
}

liveswap::hot_lib!(app = Game);

pub struct Game;

fn main() {}

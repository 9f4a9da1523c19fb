//! An application, a load hook and an allocator of the library's own.

use liveswap::{App, Flow, HotState, HotType, Tick};

liveswap::hot_lib!(app = game::Game<'static>, on_load = game::set_up, on_retire = game::tear_down, allocator = own,);

#[global_allocator]
static ALLOCATOR: std::alloc::System = std::alloc::System;

mod game {
    use super::*;

    #[derive(HotType, HotState)]
    pub struct Game<'a> {
        name: &'a str,
    }

    impl App for Game<'static> {
        const RATE: f64 = 0.5;

        fn init() -> Self {
            Self { name: "game" }
        }

        fn tick(&mut self, tick: Tick) -> Flow {
            if tick.number == 3 && self.name == "game" { Flow::Stop } else { Flow::Continue }
        }
    }

    pub fn set_up() {}

    pub fn tear_down() {}
}

fn main() {
    let mut game = <game::Game as App>::init();
    assert_eq!(game.tick(Tick { number: 3, generation: 1, seconds: 0.0 }), Flow::Stop);
}

//! The example hot library: a ball bounces in the terminal. Edit this file while `cargo run` runs, and save.
//!
//! Try: change `BALL`, the gravity in [`fall`], or what [`draw`] draws; give [`Scene`] a field, and take it away again.
//! The ball stays where it is.

use liveswap::{App, Flow, HotState, HotType, Tick, hot};

/// The state that the host keeps while the code changes.
#[derive(HotType, HotState)]
pub struct Scene {
    height: f64,
    speed: f64,
    bounces: u32,
}

/// What the ball looks like.
const BALL: &str = "o";

impl App for Scene {
    const RATE: f64 = 4.0;

    fn init() -> Self {
        Scene { height: 10.0, speed: 0.0, bounces: 0 }
    }

    fn tick(&mut self, tick: Tick) -> Flow {
        fall(self, tick.seconds);
        println!("{}", draw(self));
        Flow::Continue
    }

    fn stop(&mut self) {
        println!("the ball bounced {} times", self.bounces);
    }
}

/// Moves the ball by `seconds`.
#[hot]
pub fn fall(scene: &mut Scene, seconds: f64) {
    const GRAVITY: f64 = 9.81;
    scene.speed -= GRAVITY * seconds;
    scene.height += scene.speed * seconds;
    if scene.height < 0.0 {
        scene.height = -scene.height;
        scene.speed = scene.speed.abs() * 0.95;
        scene.bounces += 1;
    }
}

/// One line of the picture: the higher the ball, the further right.
#[hot]
pub fn draw(scene: &Scene) -> String {
    let column = (scene.height * 4.0).clamp(0.0, 60.0) as usize;
    format!("{:column$}{} (bounces: {})", "", BALL, scene.bounces)
}

liveswap::hot_lib!(app = Scene);

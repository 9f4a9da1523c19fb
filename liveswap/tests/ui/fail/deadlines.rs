use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[hot(deadline = 50)]
fn without_unit() {}

#[hot(deadline = "50")]
fn without_unit_in_quotes() {}

#[hot(deadline = 50ms)]
fn without_quotes() {}

#[hot(deadline = "3h")]
fn of_another_unit() {}

#[hot(deadline = never)]
fn of_another_word() {}

#[hot(deadline = "off")]
fn off_in_quotes() {}

#[hot(deadline = "0ms")]
fn of_no_time() {}

#[hot(deadline)]
fn without_value() {}

#[hot(deadline = "1s", opaque_output)]
fn with_another_option() {}

#[hot(deadline = "1s")]
#[hot(deadline = "2s")]
fn said_twice() {}

#[derive(HotType)]
struct State {
    n: u32,
}

#[hot(deadline = "1s")]
impl State {
    fn step(&mut self) {
        self.n += 1;
    }
}

#[hot]
impl State {
    #[hot(skip)]
    #[hot(deadline = "1s")]
    fn left_out(&mut self) {
        self.n += 1;
    }
}

#[hot(deadline = "1s")]
struct Other {
    n: u32,
}

#[derive(HotType)]
#[hot(deadline = "1s")]
struct Derived {
    n: u32,
}

#[hot(deadline = "1s")]
trait Shape {
    fn area(&self) -> f32;
}

#[hot]
trait Solid {
    #[hot(deadline = "1s")]
    fn volume(&self) -> f32;
}

#[hot]
fn argument(#[hot(deadline = "1s")] _n: u32) {}

fn main() {}

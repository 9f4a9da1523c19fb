use liveswap::hot;

liveswap::hot_lib!();

#[hot]
struct State {
    n: u32,
}

#[hot]
enum Mode {
    On,
}

#[hot]
trait Shape {
    fn area(&self) -> f32;
}

#[hot]
mod logic {}

#[hot]
static STATE: u32 = 1;

fn main() {}

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
mod logic {}

#[hot]
static STATE: u32 = 1;

fn main() {}

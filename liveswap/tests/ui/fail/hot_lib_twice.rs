use liveswap::hot;

liveswap::hot_lib!();

liveswap::hot_lib!();

#[hot]
fn once() {}

fn main() {}

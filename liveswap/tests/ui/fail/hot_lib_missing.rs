use liveswap::hot;

#[hot]
fn once() {}

mod inner {
    // Not at the root: the functions don't find it.
    liveswap::hot_lib!();
}

fn main() {}

use liveswap::hot;

liveswap::hot_lib!();

#[hot(async)]
fn first() {}

#[hot(skip)]
fn second() {}

#[hot(opaque)]
fn third() {}

#[hot(opaque_output)]
fn fourth() {}

#[hot]
fn fifth(#[hot(opaq)] _n: u32) {}

#[hot]
fn sixth(#[hot] _n: u32) {}

fn main() {}

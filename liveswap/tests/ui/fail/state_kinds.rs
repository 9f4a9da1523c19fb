use liveswap::{HotState, HotType};

liveswap::hot_lib!();

#[derive(HotType, HotState)]
union Bits {
    float: f32,
    int: u32,
}

#[derive(HotType, HotState)]
#[repr(C, packed(2))]
struct Packed {
    n: u8,
    m: u32,
}

fn main() {}

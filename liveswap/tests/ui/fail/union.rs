use liveswap::HotType;

liveswap::hot_lib!();

#[derive(HotType)]
union Bits {
    float: f32,
    int: u32,
}

fn main() {}

use liveswap::{HotState, HotType};

liveswap::hot_lib!();

#[derive(HotType, HotState)]
#[hot(snapshot)]
struct WithoutSerde {
    n: u32,
}

#[derive(HotType, HotState, serde::Serialize)]
#[hot(snapshot)]
struct OneWay {
    n: u32,
}

fn main() {}

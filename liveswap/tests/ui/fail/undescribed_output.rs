use liveswap::hot;

liveswap::hot_lib!();

struct State;

#[hot]
fn output() -> Result<State, String> {
    Ok(State)
}

fn main() {}

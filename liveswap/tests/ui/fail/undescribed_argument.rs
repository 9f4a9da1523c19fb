use liveswap::hot;

liveswap::hot_lib!();

struct State {
    n: u32,
}

trait Draw {}

#[hot]
fn by_reference(state: &mut State) {
    state.n += 1;
}

#[hot]
fn by_value(state: State) -> u32 {
    state.n
}

#[hot]
fn within(states: &[Option<State>]) -> usize {
    states.len()
}

#[hot]
fn dynamic(_draw: Box<dyn Draw>) {}

fn main() {}

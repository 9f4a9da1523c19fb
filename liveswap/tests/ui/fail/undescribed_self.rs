use liveswap::hot;

liveswap::hot_lib!();

struct State {
    n: u32,
}

#[hot]
impl State {
    fn step(&mut self) {
        self.n += 1;
    }
}

fn main() {}

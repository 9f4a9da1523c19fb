use liveswap::{HotType, hot};

liveswap::hot_lib!();

#[derive(HotType)]
struct Pair<T> {
    first: T,
    second: T,
}

#[hot]
impl<T: HotType + Clone> Pair<T> {
    fn first(&self) -> T {
        self.first.clone()
    }
}

#[hot]
impl Pair<u8> {
    fn map<R>(self, by: fn(u8) -> R) -> (R, R) {
        (by(self.first), by(self.second))
    }
}

#[hot]
impl Pair<u16> {
    #[hot]
    fn swapped(self) -> Self {
        Self { first: self.second, second: self.first }
    }
}

#[hot]
impl Pair<u32> {
    #[hot(leave_out)]
    fn swapped(self) -> Self {
        Self { first: self.second, second: self.first }
    }
}

fn main() {}

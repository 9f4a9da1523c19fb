use liveswap::hot;

liveswap::hot_lib!();

#[hot]
fn total(numbers: Vec<impl Into<i64>>) -> i64 {
    numbers.into_iter().map(Into::into).sum()
}

#[hot]
fn evens(up_to: u32) -> impl Iterator<Item = u32> {
    (0..up_to).step_by(2)
}

fn main() {}

use liveswap::hot;

liveswap::hot_lib!();

#[hot]
fn largest<T: Ord>(list: Vec<T>) -> Option<T> {
    list.into_iter().max()
}

#[hot]
fn sum<const N: usize>(list: [i32; N]) -> i32 {
    list.iter().sum()
}

fn main() {}

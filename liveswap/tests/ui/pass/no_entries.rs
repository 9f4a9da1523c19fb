//! A hot library without a hot function.

liveswap::hot_lib!();

fn main() {
    assert!(HOT.entries().is_empty());
    assert_eq!(HOT.is_hot(), cfg!(debug_assertions));
}

//! A host with a global allocator of its own: mimalloc.

#![cfg(unix)]

#[path = "support/mimalloc.rs"]
mod mimalloc;
#[path = "support/trades.rs"]
mod trades;

use liveswap_host::events::Tier;

#[cfg(target_os = "linux")]
#[test]
fn values_cross_in_both_directions_over_patches() {
    trades::values_cross(Tier::Patch, mimalloc::owns);
}

#[test]
fn values_cross_in_both_directions_over_swaps() {
    trades::values_cross(Tier::Swap, mimalloc::owns);
}

//! A host with a global allocator of its own, which ends the process over a foreign block.

#![cfg(unix)]

#[path = "support/marking.rs"]
mod marking;
#[path = "support/trades.rs"]
mod trades;

use liveswap_host::events::Tier;

#[cfg(target_os = "linux")]
#[test]
fn values_cross_in_both_directions_over_patches() {
    trades::values_cross(Tier::Patch, marking::owns);
}

#[test]
fn values_cross_in_both_directions_over_swaps() {
    trades::values_cross(Tier::Swap, marking::owns);
}

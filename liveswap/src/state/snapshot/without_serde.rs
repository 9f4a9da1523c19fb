//! What `#[hot(snapshot)]` expands to without the feature `snapshot`: a message that names it.

use super::SnapshotCode;

/// No type has it.
#[diagnostic::on_unimplemented(
    message = "`#[hot(snapshot)]` needs the feature `snapshot` of the crate `liveswap`",
    label = "can't be saved without that feature",
    note = "write `features = [\"snapshot\"]` where your `Cargo.toml` names `liveswap`"
)]
pub trait Savable {}

/// Refuses each type.
pub const fn snapshot<T: Savable>() -> Option<SnapshotCode> {
    None
}

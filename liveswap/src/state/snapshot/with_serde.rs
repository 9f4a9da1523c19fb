//! What `#[hot(snapshot)]` expands to: the functions of one type.

use abi_stable::std_types::RVec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{SnapshotCode, Trouble, codec};
use crate::guard::{Ret, guard};
use crate::state::cell::free;

/// A type that can be saved and restored.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is marked `#[hot(snapshot)]`, but serde can't save and restore it",
    label = "this type needs serde's `Serialize` and `Deserialize`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or take `snapshot` off"
)]
pub trait Savable: Serialize + DeserializeOwned {}

// So that the message is the one above.
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Savable for T {}

/// The functions for a type with `#[hot(snapshot)]`.
pub const fn snapshot<T: Savable>() -> Option<SnapshotCode> {
    Some(code::<T>())
}

/// The functions for a type.
pub(super) const fn code<T: Serialize + DeserializeOwned>() -> SnapshotCode {
    unsafe extern "C" fn save<T: Serialize>(value: *const u8) -> Ret<Result<RVec<u8>, Trouble>> {
        // SAFETY: the caller gives a value of `T`, which nobody changes meanwhile.
        guard(|| codec::encode(unsafe { &*value.cast::<T>() }).map(RVec::from))
    }
    extern "C" fn restore<T: DeserializeOwned>(bytes: &[u8]) -> Ret<Result<*mut u8, Trouble>> {
        guard(|| codec::decode::<T>(bytes).map(|value| Box::into_raw(Box::new(value)).cast()))
    }
    SnapshotCode { save: save::<T>, restore: restore::<T>, free }
}

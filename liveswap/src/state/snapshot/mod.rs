//! Snapshots: a state as bytes, by the names of its fields, and back.
//!
//! A description says by which functions its type is saved and restored (`#[hot(snapshot)]`). A swap exchanges
//! descriptions, so it is always the code of the generation in force that runs, and who asks for a snapshot need not
//! know the type as it is now: a host saves and restores through a [`KeptCell`], without any type.
//!
//! A restored value is made beside the one that stands, and takes its place when all of it is there. What the bytes
//! look like is for [`Envelope`] and, inside of it, for the code behind the feature `snapshot`.

#[cfg(feature = "snapshot")]
mod codec;
mod envelope;
mod error;
#[cfg(feature = "snapshot")]
mod kept;
#[cfg(feature = "snapshot")]
mod limits;
#[cfg(feature = "snapshot")]
mod nesting;
#[cfg(feature = "snapshot")]
mod with_serde;
#[cfg(not(feature = "snapshot"))]
mod without_serde;

use std::ptr;

use abi_stable::std_types::RVec;

pub use envelope::{Damage, Envelope};
pub use error::{Doing, SnapshotError, Trouble};
#[cfg(feature = "snapshot")]
pub use with_serde::{Savable, snapshot};
#[cfg(not(feature = "snapshot"))]
pub use without_serde::{Savable, snapshot};

use super::cell::{Free, KeptCell};
use super::{StateInfo, StateKind};
use crate::guard::Ret;

/// The functions that save and restore values of a type.
///
/// What they give carries the functions that free it: a library may have an allocator of its own.
pub struct SnapshotCode {
    /// Serializes the value.
    pub save: unsafe extern "C" fn(value: *const u8) -> Ret<Result<RVec<u8>, Trouble>>,
    /// Makes a value in a box, and gives its address.
    pub restore: extern "C" fn(bytes: &[u8]) -> Ret<Result<*mut u8, Trouble>>,
    /// Frees that box.
    pub free: Free,
}

/// A value that was made of a snapshot and that no state holds yet. It is dropped where it is not
/// [put](KeptCell::put) in its place.
pub struct Made {
    state: &'static StateInfo,
    data: *mut u8,
    free: Free,
}

impl Made {
    /// `data` is a value of the described type, in memory that `free` frees.
    pub(super) fn new(state: &'static StateInfo, data: *mut u8, free: Free) -> Self {
        Self { state, data, free }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let layout = (self.state.layout)();
        if let Some(drop) = self.state.drop {
            // SAFETY: the value is of the described type, and not used after this. A panic in it was reported by its
            // image's hook, and must not unwind out of a drop.
            let _ = unsafe { drop(self.data, layout.size, 1) }.into_result();
        }
        // SAFETY: the memory came with this function, and has the layout of the type.
        unsafe { (self.free)(self.data, layout.size, layout.align) };
    }
}

impl KeptCell {
    /// A snapshot of the content.
    ///
    /// # Errors
    ///
    /// The type has no `#[hot(snapshot)]`, its code fails or panics, or the content is lost.
    pub fn save(&self) -> Result<Vec<u8>, SnapshotError> {
        // SAFETY: the functions are those of the content's own description.
        unsafe { self.save_by(self.own_code()?) }
    }

    /// A value for this cell, made of a snapshot; the content stays as it is until the value is [put](Self::put) in
    /// its place.
    ///
    /// # Errors
    ///
    /// The type has no `#[hot(snapshot)]`; the bytes are no whole snapshot, or one of another state; its code fails or
    /// panics, or the content is lost.
    pub fn read(&self, snapshot: &[u8]) -> Result<Made, SnapshotError> {
        // SAFETY: as in `save`.
        unsafe { self.read_by(self.own_code()?, snapshot) }
    }

    /// Puts a value that was made of a snapshot in the place of the content, which is given.
    ///
    /// # Panics
    ///
    /// Where the content was moved to another layout since the value was made.
    pub fn put(&mut self, mut made: Made) -> Made {
        assert!(ptr::eq(self.state(), made.state), "a value for this content, made just now");
        // SAFETY: both are values of one description, each in memory that its own function frees; `made` owns the old
        // one from here on, and drops it.
        let old = unsafe { self.exchange(made.data, made.free) };
        (made.data, made.free) = old;
        made
    }

    fn own_code(&self) -> Result<&'static SnapshotCode, SnapshotError> {
        if self.is_lost() {
            return Err(SnapshotError::Lost { name: self.name().to_owned() });
        }
        let unmarked = || SnapshotError::Unmarked { name: self.name().to_owned(), type_name: type_name(self.state()) };
        self.state().snapshot.as_ref().ok_or_else(unmarked)
    }

    /// # Safety
    ///
    /// The functions are for a type that is laid out as the content is.
    unsafe fn save_by(&self, code: &SnapshotCode) -> Result<Vec<u8>, SnapshotError> {
        // SAFETY: the content is there, and is not changed while the cell is borrowed; the rest by the contract.
        let saved = unsafe { (code.save)(self.data()) };
        let content = self.outcome(Doing::Save, saved)?;
        Ok(Envelope { name: self.name(), type_name: type_name(self.state()), content: &content }.to_bytes())
    }

    /// # Safety
    ///
    /// As for `save_by`.
    unsafe fn read_by(&self, code: &SnapshotCode, snapshot: &[u8]) -> Result<Made, SnapshotError> {
        let name = || self.name().to_owned();
        let envelope = Envelope::read(snapshot).map_err(|damage| SnapshotError::Damaged { name: name(), damage })?;
        if envelope.name != self.name() {
            return Err(SnapshotError::OtherState { name: name(), found: envelope.name.to_owned() });
        }
        if !is_of(envelope.type_name, self.state()) {
            let found = envelope.type_name.to_owned();
            return Err(SnapshotError::OtherType { name: name(), holds: type_name(self.state()), found });
        }
        let data = self.outcome(Doing::Restore, (code.restore)(envelope.content))?;
        Ok(Made { state: self.state(), data, free: code.free })
    }

    fn outcome<R>(&self, doing: Doing, came: Ret<Result<R, Trouble>>) -> Result<R, SnapshotError> {
        let name = || self.name().to_owned();
        came.into_result()
            .map_err(|panic| SnapshotError::Panicked { name: name(), doing, panic })?
            .map_err(|trouble| SnapshotError::Failed { name: name(), doing, trouble: Box::new(trouble) })
    }
}

fn type_name(state: &StateInfo) -> &'static str {
    ((state.layout)().name)()
}

/// Whether a snapshot of a type of this name is one of the described type: modules and arguments don't count, and
/// neither does a name that `#[hot(rename = "…")]` says it had.
fn is_of(found: &str, state: &StateInfo) -> bool {
    let base = |name: &str| {
        let path = name.split(['<', '(']).next().unwrap_or_default();
        path.rsplit("::").next().unwrap_or_default().to_owned()
    };
    let was = match &state.kind {
        StateKind::Struct(state) => state.was,
        StateKind::Enum(state) => state.was,
        _ => &[],
    };
    let found = base(found);
    found == base(type_name(state)) || was.contains(&found.as_str())
}

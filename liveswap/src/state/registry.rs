//! The names of all `Kept`s of the program, and what each holds.
//!
//! There is one list, the host's. A library is handed the host's functions when it is loaded; before, and in programs
//! without a host, an image has a list of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use abi_stable::std_types::RStr;

use super::StateInfo;
use crate::services::{Opaque, Registry};

/// The list of this image.
pub const OF_THIS_PROGRAM: Registry = Registry { add, set, remove: take_off };

/// Counts the names that were added: a host's look at the list is good until the next one.
static ADDED: AtomicU64 = AtomicU64::new(0);

static NAMES: Mutex<BTreeMap<String, &'static StateInfo>> = Mutex::new(BTreeMap::new());

/// The host's, where this image is a library's.
static OF_HOST: OnceLock<Registry> = OnceLock::new();

fn names() -> MutexGuard<'static, BTreeMap<String, &'static StateInfo>> {
    // Nothing panics while it is held.
    NAMES.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn in_force() -> Registry {
    *OF_HOST.get().unwrap_or(&OF_THIS_PROGRAM)
}

extern "C" fn add(name: RStr<'_>, state: Opaque) -> Opaque {
    let mut names = names();
    if let Some(there) = names.get(name.as_str()) {
        return Opaque::of(*there);
    }
    // SAFETY: `register` and `update` of an image of the same boundary version pass what they were given.
    names.insert(name.into(), unsafe { state_of(state) });
    // Relaxed: it only asks for a look at the list, which has a lock of its own.
    ADDED.fetch_add(1, Ordering::Relaxed);
    Opaque::NULL
}

extern "C" fn set(name: RStr<'_>, state: Opaque) {
    // SAFETY: as in `add`.
    names().insert(name.into(), unsafe { state_of(state) });
}

extern "C" fn take_off(name: RStr<'_>) {
    names().remove(name.as_str());
}

/// # Safety
///
/// The pointer is that of a `StateInfo` of an image that stays loaded.
unsafe fn state_of(state: Opaque) -> &'static StateInfo {
    // SAFETY: by the contract.
    unsafe { &*state.address().cast::<StateInfo>() }
}

/// From here on the host's list counts. What was on this image's own stays there.
pub(crate) fn attach(host: Registry) {
    // A second time is not: an image is attached once.
    let _ = OF_HOST.set(host);
}

/// Whether this image is a library that a host has loaded.
pub(crate) fn is_of_library() -> bool {
    OF_HOST.get().is_some()
}

/// Adds a name; where it is taken, gives the name of the type that it holds.
pub(crate) fn register(name: &str, state: &'static StateInfo) -> Result<(), &'static str> {
    let there = (in_force().add)(name.into(), Opaque::of(state));
    if there.address().is_null() {
        return Ok(());
    }
    // SAFETY: what `add` gives is null or a state.
    Err(((unsafe { state_of(there) }.layout)().name)())
}

/// Sets what a name holds.
pub(crate) fn update(name: &str, state: &'static StateInfo) {
    (in_force().set)(name.into(), Opaque::of(state));
}

/// Takes a name off the list.
pub(crate) fn remove(name: &str) {
    (in_force().remove)(name.into());
}

/// How many names were added so far.
pub fn added() -> u64 {
    ADDED.load(Ordering::Relaxed)
}

/// All names of this program and what they hold.
pub fn all() -> Vec<(String, &'static StateInfo)> {
    names().iter().map(|(name, state)| (name.clone(), *state)).collect()
}

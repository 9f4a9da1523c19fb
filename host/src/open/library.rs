//! The loader's call.

use std::error::Error;
use std::path::Path;

use super::OpenError;

/// Loads a library, which its caller must not let be unloaded.
///
/// # Safety
///
/// Loading runs the library's constructors, which must be code that the user asked for.
pub(super) unsafe fn load(path: &Path) -> Result<libloading::Library, OpenError> {
    // The error itself says only which call failed; what is wrong with the file stands in its source.
    let load_error = |error: libloading::Error| OpenError::Load {
        path: path.to_owned(),
        reason: error.source().map_or_else(|| error.to_string(), ToString::to_string),
    };
    // SAFETY: by the contract. Nothing is bound lazily, so a missing symbol is found now; and its symbols stay out of sight
    // of other libraries.
    #[cfg(unix)]
    unsafe {
        use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
        Library::open(Some(path), RTLD_NOW | RTLD_LOCAL).map(Into::into).map_err(load_error)
    }
    // SAFETY: by the contract.
    #[cfg(not(unix))]
    unsafe {
        libloading::Library::new(path).map_err(load_error)
    }
}

//! The loader's call.

use std::error::Error;
use std::path::Path;

use super::{OpenError, artifact};

/// Loads a library, which its caller must not let be unloaded.
///
/// # Safety
///
/// Loading runs the library's constructors, which must be code that the user asked for.
pub(super) unsafe fn load(path: &Path) -> Result<libloading::Library, OpenError> {
    // SAFETY: by the contract: what the library needs and was staged beside it is the user's code as well.
    unsafe { load_needed(path) };
    // The error itself says only which call failed; what is wrong with the file stands in its source.
    let load_error = |error: libloading::Error| {
        let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        OpenError::Load { path: path.to_owned(), reason: missing_library(path, &reason).unwrap_or(reason) }
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

/// Loads what a library needs and what was staged beside it, where the loader does not look. The loader then knows it by
/// its name.
///
/// # Safety
///
/// That of [`load`].
unsafe fn load_needed(path: &Path) {
    let needed = artifact::at_load(path).map(|at_load| at_load.libraries).unwrap_or_default();
    for name in needed {
        let beside = path.with_file_name(&name);
        if beside.is_file() && !is_loaded(&name) {
            // SAFETY: by the contract.
            match unsafe { load(&beside) } {
                // It stays loaded, as the library does.
                Ok(library) => std::mem::forget(library),
                // The loader says it again of the library itself.
                Err(error) => tracing::debug!(%error, "a needed library was not loaded"),
            }
        }
    }
}

/// What to do where the loader's words are of a library that it does not find.
fn missing_library(path: &Path, reason: &str) -> Option<String> {
    let (name, _) = reason.split_once(": cannot open shared object file")?;
    let needed = artifact::at_load(path).ok()?.libraries;
    let who = match needed.iter().any(|needed| needed == name) {
        true => "it needs".to_owned(),
        false if !needed.is_empty() => format!("one of the libraries that it needs ({}) needs", needed.join(", ")),
        false => return None,
    };
    Some(format!(
        "{who} `{name}`, which the loader does not find; install it, or tell the library where it is \
         (`cargo::rustc-link-arg=-Wl,-rpath,DIRECTORY` in its build script), or start the program with `LD_LIBRARY_PATH`"
    ))
}

/// Whether the process has loaded a library of this name.
#[cfg(target_os = "linux")]
pub(super) fn is_loaded(name: &str) -> bool {
    use libloading::os::unix::{Library, RTLD_LAZY};
    // SAFETY: nothing is loaded, so no code of a library runs; and none is unloaded, since who has loaded it has it still.
    unsafe { Library::open(Some(name), RTLD_LAZY | libc::RTLD_NOLOAD) }.is_ok()
}

/// Not known on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_loaded(_: &str) -> bool {
    true
}

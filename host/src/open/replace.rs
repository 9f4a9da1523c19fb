//! Lets an image call a function of the host's in the place of one that it imports: its pointers to it are set anew.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use object::read::ReadCache;

use super::mapped::Mapped;
use super::relocations;

/// Sets the file's pointers to the function `name` from the address `from` to the address `to`; says how many it has.
///
/// # Errors
///
/// What can't be read, is not understood, or can't be written.
///
/// # Safety
///
/// The file is what was loaded to there, and stays loaded; `to` is a function of the same type that keeps the contract of
/// the other one.
pub(super) unsafe fn in_file(
    file: &Path,
    mapped: &Mapped,
    name: &str,
    from: usize,
    to: usize,
) -> Result<usize, String> {
    let cache = ReadCache::new(File::open(file).map_err(|error| error.to_string())?);
    let pointers = relocations::find(&cache, name).ok_or("its relocations are not understood")?;
    let in_memory = |address: u64| mapped.bias.wrapping_add(address as usize);
    // As the loader does: of a page that is read-only in part, the beginning is protected, and the end is not.
    let page = page_size();
    let start_of_page = |address: usize| address / page * page;
    let read_only =
        start_of_page(in_memory(pointers.read_only.start))..start_of_page(in_memory(pointers.read_only.end));
    let count = pointers.addresses.len();
    for address in pointers.addresses.into_iter().map(in_memory) {
        let page = start_of_page(address)..start_of_page(address) + page;
        let is_protected = read_only.contains(&page.start);
        if is_protected {
            protect(&page, libc::PROT_READ | libc::PROT_WRITE)?;
        }
        // SAFETY: aligned memory of the image where the loader has set a pointer; it can be written, or could not be until
        // now. The image's code only reads it.
        let pointer = unsafe { AtomicUsize::from_ptr(ptr::with_exposed_provenance_mut(address)) };
        // Only from the very function that is called then: what somebody else has put in its place counts on its calls.
        let set = pointer.compare_exchange(from, to, Ordering::Release, Ordering::Relaxed);
        if is_protected {
            protect(&page, libc::PROT_READ)?;
        }
        set.map_err(|other| format!("its `{name}` is another one, at {other:x}"))?;
    }
    Ok(count)
}

fn page_size() -> usize {
    // SAFETY: asks for a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096).max(1)
}

/// Lets a page of the image's data be used like this.
fn protect(page: &Range<usize>, protection: libc::c_int) -> Result<(), String> {
    // SAFETY: a page of data that is read-only once it is set up; it can be read all the time.
    let result = unsafe { libc::mprotect(ptr::with_exposed_provenance_mut(page.start), page.len(), protection) };
    if result == 0 { Ok(()) } else { Err(format!("protect a page: {}", io::Error::last_os_error())) }
}

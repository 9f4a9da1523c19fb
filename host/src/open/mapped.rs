//! Where an image lies in memory.

use std::ops::Range;
use std::path::Path;

/// Where a loaded file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg(target_os = "linux")]
pub(super) struct Mapped {
    /// The addresses from the first to the last that it has, its statics among them.
    pub(super) range: Range<usize>,
    /// What is added to the file's own addresses.
    pub(super) bias: usize,
}

/// The addresses from the first to the last that a loaded file has, its statics among them; `None` where it is not loaded,
/// or the system does not say.
#[cfg(target_os = "linux")]
pub fn range(file: &Path) -> Option<Range<usize>> {
    mapped(file).map(|mapped| mapped.range)
}

/// Where a loaded file lies; `None` where it is not loaded.
///
/// The loader is asked. In the list of all memory (`/proc/self/maps`) a file may stand twice, where somebody reads it by
/// mapping it; and memory of others may lie right behind it, which is given back later, so that the next image comes to lie
/// there.
#[cfg(target_os = "linux")]
pub(super) fn mapped(file: &Path) -> Option<Mapped> {
    use std::ffi::{CStr, c_int, c_void};
    use std::os::unix::ffi::OsStrExt;

    struct Search<'a> {
        file: &'a [u8],
        found: Option<Mapped>,
    }

    unsafe extern "C" fn look(info: *mut libc::dl_phdr_info, _: libc::size_t, search: *mut c_void) -> c_int {
        // SAFETY: the loader gives a valid description, and the pointer that `mapped` has passed, which nobody else uses.
        let (info, search) = unsafe { (&*info, &mut *search.cast::<Search<'_>>()) };
        // SAFETY: a name, where there is one, is a C string.
        if info.dlpi_name.is_null() || unsafe { CStr::from_ptr(info.dlpi_name) }.to_bytes() != search.file {
            return 0;
        }
        // SAFETY: so many headers are there.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        let bias = info.dlpi_addr as usize;
        for header in headers.iter().filter(|header| header.p_type == libc::PT_LOAD) {
            let start = bias.wrapping_add(header.p_vaddr as usize);
            let end = start.saturating_add(header.p_memsz as usize);
            let before = search.found.take().map_or(start..end, |found| found.range);
            search.found = Some(Mapped { range: before.start.min(start)..before.end.max(end), bias });
        }
        1
    }

    let mut search = Search { file: file.as_os_str().as_bytes(), found: None };
    // SAFETY: the function takes what it is passed here, and is called before this returns.
    unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut search).cast()) };
    search.found
}

/// Not known on this system.
#[cfg(not(target_os = "linux"))]
pub fn range(_: &Path) -> Option<Range<usize>> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_librarys_code_lies_in_its_file() {
        let address = libc::getpid as *const ();
        // SAFETY: the call fills what it is given; the name is the loader's.
        let library = unsafe {
            let mut about: libc::Dl_info = std::mem::zeroed();
            assert_ne!(libc::dladdr(address.cast(), &mut about), 0);
            std::ffi::CStr::from_ptr(about.dli_fname).to_str().unwrap()
        };
        let range = range(Path::new(library)).expect("it is loaded");
        assert!(range.contains(&address.addr()), "{range:x?}");
        assert!(range.len() < 64 << 20, "{range:x?}");
        assert_eq!(super::range(Path::new("/none")), None);
    }
}

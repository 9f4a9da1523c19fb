//! What an image says of its entries, looked at before any of them is read.
//!
//! The image passed its handshake and the check of its root module, so this finds only what went wrong all the same, as
//! a section that the linker has put together otherwise; reading such a list would end in a crash without a word.

use liveswap::Entry;

/// More `#[hot]` functions than any library has.
const MOST: usize = 100_000;

/// Whether `count` entries may stand at `first`.
///
/// # Errors
///
/// Why not.
pub(super) fn check(first: *const Entry, count: usize) -> Result<(), String> {
    if count > MOST {
        return Err(format!("it says that it has {count} hot functions, where {MOST} would be many"));
    }
    if first.is_null() {
        return Err(format!("its list of {count} hot functions is nowhere"));
    }
    let is_whole = first.addr().checked_add(count * size_of::<Entry>()).is_some();
    if !first.is_aligned() || !is_whole {
        return Err(format!("its list of {count} hot functions can't be at {:#x}", first.addr()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    #[test]
    fn lists_of_libraries_pass() {
        assert_eq!(check(ptr::dangling(), 0), Ok(()), "an empty one is somewhere too");
        assert_eq!(check(ptr::without_provenance(align_of::<Entry>() * 1000), MOST), Ok(()));
    }

    #[test]
    fn a_list_that_can_be_none_is_refused_with_the_reason() {
        let refused = |first, count| check(first, count).unwrap_err();
        assert_eq!(refused(ptr::null(), 3), "its list of 3 hot functions is nowhere");
        assert_eq!(refused(ptr::null(), 0), "its list of 0 hot functions is nowhere");
        assert!(refused(ptr::dangling(), MOST + 1).starts_with("it says that it has 100001 hot functions"));
        assert!(refused(ptr::dangling(), usize::MAX).starts_with("it says that it has"));
        assert_eq!(
            refused(ptr::without_provenance(0x1001), 1),
            "its list of 1 hot functions can't be at 0x1001",
            "not aligned"
        );
        let last = usize::MAX - align_of::<Entry>() + 1;
        assert!(refused(ptr::without_provenance(last), 1).contains("can't be at 0xff"), "beyond the end of memory");
    }
}

//! Reads memory of this process that may not be there.

/// The eight bytes at an address; nothing where they can't be read.
pub(super) fn word(address: u64) -> Option<u64> {
    let mut word = 0u64;
    let local = libc::iovec { iov_base: (&raw mut word).cast(), iov_len: size_of::<u64>() };
    let remote =
        libc::iovec { iov_base: std::ptr::with_exposed_provenance_mut(address as usize), iov_len: local.iov_len };
    // SAFETY: the kernel writes to `word`, and reads where it finds memory; both vectors have one element.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
    (read == local.iov_len as isize).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_no_error_but_nothing() {
        let number = 0x1234_5678_9abc_def0_u64;
        assert_eq!(word((&raw const number).addr() as u64), Some(number));
        assert_eq!(word(8), None);
        assert_eq!(word(u64::MAX - 3), None);
    }
}

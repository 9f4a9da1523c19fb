//! mimalloc, which many programs use, in the place of [the allocator that marks](super::marking).

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Whether a block lies in memory of this mimalloc.
pub fn owns(block: *const u8) -> bool {
    // SAFETY: it only compares the address.
    unsafe { libmimalloc_sys::mi_is_in_heap_region(block.cast()) }
}

//! One allocator for the whole process: the library's boxes are the host's boxes.
//!
//! A host with its own `#[global_allocator]` and a library without one crash on the first box that crosses. So the
//! library's global allocator is [`Forward`], which hands every request to the host's allocator; the host fills the
//! library's [`AllocatorSlot`] right after loading, before any other code of the library is called. What constructors
//! of the image (`.init_array`) allocate before that comes from the system's allocator, and is counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The host's allocator as plain functions. Sizes and alignments are in bytes and form a valid `Layout`.
#[repr(C)]
pub struct HostAllocator {
    allocate: unsafe extern "C" fn(size: usize, align: usize) -> *mut u8,
    allocate_zeroed: unsafe extern "C" fn(size: usize, align: usize) -> *mut u8,
    reallocate: unsafe extern "C" fn(pointer: *mut u8, size: usize, align: usize, new_size: usize) -> *mut u8,
    release: unsafe extern "C" fn(pointer: *mut u8, size: usize, align: usize),
}

/// The global allocator of the program that this crate is linked into. In the host that is what is handed to the
/// libraries; an allocation that fails gives null, as in `GlobalAlloc`.
pub static OF_THIS_PROGRAM: HostAllocator = HostAllocator { allocate, allocate_zeroed, reallocate, release };

/// # Safety
///
/// As for `Layout::from_size_align_unchecked`.
unsafe fn layout(size: usize, align: usize) -> Layout {
    // SAFETY: passed on to the caller; `Forward` takes both from a `Layout`.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

unsafe extern "C" fn allocate(size: usize, align: usize) -> *mut u8 {
    // SAFETY: called by `Forward::alloc` only, whose caller keeps `GlobalAlloc`'s contract.
    unsafe { std::alloc::alloc(layout(size, align)) }
}

unsafe extern "C" fn allocate_zeroed(size: usize, align: usize) -> *mut u8 {
    // SAFETY: as in `allocate`.
    unsafe { std::alloc::alloc_zeroed(layout(size, align)) }
}

unsafe extern "C" fn reallocate(pointer: *mut u8, size: usize, align: usize, new_size: usize) -> *mut u8 {
    // SAFETY: as in `allocate`; the pointer came from this allocator, with this layout.
    unsafe { std::alloc::realloc(pointer, layout(size, align), new_size) }
}

unsafe extern "C" fn release(pointer: *mut u8, size: usize, align: usize) {
    // SAFETY: as in `reallocate`.
    unsafe { std::alloc::dealloc(pointer, layout(size, align)) }
}

/// Where the host puts its allocator.
#[repr(C)]
pub struct AllocatorSlot {
    host: AtomicPtr<HostAllocator>,
    early: AtomicUsize,
}

impl AllocatorSlot {
    /// An empty slot.
    pub const fn new() -> Self {
        Self { host: AtomicPtr::new(ptr::null_mut()), early: AtomicUsize::new(0) }
    }

    /// From now on the host's allocator serves this library.
    ///
    /// Gives the number of allocations that were made before, from the system's allocator. They must not be freed
    /// by a host whose allocator is another one.
    pub fn fill(&self, host: &'static HostAllocator) -> usize {
        // Release: whoever sees the pointer sees the table; the static was never anything else, so Relaxed would do,
        // but the store is not on any fast path.
        self.host.store(ptr::from_ref(host).cast_mut(), Ordering::Release);
        self.early.load(Ordering::Relaxed)
    }

    #[inline]
    fn host(&self) -> Option<&'static HostAllocator> {
        // Relaxed: the table is a constant of the host's image, written by the loader before any code ran, and the
        // slot is filled before the library's first call.
        // SAFETY: only `fill` stores here, and it takes a `&'static`.
        unsafe { self.host.load(Ordering::Relaxed).as_ref() }
    }
}

impl Default for AllocatorSlot {
    fn default() -> Self {
        Self::new()
    }
}

/// The global allocator of a hot library: forwards to the host once its slot is filled.
pub struct Forward(pub &'static AllocatorSlot);

// SAFETY: every method hands the request, unchanged, to one of two allocators that keep `GlobalAlloc`'s contract: the
// system's, or the host's global allocator behind plain functions. A block from one is only given to the other where
// it was allocated before the slot was filled; then the host's allocator must be the system's, which the host checks
// by the count that `fill` gives.
unsafe impl GlobalAlloc for Forward {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.0.host() {
            // SAFETY: size and align are those of a `Layout`; the caller keeps `GlobalAlloc`'s contract.
            Some(host) => unsafe { (host.allocate)(layout.size(), layout.align()) },
            None => {
                self.0.early.fetch_add(1, Ordering::Relaxed);
                // SAFETY: passed on unchanged.
                unsafe { System.alloc(layout) }
            }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        match self.0.host() {
            // SAFETY: as in `alloc`.
            Some(host) => unsafe { (host.release)(pointer, layout.size(), layout.align()) },
            // SAFETY: passed on unchanged.
            None => unsafe { System.dealloc(pointer, layout) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match self.0.host() {
            // SAFETY: as in `alloc`.
            Some(host) => unsafe { (host.allocate_zeroed)(layout.size(), layout.align()) },
            None => {
                self.0.early.fetch_add(1, Ordering::Relaxed);
                // SAFETY: passed on unchanged.
                unsafe { System.alloc_zeroed(layout) }
            }
        }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        match self.0.host() {
            // SAFETY: as in `alloc`.
            Some(host) => unsafe { (host.reallocate)(pointer, layout.size(), layout.align(), new_size) },
            // SAFETY: passed on unchanged.
            None => unsafe { System.realloc(pointer, layout, new_size) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_slot_forwards_and_an_empty_one_counts() {
        static SLOT: AllocatorSlot = AllocatorSlot::new();
        let forward = Forward(&SLOT);
        let layout = Layout::new::<[u64; 4]>();
        // SAFETY: the layout has a size; each block is freed with the layout that it has then.
        unsafe {
            let early = forward.alloc(layout);
            assert!(!early.is_null());
            assert_eq!(SLOT.fill(&OF_THIS_PROGRAM), 1);
            let block = forward.alloc_zeroed(layout);
            assert_eq!(*block, 0);
            let block = forward.realloc(block, layout, 64);
            forward.dealloc(block, Layout::from_size_align_unchecked(64, layout.align()));
            // The test's allocator is the system's, so the early block may go back through the host.
            forward.dealloc(early, layout);
        }
    }
}

//! Large blocks of memory are kept and given out again.
//!
//! Else some moves would get fresh pages, which the system clears one by one, and others not, as the allocator sees fit:
//! that costs more than a move, by hand or not, and would hide how they differ.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;

/// From this size on, in bytes.
const LARGE: usize = 1 << 20;
/// As many blocks are kept, which is more than are in use at a time.
const MOST: usize = 16;

struct Recycling {
    /// The layouts and addresses of blocks that nobody uses.
    free: Mutex<[Option<(Layout, usize)>; MOST]>,
}

#[global_allocator]
static MEMORY: Recycling = Recycling { free: Mutex::new([None; MOST]) };

/// What is allocated for it: sizes in powers of two, so that blocks fit each other.
fn block(layout: Layout) -> Option<Layout> {
    let size = layout.size().next_power_of_two();
    if layout.size() < LARGE { None } else { Layout::from_size_align(size, layout.align()).ok() }
}

// SAFETY: blocks come from the system's allocator with the layout that they go back with, are as large as is asked for,
// and are on the list exactly while nobody uses them.
unsafe impl GlobalAlloc for Recycling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let Some(block) = block(layout) else { return unsafe { System.alloc(layout) } };
        let mut free = self.free.lock().expect("nothing panics with the lock");
        let found = free.iter_mut().find(|kept| kept.is_some_and(|(layout, _)| layout == block)).and_then(Option::take);
        match found {
            Some((_, address)) => std::ptr::with_exposed_provenance_mut(address),
            // SAFETY: the caller's promise; the size is not smaller.
            None => unsafe { System.alloc(block) },
        }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        let Some(block) = block(layout) else { return unsafe { System.dealloc(memory, layout) } };
        let mut free = self.free.lock().expect("nothing panics with the lock");
        match free.iter_mut().find(|kept| kept.is_none()) {
            Some(place) => *place = Some((block, memory.expose_provenance())),
            // SAFETY: allocated with this layout in `alloc`.
            None => unsafe { System.dealloc(memory, block) },
        }
    }
}

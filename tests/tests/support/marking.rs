//! An allocator that knows its blocks: it puts a mark before each, and ends the process over a block without one. An
//! ordinary allocator would take a foreign block for its own, and crash later.
//!
//! Used by tests as their own allocator, and written into libraries as theirs.

use std::alloc::{GlobalAlloc, Layout, System};

pub struct Marking;

#[global_allocator]
static ALLOCATOR: Marking = Marking;

const MARK: u64 = 0x1157_0A11_0CA7_0123;

/// Whether this allocator has given a block that is still in use.
pub fn owns(block: *const u8) -> bool {
    // SAFETY: before a block of any allocator there is memory: the mark, or what the other one keeps there.
    unsafe { block.sub(8).cast::<u64>().read_unaligned() == MARK }
}

/// The block with room for the mark; as much as keeps the alignment.
fn with_room(layout: Layout) -> (Layout, usize) {
    let room = layout.align().max(16);
    (Layout::from_size_align(layout.size() + room, room).expect("a layout"), room)
}

// SAFETY: each block is one of `System`'s, `room` bytes further on, which keeps the alignment; it is freed with the
// layout that it was made with.
unsafe impl GlobalAlloc for Marking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (whole, room) = with_room(layout);
        // SAFETY: the layout has a size; the mark lies before the part that is handed out.
        unsafe {
            let start = System.alloc(whole);
            if start.is_null() {
                return start;
            }
            start.add(room - 8).cast::<u64>().write(MARK);
            start.add(room)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (whole, room) = with_room(layout);
        // SAFETY: the caller gives a block of this allocator; if it does not, the mark tells, and nothing is freed.
        unsafe {
            let mark = block.sub(8).cast::<u64>();
            if mark.read() != MARK {
                std::process::abort();
            }
            mark.write(0);
            System.dealloc(block.sub(room), whole);
        }
    }
}

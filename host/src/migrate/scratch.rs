//! Memory for values on their way, which gives itself back.

use std::alloc::{self, Layout};
use std::ptr::{self, NonNull};

use super::plan::Size;

/// A block of memory. What is in it is not dropped.
pub(crate) struct Scratch {
    memory: NonNull<u8>,
    layout: Layout,
}

impl Scratch {
    /// A block for one value, or `None` where there is no memory.
    pub(crate) fn value(size: usize, align: usize) -> Option<Scratch> {
        Scratch::of(Layout::from_size_align(size, align).ok()?)
    }

    /// A block for `count` values in a row.
    pub(super) fn row(of: Size, count: usize) -> Option<Scratch> {
        let size = of.size.checked_mul(count)?;
        Scratch::of(Layout::from_size_align(size, of.align).ok()?)
    }

    /// A block for one value of each size, and the address of each.
    pub(super) fn each(sizes: &[Size]) -> Option<(Scratch, Vec<*mut u8>)> {
        let mut layout = Layout::new::<()>();
        let mut offsets = Vec::with_capacity(sizes.len());
        for of in sizes {
            let (next, offset) = layout.extend(Layout::from_size_align(of.size, of.align).ok()?).ok()?;
            offsets.push(offset);
            layout = next;
        }
        let scratch = Scratch::of(layout)?;
        let addresses = offsets.into_iter().map(|offset| scratch.first().wrapping_add(offset)).collect();
        Some((scratch, addresses))
    }

    fn of(layout: Layout) -> Option<Scratch> {
        let memory = match layout.size() {
            0 => NonNull::new(ptr::without_provenance_mut(layout.align()))?,
            // SAFETY: the layout has a size.
            _ => NonNull::new(unsafe { alloc::alloc(layout) })?,
        };
        Some(Scratch { memory, layout })
    }

    /// Its address.
    pub(crate) fn first(&self) -> *mut u8 {
        self.memory.as_ptr()
    }

    /// Hands the memory over: [`free`] frees it.
    pub(crate) fn into_raw(self) -> *mut u8 {
        std::mem::ManuallyDrop::new(self).first()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: allocated in `of` with this layout, where that has a size.
        unsafe { free(self.first(), self.layout.size(), self.layout.align()) };
    }
}

/// Frees memory of [`Scratch::into_raw`].
///
/// # Safety
///
/// Memory of this program's allocator with this size and alignment, or none where the size is 0.
pub(crate) unsafe extern "C" fn free(memory: *mut u8, size: usize, align: usize) {
    if size > 0 {
        // SAFETY: by the contract; size and alignment came from a layout.
        unsafe { alloc::dealloc(memory, Layout::from_size_align_unchecked(size, align)) };
    }
}

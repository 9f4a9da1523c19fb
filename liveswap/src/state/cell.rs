//! The cell behind a `Kept`: name, content, and the content's description, without the type.
//!
//! **Orderings.** The list of views that were found to be right is only a memory of comparisons: its elements are
//! addresses of constants, so `Relaxed` is enough. It is emptied where the content moves, which takes `&mut`: what
//! hands that over between threads orders it too.

use std::alloc::{self, Layout};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::{HotState, StateInfo, registry};
use crate::guard::{Ret, guard};
use crate::layout::{Describe, TypeInfo, equal};

/// How many views a cell remembers; more than two images rarely use one at a time.
const VIEWS: usize = 4;

/// A `Kept` without its type, as the host moves it.
pub struct KeptCell {
    name: Box<str>,
    state: &'static StateInfo,
    data: *mut u8,
    views: [AtomicPtr<TypeInfo>; VIEWS],
    next_view: AtomicUsize,
    is_registered: bool,
    is_lost: bool,
    free: Free,
    release: unsafe extern "C" fn(*mut KeptCell),
}

/// Frees memory of the given size and alignment.
pub type Free = unsafe extern "C" fn(memory: *mut u8, size: usize, align: usize);

impl KeptCell {
    /// A cell under a name that is on the list already; it owns itself.
    pub(super) fn registered<T: HotState>(name: String, value: T) -> NonNull<Self> {
        let cell = Self {
            name: name.into(),
            state: T::state(),
            data: Box::into_raw(Box::new(value)).cast(),
            views: Default::default(),
            next_view: AtomicUsize::new(0),
            is_registered: true,
            is_lost: false,
            free,
            release: release_cell,
        };
        NonNull::from(Box::leak(Box::new(cell)))
    }

    /// Drops the cell and its content.
    ///
    /// # Safety
    ///
    /// It came from `registered`, and is used no more.
    pub(super) unsafe fn release(cell: NonNull<Self>) {
        // SAFETY: by the contract; the function is that of the image that made it.
        unsafe { (cell.as_ref().release)(cell.as_ptr()) };
    }

    /// A cell without a name in the registry, over memory that a host holds for the state of an application.
    ///
    /// # Safety
    ///
    /// `data` is a value of the described type, in memory that `free` frees; the cell owns both from here on.
    pub unsafe fn from_raw(name: &str, state: &'static StateInfo, data: *mut u8, free: Free) -> Self {
        Self {
            name: name.into(),
            state,
            data,
            views: Default::default(),
            next_view: AtomicUsize::new(0),
            is_registered: false,
            is_lost: false,
            free,
            release: release_cell,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    pub fn state(&self) -> &'static StateInfo {
        self.state
    }

    /// The content's address.
    pub fn data(&self) -> *mut u8 {
        self.data
    }

    /// Puts a moved content in the place of the old one, whose memory is freed. The old one is not dropped.
    ///
    /// # Safety
    ///
    /// The old value was taken apart. `data` is a value of the described type, in memory that `free` frees; the cell
    /// owns both from here on.
    pub unsafe fn replace(&mut self, state: &'static StateInfo, data: *mut u8, free: Free) {
        let old = (self.state.layout)();
        let memory = std::mem::replace(&mut self.data, data);
        // SAFETY: the cell owns the memory, which has the layout of the old type.
        unsafe { (self.free)(memory, old.size, old.align) };
        (self.state, self.free) = (state, free);
        self.views.iter_mut().for_each(|view| *view.get_mut() = ptr::null_mut());
        if self.is_registered {
            registry::update(&self.name, state);
        }
    }

    /// Exchanges the content for another of the same description, and gives the old one: its address, and the function
    /// that frees it.
    ///
    /// # Safety
    ///
    /// `data` is a value of the type that the cell's description is of, in memory that `free` frees; the cell owns both
    /// from here on, and the caller the old ones.
    pub(super) unsafe fn exchange(&mut self, data: *mut u8, free: Free) -> (*mut u8, Free) {
        (std::mem::replace(&mut self.data, data), std::mem::replace(&mut self.free, free))
    }

    /// Goes over to newer code of an equal layout: its destructors are called from here on. Nothing happens where the
    /// layout is another one.
    pub fn adopt(&mut self, state: &'static StateInfo) {
        if !ptr::eq(self.state, state) && equal(self.state.layout, state.layout) {
            self.state = state;
            if self.is_registered {
                registry::update(&self.name, state);
            }
        }
    }

    /// Gives the content up without dropping it, where it is not whole any more. Nobody can look inside from here on.
    pub fn lose(&mut self) {
        let nothing = <()>::state();
        // SAFETY: the old content counts as taken apart; the new one is `()`, which needs no memory.
        unsafe { self.replace(nothing, NonNull::<()>::dangling().as_ptr().cast(), free) };
        self.is_lost = true;
    }

    /// Whether the content was [given up](Self::lose).
    pub fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Whether code with this description of the type may look inside.
    #[inline]
    pub(super) fn is_seen_as(&self, view: Describe) -> bool {
        let mine = ptr::from_ref(view()).cast_mut();
        // Nearly always the first: one image at a time works on a state.
        self.views[0].load(Ordering::Relaxed) == mine || self.is_seen_at_second_look(view, mine)
    }

    #[cold]
    #[inline(never)]
    fn is_seen_at_second_look(&self, view: Describe, mine: *mut TypeInfo) -> bool {
        if !self.views.iter().any(|view| view.load(Ordering::Relaxed) == mine) {
            if !equal(self.state.layout, view) {
                return false;
            }
            let place = self.next_view.fetch_add(1, Ordering::Relaxed) % VIEWS;
            self.views[place].store(mine, Ordering::Relaxed);
        }
        true
    }
}

impl Drop for KeptCell {
    fn drop(&mut self) {
        if self.is_registered {
            registry::remove(&self.name);
        }
        let layout = (self.state.layout)();
        if let Some(drop) = self.state.drop {
            // SAFETY: the content is there, of the described type, and not used after this. A panic in it was reported
            // by its image's hook, and must not unwind out of a drop.
            let _ = unsafe { drop(self.data, layout.size, 1) }.into_result();
        }
        // SAFETY: the cell owns the memory, which has the layout of the type.
        unsafe { (self.free)(self.data, layout.size, layout.align) };
    }
}

unsafe extern "C" fn release_cell(cell: *mut KeptCell) {
    // SAFETY: the pointer of the box that `registered` leaked in this image, given back once, by the handle's drop. The
    // guard is for an allocator or a lock that panics.
    let freed: Ret<()> = guard(|| drop(unsafe { Box::from_raw(cell) }));
    let _ = freed.into_result();
}

/// Frees a box's memory, without a drop of what is inside.
pub(super) unsafe extern "C" fn free(memory: *mut u8, size: usize, align: usize) {
    if size > 0 {
        // SAFETY: memory of a box of this size and alignment; see `Box` on its layout.
        unsafe { alloc::dealloc(memory, Layout::from_size_align_unchecked(size, align)) };
    }
}

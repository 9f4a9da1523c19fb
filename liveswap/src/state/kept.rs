//! `Kept`: state that the program holds, and that a swap can move to a new layout.
//!
//! A `Kept` is like a `Box` whose content carries its own description. Code may look inside only where its own idea of
//! the type is that of the content; that is compared at an image's first look, and remembered.
//!
//! **Orderings.** The list of views that were found to be right is only a memory of comparisons: its elements are
//! addresses of constants, so `Relaxed` is enough. It is emptied where the content moves, which takes `&mut`: what
//! hands that over between threads orders it too.

use std::alloc::{self, Layout};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::{HotState, StateInfo, registry};
use crate::guard::{Ret, guard};
use crate::layout::{Describe, HotType, Kind, TypeInfo, equal};

/// How many views a cell remembers; more than two images rarely use one at a time.
const VIEWS: usize = 4;

/// State under a name, which survives swaps that change its type.
///
/// It is read and written through `Deref` by code whose `T` is laid out as the content is: that of the generation in
/// force, and the host's own as long as the type has not changed since it was compiled. Host code that only passes it on
/// runs through all changes of the type.
///
/// A swap moves it at the program's safe point, which is told of it: `host.tick_with(&mut kept)`.
///
/// ```
/// use liveswap::{HotState, HotType, Kept};
///
/// #[derive(HotType, HotState)]
/// struct Game {
///     score: u32,
/// }
///
/// # fn main() -> Result<(), liveswap::KeptError> {
/// let mut game = Kept::new("game", Game { score: 0 })?;
/// game.score += 1;
/// assert_eq!(game.score, 1);
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// `Deref` and `DerefMut` panic in code whose `T` is laid out otherwise; [`view`](Kept::view) gives an error instead.
pub struct Kept<T> {
    cell: NonNull<KeptCell>,
    content: PhantomData<T>,
}

// SAFETY: a `Kept` owns its content, as a box does; the cell's other members are changed under `&mut`, or atomic.
unsafe impl<T: Send> Send for Kept<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Kept<T> {}

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
type Free = unsafe extern "C" fn(memory: *mut u8, size: usize, align: usize);

/// Why there is no such [`Kept`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptError {
    /// The name is taken: names tell states apart in messages and snapshots.
    NameTaken {
        /// The name.
        name: String,
        /// The type of the one that has it.
        holds: &'static str,
    },
}

impl fmt::Display for KeptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeptError::NameTaken { name, holds } = self;
        write!(f, "there is a `Kept` named \"{name}\" already (a `{holds}`); give this one another name")
    }
}

impl std::error::Error for KeptError {}

/// The content is laid out otherwise than in the code that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLayout {
    /// The `Kept`'s name.
    pub name: String,
    /// The type's name.
    pub type_name: &'static str,
}

impl fmt::Display for OtherLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, type_name } = self;
        write!(
            f,
            "the `Kept` \"{name}\" has another layout of `{type_name}` than this code was compiled with; \
             read it in a `#[hot]` function, or restart the program"
        )
    }
}

impl std::error::Error for OtherLayout {}

impl<T: HotState> Kept<T> {
    /// Keeps `value` under a name that no other `Kept` of the program has.
    ///
    /// # Errors
    ///
    /// The name is taken; the value is dropped.
    pub fn new(name: impl Into<String>, value: T) -> Result<Self, KeptError>
    where
        T: 'static,
    {
        let name = name.into();
        if let Err(holds) = registry::register(&name, T::state()) {
            return Err(KeptError::NameTaken { name, holds });
        }
        let cell = KeptCell {
            name: name.into(),
            state: T::state(),
            data: boxed(value),
            views: Default::default(),
            next_view: AtomicUsize::new(0),
            is_registered: true,
            is_lost: false,
            free,
            release: release_cell,
        };
        Ok(Kept { cell: NonNull::from(Box::leak(Box::new(cell))), content: PhantomData })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.cell().name
    }

    /// The content.
    ///
    /// # Errors
    ///
    /// It is laid out otherwise than in this code.
    #[inline]
    pub fn view(&self) -> Result<&T, OtherLayout> {
        self.check()?;
        // SAFETY: `check` found the content to have `T`'s layout, and it lives as long as `self`.
        Ok(unsafe { &*self.cell().data.cast::<T>() })
    }

    /// The content.
    ///
    /// # Errors
    ///
    /// It is laid out otherwise than in this code.
    #[inline]
    pub fn view_mut(&mut self) -> Result<&mut T, OtherLayout> {
        self.check()?;
        // SAFETY: as in `view`; `&mut self` makes this the only use.
        Ok(unsafe { &mut *self.cell().data.cast::<T>() })
    }

    #[inline]
    fn check(&self) -> Result<(), OtherLayout> {
        // Without hot code, there is one image and one layout.
        if cfg!(not(any(debug_assertions, feature = "hot-in-release"))) || self.cell().is_seen_as(T::info) {
            return Ok(());
        }
        Err(OtherLayout { name: self.name().into(), type_name: (T::info().name)() })
    }
}

impl<T> Kept<T> {
    fn cell(&self) -> &KeptCell {
        // SAFETY: made in `new`, alive until the drop of `self`; changed only through `&mut`.
        unsafe { self.cell.as_ref() }
    }

    /// The cell, for the host.
    pub(super) fn cell_mut(&mut self) -> &mut KeptCell {
        // SAFETY: as in `cell`.
        unsafe { self.cell.as_mut() }
    }
}

impl<T: HotState> Deref for Kept<T> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        match self.view() {
            Ok(content) => content,
            Err(error) => panic!("{error}"),
        }
    }
}

impl<T: HotState> DerefMut for Kept<T> {
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        match self.view_mut() {
            Ok(content) => content,
            Err(error) => panic!("{error}"),
        }
    }
}

impl<T: HotState + fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("Kept");
        match self.view() {
            Ok(content) => tuple.field(content),
            Err(_) => tuple.field(&"of another layout"),
        };
        tuple.finish()
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        let release = self.cell().release;
        // SAFETY: the cell is this handle's own, made by the image whose function `release` is.
        unsafe { release(self.cell.as_ptr()) };
    }
}

// SAFETY: the handle is one pointer whatever it holds; what it holds has a description of its own.
unsafe impl<T: HotState> HotType for Kept<T> {
    fn info() -> &'static TypeInfo {
        const {
            &TypeInfo {
                name: std::any::type_name::<Self>,
                size: size_of::<Self>(),
                align: align_of::<Self>(),
                repr: "",
                kind: Kind::Kept(T::state),
            }
        }
    }
}

impl KeptCell {
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
    fn is_seen_as(&self, view: Describe) -> bool {
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
    // SAFETY: the pointer of the box that `Kept::new` leaked in this image, given back once, by the handle's drop. The
    // guard is for an allocator or a lock that panics.
    let freed: Ret<()> = guard(|| drop(unsafe { Box::from_raw(cell) }));
    let _ = freed.into_result();
}

fn boxed<T>(value: T) -> *mut u8 {
    Box::into_raw(Box::new(value)).cast()
}

/// Frees a box's memory, without a drop of what is inside.
unsafe extern "C" fn free(memory: *mut u8, size: usize, align: usize) {
    if size > 0 {
        // SAFETY: memory of a box of this size and alignment; see `Box` on its layout.
        unsafe { alloc::dealloc(memory, Layout::from_size_align_unchecked(size, align)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HotState, HotType};

    #[derive(HotType, HotState, Debug, PartialEq)]
    struct Game {
        score: u32,
        names: Vec<String>,
    }

    #[test]
    fn it_is_like_a_box() {
        let mut game = Kept::new("like a box", Game { score: 1, names: vec!["a".into()] }).unwrap();
        game.score += 1;
        game.names.push("b".into());
        assert_eq!(*game, Game { score: 2, names: vec!["a".into(), "b".into()] });
        assert_eq!(format!("{:?}", game.name()), "\"like a box\"");
    }

    #[test]
    fn a_name_is_given_once_at_a_time() {
        let first = Kept::new("once", 1u8).unwrap();
        let error = Kept::new("once", 2u16).unwrap_err();
        assert_eq!(error, KeptError::NameTaken { name: "once".into(), holds: "u8" });
        drop(first);
        assert_eq!(*Kept::new("once", 2u16).unwrap(), 2);
    }

    #[test]
    fn code_with_another_layout_gets_an_error_and_no_bytes() {
        let mut kept = Kept::new("another layout", 7u32).unwrap();
        // As a swap would: the type behind the same handle has changed.
        // SAFETY: a `u32` needs no drop; the box holds a `u64`, as described.
        unsafe { kept.cell_mut().replace(u64::state(), boxed(8u64), free) };
        let error = kept.view().unwrap_err();
        assert_eq!(error.name, "another layout");
        let text = *std::panic::catch_unwind(|| *kept).unwrap_err().downcast::<String>().unwrap();
        assert!(text.contains("the `Kept` \"another layout\" has another layout of `u32`"), "{text}");
    }
}

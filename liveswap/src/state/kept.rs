//! `Kept`: state that the program holds, and that a swap can move to a new layout.
//!
//! A `Kept` is like a `Box` whose content carries its own description. Code may look inside only where its own idea of
//! the type is that of the content; that is compared at an image's first look, and remembered.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::cell::KeptCell;
use super::{HotState, registry};
use crate::layout::{HotType, Kind, TypeInfo};

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

/// Part of each message that a [`Kept`] is laid out otherwise: code that panics with it is older than the state, and is
/// not wrong for that.
#[doc(hidden)]
pub const OTHER_LAYOUT: &str = "has another layout of";

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
        write!(f, "the `Kept` \"{name}\" {OTHER_LAYOUT} `{type_name}` than this code was compiled with; ")?;
        // A library's code has the layout of its own generation, the program's own that which it was started with.
        f.write_str(match registry::is_of_library() {
            true => {
                "this code is of an older generation, in a future, a thread or a call that began before the edit: \
                 end that, and start it again in the current code"
            }
            false => "read it in a `#[hot]` function, or restart the program",
        })
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
        Ok(Kept { cell: KeptCell::registered(name, value), content: PhantomData })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.cell().name()
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
        Ok(unsafe { &*self.cell().data().cast::<T>() })
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
        Ok(unsafe { &mut *self.cell().data().cast::<T>() })
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
    pub(super) fn cell(&self) -> &KeptCell {
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
        // SAFETY: the cell is this handle's own, and not used after this.
        unsafe { KeptCell::release(self.cell) };
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
        let other = Box::into_raw(Box::new(8u64)).cast();
        // SAFETY: a `u32` needs no drop; the box holds a `u64`, as described.
        unsafe { kept.cell_mut().replace(u64::state(), other, crate::state::cell::free) };
        let error = kept.view().unwrap_err();
        assert_eq!(error.name, "another layout");
        let text = *std::panic::catch_unwind(|| *kept).unwrap_err().downcast::<String>().unwrap();
        assert!(text.contains("the `Kept` \"another layout\" has another layout of `u32`"), "{text}");
    }
}

//! Pointers that own what they lead to, alone or together, also where that has no size of its own.

use std::rc::{self, Rc};
use std::sync::{self, Arc};

use super::{sequences, shared, state, wrappers};
use crate::layout::HotType;
use crate::state::{HotState, StateKind};

/// What a `Box`, an `Rc` or an `Arc` of a state may lead to: all that has [`HotState`]; and, without a size of their own,
/// texts, slices and trait objects. `#[hot]` on a trait implements it for the trait's objects.
///
/// Each constant is what the pointer of that kind is made of. What is not said is moved as it is.
///
/// # Safety
///
/// Each is true of that pointer to `Self`, and its functions do what their places in it ask for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is kept as state behind a pointer, but can't be moved to a new layout",
    label = "what this points to needs `HotState`",
    note = "a type of this crate: add `#[derive(liveswap::HotType, liveswap::HotState)]` to it; a trait object: add `#[liveswap::hot]` to its trait",
    note = "a type or a trait of another crate: write `#[hot(opaque)]` before the field: it is moved as it is"
)]
pub unsafe trait PointedTo: HotType {
    /// `Box<Self>`.
    const BOXED: StateKind = StateKind::Whole;
    /// `Rc<Self>`.
    const RC: StateKind = StateKind::Whole;
    /// `rc::Weak<Self>`.
    const RC_WEAK: StateKind = StateKind::Whole;
    /// `Arc<Self>`.
    const ARC: StateKind = StateKind::Whole;
    /// `sync::Weak<Self>`.
    const ARC_WEAK: StateKind = StateKind::Whole;
}

// SAFETY: the kinds are made for these very types.
#[diagnostic::do_not_recommend]
unsafe impl<T: HotState> PointedTo for T {
    const BOXED: StateKind = wrappers::kind::<Box<T>, T>(false);
    const RC: StateKind = shared::of_rc::strong::<T>();
    const RC_WEAK: StateKind = shared::of_rc::weak::<T>();
    const ARC: StateKind = shared::of_arc::strong::<T>();
    const ARC_WEAK: StateKind = shared::of_arc::weak::<T>();
}

// SAFETY: as above. How many elements a shared slice has only its references know, so its content is not moved.
unsafe impl<T: HotState> PointedTo for [T] {
    const BOXED: StateKind = sequences::row::<Box<[T]>, T>();
}

state!([T: PointedTo + ?Sized] Box<T>, T::BOXED);
state!([T: PointedTo + ?Sized] Rc<T>, T::RC);
state!([T: PointedTo + ?Sized] rc::Weak<T>, T::RC_WEAK);
state!([T: PointedTo + ?Sized] Arc<T>, T::ARC);
state!([T: PointedTo + ?Sized] sync::Weak<T>, T::ARC_WEAK);

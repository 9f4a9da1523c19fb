//! The standard library's types as state: those that have parts. What is moved as it is says so where it is described,
//! in `layout`.

mod enums;
pub(super) mod maps;
mod pointers;
pub(super) mod sequences;
pub(super) mod sets;
mod shared;
mod values;
mod wrappers;

pub use pointers::PointedTo;

/// Implements `HotState` for a type.
macro_rules! state {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        // SAFETY: the functions in the kind are for this very type, and do what their places in it ask for.
        unsafe impl<$($generics)*> $crate::state::HotState for $ty {
            fn state() -> &'static $crate::state::StateInfo {
                const {
                    &$crate::state::StateInfo {
                        layout: <Self as $crate::HotType>::info,
                        drop: $crate::state::drop_many::<Self>(),
                        kind: $kind,
                        snapshot: None,
                    }
                }
            }
        }
    };
}

pub(crate) use state;

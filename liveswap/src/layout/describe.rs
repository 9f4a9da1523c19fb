//! How the types of std and of other crates are described: macros for the modules beside this one.
//!
//! What is moved as it is, or not at all, is described as state here too, so that there is one list of such types. The
//! others have their states in `state/std_types` and `state/foreign`.

/// Implements `HotType` for a sized type of the given kind.
macro_rules! described {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        // SAFETY: name, size and alignment are the type's own, and the kind names all types that it is made over.
        unsafe impl<$($generics)*> crate::layout::HotType for $ty {
            fn info() -> &'static crate::layout::TypeInfo {
                const {
                    &crate::layout::TypeInfo {
                        name: std::any::type_name::<Self>,
                        size: size_of::<Self>(),
                        align: align_of::<Self>(),
                        repr: "",
                        kind: $kind,
                    }
                }
            }
        }
    };
}

/// As `described`, of a type that is moved as it is: also implements `HotState`.
macro_rules! whole {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        described!([$($generics)*] $ty, $kind);
        crate::state::state!([$($generics)*] $ty, crate::state::StateKind::Whole);
    };
}

/// A type without a size of its own: described by name and elements.
macro_rules! without_size {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        // SAFETY: the name is the type's own, and the kind names all types that it is made over. Values have no size
        // that all share, and only cross behind pointers, whose own size is described.
        unsafe impl<$($generics)*> crate::layout::HotType for $ty {
            fn info() -> &'static crate::layout::TypeInfo {
                const {
                    &crate::layout::TypeInfo { name: std::any::type_name::<Self>, size: 0, align: 1, repr: "", kind: $kind }
                }
            }
        }
    };
}

/// As `without_size`, of a type whose values are moved as they are, behind their pointers.
macro_rules! whole_without_size {
    ([$($generics:tt)*] $ty:ty, $kind:expr) => {
        without_size!([$($generics)*] $ty, $kind);
        // SAFETY: the pointers to it are moved as they are.
        unsafe impl<$($generics)*> crate::state::PointedTo for $ty {}
    };
}

/// Types that are made over no others, and are moved as they are.
macro_rules! primitives {
    ($($(#[$attribute:meta])* $ty:ty),* $(,)?) => {
        $($(#[$attribute])* whole!([] $ty, crate::layout::Kind::Primitive);)*
    };
}

/// Types over others, all of which are described.
macro_rules! over {
    ($([$($parameter:ident),*] $ty:ty),* $(,)?) => {
        $(described!(
            [$($parameter: crate::layout::HotType),*] $ty,
            crate::layout::Kind::Over(&[$($parameter::info),*])
        );)*
    };
}

/// As `over`, of types that are moved as they are: only where what they are over is laid out as it was.
macro_rules! whole_over {
    ($([$($parameter:ident),*] $ty:ty),* $(,)?) => {
        $(whole!(
            [$($parameter: crate::layout::HotType),*] $ty,
            crate::layout::Kind::Over(&[$($parameter::info),*])
        );)*
    };
}

//! How the types of std and of other crates are described: macros for the modules beside this one.

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

/// Types that are made over no others.
macro_rules! primitives {
    ($($(#[$attribute:meta])* $ty:ty),* $(,)?) => {
        $($(#[$attribute])* described!([] $ty, crate::layout::Kind::Primitive);)*
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

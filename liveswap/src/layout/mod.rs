//! Layouts of user types as constants: what crosses the boundary is compared field by field before it is used.
//!
//! `#[derive(HotType)]` describes a type; the host compares the descriptions of two images, which both stay loaded.
//! Types refer to each other by function pointer, so recursive types can be described.

// Its macros are for the modules below.
#[macro_use]
mod describe;
mod equal;
mod foreign;
mod method;
mod std_types;

use std::any::TypeId;

pub use equal::equal;
pub use method::Method;

use crate::state::DescribeState;

/// Gives a type's description.
pub type Describe = fn() -> &'static TypeInfo;

/// A type as one image knows it.
pub struct TypeInfo {
    /// Gives the type's full name, with the paths of its parts.
    pub name: fn() -> &'static str,
    /// Size in bytes.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// Its `#[repr(…)]` attributes as written; empty where it has none.
    pub repr: &'static str,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is made of.
pub enum Kind {
    /// A type whose layout only the compiler decides: numbers, `String`, `Duration`.
    Primitive,
    /// A struct, or a tuple.
    Struct(&'static [Field]),
    /// An enum.
    Enum(&'static [Variant]),
    /// A type of another crate over other types: `Vec<T>`, `&T`, `[T; N]`.
    Over(&'static [Describe]),
    /// A type of which only name, size and alignment are known, and the id: it differs where the type comes from another
    /// version, or another build, of its crate.
    Opaque(fn() -> TypeId),
    /// A [`Kept`](crate::Kept) value: the handle's own layout does not depend on what it holds.
    Kept(DescribeState),
    /// A trait object.
    Trait {
        /// The trait's methods in the order of their declaration, which is that of the vtable. Those that can't be
        /// called through a trait object are not among them.
        methods: &'static [Method],
        /// The supertraits as written.
        supertraits: &'static str,
        /// The trait objects of those supertraits that have methods.
        supers: &'static [Describe],
    },
}

/// A field of a struct or of a variant.
pub struct Field {
    /// Its name; `0`, `1` … in tuples.
    pub name: &'static str,
    /// Its offset in bytes; not known in variants of enums.
    pub offset: Option<usize>,
    /// Its type.
    pub ty: Describe,
}

/// A variant of an enum.
pub struct Variant {
    /// Its name.
    pub name: &'static str,
    /// Its discriminant: what is written, or one more than that of the variant before.
    pub discriminant: i128,
    /// Its fields.
    pub fields: &'static [Field],
}

/// A type that describes its layout. Derive it; fields of foreign types take `#[hot(opaque)]`. Trait objects have it by
/// `#[hot]` on their trait.
///
/// ```
/// use liveswap::HotType;
///
/// #[derive(HotType)]
/// struct Player {
///     name: String,
///     position: (f32, f32),
///     #[hot(opaque)]
///     socket: std::net::TcpStream,
/// }
/// ```
///
/// # Safety
///
/// [`info`](HotType::info) describes `Self` truly: the host lets two images share values of types whose
/// descriptions are equal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` crosses the hot boundary, but does not describe its layout",
    label = "this type needs `HotType`",
    note = "a type of this crate: add `#[derive(liveswap::HotType)]` to it; a trait object: add `#[liveswap::hot]` to its trait",
    note = "a type or a trait of another crate: write `#[hot(opaque)]` before the field or the argument, or `#[hot(opaque_output)]` below the function's `#[hot]`"
)]
pub unsafe trait HotType {
    /// The description.
    fn info() -> &'static TypeInfo;
}

/// Describes a type by name, size, alignment and id alone, for `#[hot(opaque)]`.
pub fn opaque<T>() -> &'static TypeInfo {
    const {
        &TypeInfo {
            name: std::any::type_name::<T>,
            size: size_of::<T>(),
            align: align_of::<T>(),
            repr: "",
            kind: Kind::Opaque(crate::identity::type_id::<T>),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::HotType;

    #[derive(HotType)]
    #[repr(C)]
    struct Tree<'a, T> {
        name: &'a str,
        value: T,
        children: Vec<Tree<'a, T>>,
    }

    #[derive(HotType)]
    #[allow(dead_code)]
    #[repr(u8)]
    enum Event {
        Tick(f32),
        Named { name: String } = 7,
        Quit,
    }

    #[test]
    fn a_recursive_generic_struct_is_described() {
        let info = <Tree<'_, u16>>::info();
        assert_eq!((info.size, info.align), (size_of::<Tree<u16>>(), 8));
        assert!((info.name)().ends_with("Tree<'_, u16>"));
        assert_eq!(info.repr, "C");
        let Kind::Struct(fields) = &info.kind else { panic!("a struct") };
        let described: Vec<_> = fields.iter().map(|field| (field.name, field.offset, (field.ty)().size)).collect();
        assert_eq!(described, [("name", Some(0), 16), ("value", Some(16), 2), ("children", Some(24), 24)]);
        let Kind::Over(children) = &(fields[2].ty)().kind else { panic!("a vector") };
        assert_eq!(((children[0])().name)(), (info.name)(), "the tree describes itself");
    }

    #[test]
    fn an_enum_is_described() {
        let Kind::Enum(variants) = &Event::info().kind else { panic!("an enum") };
        let described: Vec<_> =
            variants.iter().map(|variant| (variant.name, variant.discriminant, variant.fields.len())).collect();
        assert_eq!(described, [("Tick", 0, 1), ("Named", 7, 1), ("Quit", 8, 0)]);
    }
}

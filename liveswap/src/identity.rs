//! The identity of any type, also of one that borrows: `TypeId` is defined for types without lifetimes only.

use std::any::TypeId;
use std::marker::PhantomData;

/// The id of `T` with all its lifetimes taken for `'static`. Two types that differ in lifetimes alone share it, as they
/// share their layout.
pub fn type_id<T: ?Sized>() -> TypeId {
    trait Identified {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T: ?Sized> Identified for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let marker = PhantomData::<T>;
    let borrowed: &dyn Identified = &marker;
    // SAFETY: only the bound of the trait object changes, which has no part in its layout. The one method that this
    // makes callable reads nothing of `self` (which has no bytes), and lifetimes have no part in what it computes.
    let lasting = unsafe { std::mem::transmute::<&dyn Identified, &(dyn Identified + 'static)>(borrowed) };
    lasting.id()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_borrow<'a>(_: &'a str) -> TypeId {
        type_id::<Option<&'a str>>()
    }

    #[test]
    fn it_is_the_type_id_whatever_the_lifetimes() {
        let text = String::from("text");
        assert_eq!(of_the_borrow(&text), TypeId::of::<Option<&'static str>>());
        assert_eq!(type_id::<dyn Fn(&str) -> u8>(), TypeId::of::<dyn Fn(&str) -> u8>());
        assert_ne!(type_id::<Vec<u8>>(), type_id::<Vec<i8>>());
    }
}

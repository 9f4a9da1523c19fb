//! Pointers, also to types without a size of their own: those are described by what their elements are.

use std::pin::Pin;
use std::ptr::NonNull;
use std::rc::{self, Rc};
use std::sync::{self, Arc};

use crate::layout::{HotType, Kind};

macro_rules! pointers {
    ($how:ident: $([$($lifetime:tt)*] $ty:ty),* $(,)?) => {
        $($how!([$($lifetime)* T: HotType + ?Sized] $ty, Kind::Over(&[T::info]));)*
    };
}

pointers!(described: [] Box<T>, [] Rc<T>, [] rc::Weak<T>, [] Arc<T>, [] sync::Weak<T>);
// What these lead to stays where it is.
pointers!(whole: ['a,] &'a T, ['a,] &'a mut T, [] *const T, [] *mut T, [] NonNull<T>);
whole_over!([P] Pin<P>);

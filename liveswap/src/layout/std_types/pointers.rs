//! Pointers, also to types without a size of their own: those are described by what their elements are.

use std::pin::Pin;
use std::ptr::NonNull;
use std::rc::{self, Rc};
use std::sync::{self, Arc};

use crate::layout::{HotType, Kind};

macro_rules! pointers {
    ($([$($lifetime:tt)*] $ty:ty),* $(,)?) => {
        $(described!([$($lifetime)* T: HotType + ?Sized] $ty, Kind::Over(&[T::info]));)*
    };
}

pointers!(
    ['a,] &'a T, ['a,] &'a mut T, [] *const T, [] *mut T, [] NonNull<T>,
    [] Box<T>, [] Rc<T>, [] rc::Weak<T>, [] Arc<T>, [] sync::Weak<T>,
);

over!([P] Pin<P>);

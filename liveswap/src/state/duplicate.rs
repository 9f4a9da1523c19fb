//! A second value of a state, to go back to: a clone, made by the code of its type.

use std::marker::PhantomData;

use super::cell::{Free, KeptCell, free};
use super::snapshot::Made;
use crate::guard::{HotPanic, Ret, guard};

/// The functions that clone values of a type.
#[derive(Clone, Copy)]
pub struct CloneCode {
    /// Makes a clone in a box, and gives its address.
    clone: unsafe extern "C" fn(value: *const u8) -> Ret<*mut u8>,
    /// Frees that box.
    free: Free,
}

/// `CloneProbe::<T>::CODE` has the functions where the type is `Clone`; else [`NoClone`] gives `None`.
pub struct CloneProbe<T>(PhantomData<T>);

impl<T: Clone> CloneProbe<T> {
    /// The functions.
    pub const CODE: Option<CloneCode> = {
        unsafe extern "C" fn clone<T: Clone>(value: *const u8) -> Ret<*mut u8> {
            // SAFETY: the caller gives a value of `T`, which nobody changes meanwhile.
            guard(|| Box::into_raw(Box::new(unsafe { &*value.cast::<T>() }.clone())).cast())
        }
        Some(CloneCode { clone: clone::<T>, free })
    };
}

/// Found where [`CloneProbe`]'s own constant is not.
pub trait NoClone {
    /// The type can't be cloned.
    const CODE: Option<CloneCode> = None;
}

impl<T> NoClone for CloneProbe<T> {}

impl KeptCell {
    /// A clone of the content, which may be [put](Self::put) in its place.
    ///
    /// # Errors
    ///
    /// The clone panicked.
    ///
    /// # Safety
    ///
    /// The functions are those of the content's type, from the image that its description is of.
    pub unsafe fn duplicate(&self, code: &CloneCode) -> Result<Made, Box<HotPanic>> {
        // SAFETY: the content is there, of the functions' type, and not changed while the cell is borrowed.
        let data = unsafe { (code.clone)(self.data()) }.into_result()?;
        Ok(Made::new(self.state(), data, code.free))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HotState, HotType};

    #[derive(HotType, HotState, Clone)]
    struct Words(Vec<String>);

    #[derive(HotType, HotState)]
    struct Plain(u8);

    #[test]
    fn only_what_can_be_cloned_has_the_functions() {
        assert!(CloneProbe::<Words>::CODE.is_some());
        assert!(CloneProbe::<Plain>::CODE.is_none());
        assert_eq!(Plain(3).0, 3);
    }

    #[test]
    fn a_clone_takes_the_place_of_what_was_changed() {
        let value = Box::into_raw(Box::new(Words(vec!["before".into()])));
        // SAFETY: the box is the cell's from here on.
        let mut cell = unsafe { KeptCell::from_raw("words", Words::state(), value.cast(), free) };
        // SAFETY: the functions are those of the content's type.
        let clone = unsafe { cell.duplicate(&CloneProbe::<Words>::CODE.unwrap()) }.unwrap();
        // SAFETY: the content is a `Words`, which nobody else uses.
        unsafe { &mut *cell.data().cast::<Words>() }.0.push("after".into());
        cell.put(clone);
        // SAFETY: as above.
        assert_eq!(unsafe { &*cell.data().cast::<Words>() }.0, ["before"]);
    }
}

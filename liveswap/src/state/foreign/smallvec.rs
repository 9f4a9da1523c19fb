//! `smallvec`: vectors whose first elements are stored inline.

use smallvec::{Array, SmallVec};

use crate::state::HotState;
use crate::state::std_types::sequences::{OfVec, Row, row};
use crate::state::std_types::state;

impl<A: Array> OfVec<A::Item> for SmallVec<A> {
    fn of_vec(elements: Vec<A::Item>) -> Self {
        elements.into()
    }
}

impl<A: Array> Row<A::Item> for SmallVec<A> {
    fn first(&mut self) -> *mut A::Item {
        self.as_mut_ptr()
    }

    fn count(&self) -> usize {
        self.len()
    }

    unsafe fn free(mut self) {
        // SAFETY: no element is there any more.
        unsafe { self.set_len(0) };
    }
}

state!([A: Array<Item: HotState>] SmallVec<A>, row::<SmallVec<A>, A::Item>());

//! State at rest: what a program hands over at its safe point, so that a swap may move it.
//!
//! To move a value nobody else may look at it. That is for the borrow checker to show: a safe point borrows the state
//! exclusively, or holds its lock.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{HotState, Kept, KeptCell};

/// The states that are held at a safe point.
#[derive(Default)]
pub struct Cells<'a>(Vec<&'a mut KeptCell>);

impl<'a> Cells<'a> {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a further state.
    pub fn and<T>(self, kept: &'a mut Kept<T>) -> Self {
        let mut cells = self.0;
        cells.push(kept.cell_mut());
        Self(cells)
    }

    /// The states.
    pub fn into_vec(self) -> Vec<&'a mut KeptCell> {
        self.0
    }
}

/// What can be handed over at a safe point: `&mut kept`, a `Mutex` or `RwLock` of one (which is locked for the time of
/// the move, and only if there is something to move), slices and vectors of them, and tuples of all that.
///
/// ```
/// use std::sync::{Arc, RwLock};
///
/// use liveswap::{AtRest, Cells, Kept};
///
/// # fn main() -> Result<(), liveswap::KeptError> {
/// let mut one = Kept::new("one", 1u8)?;
/// let shared = Arc::new(RwLock::new(Kept::new("shared", 2u8)?));
/// let mut held = Vec::new();
/// (&mut one, &shared).hold(Cells::new(), &mut |cells| {
///     held = cells.into_vec().iter().map(|cell| cell.name().to_owned()).collect();
/// });
/// assert_eq!(held, ["one", "shared"]);
/// # Ok(())
/// # }
/// ```
pub trait AtRest {
    /// Adds the states to `cells`, and calls `then` once while they are held.
    fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>));
}

impl<T: HotState> AtRest for &mut Kept<T> {
    fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        then(cells.and(self));
    }
}

/// For the host, which holds the state of an application without its type.
impl AtRest for &mut KeptCell {
    fn hold(self, mut cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        let mut shorter = std::mem::take(&mut cells.0);
        shorter.push(self);
        then(Cells(shorter));
    }
}

/// A lock around kept state: what many threads share. For a lock of another crate, implement it for a type of your own
/// around it.
pub trait StateLock {
    /// Takes the lock, adds the states to `cells`, and calls `then` once.
    fn hold_locked(&self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>));
}

impl<T: HotState> StateLock for Mutex<Kept<T>> {
    fn hold_locked(&self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        // A panic while it was held left the value as it is; moving it does not make that worse.
        let mut guard = self.lock().unwrap_or_else(PoisonError::into_inner);
        guard.hold(cells, then);
    }
}

impl<T: HotState> StateLock for RwLock<Kept<T>> {
    fn hold_locked(&self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        let mut guard = self.write().unwrap_or_else(PoisonError::into_inner);
        guard.hold(cells, then);
    }
}

macro_rules! behind_locks {
    ($([$($parameter:tt)*] $ty:ty),* $(,)?) => {$(
        impl<$($parameter)*> AtRest for $ty {
            fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
                self.hold_locked(cells, then);
            }
        }
    )*};
}

behind_locks!([T: HotState] &Mutex<Kept<T>>, [T: HotState] &RwLock<Kept<T>>, [L: StateLock] &Arc<L>, [L: StateLock] &Rc<L>);

impl AtRest for () {
    fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        then(cells);
    }
}

impl<K: AtRest> AtRest for Option<K> {
    fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        match self {
            Some(kept) => kept.hold(cells, then),
            None => then(cells),
        }
    }
}

impl<T: HotState> AtRest for &mut [Kept<T>] {
    fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        then(self.iter_mut().fold(cells, |cells, kept| cells.and(kept)));
    }
}

impl<T: HotState> AtRest for &mut Vec<Kept<T>> {
    fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
        self.as_mut_slice().hold(cells, then);
    }
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*),* $(,)?) => {$(
        impl<$first: AtRest, $($rest: AtRest),*> AtRest for ($first, $($rest,)*) {
            #[allow(non_snake_case, unused_parens)]
            fn hold(self, cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
                let ($first, $($rest,)*) = self;
                // The rest is held while the first is.
                let mut rest = Some(($($rest,)*));
                $first.hold(cells, &mut |cells| {
                    if let Some(rest) = rest.take() {
                        rest.hold(cells, then);
                    }
                });
            }
        }
    )*};
}

tuples!(A, A B, A B C, A B C D, A B C D E, A B C D E F, A B C D E F G, A B C D E F G H);

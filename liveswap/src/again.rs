//! A second call: what is kept of the arguments of a call on trial, so that it can be made again, on other code.
//!
//! The macro asks for each argument `(&&&probe(&argument)).way()`: of the traits below, method lookup takes the first whose
//! bounds the argument's type meets. So the kind of keeping is chosen at compile time, without a bound on the function.

use std::marker::PhantomData;
use std::ptr;

use crate::failure::Touched;

/// How an argument of type `T` is kept over a call.
pub trait Way<T> {
    /// What is kept.
    type Kept;
    /// Whether keeping it runs code of the type.
    const CLONES: bool;

    /// Keeps it; where `sparing`, without cloning.
    fn keep(&self, argument: &T, sparing: bool) -> Self::Kept;

    /// Puts what is behind the argument back to what it was before the call. What is there now is dropped, unless it
    /// `is_torn`: a crash has left it in the middle of a change.
    ///
    /// # Safety
    ///
    /// The call is over and gave no value; nobody uses the argument.
    unsafe fn put_back(kept: &mut Self::Kept, is_torn: bool) -> Touched;

    /// The argument for another call; `None` where there is no second one.
    ///
    /// # Safety
    ///
    /// As for [`put_back`](Self::put_back).
    unsafe fn again(kept: Self::Kept) -> Option<T>;
}

/// Of `&mut U`, where `U` can be cloned: a clone of what is behind it.
pub struct MutClone;
/// Of another `&mut U`: nothing but the reference.
pub struct Mut;
/// Of what can be copied: a copy.
pub struct ByCopy;
/// Of what can be cloned: a clone.
pub struct ByClone;
/// Of all else: nothing.
pub struct Never;

/// What is behind a `&mut`, without borrowing it.
fn address<U: ?Sized>(argument: &&mut U) -> *mut U {
    // SAFETY: a reference is read as the raw pointer that it is; nothing is read through it here.
    unsafe { ptr::read(ptr::from_ref(argument).cast::<*mut U>()) }
}

impl<'a, U: Clone> Way<&'a mut U> for MutClone {
    type Kept = (*mut U, Option<U>);
    const CLONES: bool = true;

    fn keep(&self, argument: &&'a mut U, sparing: bool) -> Self::Kept {
        (address(argument), (!sparing).then(|| U::clone(argument)))
    }

    unsafe fn put_back((place, before): &mut Self::Kept, is_torn: bool) -> Touched {
        let Some(before) = before.take() else { return Touched::Stays };
        // SAFETY: the place is that of the argument, which is the caller's for longer than this, and by the contract
        // nobody else's now.
        unsafe {
            if is_torn {
                ptr::write(*place, before);
            } else {
                **place = before;
            }
        }
        Touched::PutBack
    }

    unsafe fn again((place, _): Self::Kept) -> Option<&'a mut U> {
        // SAFETY: as above; the reference that the first call was given is not used any more.
        Some(unsafe { &mut *place })
    }
}

impl<'a, U: ?Sized> Way<&'a mut U> for Mut {
    type Kept = *mut U;
    const CLONES: bool = false;

    fn keep(&self, argument: &&'a mut U, _: bool) -> *mut U {
        address(argument)
    }

    unsafe fn put_back(_: &mut *mut U, _: bool) -> Touched {
        Touched::Stays
    }

    unsafe fn again(kept: *mut U) -> Option<&'a mut U> {
        // SAFETY: as for `MutClone`.
        Some(unsafe { &mut *kept })
    }
}

impl<T: Copy> Way<T> for ByCopy {
    type Kept = T;
    const CLONES: bool = false;

    fn keep(&self, argument: &T, _: bool) -> T {
        *argument
    }

    unsafe fn put_back(_: &mut T, _: bool) -> Touched {
        Touched::Nothing
    }

    unsafe fn again(kept: T) -> Option<T> {
        Some(kept)
    }
}

impl<T: Clone> Way<T> for ByClone {
    type Kept = Option<T>;
    const CLONES: bool = true;

    fn keep(&self, argument: &T, sparing: bool) -> Option<T> {
        (!sparing).then(|| argument.clone())
    }

    unsafe fn put_back(_: &mut Option<T>, _: bool) -> Touched {
        Touched::Nothing
    }

    unsafe fn again(kept: Option<T>) -> Option<T> {
        kept
    }
}

impl<T> Way<T> for Never {
    type Kept = ();
    const CLONES: bool = false;

    fn keep(&self, _: &T, _: bool) {}

    unsafe fn put_back((): &mut (), _: bool) -> Touched {
        Touched::Nothing
    }

    unsafe fn again((): ()) -> Option<T> {
        None
    }
}

/// Finds the way of an argument.
pub struct Probe<T>(PhantomData<T>);

/// A probe of the argument's type.
pub fn probe<T>(_: &T) -> Probe<T> {
    Probe(PhantomData)
}

macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident: $way:ident for [$($generics:tt)*] $probe:ty;)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// The way.
            fn way(&self) -> $way {
                $way
            }
        }
        impl<$($generics)*> $name for $probe {}
    )*};
}

ways! {
    /// First choice.
    MutCloneWay: MutClone for [U: Clone] &&Probe<&mut U>;
    /// First choice.
    CopyWay: ByCopy for [T: Copy] &&Probe<T>;
    /// Second choice.
    MutWay: Mut for [U: ?Sized] &Probe<&mut U>;
    /// Second choice.
    CloneWay: ByClone for [T: Clone] &Probe<T>;
    /// What is left.
    NeverWay: Never for [T] Probe<T>;
}

/// The ways of a tuple of arguments.
pub trait Ways<A> {
    /// What is kept of all.
    type Kept;
    /// Whether keeping one of them runs code of its type.
    const CLONES: bool;

    /// Keeps all; where `sparing`, without cloning.
    fn keep(&self, arguments: &A, sparing: bool) -> Self::Kept;

    /// As [`Way::put_back`], for all.
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn put_back(kept: &mut Self::Kept, is_torn: bool) -> Touched;

    /// As [`Way::again`]; `None` where there is no second one of any of them.
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn again(kept: Self::Kept) -> Option<A>;
}

macro_rules! tuple {
    ($($argument:ident $way:ident)*) => {
        #[allow(non_snake_case, unused_variables, clippy::unused_unit)]
        impl<$($argument, $way: Way<$argument>),*> Ways<($($argument,)*)> for ($($way,)*) {
            type Kept = ($($way::Kept,)*);
            const CLONES: bool = false $(|| $way::CLONES)*;

            fn keep(&self, ($($argument,)*): &($($argument,)*), sparing: bool) -> Self::Kept {
                let ($($way,)*) = self;
                ($($way.keep($argument, sparing),)*)
            }

            #[allow(unused_variables)]
            unsafe fn put_back(($($argument,)*): &mut Self::Kept, is_torn: bool) -> Touched {
                // SAFETY: by the contract.
                Touched::Nothing $(.and(unsafe { $way::put_back($argument, is_torn) }))*
            }

            unsafe fn again(($($argument,)*): Self::Kept) -> Option<($($argument,)*)> {
                // SAFETY: by the contract.
                Some(($(unsafe { $way::again($argument) }?,)*))
            }
        }
    };
}

tuple!();
tuple!(A WA);
tuple!(A WA B WB);
tuple!(A WA B WB C WC);
tuple!(A WA B WB C WC D WD);
tuple!(A WA B WB C WC D WD E WE);
tuple!(A WA B WB C WC D WD E WE F WF);
tuple!(A WA B WB C WC D WD E WE F WF G WG);
tuple!(A WA B WB C WC D WD E WE F WF G WG H WH);
tuple!(A WA B WB C WC D WD E WE F WF G WG H WH I WI);
tuple!(A WA B WB C WC D WD E WE F WF G WG H WH I WI J WJ);
tuple!(A WA B WB C WC D WD E WE F WF G WG H WH I WI J WJ K WK);
tuple!(A WA B WB C WC D WD E WE F WF G WG H WH I WI J WJ K WK L WL);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Debug)]
    struct Clonable(u32);
    struct Plain(u32);

    /// What comes of a call that changes everything and fails, and is made again.
    macro_rules! twice {
        ($arguments:expr, ($($name:ident),*), $sparing:expr, $change:expr) => {{
            let ways = {
                let ($($name,)*) = &$arguments;
                ($((&&&probe($name)).way(),)*)
            };
            second(ways, $arguments, $sparing, $change)
        }};
    }

    fn second<A, W: Ways<A>>(ways: W, arguments: A, sparing: bool, change: impl FnOnce(A)) -> (Touched, Option<A>) {
        let mut kept = ways.keep(&arguments, sparing);
        change(arguments);
        // SAFETY: the call is over, and has given nothing.
        unsafe { (W::put_back(&mut kept, false), W::again(kept)) }
    }

    #[test]
    fn what_can_be_cloned_behind_a_reference_is_put_back() {
        let mut value = Clonable(1);
        let (touched, again) = twice!((&mut value, 7u8), (value, number), false, |(value, _)| value.0 = 2);
        assert_eq!(touched, Touched::PutBack);
        let (value, number) = again.unwrap();
        assert_eq!((value.clone(), number), (Clonable(1), 7));
        value.0 = 3;
    }

    #[test]
    fn where_cloning_is_spared_it_stays() {
        let mut value = Clonable(1);
        let (touched, again) = twice!((&mut value,), (value), true, |(value,)| value.0 = 2);
        assert_eq!((touched, again.unwrap().0.0), (Touched::Stays, 2));
        let (touched, again) = twice!((String::from("text"),), (text), true, drop);
        assert_eq!((touched, again), (Touched::Nothing, None));
    }

    #[test]
    fn what_cannot_be_cloned_is_handed_over_again_by_reference_only() {
        let mut value = Plain(1);
        let (touched, again) = twice!((&mut value,), (value), false, |(value,)| value.0 = 2);
        assert_eq!((touched, again.unwrap().0.0), (Touched::Stays, 2));
        let mut text = String::from("text");
        let (touched, again) =
            twice!((&mut text[..],), (text), false, |(text,): (&mut str,)| text.make_ascii_uppercase());
        assert_eq!((touched, &*again.unwrap().0), (Touched::Stays, "TEXT"), "without a size");
        let (touched, again) = twice!((Plain(1),), (value), false, drop);
        assert!(touched == Touched::Nothing && again.is_none());
    }

    #[test]
    fn values_and_shared_references_come_again() {
        let plain = Plain(4);
        let (touched, again) = twice!((&plain, vec![1], 2.5f32), (plain, list, number), false, drop);
        let (plain, list, number) = again.unwrap();
        assert_eq!((touched, plain.0, list, number), (Touched::Nothing, 4, vec![1], 2.5));
        let (touched, again) = second((), (), false, drop);
        assert_eq!((touched, again), (Touched::Nothing, Some(())));
    }

    #[test]
    fn a_trait_object_comes_again() {
        let mut count = 0;
        let mut add = || count += 1;
        let (touched, again) =
            twice!((&mut add as &mut dyn FnMut(),), (add), false, |(add,): (&mut dyn FnMut(),)| add());
        again.unwrap().0();
        assert_eq!((touched, count), (Touched::Stays, 2));
    }
}

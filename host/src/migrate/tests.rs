//! Moves within one program: two modules stand for the old and the new code. Every value counts its drops.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::mem::ManuallyDrop;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};

use liveswap::{HotState, HotType};

use super::{Failure, Plan, carry};

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// A value that counts how many of its kind there are.
#[derive(HotType, HotState, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Counted(u32);

impl Counted {
    pub fn new(number: u32) -> Self {
        LIVE.set(LIVE.get() + 1);
        Counted(number)
    }
}

impl Default for Counted {
    fn default() -> Self {
        Counted::new(0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

/// A part of which there may only be a given number: the default of the next one panics.
#[derive(HotType, HotState, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Limited(Counted);

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(0) };
}

impl Default for Limited {
    fn default() -> Self {
        assert!(LEFT.get() > 0, "no more of these");
        LEFT.set(LEFT.get() - 1);
        Limited(Counted::default())
    }
}

fn live() -> i64 {
    LIVE.get()
}

/// What came of a move.
enum Outcome<Old, New> {
    Moved(Box<New>),
    NoWay(Vec<String>),
    Failed(String, Box<Old>),
}

fn try_to_move<Old: HotState, New: HotState>(old: Old) -> Outcome<Old, New> {
    let old = Box::new(old);
    let plan = match Plan::new(Old::state(), New::state()) {
        Ok(plan) => plan,
        Err(errors) => return Outcome::NoWay(errors),
    };
    let address = Box::into_raw(old);
    // SAFETY: the plan is of these types, and the value is used by nobody else.
    match unsafe { carry(&plan, address.cast()) } {
        Ok(carried) => {
            let finished = carried.finish();
            assert_eq!(finished.complaints, Vec::<String>::new());
            // SAFETY: the old value was taken apart, so only its memory is left; the new one's memory is a box's.
            unsafe {
                drop(Box::from_raw(address.cast::<ManuallyDrop<Old>>()));
                Outcome::Moved(Box::from_raw(finished.data.cast()))
            }
        }
        Err(failure) => {
            assert!(!failure.is_spoilt);
            // SAFETY: the old value is as it was.
            Outcome::Failed(failure.text("Old"), unsafe { Box::from_raw(address) })
        }
    }
}

fn moved<Old: HotState, New: HotState>(old: Old) -> New {
    match try_to_move(old) {
        Outcome::Moved(new) => *new,
        Outcome::NoWay(errors) => panic!("no way: {errors:?}"),
        Outcome::Failed(text, _) => panic!("failed: {text}"),
    }
}

fn failed<Old: HotState, New: HotState>(old: Old) -> (String, Old) {
    match try_to_move::<Old, New>(old) {
        Outcome::Failed(text, old) => (text, *old),
        Outcome::Moved(..) => panic!("it was moved"),
        Outcome::NoWay(errors) => panic!("no way: {errors:?}"),
    }
}

fn no_way<Old: HotState, New: HotState>(old: Old) -> Vec<String> {
    match try_to_move::<Old, New>(old) {
        Outcome::NoWay(errors) => errors,
        Outcome::Moved(..) => panic!("it was moved"),
        Outcome::Failed(text, _) => panic!("failed: {text}"),
    }
}

/// Two versions of the same types.
macro_rules! versions {
    ({ $($old:tt)* } { $($new:tt)* }) => {
        #[allow(dead_code)]
        mod old { #[allow(unused_imports)] use super::*; $($old)* }
        #[allow(dead_code)]
        mod new { #[allow(unused_imports)] use super::*; $($new)* }
    };
}

mod deep;
mod failures;
mod fields;
mod foreign;
mod kinds;
mod references;
mod values;
mod whole;

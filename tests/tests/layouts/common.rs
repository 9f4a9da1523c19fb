//! What the test and the images of its table share: how an image hands out its cases, and values that are counted.
//!
//! This file is part of the test, and is copied into the crates that the test generates.

#![allow(dead_code, unused_imports)]

pub use std::cell::{Cell, OnceCell, RefCell};
pub use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
pub use std::fmt;
pub use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
pub use std::rc::{self, Rc};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
pub use std::sync::{self, Arc, Mutex, OnceLock, RwLock};

use liveswap::state::StateInfo;
pub use liveswap::{HotState, HotType, MigrateError, Parts};

/// A map and a set whose order is the same in each run.
pub type FixedMap<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
pub type FixedSet<T> = HashSet<T, BuildHasherDefault<DefaultHasher>>;

/// One case, as one of the two images has it.
#[repr(C)]
pub struct Case {
    pub name: &'static str,
    pub state: fn() -> &'static StateInfo,
    /// Writes the value that a number stands for; where there is only one, the number does not matter.
    pub make: Option<fn(u64, *mut u8)>,
    /// As `make`, with what a way there and back loses already lost.
    pub make_back: Option<fn(u64, *mut u8)>,
    pub show: fn(*const u8) -> String,
    /// Lets go of what the case holds outside of its value.
    pub let_go: fn(),
}

/// The most values that are counted in one case.
pub const MOST: usize = 16 * 1024;

/// What was made and dropped, by number. There is one, the test's.
pub struct Ledger {
    pub next: AtomicU32,
    pub made: [AtomicU32; MOST],
    pub dropped: [AtomicU32; MOST],
}

static LEDGER: AtomicPtr<Ledger> = AtomicPtr::new(std::ptr::null_mut());

/// Takes the test's ledger; called once, before all else of this image.
pub fn start(ledger: &'static Ledger) {
    LEDGER.store(std::ptr::from_ref(ledger).cast_mut(), Ordering::Release);
    // Panics are part of the cases; they come back as texts.
    std::panic::set_hook(Box::new(|_| ()));
}

fn ledger() -> &'static Ledger {
    // SAFETY: `start` was called, with a reference that is valid for ever.
    unsafe { &*LEDGER.load(Ordering::Acquire) }
}

/// A value whose making and dropping is counted. Values of the same label are equal.
#[derive(HotType, HotState)]
pub struct Counted {
    number: u32,
    label: u32,
    /// So that a value that is dropped twice frees memory twice, which memory checkers see.
    memory: Box<u32>,
}

impl Counted {
    pub fn new(label: u32) -> Self {
        let number = ledger().next.fetch_add(1, Ordering::Relaxed);
        ledger().made[number as usize].fetch_add(1, Ordering::Relaxed);
        Self { number, label, memory: Box::new(label) }
    }

    pub fn label(&self) -> u32 {
        *self.memory
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ledger().dropped[self.number as usize].fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Counted {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(self.label)
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.label())
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.label() == other.label()
    }
}

impl Eq for Counted {}

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.label().cmp(&other.label())
    }
}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.label().hash(state);
    }
}

/// The shorthand of the cases.
pub fn counted(label: u32) -> Counted {
    Counted::new(label)
}

/// A counted value whose drop panics.
#[derive(HotType, HotState, Debug)]
pub struct Loud {
    pub inner: Counted,
}

impl Drop for Loud {
    fn drop(&mut self) {
        panic!("the drop of {:?}", self.inner);
    }
}

/// What a random value is made from. Each part has a seed of its own, so that it is the same in whatever order the parts
/// are made.
#[derive(Clone, Copy)]
pub struct Seed {
    state: u64,
    /// Whether the value is that after a way there and back.
    pub back: bool,
}

impl Seed {
    pub fn new(seed: u64, back: bool) -> Self {
        Self { state: seed, back }
    }

    /// The seed of a part.
    pub fn at(self, part: u64) -> Self {
        Self { state: (self.state ^ part.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23), ..self }
    }

    /// A number that fits all types of numbers.
    pub fn number(self) -> u64 {
        (self.state ^ (self.state >> 31)) % 94
    }
}

/// How a value is shown. A panic must not leave the image.
pub fn shown(value: &impl fmt::Debug) -> String {
    let shown = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| format!("{value:?}")));
    shown.unwrap_or_else(|_| "showing it panicked".to_owned())
}

/// Cases that hold nothing outside.
pub fn let_go() {}

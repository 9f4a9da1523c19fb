//! Entries: the `#[hot]` functions, as each image knows them.
//!
//! Each entry is a static that the macro writes into the function it stands for. In a library it says where the code
//! is. In the host, where the library is also linked as an ordinary crate, it holds the entry's place in the
//! published table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::layout::Describe;
use crate::trial::Trial;

/// A pointer to an entry's code: an `extern "C"` function that takes the entry's arguments and a place for a panic's report.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code(*const ());

// SAFETY: a code address is plain data; what it points to is not written.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Code {
    /// No code: the function's own body is to be run.
    pub const NONE: Code = Code(std::ptr::null());

    pub(crate) const fn new(address: *const ()) -> Self {
        Self(address)
    }

    /// The address.
    pub fn address(self) -> *const () {
        self.0
    }
}

/// How long calls of an entry may last before they are told of, as its attribute says. Plain data, since it crosses the
/// boundary.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline(u64);

impl Deadline {
    /// The attribute says nothing of it.
    pub const UNSAID: Deadline = Deadline(0);
    /// Calls may last for ever.
    pub const OFF: Deadline = Deadline(u64::MAX);

    /// So many nanoseconds; 0 and `u64::MAX` are [`UNSAID`](Self::UNSAID) and [`OFF`](Self::OFF).
    pub const fn of_nanos(nanoseconds: u64) -> Deadline {
        Deadline(nanoseconds)
    }

    /// `None` where nothing is said; of what is said, `None` where calls may last for ever.
    pub fn get(self) -> Option<Option<Duration>> {
        match self {
            Deadline::UNSAID => None,
            Deadline::OFF => Some(None),
            Deadline(nanoseconds) => Some(Some(Duration::from_nanos(nanoseconds))),
        }
    }
}

/// What is known of an entry at compile time.
#[derive(Clone, Copy)]
pub struct EntryInfo {
    /// The path: `crate::module::function`, `crate::Type::method`, `crate::<Type as Trait>::method`.
    pub name: &'static str,
    /// The signature as written, without names: `fn(&mut State, f32) -> u32`.
    pub signature: &'static str,
    /// The file as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The layouts of the arguments.
    pub arguments: &'static [Describe],
    /// The layout of the output (of an async function: of its future's output).
    pub output: Describe,
    /// For async functions: whether the future is `Send`.
    pub send: Option<fn() -> bool>,
    /// How long calls may last, where its attribute says it.
    pub deadline: Deadline,
    /// The code in this image.
    pub code: Code,
}

/// One `#[hot]` function of a crate.
pub struct Entry {
    info: EntryInfo,
    /// The place in the table; 0 before the host gave one. Element 0 of every table is [`Code::NONE`].
    index: AtomicUsize,
    trial: Trial,
}

impl Entry {
    /// An entry without a place.
    pub const fn new(info: EntryInfo) -> Self {
        Self { info, index: AtomicUsize::new(0), trial: Trial::none() }
    }

    /// What is known of it.
    pub fn info(&self) -> &EntryInfo {
        &self.info
    }

    /// The place in the table.
    #[inline(always)]
    pub(crate) fn index(&self) -> usize {
        self.index.load(Ordering::Relaxed)
    }

    /// Its trial, where its code is new.
    #[inline(always)]
    pub(crate) fn trial(&self) -> &Trial {
        &self.trial
    }

    /// Gives the entry its place; only [`HotCrate::publish`] does, which knows how long tables are.
    pub(crate) fn set_index(&self, index: usize) {
        // Relaxed: whoever still reads 0 runs the function's own body, as before the publish that follows.
        self.index.store(index, Ordering::Relaxed);
    }
}

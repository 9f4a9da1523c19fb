//! Carrying out a plan: three walks over it.
//!
//! *Build* makes the new value beside the old one, and leaves that as it is: unchanged parts are copied bit by bit, so
//! that for a while they are there twice. Then either *finish* takes the old value apart, which drops what the new one
//! does not have and frees what held it together, or *undo* does that to the new one. So each part is owned once, and
//! dropped once, whichever way it goes. No walk unwinds: the functions of the images give back their panics.
//!
//! All walks go over many values at a time, in rows, since a vector of a million structs is moved part by part in
//! blocks: that takes the interpreting out of the inner loops.

use liveswap::state::{DropMany, StateInfo};

use super::path::shortened;
use super::plan::{Plan, Size};
use super::scratch::{Scratch, free};
use super::shared::Contents;

/// How many levels deep a value may be nested, but for lists of structs: see `chain`. Each takes some kilobytes of stack.
const DEEPEST: usize = 100_000;

/// Stack that must be left, and stack that is taken where it is not.
const RED_ZONE: usize = 64 * 1024;
const MORE_STACK: usize = 1024 * 1024;

/// Why a value was not moved; it is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where in the value, from the inside out.
    path: Vec<String>,
    /// Which value of the row.
    pub(super) index: usize,
    /// What is the matter there.
    reason: String,
    /// An ordering or a hash answered otherwise than just before: one element was dropped on the way, so the old value
    /// is not whole and must not be used.
    pub is_spoilt: bool,
}

impl Failure {
    pub(super) fn new(index: usize, reason: impl Into<String>) -> Self {
        Self { path: Vec::new(), index, reason: reason.into(), is_spoilt: false }
    }

    pub(super) fn no_memory(index: usize) -> Self {
        Self::new(index, "there is no memory for it")
    }

    pub(super) fn spoilt(reason: String) -> Self {
        Self { is_spoilt: true, ..Self::new(0, reason) }
    }

    pub(super) fn at(mut self, index: usize) -> Self {
        self.index = index;
        self
    }

    pub(super) fn below(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }

    /// The place and the reason, as a line.
    pub fn text(&self, root: &str) -> String {
        let steps: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        format!("{root}{}: {}", shortened(&steps), self.reason)
    }
}

/// Values in a row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) first: *mut u8,
    pub(super) stride: usize,
}

impl Row {
    pub(super) fn one(first: *mut u8) -> Self {
        Self { first, stride: 0 }
    }

    pub(super) fn at(self, index: usize) -> *mut u8 {
        self.first.wrapping_add(index * self.stride)
    }

    pub(super) fn from(self, index: usize) -> Self {
        Self { first: self.at(index), ..self }
    }
}

/// Where old values are: in a row, or each at an address of its own. New ones are always made in rows.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Row(Row),
    Each(Each<'a>),
}

/// Values at addresses of their own, or a field of each.
#[derive(Clone, Copy)]
pub(super) struct Each<'a> {
    pub(super) addresses: &'a [*mut u8],
    offset: usize,
}

impl<'a> Source<'a> {
    pub(super) fn one(value: *mut u8) -> Self {
        Source::Row(Row::one(value))
    }

    pub(super) fn each(addresses: &'a [*mut u8]) -> Self {
        Source::Each(Each { addresses, offset: 0 })
    }

    pub(super) fn at(self, index: usize) -> *mut u8 {
        match self {
            Source::Row(row) => row.at(index),
            Source::Each(each) => each.at(index),
        }
    }

    /// Those from there on.
    pub(super) fn from(self, index: usize) -> Self {
        match self {
            Source::Row(row) => Source::Row(row.from(index)),
            Source::Each(each) => Source::Each(Each { addresses: &each.addresses[index..], ..each }),
        }
    }

    /// The fields at this offset.
    pub(super) fn field(self, offset: usize) -> Self {
        match self {
            Source::Row(row) => Source::Row(Fields::Offsets(row).place(offset)),
            Source::Each(each) => Source::Each(Each { offset: each.offset + offset, ..each }),
        }
    }
}

impl Each<'_> {
    pub(super) fn at(self, index: usize) -> *mut u8 {
        self.addresses[index].wrapping_add(self.offset)
    }
}

/// Where the fields of structs in a row are, or those of one variant: of one value, or of several in columns.
#[derive(Clone, Copy)]
pub(super) enum Fields<'a> {
    Offsets(Row),
    Addresses(&'a [*mut u8]),
    Columns(&'a [Row]),
}

impl Fields<'_> {
    pub(super) fn place(self, place: usize) -> Row {
        match self {
            Fields::Offsets(row) => Row { first: row.first.wrapping_add(place), ..row },
            Fields::Addresses(addresses) => Row::one(addresses[place]),
            Fields::Columns(columns) => columns[place],
        }
    }
}

/// A new value that stands beside the old one, which is untouched. One of [`finish`](Carried::finish) and
/// [`undo`](Carried::undo) must be called: a value that is only let go is lost, though not wrong.
pub struct Carried<'p> {
    walk: Walk<'p>,
    old: *mut u8,
    memory: Scratch,
}

/// Makes the new value of the one at `old`.
///
/// # Errors
///
/// Where and why it could not be made. All that was made is undone.
///
/// # Safety
///
/// `old` is a value of the plan's old type, which nobody else uses until the end; the plan's descriptions are those of
/// images that stay loaded, and true.
pub unsafe fn carry(plan: &Plan, old: *mut u8) -> Result<Carried<'_>, Failure> {
    let layout = (plan.new.layout)();
    let size = Size { size: layout.size, align: layout.align };
    let memory = Scratch::row(size, 1).ok_or_else(|| Failure::no_memory(0))?;
    let mut walk = Walk {
        plan,
        contents: Contents::default(),
        depth: 0,
        complaints: Vec::new(),
        #[cfg(test)]
        deepest: 0,
    };
    let to = Row::one(memory.first());
    // SAFETY: by the contract, and the memory has room for the new type.
    unsafe {
        match walk.build(plan.root, Source::one(old), to, 1) {
            Ok(()) => match walk.contents.held_elsewhere() {
                None => Ok(Carried { walk, old, memory }),
                Some(reason) => {
                    walk.undo(plan.root, to, 1);
                    walk.undo_contents();
                    Err(Failure::new(0, reason))
                }
            },
            // Where an element was dropped on the way, so were its references: what they lead to is lost too.
            Err(failure) if failure.is_spoilt => Err(failure),
            Err(failure) => {
                walk.undo_contents();
                Err(failure)
            }
        }
    }
}

/// What is left when a value was moved.
pub struct Finished {
    /// The new value, in memory that `free` frees.
    pub data: *mut u8,
    /// Frees it, by size and alignment.
    pub free: unsafe extern "C" fn(*mut u8, usize, usize),
    /// Panics of destructors on the way.
    pub complaints: Vec<String>,
}

impl Carried<'_> {
    /// How many levels deep the walk has gone.
    #[cfg(test)]
    pub(super) fn deepest(&self) -> usize {
        self.walk.deepest
    }

    /// The new value counts: the old one is taken apart, but for the memory that it stands in.
    pub fn finish(mut self) -> Finished {
        // SAFETY: as for `carry`; the old value is used no more.
        unsafe {
            self.walk.finish(self.walk.plan.root, Row::one(self.old), 1);
            self.walk.finish_contents();
        }
        Finished { data: self.memory.into_raw(), free, complaints: self.walk.complaints }
    }

    /// The old value counts: the new one is taken apart.
    pub fn undo(mut self) {
        // SAFETY: as for `carry`; the new value stands, and is used no more.
        unsafe {
            self.walk.undo(self.walk.plan.root, Row::one(self.memory.first()), 1);
            self.walk.undo_contents();
        }
    }
}

/// One move on its way. The walks are in modules of their own.
///
/// All their functions: rows hold as many values of the node's old or new type as `count` says, `build` writes to room
/// for them, and nobody else uses any of them. Functions of the descriptions get what their documentation asks for.
pub(super) struct Walk<'p> {
    pub(super) plan: &'p Plan,
    pub(super) contents: Contents,
    pub(super) depth: usize,
    #[cfg(test)]
    deepest: usize,
    /// Panics of destructors.
    complaints: Vec<String>,
}

impl Walk<'_> {
    /// Goes one level deeper, on more stack where there is little left.
    pub(super) fn deeper<R>(&mut self, walk: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        #[cfg(test)]
        {
            self.deepest = self.deepest.max(self.depth);
        }
        let result = stacker::maybe_grow(RED_ZONE, MORE_STACK, || walk(self));
        self.depth -= 1;
        Some(result)
    }

    /// Drops values in place, and notes a panic.
    ///
    /// # Safety
    ///
    /// The row holds `count` values of the function's type, of size `stride` where there are several; they are used no
    /// more.
    pub(super) unsafe fn drop_values(&mut self, drop: DropMany, values: Row, count: usize) {
        // SAFETY: by the contract.
        if let Err(panic) = unsafe { drop(values.first, values.stride, count) }.into_result() {
            self.complaints.push(panic.message);
        }
    }

    /// Drops one whole value.
    ///
    /// # Safety
    ///
    /// As for `drop_values`.
    pub(super) unsafe fn drop_whole(&mut self, of: &StateInfo, value: *mut u8) {
        if let Some(drop) = of.drop {
            // SAFETY: by the contract.
            unsafe { self.drop_values(drop, Row::one(value), 1) };
        }
    }
}

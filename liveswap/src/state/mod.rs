//! State that moves to a new layout: what each image says of its types, and the functions that only it can give.
//!
//! A description has two halves. The *old* image knows how to look into a value, how to take it apart, and how to drop
//! what the new code no longer has; the *new* image knows how to put a value together and where new parts come from.
//! The host goes over both and moves the parts; see ARCHITECTURE.md. Nothing here moves anything by itself.
//!
//! A move never touches the old value until all of the new one stands: what is unchanged is copied bit by bit, and
//! which of the two copies counts is decided at the end. So functions given here must leave the old value as it is,
//! unless they say that they take it apart.

#![expect(
    improper_ctypes_definitions,
    reason = "both sides were compiled by the same compiler, which the handshake shows; \"C\" is chosen since it never unwinds"
)]

mod at_rest;
mod cell;
mod duplicate;
mod foreign;
mod glue;
mod kept;
mod parts;
pub mod registry;
pub mod snapshot;
mod std_types;

pub use at_rest::{AtRest, Cells, StateLock};
pub use cell::KeptCell;
pub use duplicate::{CloneCode, CloneProbe, NoClone};
pub use glue::{AsOutcome, DefaultProbe, NoDefault, drop_many, fill_by, hook, opaque_state, with};
pub use kept::{Kept, KeptError, OTHER_LAYOUT, OtherLayout};
pub use parts::{MigrateError, Parts};
pub use snapshot::{SnapshotCode, SnapshotError};
pub use std_types::PointedTo;
pub(crate) use std_types::state;

use crate::guard::Ret;
use crate::layout::{Describe, HotType};

/// Gives a type's description as state.
pub type DescribeState = fn() -> &'static StateInfo;

/// Drops `count` values in place, `stride` bytes apart; all of them, also where one of the drops panics.
pub type DropMany = unsafe extern "C" fn(first: *mut u8, stride: usize, count: usize) -> Ret<()>;

/// Writes `count` values, `stride` bytes apart, and counts them in `made`; after a panic, that many stand.
pub type Fill = unsafe extern "C" fn(first: *mut u8, stride: usize, count: usize, made: &mut usize) -> Ret<()>;

/// A type whose values move to a new layout when an edit changes it, as one image knows it.
pub struct StateInfo {
    /// The layout.
    pub layout: Describe,
    /// Drops values; `None` where there is nothing to drop.
    pub drop: Option<DropMany>,
    /// What it is made of.
    pub kind: StateKind,
    /// `#[hot(snapshot)]`: saves and restores values.
    pub snapshot: Option<SnapshotCode>,
}

/// What a state is made of, and the functions for it.
pub enum StateKind {
    /// Moved bit by bit as a whole, or not at all: sockets, closures, opaque types.
    Whole,
    /// A number, a `bool` or a `char`.
    Number(Number),
    /// A `NonZero` of a number, whose bits it has.
    NonZero(Number),
    /// A struct or a tuple.
    Struct(StructState),
    /// An enum.
    Enum(EnumState),
    /// A wrapper around one value or none: `Option`, `Box`, `Mutex`.
    Inside(InsideState),
    /// Any number of values of one type: `Vec`, `HashSet`, arrays.
    Sequence(SequenceState),
    /// Keys and values.
    Map(MapState),
    /// A counted reference: `Arc`, `Rc` and their weak ones.
    Shared(SharedState),
}

/// The numbers that are converted into each other, where the value fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after its type")]
pub enum Number {
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
    F32,
    F64,
    Bool,
    Char,
}

/// A struct's fields, and its hook.
pub struct StructState {
    /// The fields.
    pub fields: &'static [StateField],
    /// `#[hot(migrate = …)]`.
    pub hook: Option<Hook>,
    /// `#[hot(rename = "…")]` of the type: names that it had.
    pub was: &'static [&'static str],
}

/// A field of a struct or of a variant.
pub struct StateField {
    /// Its name; `0`, `1` … in tuples.
    pub name: &'static str,
    /// Its offset in bytes; not known in variants of enums.
    pub offset: Option<usize>,
    /// Its type.
    pub ty: DescribeState,
    /// `#[hot(rename = "…")]`: names that it had.
    pub was: &'static [&'static str],
    /// Makes a value where the old one has none: `#[hot(default = …)]`, or the type's `Default`.
    pub default: Option<Fill>,
    /// `#[hot(with = …)]`: makes the value from the old one of another type.
    pub with: Option<With>,
}

/// Makes a field's value from the old one, which it borrows.
pub struct With {
    /// The type that the function takes.
    pub from: Describe,
    /// Writes the value to `to`, which has the new type; an error's text where there is none.
    pub make: unsafe extern "C" fn(from: *const u8, to: *mut u8) -> Ret<Result<(), String>>,
}

/// Makes a value from all parts of the old one, which it borrows.
pub type Hook = unsafe extern "C" fn(old: &Parts<'_>, to: *mut u8) -> Ret<Result<(), String>>;

/// An enum's variants, and the functions to look into a value and to make one.
pub struct EnumState {
    /// The variants in the order of their declaration.
    pub variants: &'static [StateVariant],
    /// Gives the variant's place in the list, and writes its fields' addresses.
    pub open: unsafe fn(value: *mut u8, fields: *mut *mut u8) -> usize,
    /// Writes a value of the variant, moving its fields out of the given addresses.
    pub close: unsafe fn(to: *mut u8, variant: usize, fields: *const *mut u8),
    /// `#[hot(migrate = …)]`.
    pub hook: Option<Hook>,
    /// `#[hot(rename = "…")]` of the type.
    pub was: &'static [&'static str],
}

/// A variant of an enum.
pub struct StateVariant {
    /// Its name.
    pub name: &'static str,
    /// `#[hot(rename = "…")]`: names that it had.
    pub was: &'static [&'static str],
    /// Its fields.
    pub fields: &'static [StateField],
}

/// A wrapper around one value or none.
pub struct InsideState {
    /// What is inside.
    pub content: DescribeState,
    /// Whether there may be nothing inside.
    pub may_be_empty: bool,
    /// The address of what is inside; null where there is nothing.
    pub get: unsafe fn(value: *mut u8) -> *mut u8,
    /// Writes a wrapper, moving its content out of the address; null for nothing inside.
    pub put: unsafe fn(to: *mut u8, content: *mut u8),
    /// Takes the wrapper apart whose content is gone: frees a box's memory.
    pub release: unsafe fn(value: *mut u8),
}

/// Values of one type.
pub struct SequenceState {
    /// The type.
    pub element: DescribeState,
    /// How many there must be: the length of an array.
    pub fixed: Option<usize>,
    /// How many there are.
    pub len: unsafe fn(value: *const u8) -> usize,
    /// Where they are.
    pub reading: Reading,
    /// Memory for that many elements, to be filled and given to `build`; null where there is none. Not used for arrays.
    pub reserve: unsafe fn(count: usize) -> *mut u8,
    /// Gives back memory of `reserve` whose elements are gone.
    pub give_back: unsafe fn(elements: *mut u8, count: usize),
    /// Whether the elements can be taken without a panic and without losing one (a set's elements may be equal now);
    /// none of them is moved. `None` where that is always so.
    pub rehearse: Option<unsafe extern "C" fn(elements: *mut u8, count: usize) -> Ret<bool>>,
    /// Writes the sequence, with memory of `reserve`.
    pub build: unsafe extern "C" fn(to: *mut u8, elements: *mut u8, count: usize) -> Ret<()>,
}

/// Where a sequence's elements are.
pub enum Reading {
    /// In a row.
    Row {
        /// The first one's address.
        first: unsafe fn(value: *mut u8) -> *mut u8,
        /// Takes the sequence apart whose elements are gone.
        release: unsafe fn(value: *mut u8),
    },
    /// Each at its own place.
    Scattered {
        /// Writes their addresses.
        each: unsafe fn(value: *mut u8, to: *mut *mut u8),
        /// Takes the sequence apart: moves its elements out, in a row.
        drain: unsafe fn(value: *mut u8, to: *mut u8),
    },
}

/// Keys and values, in no order or in that of the keys.
pub struct MapState {
    /// The keys' type.
    pub key: DescribeState,
    /// The values' type.
    pub value: DescribeState,
    /// How many there are.
    pub len: unsafe fn(map: *const u8) -> usize,
    /// Writes the addresses of keys and values.
    pub each: unsafe fn(map: *mut u8, keys: *mut *mut u8, values: *mut *mut u8),
    /// Takes the map apart: moves its keys and values out, each in a row.
    pub drain: unsafe fn(map: *mut u8, keys: *mut u8, values: *mut u8),
    /// Whether the keys can be taken without a panic, and are all different; none of them is moved.
    pub rehearse: unsafe extern "C" fn(keys: *mut u8, count: usize) -> Ret<bool>,
    /// Writes the map, moving keys and values out of their rows.
    pub build: unsafe extern "C" fn(to: *mut u8, keys: *mut u8, values: *mut u8, count: usize) -> Ret<()>,
}

/// A counted reference.
pub struct SharedState {
    /// What it leads to.
    pub content: DescribeState,
    /// Whether it is a weak one.
    pub is_weak: bool,
    /// The content's address; null for a weak one that leads nowhere.
    pub address: unsafe fn(handle: *mut u8) -> *mut u8,
    /// How many strong and weak references there are to the content.
    pub counts: unsafe fn(handle: *mut u8) -> (usize, usize),
    /// Memory for a content, with one strong reference that nobody holds; gives the content's address.
    pub allocate: unsafe fn() -> *mut u8,
    /// Writes a further reference to the content at this address; a weak one to nowhere for null.
    pub write: unsafe fn(to: *mut u8, content: *mut u8),
    /// Drops a weak reference that leads nowhere.
    pub drop_empty: unsafe fn(handle: *mut u8),
    /// Gives up that many references to a content that is gone.
    pub give_up: unsafe fn(content: *mut u8, strong: usize, weak: usize),
    /// A strong reference as a wrapper, for a content that has no other reference: it is empty if there is one.
    pub alone: Option<InsideState>,
}

/// A type whose values move to a new layout when an edit changes it. Derive it beside [`HotType`].
///
/// A field keeps its value where its name and type stay; where its type changes, it is moved part by part by the same
/// rules, a number is converted where it fits, and `#[hot(with = function)]` says how else (`fn(&Old) -> New`, or `->
/// Result<New, E>`). A new field gets `#[hot(default = EXPR)]`, or its type's `Default`. `#[hot(rename = "old")]` names
/// what a field, a variant or the type was called, also if another one has taken that name. A removed field is dropped by the code that knows it. Where any part
/// fails, the old value stands, whole, and the old code runs on.
///
/// `#[hot(migrate = function)]` on the type, a `fn(&Parts) -> Result<Self, E>`, makes the whole value instead.
///
/// `#[hot(snapshot)]` on a type that is [`Kept`], with the feature `snapshot` and serde's `Serialize` and
/// `Deserialize`: a host can save it and put it back, whatever the type has become; see `Kept::save`.
///
/// ```
/// use liveswap::{HotState, HotType};
///
/// #[derive(HotType, HotState)]
/// struct Player {
///     #[hot(rename = "hp")]
///     health: u32,
///     #[hot(default = 1.0)]
///     speed: f32,
///     #[hot(with = joined)]
///     name: String,
///     #[hot(opaque)] // moved as it is, or refused where its type is another one
///     socket: Option<std::net::TcpStream>,
/// }
///
/// fn joined(old: &(String, String)) -> String {
///     format!("{} {}", old.0, old.1)
/// }
/// ```
///
/// # Safety
///
/// [`state`](HotState::state) describes `Self` truly, and its functions do what the description says of them: the host
/// moves values by them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is kept as state, but can't be moved to a new layout",
    label = "this type needs `HotState`",
    note = "add `#[derive(liveswap::HotType, liveswap::HotState)]` to `{Self}`; a field of a foreign type takes `#[hot(opaque)]`: it is moved as it is"
)]
pub unsafe trait HotState: HotType {
    /// The description.
    fn state() -> &'static StateInfo;
}

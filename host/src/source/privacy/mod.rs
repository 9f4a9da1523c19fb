//! Privacy: what of a file is not public, and what the file names, so that it can be told whether something could be made
//! public without changing what a name means anywhere.

mod collect;
mod mentions;
mod names;
mod privates;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub(super) use collect::collect;
pub use mentions::with_pairs;
pub use privates::privates;

/// What privacy is about in one file. Names are hashes, see [`super::text::name_print`].
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Privacy {
    /// All that is not public.
    pub privates: Vec<Private>,
    /// The names in each inline module, but for those in the definitions of macros, which may be expanded anywhere.
    pub mentions: BTreeMap<Vec<String>, BTreeSet<Mention>>,
    /// What each inline module has of its own, which comes before what globs bring in.
    pub declared: BTreeMap<Vec<String>, BTreeSet<u64>>,
    /// Names in the definitions of macros.
    pub in_macros: BTreeSet<Mention>,
    /// `use …::*`.
    pub globs: Vec<Glob>,
    /// Which types implement which traits.
    pub impls: Vec<Impl>,
    /// The members of traits, by the traits' names.
    pub traits: Vec<(u64, Vec<u64>)>,
    /// Types of which macros may make anything, by derives and attributes that nobody here knows.
    pub opaque: BTreeSet<u64>,
    /// Types that may lead to others by `Deref`.
    pub derefs: BTreeSet<u64>,
    /// Of these, those that may lead to others with fields.
    pub derefs_to_fields: BTreeSet<u64>,
    /// Names handed to macros that stand where items do, which may implement anything for them.
    pub in_item_macros: BTreeSet<u64>,
    /// The macros that stand where items do, but for those whose code is known.
    pub item_macros: BTreeSet<u64>,
    /// Whether a trait of another crate may be in scope that gives methods to any type.
    pub has_foreign_traits: bool,
    /// Other names of types and modules, by `type` and by `as`, with the names that say what they are.
    pub aliases: Vec<(u64, Vec<u64>)>,
    /// Whether it may include files that are no modules, or declare modules by macros.
    pub includes: bool,
}

/// Something that is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    /// The inline modules that it stands in.
    pub module: Vec<String>,
    /// Where its visibility stands: what is behind `pub`, or nothing, before the item.
    pub at: Range<usize>,
    /// Where it can be named.
    pub reach: Reach,
    /// What it is.
    pub what: What,
    /// As people write it.
    pub name: String,
}

/// Where something can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// In its module.
    Module,
    /// In the module around its own, so many steps up.
    Up(usize),
    /// In the module with this path from the crate's root.
    In(Vec<String>),
    /// Everywhere.
    Public,
}

/// What something private is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An item that is named by itself.
    Item(u64),
    /// A trait, with its members: these are found by whoever has the trait in scope.
    Trait(u64, Vec<u64>),
    /// A `use` line: the names that it takes, and those that it gives.
    Use(Vec<(u64, u64)>, HasGlob),
    /// A field of a type.
    Field(u64, u64),
    /// What an `impl` block without a trait has for its type; `None` for one without a name.
    Member(Option<u64>, u64),
}

/// Whether a `use` line ends in `*`.
pub type HasGlob = bool;

/// A name, and how it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mention {
    /// The name.
    pub name: u64,
    /// How.
    pub form: Form,
}

/// How a name stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `value.name`
    Dot,
    /// `Segment::name`; `None` behind what is no name, as in `<…>::name`.
    Path(Option<u64>),
    /// Anything else.
    Bare,
}

/// A `use` of all that is in something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// The inline modules that it stands in.
    pub module: Vec<String>,
    /// The path before `::*`; empty where a macro makes it.
    pub path: Vec<String>,
    /// Whether it gives on what it brings in.
    pub is_public: bool,
}

/// That a type implements a trait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impl {
    /// The trait's name.
    pub of: String,
    /// The type's name; `None` where it may be any type.
    pub for_type: Option<u64>,
}

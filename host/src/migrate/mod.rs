//! Migrate: state is moved to a new layout of its type, all of it or nothing.
//!
//! A [`Plan`] is made of the two descriptions of a type, before anything is touched: what has no way to the new layout is
//! told then. [`carry()`] carries it out at the program's safe point. Until the last step the old value is left as it is,
//! so that a failure on the way costs nothing.

mod bits;
mod build;
pub mod carry;
mod chain;
mod columns;
mod names;
mod number;
mod path;
pub mod plan;
mod scratch;
mod shared;
mod take_apart;

pub use carry::{Carried, Failure, Finished, carry};
pub use plan::Plan;
pub(crate) use scratch::{Scratch, free};

#[cfg(test)]
mod tests;

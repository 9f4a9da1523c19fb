//! Other crates' containers as state, each behind the feature of the crate's name. Their other types are moved as they
//! are, and say so where they are described, in `layout`.

#[cfg(feature = "indexmap")]
mod indexmap;
#[cfg(feature = "smallvec")]
mod smallvec;

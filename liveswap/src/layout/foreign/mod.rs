//! The descriptions of other crates' types, each behind the feature of the crate's name.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "glam")]
mod glam;
#[cfg(feature = "indexmap")]
mod indexmap;
#[cfg(feature = "smallvec")]
mod smallvec;
#[cfg(feature = "uuid")]
mod uuid;

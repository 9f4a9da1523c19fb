//! The methods of traits, as trait objects are described by: a trait's `#[hot]` writes them down.

use super::Describe;

/// A method that is called through a trait object.
#[derive(Clone, Copy)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its signature as written, without names but `self`: `fn(&self, f32) -> u32`.
    pub signature: &'static str,
    /// The types of its arguments, without `self`.
    pub arguments: &'static [Describe],
    /// The type of its output.
    pub output: Describe,
}

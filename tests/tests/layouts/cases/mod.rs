//! The table, by concern.

pub mod alive;
pub mod containers;
pub mod enums;
pub mod failures;
pub mod fields;
pub mod numbers;
pub mod shared;
pub mod types;

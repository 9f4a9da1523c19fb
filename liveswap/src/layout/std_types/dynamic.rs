//! Trait objects of std's traits. Their methods are the compiler's release's, which the handshake compares.
//!
//! What stands behind a trait object is not described: its methods are those of the image that made it. So a downcast
//! of `dyn Any` or `dyn Error` finds a value by its type's id alone, also where the layout of that type has changed.

use std::any::Any;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::io;

use crate::layout::{HotType, Kind};

/// The trait objects of a trait, with and without `Send` and `Sync`.
macro_rules! dynamic {
    ($([$($parameter:ident)?] $trait:path),* $(,)?) => {
        $(
            whole_without_size!(['l, $($parameter: HotType)?] dyn $trait + 'l, Kind::Over(&[$($parameter::info)?]));
            whole_without_size!(['l, $($parameter: HotType)?] dyn $trait + Send + 'l, Kind::Over(&[$($parameter::info)?]));
            whole_without_size!(['l, $($parameter: HotType)?] dyn $trait + Sync + 'l, Kind::Over(&[$($parameter::info)?]));
            whole_without_size!(['l, $($parameter: HotType)?] dyn $trait + Send + Sync + 'l, Kind::Over(&[$($parameter::info)?]));
        )*
    };
}

dynamic!(
    [] Any, [] Error, [] Debug, [] Display, [] fmt::Write, [] io::Read, [] io::Write, [] io::BufRead, [] io::Seek, [] ToString,
    [T] Iterator<Item = T>, [T] DoubleEndedIterator<Item = T>, [T] ExactSizeIterator<Item = T>,
    [T] AsRef<T>, [T] Future<Output = T>,
);

//! The audit: which functions an edit has changed, by what the compiler has made of it.
//!
//! A patch replaces the functions that the text of an edit has changed. Whether these are all can't be read off the text: a
//! new name may shadow another one, a constant may have come out of a macro. So the library as it was built when the
//! patched base was loaded is compared with the library as cargo builds it of the sources that run now, function by
//! function: the bytes, what they refer to, and the constants that they use. A function whose code differs and that the
//! patch does not replace is still the old one in the running program: the patch is wrong.
//!
//! Pure: contents of object files in, a verdict out.

mod build;
mod difference;
mod names;
mod object_file;
mod verdict;

pub use build::Build;
pub use verdict::{Replaced, Verdict, Wrong, audit};

pub(crate) use names::slot_path;

/// Why two builds can't be compared.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum AuditError {
    /// A file is no object file or library that can be read.
    #[error("{file} can't be read: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody wants to know it any more.
    #[error("the audit was cancelled")]
    Cancelled,
}

//! Verify: nothing of a new image is used before it was compared with what the host and the generation in force have.
//!
//! Pure: values in, differences out, each as a line for people that names both sides. What differs refuses the image.

pub mod drift;
pub mod entries;
pub mod handshake;
pub mod identity;
pub mod kept;
pub mod layout;
pub mod reach;

/// The most differences that are listed.
const MOST: usize = 12;

/// The first of `differences`, and how many more there are with the `untold` ones.
fn at_most(mut differences: Vec<String>, untold: usize) -> Vec<String> {
    let more = untold + differences.len().saturating_sub(MOST);
    differences.truncate(MOST);
    match more {
        0 => {}
        1 => differences.push("… and one more difference".into()),
        more => differences.push(format!("… and {more} more differences")),
    }
    differences
}

/// Why an image is refused: one line a difference, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}\n{way_out}", differences.join("\n"))]
pub struct VerifyError {
    /// The differences, each naming both sides.
    pub differences: Vec<String>,
    /// What to do.
    pub way_out: String,
}

impl VerifyError {
    /// An error of kept state that has no way to its new layout.
    pub(crate) fn no_way(differences: Vec<String>) -> VerifyError {
        let way_out = "write `#[hot(with = function)]` before a field that can't be converted by itself, or undo that, or restart";
        VerifyError { differences, way_out: way_out.into() }
    }

    /// An error where there are differences.
    ///
    /// # Errors
    ///
    /// If `differences` has any.
    pub(crate) fn if_any(differences: Vec<String>, way_out: impl Into<String>) -> Result<(), VerifyError> {
        if differences.is_empty() { Ok(()) } else { Err(VerifyError { differences, way_out: way_out.into() }) }
    }
}

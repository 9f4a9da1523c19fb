//! Verify: nothing of a new image is used before it was compared with what the host and the generation in force have.
//!
//! Pure: values in, differences out, each as a line for people that names both sides. What differs refuses the image.

pub mod drift;
pub mod entries;
pub mod handshake;
pub mod identity;
pub mod layout;

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
    /// An error where there are differences.
    ///
    /// # Errors
    ///
    /// If `differences` has any.
    pub(crate) fn if_any(differences: Vec<String>, way_out: impl Into<String>) -> Result<(), VerifyError> {
        if differences.is_empty() { Ok(()) } else { Err(VerifyError { differences, way_out: way_out.into() }) }
    }
}

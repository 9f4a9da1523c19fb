//! The cases, by what makes an edit change more than its text shows.

pub mod files;
pub mod macros;
pub mod methods;
pub mod names;
pub mod shown;
pub mod statics;
pub mod unedited;

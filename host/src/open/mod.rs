//! Open: a staged artifact is read, then loaded, then asked who it is.
//!
//! [`artifact`] reads the file before any of its code runs, and [`constructors`] what would run; [`test_load`] tries
//! that in another process; [`image`] loads it and gives a safe face to what stands behind its root; `root_module` is
//! abi_stable's check of it, `entry_list` a look at its list of entries; [`patch`] is for the images of patches,
//! [`mapped`] tells where an image lies, `library` calls the loader; [`services`] is what the host hands over.

pub mod artifact;
pub(crate) mod backtrace;
pub mod constructors;
mod entry_list;
pub(crate) mod escape;
pub mod image;
mod library;
pub mod mapped;
#[cfg(target_os = "linux")]
mod natives;
pub mod patch;
#[cfg(target_os = "linux")]
mod relocations;
#[cfg(target_os = "linux")]
mod replace;
mod root_module;
pub mod services;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod statics;
pub mod test_load;
#[cfg(target_os = "linux")]
mod threads;

pub use artifact::ArtifactError;
pub use image::{Image, OpenError};
pub use patch::PatchImage;

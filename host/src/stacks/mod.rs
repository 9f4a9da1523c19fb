//! The stack of a thread that is stopped in a signal handler, as another thread sees it: [`walk`] finds the frames,
//! [`symbols`] their functions and lines.
//!
//! The stopped thread does nothing but wait, so all of this is ordinary code: it reads files and allocates. What a wild
//! stack says may be wrong in any way; memory is read by a system call that fails where there is none.

#[cfg(target_env = "gnu")]
pub mod handlers;
#[cfg(target_env = "gnu")]
pub mod here;
mod memory;
mod modules;
pub mod symbols;
mod walk;

pub use modules::Module;
pub use walk::{Frame, Registers, walk};

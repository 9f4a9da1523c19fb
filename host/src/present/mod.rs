//! What people see and what tools read, made from [`Event`](crate::events::Event)s.
//!
//! - [`render`]: an event as text; pure.
//! - [`Terminal`]: the text on stderr, with a progress line while a build runs and a line that stays while the
//!   code on disk is broken. One for the process; any thread may use it.
//! - [`EventFile`]: the events as JSON lines.
//! - [`trace`]: the events for `tracing`.
//! - [`user_frames`]: a backtrace cut down to the user's own code; pure.
//!
//! None of these ever fails the program: what can't be written is told once, or dropped.

mod backtrace;
mod board;
mod event_file;
mod render;
pub(crate) mod style;
mod terminal;
pub(crate) mod text;
mod trace;

pub use backtrace::user_frames;
pub use event_file::{EventFile, EventFileError};
pub use render::render;
pub use style::{Style, ascii_only};
pub use terminal::Terminal;
pub use trace::trace;

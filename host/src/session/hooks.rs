//! The hooks of images: `on_load`, before a generation comes into force, and `on_retire`, after another image has taken its
//! place. They are the user's code, so they may panic, or never come back; both are told, and nothing waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use liveswap::HotPanic;

use crate::emit::Emitter;
use crate::events::EventKind;
use crate::open::image::Hooks;

/// How long code of the library may take here before the user is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// The hooks of an image that may come into force again.
pub(super) struct ImageHooks {
    hooks: Hooks,
    /// The generation that it was loaded for.
    generation: u64,
    is_retired: AtomicBool,
}

impl ImageHooks {
    pub(super) fn new(hooks: Hooks, generation: u64) -> Self {
        Self { hooks, generation, is_retired: AtomicBool::new(false) }
    }

    /// Runs the retire hook in a thread of its own, unless it ran since the image was loaded.
    pub(super) fn retire(&self, emitter: &Arc<Emitter>, library: &str) {
        if !self.hooks.has_retire() || self.is_retired.swap(true, Ordering::Relaxed) {
            return;
        }
        let name = format!("the retire hook of generation {}", self.generation);
        let (hooks, emitter, library) = (self.hooks, emitter.clone(), library.to_owned());
        let (tell, of) = (emitter.clone(), library.clone());
        let warn = move |message| tell.emit(&of, EventKind::Warning { message });
        let run = {
            let (warn, name) = (warn.clone(), name.clone());
            move || {
                let message = format!("{name} does not come back; nothing waits for it");
                let _overdue = Overdue::watch(emitter, library, message);
                // Where it happened, the panic was told already.
                if hooks.retire().is_err() {
                    warn(format!("{name} panicked; what it was to end may go on"));
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("liveswap retire".into()).spawn(run) {
            warn(format!("{name} is not run: {error}"));
        }
    }

    /// Before the image comes into force again: runs the load hook anew, if what it had begun was ended.
    ///
    /// # Errors
    ///
    /// The hook's panic.
    pub(super) fn load_again(&self, emitter: &Arc<Emitter>, library: &str) -> Result<(), Box<HotPanic>> {
        if !self.is_retired.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let message = format!("the load hook of generation {} does not come back; later edits wait", self.generation);
        let _overdue = Overdue::watch(emitter.clone(), library.to_owned(), message);
        self.hooks.load()
    }
}

/// Tells once that something takes long; nothing is told where this is dropped in time.
pub(super) struct Overdue {
    _end: Sender<()>,
}

impl Overdue {
    /// Begins to wait. Without a thread for it, nothing is ever told.
    pub(super) fn watch(emitter: Arc<Emitter>, library: String, message: String) -> Overdue {
        let (end, is_over) = channel::<()>();
        let wait = move || {
            if is_over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                emitter.emit(&library, EventKind::Warning { message });
            }
        };
        if let Err(error) = thread::Builder::new().name("liveswap overdue".into()).spawn(wait) {
            tracing::debug!(%error, "what takes long is not told");
        }
        Overdue { _end: end }
    }
}

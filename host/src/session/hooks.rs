//! The hooks of images: `on_load`, before a generation comes into force, and `on_retire`, after another image has taken its
//! place. They are the user's code, so they may panic, or never come back; both are told, and nothing waits for ever.
//! Threads that go on with the code of a retired image are told as well.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use liveswap::HotPanic;

use crate::emit::Emitter;
use crate::events::EventKind;
use crate::open::image::Hooks;
use crate::present::text::{count, few};
use crate::threads;

/// How long code of the library may take here before the user is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long threads of a retired image may take to end before the user is told, and how often they are looked at.
const MOMENT: Duration = Duration::from_secs(1);
const BETWEEN: Duration = Duration::from_millis(20);

/// The hooks of an image that may come into force again.
pub(super) struct ImageHooks {
    hooks: Hooks,
    /// The generation that it was loaded for.
    generation: u64,
    /// Where it is loaded.
    image: Range<usize>,
    is_retired: AtomicBool,
    stay: Arc<Stay>,
}

/// What becomes of the threads of an image.
#[derive(Default)]
struct Stay {
    /// Another image is in force.
    is_over: AtomicBool,
    /// That threads stay was told.
    is_told: AtomicBool,
}

impl ImageHooks {
    pub(super) fn new(hooks: Hooks, generation: u64, image: Range<usize>) -> Self {
        Self { hooks, generation, image, is_retired: AtomicBool::new(false), stay: Arc::default() }
    }

    /// Runs the retire hook in a thread of its own, unless it ran since the image was loaded; tells of the image's threads
    /// that go on after it.
    pub(super) fn retire(&self, emitter: &Arc<Emitter>, library: &str) {
        self.stay.is_over.store(true, Ordering::Relaxed);
        let (generation, image, stay) = (self.generation, self.image.clone(), self.stay.clone());
        let has_hook = self.hooks.has_retire() && !self.is_retired.swap(true, Ordering::Relaxed);
        if !has_hook && threads::living(&image).is_empty() {
            return;
        }
        let name = format!("the retire hook of generation {generation}");
        let (hooks, emitter, library) = (self.hooks, emitter.clone(), library.to_owned());
        let (tell, of) = (emitter.clone(), library.clone());
        let warn = move |message| tell.emit(&of, EventKind::Warning { message });
        let run = {
            let (warn, name) = (warn.clone(), name.clone());
            move || {
                if has_hook {
                    let message = format!("{name} does not come back; nothing waits for it");
                    let _overdue = Overdue::watch(emitter, library, message);
                    // Where it happened, the panic was told already.
                    if hooks.retire().is_err() {
                        warn(format!("{name} panicked; what it was to end may go on"));
                    }
                }
                let names = stay.threads_that_stay(&image);
                if !names.is_empty() {
                    warn(text_of_threads(generation, &names, hooks.has_retire()));
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("liveswap retire".into()).spawn(run)
            && has_hook
        {
            warn(format!("{name} is not run: {error}"));
        }
    }

    /// Before the image comes into force again: runs the load hook anew, if what it had begun was ended.
    ///
    /// # Errors
    ///
    /// The hook's panic.
    pub(super) fn load_again(&self, emitter: &Arc<Emitter>, library: &str) -> Result<(), Box<HotPanic>> {
        self.stay.is_over.store(false, Ordering::Relaxed);
        if !self.is_retired.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let message = format!("the load hook of generation {} does not come back; later edits wait", self.generation);
        let _overdue = Overdue::watch(emitter.clone(), library.to_owned(), message);
        self.hooks.load()
    }
}

impl Stay {
    /// The names of the image's threads that do not end within a moment; of none where that was told, or it is in force
    /// again.
    fn threads_that_stay(&self, image: &Range<usize>) -> Vec<String> {
        let end = Instant::now() + MOMENT;
        loop {
            let mut names: Vec<String> = threads::living(image).into_iter().map(|thread| thread.name).collect();
            if names.is_empty() || !self.is_over.load(Ordering::Relaxed) {
                return Vec::new();
            }
            if Instant::now() >= end {
                names.sort();
                let is_told = self.is_told.swap(true, Ordering::Relaxed);
                return if is_told { Vec::new() } else { names };
            }
            thread::sleep(BETWEEN);
        }
    }
}

/// What is told of threads that go on with retired code.
fn text_of_threads(generation: u64, names: &[String], has_hook: bool) -> String {
    let (runs, them) = if names.len() == 1 { ("still runs", "it") } else { ("still run", "them") };
    let way_out = match has_hook {
        true => format!("have its `on_retire` hook join {them}"),
        false => format!("end {them} in an `on_retire` hook"),
    };
    format!(
        "{} of generation {generation} {runs} its code ({}): {way_out}, or leave {them}",
        count(names.len(), "thread"),
        few(names)
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_stay_are_told_by_their_names() {
        let names: Vec<String> = ["poller", "worker"].map(str::to_owned).into();
        assert_eq!(
            text_of_threads(3, &names, false),
            "2 threads of generation 3 still run its code (poller, worker): end them in an `on_retire` hook, or leave them"
        );
        assert_eq!(
            text_of_threads(3, &names[..1], true),
            "1 thread of generation 3 still runs its code (poller): have its `on_retire` hook join it, or leave it"
        );
    }
}

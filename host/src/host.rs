//! The library API: a program of the user's own that hosts hot libraries, and its safe point.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use liveswap::state::registry;
use liveswap::{AtRest, Cells, HotCrate};
use parking_lot::Mutex;

use crate::emit::Emitter;
use crate::events::{Event, EventKind, Images};
use crate::session::{Ready, Session, bring_in, settle};

/// Hosts hot libraries: builds, watches and swaps them until it is dropped.
///
/// ```no_run
/// # mod logic {
/// #     pub use crate::HOT;
/// #     #[derive(liveswap::HotType)]
/// #     pub struct State { pub x: f32 }
/// #     #[liveswap::hot]
/// #     pub fn update(state: &mut State, dt: f32) { state.x += dt; }
/// # }
/// # liveswap::hot_lib!();
/// fn main() -> Result<(), liveswap_host::StartError> {
///     let host = liveswap_host::Host::builder().program(env!("CARGO_MANIFEST_DIR")).library(&logic::HOT).start()?;
///     let mut state = logic::State { x: 0.0 };
///     loop {
///         host.tick(); // the safe point: here new code becomes visible
///         logic::update(&mut state, 1.0 / 60.0);
///     }
/// }
/// ```
///
/// In a build without hot code (see the features of the crate `liveswap`) it does nothing, and costs nothing.
pub struct Host {
    sessions: Vec<(&'static str, Session)>,
    /// How many `Kept`s had been made when all were laid out as the code in force has them.
    settled: AtomicU64,
    complaints: Mutex<Vec<String>>,
    emitter: Arc<Emitter>,
}

impl Host {
    pub(crate) fn new(sessions: Vec<(&'static str, Session)>, emitter: Arc<Emitter>) -> Self {
        Self { sessions, settled: AtomicU64::new(0), complaints: Mutex::default(), emitter }
    }

    /// The safe point: generations that are ready come into force, for all libraries. Says whether any did.
    ///
    /// Call it where no hot function is running on this thread, and where the state is whole: once a frame, before
    /// each request. Costs one load a library where nothing waits. Calls that other threads are in finish on the old
    /// code.
    ///
    /// A program with [`Kept`](liveswap::Kept) state calls [`tick_with`](Self::tick_with).
    #[inline]
    pub fn tick(&self) -> bool {
        self.tick_with(())
    }

    /// As [`tick`](Self::tick), with the program's kept state in hand: it is moved where a generation lays it out anew.
    ///
    /// ```no_run
    /// # fn f(host: liveswap_host::Host, mut world: liveswap::Kept<u8>, mut menu: liveswap::Kept<u8>) {
    /// # let shared = std::sync::RwLock::new(liveswap::Kept::new("shared", 1u8).unwrap());
    /// host.tick_with(&mut world);
    /// host.tick_with((&mut world, &mut menu));
    /// host.tick_with(&shared); // a lock, or an `Arc` of one, is only taken where something waits
    /// # }
    /// ```
    ///
    /// A generation that moves a state which is not in hand waits for one that has it. Where a state can't be moved, all
    /// of it stays as it was, the generation is refused, and the old one runs on.
    #[inline]
    pub fn tick_with(&self, state: impl AtRest) -> bool {
        // All of them, since libraries that share a state come into force together.
        let ready: Vec<_> = self.sessions.iter().filter_map(|(_, session)| session.take()).collect();
        // An empty vector costs no allocation.
        let made = registry::added();
        (!ready.is_empty() || made != self.settled.load(Ordering::Relaxed)) && self.bring_in(ready, made, state)
    }

    #[cold]
    fn bring_in(&self, ready: Vec<Ready>, made: u64, state: impl AtRest) -> bool {
        let libraries: Vec<_> = self.sessions.iter().map(|(_, session)| session.in_force().clone()).collect();
        let mut ready = Some(ready);
        let mut any = false;
        let mut waits = Vec::new();
        state.hold(Cells::new(), &mut |cells| {
            let mut cells = cells.into_vec();
            if let Some(ready) = ready.take().filter(|ready| !ready.is_empty()) {
                let came = bring_in(ready, &libraries, &mut cells);
                (any, waits) = (came.any, came.waits);
            }
            let (errors, is_settled) = settle(&libraries, &mut cells);
            if is_settled {
                self.settled.store(made, Ordering::Relaxed);
            }
            self.complain(errors);
        });
        for waiting in waits.into_iter().chain(ready.into_iter().flatten()) {
            let of = |(_, session): &&(_, Session)| waiting.is_of(session.in_force());
            if let Some((_, session)) = self.sessions.iter().find(of) {
                session.put_back(waiting);
            }
        }
        any
    }

    /// Tells of states that can't be moved, each once: the next tick tries again.
    fn complain(&self, errors: Vec<String>) {
        let mut told = self.complaints.lock();
        for message in errors {
            if !told.contains(&message)
                && let Some((_, session)) = self.sessions.first()
            {
                session.tell(EventKind::Warning { message: message.clone() });
                told.push(message);
            }
        }
    }

    /// All events from now on.
    pub fn subscribe(&self) -> Receiver<Event> {
        self.emitter.subscribe()
    }

    /// The generation in force; 0 before the first, and for a library that is not hosted here.
    pub fn generation(&self, library: &HotCrate) -> u64 {
        let session = self.sessions.iter().find(|(name, _)| *name == library.package());
        session.map_or(0, |(_, session)| session.in_force().generation.load(Ordering::Acquire))
    }

    /// The images that are loaded. They are never unloaded.
    pub fn images(&self) -> Images {
        self.sessions.iter().map(|(_, session)| session.in_force().images()).fold(Images::default(), |sum, images| {
            Images { count: sum.count + images.count, bytes: sum.bytes + images.bytes }
        })
    }
}

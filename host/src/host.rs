//! The library API: a program of the user's own that hosts hot libraries, and its safe point.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use liveswap::state::registry;
use liveswap::{AtRest, HotCrate, SnapshotError, StateLock};

use crate::control::Server;
use crate::emit::Emitter;
use crate::events::{Event, Images};
use crate::session::{Generation, Remote, RollbackError, SafePoint, Session, SessionError, Status};
use crate::snapshots::Snapshots;
use crate::verify::kept::type_name;

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
    /// Before the sessions: while it ends, they still answer.
    _control: Option<Server>,
    sessions: Vec<(&'static str, Session)>,
    point: Arc<SafePoint>,
    emitter: Arc<Emitter>,
}

impl Host {
    pub(crate) fn new(
        sessions: Vec<(&'static str, Session)>,
        point: Arc<SafePoint>,
        emitter: Arc<Emitter>,
        control: Option<Server>,
    ) -> Self {
        Self { _control: control, sessions, point, emitter }
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
        self.point.pass(state)
    }

    /// Holds this state at every safe point from here on, so that [`tick`](Self::tick) needs none in hand, nor does a
    /// host that [swaps at once](crate::HostBuilder::swap_at_once).
    ///
    /// The lock is taken where a generation is ready; a safe point must not be passed by a thread that holds it.
    ///
    /// ```no_run
    /// # fn f(host: liveswap_host::Host) -> Result<(), liveswap_host::KeptError> {
    /// use std::sync::{Arc, RwLock};
    ///
    /// use liveswap_host::Kept;
    ///
    /// let sessions = Arc::new(RwLock::new(Kept::new("sessions", Vec::<String>::new())?));
    /// host.keep(&sessions);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep<L: StateLock + Send + Sync + 'static>(&self, state: &Arc<L>) {
        let state = state.clone();
        self.point.keep(Box::new(move |cells, then| state.hold_locked(cells, then)));
    }

    /// Snapshots of all states that are in hand, and of those that the host [keeps](Self::keep), by the newest code of
    /// their types: those with `#[hot(snapshot)]` (the feature `snapshot`). What is not among them, and why, is
    /// [told](Snapshots::missing).
    ///
    /// ```no_run
    /// # fn f(host: liveswap_host::Host, mut world: liveswap::Kept<u8>) -> Result<(), Box<dyn std::error::Error>> {
    /// let snapshots = host.snapshot(&mut world);
    /// std::fs::write("state", snapshots.to_bytes())?;
    /// // In another run, also of another version of the program:
    /// let snapshots = liveswap_host::Snapshots::from_bytes(&std::fs::read("state")?)?;
    /// host.restore(&snapshots, &mut world)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Like a safe point, it is called where no thread works on the state, or waits for the state's locks; no new
    /// generation comes into force.
    pub fn snapshot(&self, state: impl AtRest) -> Snapshots {
        self.point.hold(state, |cells| {
            let all = registry::all().into_iter().map(|(name, state)| (name, type_name(state)));
            Snapshots::of(cells, all.collect())
        })
    }

    /// Puts the states that are in hand, and those that the host keeps, back to what they were. All are made before the
    /// first is replaced: after an error none has changed. Gives the names of those that were restored: a state that
    /// the snapshots don't have stays as it is, and a snapshot whose state is not in hand is not used.
    ///
    /// A type that has changed since takes what it knows by name, and serde's `default` for the rest.
    ///
    /// # Errors
    ///
    /// A snapshot that does not fit its state: it names the place in the value and what to write there.
    pub fn restore(&self, snapshots: &Snapshots, state: impl AtRest) -> Result<Vec<String>, SnapshotError> {
        self.point.hold(state, |cells| snapshots.put_back(cells))
    }

    /// All events from now on.
    pub fn subscribe(&self) -> Receiver<Event> {
        self.emitter.subscribe()
    }

    /// The generation in force; 0 before the first, and for a library that is not hosted here.
    pub fn generation(&self, library: &HotCrate) -> u64 {
        self.session(library).map_or(0, |session| session.in_force().generation.load(Ordering::Acquire))
    }

    /// The generations of a library that are or were in force, the oldest first; none for a library that is not hosted
    /// here.
    pub fn generations(&self, library: &HotCrate) -> Vec<Generation> {
        self.remote(library).and_then(|session| session.generations()).unwrap_or_default()
    }

    /// Goes back to what an earlier generation was made of, patches among them: it comes into force at the next safe
    /// point, under a new number, which is given. State is moved back, as by any edit.
    ///
    /// What was left stays on disk and is not applied again until it changes.
    ///
    /// # Errors
    ///
    /// There was no such generation, it is in force, or the library is not hosted here.
    pub fn rollback_to(&self, library: &HotCrate, generation: u64) -> Result<u64, RollbackError> {
        self.roll_back(library, Some(generation))
    }

    /// As [`rollback_to`](Self::rollback_to), to the generation that was made before the content in force; those that
    /// were left by a rollback do not count.
    ///
    /// # Errors
    ///
    /// There is nothing before, or the library is not hosted here.
    pub fn rollback(&self, library: &HotCrate) -> Result<u64, RollbackError> {
        self.roll_back(library, None)
    }

    fn roll_back(&self, library: &HotCrate, to: Option<u64>) -> Result<u64, RollbackError> {
        match self.remote(library) {
            Ok(session) => session.roll_back(to),
            Err(_) => Err(RollbackError::NotHosted { library: library.package().to_owned() }),
        }
    }

    /// From now on edits are seen and not built, until [`resume`](Self::resume). A build that is under way goes on, until
    /// the next edit. Says whether it was not paused before.
    ///
    /// # Errors
    ///
    /// The library is not hosted here.
    pub fn pause(&self, library: &HotCrate) -> Result<bool, SessionError> {
        self.remote(library)?.pause()
    }

    /// Edits are built again; all that changed meanwhile is taken in one build. Gives the files that did; `None` where it
    /// was not paused.
    ///
    /// # Errors
    ///
    /// The library is not hosted here.
    pub fn resume(&self, library: &HotCrate) -> Result<Option<Vec<PathBuf>>, SessionError> {
        self.remote(library)?.resume()
    }

    /// Builds what is on disk now: an edit that the watch could not see, what was left by a rollback, or the same code
    /// again, whose statics then start anew. What comes of it is told by events.
    ///
    /// # Errors
    ///
    /// The library is not hosted here.
    pub fn reload(&self, library: &HotCrate) -> Result<(), SessionError> {
        self.remote(library)?.reload()
    }

    /// How things are with a library.
    ///
    /// # Errors
    ///
    /// The library is not hosted here.
    pub fn status(&self, library: &HotCrate) -> Result<Status, SessionError> {
        self.remote(library)?.status()
    }

    fn remote(&self, library: &HotCrate) -> Result<Remote, SessionError> {
        let not_hosted = || SessionError::NotHosted { library: library.package().to_owned() };
        self.session(library).map(Session::remote).ok_or_else(not_hosted)
    }

    fn session(&self, library: &HotCrate) -> Option<&Session> {
        self.sessions.iter().find(|(name, _)| *name == library.package()).map(|(_, session)| session)
    }

    /// The images that are loaded. They are never unloaded.
    pub fn images(&self) -> Images {
        self.sessions.iter().map(|(_, session)| session.in_force().images()).fold(Images::default(), |sum, images| {
            Images { count: sum.count + images.count, bytes: sum.bytes + images.bytes }
        })
    }
}

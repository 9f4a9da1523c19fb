//! The library API: a program of the user's own that hosts hot libraries.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use liveswap::handshake::Handshake;
use liveswap::{AtRest, Cells, HotCrate};

use crate::emit::{Emitter, Sink};
use crate::events::{Event, Images};
use crate::present::{self, EventFile, EventFileError, Style, Terminal};
use crate::project::{self, Features, ProjectError, Toolchain, Wanted};
use crate::session::{Ready, Session, Settings, Target, bring_in};

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
    emitter: Arc<Emitter>,
}

/// Why a host does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The library's project is not found, or not as it must be.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The file for event lines can't be opened.
    #[error(transparent)]
    Events(#[from] EventFileError),
    /// The operating system gives no thread.
    #[error("start a thread for `{library}`: {source}")]
    Thread {
        /// The library.
        library: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Two libraries of one name.
    #[error("the library `{library}` is named twice; name each once")]
    Twice {
        /// The library.
        library: String,
    },
}

impl Host {
    /// Starts to describe a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
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
        !ready.is_empty() && self.bring_in(ready, state)
    }

    #[cold]
    fn bring_in(&self, ready: Vec<Ready>, state: impl AtRest) -> bool {
        let libraries: Vec<_> = self.sessions.iter().map(|(_, session)| session.in_force().clone()).collect();
        let mut ready = Some(ready);
        let mut any = false;
        let mut waits = Vec::new();
        state.hold(Cells::new(), &mut |cells| {
            if let Some(ready) = ready.take() {
                let came = bring_in(ready, &libraries, cells);
                (any, waits) = (came.any, came.waits);
            }
        });
        for waiting in waits.into_iter().chain(ready.into_iter().flatten()) {
            let of = |(_, session): &&(_, Session)| waiting.is_of(session.in_force());
            if let Some((_, session)) = self.sessions.iter().find(of) {
                session.put_back(waiting);
            }
        }
        any
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

/// Describes a [`Host`].
#[must_use = "nothing is hosted before `start`"]
pub struct HostBuilder {
    libraries: Vec<(&'static HotCrate, PathBuf)>,
    program: Option<PathBuf>,
    settings: Settings,
    style: Option<Style>,
    events: Option<PathBuf>,
    sinks: Vec<Sink>,
}

impl Default for HostBuilder {
    fn default() -> Self {
        // The library is compiled as this program was.
        let profile = Handshake::of_this_build(cfg!(debug_assertions), "unwind").identity().profile;
        let settings = Settings {
            profile,
            features: Features::default(),
            target_dir: None,
            stage_in: None,
            poll: None,
            at_once: false,
        };
        Self {
            libraries: Vec::new(),
            program: std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
            settings,
            style: Some(Style::from_environment()),
            events: std::env::var_os("LIVESWAP_EVENTS").filter(|file| !file.is_empty()).map(PathBuf::from),
            sinks: Vec::new(),
        }
    }
}

impl HostBuilder {
    /// Hosts this library. Call it for each of several.
    pub fn library(mut self, library: &'static HotCrate) -> Self {
        self.libraries.push((library, PathBuf::from(library.directory())));
        self
    }

    /// Hosts this library, whose sources are in another directory now than when it was compiled into the program: a
    /// checkout that was moved, or that is mounted elsewhere.
    pub fn library_at(mut self, library: &'static HotCrate, directory: impl Into<PathBuf>) -> Self {
        self.libraries.push((library, directory.into()));
        self
    }

    /// The directory of the program's own `Cargo.toml`: `env!("CARGO_MANIFEST_DIR")`. The libraries are then built with
    /// the features that the program's own build gives them. Without it, that directory is taken from the environment,
    /// where `cargo run` puts it.
    pub fn program(mut self, directory: impl Into<PathBuf>) -> Self {
        self.program = Some(directory.into());
        self
    }

    /// cargo's profile for the libraries: `dev`, `release` or one of the workspace. Without it, the program's own.
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.settings.profile = profile.into();
        self
    }

    /// Features of the libraries, over those that the program's own build gives them.
    pub fn features(mut self, features: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.features.list.extend(features.into_iter().map(Into::into));
        self
    }

    /// cargo's target directory for the libraries. Without it, `liveswap/PACKAGE` in the workspace's own. Two
    /// libraries must not share one.
    pub fn target_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.settings.target_dir = Some(directory.into());
        self
    }

    /// Where the directory for loaded copies is made. Without it, in the system's temporary directory. It must allow
    /// execution.
    pub fn stage_in(mut self, directory: impl Into<PathBuf>) -> Self {
        self.settings.stage_in = Some(directory.into());
        self
    }

    /// Compares files at this interval instead of waiting for events: for containers and virtual machines whose mounts
    /// give none.
    pub fn poll(mut self, interval: Duration) -> Self {
        self.settings.poll = Some(interval);
        self
    }

    /// Makes swaps visible as soon as they are checked, instead of at the next [`Host::tick`]. For programs without a
    /// loop of their own, where each call stands for itself.
    pub fn swap_at_once(mut self) -> Self {
        self.settings.at_once = true;
        self
    }

    /// How events are shown on stderr; with `None` they are not, and go to `tracing` instead (target `liveswap`).
    pub fn show(mut self, style: Option<Style>) -> Self {
        self.style = style;
        self
    }

    /// Also appends each event as a JSON line to this file; `-` is stdout. Without it, the variable
    /// `LIVESWAP_EVENTS` may name one.
    pub fn events_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.events = Some(file.into());
        self
    }

    /// Calls `sink` with each event, on the thread on which it happened.
    pub fn on_event(mut self, sink: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Starts: each library is built in the background; until its first generation is in force, calls run the code
    /// that is linked into the program.
    ///
    /// # Errors
    ///
    /// No cargo, a library whose project is not found or not as it must be, no file for events. A library that does
    /// not compile is no error: it is told, and a fix is waited for.
    pub fn start(self) -> Result<Host, StartError> {
        let libraries: Vec<_> = self.libraries.iter().filter(|(library, _)| library.is_hot()).collect();
        for (position, (library, _)) in libraries.iter().enumerate() {
            if libraries[..position].iter().any(|(other, _)| other.package() == library.package()) {
                return Err(StartError::Twice { library: library.package().into() });
            }
        }
        let emitter = emitter(self.sinks, self.style, self.events, libraries.len() > 1)?;
        let manifest = self.program.map(|directory| directory.join("Cargo.toml"));
        let mut sessions = Vec::new();
        for (library, directory) in libraries {
            let toolchain = Toolchain::find(directory)?;
            let project = project::find(&toolchain, directory, Wanted::Path(directory), manifest.as_deref())?;
            let settings = self.settings.clone().with(&project.config);
            let target = Target::Entries(library);
            let session = Session::start(project, toolchain, settings, target, emitter.clone(), Box::new(|| ()))
                .map_err(|source| StartError::Thread { library: library.package().into(), source })?;
            sessions.push((library.package(), session));
        }
        Ok(Host { sessions, emitter })
    }
}

/// The emitter for what the user wants to see.
pub(crate) fn emitter(
    mut sinks: Vec<Sink>,
    style: Option<Style>,
    events: Option<PathBuf>,
    several_libraries: bool,
) -> Result<Arc<Emitter>, EventFileError> {
    let terminal = style.map(|style| Arc::new(Terminal::new(Style { several_libraries, ..style })));
    match terminal.clone() {
        Some(terminal) => sinks.push(Box::new(move |event| terminal.show(event))),
        // Not beside the terminal: a subscriber that prints would show everything twice.
        None => sinks.push(Box::new(present::trace)),
    }
    if let Some(file) = events {
        let file = EventFile::open(file)?;
        sinks.push(Box::new(move |event| {
            if let (Some(trouble), Some(terminal)) = (file.write(event), &terminal) {
                terminal.show(&trouble);
            }
        }));
    }
    Ok(Arc::new(Emitter::new(sinks)))
}

//! The library API's start: what a program says of its host.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use liveswap::handshake::Handshake;
use liveswap::{HotCrate, Policy, TrialTerms};

use crate::control;
use crate::emit::{Emitter, Sink};
use crate::events::{Event, EventKind};
use crate::hangs::Deadlines;
use crate::host::Host;
use crate::present::{self, EventFile, EventFileError, Style, Terminal};
use crate::project::{self, Features, ProjectError, Toolchain, Wanted};
use crate::session::{Prepared, SafePoint, Settings, Target};

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
}

/// Describes a [`Host`].
#[must_use = "nothing is hosted before `start`"]
pub struct HostBuilder {
    libraries: Vec<(&'static HotCrate, PathBuf)>,
    program: Option<PathBuf>,
    settings: Settings,
    style: Option<Style>,
    events: Option<PathBuf>,
    control: bool,
    sinks: Vec<Sink>,
}

impl Default for HostBuilder {
    fn default() -> Self {
        // The library is compiled as this program was.
        let known = Handshake::of_this_build(cfg!(debug_assertions), "unwind").identity().profile;
        let profile = match known.as_str() {
            "" if cfg!(debug_assertions) => "dev".to_owned(),
            "" => "release".to_owned(),
            _ => known,
        };
        let settings = Settings {
            profile,
            features: Features::default(),
            target_dir: None,
            stage_in: None,
            poll: None,
            patch: patch_from_environment(),
            guard: None,
            deadlines: Deadlines::of_build(cfg!(debug_assertions)),
            on_panic: None,
            trial: TrialTerms::default(),
            at_once: false,
        };
        Self {
            libraries: Vec::new(),
            program: std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
            settings,
            style: Some(Style::from_environment()),
            events: std::env::var_os("LIVESWAP_EVENTS").filter(|file| !file.is_empty()).map(PathBuf::from),
            control: std::env::var("LIVESWAP_CONTROL").as_deref() != Ok("off"),
            sinks: Vec::new(),
        }
    }
}

/// What `LIVESWAP_PATCH` says.
fn patch_from_environment() -> Option<bool> {
    match std::env::var("LIVESWAP_PATCH").as_deref() {
        Ok("on") => Some(true),
        Ok("off") => Some(false),
        _ => None,
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

    /// Patches edited function bodies where that can be done, instead of building and swapping the library: only they are
    /// compiled, and statics and thread-locals keep their values. The library is built for that from a copy of its
    /// sources in which everything is `pub`, and its functions look whether they were replaced. It is on unless this,
    /// the variable `LIVESWAP_PATCH` (`on` or `off`) or the library's manifest says otherwise, in this order. Linux only;
    /// elsewhere all edits are swapped.
    pub fn patch(mut self, patch: bool) -> Self {
        self.settings.patch = Some(patch);
        self
    }

    /// Whether a call of hot code survives a crash of it (SIGSEGV, SIGBUS, SIGILL, SIGFPE, `abort`, a stack overflow): the
    /// call ends like one that has panicked, with a [`HotPanic`](liveswap::HotPanic) whose `signal` is set. Off unless this or
    /// the library's manifest (`guard = true`) says otherwise; once it is on, calls of all libraries of the process go through it.
    ///
    /// A tool for development: nothing that the ended call held is given back. No destructor runs, its locks stay held, what
    /// it was changing stays half changed, and memory that a wild pointer has hit before stays as it is. Threads that the
    /// library has started are not guarded. Linux only, on x86-64 and (not tested) aarch64; elsewhere it is told that
    /// there is no guard.
    ///
    /// Without it, crashes of hot code are told (which generation, function and line, and what was changed last) before
    /// they end the process as they would have.
    pub fn fault_guard(mut self, guard: bool) -> Self {
        self.settings.guard = Some(guard);
        self
    }

    /// How long a call of hot code, or a poll of its future, may last before it is told of, with the stack of its thread:
    /// for `None`, for ever. Without it 5 s in builds with debug assertions, and for ever in others. The call goes on, and
    /// its end is told too; swaps and patches come into force meanwhile for the calls of other threads.
    ///
    /// To find out where the thread is, it is interrupted by a signal, once. A system call in which it waits may end early
    /// by that (`EINTR`), as by any signal with a handler.
    pub fn call_deadline(mut self, deadline: Option<Duration>) -> Self {
        self.settings.deadlines.all = deadline;
        self
    }

    /// As [`call_deadline`](Self::call_deadline), for one `#[hot]` function: by its path, whose beginning may be left out
    /// (`step`, `game::step`, `game::World::step`). It counts before what stands at the function,
    /// `#[hot(deadline = "50ms")]`, and that before what holds for all.
    pub fn call_deadline_of(mut self, function: impl Into<String>, deadline: Option<Duration>) -> Self {
        self.settings.deadlines.of.push((function.into(), deadline));
        self
    }

    /// What becomes of a call of a hot function that panics, and of the code that did. It is [`Policy::Rollback`] unless
    /// this or the library's manifest (`on-panic = "keep"`) says otherwise; for single calls,
    /// [`on_panic`](liveswap::on_panic) says it.
    ///
    /// The panic itself is told in any case. A generation that is left by a rollback is not applied again until its sources
    /// change. What the call was given by `&mut` is put back to what it was before, if its type is `Clone`; other state stays
    /// as the call left it. The calls of an async function are not made again.
    pub fn on_panic(mut self, policy: Policy) -> Self {
        self.settings.on_panic = Some(policy);
        self
    }

    /// How long the code of a new generation is on trial, for each hot function by itself: 100 calls or 2 seconds if
    /// nothing is said. Meanwhile calls keep clones of their arguments, so they are slower.
    pub fn trial(mut self, terms: TrialTerms) -> Self {
        self.settings.trial = terms;
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

    /// Whether the host has a control socket, by which `liveswap status`, `history`, `rollback`, `reload`, `pause` and
    /// `resume` reach it: in cargo's directory for the first library, and for this user only. It has, unless this or the
    /// variable `LIVESWAP_CONTROL` (`off`) says otherwise. Unix only.
    pub fn control(mut self, control: bool) -> Self {
        self.control = control;
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
        let (emitter, _) = emitter(self.sinks, self.style, self.events, libraries.len() > 1)?;
        // For developers: who was given the program can't build it another way.
        if let (true, Some((cold, _)), Some(_)) =
            (libraries.is_empty(), self.libraries.first(), std::env::var_os("CARGO"))
        {
            let message = "hot code is off in this build, so edits are not applied: build without `--release`, or turn on \
                           the feature `hot-in-release` of `liveswap`";
            emitter.emit(cold.package(), EventKind::Warning { message: message.into() });
        }
        let manifest = self.program.map(|directory| directory.join("Cargo.toml"));
        let mut prepared = Vec::new();
        for (library, directory) in libraries {
            let toolchain = Toolchain::find(directory)?;
            let project = project::find(&toolchain, directory, Wanted::Path(directory), manifest.as_deref())?;
            let settings = self.settings.clone().with(&project.config);
            let session = Prepared::new(project, toolchain, settings, Target::Entries(library));
            prepared.push((library.package(), session));
        }
        let point = Arc::new(SafePoint::new(prepared.iter().map(|(_, session)| session.seat()).collect()));
        let mut sessions = Vec::new();
        for (place, (library, session)) in prepared.into_iter().enumerate() {
            let session = session
                .start(point.clone(), place, emitter.clone(), Box::new(|| ()))
                .map_err(|source| StartError::Thread { library: library.into(), source })?;
            sessions.push((library, session));
        }
        let control = self.control.then(|| control::serve(sessions.iter().map(|(_, session)| session))).flatten();
        Ok(Host::new(sessions, point, emitter, control))
    }
}

/// The emitter for what the user wants to see, and the terminal that shows it, where one does.
pub(crate) fn emitter(
    mut sinks: Vec<Sink>,
    style: Option<Style>,
    events: Option<PathBuf>,
    several_libraries: bool,
) -> Result<(Arc<Emitter>, Option<Arc<Terminal>>), EventFileError> {
    let terminal = style.map(|style| Arc::new(Terminal::new(Style { several_libraries, ..style })));
    match terminal.clone() {
        Some(terminal) => sinks.push(Box::new(move |event| terminal.show(event))),
        // Not beside the terminal: a subscriber that prints would show everything twice.
        None => sinks.push(Box::new(present::trace)),
    }
    if let Some(file) = events {
        let (file, terminal) = (EventFile::open(file)?, terminal.clone());
        sinks.push(Box::new(move |event| {
            if let (Some(trouble), Some(terminal)) = (file.write(event), &terminal) {
                terminal.show(&trouble);
            }
        }));
    }
    Ok((Arc::new(Emitter::new(sinks)), terminal))
}

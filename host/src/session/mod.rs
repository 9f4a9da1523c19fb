//! A session: one hot library on its way from save to running code, for as long as the host lives.
//!
//! One thread owns everything and goes through the stages in order; it is woken by messages: the watch, the running
//! build, the publish at the program's safe point, a panic in the library. Each stage's error leaves what is in force
//! as it is. A change during a build cancels the build.

mod agreement;
mod attempt;
mod audit_run;
mod base;
mod base_crates;
mod checks;
mod control;
mod edit;
mod faults;
mod followers;
mod history;
mod hooks;
mod judge;
mod outcome;
mod patching;
mod places;
mod ready;
mod run;
mod safe_point;
mod sources;
mod unseen;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use liveswap::in_flight::{self, Seen};
use liveswap::{HotCrate, Policy, TrialTerms};
use parking_lot::Mutex;

use crate::app::AppSlot;
use crate::audit::{self, AuditError};
use crate::compile::BuildMessage;
use crate::compile::check::Said;
use crate::compile::patch::PatchResult;
use crate::emit::Emitter;
use crate::events::{EventKind, Images};
use crate::gate::Gate;
use crate::hangs::Deadlines;
use crate::open::test_load::BadConstructor;
use crate::open::{Image, PatchImage};
use crate::project::{Config, Features, Project, Toolchain};
use crate::verify;
use crate::verify::kept::View;
use crate::watch::WatchMessage;

use control::Asked;
pub(crate) use control::Remote;
pub use control::{Doing, SessionError, Status};
pub(crate) use faults::{Note, PanicInfo};
pub(crate) use followers::{Following, Step};
pub use history::{Audit, Generation, RollbackError, Standing};
pub(crate) use judge::{FailedCall, Judge};
pub use outcome::{EditOutcome, EditState, Ending, Successor};
pub(crate) use ready::Ready;
pub(crate) use safe_point::{SafePoint, Seat};

/// What new generations are published to.
#[derive(Clone)]
pub(crate) enum Target {
    /// The functions of a library that is linked into this program.
    Entries(&'static HotCrate),
    /// An application that this program drives.
    App(Arc<AppSlot>),
}

/// How a library is built, watched and swapped.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// cargo's profile.
    pub(crate) profile: String,
    /// The features of the library, over those that its manifest asks for.
    pub(crate) features: Features,
    /// cargo's target directory; without one, `liveswap/PACKAGE` in the workspace's.
    pub(crate) target_dir: Option<PathBuf>,
    /// Where the staging directory is made; without one, in the system's temporary directory.
    pub(crate) stage_in: Option<PathBuf>,
    /// Compare files at this interval instead of waiting for events.
    pub(crate) poll: Option<Duration>,
    /// Whether the library is built so that edited function bodies can be patched; `None` for what its manifest says,
    /// else it is.
    pub(crate) patch: Option<bool>,
    /// Whether calls survive a crash; `None` for what the library's manifest says, else they don't.
    pub(crate) guard: Option<bool>,
    /// How long calls may last before they are told of.
    pub(crate) deadlines: Deadlines,
    /// What becomes of calls that panic, and of the code that they were in; `None` for what the manifest says, else
    /// the default.
    pub(crate) on_panic: Option<Policy>,
    /// How long new code is on trial.
    pub(crate) trial: TrialTerms,
    /// Publish at once instead of at the next safe point.
    pub(crate) at_once: bool,
}

impl Settings {
    /// With what the library's manifest asks for, but for the profile: that of a typed host is its own. (And but for the
    /// features: those are asked for at each build, as the manifest may change.)
    pub(crate) fn with(mut self, config: &Config) -> Self {
        self.poll = self.poll.or(config.poll);
        self.patch = self.patch.or(config.patch);
        self.guard = self.guard.or(config.guard);
        self.on_panic = self.on_panic.or(config.on_panic);
        self
    }
}

/// What the session's thread is woken by.
pub(crate) enum Message {
    Watch(WatchMessage),
    /// From the build with this number.
    Build(u64, BuildMessage),
    /// From the build of a patch with this number.
    Patched(u64, PatchResult),
    /// What constructors did in the test load with this number, or why there was none.
    TestLoaded(u64, Result<Result<(), BadConstructor>, String>),
    /// Whether patching works with this toolchain; if not, why.
    SelfTested(Result<(), String>),
    /// What the audit with this number has found.
    Audited(u64, Result<audit::Verdict, AuditError>),
    /// What the compiler says of the text of what runs, and of which check.
    Checked(u64, Said),
    /// A generation came into force; moving state for it took `migrate`.
    Published {
        generation: u64,
        at: Instant,
        migrate: Duration,
    },
    /// A generation can't come into force at this safe point.
    Waits {
        generation: u64,
        reason: String,
    },
    /// State could not be moved for a generation.
    NotMoved {
        generation: u64,
        reason: String,
    },
    /// The library panicked, which is to be told with this consequence; the sender is told once the event is out.
    Panicked(Box<PanicInfo>, String, Sender<()>),
    /// A crash that ends the process, or a call that hangs; the sender is told once the event is out.
    Noted(Box<PanicInfo>, Note, Sender<()>),
    /// A call on trial panicked; the sender is told whether other code is in force, or will be at the safe point.
    CallFailed(Box<FailedCall>, Sender<bool>),
    /// Somebody asks, or wants something done.
    Asked(Asked),
    /// The program has something to tell about the library.
    Tell(EventKind),
    Stop,
}

/// Called when a generation waits for the safe point.
pub(crate) type OnReady = Box<dyn Fn() + Send>;

/// What can be asked of a session from other threads.
pub(crate) struct InForce {
    /// The library's package.
    pub(crate) library: String,
    /// 0 before the first.
    pub(crate) generation: AtomicU64,
    /// The states that the code in force looks into.
    views: Mutex<Vec<View>>,
    images: AtomicU64,
    image_bytes: AtomicU64,
    /// Why what is on disk does not run.
    trouble: Mutex<Option<String>>,
    /// The session's thread has done all its work, and cancelled its build.
    ended: AtomicBool,
    /// How long new code is on trial.
    trial: TrialTerms,
    /// How often the library has panicked where.
    repeats: Mutex<faults::Repeats>,
    /// The calls that had begun before the newest generations, by the number of the generation.
    earlier_calls: Mutex<EarlierCalls>,
}

/// The calls under way when a generation came into force, of the newest [`GENERATIONS_WITH_CALLS`].
type EarlierCalls = VecDeque<(u64, Vec<Seen>)>;

/// A call that has gone on for longer than so many generations is put down to the last one of these.
const GENERATIONS_WITH_CALLS: usize = 64;

impl InForce {
    fn new(library: String, target: &Target, trial: TrialTerms) -> Self {
        // Before the first generation, the program's own code is in force.
        let views = match target {
            Target::Entries(of) => verify::kept::views(&verify::entries::views(of.entries())),
            Target::App(_) => Vec::new(),
        };
        Self {
            library,
            generation: AtomicU64::new(0),
            views: Mutex::new(views),
            images: AtomicU64::new(0),
            image_bytes: AtomicU64::new(0),
            trouble: Mutex::default(),
            ended: AtomicBool::new(false),
            trial,
            repeats: Mutex::default(),
            earlier_calls: Mutex::default(),
        }
    }

    /// Notes which calls have begun before this generation comes into force.
    fn note_earlier_calls(&self, generation: u64) {
        let mut earlier = self.earlier_calls.lock();
        earlier.push_front((generation, in_flight::all()));
        earlier.truncate(GENERATIONS_WITH_CALLS);
    }

    /// The generation that was in force when a call began, if it is one of the newest.
    fn begun_in(&self, call: Seen) -> Option<u64> {
        let earlier = self.earlier_calls.lock();
        let has_begun_later = |(_, calls): &&(u64, Vec<Seen>)| !calls.contains(&call);
        earlier.iter().find(has_begun_later).map(|(generation, _)| *generation)
    }

    fn views(&self) -> Vec<View> {
        self.views.lock().clone()
    }

    fn set_views(&self, views: Vec<View>) {
        *self.views.lock() = views;
    }

    /// The images that are loaded.
    pub(crate) fn images(&self) -> Images {
        Images { count: self.images.load(Ordering::Relaxed), bytes: self.image_bytes.load(Ordering::Relaxed) }
    }

    fn count(&self, image: &Image) {
        self.images.fetch_add(1, Ordering::Relaxed);
        self.image_bytes.fetch_add(image.memory(), Ordering::Relaxed);
    }

    fn count_patch(&self, image: &PatchImage) {
        self.images.fetch_add(1, Ordering::Relaxed);
        self.image_bytes.fetch_add(image.memory(), Ordering::Relaxed);
    }
}

/// A session that is about to start: its seat at the program's safe point is to be known before.
pub(crate) struct Prepared {
    project: Project,
    toolchain: Toolchain,
    settings: Settings,
    target: Target,
    inbox: Sender<Message>,
    messages: Receiver<Message>,
    in_force: Arc<InForce>,
}

impl Prepared {
    /// Nothing runs yet.
    pub(crate) fn new(project: Project, toolchain: Toolchain, settings: Settings, target: Target) -> Self {
        let (inbox, messages) = channel();
        let in_force = Arc::new(InForce::new(project.package.clone(), &target, settings.trial));
        Self { project, toolchain, settings, target, inbox, messages, in_force }
    }

    /// The session's seat.
    pub(crate) fn seat(&self) -> Seat {
        Seat { gate: Gate::default(), in_force: self.in_force.clone(), inbox: self.inbox.clone() }
    }

    /// Starts with a build. `place` is that of its seat.
    ///
    /// # Errors
    ///
    /// The operating system gives no thread.
    pub(crate) fn start(
        self,
        point: Arc<SafePoint>,
        place: usize,
        emitter: Arc<Emitter>,
        on_ready: OnReady,
    ) -> std::io::Result<Session> {
        let Prepared { project, toolchain, settings, target, inbox, messages, in_force } = self;
        let judge = Arc::new(Judge::new(settings.on_panic.unwrap_or_default(), inbox.clone()));
        if let Target::Entries(of) = target {
            of.set_judge(judge.clone());
        }
        let wires = run::Wires { inbox: inbox.clone(), point, place, in_force: in_force.clone(), on_ready };
        let worker = run::Worker::new(project, toolchain, settings, target, emitter, wires);
        let target_dir = worker.target_dir().to_owned();
        let ended = in_force.clone();
        let thread = std::thread::Builder::new().name("liveswap".into()).spawn(move || {
            worker.run(&messages);
            ended.ended.store(true, Ordering::Release);
        })?;
        Ok(Session { inbox, in_force, target_dir, judge, thread: Some(thread) })
    }
}

/// A running session. Dropping it stops it: the build is cancelled, and nothing is watched any more. Where it is in code of
/// the library that does not come back, its thread is left behind after 5 seconds.
pub(crate) struct Session {
    inbox: Sender<Message>,
    in_force: Arc<InForce>,
    /// cargo's directory, claimed for this host.
    target_dir: PathBuf,
    judge: Arc<Judge>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    pub(crate) fn in_force(&self) -> &InForce {
        &self.in_force
    }

    pub(crate) fn judge(&self) -> &Judge {
        &self.judge
    }

    pub(crate) fn ender(&self) -> Ender {
        Ender { inbox: self.inbox.clone(), in_force: self.in_force.clone() }
    }

    pub(crate) fn remote(&self) -> Remote {
        Remote::new(self.inbox.clone(), self.in_force.clone())
    }

    pub(crate) fn target_dir(&self) -> &Path {
        &self.target_dir
    }

    /// Has an event emitted in its place among the session's own.
    pub(crate) fn tell(&self, kind: EventKind) {
        let _ = self.inbox.send(Message::Tell(kind));
    }
}

/// How long the end of a session waits for code of the library that it is in: a load hook, or a constructor.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends a session from another thread, where its owner can't: it is stuck in a call of the library.
#[derive(Clone)]
pub(crate) struct Ender {
    inbox: Sender<Message>,
    in_force: Arc<InForce>,
}

impl Ender {
    /// Ends the session and its build; waits for that at most until `deadline`.
    pub(crate) fn end(&self, deadline: Instant) {
        let _ = self.inbox.send(Message::Stop);
        while !self.in_force.ended.load(Ordering::Acquire) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.ender().end(Instant::now() + PATIENCE);
        if !self.in_force.ended.load(Ordering::Acquire) && !thread.is_finished() {
            // What it is stuck in was told; it ends with the process.
            return;
        }
        // A panic of the session's thread was printed; a drop must not panic over it.
        let _ = thread.join();
    }
}

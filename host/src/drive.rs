//! Drives a hot library's application: the loop of `liveswap run`.
//!
//! One thread, the one that calls [`drive`], runs all of the application; between two ticks is the safe point. The
//! loop sleeps on a channel, so a stop or a new generation wakes it at once.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use liveswap::{Answer, Flow, Policy, TrialTerms};

use crate::app::{AppSlot, AppState, FailedTick};
use crate::builder::{StartError, emitter};
use crate::control;
use crate::events::EventKind;
use crate::hangs::Deadlines;
use crate::present::{Style, Terminal};
use crate::project::{Features, Project, Toolchain};
use crate::session::{Ender, Prepared, Remote, SafePoint, Session, Settings, Target};

/// How a library is built and run by [`drive`].
#[derive(Debug, Clone)]
pub struct DriveOptions {
    /// cargo's profile.
    pub profile: String,
    /// The library's features, over those that its manifest asks for.
    pub features: Features,
    /// cargo's target directory; `None` for `liveswap/PACKAGE` in the workspace's own.
    pub target_dir: Option<PathBuf>,
    /// Where the staging directory is made; `None` for the system's temporary directory.
    pub stage_in: Option<PathBuf>,
    /// Compare files at this interval instead of waiting for events.
    pub poll: Option<Duration>,
    /// Whether edited function bodies are patched; `None` leaves it to the manifest. See [`HostBuilder::patch`](crate::HostBuilder::patch).
    pub patch: Option<bool>,
    /// Whether a tick survives a crash; `None` leaves it to the manifest. See
    /// [`HostBuilder::fault_guard`](crate::HostBuilder::fault_guard).
    pub guard: Option<bool>,
    /// How long a tick, `init` or `stop` may last before it is told of; `None` for ever.
    pub deadline: Option<Duration>,
    /// What becomes of a tick that panics, and of its code; `None` leaves it to the manifest. See
    /// [`HostBuilder::on_panic`](crate::HostBuilder::on_panic).
    pub on_panic: Option<Policy>,
    /// How long new code is on trial.
    pub trial: TrialTerms,
    /// What is shown on stderr.
    pub style: Style,
    /// The file for event lines.
    pub events: Option<PathBuf>,
    /// Whether there is a control socket. See [`HostBuilder::control`](crate::HostBuilder::control).
    pub control: bool,
}

/// Stops a [`drive`] from another thread, as from a signal's.
#[derive(Clone)]
pub struct Stopper {
    wake: Sender<()>,
    asked: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
    session: Arc<OnceLock<Ender>>,
    reach: Arc<OnceLock<Reach>>,
}

/// What of a drive can be reached from other threads once it runs.
#[cfg_attr(not(all(unix, feature = "cli")), expect(dead_code, reason = "keys ask for it"))]
pub(crate) struct Reach {
    pub(crate) session: Remote,
    /// Where the events are shown.
    pub(crate) terminal: Option<Arc<Terminal>>,
}

/// The driving end of a [`Stopper`].
pub struct StopSignal {
    woken: Receiver<()>,
    stopper: Stopper,
}

/// A stopper and its signal.
pub fn stopper() -> (Stopper, StopSignal) {
    let (wake, woken) = channel();
    let stopper = Stopper {
        wake,
        asked: Arc::default(),
        stopped: Arc::default(),
        session: Arc::default(),
        reach: Arc::default(),
    };
    (stopper.clone(), StopSignal { woken, stopper })
}

impl Stopper {
    /// Asks for the stop; says whether it was asked for before.
    pub fn stop(&self) -> bool {
        let before = self.asked.swap(true, Ordering::SeqCst);
        // An error says that the loop has ended.
        let _ = self.wake.send(());
        before
    }

    /// Waits until the loop has ended; false where it did not within `deadline`: the library does not come back.
    pub fn wait(&self, deadline: Duration) -> bool {
        let end = Instant::now() + deadline;
        while !self.stopped.load(Ordering::SeqCst) {
            if Instant::now() >= end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// What runs; `None` before it does.
    #[cfg_attr(not(all(unix, feature = "cli")), expect(dead_code, reason = "keys ask for it"))]
    pub(crate) fn reach(&self) -> Option<&Reach> {
        self.reach.get()
    }

    /// Ends everything but the library's own call, for a process that is about to end without it: no build is left
    /// behind.
    pub fn abandon(&self, deadline: Duration) {
        if let Some(session) = self.session.get() {
            session.end(Instant::now() + deadline);
        }
    }
}

impl StopSignal {
    fn is_asked(&self) -> bool {
        self.stopper.asked.load(Ordering::SeqCst)
    }

    /// Sleeps until `until`, or until something happens; false where the program is to end.
    fn sleep(&self, until: Option<Instant>) -> bool {
        let woken = match until {
            Some(until) => self.woken.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => self.woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        woken != Err(RecvTimeoutError::Disconnected) && !self.is_asked()
    }
}

impl Drop for StopSignal {
    fn drop(&mut self) {
        self.stopper.stopped.store(true, Ordering::SeqCst);
    }
}

/// Runs the application of `project` until it, or `signal`, says stop: builds, loads, ticks, watches, swaps.
///
/// A panic in a tick is told. In the first ticks of new code, the last good code comes back into force and goes on; else
/// the application rests until new code is in force, and goes on with its state as it is.
///
/// # Errors
///
/// The file for event lines can't be opened, or there is no thread for the session. A library that does not compile is
/// no error: it is told, and a fix is waited for.
pub fn drive(
    project: Project,
    toolchain: Toolchain,
    options: DriveOptions,
    signal: StopSignal,
) -> Result<(), StartError> {
    let (emitter, terminal) = emitter(Vec::new(), Some(options.style), options.events, false)?;
    let slot = Arc::new(AppSlot::default());
    let settings = Settings {
        profile: options.profile,
        features: options.features,
        target_dir: options.target_dir,
        stage_in: options.stage_in,
        poll: options.poll,
        patch: options.patch,
        guard: options.guard,
        deadlines: Deadlines { all: options.deadline, of: Vec::new() },
        on_panic: options.on_panic,
        trial: options.trial,
        at_once: false,
    };
    let library = project.package.clone();
    // A generation is ready: the loop may be asleep.
    let wake = signal.stopper.wake.clone();
    let on_ready = Box::new(move || wake.send(()).unwrap_or_default());
    let prepared = Prepared::new(project, toolchain, settings, Target::App(slot.clone()));
    let point = Arc::new(SafePoint::new(vec![prepared.seat()]));
    let session =
        prepared.start(point.clone(), 0, emitter, on_ready).map_err(|source| StartError::Thread { library, source })?;
    // Set once: the signal is consumed by this function.
    let _ = signal.stopper.session.set(session.ender());
    let _ = signal.stopper.reach.set(Reach { session: session.remote(), terminal });
    let _control = options.control.then(|| control::serve([&session])).flatten();
    run(&session, &point, &slot, &signal);
    Ok(())
}

fn run(session: &Session, point: &SafePoint, slot: &AppSlot, signal: &StopSignal) {
    let Some(mut state) = first_state(session, point, slot, signal) else { return };
    let mut clock = Clock::new();
    let mut number = 0;
    loop {
        if point.pass(state.cell()) && state.take_up(slot) {
            clock.resume();
        }
        if signal.is_asked() {
            break;
        }
        if let Some(wait_until) = clock.due(state.rate()) {
            if !signal.sleep(wait_until) {
                break;
            }
            continue;
        }
        match state.tick(number, clock.begin_tick()) {
            Ok(Flow::Continue) => number += 1,
            Ok(Flow::Stop) => break,
            Err(failed) => {
                let FailedTick { generation, panic, is_on_trial, touched } = failed;
                match session.judge().app_failed(generation, "tick", &panic, is_on_trial, touched) {
                    // It comes in at the safe point, right now.
                    Answer::Again => {}
                    Answer::Return => {
                        rest(session, "tick");
                        clock.rest();
                    }
                    Answer::Panic => std::panic::resume_unwind(panic),
                }
            }
        }
    }
    if state.stop().is_err() {
        session.tell(EventKind::Warning { message: "the stop hook panicked; the program ends all the same".into() });
    }
}

/// Waits for a generation and makes the state with it; `None` where the program is to end before.
fn first_state(session: &Session, point: &SafePoint, slot: &AppSlot, signal: &StopSignal) -> Option<AppState> {
    loop {
        if point.pass(()) {
            match AppState::init(slot)? {
                Ok(state) => return Some(state),
                Err(_) => {
                    // There is no state yet, so the next generation may have any layout.
                    slot.clear();
                    rest(session, "init");
                }
            }
        }
        if !signal.sleep(None) {
            return None;
        }
    }
}

fn rest(session: &Session, function: &str) {
    session.tell(EventKind::Warning {
        message: format!("`{function}` is not called again until new code is in force; the state is kept"),
    });
}

/// When the next tick is due.
struct Clock {
    last: Option<Instant>,
    next: Instant,
    resting: bool,
}

impl Clock {
    fn new() -> Self {
        Self { last: None, next: Instant::now(), resting: false }
    }

    /// `None` where a tick is due; else until when to sleep, where `Some(None)` is for ever.
    fn due(&mut self, rate: f64) -> Option<Option<Instant>> {
        if self.resting {
            return Some(None);
        }
        let now = Instant::now();
        // The rate may have changed with the code: the pause before the next tick is never longer than the new one.
        let period = Duration::from_secs_f64(1.0 / rate);
        self.next = self.next.min(now + period);
        if now < self.next {
            return Some(Some(self.next));
        }
        self.next += period;
        if self.next < now {
            // Ticks that were missed are not made up for.
            self.next = now + period;
        }
        None
    }

    /// Seconds since the tick before.
    fn begin_tick(&mut self) -> f64 {
        let now = Instant::now();
        let before = self.last.replace(now);
        before.map_or(0.0, |before| now.duration_since(before).as_secs_f64())
    }

    fn rest(&mut self) {
        self.resting = true;
    }

    /// After a rest the next tick is due now, and the rest does not count as time.
    fn resume(&mut self) {
        if std::mem::replace(&mut self.resting, false) {
            self.last = None;
            self.next = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_at_the_rate_and_missed_ones_are_dropped() {
        let mut clock = Clock::new();
        assert_eq!(clock.due(1e-3), None, "the first is due at once");
        assert!(matches!(clock.due(1e-3), Some(Some(_))));
        clock.next = Instant::now() - Duration::from_secs(100);
        // Ten ticks are missed; the next is due long after the end of this test.
        let due = (0..10).filter(|_| clock.due(0.1).is_none()).count();
        assert_eq!(due, 1, "one tick for the ten that were missed");
    }

    #[test]
    fn a_rest_lasts_until_new_code_and_does_not_count() {
        let mut clock = Clock::new();
        assert_eq!(clock.due(10.0), None);
        assert_eq!(clock.begin_tick(), 0.0);
        clock.rest();
        assert_eq!(clock.due(10.0), Some(None));
        clock.resume();
        assert_eq!(clock.due(10.0), None);
        assert_eq!(clock.begin_tick(), 0.0);
    }
}

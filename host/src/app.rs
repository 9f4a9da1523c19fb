//! The application of a hot library, as the program that drives it sees it: its state, and the code in force for it.
//!
//! The state outlives generations, and is moved where one changes its layout; the library's functions work on it. It is
//! only used by the thread that drives the application.

use std::alloc::Layout;
use std::sync::Arc;
use std::time::Instant;

use liveswap::layout::Describe;
use liveswap::state::snapshot::Made;
use liveswap::state::{DescribeState, KeptCell};
use liveswap::{AppDescription, Flow, HotPanic, Tick, Touched, Trial, TrialTerms, in_flight};
use parking_lot::Mutex;

use crate::migrate::{Plan, Scratch, free};
use crate::verify::identity::Identities;
use crate::verify::{VerifyError, layout};

/// The application in force; filled at a safe point, read by [`AppState`].
#[derive(Default)]
pub struct AppSlot {
    current: Mutex<Option<InForce>>,
}

#[derive(Clone)]
struct InForce {
    description: AppDescription,
    generation: u64,
    trial: Arc<Trial>,
}

impl AppSlot {
    /// Whether the kept state can go on under `new`: it has that layout, or there is a way to it. Gives what will change.
    ///
    /// # Errors
    ///
    /// Each part that has no way to its new layout, or is another type of the same name.
    pub fn check(&self, new: DescribeState, identities: &Identities) -> Result<Vec<String>, VerifyError> {
        let Some(old) = self.current.lock().as_ref().map(|current| current.description.state) else {
            return Ok(Vec::new());
        };
        let (old, new) = (old(), new());
        let foreign = layout::foreign_changes(old.layout, new.layout, identities);
        VerifyError::if_any(foreign, "undo that, or restart to take it up")?;
        Plan::new(old, new).map(|plan| plan.notes).map_err(VerifyError::no_way)
    }

    /// The layout of the state in force.
    pub(crate) fn layout(&self) -> Option<Describe> {
        self.current.lock().as_ref().map(|current| (current.description.state)().layout)
    }

    pub(crate) fn set(&self, description: AppDescription, generation: u64, terms: TrialTerms) {
        *self.current.lock() = Some(InForce { description, generation, trial: trial(generation, terms) });
    }

    /// Its code was patched: it is this generation now.
    pub(crate) fn renumber(&self, generation: u64, terms: TrialTerms) {
        if let Some(in_force) = self.current.lock().as_mut() {
            (in_force.generation, in_force.trial) = (generation, trial(generation, terms));
        }
    }

    /// Forgets the application: its `init` failed, so there is no state whose layout would have to be kept.
    pub(crate) fn clear(&self) {
        *self.current.lock() = None;
    }
}

/// The state of an application, and the functions in force for it.
pub struct AppState {
    cell: KeptCell,
    in_force: InForce,
    made: Instant,
}

/// A state as it was before a tick.
enum Saved {
    Clone(Made),
    Bytes(Vec<u8>),
}

/// A tick that panicked.
#[derive(Debug)]
pub struct FailedTick {
    /// The generation whose code did.
    pub generation: u64,
    /// The panic.
    pub panic: Box<HotPanic>,
    /// Whether this was one of the generation's first ticks.
    pub is_on_trial: bool,
    /// What became of the state.
    pub touched: Touched,
}

impl AppState {
    /// Makes the state with the application in force; `None` where there is none yet.
    ///
    /// # Errors
    ///
    /// A panic in `init`; then there is no state.
    pub fn init(slot: &AppSlot) -> Option<Result<AppState, Box<HotPanic>>> {
        let in_force = slot.current.lock().clone()?;
        let state = (in_force.description.state)();
        let layout = (state.layout)();
        let memory = Scratch::value(layout.size, layout.align).unwrap_or_else(|| {
            let layout = Layout::from_size_align(layout.size, layout.align);
            std::alloc::handle_alloc_error(layout.unwrap_or(Layout::new::<()>()))
        });
        // SAFETY: the memory has the size and alignment that the application's own description says, and is not
        // initialised.
        let made = in_flight::enter_for(in_force.description.init as *const (), || unsafe {
            (in_force.description.init)(memory.first().cast())
        });
        let made = made.into_result();
        Some(made.map(|()| {
            // SAFETY: `init` has written the state, and the memory is `free`'s.
            let cell = unsafe { KeptCell::from_raw("the state", state, memory.into_raw(), free) };
            AppState { cell, in_force, made: Instant::now() }
        }))
    }

    /// The state, for a swap to move it.
    pub(crate) fn cell(&mut self) -> &mut KeptCell {
        &mut self.cell
    }

    /// Takes up the application in force; says whether it is another one. Called between ticks, after the state was
    /// moved.
    pub fn take_up(&mut self, slot: &AppSlot) -> bool {
        let Some(newest) = slot.current.lock().clone() else { return false };
        let is_new = newest.generation != self.in_force.generation;
        self.in_force = newest;
        is_new
    }

    /// Ticks per second; at least one in a thousand seconds, at most a million a second.
    pub fn rate(&self) -> f64 {
        let rate = self.in_force.description.rate;
        if rate.is_finite() { rate.clamp(1e-3, 1e6) } else { 60.0 }
    }

    /// One step. Before one of code on trial, the state is copied, where its type is `Clone` or has `#[hot(snapshot)]`.
    ///
    /// # Errors
    ///
    /// A panic in it, or the state is lost.
    pub fn tick(&mut self, number: u64, seconds: f64) -> Result<Flow, FailedTick> {
        let generation = self.in_force.generation;
        if self.cell.is_lost() {
            return Err(FailedTick { generation, panic: lost(), is_on_trial: false, touched: Touched::Stays });
        }
        let is_on_trial = self.in_force.trial.is_on();
        let saved = if is_on_trial { self.save() } else { None };
        let tick = Tick { number, generation, seconds };
        // SAFETY: the state was made by `init`, and was moved to the layout of the application in force when that came
        // into force; `&mut self` makes this the only use.
        let call = || unsafe { (self.in_force.description.tick)(self.cell.data().cast(), tick) };
        let came = in_flight::enter_for(self.in_force.description.tick as *const (), call).into_result();
        match came {
            Ok(flow) => {
                if is_on_trial {
                    self.in_force.trial.passed(generation, self.now());
                }
                Ok(flow)
            }
            Err(panic) => {
                let touched = saved.map_or(Touched::Stays, |saved| self.put_back(saved, panic.signal != 0));
                Err(FailedTick { generation, panic, is_on_trial, touched })
            }
        }
    }

    /// The state as it is now, if that can be had and does not take too long.
    fn save(&self) -> Option<Saved> {
        let InForce { trial, description, .. } = &self.in_force;
        if !trial.may_clone() {
            return None;
        }
        let start = Instant::now();
        let saved = match (&description.clone, &self.cell.state().snapshot) {
            // SAFETY: the state is that of the application in force, whose code this is.
            (Some(clone), _) => unsafe { self.cell.duplicate(clone) }.ok().map(Saved::Clone),
            (None, Some(_)) => self.cell.save().ok().map(Saved::Bytes),
            (None, None) => None,
        };
        trial.has_cloned(start.elapsed());
        saved
    }

    /// What was there is dropped, unless it `is_torn`: a crash has left it in the middle of a change.
    fn put_back(&mut self, saved: Saved, is_torn: bool) -> Touched {
        let made = match saved {
            Saved::Clone(made) => Some(made),
            Saved::Bytes(bytes) => self.cell.read(&bytes).ok(),
        };
        made.map_or(Touched::Stays, |made| {
            let old = self.cell.put(made);
            if is_torn {
                std::mem::forget(old);
            }
            Touched::PutBack
        })
    }

    /// Milliseconds of a clock that begins at 1.
    fn now(&self) -> u64 {
        1 + u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// The stop hook; the state is dropped afterwards.
    ///
    /// # Errors
    ///
    /// A panic in the hook.
    pub fn stop(self) -> Result<(), Box<HotPanic>> {
        if self.cell.is_lost() {
            return Err(lost());
        }
        // SAFETY: as in `tick`.
        let call = || unsafe { (self.in_force.description.stop)(self.cell.data().cast()) };
        in_flight::enter_for(self.in_force.description.stop as *const (), call).into_result()
    }
}

fn trial(generation: u64, terms: TrialTerms) -> Arc<Trial> {
    let trial = Trial::none();
    trial.begin(generation, terms.calls, u64::try_from(terms.time.as_millis()).unwrap_or(u64::MAX));
    Arc::new(trial)
}

#[cold]
fn lost() -> Box<HotPanic> {
    let (message, nothing) = ("the state is lost".into(), String::new);
    Box::new(HotPanic { message, file: nothing(), line: 0, column: 0, backtrace: nothing(), signal: 0 })
}

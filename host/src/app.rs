//! The application of a hot library, as the program that drives it sees it: its state, and the code in force for it.
//!
//! The state is a block of memory of this process that outlives generations; the library's functions work on it. It is
//! only used by the thread that drives the application.

use std::alloc::Layout;
use std::ptr::NonNull;

use liveswap::layout::Describe;
use liveswap::{AppDescription, Flow, HotPanic, Tick};
use parking_lot::Mutex;

use crate::verify::identity::Identities;
use crate::verify::{VerifyError, layout};

/// The application in force; filled at a safe point, read by [`AppState`].
#[derive(Default)]
pub struct AppSlot {
    current: Mutex<Option<InForce>>,
}

#[derive(Clone, Copy)]
struct InForce {
    description: AppDescription,
    generation: u64,
}

impl AppSlot {
    /// Whether the kept state can go on under `new`: its layout is compared with the application's in force.
    ///
    /// # Errors
    ///
    /// Each difference of the layouts.
    pub fn check(&self, new: Describe, identities: &Identities) -> Result<(), VerifyError> {
        let Some(old) = self.current.lock().map(|current| current.description.state) else { return Ok(()) };
        let differences = layout::diff(old, new, identities);
        VerifyError::if_any(differences, "the kept state can't be moved to the new layout; undo that, or restart")
    }

    pub(crate) fn set(&self, description: AppDescription, generation: u64) {
        *self.current.lock() = Some(InForce { description, generation });
    }

    /// Forgets the application: its `init` failed, so there is no state whose layout would have to be kept.
    pub(crate) fn clear(&self) {
        *self.current.lock() = None;
    }
}

/// The state of an application, and the functions in force for it.
pub struct AppState {
    memory: NonNull<u8>,
    layout: Layout,
    in_force: InForce,
    /// Set once the state was dropped, or a panic in `init` left none.
    gone: bool,
}

impl AppState {
    /// Makes the state with the application in force; `None` where there is none yet.
    ///
    /// # Errors
    ///
    /// A panic in `init`; then there is no state.
    pub fn init(slot: &AppSlot) -> Option<Result<AppState, Box<HotPanic>>> {
        let in_force = (*slot.current.lock())?;
        let info = (in_force.description.state)();
        let layout = Layout::from_size_align(info.size, info.align).ok()?;
        let memory = if layout.size() == 0 {
            NonNull::without_provenance(std::num::NonZero::new(layout.align())?)
        } else {
            // SAFETY: the layout has a size.
            NonNull::new(unsafe { std::alloc::alloc(layout) }).unwrap_or_else(|| std::alloc::handle_alloc_error(layout))
        };
        let mut state = AppState { memory, layout, in_force, gone: true };
        // SAFETY: the memory has the size and alignment that the application's own description says, and is not
        // initialised.
        let made = unsafe { (in_force.description.init)(state.memory.as_ptr().cast()) }.into_result();
        Some(made.map(|()| {
            state.gone = false;
            state
        }))
    }

    /// Takes up the application in force; says whether it is another one. Called between ticks.
    pub fn take_up(&mut self, slot: &AppSlot) -> bool {
        let Some(newest) = *slot.current.lock() else { return false };
        let is_new = newest.generation != self.in_force.generation;
        self.in_force = newest;
        is_new
    }

    /// Ticks per second; at least one in a thousand seconds, at most a million a second.
    pub fn rate(&self) -> f64 {
        let rate = self.in_force.description.rate;
        if rate.is_finite() { rate.clamp(1e-3, 1e6) } else { 60.0 }
    }

    /// One step.
    ///
    /// # Errors
    ///
    /// A panic in it; the state is as the panic left it.
    pub fn tick(&mut self, number: u64, seconds: f64) -> Result<Flow, Box<HotPanic>> {
        let tick = Tick { number, generation: self.in_force.generation, seconds };
        // SAFETY: the state was made by `init`, `verify` found its layout unchanged in the application in force, and
        // `&mut self` makes this the only use.
        unsafe { (self.in_force.description.tick)(self.memory.as_ptr().cast(), tick) }.into_result()
    }

    /// The stop hook, then the state is dropped.
    ///
    /// # Errors
    ///
    /// A panic in either; the state is dropped all the same where it can be.
    pub fn stop(mut self) -> Result<(), Box<HotPanic>> {
        self.gone = true;
        let state = self.memory.as_ptr().cast();
        // SAFETY: as in `tick`; after the second call nothing uses the state.
        let stopped = unsafe { (self.in_force.description.stop)(state) }.into_result();
        // SAFETY: as above.
        let dropped = unsafe { (self.in_force.description.release)(state) }.into_result();
        stopped.and(dropped)
    }
}

impl Drop for AppState {
    fn drop(&mut self) {
        if !self.gone {
            // SAFETY: the state is there and not used after this. A panic was reported by the library's hook.
            let _ = unsafe { (self.in_force.description.release)(self.memory.as_ptr().cast()) }.into_result();
        }
        if self.layout.size() > 0 {
            // SAFETY: allocated in `init` with this layout.
            unsafe { std::alloc::dealloc(self.memory.as_ptr(), self.layout) };
        }
    }
}

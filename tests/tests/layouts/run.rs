//! One case: what must come of it, and what does.

use std::alloc::{self, Layout};
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use liveswap::layout::equal;
use liveswap::state::{KeptCell, StateInfo};
use liveswap_host::migrate::{Plan, carry};

use super::common::{Case, Ledger, MOST};

pub static LEDGER: Ledger = Ledger {
    next: AtomicU32::new(0),
    made: [const { AtomicU32::new(0) }; MOST],
    dropped: [const { AtomicU32::new(0) }; MOST],
};

/// What comes of a move.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The layouts are equal: there is nothing to move.
    Same,
    /// The value stands in the new layout; complaints are panics of destructors.
    Moved { notes: Vec<String>, shown: String, complaints: Vec<String> },
    /// The plan has errors.
    Refused(Vec<String>),
    /// This value could not be moved.
    Failed(String),
}

/// A value of one of the images.
pub struct Held {
    cell: KeptCell,
    show: fn(*const u8) -> String,
}

impl Held {
    pub fn new(case: &'static Case, make: Option<fn(u64, *mut u8)>, seed: u64) -> Held {
        let state = (case.state)();
        let data = memory(state);
        make.expect("the case has a value")(seed, data);
        // SAFETY: `make` has written a value of the type; `free` frees what `memory` gives.
        let cell = unsafe { KeptCell::from_raw(case.name, state, data, free) };
        Held { cell, show: case.show }
    }

    pub fn shown(&self) -> String {
        (self.show)(self.cell.data())
    }

    /// Moves the value, after a move that was taken back; checks what must be so in each case.
    ///
    /// # Errors
    ///
    /// What was not as it must be.
    pub fn move_to(&mut self, case: &'static Case) -> Result<Outcome, String> {
        let (from, to) = (self.cell.state(), (case.state)());
        if equal(from.layout, to.layout) {
            self.show = case.show;
            return Ok(Outcome::Same);
        }
        let plan = match Plan::new(from, to) {
            Ok(plan) => plan,
            Err(errors) => return Ok(Outcome::Refused(errors)),
        };
        let before = (self.shown(), live());
        let still_whole = |what: &str| {
            let after = (self.shown(), live());
            let same = before == after && twice().is_empty();
            let text = || format!("{what}, the old value is not as it was: {before:?} {after:?}, twice: {:?}", twice());
            if same { Ok(()) } else { Err(text()) }
        };
        // SAFETY: of all this, the value is of the plan's type, both images stay loaded, and nobody else uses it.
        match unsafe { carry(&plan, self.cell.data()) } {
            Ok(carried) => {
                carried.undo();
                still_whole("after a move that was taken back")?;
            }
            Err(failure) => {
                if failure.is_spoilt {
                    self.cell.lose();
                } else {
                    still_whole("after a move that failed")?;
                }
                return Ok(Outcome::Failed(failure.text(&root(from))));
            }
        }
        // SAFETY: as above.
        let again = unsafe { carry(&plan, self.cell.data()) };
        let finished = again.map_err(|failure| format!("only the second move failed: {failure:?}"))?.finish();
        // SAFETY: `finish` took the old value apart and gave the new one.
        unsafe { self.cell.replace(to, finished.data, finished.free) };
        self.show = case.show;
        Ok(Outcome::Moved { notes: plan.notes, shown: self.shown(), complaints: finished.complaints })
    }
}

fn root(state: &StateInfo) -> String {
    let name = ((state.layout)().name)();
    let name = name.split('<').next().unwrap_or_default();
    name.rsplit("::").next().unwrap_or_default().to_owned()
}

fn memory(state: &StateInfo) -> *mut u8 {
    let layout = (state.layout)();
    if layout.size == 0 {
        return std::ptr::without_provenance_mut(layout.align);
    }
    let layout = Layout::from_size_align(layout.size, layout.align).expect("a type's layout");
    // SAFETY: it has a size.
    let memory = unsafe { alloc::alloc(layout) };
    assert!(!memory.is_null(), "memory for a value");
    memory
}

unsafe extern "C" fn free(memory: *mut u8, size: usize, align: usize) {
    if size > 0 {
        // SAFETY: allocated by `memory` with this layout.
        unsafe { alloc::dealloc(memory, Layout::from_size_align_unchecked(size, align)) };
    }
}

/// Begins a new count.
pub fn start_counting() {
    LEDGER.next.store(0, Ordering::Relaxed);
    LEDGER.made.iter().chain(&LEDGER.dropped).for_each(|count| count.store(0, Ordering::Relaxed));
}

fn counted(is: impl Fn(u32, u32) -> bool) -> Vec<usize> {
    let count = LEDGER.next.load(Ordering::Relaxed) as usize;
    let numbers = |number: &usize| {
        let (made, dropped) = (&LEDGER.made[*number], &LEDGER.dropped[*number]);
        is(made.load(Ordering::Relaxed), dropped.load(Ordering::Relaxed))
    };
    (0..count).filter(numbers).collect()
}

/// The values that were made and not dropped.
fn live() -> Vec<usize> {
    counted(|made, dropped| made > dropped)
}

/// The values that were dropped more often than made.
fn twice() -> Vec<usize> {
    counted(|made, dropped| dropped > made)
}

/// What is wrong with the count now that everything is gone.
pub fn miscounted() -> String {
    let (live, twice) = (live(), twice());
    let mut text = String::new();
    if !live.is_empty() {
        let _ = writeln!(text, "never dropped: {live:?}");
    }
    if !twice.is_empty() {
        let _ = writeln!(text, "dropped twice: {twice:?}");
    }
    text
}

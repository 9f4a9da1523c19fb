//! The safe point of a program: where what its libraries have ready comes into force, together, and with the state in hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use liveswap::state::{KeptCell, registry};
use liveswap::{AtRest, Cells};
use parking_lot::Mutex;

use super::ready::{adopt, bring_in, bring_in_alone, settle};
use super::{InForce, Message, Ready};
use crate::events::EventKind;
use crate::gate::Gate;

/// What a safe point knows of one library.
pub(crate) struct Seat {
    pub(super) gate: Gate<Ready>,
    pub(crate) in_force: Arc<InForce>,
    pub(super) inbox: Sender<Message>,
}

/// Holds a state for as long as the function that it is given runs.
type Keeper = Box<dyn Fn(Cells<'_>, &mut dyn FnMut(Cells<'_>)) + Send + Sync>;

/// The safe point of all libraries of a program.
pub(crate) struct SafePoint {
    seats: Vec<Seat>,
    /// State that is held without being handed over each time.
    keepers: Mutex<Vec<Keeper>>,
    /// One thread at a time goes through what waits.
    passing: Mutex<()>,
    /// How many `Kept`s had been made when all were laid out as the code in force has them.
    settled: AtomicU64,
    complaints: Mutex<Vec<String>>,
}

impl SafePoint {
    /// A safe point of these libraries.
    pub(crate) fn new(seats: Vec<Seat>) -> Self {
        Self {
            seats,
            keepers: Mutex::default(),
            passing: Mutex::default(),
            settled: AtomicU64::new(0),
            complaints: Mutex::default(),
        }
    }

    /// The libraries, in the order of their sessions.
    pub(crate) fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// From here on, holds this state too at each safe point.
    pub(crate) fn keep(&self, keeper: Keeper) {
        self.keepers.lock().push(keeper);
        // Whether it is laid out as the code in force has it is not known yet.
        self.settled.store(u64::MAX, Ordering::Relaxed);
    }

    /// What waits comes into force. Says whether anything did.
    #[inline]
    pub(crate) fn pass(&self, state: impl AtRest) -> bool {
        // Relaxed: a `Kept` that is made at this moment is seen at the next safe point.
        let is_settled = registry::added() == self.settled.load(Ordering::Relaxed);
        if is_settled && !self.seats.iter().any(|seat| seat.gate.is_waiting()) {
            return false;
        }
        self.pass_what_waits(state)
    }

    #[cold]
    fn pass_what_waits(&self, state: impl AtRest) -> bool {
        let _one_at_a_time = self.passing.lock();
        let made = registry::added();
        // All of them, since libraries that share a state come into force together.
        let mut ready: Vec<Ready> = self.seats.iter().filter_map(|seat| seat.gate.take()).collect();
        let libraries: Vec<_> = self.seats.iter().map(|seat| seat.in_force.clone()).collect();
        let keepers = self.keepers.lock();
        let mut any = false;
        state.hold(Cells::new(), &mut |cells| {
            hold_all(&keepers, cells, &mut |cells| {
                let mut cells = cells.into_vec();
                let coming = std::mem::take(&mut ready);
                if !coming.is_empty() {
                    let came = bring_in(coming, &libraries, &mut cells);
                    (any, ready) = (came.any, came.waits);
                }
                let (errors, is_settled) = settle(&libraries, &mut cells);
                self.settled.store(if is_settled { made } else { u64::MAX }, Ordering::Relaxed);
                self.complain(errors);
            });
        });
        for waiting in ready {
            if let Some(seat) = self.seats.iter().find(|seat| waiting.is_of(&seat.in_force)) {
                // Unless a newer one waits by now.
                seat.gate.put_back(waiting);
            }
        }
        any
    }

    /// Brings a generation into force between two safe points; gives it back where it has to move state, or where a safe
    /// point is being passed at this moment.
    pub(super) fn bring_in_now(&self, ready: Ready) -> Option<Ready> {
        // Not waited for: who passes may wait for a lock that the caller's caller holds.
        match self.passing.try_lock() {
            Some(_one_at_a_time) => bring_in_alone(ready),
            None => Some(ready),
        }
    }

    /// Holds the state for `then`, as the code in force lays it out and with that code's functions. Nothing new comes into
    /// force meanwhile.
    pub(crate) fn hold<R>(&self, state: impl AtRest, then: impl FnOnce(&mut [&mut KeptCell]) -> R) -> R {
        let _one_at_a_time = self.passing.lock();
        let libraries: Vec<_> = self.seats.iter().map(|seat| seat.in_force.clone()).collect();
        let keepers = self.keepers.lock();
        let (mut then, mut result) = (Some(then), None);
        state.hold(Cells::new(), &mut |cells| {
            hold_all(&keepers, cells, &mut |cells| {
                let mut cells = cells.into_vec();
                let (errors, _) = settle(&libraries, &mut cells);
                self.complain(errors);
                adopt(&libraries, &mut cells);
                result = then.take().map(|then| then(&mut cells));
            });
        });
        match then {
            // A lock of the program's own has not called back: nothing is in hand.
            Some(then) => then(&mut []),
            None => result.expect("what the call gave"),
        }
    }

    /// Tells of states that can't be moved, each once: the next safe point tries again.
    fn complain(&self, errors: Vec<String>) {
        let mut told = self.complaints.lock();
        for message in errors {
            if let (false, Some(seat)) = (told.contains(&message), self.seats.first()) {
                let _ = seat.inbox.send(Message::Tell(EventKind::Warning { message: message.clone() }));
                told.push(message);
            }
        }
    }
}

fn hold_all(keepers: &[Keeper], cells: Cells<'_>, then: &mut dyn FnMut(Cells<'_>)) {
    match keepers.split_first() {
        Some((first, rest)) => first(cells, &mut |cells| hold_all(rest, cells, then)),
        None => then(cells),
    }
}

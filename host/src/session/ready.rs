//! The safe point: checked generations come into force, and the state that they lay out anew is moved for them.
//!
//! Several libraries may work on one state. They come into force together then: a state is moved when all who look into
//! it know the new layout. And a move needs the state in hand, which the program gives at its safe point. What is missing
//! is waited for, and told.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use liveswap::TrialTerms;
use liveswap::layout::equal;
use liveswap::state::{KeptCell, registry};

use super::{InForce, Message};
use crate::events::EventKind;
use crate::migrate::{Carried, Plan, carry};
use crate::publish::Publication;
use crate::verify::kept::{self, View};
use crate::verify::layout::short;

/// A checked generation, ready to come into force.
pub(crate) struct Ready {
    pub(super) publication: Publication,
    pub(super) generation: u64,
    /// The states that its code looks into.
    pub(super) views: Vec<View>,
    pub(super) in_force: Arc<InForce>,
    pub(super) told: Sender<Message>,
    /// Why it could not come at the last safe point.
    pub(super) reason: Option<String>,
}

/// What came of a safe point.
pub(crate) struct Came {
    /// A generation came into force.
    pub(crate) any: bool,
    /// What can't come yet.
    pub(crate) waits: Vec<Ready>,
}

/// A state that is to be moved.
struct Move {
    name: String,
    to: View,
}

/// Brings into force what can come. `others` are all the program's libraries, those that are ready among them.
pub(crate) fn bring_in(ready: Vec<Ready>, others: &[Arc<InForce>], cells: &mut [&mut KeptCell]) -> Came {
    let start = Instant::now();
    let (ready, moves, waits) = choose(ready, others, cells);
    if ready.is_empty() {
        return Came { any: false, waits };
    }
    let plans = match plan(&moves, cells) {
        Ok(plans) => plans,
        Err(reason) => return refuse(ready, &reason, waits),
    };
    // SAFETY: the cells are borrowed exclusively; plans were made of their own descriptions and of those of a verified
    // image, which stay loaded.
    let carried: Result<Vec<_>, _> = unsafe { carry_all(&plans, cells) };
    let carried = match carried {
        Ok(carried) => carried,
        Err(reason) => return refuse(ready, &reason, waits),
    };
    let migrate = start.elapsed();
    let told = ready[0].told.clone();
    let views: Vec<View> = ready.iter().flat_map(Ready::all_views).collect();
    for ready in ready {
        ready.publish(migrate);
    }
    for message in put(&plans, carried, cells) {
        let _ = told.send(Message::Tell(EventKind::Warning { message }));
    }
    // What did not have to move goes over to the new code all the same: to its destructors.
    for cell in cells {
        if let Some(view) = kept::find(&views, cell.state()) {
            cell.adopt(view);
        }
    }
    Came { any: true, waits }
}

/// Brings a generation into force that has to move no state; gives back one that has to.
pub(crate) fn bring_in_alone(ready: Ready) -> Option<Ready> {
    if !matches!(ready.image(), Publication::Entries { .. }) || !ready.wants(&[]).is_empty() {
        return Some(ready);
    }
    ready.publish(Duration::ZERO);
    None
}

/// Puts the new values in the places of the old ones. Gives the complaints of destructors.
fn put(plans: &[(usize, Plan)], carried: Vec<Carried<'_>>, cells: &mut [&mut KeptCell]) -> Vec<String> {
    let mut messages = Vec::new();
    for ((place, plan), carried) in plans.iter().zip(carried) {
        let (finished, cell) = (carried.finish(), &mut cells[*place]);
        // SAFETY: the old content was taken apart just now, and this is the new one.
        unsafe { cell.replace(plan.new, finished.data, finished.free) };
        let complaints = finished.complaints.into_iter();
        messages
            .extend(complaints.map(|text| format!("a destructor panicked while `{}` was moved: {text}", cell.name())));
    }
    messages
}

/// Moves states that are not laid out as the code in force has them: those that the program's own code made after a swap
/// had changed their type. Gives what can't be moved, and whether all states are as they should be.
pub(crate) fn settle(libraries: &[Arc<InForce>], cells: &mut [&mut KeptCell]) -> (Vec<String>, bool) {
    let views: Vec<View> = libraries.iter().flat_map(|library| library.views()).collect();
    let now = |of: View| kept::find(&views, of);
    let is_stale = |state: View| now(state).is_some_and(|view| !equal(view.layout, state.layout));
    let stale = cells.iter().filter(|cell| is_stale(cell.state()));
    let moves: Vec<Move> =
        stale.filter_map(|cell| Some(Move { name: cell.name().to_owned(), to: now(cell.state())? })).collect();
    // One by one: these moves have nothing to do with each other.
    let errors = moves.into_iter().filter_map(|wanted| {
        let name = wanted.name.clone();
        let plans = plan(&[wanted], cells);
        // SAFETY: as in `bring_in`.
        let done =
            plans.and_then(|plans| unsafe { carry_all(&plans, cells) }.map(|carried| put(&plans, carried, cells)));
        let reason = done.err()?;
        Some(format!("the `Kept` \"{name}\" can't be moved to the layout of the code in force:\n{reason}"))
    });
    let errors = errors.collect();
    (errors, !registry::all().into_iter().any(|(_, state)| is_stale(state)))
}

/// Has states go over to the code in force where they don't have to move for it and were not in hand when it came.
pub(crate) fn adopt(libraries: &[Arc<InForce>], cells: &mut [&mut KeptCell]) {
    let views: Vec<View> = libraries.iter().flat_map(|library| library.views()).collect();
    for cell in cells {
        let is_in_force = views.iter().any(|view| ptr::eq(*view, cell.state()));
        if let (false, Some(view)) = (is_in_force, kept::find(&views, cell.state())) {
            cell.adopt(view);
        }
    }
}

/// The generations that can come now, the states that move for them, and those that wait.
fn choose(
    mut ready: Vec<Ready>,
    others: &[Arc<InForce>],
    cells: &[&mut KeptCell],
) -> (Vec<Ready>, Vec<Move>, Vec<Ready>) {
    let mut waits = Vec::new();
    loop {
        let mut moves: Vec<Move> = Vec::new();
        let obstacle = ready.iter().enumerate().find_map(|(place, one)| {
            let wanted = one.wants(cells);
            let reason = wanted.iter().find_map(|wanted| obstacle(wanted, &moves, &ready, others, cells));
            moves.extend(wanted);
            reason.map(|reason| (place, reason))
        });
        let Some((place, reason)) = obstacle else { return (ready, moves, waits) };
        let mut waiting = ready.remove(place);
        waiting.tell_that_it_waits(reason);
        waits.push(waiting);
    }
}

/// Why a move can't be made now.
fn obstacle(
    wanted: &Move,
    moves: &[Move],
    ready: &[Ready],
    others: &[Arc<InForce>],
    cells: &[&mut KeptCell],
) -> Option<String> {
    let Move { name, to } = wanted;
    let differs = |views: &[View]| kept::find(views, to).is_some_and(|view| !equal(view.layout, to.layout));
    if moves.iter().any(|other| other.name == *name && !equal(other.to.layout, to.layout)) {
        return Some(format!("another library lays out \"{name}\" in another way"));
    }
    // Those that come with it are asked for what they will see, the others for what they see now.
    let coming = |library: &Arc<InForce>| ready.iter().find(|ready| Arc::ptr_eq(&ready.in_force, library));
    let stale = others.iter().find(|library| match coming(library) {
        Some(ready) => differs(&ready.views),
        None => differs(&library.views()),
    });
    let ty = || short((to.layout)());
    if let Some(library) = stale {
        return Some(format!("`{}` still works on `{}` as it was, in \"{name}\"", library.library, ty()));
    }
    if !cells.iter().any(|cell| cell.name() == name) {
        return Some(format!(
            "it moves the `Kept` \"{name}\" to a new layout of `{}`, and must have it in hand: call `host.tick_with(&mut …)` with it",
            ty()
        ));
    }
    None
}

/// The plans, each with the place of its cell.
fn plan(moves: &[Move], cells: &[&mut KeptCell]) -> Result<Vec<(usize, Plan)>, String> {
    let mut plans: Vec<(usize, Plan)> = Vec::new();
    for wanted in moves {
        let Some(place) = cells.iter().position(|cell| cell.name() == wanted.name) else { continue };
        // Two libraries may want the same.
        if !plans.iter().any(|(planned, _)| *planned == place) {
            let plan = Plan::new(cells[place].state(), wanted.to).map_err(|errors| errors.join("\n"))?;
            plans.push((place, plan));
        }
    }
    Ok(plans)
}

/// Makes all the new values; where one can't be made, none is left.
///
/// # Safety
///
/// As for [`carry`], with the content of each plan's cell.
unsafe fn carry_all<'p>(plans: &'p [(usize, Plan)], cells: &mut [&mut KeptCell]) -> Result<Vec<Carried<'p>>, String> {
    let mut done: Vec<Carried<'p>> = Vec::new();
    for (place, plan) in plans {
        // SAFETY: by the contract.
        match unsafe { carry(plan, cells[*place].data()) } {
            Ok(carried) => done.push(carried),
            Err(failure) => {
                done.into_iter().for_each(Carried::undo);
                let mut reason = failure.text(&short((plan.old.layout)()));
                if failure.is_spoilt {
                    cells[*place].lose();
                    reason += "\nthe state is lost; restart the program";
                }
                return Err(reason);
            }
        }
    }
    Ok(done)
}

fn refuse(ready: Vec<Ready>, reason: &str, waits: Vec<Ready>) -> Came {
    for ready in ready {
        let message = Message::NotMoved { generation: ready.generation, reason: reason.to_owned() };
        let _ = ready.told.send(message);
    }
    Came { any: false, waits }
}

impl Ready {
    /// Whether it is a generation of this library.
    pub(crate) fn is_of(&self, library: &Arc<InForce>) -> bool {
        Arc::ptr_eq(&self.in_force, library)
    }

    /// The states that must move for it.
    fn wants(&self, cells: &[&mut KeptCell]) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut want = |name: &str, now: View, to: View| {
            if !equal(now.layout, to.layout) {
                moves.push(Move { name: name.to_owned(), to });
            }
        };
        match self.image() {
            // Its one state, where it is made already; it may even change its name.
            Publication::App { description, .. } => {
                cells.iter().for_each(|cell| want(cell.name(), cell.state(), (description.state)()));
            }
            Publication::Entries { .. } => {
                for (name, now) in registry::all() {
                    kept::find(&self.views, now).into_iter().for_each(|view| want(&name, now, view));
                }
            }
            // A patch lays nothing out anew.
            Publication::Patch { .. } | Publication::Again { .. } => {}
        }
        moves
    }

    /// What it is at the bottom.
    fn image(&self) -> &Publication {
        match &self.publication {
            Publication::Again { image, .. } => image,
            publication => publication,
        }
    }

    /// The states that its code looks into, the application's among them.
    fn all_views(&self) -> Vec<View> {
        match self.image() {
            Publication::App { description, .. } => vec![(description.state)()],
            _ => self.views.clone(),
        }
    }

    fn publish(self, migrate: Duration) {
        // The first generation has nothing behind it.
        let terms = if self.generation == 1 { TrialTerms::NONE } else { self.in_force.trial };
        self.in_force.note_earlier_calls(self.generation);
        // SAFETY: `Ready` is only made of what `attempt` has checked, and the state was moved.
        unsafe { self.publication.publish(self.generation, terms) };
        self.in_force.generation.store(self.generation, Ordering::Release);
        self.in_force.set_views(self.views);
        // An error says that the session has ended; then nobody waits for the event.
        let _ = self.told.send(Message::Published { generation: self.generation, at: Instant::now(), migrate });
    }

    fn tell_that_it_waits(&mut self, reason: String) {
        // Once, not at every tick.
        if self.reason.as_ref() == Some(&reason) {
            return;
        }
        self.reason = Some(reason.clone());
        let _ = self.told.send(Message::Waits { generation: self.generation, reason });
    }
}

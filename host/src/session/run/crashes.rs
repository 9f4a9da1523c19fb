//! Crashes and hangs of the library: which code is its own, and what is told of faults that no call comes back from.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use liveswap::state::OTHER_LAYOUT;
use liveswap::{Deadline, PanicReport};

use super::Worker;
use crate::events::{EventKind, Fault, FaultKind};
use crate::guard::{self, images};
use crate::hangs::{Hang, Watchdog, Watched, WatchedEntry};
use crate::open::Image;
use crate::session::faults::{self, Note, PanicInfo};
use crate::session::{InForce, Message, Target};

impl Worker {
    /// From here on crashes and hangs are told, and where that was asked for, calls survive crashes.
    pub(super) fn look_out(&mut self) {
        let guarded = if self.is_guarded() { guard::guard_calls() } else { guard::report_crashes() };
        if let Err(reason) = guarded {
            self.emit(EventKind::Warning { message: reason });
        }
        let (inbox, in_force) = (self.wires.inbox.clone(), self.wires.in_force.clone());
        self.watchdog = Some(Watchdog::new(self.settings.deadlines.clone(), move |hang| tell(&inbox, &in_force, hang)));
    }

    fn is_guarded(&self) -> bool {
        self.settings.guard.unwrap_or(false)
    }

    /// An image was loaded for this generation.
    pub(super) fn image_is_loaded(&self, image: &Image, generation: u64) {
        self.code_is_loaded(image.range(), generation);
        let Some(watchdog) = &self.watchdog else { return };
        let watched = |code, name: &str, deadline| WatchedEntry { code, name: name.to_owned(), deadline };
        let entries = image.entries().iter().map(|entry| entry.info());
        let entries = entries.map(|entry| watched(entry.code.address().addr(), entry.name, entry.deadline));
        let mut entries: Vec<_> = entries.collect();
        if let Some(app) = image.app() {
            let functions = [("init", app.init as usize), ("tick", app.tick as usize), ("stop", app.stop as usize)];
            entries.extend(functions.map(|(name, code)| watched(code, name, Deadline::UNSAID)));
        }
        if let Err(error) = watchdog.watch(Watched { code: image.range(), generation, entries }) {
            self.emit(EventKind::Warning { message: format!("calls that hang are not told: {error}") });
        }
    }

    /// Code of this generation was loaded to these addresses.
    pub(super) fn code_is_loaded(&self, code: Range<usize>, generation: u64) {
        let inbox = self.wires.inbox.clone();
        images::add(images::HotImage {
            code,
            generation,
            crate_name: self.sources.project.crate_name.clone(),
            root: self.sources.project.workspace_root.clone(),
            is_guarded: self.is_guarded(),
            crashed: faults::receiver(inbox.clone(), self.wires.in_force.clone(), generation),
            ends: Arc::new(move |report| faults::note(&inbox, report, generation, None, Note::Ends)),
        });
    }

    /// A fault that no call has come back from.
    pub(super) fn noted(&mut self, fault: PanicInfo, note: Note) {
        let consequence = match (note, &self.target) {
            (Note::Ends, _) => format!("the process ends; changed last: {}", self.changed_last()),
            (Note::Hangs, Target::App(_)) => "it goes on; edits come into force when it comes back".to_owned(),
            (Note::Hangs, Target::Entries(_)) => "it goes on; other threads do too, and take edits".to_owned(),
        };
        self.faulted(fault, consequence);
    }

    /// Reports a fault, and notes which generation it is of.
    pub(super) fn faulted(&mut self, fault: PanicInfo, consequence: String) {
        let known = self.generation_of(&fault);
        let mut fault = self.placed(fault, consequence);
        // An image that was refused is none of the generations, and its number is given again.
        if let Some(generation) = known {
            fault.generation = generation;
            // Code that only meets a newer state than its own is not wrong.
            if fault.kind != FaultKind::Hang && !fault.message.contains(OTHER_LAYOUT) {
                self.history.record_fault(generation, &fault.message);
            }
        }
        self.emit(EventKind::Fault(fault));
    }

    /// The event, with the place in the files as they are now.
    fn placed(&self, panic: PanicInfo, consequence: String) -> Fault {
        // The map is from the sources of the newest generation.
        let lines = (panic.generation() == self.generations).then_some(&self.lines);
        let place_now = |file: &Path, place: (u32, u32)| match &self.patching {
            Some(patching) => patching.places().now(panic.address(), &self.sources.now, file, place),
            None => lines.map(|lines| lines.line_now(file, place.0, place.1)),
        };
        let place = panic.place(&self.sources.project.workspace_root, place_now);
        panic.into_fault(place, consequence)
    }

    /// The generation in force when the call began that failed; without a call, the newest one that has the code.
    fn generation_of(&self, panic: &PanicInfo) -> Option<u64> {
        let address = panic.address();
        let patch = self.patching.as_ref().and_then(|patching| patching.places().generation(address));
        let began = panic.began().filter(|began| match patch {
            Some(_) => self.history.has_image_in_force(*began),
            None => address == 0 || self.history.has_code_at(*began, address),
        });
        // The image knows the generation that it was loaded for only.
        began.or(patch).or_else(|| self.history.newest_with_code_at(address))
    }

    /// What the newest generation has changed.
    fn changed_last(&self) -> String {
        let generations = self.history.generations();
        let Some(newest) = generations.last() else { return "nothing".to_owned() };
        let what = if newest.functions.is_empty() { &newest.reason } else { &newest.functions.join(", ") };
        format!("{what} (generation {})", newest.number)
    }
}

/// Hands a hang on to the session.
fn tell(inbox: &Sender<Message>, in_force: &InForce, hang: Hang) {
    let (entry, lasts) = (&hang.entry, hang.lasts.as_secs_f64());
    if hang.is_back {
        let message = format!("`{entry}` has come back after {lasts:.1} s");
        // An error says that the session has ended.
        let _ = inbox.send(Message::Tell(EventKind::Warning { message }));
        return;
    }
    let mut report = PanicReport::of_crash(format!("`{entry}` has not come back for {lasts:.1} s"), 0);
    report.thread = hang.thread.clone().unwrap_or_default().into();
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    guard::fill_in(&mut report, &hang.frames);
    faults::note(inbox, &report, hang.generation, in_force.begun_in(hang.call), Note::Hangs);
}

//! Panics in the library: from the panicking thread to an event in its place among the others.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use liveswap::{PanicReport, in_flight};

use super::{InForce, Message};
use crate::events::{Fault, FaultKind};
use crate::guard;
use crate::open::backtrace;
use crate::open::escape::{self, Fate};
use crate::open::services::OnPanic;
use crate::present::user_frames;

/// How long a panicking thread waits for its event to be out: the process may end with the panic. The session answers
/// within milliseconds, unless it is loading code.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    /// Whether this is a session's thread: it can't wait for its own answer.
    static IS_SESSION: Cell<bool> = const { Cell::new(false) };
}

/// Marks the calling thread as a session's.
pub(super) fn mark_session_thread() {
    IS_SESSION.set(true);
}

/// A panic as plain data of the host.
pub(crate) struct PanicInfo {
    message: String,
    file: String,
    line: u32,
    column: u32,
    /// An address in the image whose code panicked; 0 where that is not known.
    address: usize,
    thread: String,
    backtrace: String,
    /// The generation whose code panicked.
    generation: u64,
    /// The generation in force when the call of the panicking thread began.
    began: Option<u64>,
    kind: FaultKind,
}

/// What becomes of a fault that no call has come back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// The process is about to end.
    Ends,
    /// The call goes on.
    Hangs,
}

/// The receiver of an image's panics, for the code of `generation`. What is not told costs no more than to be counted.
pub(super) fn receiver(inbox: Sender<Message>, in_force: Arc<InForce>, generation: u64) -> OnPanic {
    Arc::new(move |report: &mut PanicReport| {
        let now = in_force.generation.load(Ordering::Acquire);
        let place = (generation, report.file.to_string(), report.line);
        let consequence = Consequence::of(escape::fate());
        let Some(consequence) = in_force.repeats.lock().consequence(now, place, &consequence) else { return };
        // That of a crash is there already.
        if report.signal == 0 {
            backtrace::add_to(report);
        }
        let here = thread::current();
        // Threads of the host have their names on this side, those of the library on the other.
        let thread = here.name().map_or_else(|| report.thread.to_string(), str::to_owned);
        let mut info = PanicInfo::of(report, generation, thread);
        // A crash is reported from another thread than that of the call.
        info.began = (report.signal == 0).then(in_flight::own).flatten().and_then(|call| in_force.begun_in(call));
        let (done, told) = channel();
        if inbox.send(Message::Panicked(Box::new(info), consequence, done)).is_ok() && !IS_SESSION.get() {
            // Both outcomes are fine: told, or the session is busy and tells later.
            let _ = told.recv_timeout(PATIENCE);
        }
    })
}

/// Tells of a fault that no call comes back from, in code of `generation`. Where the process ends, waits until the event
/// is out, and says whether it is.
pub(super) fn note(
    inbox: &Sender<Message>,
    report: &PanicReport,
    generation: u64,
    began: Option<u64>,
    note: Note,
) -> bool {
    let mut info = PanicInfo { began, ..PanicInfo::of(report, generation, report.thread.to_string()) };
    if note == Note::Hangs {
        info.kind = FaultKind::Hang;
    }
    let (done, told) = channel();
    let is_sent = inbox.send(Message::Noted(Box::new(info), note, done)).is_ok();
    is_sent && (note == Note::Hangs || told.recv_timeout(PATIENCE).is_ok())
}

/// What becomes of a panic, and of the process.
struct Consequence {
    text: String,
    /// The process ends with it.
    is_last: bool,
}

impl Consequence {
    fn of(fate: Fate) -> Self {
        let through = |address| match backtrace::function_at(address) {
            Some(function) => format!("it leaves the library through `{function}`"),
            None => "it leaves the library".to_owned(),
        };
        match fate {
            Fate::Stays | Fate::Leaves { is_caught_by_hot_code: true, .. } => {
                Self { text: "the process runs on".into(), is_last: false }
            }
            Fate::Leaves { through: address, catcher, .. } => {
                let is_main = backtrace::function_at(catcher).is_some_and(|function| function.contains("lang_start"));
                let end = match is_main {
                    true => ", which nobody catches, so that the process ends",
                    false => "",
                };
                let text =
                    format!("{}, and goes on as a panic of the program's own (`HotPanic`){end}", through(address));
                Self { text, is_last: is_main }
            }
            Fate::Ends { through: address } if guard::is_in_guarded_call() => {
                let text = format!("{}, where it can't be caught; the crash guard ends the call", through(address));
                Self { text, is_last: false }
            }
            Fate::Ends { through: address } => {
                let text = format!("{}, where it can't be caught; Rust ends the process", through(address));
                Self { text, is_last: true }
            }
        }
    }
}

/// Counts panics by place, so that one in every call does not fill the screen.
#[derive(Default)]
pub(super) struct Repeats {
    /// While this generation is in force: one that is still there after an edit is told again.
    in_force: u64,
    counts: HashMap<Place, u64>,
}

/// The generation that the code came with, file and line.
type Place = (u64, String, u32);

impl Repeats {
    /// What to report of this panic now; `None` if its like was reported and the next round number is not reached.
    fn consequence(&mut self, in_force: u64, place: Place, consequence: &Consequence) -> Option<String> {
        if self.in_force != in_force {
            *self = Self { in_force, counts: HashMap::new() };
        }
        let count = self.counts.entry(place).or_default();
        *count += 1;
        match *count {
            1 => Some(consequence.text.clone()),
            // Powers of ten, and what nobody would see otherwise.
            many if consequence.is_last || 10u64.pow(many.ilog10()) == many => {
                Some(format!("{many} times so far; {}", consequence.text))
            }
            _ => None,
        }
    }
}

impl PanicInfo {
    fn of(report: &PanicReport, generation: u64, thread: String) -> Self {
        Self {
            message: report.message.to_string(),
            file: report.file.to_string(),
            line: report.line,
            column: report.column,
            address: report.address,
            thread,
            backtrace: report.backtrace.to_string(),
            generation,
            began: None,
            kind: if report.signal == 0 { FaultKind::Panic } else { FaultKind::Crash },
        }
    }

    /// The generation whose code panicked.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The generation in force when the call of the panicking thread began; `None` if that is not known.
    pub(super) fn began(&self) -> Option<u64> {
        self.began
    }

    /// An address in the image whose code panicked; 0 where that is not known.
    pub(super) fn address(&self) -> usize {
        self.address
    }

    /// Line and column in the files as they are now, by `place_now`; where that does not know, those of the sources that
    /// the code was built from.
    pub(super) fn place(
        &self,
        root: &Path,
        place_now: impl FnOnce(&Path, (u32, u32)) -> Option<(u32, u32)>,
    ) -> (u32, u32) {
        let place = (self.line, self.column);
        let now = (self.line > 0).then(|| place_now(&root.join(&self.file), place));
        now.flatten().unwrap_or(place)
    }

    /// The event, with this line and column.
    pub(super) fn into_fault(self, (line, column): (u32, u32), consequence: String) -> Fault {
        let mut frames =
            user_frames(&self.backtrace, |_, file| file.is_some_and(|file| !file.contains("/.cargo/registry/")));
        let function = first_symbol(&frames);
        let first = frames.find('\n').unwrap_or(frames.len());
        if first > 0 && !self.file.is_empty() && !frames[..first].contains(" at ") {
            frames.insert_str(first, &format!(" at {}:{line}:{column}", self.file));
        }
        let known = |number: u32| (number > 0).then_some(number);
        let text = |text: String| (!text.is_empty()).then_some(text);
        Fault {
            kind: self.kind,
            generation: self.generation,
            function,
            message: self.message,
            file: text(self.file),
            line: known(line),
            column: known(column),
            thread: text(self.thread),
            backtrace: text(frames),
            consequence,
        }
    }
}

/// The symbol of the first of the user's frames, `logic::update at src/lib.rs:12:5`.
fn first_symbol(frames: &str) -> Option<String> {
    let symbol = frames.lines().next()?.split(" at ").next()?.trim();
    (!symbol.is_empty()).then(|| symbol.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_every_call_is_told_ever_less() {
        let mut repeats = Repeats::default();
        let runs_on = Consequence::of(Fate::Stays);
        let mut is_told =
            |in_force, line| repeats.consequence(in_force, (1, "lib.rs".into(), line), &runs_on).is_some();
        let told: Vec<usize> = (1..=1000).filter(|_| is_told(1, 3)).collect();
        assert_eq!(told, [1, 10, 100, 1000]);
        assert!(is_told(1, 4), "another place is told");
        assert!(is_told(2, 3), "an edit has not mended it");
    }

    #[test]
    fn the_last_one_is_always_reported() {
        let mut repeats = Repeats::default();
        let last = Consequence::of(Fate::Ends { through: 0 });
        assert!(!last.text.contains("runs on"), "{}", last.text);
        let is_told: Vec<bool> =
            (0..3).map(|_| repeats.consequence(1, (1, "lib.rs".into(), 3), &last).is_some()).collect();
        assert_eq!(is_told, [true; 3]);
    }

    #[test]
    fn the_function_is_the_first_frame() {
        let frames = "logic::update at src/lib.rs:12:5\nlogic::run at src/lib.rs:20:1";
        assert_eq!(first_symbol(frames).as_deref(), Some("logic::update"));
        assert_eq!(first_symbol(""), None);
    }
}

//! Panics in the library: from the panicking thread to an event in its place among the others.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use liveswap::PanicReport;

use super::Message;
use crate::classify::LineMap;
use crate::events::Fault;
use crate::open::services::OnPanic;
use crate::present::user_frames;

/// How long a panicking thread waits for its event to be out: the process may end with the panic. The session answers
/// within milliseconds, unless it is loading code.
const PATIENCE: Duration = Duration::from_secs(2);

/// A panic as plain data of the host.
pub(crate) struct PanicInfo {
    message: String,
    file: String,
    line: u32,
    column: u32,
    thread: String,
    backtrace: String,
    /// The generation whose code panicked.
    generation: u64,
    thread_id: ThreadId,
}

/// The receiver of an image's panics, for the code of `generation`.
pub(super) fn receiver(inbox: Sender<Message>, generation: u64) -> OnPanic {
    Arc::new(move |report: &PanicReport| {
        let here = thread::current();
        let info = PanicInfo {
            message: report.message.to_string(),
            file: report.file.to_string(),
            line: report.line,
            column: report.column,
            // Threads of the host have their names on this side, those of the library on the other.
            thread: here.name().map_or_else(|| report.thread.to_string(), str::to_owned),
            backtrace: report.backtrace.to_string(),
            generation,
            thread_id: here.id(),
        };
        let (done, told) = channel();
        let is_session = here.name() == Some("liveswap");
        if inbox.send(Message::Panicked(Box::new(info), done)).is_ok() && !is_session {
            // Both outcomes are fine: told, or the session is busy and tells later.
            let _ = told.recv_timeout(PATIENCE);
        }
    })
}

impl PanicInfo {
    /// The event. `lines` maps places of the generation's sources to the files as they are now.
    pub(super) fn into_fault(self, lines: Option<&LineMap>, root: &std::path::Path) -> Fault {
        let (line, column) = match lines {
            Some(lines) if self.line > 0 => lines.line_now(&root.join(&self.file), self.line, self.column),
            _ => (self.line, self.column),
        };
        let frames =
            user_frames(&self.backtrace, |_, file| file.is_some_and(|file| !file.contains("/.cargo/registry/")));
        let function = first_symbol(&frames);
        let known = |number: u32| (number > 0).then_some(number);
        let text = |text: String| (!text.is_empty()).then_some(text);
        tracing::debug!(thread = ?self.thread_id, "panic in hot code");
        Fault {
            generation: self.generation,
            function,
            message: self.message,
            file: text(self.file),
            line: known(line),
            column: known(column),
            thread: text(self.thread),
            backtrace: text(frames),
            consequence: "the process runs on".into(),
        }
    }
}

/// The symbol of the first of the user's frames, `logic::update at src/lib.rs:12:5`.
fn first_symbol(frames: &str) -> Option<String> {
    let symbol = frames.lines().next()?.split(" at ").next()?.trim();
    (!symbol.is_empty()).then(|| symbol.to_owned())
}

//! What happened, one event a stage result: for subscribers in the process, for `tracing`, and as JSON lines.
//!
//! The JSON form is stable for tools: one object a line, the member `event` names the kind. Durations are in
//! milliseconds. Every event of a hot library carries the library's package name in `library`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

/// One thing that happened to one hot library.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// The package name of the hot library.
    pub library: String,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The kinds of events, in the order of an edit's way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The first generation is in force.
    Started {
        /// Its number.
        generation: u64,
        /// The library's crate directory.
        path: PathBuf,
        /// From the start of the first build to the publish.
        #[serde(serialize_with = "milliseconds")]
        total_ms: Duration,
        /// How files are watched: `events` or `polling`.
        watching: &'static str,
        /// What is loaded.
        images: Images,
    },
    /// Files changed in content; the edit is on its way.
    Changed {
        /// The files, absolute.
        files: Vec<PathBuf>,
    },
    /// Nothing to do for a save, and why.
    Skipped {
        /// The reason, a lowercase fragment.
        reason: String,
        /// The files, absolute.
        files: Vec<PathBuf>,
    },
    /// A compile started, or has come further.
    Building(Progress),
    /// The compile failed; the generation in force runs on.
    BuildFailed {
        /// The generation that runs on; 0 where none runs yet.
        generation: u64,
        /// The compiler's errors (and the warnings beside them).
        diagnostics: Vec<Diagnostic>,
        /// What cargo said, where no diagnostic tells the reason (a link error, a broken manifest).
        message: Option<String>,
        /// From the save to here.
        #[serde(serialize_with = "milliseconds")]
        total_ms: Duration,
    },
    /// A stage refused the new code; the generation in force runs on.
    Refused {
        /// The generation that runs on; 0 where none runs yet.
        generation: u64,
        /// The stage that refused: `stage`, `open`, `verify`, `migrate`.
        stage: Stage,
        /// Why, with both sides of a mismatch and the way out. May have several lines.
        reason: String,
        /// From the save to here.
        #[serde(serialize_with = "milliseconds")]
        total_ms: Duration,
    },
    /// A new generation is in force.
    Applied {
        /// How it was applied.
        tier: Tier,
        /// Its number.
        generation: u64,
        /// The entries of the generation whose code is new; empty where that is not known.
        functions: Vec<String>,
        /// Why this tier.
        reason: String,
        /// What changed in the state's layout: a place and a change each.
        moved: Vec<String>,
        /// The library's statics and thread-locals that begin anew, since the code is in another image: `static HITS`,
        /// `thread-local log::LINES`. Only those whose values can change; known on Linux, if the library has symbols.
        started_anew: Vec<String>,
        /// From the save's event to the publish.
        #[serde(serialize_with = "milliseconds")]
        total_ms: Duration,
        /// How long each stage took.
        phases: Phases,
        /// Warnings of the compiler.
        warnings: Vec<Diagnostic>,
        /// What is loaded now.
        images: Images,
    },
    /// The compiler has looked at the text of what is in force, which was compiled without lints and with all names
    /// public; it has something else to say than at the last time, or errors.
    Checked {
        /// The generation in force. It runs on, whatever was found.
        generation: u64,
        /// All warnings there are now, and the errors that would keep the text from being built plainly.
        diagnostics: Vec<Diagnostic>,
    },
    /// The patch in force was compared with a whole build of the same sources: no other function has other code.
    Audited {
        /// The generation in force.
        generation: u64,
        /// How many functions were compared.
        functions: usize,
        /// How long the comparison took, after the build.
        #[serde(serialize_with = "milliseconds")]
        ms: Duration,
    },
    /// The patch in force has left out code that the edit has changed: the whole build is taken instead, as a swap.
    Corrected {
        /// The generation of the patch.
        generation: u64,
        /// The functions and statics that it has left out.
        functions: Vec<String>,
        /// Of each, why it should have been in the patch.
        reasons: Vec<String>,
        /// Where the sources before and after the edit were kept, for a report.
        kept: Option<PathBuf>,
    },
    /// The patch in force can't be compared with a whole build.
    Unaudited {
        /// The generation in force.
        generation: u64,
        /// Why, a lowercase fragment.
        reason: String,
    },
    /// An older content is in force again, under a new number.
    RolledBack {
        /// The new number.
        generation: u64,
        /// The generation whose content it has.
        content_of: u64,
        /// Why.
        reason: String,
    },
    /// Code of the library panicked or crashed.
    Fault(Fault),
    /// The program starts anew.
    Restarting {
        /// Why.
        reason: String,
    },
    /// Something that the user should know, and that stops nothing.
    Warning {
        /// What, and what to do.
        message: String,
    },
    /// Edits are seen and not built, until `resumed`.
    Paused,
    /// Edits are built again, and what changed meanwhile is taken in one build.
    Resumed {
        /// The files that changed, absolute.
        files: Vec<PathBuf>,
    },
    /// The library is no longer watched.
    Stopped {
        /// The generation in force at the end; 0 where none ever was.
        generation: u64,
    },
}

/// How an edit is applied; DESIGN calls these tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Only the changed functions were compiled.
    Patch,
    /// The library was built anew and swapped.
    Swap,
    /// The program was started anew.
    Restart,
}

impl Tier {
    /// The tier's name in messages: `patch`, `swap`, `restart`.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Patch => "patch",
            Tier::Swap => "swap",
            Tier::Restart => "restart",
        }
    }
}

/// The stages of an edit's way that can refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Copying the artifact to its own path.
    Stage,
    /// Reading and loading the copy.
    Open,
    /// The handshake, the root module, the entries, the layouts.
    Verify,
    /// Moving the state.
    Migrate,
}

impl Stage {
    /// The stage's name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Stage => "stage",
            Stage::Open => "open",
            Stage::Verify => "verify",
            Stage::Migrate => "migrate",
        }
    }
}

/// How long each stage of an applied edit took, in the order of the way.
///
/// `watch` runs from the save's first event to the end of the quiet window; the stages add up to `total_ms`
/// of the event, but for time spent waiting for a safe point, which is part of `publish`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Phases {
    /// From the first file event to the end of the quiet window.
    #[serde(serialize_with = "milliseconds")]
    pub watch: Duration,
    /// Comparing old and new source.
    #[serde(serialize_with = "milliseconds")]
    pub classify: Duration,
    /// cargo, or rustc for a patch.
    #[serde(serialize_with = "milliseconds")]
    pub compile: Duration,
    /// Copying the artifact.
    #[serde(serialize_with = "milliseconds")]
    pub stage: Duration,
    /// Loading the copy.
    #[serde(serialize_with = "milliseconds")]
    pub open: Duration,
    /// All checks.
    #[serde(serialize_with = "milliseconds")]
    pub verify: Duration,
    /// Moving the state.
    #[serde(serialize_with = "milliseconds")]
    pub migrate: Duration,
    /// From the end of the checks to the moment when calls reach the new code.
    #[serde(serialize_with = "milliseconds")]
    pub publish: Duration,
}

/// The images of a library that are loaded: of all generations, those that were refused after loading among them.
/// They are never unloaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Images {
    /// How many.
    pub count: u64,
    /// The memory of their segments, in bytes.
    pub bytes: u64,
}

/// How far a compile has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Progress {
    /// The crate being compiled; several joined by `, `; empty before the first is known.
    pub crate_name: String,
    /// Units done.
    pub done: usize,
    /// Units in all; 0 where cargo has not said yet.
    pub total: usize,
    /// Since the compile started.
    #[serde(rename = "elapsed_ms", serialize_with = "milliseconds")]
    pub elapsed: Duration,
}

/// One message of the compiler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub level: Level,
    /// The message's first line, without place or code.
    pub message: String,
    /// The file of the primary place, as the compiler names it.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// Its column, from 1.
    pub column: Option<usize>,
    /// The whole message as rustc renders it, with ANSI colours.
    pub rendered: String,
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing was produced.
    Error,
    /// Something to look at.
    Warning,
}

/// What went wrong in code of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A panic, caught at the boundary.
    Panic,
    /// A signal such as SIGSEGV, caught by the guard or about to end the process.
    Crash,
    /// A call that has not come back within its deadline.
    Hang,
}

/// A fault in code of the library: a panic, a crash, a call that does not come back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// The generation whose code it was.
    pub generation: u64,
    /// The function, where known.
    pub function: Option<String>,
    /// The panic's message; of a crash the signal and the address, of a hang which call and how long.
    pub message: String,
    /// The file as the compiler names it.
    pub file: Option<String>,
    /// The line, from 1, in the file as it is now.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The thread's name, where it has one.
    pub thread: Option<String>,
    /// The frames of user code, nearest first.
    pub backtrace: Option<String>,
    /// What happens now, a lowercase fragment.
    pub consequence: String,
}

/// Milliseconds with one digit behind the point, as the event lines have them.
fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 10_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_applied_event_is_one_flat_object() {
        let event = Event {
            library: "logic".into(),
            kind: EventKind::Applied {
                tier: Tier::Swap,
                generation: 3,
                functions: vec!["logic::update".into()],
                reason: "1 file changed".into(),
                moved: vec!["State: field `speed: f32` added".into()],
                started_anew: vec!["static HITS".into()],
                total_ms: Duration::from_micros(412_340),
                phases: Phases { compile: Duration::from_millis(396), ..Phases::default() },
                warnings: vec![],
                images: Images { count: 3, bytes: 4096 },
            },
        };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(
            line,
            r#"{"library":"logic","event":"applied","tier":"swap","generation":3,"functions":["logic::update"],"reason":"1 file changed","moved":["State: field `speed: f32` added"],"started_anew":["static HITS"],"total_ms":412.3,"phases":{"watch":0.0,"classify":0.0,"compile":396.0,"stage":0.0,"open":0.0,"verify":0.0,"migrate":0.0,"publish":0.0},"warnings":[],"images":{"count":3,"bytes":4096}}"#
        );
    }
}

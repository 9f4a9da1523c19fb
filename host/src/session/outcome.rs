//! What became of an edit, for those who asked for it and wait. Pure data, with its form as JSON.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::history::Generation;
use crate::events::{Diagnostic, EventKind, Progress, Stage, Tier};

/// How an edit ended that was asked for, or the one that took its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: EditOutcome,
    /// What took the place of that which was asked for, where something did; the outcome is of this then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Successor>,
}

/// What became of an edit. As JSON, the member `result` names the kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EditOutcome {
    /// A new generation is in force.
    Applied {
        /// Its number.
        generation: u64,
        /// How it was applied.
        tier: Tier,
        /// Of a patch, the functions that are new.
        functions: Vec<String>,
        /// Why this tier.
        reason: String,
        /// From the save, or the request, to then.
        #[serde(rename = "took_ms", with = "super::control::ms")]
        took: Duration,
    },
    /// An older content is in force again.
    RolledBack {
        /// The new number.
        generation: u64,
        /// The generation whose content it has.
        content_of: u64,
    },
    /// There was nothing to do.
    Skipped {
        /// Why, a lowercase fragment.
        reason: String,
        /// The files that had changed, absolute.
        files: Vec<PathBuf>,
    },
    /// It does not compile.
    BuildFailed {
        /// The generation that runs on; 0 where none runs yet.
        generation: u64,
        /// The compiler's errors, and the warnings beside them.
        diagnostics: Vec<Diagnostic>,
        /// What cargo said, where no diagnostic tells the reason.
        message: Option<String>,
    },
    /// A stage refused it.
    Refused {
        /// The generation that runs on; 0 where none runs yet.
        generation: u64,
        /// The stage; `migrate` is at the program's safe point.
        stage: Stage,
        /// Why. May have several lines.
        reason: String,
    },
    /// The build was cancelled by a save, and saves are not built now: edits are paused.
    Held,
    /// It is not known yet, and was waited for as long as was wanted.
    Undecided {
        /// How far it has come.
        at: EditState,
    },
}

/// How far an edit has come that is under way. As JSON, the member `doing` names the kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "doing", rename_all = "snake_case")]
pub enum EditState {
    /// cargo builds it.
    Building {
        /// The crate that is compiled; several joined by `, `; empty before the first is known.
        crate_name: String,
        /// Units done.
        done: usize,
        /// Units in all; 0 where cargo has not said yet.
        total: usize,
    },
    /// rustc compiles a patch.
    Patching,
    /// Another process tries the library's constructors.
    TestLoading,
    /// It is checked, and comes into force at the program's safe point.
    Waiting {
        /// Its number.
        generation: u64,
        /// Why it could not come at the last safe point.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// What took the place of an edit before it was in force. As JSON, the member `kind` names the kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Successor {
    /// Files were saved.
    Edit {
        /// The files, absolute.
        files: Vec<PathBuf>,
    },
    /// Somebody asked for a build.
    Reload,
    /// An earlier generation is to be in force again.
    Rollback {
        /// Which.
        to: u64,
        /// Why: `asked for`, or the fault.
        reason: String,
    },
}

impl EditState {
    /// A build of which nothing is known yet.
    pub(super) const BEGUN: EditState = EditState::Building { crate_name: String::new(), done: 0, total: 0 };

    pub(super) fn building(progress: &Progress) -> EditState {
        let Progress { crate_name, done, total, .. } = progress.clone();
        EditState::Building { crate_name, done, total }
    }
}

impl EditOutcome {
    /// What an event tells of the end of an edit that does not come into force.
    pub(super) fn of_event(kind: &EventKind) -> Option<EditOutcome> {
        match kind.clone() {
            EventKind::Skipped { reason, files } => Some(EditOutcome::Skipped { reason, files }),
            EventKind::BuildFailed { generation, diagnostics, message, .. } => {
                Some(EditOutcome::BuildFailed { generation, diagnostics, message })
            }
            EventKind::Refused { generation, stage, reason, .. } => {
                Some(EditOutcome::Refused { generation, stage, reason })
            }
            _ => None,
        }
    }

    /// Of an edit that came into force as this generation.
    pub(super) fn in_force(generation: &Generation) -> EditOutcome {
        let Generation { number, tier, content_of, took, functions, reason, .. } = generation.clone();
        match content_of {
            Some(content_of) => EditOutcome::RolledBack { generation: number, content_of },
            None => EditOutcome::Applied { generation: number, tier, functions, reason, took },
        }
    }
}

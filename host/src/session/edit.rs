//! An edit on its way: when it was saved, why it is built, and how long each stage took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::attempt::Staged;
use super::audit_run::AuditRun;
use super::followers::UnderWay;
use super::outcome::EditState;
use super::patching::PatchFile;
use crate::audit::Replaced;
use crate::classify::Snapshot;
use crate::compile::crates::LinkedCrate;
use crate::compile::{Artifact, Build, Sequence};
use crate::events::{Diagnostic, Phases, Tier};
use crate::watch::Change;

/// An edit from its save to its publish.
#[derive(Clone)]
pub(super) struct Edit {
    /// No other edit has it.
    pub(super) number: u64,
    /// The first event of the save.
    pub(super) saved: Instant,
    pub(super) reason: String,
    pub(super) phases: Phases,
    /// The sources that are built.
    pub(super) sources: Snapshot,
}

impl Edit {
    /// What stands at the start: nothing was saved yet.
    pub(super) fn first(sources: Snapshot) -> Self {
        let (reason, phases) = ("first build".into(), Phases::default());
        Self { number: next_number(), saved: Instant::now(), reason, phases, sources }
    }

    pub(super) fn of(change: &Change, classify: Duration, reason: String, sources: Snapshot) -> Self {
        let watch = change.settled.duration_since(change.first_event);
        let phases = Phases { watch, classify, ..Phases::default() };
        Self { number: next_number(), saved: change.first_event, reason, phases, sources }
    }

    /// Since the save.
    pub(super) fn age(&self) -> Duration {
        self.saved.elapsed()
    }
}

fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What cargo has built of an edit, staged.
pub(super) struct Built {
    pub(super) artifact: Artifact,
    /// The artifact's length and time.
    pub(super) print: Option<(u64, SystemTime)>,
    pub(super) edit: Edit,
    pub(super) staged: Staged,
}

/// What is told of an edit once it is in force.
pub(super) struct Offer {
    pub(super) tier: Tier,
    /// The functions whose code is new, where that is known.
    pub(super) functions: Vec<String>,
    pub(super) warnings: Vec<Diagnostic>,
    /// What changes in the state.
    pub(super) moves: Vec<String>,
    /// The statics and thread-locals whose values are lost.
    pub(super) started_anew: Vec<String>,
}

/// What the session is at.
pub(super) enum Activity {
    Idle,
    /// cargo builds.
    Building {
        number: u64,
        build: Build,
        edit: Edit,
        started: Instant,
    },
    /// cargo builds what was patched, so that the next swap has less to do.
    CatchingUp {
        number: u64,
        #[expect(dead_code, reason = "dropping it ends cargo")]
        build: Build,
        sources: Snapshot,
    },
    /// What cargo has built so is compared with what runs.
    Auditing {
        number: u64,
        #[expect(dead_code, reason = "dropping it ends the audit")]
        run: AuditRun,
        artifact: Artifact,
        sources: Snapshot,
        begun: Instant,
    },
    /// rustc compiles a patch.
    Patching {
        number: u64,
        #[expect(dead_code, reason = "dropping it ends the compiler")]
        build: Sequence,
        edit: Edit,
        functions: Vec<String>,
        file: PatchFile,
        /// Whether functions are in it that the base has no slots for.
        has_copies: bool,
        /// What it changes, for the audit.
        patched: Replaced,
    },
    /// Another process loads what cargo has built.
    TestLoading {
        number: u64,
        #[expect(dead_code, reason = "dropping it ends the process")]
        test: Sequence,
        built: Box<Built>,
        begun: Instant,
    },
    /// rustc looks at the text of what is in force.
    Checking {
        number: u64,
        #[expect(dead_code, reason = "dropping it ends the compiler")]
        check: Sequence,
        wanted: Vec<LinkedCrate>,
        sources: Snapshot,
    },
    /// Checked, and offered to the program.
    Waiting {
        generation: u64,
        edit: Edit,
        offer: Offer,
        checked: Instant,
        /// Why it could not come into force at the last safe point.
        waits_for: Option<String>,
        /// Whether the user was told that it waits.
        reminded: bool,
        /// The sources of the generation in force.
        before: Option<Snapshot>,
    },
}

impl Activity {
    /// The edit that is under way, where one is.
    pub(super) fn under_way(&self) -> Option<UnderWay> {
        let (edit, state) = match self {
            Activity::Building { edit, .. } => (edit, EditState::BEGUN),
            Activity::Patching { edit, .. } => (edit, EditState::Patching),
            Activity::TestLoading { built, .. } => (&built.edit, EditState::TestLoading),
            Activity::Waiting { edit, generation, waits_for, .. } => {
                (edit, EditState::Waiting { generation: *generation, reason: waits_for.clone() })
            }
            Activity::Idle | Activity::CatchingUp { .. } | Activity::Auditing { .. } | Activity::Checking { .. } => {
                return None;
            }
        };
        Some(UnderWay { edit: edit.number, state })
    }
}

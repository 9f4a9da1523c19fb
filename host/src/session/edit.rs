//! An edit on its way: when it was saved, why it is built, and how long each stage took.

use std::time::{Duration, Instant};

use super::patching::PatchFile;
use super::run::Built;
use crate::classify::Snapshot;
use crate::compile::crates::LinkedCrate;
use crate::compile::{Build, Sequence};
use crate::events::{Diagnostic, Phases, Tier};
use crate::watch::Change;

/// An edit from its save to its publish.
#[derive(Clone)]
pub(super) struct Edit {
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
        Self { saved: Instant::now(), reason: "first build".into(), phases: Phases::default(), sources }
    }

    pub(super) fn of(change: &Change, classify: Duration, reason: String, sources: Snapshot) -> Self {
        let watch = change.settled.duration_since(change.first_event);
        Self { saved: change.first_event, reason, phases: Phases { watch, classify, ..Phases::default() }, sources }
    }

    /// Since the save.
    pub(super) fn age(&self) -> Duration {
        self.saved.elapsed()
    }
}

/// What is told of an edit once it is in force.
pub(super) struct Offer {
    pub(super) tier: Tier,
    /// The functions whose code is new, where that is known.
    pub(super) functions: Vec<String>,
    pub(super) warnings: Vec<Diagnostic>,
    /// What changes in the state.
    pub(super) moves: Vec<String>,
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

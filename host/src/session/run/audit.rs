//! The audit of the patch in force, once cargo has built the same sources, and what becomes of a wrong patch.

use std::sync::Arc;
use std::time::Instant;

use super::super::Message;
use super::super::audit_run::{self, AuditRun, Compared};
use super::super::base::notes;
use super::super::edit::{Activity, Edit};
use super::super::history::Audit;
use super::{Worker, is_same};
use crate::audit::{AuditError, Verdict, Wrong};
use crate::classify::Snapshot;
use crate::compile::Artifact;
use crate::compile::crates;
use crate::events::EventKind;
use crate::present::text::few;

impl Worker {
    /// Compares what cargo has just built of these sources with what runs.
    pub(super) fn start_audit(&mut self, artifact: Artifact, sources: Snapshot) {
        let compared = match self.to_audit(&sources) {
            Ok(compared) => compared,
            Err(reason) => return self.not_audited(reason),
        };
        self.builds += 1;
        let (number, inbox) = (self.builds, self.wires.inbox.clone());
        let report = move |verdict| drop(inbox.send(Message::Audited(number, verdict)));
        match AuditRun::start(compared, report) {
            Ok(run) => self.activity = Activity::Auditing { number, run, artifact, sources, begun: Instant::now() },
            Err(error) => self.not_audited(format!("the system gives no thread: {error}")),
        }
    }

    /// What is to be compared, if these sources are those of the patch in force.
    fn to_audit(&self, sources: &Snapshot) -> Result<Compared, String> {
        let (Some(patching), Some(content)) = (&self.patching, self.history.now()) else {
            return Err("the base can't be patched any more".to_owned());
        };
        if !self.built.as_ref().is_some_and(|built| is_same(built, sources)) {
            return Err("other sources were built than those in force".to_owned());
        }
        if !self.base.is_ready() {
            return Err("the library can't be built for patches".to_owned());
        }
        if let Some(reason) = self.base.failure(&self.sources) {
            return Err(reason);
        }
        let project = &self.sources.project;
        let linked = crates::linked(&notes(&self.sources.target_dir), &project.crate_name);
        let linked = linked.map_err(|error| format!("read how the library was built: {error}"))?;
        Ok(Compared {
            base: patching.crates().objects()?.to_owned(),
            now: crates::objects(&linked)?,
            patched: Arc::clone(&content.patched),
        })
    }

    pub(super) fn audited(&mut self, from: u64, verdict: Result<Verdict, AuditError>) {
        if !matches!(&self.activity, Activity::Auditing { number, .. } if *number == from) {
            return;
        }
        let Activity::Auditing { artifact, sources, begun, .. } = std::mem::replace(&mut self.activity, Activity::Idle)
        else {
            return;
        };
        let generation = self.generation();
        match verdict {
            Err(error) => self.not_audited(error.to_string()),
            Ok(Verdict { wrong, functions, .. }) if wrong.is_empty() => {
                self.history.set_audit(generation, Audit::Passed);
                self.emit(EventKind::Audited { generation, functions, ms: begun.elapsed() });
            }
            Ok(Verdict { wrong, .. }) => self.correct(&wrong, artifact, sources),
        }
    }

    /// A patch was wrong: the library that was just built of the same sources takes its place.
    fn correct(&mut self, wrong: &[Wrong], artifact: Artifact, sources: Snapshot) {
        let generation = self.generation();
        let functions: Vec<String> = wrong.iter().map(|one| one.name.clone()).collect();
        let kept = self.patching.as_ref().map(|patching| {
            let states = (patching.base(), &sources);
            audit_run::keep(self.target_dir.path(), &self.sources.project.workspace_root, states, wrong)
        });
        let kept = kept.and_then(|kept| {
            kept.inspect_err(|error| tracing::warn!(%error, "what the wrong patch was made from is not kept")).ok()
        });
        self.history.set_audit(generation, Audit::Corrected { functions: functions.clone() });
        let reasons = wrong.iter().map(|one| one.reason.clone()).collect();
        let reason = format!("the patch of generation {generation} left out {}", few(&functions));
        self.emit(EventKind::Corrected { generation, functions, reasons, kept });
        let edit = Edit { reason, ..Edit::first(sources) };
        match self.base.learn(&self.sources, &edit.sources, &artifact.generated) {
            true => self.start_build(edit),
            false => self.swap_in(artifact, edit),
        }
    }

    /// The patch in force can't be audited.
    pub(super) fn not_audited(&mut self, reason: String) {
        let generation = self.generation();
        self.history.set_audit(generation, Audit::NotDone { reason: reason.clone() });
        self.emit(EventKind::Unaudited { generation, reason });
    }
}

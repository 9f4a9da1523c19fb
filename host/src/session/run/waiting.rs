//! From checked to in force: a generation is offered to the program, waits for its safe point, and is told of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Worker;
use super::pauses::Pauses;
use crate::classify::LineMap;
use crate::events::{EventKind, Stage, Tier};
use crate::session::Ready;
use crate::session::edit::{Activity, Offer};
use crate::session::history::Published;

/// How long a generation may wait for the safe point before the user is told.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long to wait where nothing but messages can change anything.
const FOREVER: Duration = Duration::from_secs(3600);

impl Worker {
    pub(super) fn offer(&self, ready: Ready) {
        let point = &self.wires.point;
        // One that still waited is superseded: its code is never run.
        drop(point.seats()[self.wires.place].gate.offer(ready));
        if self.settings.at_once {
            // What must have a state in hand that is not kept for this waits for one who has it.
            point.pass(());
        }
        (self.wires.on_ready)();
    }

    pub(super) fn published(&mut self, generation: u64, at: Instant, migrate: Duration) {
        self.base_is_in_force(generation);
        let took = match &self.activity {
            Activity::Waiting { edit, .. } => at.saturating_duration_since(edit.saved),
            _ => Duration::ZERO,
        };
        let before = self.history.now().map(|content| content.image.clone());
        let content_of = self.history.came(generation, took, at);
        self.history.newest().into_iter().for_each(|came| self.followers.came(came));
        self.retire(before);
        // One that was published when the next was already offered is not told of: the next one will be.
        if !matches!(&self.activity, Activity::Waiting { generation: waiting, .. } if *waiting == generation) {
            return;
        }
        let Activity::Waiting { edit, offer, checked, .. } = std::mem::replace(&mut self.activity, Activity::Idle)
        else {
            return;
        };
        self.lines = LineMap::default();
        let total_ms = at.duration_since(edit.saved);
        let mut phases = edit.phases;
        phases.migrate = migrate;
        phases.publish = at.duration_since(checked).saturating_sub(migrate);
        let images = self.wires.in_force.images();
        self.pauses.behind = (offer.tier == Tier::Patch).then(Instant::now);
        // Of what was built as it is, cargo has told.
        self.pauses.unchecked = self.patching.is_some().then(Instant::now);
        if let Some(content_of) = content_of {
            // The text is another one than what runs.
            self.pauses = Pauses::default();
            self.emit(EventKind::RolledBack { generation, content_of, reason: edit.reason });
            self.take_up_again();
        } else if generation == 1 {
            let watching = self.sources.watching();
            let path = self.sources.project.directory.clone();
            self.emit(EventKind::Started { generation, path, total_ms, watching, images });
            self.look_at_early_changes();
        } else {
            let Offer { tier, functions, warnings, moves, started_anew } = offer;
            let reason = edit.reason;
            self.emit(EventKind::Applied {
                tier,
                generation,
                functions,
                reason,
                moved: moves,
                started_anew,
                total_ms,
                phases,
                warnings,
                images,
            });
        }
    }

    /// Runs the retire hooks of the image that was in force until now, if it is another one, and of those that never will
    /// be.
    fn retire(&mut self, before: Option<Arc<Published>>) {
        let is_other =
            |image: &Arc<Published>| self.history.now().is_some_and(|content| !Arc::ptr_eq(&content.image, image));
        let before = before.filter(is_other);
        for image in self.history.take_gone().into_iter().chain(before) {
            image.hooks.iter().for_each(|hooks| hooks.retire(&self.emitter, &self.sources.project.package));
        }
    }

    pub(super) fn waits(&mut self, of: u64, reason: String) {
        if let Activity::Waiting { generation, waits_for, .. } = &mut self.activity
            && *generation == of
        {
            *waits_for = Some(reason);
        }
    }

    /// The state stands as it was, and so does the generation in force.
    pub(super) fn not_moved(&mut self, of: u64, reason: String) {
        if !matches!(&self.activity, Activity::Waiting { generation, .. } if *generation == of) {
            return;
        }
        let Activity::Waiting { edit, before, .. } = std::mem::replace(&mut self.activity, Activity::Idle) else {
            return;
        };
        self.built = before;
        self.next_base = None;
        // The same artifact may be right for a state that has changed by then.
        self.last_artifact = None;
        self.generations -= 1;
        let (generation, total_ms) = (self.generation(), edit.age());
        let reason = format!("{reason}\nthe state is as it was; change that value or the type, and save");
        self.emit(EventKind::Refused { generation, stage: Stage::Migrate, reason, total_ms });
    }

    /// How long to wait for the next message.
    pub(super) fn patience(&self) -> Duration {
        match &self.activity {
            Activity::Waiting { reminded: false, checked, .. } => PATIENCE.saturating_sub(checked.elapsed()),
            Activity::Idle => self.pauses.left().unwrap_or(FOREVER),
            _ => FOREVER,
        }
    }

    /// A generation that is ready and not taken looks like a save without effect; so the reason is said, once.
    pub(super) fn remind_of_the_safe_point(&mut self) {
        let Activity::Waiting { generation, reminded, waits_for, .. } = &mut self.activity else { return };
        if std::mem::replace(reminded, true) {
            return;
        }
        let not_called = || format!("the safe point: the program has not called `tick` for {} s", PATIENCE.as_secs());
        let waits_for = waits_for.take().unwrap_or_else(not_called);
        let message = format!("generation {generation} is ready and waits: {waits_for}");
        self.emit(EventKind::Warning { message });
    }
}

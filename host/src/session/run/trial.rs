//! Code on trial whose calls panic: the last good generation comes into force again, if the policy is that.

use std::sync::mpsc::Sender;

use super::{Worker, is_same};
use crate::classify::{Verdict, classify};
use crate::session::Target;
use crate::session::edit::{Activity, Edit};
use crate::session::history::Cause;
use crate::session::judge::FailedCall;

/// What is to be done about calls that failed.
#[derive(Default)]
pub(super) struct Trials {
    /// Calls of a generation whose coming into force is still in the inbox.
    early: Vec<(FailedCall, Sender<bool>)>,
    /// A rollback has cancelled the compiling of an edit, which is to be taken up again.
    pub(super) has_interrupted: bool,
}

impl Worker {
    /// A call on trial panicked. The caller is told whether other code is in force: for an application, whether it is to
    /// come at its next safe point, which is between two ticks.
    pub(super) fn call_failed(&mut self, call: FailedCall, told: Sender<bool>) {
        if matches!(&self.activity, Activity::Waiting { generation, .. } if *generation == call.generation)
            && self.generation() == call.generation
        {
            self.trials.early.push((call, told));
            return;
        }
        let is_left = self.leave(&call);
        // An error says that the caller waits no longer.
        let _ = told.send(is_left);
    }

    /// The generation came into force: what was said of it before can be judged.
    pub(super) fn judge_early_calls(&mut self) {
        for (call, told) in std::mem::take(&mut self.trials.early) {
            self.call_failed(call, told);
        }
    }

    fn leave(&mut self, call: &FailedCall) -> bool {
        let in_force = self.generation();
        // Others may have called the same code.
        if call.generation != in_force {
            return call.generation < in_force;
        }
        let is_app = matches!(self.target, Target::App(_));
        // An edit, or a rollback that has to move state, waits for the safe point already.
        if matches!(self.activity, Activity::Waiting { .. }) {
            return is_app;
        }
        let Some(good) = self.history.last_good(is_same) else { return false };
        let is_compiling = matches!(
            self.activity,
            Activity::Building { .. } | Activity::Patching { .. } | Activity::TestLoading { .. }
        );
        let Ok(number) = self.roll_back(good, call.reason(), Cause::Fault) else { return false };
        self.trials.has_interrupted = is_compiling;
        is_app || self.generation() == number
    }

    /// The edit whose compiling was cancelled for a rollback goes on its way again.
    pub(super) fn take_up_again(&mut self) {
        if !std::mem::take(&mut self.trials.has_interrupted) {
            return;
        }
        let Some(built) = &self.built else { return };
        let now = self.sources.now.clone();
        if let Verdict::Swap { reason, .. } = classify(built, &now)
            && self.history.left(|left| is_same(left, &now)).is_none()
        {
            self.apply(Edit { reason, ..Edit::first(now) });
        }
    }
}

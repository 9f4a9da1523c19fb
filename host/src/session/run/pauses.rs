//! What is done while the user pauses: the text is checked, and cargo builds what was patched, which is audited then.
//!
//! Both have what processor time is left over, and the next save cancels them.

use std::time::{Duration, Instant};

use super::super::Message;
use super::super::checks;
use super::super::edit::Activity;
use super::{Worker, is_same};
use crate::compile::BuildMessage;
use crate::compile::check::{self, Said};
use crate::events::{EventKind, Level};

/// How long after an edit came into force its text is checked.
const UNTIL_CHECKED: Duration = Duration::from_millis(300);

/// How long after a patch cargo may begin to build what was patched.
const UNTIL_BUILT: Duration = Duration::from_secs(1);

/// What is to be done, and since when.
#[derive(Default)]
pub(super) struct Pauses {
    /// A base or a patch came into force; the compiler was not asked for what it has to say of the user's text.
    pub(super) unchecked: Option<Instant>,
    /// cargo has not built what runs: a patch.
    pub(super) behind: Option<Instant>,
}

impl Pauses {
    /// How long until there is something to do; `None` where there is nothing.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = |since: Option<Instant>, of: Duration| since.map(|since| of.saturating_sub(since.elapsed()));
        let (check, build) = (left(self.unchecked, UNTIL_CHECKED), left(self.behind, UNTIL_BUILT));
        check.into_iter().chain(build).min()
    }
}

impl Worker {
    /// Does what there is to do, if it is time.
    pub(super) fn use_the_pause(&mut self) {
        let is_over = |since: Option<Instant>, of: Duration| since.is_some_and(|since| since.elapsed() >= of);
        if !matches!(self.activity, Activity::Idle) {
            return;
        }
        if is_over(self.pauses.unchecked, UNTIL_CHECKED) {
            self.check();
        }
        if matches!(self.activity, Activity::Idle) && is_over(self.pauses.behind, UNTIL_BUILT) {
            self.catch_up();
        }
    }

    /// Has the compiler look at the text of what is in force.
    fn check(&mut self) {
        self.pauses.unchecked = None;
        if !self.built.as_ref().is_some_and(|built| is_same(built, &self.sources.now)) {
            return;
        }
        let wanted = self.checks.wanted(&self.sources);
        if wanted.is_empty() {
            return;
        }
        self.builds += 1;
        let (number, inbox) = (self.builds, self.wires.inbox.clone());
        let report = move |said| drop(inbox.send(Message::Checked(number, said)));
        match check::start(wanted.clone(), checks::directory(&self.sources), report) {
            Ok(check) => {
                let sources = self.sources.now.clone();
                self.activity = Activity::Checking { number, check, wanted, sources };
            }
            Err(error) => tracing::warn!(%error, "the text of what runs is not checked"),
        }
    }

    pub(super) fn checked(&mut self, from: u64, said: Said) {
        if !matches!(&self.activity, Activity::Checking { number, .. } if *number == from) {
            return;
        }
        let Activity::Checking { wanted, sources, .. } = std::mem::replace(&mut self.activity, Activity::Idle) else {
            return;
        };
        if let Some(diagnostics) = self.checks.take(sources, &wanted, said) {
            self.emit(EventKind::Checked { generation: self.generation(), diagnostics });
        }
    }

    /// Has cargo build what was patched: the audit needs it, and the next swap has only its own edit to compile then.
    fn catch_up(&mut self) {
        let now = self.sources.now.clone();
        match self.build(&now, true) {
            Ok((number, build)) => self.activity = Activity::CatchingUp { number, build, sources: now },
            Err(error) => tracing::warn!(%error, "what was patched is not built"),
        }
    }

    pub(super) fn caught_up(&mut self, message: BuildMessage) {
        let BuildMessage::Finished(result) = message else { return };
        let Activity::CatchingUp { sources, .. } = std::mem::replace(&mut self.activity, Activity::Idle) else {
            return;
        };
        let failure = match result {
            Ok(artifact) => return self.start_audit(artifact, sources),
            Err(failure) => failure,
        };
        let error = failure.diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error);
        let error = error.map_or(failure.message, |error| Some(error.message.clone())).unwrap_or_default();
        let message = format!("the patch runs, but the library does not build: {error}");
        self.emit(EventKind::Warning { message });
        self.not_audited("the library does not build".to_owned());
    }
}

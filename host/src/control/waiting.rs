//! Waiting for what becomes of a request: on the client's own thread, with a sign of life for it now and then.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::protocol::{Answer, Problem, ProblemKind};
use crate::session::{EditOutcome, EditState, Ending, Following, Step};

/// How often a client is told that it is waited still. Less than it has patience; and who is gone is noticed by it.
const BEAT: Duration = Duration::from_millis(500);

/// How long the program's safe point is waited for, unless the client says how long it will wait.
pub(crate) const SAFE_POINT_PATIENCE: Duration = Duration::from_secs(60);

/// A request that was carried out, and whose outcome is waited for.
pub(crate) struct Wait {
    pub(super) library: String,
    /// The new generation, for a rollback.
    pub(super) generation: Option<u64>,
    pub(super) following: Following,
    /// How long in all; without it, a build may take as long as it takes.
    pub(super) timeout: Option<Duration>,
}

impl Wait {
    /// Waits for the end, and gives the answer; `None` where `still_there` says that nobody waits for it any more.
    pub(super) fn until_the_end(
        self,
        mut still_there: impl FnMut(&EditState) -> bool,
    ) -> Option<Result<Answer, Problem>> {
        let begun = Instant::now();
        let (mut state, mut next_beat, mut at_safe_point): (Option<EditState>, _, _) = (None, begun + BEAT, None);
        loop {
            let now = Instant::now();
            if let Some(at) = state.as_ref() {
                if self.end(begun, at_safe_point).is_some_and(|end| now >= end) {
                    let outcome = EditOutcome::Undecided { at: at.clone() };
                    return Some(Ok(self.answer(Ending { outcome, superseded_by: None })));
                }
                if now >= next_beat {
                    next_beat = now + BEAT;
                    if !still_there(at) {
                        return None;
                    }
                }
            }
            let end = self.end(begun, at_safe_point).map_or(next_beat, |end| end.min(next_beat));
            // The first step comes at once, and is waited for.
            let patience = if state.is_some() { end.saturating_duration_since(now) } else { BEAT };
            match self.following.steps.recv_timeout(patience) {
                Ok(Step::At(at)) => {
                    at_safe_point = match at {
                        EditState::Waiting { .. } => at_safe_point.or(Some(Instant::now())),
                        _ => None,
                    };
                    state = Some(at);
                }
                Ok(Step::Ended(ending)) => return Some(Ok(self.answer(*ending))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let message = "the host has ended before it was known what came of it";
                    return Some(Err(Problem::new(ProblemKind::HostEnded, message)));
                }
            }
        }
    }

    /// When there is no more patience; `None` where there is no end to it.
    fn end(&self, begun: Instant, at_safe_point: Option<Instant>) -> Option<Instant> {
        match self.timeout {
            Some(timeout) => begun.checked_add(timeout),
            None => at_safe_point.map(|since| since + SAFE_POINT_PATIENCE),
        }
    }

    fn answer(self, ending: Ending) -> Answer {
        let (library, outcome) = (self.library, Some(ending));
        match self.generation {
            Some(generation) => Answer::Rollback { library, generation, outcome },
            None => Answer::Reload { library, outcome },
        }
    }
}

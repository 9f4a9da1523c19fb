//! What becomes of a call that panicked: by the policy at once, or by the session, which may go back to older code.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use liveswap::{Answer, Failure, HotPanic, Policy, Touched};

use super::Message;

/// How long a failed call waits for other code. The session answers within milliseconds, unless it is loading code.
const PATIENCE: Duration = Duration::from_secs(2);

/// Decides for one library.
pub(crate) struct Judge {
    policy: Policy,
    inbox: Sender<Message>,
}

/// A call that panicked while its code was on trial.
pub(crate) struct FailedCall {
    /// The generation that was in force when the call began, or an older one.
    pub(super) generation: u64,
    function: String,
    message: String,
    /// The signal of a crash; 0 for a panic.
    signal: i32,
    can_be_repeated: bool,
    touched: Touched,
}

impl Judge {
    pub(super) fn new(policy: Policy, inbox: Sender<Message>) -> Self {
        Self { policy, inbox }
    }

    /// Decides on a call of an application, of a generation that is on trial or is not.
    pub(crate) fn app_failed(
        &self,
        generation: u64,
        function: &str,
        panic: &HotPanic,
        is_on_trial: bool,
        touched: Touched,
    ) -> Answer {
        let (function, message) = (function.to_owned(), panic.message.clone());
        let call = FailedCall { generation, function, message, signal: panic.signal, can_be_repeated: false, touched };
        self.decide(self.policy, is_on_trial.then_some(call))
    }

    fn decide(&self, policy: Policy, on_trial: Option<FailedCall>) -> Answer {
        match (policy, on_trial) {
            (Policy::Propagate, _) => Answer::Panic,
            (Policy::Rollback, Some(call)) => self.ask_the_session(call),
            (Policy::Rollback | Policy::Keep, _) => Answer::Return,
        }
    }

    fn ask_the_session(&self, call: FailedCall) -> Answer {
        let (told, heard) = channel();
        // An error says that the session has ended, or has more to do than the call may wait for.
        let _ = self.inbox.send(Message::CallFailed(Box::new(call), told));
        if heard.recv_timeout(PATIENCE).unwrap_or(false) { Answer::Again } else { Answer::Return }
    }
}

impl liveswap::Judge for Judge {
    fn judge(&self, failure: &Failure<'_>) -> Answer {
        let call = failure.is_on_trial.then(|| FailedCall {
            generation: failure.generation,
            function: failure.entry.info().name.to_owned(),
            message: failure.panic.message.clone(),
            signal: failure.panic.signal,
            can_be_repeated: failure.can_be_repeated,
            touched: failure.touched,
        });
        self.decide(failure.policy.unwrap_or(self.policy), call)
    }
}

impl FailedCall {
    /// Why the generation is left, for people.
    pub(super) fn reason(&self) -> String {
        let message = self.message.lines().next().unwrap_or_default();
        let state = match self.touched {
            Touched::Nothing => "",
            Touched::PutBack => "; what it was given is as it was before the call",
            Touched::Stays => "; what it had changed stays so",
        };
        let again = if self.can_be_repeated { "; the call is made again" } else { "" };
        let failed = if self.signal == 0 { "panicked" } else { "crashed" };
        format!("`{}` {failed} in its first calls: {message}{state}{again}", self.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> FailedCall {
        let (function, message) = ("game::update".into(), "no\nmore".into());
        FailedCall { generation: 3, function, message, signal: 0, can_be_repeated: true, touched: Touched::PutBack }
    }

    /// What a judge says while the session answers this.
    fn judged(policy: Policy, answer: Option<bool>) -> Answer {
        let (inbox, messages) = channel();
        let session = std::thread::spawn(move || {
            for message in messages {
                if let (Message::CallFailed(_, told), Some(answer)) = (message, answer) {
                    told.send(answer).unwrap();
                }
            }
        });
        let answer = Judge::new(policy, inbox).decide(policy, Some(call()));
        session.join().unwrap();
        answer
    }

    #[test]
    fn only_a_rollback_asks_the_session() {
        assert_eq!(judged(Policy::Rollback, Some(true)), Answer::Again);
        assert_eq!(judged(Policy::Rollback, Some(false)), Answer::Return);
        assert_eq!(judged(Policy::Rollback, None), Answer::Return, "it has ended");
        assert_eq!(judged(Policy::Keep, Some(true)), Answer::Return);
        assert_eq!(judged(Policy::Propagate, Some(true)), Answer::Panic);
    }

    #[test]
    fn the_reason_has_one_line() {
        let reason = "`game::update` panicked in its first calls: no; what it was given is as it was before the call; the call is made again";
        assert_eq!(call().reason(), reason);
    }
}

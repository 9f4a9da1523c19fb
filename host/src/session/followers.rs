//! Who waits for the end of an edit: told what it is at, and at last what became of it.
//!
//! A session has one edit under way at a time. A follower follows the one that it asked for, and where another takes
//! its place before it is in force, that one. The session notes what happens while it handles a message, and tells the
//! followers once the message is done: so there is one place where an edit can end, whatever ended it, and the session
//! never waits for anyone.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};

use super::history::Generation;
use super::outcome::{EditOutcome, EditState, Ending, Successor};
use crate::events::{EventKind, Progress};

/// What a follower is told.
pub(crate) enum Step {
    /// What the edit is at now.
    At(EditState),
    /// The last.
    Ended(Box<Ending>),
}

/// The end at which the steps come out. Closed without an ending where the session has ended.
pub(crate) struct Following {
    pub(crate) steps: Receiver<Step>,
    /// Says to the session that somebody still reads.
    _reads: Arc<()>,
}

#[cfg(test)]
impl Following {
    /// Follows what a test tells.
    pub(crate) fn of(steps: Receiver<Step>) -> Following {
        Following { steps, _reads: Arc::new(()) }
    }
}

/// Somebody who waits, as the session knows them.
pub(crate) struct Follower {
    told: Sender<Step>,
    /// Gone when nobody reads any more.
    reads: Weak<()>,
    /// Whether a build was asked for, and not a way back.
    is_reload: bool,
    /// The edit that is followed; `None` until the request was carried out.
    edit: Option<u64>,
    /// The generations that it was offered to the program as, and those before it were.
    offered: Vec<u64>,
    superseded_by: Option<Successor>,
    /// What was told last.
    state: Option<EditState>,
}

/// Both ends, for something that is asked for.
pub(super) fn follow() -> (Follower, Following) {
    let (told, steps) = channel();
    let reads = Arc::new(());
    let follower = Follower {
        told,
        reads: Arc::downgrade(&reads),
        is_reload: false,
        edit: None,
        offered: Vec::new(),
        superseded_by: None,
        state: None,
    };
    (follower, Following { steps, _reads: reads })
}

/// The edit that is under way.
pub(super) struct UnderWay {
    /// Its number; another edit has another one.
    pub(super) edit: u64,
    pub(super) state: EditState,
}

/// What happened while a message was handled.
#[derive(Default)]
struct News {
    /// The number of a generation that came into force.
    came: Option<u64>,
    /// The last thing that may have been the end of the edit.
    outcome: Option<EditOutcome>,
    /// What may have taken the edit's place.
    begun: Option<Successor>,
    progress: Option<Progress>,
}

/// All who wait for the end of an edit of one session.
#[derive(Default)]
pub(super) struct Followers {
    list: Vec<Follower>,
    news: RefCell<News>,
}

impl Followers {
    /// From here on the edit that is about to begin, or has begun, is followed.
    pub(super) fn add(&mut self, follower: Option<Follower>, is_reload: bool) {
        self.list.extend(follower.map(|follower| Follower { is_reload, ..follower }));
    }

    /// Sees each event of the session.
    pub(super) fn note(&self, kind: &EventKind) {
        if self.list.is_empty() {
            return;
        }
        let mut news = self.news.borrow_mut();
        match kind {
            EventKind::Building(progress) => news.progress = Some(progress.clone()),
            kind => news.outcome = EditOutcome::of_event(kind).or(news.outcome.take()),
        }
    }

    /// A generation came into force, whether that is told or not.
    pub(super) fn came(&self, generation: &Generation) {
        let mut news = self.news.borrow_mut();
        news.came = Some(generation.number);
        news.outcome = Some(EditOutcome::in_force(generation));
    }

    /// This is about to take the place of the edit that is under way, or will be found to be nothing.
    pub(super) fn begins(&self, successor: Successor) {
        self.news.borrow_mut().begun = Some(successor);
    }

    /// A message is done, and this is under way now. Tells everyone, and forgets who has nothing more to be told.
    pub(super) fn settle(&mut self, now: Option<&UnderWay>) {
        let news = self.news.take();
        self.list.retain_mut(|follower| follower.goes_on(&news, now));
    }

    /// As [`settle`](Self::settle), where the edit that is followed was put aside, to be taken up again.
    pub(super) fn put_off(&mut self) {
        self.news.take();
    }
}

impl Follower {
    /// Says whether it still waits.
    fn goes_on(&mut self, news: &News, now: Option<&UnderWay>) -> bool {
        if self.reads.strong_count() == 0 {
            return false;
        }
        let own = news.came.filter(|came| self.offered.contains(came)).and(news.outcome.clone());
        if let Some(outcome) = own {
            self.end(outcome);
            return false;
        }
        let is_other = self.edit.is_some() && now.map(|now| now.edit) != self.edit;
        if let Some(begun) = news.begun.as_ref().filter(|_| is_other) {
            // Another build of what is on disk is as good as the one that was asked for.
            let is_the_same = self.is_reload && *begun == Successor::Reload;
            self.superseded_by = (!is_the_same).then(|| begun.clone());
        }
        let Some(now) = now else {
            self.end(news.outcome.clone().unwrap_or(EditOutcome::Held));
            return false;
        };
        self.edit = Some(now.edit);
        if let EditState::Waiting { generation, .. } = now.state
            && !self.offered.contains(&generation)
        {
            self.offered.push(generation);
        }
        self.tell(news.progress.as_ref(), now, is_other)
    }

    fn tell(&mut self, progress: Option<&Progress>, now: &UnderWay, is_other: bool) -> bool {
        let state = match (&now.state, progress) {
            (EditState::Building { .. }, Some(progress)) => EditState::building(progress),
            // How far it was when that was said last.
            (EditState::Building { .. }, None)
                if !is_other && matches!(self.state, Some(EditState::Building { .. })) =>
            {
                return true;
            }
            (state, _) => state.clone(),
        };
        if self.state.as_ref() == Some(&state) {
            return true;
        }
        self.state = Some(state.clone());
        self.told.send(Step::At(state)).is_ok()
    }

    fn end(&mut self, outcome: EditOutcome) {
        let ending = Ending { outcome, superseded_by: self.superseded_by.take() };
        // Who has left need not be told.
        let _ = self.told.send(Step::Ended(Box::new(ending)));
    }
}

#[cfg(test)]
mod tests;

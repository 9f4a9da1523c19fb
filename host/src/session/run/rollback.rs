//! Rolling back: an old generation is offered again, under a new number.

use std::sync::Arc;
use std::time::Instant;

use super::Worker;
use super::patches::NextBase;
use crate::events::Tier;
use crate::publish::Publication;
use crate::session::Ready;
use crate::session::edit::{Edit, Offer};
use crate::session::history::{Cause, Content, RollbackError};
use crate::session::outcome::Successor;

impl Worker {
    /// Offers what a generation was made of to the program; gives the new number. After a fault it is not offered but in
    /// force at once, where that can be.
    ///
    /// # Errors
    ///
    /// There was no such generation, or it is in force.
    pub(super) fn roll_back(&mut self, to: u64, reason: String, cause: Cause) -> Result<u64, RollbackError> {
        let generation = self.generations + 1;
        let is_of_base = |content: &Content, now: &Content| Arc::ptr_eq(&content.image, &now.image);
        let image = self.history.now().cloned();
        let (publication, content) = self.history.back_to(to, generation, cause)?;
        let loaded = match &content.image.hooks {
            Some(hooks) => hooks.load_again(&self.emitter, &self.sources.project.package),
            None => Ok(()),
        };
        loaded.map_err(|panic| RollbackError::Hook { wanted: to, message: panic.message })?;
        self.followers.begins(Successor::Rollback { to, reason: reason.clone() });
        self.rest();
        self.generations = generation;
        // Whatever cargo has built is not what runs.
        self.last_artifact = None;
        match (&mut self.patching, &publication) {
            (Some(patching), Publication::Again { slots, .. })
                if self.next_base.is_none() && image.is_some_and(|now| is_of_base(&content, &now)) =>
            {
                patching.offered(slots);
            }
            // What is noted of builds is that of the last one, so another image is not patched.
            _ => self.next_base = Some(NextBase { generation, base: None }),
        }
        // Where the sources are not known any more, the next save is another one than them.
        let sources = content.sources.unwrap_or_default();
        let edit = Edit { saved: Instant::now(), reason, ..Edit::first(sources) };
        let offer = Offer {
            tier: Tier::Swap,
            functions: Vec::new(),
            warnings: Vec::new(),
            moves: Vec::new(),
            started_anew: Vec::new(),
        };
        self.wait_for_the_program(generation, edit, offer);
        let ready = Ready {
            publication,
            generation,
            views: content.image.views.clone(),
            in_force: self.wires.in_force.clone(),
            told: self.wires.inbox.clone(),
            reason: None,
        };
        let waits = match cause {
            Cause::Asked => Some(ready),
            Cause::Fault => self.wires.point.bring_in_now(ready),
        };
        if let Some(ready) = waits {
            self.offer(ready);
        }
        Ok(generation)
    }
}

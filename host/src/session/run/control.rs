//! What is asked for from outside: a build, a pause, what is known.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::pauses::Pauses;
use super::{Worker, is_same};
use crate::events::EventKind;
use crate::session::control::{Asked, Doing, Status};
use crate::session::edit::{Activity, Edit};
use crate::session::history::{Cause, RollbackError};
use crate::session::outcome::Successor;
use crate::watch::Change;

/// The files that changed while edits are not built.
pub(super) type Held = BTreeSet<PathBuf>;

impl Worker {
    /// cargo's directory, claimed for this host.
    pub(in crate::session) fn target_dir(&self) -> &Path {
        self.target_dir.path()
    }

    pub(super) fn asked(&mut self, asked: Asked) {
        // Who does not wait for the answer any more need not be told.
        match asked {
            Asked::Generations(told) => drop(told.send(self.history.generations())),
            Asked::RollBack { to, told, follower } => {
                let number = self.asked_to_roll_back(to);
                self.followers.add(follower.filter(|_| number.is_ok()), false);
                let _ = told.send(number);
            }
            Asked::Pause(told) => drop(told.send(self.pause())),
            Asked::Resume(told) => drop(told.send(self.resume())),
            Asked::Reload { told, follower } => {
                // Before, since it may end at once.
                self.followers.add(follower, true);
                self.reload();
                let _ = told.send(());
            }
            Asked::Status(told) => drop(told.send(self.status())),
        }
    }

    fn asked_to_roll_back(&mut self, to: Option<u64>) -> Result<u64, RollbackError> {
        let to = to.map_or_else(|| self.history.one_back(is_same), Ok)?;
        self.roll_back(to, "asked for".into(), Cause::Asked)
    }

    /// Says whether edits were built until now. A build that is under way goes on.
    fn pause(&mut self) -> bool {
        if self.held.is_some() {
            return false;
        }
        self.held = Some(Held::new());
        self.emit(EventKind::Paused);
        true
    }

    /// Keeps an edit for later, where it is paused.
    pub(super) fn hold(&mut self, files: &[PathBuf]) -> bool {
        let Some(held) = &mut self.held else { return false };
        held.extend(files.iter().cloned());
        // What is compiled from here on would be the new text, half of it perhaps.
        self.rest();
        self.trials.has_interrupted = false;
        self.pauses = Pauses::default();
        true
    }

    /// Takes all that changed meanwhile in one build. Gives it; `None` where it was not paused.
    fn resume(&mut self) -> Option<Vec<PathBuf>> {
        let files: Vec<PathBuf> = self.held.take()?.into_iter().collect();
        self.emit(EventKind::Resumed { files: files.clone() });
        if !files.is_empty() {
            let now = Instant::now();
            self.followers.begins(Successor::Edit { files: files.clone() });
            self.take_up(&Change { files: Vec::new(), first_event: now, settled: now }, files.clone());
        }
        Some(files)
    }

    /// Builds what is on disk: as after an edit, and where nothing changed too. It stays paused where it is.
    fn reload(&mut self) {
        self.followers.begins(Successor::Reload);
        // Also what the watch could not see.
        self.sources.read_again(self.last_build, &self.settings.profile);
        self.held.iter_mut().for_each(Held::clear);
        let now = self.sources.now.clone();
        self.history.allow_again(|left| is_same(left, &now));
        let is_new = self.built.as_ref().is_some_and(|built| !is_same(built, &now));
        let edit = Edit { reason: "asked for".into(), ..Edit::first(now) };
        // What cargo finds fresh is loaded again all the same.
        self.last_artifact = None;
        if is_new { self.apply(edit) } else { self.start_build(edit) }
    }

    fn status(&self) -> Status {
        let doing = match self.activity {
            Activity::Idle | Activity::Waiting { .. } => Doing::Watching,
            Activity::Building { .. } => Doing::Building,
            Activity::Patching { .. } => Doing::Patching,
            Activity::TestLoading { .. } => Doing::TestLoading,
            Activity::CatchingUp { .. } | Activity::Auditing { .. } | Activity::Checking { .. } => Doing::Checking,
        };
        let waiting = match self.activity {
            Activity::Waiting { generation, .. } => Some(generation),
            _ => None,
        };
        Status {
            library: self.sources.project.package.clone(),
            generation: self.generation(),
            waiting,
            doing,
            paused: self.held.is_some(),
            unbuilt: self.held.iter().flatten().cloned().collect(),
            trouble: self.wires.in_force.trouble(),
            directory: self.sources.project.directory.clone(),
            target_dir: self.target_dir.path().to_owned(),
            profile: self.settings.profile.clone(),
            watching: self.sources.watching().to_owned(),
            patches: self.patching.is_some(),
            audit: self.history.newest().and_then(|newest| newest.audit.clone()),
            images: self.wires.in_force.images(),
        }
    }
}

//! From an artifact of cargo to an image that is offered: stage, open, verify.

use std::fs;
use std::time::Duration;

use super::super::Ready;
use super::super::attempt::{Attempt, Refusal, Staged};
use super::super::edit::{Built, Edit, Offer};
use super::super::faults;
use super::super::history::Content;
use super::super::hooks::{ImageHooks, Overdue};
use super::super::patching::Patching;
use super::super::sources::Sources;
use super::Worker;
use super::patches::NextBase;
use crate::compile::Artifact;
use crate::events::{EventKind, Tier};
use crate::open::artifact::mutable_statics;

impl Worker {
    /// Takes what cargo has built through the stages, and offers it to the program.
    pub(super) fn swap_in(&mut self, mut artifact: Artifact, mut edit: Edit) {
        artifact.inputs = self.sources.with_links(artifact.inputs);
        let mut unseen = self.sources.changed_unseen(&artifact.inputs, self.last_build);
        if let Err(error) = self.sources.watch_inputs(&artifact) {
            self.emit(EventKind::Warning { message: format!("some inputs are not watched: {error}") });
        }
        self.sources.keep_early(&mut unseen);
        let print = fs::metadata(&artifact.path).ok().and_then(|data| Some((data.len(), data.modified().ok()?)));
        if artifact.fresh && print.is_some() && print == self.last_artifact && self.built.is_some() {
            self.sources.read_inputs(&artifact.inputs, self.last_build, &mut edit.sources);
            self.built = Some(edit.sources);
            return self.emit(EventKind::Skipped {
                reason: format!("cargo has nothing to rebuild ({})", edit.reason),
                files: Vec::new(),
            });
        }
        self.attempts += 1;
        let crate_name = &self.sources.project.crate_name;
        let staged = Staged::new(&self.staging, crate_name, &self.expected, &artifact.path, self.attempts);
        match staged {
            Ok(staged) => self.test_load(Built { artifact, print, edit, staged }),
            Err(refusal) => self.refused(refusal, &edit),
        }
    }

    /// Loads a copy and offers it to the program. `tested` is how long another process has loaded it.
    pub(super) fn load(&mut self, built: Built, tested: Duration) {
        let Built { artifact, print, mut edit, staged } = built;
        let generation = self.generations + 1;
        let attempt = Attempt {
            crate_name: &self.sources.project.crate_name,
            same: self.same_crates(),
            target: &self.target,
            agreement: &self.agreement,
            project: &self.sources.project,
            in_force: self.generation(),
            unseen: &self.unseen,
            image_in_force: self.history.now().map(|content| content.image.address()),
            sources: &edit.sources,
            inputs: &artifact.inputs,
            on_panic: faults::receiver(self.wires.inbox.clone(), self.wires.in_force.clone(), generation),
            on_load: &|image| self.image_is_loaded(image, generation),
        };
        let message = format!(
            "loading generation {generation} takes long: a constructor of the library, or its load hook, does not come back; the program runs on as it is, and later edits wait"
        );
        let overdue = Overdue::watch(self.emitter.clone(), self.sources.project.package.clone(), message);
        let passed = attempt.run(&staged, tested);
        drop(overdue);
        let passed = match passed {
            Ok(passed) => passed,
            Err(refusal) => return self.refused(refusal, &edit),
        };
        let (build, Sources { project, .. }, in_force) = (passed.image.build(), &self.sources, self.generation());
        self.agreement.passed(generation, build, project, in_force);
        if let Some(message) = self.agreement.warning(&passed.drift, &project.package) {
            self.emit(EventKind::Warning { message });
        }
        self.unseen.passed(passed.image.range().start, passed.world);
        self.last_artifact = print;
        self.generations = generation;
        self.wires.in_force.count(&passed.image);
        if passed.image.early_allocations() > 0 {
            let count = passed.image.early_allocations();
            tracing::warn!(count, "constructors of the library allocated before the host's allocator served it");
        }
        (edit.phases.stage, edit.phases.open, edit.phases.verify) = (passed.stage, passed.open, passed.verify);
        self.sources.read_inputs(&artifact.inputs, self.last_build, &mut edit.sources);
        let base = match self.base.failure(&self.sources) {
            _ if !self.base.is_ready() => None,
            Some(reason) => Some(Err(reason)),
            None => {
                let learnt = self.base.learnt().clone();
                Some(Patching::new(&self.sources, edit.sources.clone(), passed.image.path(), learnt))
            }
        };
        let base = base.and_then(|base| base.map_err(|reason| self.tell_that_there_are_no_patches(reason)).ok());
        self.next_base = Some(NextBase { generation, base });
        let hooks = ImageHooks::new(passed.image.hooks(), generation, passed.image.range());
        let content = Content::of_image(
            &passed.publication,
            &passed.views,
            Some(hooks),
            passed.image.range(),
            edit.sources.clone(),
        );
        let content = content.with_statics(mutable_statics(passed.image.path(), &self.crates_with_statics()));
        let started_anew = self.history.now().map(|now| content.starts_anew(now)).unwrap_or_default();
        let size = passed.image.memory();
        self.history.offered(generation, Tier::Swap, Vec::new(), edit.reason.clone(), size, content);
        let (warnings, moves) = (artifact.warnings, passed.moves);
        let offer = Offer { tier: Tier::Swap, functions: Vec::new(), warnings, moves, started_anew };
        self.wait_for_the_program(generation, edit, offer);
        let ready = Ready {
            publication: passed.publication,
            generation,
            views: passed.views,
            in_force: self.wires.in_force.clone(),
            told: self.wires.inbox.clone(),
            reason: None,
        };
        self.offer(ready);
    }

    /// The names of the crates whose statics are the user's, the library's first.
    fn crates_with_statics(&self) -> Vec<String> {
        let project = &self.sources.project;
        let others = project.root_packages.values().map(|package| package.replace('-', "_"));
        let others = others.filter(|name| *name != project.crate_name && !name.starts_with("liveswap"));
        std::iter::once(project.crate_name.clone()).chain(others).collect()
    }

    /// Tells that a stage refused; an image that was loaded by then stays loaded.
    pub(super) fn refused(&mut self, Refusal { stage, reason, image }: Refusal, edit: &Edit) {
        if let Some(image) = image {
            self.wires.in_force.count(&image);
        }
        let (generation, total_ms) = (self.generation(), edit.age());
        self.emit(EventKind::Refused { generation, stage, reason, total_ms });
        self.look_at_early_changes();
    }
}

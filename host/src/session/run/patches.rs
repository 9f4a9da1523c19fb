//! Patches: from an edit of bodies to code that is offered to the program.

use std::sync::Arc;
use std::time::Instant;

use super::super::base_crates::BaseCrates;
use super::super::edit::{Activity, Edit, Offer};
use super::super::patching::{PatchFile, Patching, Plan, Slots};
use super::super::{Message, Ready, Target};
use super::Worker;
use crate::audit::Replaced;
use crate::classify::Snapshot;
use crate::compile::patch::{self, PatchResult};
use crate::compile::self_test::{self, SelfTestError};
use crate::compile::{BuildFailure, Sequence, own_errors};
use crate::events::{EventKind, Tier};
use crate::publish::{Patched, Publication};

/// An image that was offered. Once it is in force, the one before can't be patched any more.
pub(super) struct NextBase {
    pub(super) generation: u64,
    /// The image as a base, where it can be patched.
    pub(super) base: Option<Patching>,
}

/// Whether patching works here.
pub(super) enum SelfTest {
    NotWanted,
    Runs(#[expect(dead_code, reason = "dropping it ends it")] Sequence),
    /// If not, why.
    Done(Result<(), String>),
}

impl Worker {
    /// Applies an edit by the cheapest tier that can.
    pub(super) fn apply(&mut self, mut edit: Edit) {
        let begun = Instant::now();
        let exclude = [self.sources.project.target_directory.clone(), self.sources.target_dir.clone()];
        let plan = match &mut self.patching {
            // What waits is another base.
            Some(_) if self.next_base.is_some() => None,
            Some(patching) => Some(patching.plan(&edit.sources, &exclude)),
            None => None,
        };
        edit.phases.classify += begun.elapsed();
        match plan {
            Some(Ok(plan)) => self.start_patch(plan, edit),
            Some(Err(reason)) => {
                edit.reason = reason;
                self.start_build(edit);
            }
            None => self.start_build(edit),
        }
    }

    fn start_patch(&mut self, plan: Plan, mut edit: Edit) {
        // Dropping what runs cancels it.
        self.rest();
        edit.reason = plan.reason;
        let Some(file) = plan.file else {
            let slots = self.patching.as_ref().map(Patching::back).unwrap_or_default();
            return self.offer_patch(slots, plan.patched, Vec::new(), 0, edit);
        };
        self.compile_patch(file, plan.functions, plan.has_copies, plan.patched, edit);
    }

    fn compile_patch(
        &mut self,
        file: PatchFile,
        functions: Vec<String>,
        has_copies: bool,
        patched: Replaced,
        mut edit: Edit,
    ) {
        self.builds += 1;
        let (number, inbox) = (self.builds, self.wires.inbox.clone());
        let report = move |result| drop(inbox.send(Message::Patched(number, result)));
        match patch::start(&file.request, report) {
            Ok(build) => {
                self.activity = Activity::Patching { number, build, edit, functions, file, has_copies, patched };
            }
            Err(error) => {
                edit.reason = error.to_string();
                self.start_build(edit);
            }
        }
    }

    pub(super) fn patched(&mut self, from: u64, result: PatchResult) {
        if !matches!(&self.activity, Activity::Patching { number, .. } if *number == from) {
            return;
        }
        let Activity::Patching { mut edit, functions, file, has_copies, patched, .. } =
            std::mem::replace(&mut self.activity, Activity::Idle)
        else {
            return;
        };
        edit.phases.compile += result.elapsed;
        if !result.is_built {
            let directory = self.sources.project.workspace_root.clone();
            let line = |file: &str, number: usize| {
                let text = edit.sources.get(&directory.join(file))?;
                std::str::from_utf8(text).ok()?.lines().nth(number - 1).map(str::to_owned)
            };
            // Of a copy, a type may not match the base's without a mistake of the user's.
            if let Some(diagnostics) = own_errors(&result.said, line).filter(|_| !has_copies) {
                return self.build_failed(BuildFailure { diagnostics, message: None, elapsed: result.elapsed }, &edit);
            }
            tracing::debug!(said = result.said, "a patch did not compile");
            edit.reason = "the changed functions do not compile by themselves".into();
            return self.start_build(edit);
        }
        let begun = Instant::now();
        let Some(patching) = &mut self.patching else { return self.start_build(edit) };
        match patching.open(&file, self.generations + 1, &edit.sources) {
            Ok((slots, image)) => {
                self.code_is_loaded(image.range(), self.generations + 1);
                edit.phases.open = begun.elapsed();
                self.wires.in_force.count_patch(&image);
                self.offer_patch(slots, patched, functions, image.memory(), edit);
            }
            Err(reason) => match patching.with_natives(file) {
                Some(file) => self.compile_patch(file, functions, has_copies, patched, edit),
                None => {
                    edit.reason = reason;
                    self.start_build(edit);
                }
            },
        }
    }

    fn offer_patch(&mut self, slots: Slots, patched: Replaced, functions: Vec<String>, size: u64, edit: Edit) {
        if let Some(patching) = &mut self.patching {
            patching.offered(&slots);
        }
        let generation = self.generations + 1;
        self.generations = generation;
        if let Some(now) = self.history.now() {
            let content = now.patched(&slots, patched, edit.sources.clone());
            self.history.offered(generation, Tier::Patch, functions.clone(), edit.reason.clone(), size, content);
        }
        let of = match &self.target {
            Target::App(slot) => Patched::App(slot.clone()),
            Target::Entries(of) => Patched::Entries(of),
        };
        let ready = Ready {
            publication: Publication::Patch { slots, of },
            generation,
            views: self.wires.in_force.views(),
            in_force: self.wires.in_force.clone(),
            told: self.wires.inbox.clone(),
            reason: None,
        };
        let offer =
            Offer { tier: Tier::Patch, functions, warnings: Vec::new(), moves: Vec::new(), started_anew: Vec::new() };
        self.wait_for_the_program(generation, edit, offer);
        self.offer(ready);
    }

    /// A generation is in force. If it is the image that was offered, that is what is patched from now on, or nothing is.
    pub(super) fn base_is_in_force(&mut self, now: u64) {
        let is_in_force = self.next_base.as_ref().is_some_and(|next| next.generation == now);
        if !is_in_force {
            return;
        }
        // The slots of the old base are of no use any more.
        self.patching = None;
        // Until it is known whether this one can be patched, edits are swapped.
        let SelfTest::Done(works) = &self.self_test else { return };
        let works = works.clone();
        let Some(patching) = self.next_base.take().and_then(|next| next.base) else { return };
        if let Err(reason) = works {
            return self.tell_that_there_are_no_patches(reason);
        }
        read_ahead(self.sources.now.clone(), Arc::clone(patching.crates()));
        self.patching = Some(patching);
        self.pauses.unchecked = Some(Instant::now());
    }

    /// Finds out whether patching works here, beside the first build.
    pub(super) fn start_self_test(&mut self) {
        let (toolchain, directory) = (self.sources.toolchain.clone(), self.sources.target_dir.clone());
        let inbox = self.wires.inbox.clone();
        let report = move |result: Result<_, SelfTestError>| {
            drop(inbox.send(Message::SelfTested(result.map_err(|error| error.to_string()))));
        };
        match self_test::start(toolchain, directory, report) {
            Ok(test) => self.self_test = SelfTest::Runs(test),
            Err(error) => self.self_test = SelfTest::Done(Err(error.to_string())),
        }
    }

    pub(super) fn self_tested(&mut self, result: Result<(), String>) {
        self.self_test = SelfTest::Done(result);
        self.base_is_in_force(self.generation());
    }

    /// Said once for each reason.
    pub(super) fn tell_that_there_are_no_patches(&mut self, reason: String) {
        if self.no_patches.as_ref() == Some(&reason) {
            return;
        }
        self.emit(EventKind::Warning { message: format!("edits are swapped, not patched: {reason}") });
        self.no_patches = Some(reason);
    }
}

/// Takes the sources apart before an edit asks for it, and asks rustc what it will be asked for then.
fn read_ahead(sources: Snapshot, crates: Arc<BaseCrates>) {
    let read = move || {
        crates.read_ahead();
        let rust = sources.paths().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        rust.for_each(|path| drop(sources.syntax(path)));
    };
    // Without a thread it is done when it is asked for.
    let _ = std::thread::Builder::new().name("liveswap read ahead".into()).spawn(read);
}

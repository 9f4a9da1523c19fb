//! Builds by cargo: for an edit, or in the background after a patch.

use std::ffi::OsString;
use std::time::{Instant, SystemTime};

use super::super::Message;
use super::super::edit::{Activity, Edit};
use super::super::sources::Sources;
use super::Worker;
use crate::classify::Snapshot;
use crate::compile::{self, Artifact, Build, BuildFailure, BuildMessage, BuildRequest, CompileError};
use crate::events::EventKind;
use crate::watch::{Change, WatchMessage};

/// The variable that tells `hot_lib!` which crate is built for a host; see the macro.
const HOT_CRATE_VARIABLE: &str = "LIVESWAP_HOT_CRATE";

impl Worker {
    /// Cancels what is compiled.
    pub(super) fn rest(&mut self) {
        let is_compiling = matches!(
            self.activity,
            Activity::Building { .. }
                | Activity::CatchingUp { .. }
                | Activity::Auditing { .. }
                | Activity::Patching { .. }
                | Activity::TestLoading { .. }
                | Activity::Checking { .. }
        );
        if is_compiling {
            self.activity = Activity::Idle;
        }
    }

    pub(super) fn start_build(&mut self, edit: Edit) {
        let started = Instant::now();
        match self.build(&edit.sources, false) {
            Ok((number, build)) => self.activity = Activity::Building { number, build, edit, started },
            Err(error) => self.emit(EventKind::BuildFailed {
                generation: self.generation(),
                diagnostics: Vec::new(),
                message: Some(error.to_string()),
                total_ms: edit.age(),
            }),
        }
    }

    pub(super) fn build(&mut self, of: &Snapshot, is_background: bool) -> Result<(u64, Build), CompileError> {
        // Before the next one wants cargo's lock.
        self.rest();
        self.pauses.behind = None;
        if !self.target_dir.hold() {
            let message = format!(
                "{} was removed, and another host builds there now: restart one of the two",
                self.target_dir.path().display()
            );
            self.emit(EventKind::Warning { message });
        }
        self.builds += 1;
        let number = self.builds;
        let mut env = vec![(HOT_CRATE_VARIABLE.into(), OsString::from(&self.sources.project.crate_name))];
        match self.base.prepare(&self.sources, of, &self.settings.profile) {
            Ok(variables) => env.extend(variables),
            Err(reason) => self.tell_that_there_are_no_patches(reason),
        }
        self.last_build = SystemTime::now();
        let Sources { project, toolchain, target_dir, .. } = &self.sources;
        let request = BuildRequest {
            toolchain: toolchain.clone(),
            workspace_root: project.workspace_root.clone(),
            manifest_path: project.manifest_path.clone(),
            package: project.package_id.clone(),
            beside: project.beside(),
            profile: self.settings.profile.clone(),
            target_dir: target_dir.clone(),
            features: self.settings.features.and(&project.config.features),
            is_background,
            env,
        };
        let inbox = self.wires.inbox.clone();
        let build = compile::start(&request, move |message| drop(inbox.send(Message::Build(number, message))))?;
        Ok((number, build))
    }

    pub(super) fn built(&mut self, from: u64, message: BuildMessage) {
        if matches!(&self.activity, Activity::CatchingUp { number, .. } if *number == from) {
            return self.caught_up(message);
        }
        // What a cancelled build had still in the channel.
        if !matches!(&self.activity, Activity::Building { number, .. } if *number == from) {
            return;
        }
        match message {
            BuildMessage::Progress(progress) => self.emit(EventKind::Building(progress)),
            BuildMessage::Finished(result) => {
                let Activity::Building { mut edit, started, build, .. } =
                    std::mem::replace(&mut self.activity, Activity::Idle)
                else {
                    return;
                };
                drop(build);
                edit.phases.compile = started.elapsed();
                match result {
                    Ok(artifact) if self.learn(&artifact, &mut edit) => self.start_build(edit),
                    Ok(artifact) => self.swap_in(artifact, edit),
                    Err(failure) => {
                        self.build_failed(failure, &edit);
                        // What changed during a first build that failed may be what it lacks.
                        self.look_at_early_changes();
                    }
                }
            }
        }
    }

    /// Takes in what a build has told of the library. Tells whether it has to be built once more by that.
    fn learn(&mut self, artifact: &Artifact, edit: &mut Edit) -> bool {
        let has_new =
            self.base.is_ready() && self.sources.adopt(&artifact.inputs, &mut edit.sources, &self.settings.profile);
        self.base.learn(&self.sources, &edit.sources, &artifact.generated) || has_new
    }

    /// Takes in what changed during the first build, now that its generation is in force, or that there is none.
    pub(super) fn look_at_early_changes(&mut self) {
        let files = self.sources.take_early();
        if !files.is_empty() {
            let now = Instant::now();
            let change = Change { files, first_event: now, settled: now };
            // The thread that reads the channel is this one.
            let _ = self.wires.inbox.send(Message::Watch(WatchMessage::Changed(change)));
        }
    }

    pub(super) fn build_failed(&mut self, failure: BuildFailure, edit: &Edit) {
        self.emit(EventKind::BuildFailed {
            generation: self.generation(),
            diagnostics: failure.diagnostics,
            message: failure.message,
            total_ms: edit.age(),
        });
    }
}

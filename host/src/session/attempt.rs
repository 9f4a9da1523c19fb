//! One attempt: an artifact goes through stage, open and verify, and comes out ready to publish, or refused.
//!
//! It has two halves, between which another process may load the copy: [`Staged::new`] runs no code of the library,
//! [`Attempt::run`] loads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use liveswap::handshake::Identity;
use liveswap::state::registry;

use super::Target;
use super::agreement::Agreement;
use super::unseen::{Sides, Unseen};
use crate::classify::Snapshot;
use crate::events::Stage;
use crate::migrate::Plan;
use crate::open::constructors::AtLoad;
use crate::open::services::{OnPanic, SameCrates};
use crate::open::{Image, artifact, test_load};
use crate::project::Project;
use crate::publish::Publication;
use crate::stage::StagingArea;
use crate::verify::drift::Drift;
use crate::verify::identity::Identities;
use crate::verify::kept::{self, View};
use crate::verify::reach::world::World;
use crate::verify::{self, VerifyError, layout};

/// A copy of an artifact that may be loaded, as far as its file tells.
pub(super) struct Staged {
    path: PathBuf,
    at_load: AtLoad,
    stage: Duration,
    read: Duration,
}

impl Staged {
    /// Copies an artifact and reads the copy; `number` differs with each attempt.
    pub(super) fn new(
        staging: &StagingArea,
        crate_name: &str,
        expected: &Identity,
        built: &Path,
        number: u64,
    ) -> Result<Staged, Refusal> {
        let start = Instant::now();
        let path = staging.stage(built, number).map_err(|error| Refusal::new(Stage::Stage, error.to_string()))?;
        let staged_at = Instant::now();
        // The handshake comes before the loading, since loading runs code.
        let identity = artifact::read_identity(&path, crate_name);
        let identity = identity.map_err(|error| Refusal::new(Stage::Open, error.to_string()))?;
        verify::handshake::check(expected, &identity)
            .map_err(|error| Refusal::new(Stage::Verify, error.to_string()))?;
        let at_load = test_load::wanted(&path).map_err(|error| Refusal::new(Stage::Open, error.to_string()))?;
        Ok(Staged { path, at_load, stage: staged_at - start, read: staged_at.elapsed() })
    }

    /// The copy.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What of it is to be tried in another process first.
    pub(super) fn at_load(&self) -> &AtLoad {
        &self.at_load
    }
}

/// What an artifact is checked against.
pub(super) struct Attempt<'a> {
    pub(super) crate_name: &'a str,
    pub(super) same: SameCrates,
    pub(super) target: &'a Target,
    pub(super) agreement: &'a Agreement,
    /// What the artifact was built from.
    pub(super) project: &'a Project,
    /// The generation in force.
    pub(super) in_force: u64,
    /// What is compared of the types that cross unseen.
    pub(super) unseen: &'a Unseen,
    /// The image in force, by its address.
    pub(super) image_in_force: Option<usize>,
    /// The sources of the artifact.
    pub(super) sources: &'a Snapshot,
    /// The files that its build read.
    pub(super) inputs: &'a [PathBuf],
    pub(super) on_panic: OnPanic,
    /// Told of the image once it is loaded.
    pub(super) on_load: &'a dyn Fn(&Image),
}

/// A new generation that passed, and how long that took.
pub(super) struct Passed {
    pub(super) publication: Publication,
    pub(super) views: Vec<View>,
    /// What changes in the state, for people.
    pub(super) moves: Vec<String>,
    pub(super) image: Image,
    pub(super) drift: Drift,
    /// The definitions of its sources, if types cross unseen.
    pub(super) world: Option<Arc<World>>,
    pub(super) stage: Duration,
    pub(super) open: Duration,
    pub(super) verify: Duration,
}

/// Which stage refused, and why.
pub(super) struct Refusal {
    pub(super) stage: Stage,
    pub(super) reason: String,
    /// The image, where it was loaded before it was refused.
    pub(super) image: Option<Image>,
}

impl Refusal {
    pub(super) fn new(stage: Stage, reason: String) -> Refusal {
        Refusal { stage, reason, image: None }
    }
}

impl Attempt<'_> {
    /// Takes the copy through the other stages. `tested` is how long another process has loaded it.
    pub(super) fn run(self, staged: &Staged, tested: Duration) -> Result<Passed, Refusal> {
        let start = Instant::now();
        // SAFETY: the handshake was read from this very file, and equals what this host expects: else there is no `Staged`.
        let image = unsafe { Image::open(&staged.path, self.crate_name, self.on_panic, self.same) };
        let image = image.map_err(|error| {
            let stage = match error {
                crate::open::OpenError::RootModule { .. } => Stage::Verify,
                _ => Stage::Open,
            };
            Refusal::new(stage, error.to_string())
        })?;
        (self.on_load)(&image);
        let opened_at = Instant::now();

        let drift = self.agreement.drift(image.build(), self.project, self.in_force);
        let Checked { publication, views, moves } = match check(self.target, &image, drift.identities()) {
            Ok(checked) => checked,
            Err(error) => {
                let reason = drift.lead(error, self.crate_name).to_string();
                return Err(Refusal { stage: Stage::Verify, reason, image: Some(image) });
            }
        };
        let sides =
            Sides { project: self.project, sources: self.sources, inputs: self.inputs, old: self.image_in_force };
        let world = match self.unseen.check(self.target, &image, &views, &sides) {
            Ok(world) => world,
            Err(error) => return Err(Refusal { stage: Stage::Verify, reason: error.to_string(), image: Some(image) }),
        };
        if let Err(panic) = image.hooks().load() {
            let reason = format!("the load hook panicked: {}; mend it and save", panic.message);
            return Err(Refusal { stage: Stage::Verify, reason, image: Some(image) });
        }
        Ok(Passed {
            publication,
            views,
            moves,
            image,
            drift,
            world,
            stage: staged.stage,
            open: staged.read + tested + (opened_at - start),
            verify: opened_at.elapsed(),
        })
    }
}

/// What `verify` let pass.
struct Checked {
    publication: Publication,
    views: Vec<View>,
    moves: Vec<String>,
}

fn check(target: &Target, image: &Image, identities: &Identities) -> Result<Checked, VerifyError> {
    match target {
        Target::Entries(of) => {
            let (host, library) = (verify::entries::views(of.entries()), verify::entries::views(image.entries()));
            let code = verify::entries::match_entries(&host, &library, identities)?;
            let views = verify::kept::views(&library);
            let moves = moves(&views, identities)?;
            Ok(Checked { publication: Publication::Entries { of, code }, views, moves })
        }
        Target::App(slot) => {
            let description = image.app().ok_or_else(|| VerifyError {
                differences: vec!["the library has no application to run".into()],
                way_out: "write `liveswap::hot_lib!(app = YourType);` for a type that implements `liveswap::App`, or load the library from a program of your own (crate `liveswap-host`)".into(),
            })?;
            let moves = slot.check(description.state, identities)?;
            let publication = Publication::App { slot: slot.clone(), description };
            Ok(Checked { publication, views: Vec::new(), moves })
        }
    }
}

/// What changes in the states that there are, where code with these views comes into force.
fn moves(views: &[View], identities: &Identities) -> Result<Vec<String>, VerifyError> {
    let mut moves: Vec<String> = Vec::new();
    for (name, now) in registry::all() {
        let Some(view) = kept::find(views, now) else { continue };
        let in_kept = |error: String| format!("{error} (in the `Kept` \"{name}\")");
        let foreign = layout::foreign_changes(now.layout, view.layout, identities);
        VerifyError::if_any(foreign.into_iter().map(in_kept).collect(), "undo that, or restart to take it up")?;
        let plan = Plan::new(now, view);
        let plan = plan.map_err(|errors| VerifyError::no_way(errors.into_iter().map(in_kept).collect()))?;
        moves.extend(plan.notes.into_iter().filter(|note| !moves.contains(note)).collect::<Vec<_>>());
    }
    Ok(moves)
}

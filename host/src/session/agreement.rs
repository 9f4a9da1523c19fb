//! With what a new image has to agree: how the host, or the generation in force, was compiled.

use liveswap::probe::Build;

use super::Target;
use crate::project::Project;
use crate::verify::drift::{self, Against, Drift, Packages, Program, Side};

/// What is known of the builds that new images are compared with.
pub(super) struct Agreement {
    against: Against,
    /// By the generation's number; the host is 0. Versions of the host are those at the start: it was just built.
    sides: Vec<(u64, Side)>,
    /// The warning that was told last.
    told: Option<String>,
}

impl Agreement {
    pub(super) fn new(target: &Target, project: &Project) -> Self {
        match target {
            Target::Entries(library) => {
                let program = match &project.host_package {
                    None => Program::Unknown,
                    Some(program) if program.has_lib => Program::HasLibrary,
                    Some(_) => Program::Beside,
                };
                let mut packages = packages(project);
                if let Some(features) = &project.program_features {
                    packages.features.clone_from(features);
                    packages.features.remove(&project.package);
                }
                let side = Side::new(library.build(), packages);
                Self { against: Against::Host(program), sides: vec![(0, side)], told: None }
            }
            Target::App(_) => Self { against: Against::Generation, sides: Vec::new(), told: None },
        }
    }

    /// How a new image differs from what it has to agree with; `in_force` is the generation's number.
    pub(super) fn drift(&self, build: &Build, project: &Project, in_force: u64) -> Drift {
        let new = Side::new(build, packages(project));
        let old = match self.against {
            Against::Host(_) => self.sides.first(),
            Against::Generation => self.sides.iter().find(|(generation, _)| *generation == in_force),
        };
        // The first application has nothing to agree with.
        drift::find(old.map_or(&new, |(_, side)| side), &new, self.against)
    }

    /// The image passed and is this generation now; `in_force` still is.
    pub(super) fn passed(&mut self, generation: u64, build: &Build, project: &Project, in_force: u64) {
        if self.against == Against::Generation {
            self.sides.retain(|(number, _)| *number >= in_force);
            self.sides.push((generation, Side::new(build, packages(project))));
        }
    }

    /// What to warn of; `None` where it was told before, for this generation or for one before it.
    pub(super) fn warning(&mut self, drift: &Drift, library: &str) -> Option<String> {
        let warning = drift.warning(library);
        let is_new = warning != self.told;
        self.told.clone_from(&warning);
        warning.filter(|_| is_new)
    }
}

/// What the library is built from now. Its own features are told by the compiler, with those of the command line.
fn packages(project: &Project) -> Packages {
    let mut features = project.features.clone();
    features.remove(&project.package);
    Packages { versions: project.dependencies.clone(), features }
}

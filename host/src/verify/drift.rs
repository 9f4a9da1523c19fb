//! Drift: host and library, or two generations, were compiled in different ways. It is told apart from an edit of a
//! type, and named by the flag that differs.
//!
//! The ids of types depend on features, profile, target and versions; layouts may depend on some of these, and on
//! compiler flags. So drift explains differences of layouts, and is worth a warning where there are none.

mod causes;

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

use liveswap::probe::Build;

use super::VerifyError;
use super::identity::{ANOTHER_BUILD, Identities, Versions};
use causes::{Cause, Kind};

/// The packages that a side is made from, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    /// Their versions, by name.
    pub versions: Versions,
    /// Their features, by name; without the library itself, which says its own.
    pub features: BTreeMap<String, BTreeSet<String>>,
}

/// How one side was compiled.
#[derive(Debug, Clone)]
pub struct Side {
    /// The id of the probe's type.
    id: TypeId,
    profile: &'static str,
    settings: &'static [(&'static str, &'static str)],
    packages: Packages,
}

impl Side {
    /// As a library's own code says it, with the packages that cargo took.
    pub fn new(build: &Build, packages: Packages) -> Self {
        Self { id: (build.id)(), profile: build.profile, settings: build.settings, packages }
    }
}

/// What the new image is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// The library as it is linked into the host.
    Host(Program),
    /// The generation in force.
    Generation,
}

/// How far the library's build selects features as the program's does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// It is built beside the program's package.
    Beside,
    /// It can't be, since that package has a library of its own.
    HasLibrary,
    /// The program's package is not known, or lies in another workspace.
    Unknown,
}

/// How two builds differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    against: Against,
    /// Whether ids of types differ.
    ids_differ: bool,
    causes: Vec<Cause>,
    identities: Identities,
}

/// Compares how two sides were compiled.
pub fn find(old: &Side, new: &Side, against: Against) -> Drift {
    let ids_differ = old.id != new.id;
    let causes = causes::find(old, new, against);
    // Where the program is not known, its features aren't.
    let known = !causes.is_empty() && against != Against::Host(Program::Unknown);
    let identities = Identities {
        alike: !ids_differ,
        meaningless: ids_differ && known && !causes.iter().any(Cause::may_alter_layouts),
        ..Identities::of(&old.packages.versions, &new.packages.versions)
    };
    Drift { against, ids_differ, causes, identities }
}

impl Drift {
    /// How ids are to be compared between the two.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// A warning for `library`, whose layouts agree while its ids don't.
    pub fn warning(&self, library: &str) -> Option<String> {
        if !self.ids_differ {
            return None;
        }
        let consequence = match self.against {
            Against::Host(_) => "`dyn Any`, ECS registries and extension maps will not find each other's types",
            Against::Generation => {
                "what the kept state holds by `TypeId` (`dyn Any`, ECS registries, extension maps) will not be found"
            }
        };
        Some(format!("{}; {consequence}; {}", self.sentence(library), self.way_out()))
    }

    /// The refusal with the drift in front, where that may be what it comes from.
    #[must_use]
    pub fn lead(&self, error: VerifyError, library: &str) -> VerifyError {
        let (others, mut rest): (Vec<String>, Vec<String>) =
            error.differences.into_iter().partition(|line| line.contains(ANOTHER_BUILD));
        let explains_layouts = self.causes.iter().any(|cause| match cause.kind {
            // An edit of the manifest often comes with an edit of a type.
            Kind::Version | Kind::DependencyFeatures(_) | Kind::Dependency(_) | Kind::Profile => false,
            _ => true,
        });
        if others.is_empty() && !explains_layouts {
            return VerifyError { differences: rest, way_out: error.way_out };
        }
        let way_out = match rest.is_empty() {
            true => self.way_out(),
            false => format!("{}; for the rest: {}", self.way_out(), error.way_out),
        };
        rest.insert(0, self.sentence(library));
        match others.as_slice() {
            [] => {}
            [one] => rest.push(one.clone()),
            [first, more @ ..] => {
                let place = first.split(": ").next().unwrap_or(first);
                let types = if more.len() == 1 { "opaque type" } else { "opaque types" };
                rest.push(format!(
                    "{place} and {} {types} more: the types of the same names from another build",
                    more.len()
                ));
            }
        }
        VerifyError { differences: rest, way_out }
    }

    fn sentence(&self, library: &str) -> String {
        let sides = match self.against {
            Against::Host(_) => "differ between host and library",
            Against::Generation => "differ from those of the generation in force",
        };
        let causes = match self.causes.as_slice() {
            [] => "how the two were compiled is not known".to_owned(),
            causes => causes.iter().map(|cause| cause.text.as_str()).collect::<Vec<_>>().join("; "),
        };
        match self.ids_differ {
            true => format!("`TypeId`s of `{library}` {sides}: {causes}"),
            false => format!("compiler flags of `{library}` {sides}: {causes}"),
        }
    }

    fn way_out(&self) -> String {
        let Against::Host(program) = self.against else {
            return "undo that, or restart to begin with a new state".into();
        };
        let mut ways: Vec<String> = Vec::new();
        for cause in &self.causes {
            let way = match &cause.kind {
                Kind::FeatureOff(_) | Kind::DependencyFeatures(_) | Kind::Dependency(_)
                    if program == Program::Unknown =>
                {
                    "name the program with `.program(env!(\"CARGO_MANIFEST_DIR\"))`, so that features are selected as for it; it has to be in the library's workspace".into()
                }
                Kind::FeatureOff(feature) => format!(
                    "give `.features([\"{feature}\"])` to the host's builder, or `features = [\"{feature}\"]` to `[package.metadata.liveswap]`"
                ),
                Kind::FeatureOn(feature) => format!(
                    "enable `{feature}` where the host depends on the library, or take it out of `.features([…])` and `[package.metadata.liveswap]`"
                ),
                Kind::DependencyFeatures(_) | Kind::Dependency(_) if program == Program::HasLibrary => {
                    "move the program's `src/lib.rs` to a package of its own: beside a package without a library the hot library is built with the same features".into()
                }
                Kind::DependencyFeatures(lacking) if !lacking.is_empty() => {
                    format!("enable {} for the library as well, in its `Cargo.toml`", lacking.join(", "))
                }
                Kind::DependencyFeatures(_) => "enable them for the host as well".into(),
                Kind::Dependency(_) => "build the host anew, with the same features and flags".into(),
                Kind::Profile | Kind::Assertions => "build both with one profile (`.profile(…)`)".into(),
                Kind::Target => "build both with or both without `--target` (`build.target`)".into(),
                Kind::Flag => "build both with the same `RUSTFLAGS`".into(),
                Kind::Version => "build the host anew".into(),
            };
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        match ways.is_empty() {
            true => "build both in one workspace, with one selection of features and one profile".into(),
            false => ways.join("; "),
        }
    }
}

#[cfg(test)]
mod tests;

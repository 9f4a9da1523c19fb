//! Drift: host and library, or two generations, were compiled in different ways. It is told apart from an edit of a
//! type, and named by the flag that differs.
//!
//! The ids of types depend on features, profile, target and versions; layouts may depend on some of these, and on
//! compiler flags. So drift explains differences of layouts, and is worth a warning where there are none.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

use liveswap::probe::Build;

use super::VerifyError;
use super::identity::{self, ANOTHER_BUILD, Identities, Versions};

/// How one side was compiled.
#[derive(Debug, Clone)]
pub struct Side {
    /// The id of the probe's type.
    id: TypeId,
    profile: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// The versions of its packages, as far as they are known.
    versions: Versions,
}

impl Side {
    /// As a library's own code says it, with the versions that cargo took.
    pub fn new(build: &Build, versions: Versions) -> Self {
        Self { id: (build.id)(), profile: build.profile, settings: build.settings, versions }
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

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cause {
    /// Both sides, as a lowercase fragment.
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A feature that the new side lacks.
    FeatureOff(String),
    /// A feature that only the new side has.
    FeatureOn(String),
    /// Of the profile, and no layout depends on it.
    Profile,
    /// Of the profile, and fields may depend on it.
    Assertions,
    Target,
    /// From `RUSTFLAGS` or a build script.
    Flag,
    Version,
    /// Something about a dependency.
    Dependency(String),
}

/// How many packages are named, at most.
const MOST: usize = 3;

/// Compares how two sides were compiled.
pub fn find(old: &Side, new: &Side, against: Against) -> Drift {
    let ids_differ = old.id != new.id;
    let mut causes = settings(old, new, against);
    let changes = identity::changes(&old.versions, &new.versions);
    // What a path dependency's number says is the consequence of another cause, where there is one.
    if ids_differ && !changes.is_empty() {
        let text = few(changes.values().cloned());
        causes.push(Cause { text, kind: Kind::Version });
    }
    if ids_differ && causes.is_empty() {
        causes = dependencies(old, new, against);
    }
    let known = !causes.is_empty();
    let identities = Identities {
        alike: !ids_differ,
        meaningless: ids_differ && known && !causes.iter().any(Cause::may_alter_layouts),
        ..Identities::of(&old.versions, &new.versions)
    };
    Drift { against, ids_differ, causes, identities }
}

impl Cause {
    fn may_alter_layouts(&self) -> bool {
        self.kind != Kind::Profile
    }
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
            Kind::Version | Kind::Dependency(_) | Kind::Profile => false,
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
                Kind::FeatureOff(_) | Kind::Dependency(_) if program == Program::Unknown => {
                    "name the program with `.program(env!(\"CARGO_MANIFEST_DIR\"))`, so that features are selected as for it; it has to be in the library's workspace".into()
                }
                Kind::FeatureOff(feature) => format!(
                    "give `.features([\"{feature}\"])` to the host's builder, or `features = [\"{feature}\"]` to `[package.metadata.liveswap]`"
                ),
                Kind::FeatureOn(feature) => format!(
                    "enable `{feature}` where the host depends on the library, or take it out of `.features([…])` and `[package.metadata.liveswap]`"
                ),
                Kind::Dependency(name) => format!(
                    "select the features of `{name}` for the library as well, with `.features([\"{name}/FEATURE\"])`"
                ),
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

/// The settings that differ, the most telling first.
fn settings(old: &Side, new: &Side, against: Against) -> Vec<Cause> {
    let (here, there) = names(against);
    let mut causes = Vec::new();
    if old.profile != new.profile {
        let text = format!("profile `{}` in {here}, `{}` in {there}", old.profile, new.profile);
        causes.push(Cause { text, kind: Kind::Profile });
    }
    // Nothing is said by what only one side knows of.
    if old.settings.is_empty() || new.settings.is_empty() {
        return causes;
    }
    let (before, after) = (all(old), all(new));
    // Debug assertions follow from the optimisation where they are not told.
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().chain(["debug-assertions"]).collect();
    let none = BTreeSet::new();
    for name in names.into_iter().filter(|name| *name != "dependency") {
        let (a, b) = (before.get(name).unwrap_or(&none), after.get(name).unwrap_or(&none));
        let only = a.difference(b).map(|value| (*value, true)).chain(b.difference(a).map(|value| (*value, false)));
        match name {
            "feature" => causes.extend(only.map(|(value, on)| Cause {
                text: match on {
                    true => format!("feature `{value}` is on in {here}, off in {there}"),
                    false => format!("feature `{value}` is off in {here}, on in {there}"),
                },
                kind: if on { Kind::FeatureOff(value.into()) } else { Kind::FeatureOn(value.into()) },
            })),
            "cfg" | "-Z" => causes.extend(only.map(|(value, on)| Cause {
                text: format!(
                    "`{} {value}` is given for {} only",
                    if name == "cfg" { "--cfg" } else { "-Z" },
                    if on { here } else { there }
                ),
                kind: Kind::Flag,
            })),
            _ => {
                let (a, b) = (value(name, &before), value(name, &after));
                if a != b {
                    let kind = match name {
                        "target" => Kind::Target,
                        "target-cpu" | "target-feature" => Kind::Flag,
                        "debug-assertions" => Kind::Assertions,
                        _ => Kind::Profile,
                    };
                    causes.push(Cause { text: format!("{name} is {a} in {here}, {b} in {there}"), kind });
                }
            }
        }
    }
    causes.sort_by(|one, other| one.kind.cmp(&other.kind));
    causes
}

/// The direct dependencies that were compiled otherwise.
fn dependencies(old: &Side, new: &Side, against: Against) -> Vec<Cause> {
    let (here, there) = names(against);
    let numbers = |side: &Side| -> BTreeMap<&'static str, &'static str> {
        let of = side.settings.iter().filter(|(name, _)| *name == "dependency");
        of.filter_map(|(_, value)| value.split_once(' ')).collect()
    };
    let (before, after) = (numbers(old), numbers(new));
    let changed = before.iter().filter(|(name, number)| after.get(*name).is_some_and(|other| other != *number));
    let mut changed: Vec<&str> = changed.map(|(name, _)| *name).collect();
    // The macros' crate has no part in ids, and this one differs by what all depend on.
    changed.sort_by_key(|name| *name == "liveswap");
    match changed.first() {
        Some(first) => {
            let named = few(changed.iter().map(|name| format!("`{name}`")));
            let text = format!("other features, flags or sources of {named} in {here} than in {there}");
            vec![Cause { text, kind: Kind::Dependency((*first).into()) }]
        }
        None => Vec::new(),
    }
}

fn names(against: Against) -> (&'static str, &'static str) {
    match against {
        Against::Host(_) => ("the host", "the library"),
        Against::Generation => ("the generation in force", "the new one"),
    }
}

fn all(side: &Side) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, value) in side.settings {
        found.entry(*name).or_default().insert(*value);
    }
    found
}

/// A setting's value, with rustc's default where it was not told.
fn value(name: &str, settings: &BTreeMap<&'static str, BTreeSet<&'static str>>) -> String {
    if let Some(values) = settings.get(name) {
        return values.iter().copied().collect::<Vec<_>>().join(", ");
    }
    match name {
        "opt-level" | "debuginfo" => "0".into(),
        "debug-assertions" if value("opt-level", settings) == "0" => "on".into(),
        "debug-assertions" => "off".into(),
        "overflow-checks" => value("debug-assertions", settings),
        "panic" => "unwind".into(),
        _ => "not given".into(),
    }
}

/// The first few, and how many more.
fn few(of: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = of.collect();
    match all.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{} and {more} more", all[..MOST].join(", ")),
        _ => all.join(", "),
    }
}

#[cfg(test)]
mod tests;

//! What differs between two builds, as causes with words for both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::{Against, Side};
use crate::verify::identity;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    /// Both sides, as a lowercase fragment.
    pub(super) text: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
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
    /// Features of dependencies, as `package/feature`: those that the new side lacks.
    DependencyFeatures(Vec<String>),
    /// A dependency was compiled otherwise.
    Dependency(String),
}

/// How many packages are named, at most.
const MOST: usize = 3;

impl Cause {
    pub(super) fn may_alter_layouts(&self) -> bool {
        self.kind != Kind::Profile
    }
}

/// Why ids, or layouts, may differ: the most telling first. Where only layouts can, as ids don't differ, packages have no
/// part in it.
pub(super) fn find(old: &Side, new: &Side, against: Against) -> Vec<Cause> {
    let mut causes = settings(old, new, against);
    if old.id == new.id {
        return causes;
    }
    let changes = identity::changes(&old.packages.versions, &new.packages.versions);
    if !changes.is_empty() {
        causes.push(Cause { text: few(changes.into_values()), kind: Kind::Version });
    }
    causes.extend(dependency_features(old, new, against));
    // That a dependency's number differs is the consequence of another cause, where there is one.
    if causes.is_empty() {
        causes.extend(dependencies(old, new, against));
    }
    causes
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

/// The features of packages that are on both sides.
fn dependency_features(old: &Side, new: &Side, against: Against) -> Option<Cause> {
    let (here, there) = names(against);
    let both = old.packages.features.iter().filter_map(|(name, a)| Some((name, a, new.packages.features.get(name)?)));
    let (mut texts, mut lacking) = (Vec::new(), Vec::new());
    for (name, a, b) in both {
        for feature in a.difference(b) {
            texts.push(format!("feature `{feature}` of `{name}` is on in {here}, off in {there}"));
            lacking.push(format!("{name}/{feature}"));
        }
        texts.extend(
            b.difference(a).map(|feature| format!("feature `{feature}` of `{name}` is off in {here}, on in {there}")),
        );
    }
    let kind = Kind::DependencyFeatures(lacking);
    (!texts.is_empty()).then(|| Cause { text: few(texts.into_iter()), kind })
}

/// The direct dependencies that were compiled otherwise.
fn dependencies(old: &Side, new: &Side, against: Against) -> Option<Cause> {
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
    let first = changed.first()?;
    let named = few(changed.iter().map(|name| format!("`{name}`")));
    let text = format!("other features, flags or sources of {named} in {here} than in {there}");
    Some(Cause { text, kind: Kind::Dependency((*first).into()) })
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

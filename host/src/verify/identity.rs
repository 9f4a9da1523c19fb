//! Identities: whether an opaque type is still the same type, and which packages' versions say why not.
//!
//! Of an opaque type nothing but name, size and alignment is known, so its `TypeId` has to tell whether what lies inside
//! is the same: another version, or another build, of its crate gives it another id.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

/// The versions of the packages of a build, by name.
pub type Versions = BTreeMap<String, Vec<String>>;

/// What is said of an opaque type whose id is another one, with the reason in brackets.
const ANOTHER_TYPE: &str = "another type of the same name now";

/// The same where only the drift can be the reason.
pub(super) const ANOTHER_BUILD: &str = "the type of the same name from another build of its crate";

/// What the ids of two builds can be compared by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identities {
    /// All ids differ, for reasons that no layout depends on: they say nothing of a single type.
    pub(super) meaningless: bool,
    /// Both builds were compiled alike, so another id is another definition.
    pub(super) alike: bool,
    /// By the names of crates, how the versions of their packages changed.
    pub(super) changed: BTreeMap<String, String>,
}

impl Identities {
    /// With the packages whose versions differ.
    pub fn of(old: &Versions, new: &Versions) -> Self {
        let changed = changes(old, new).into_iter().map(|(name, change)| (name.replace('-', "_"), change)).collect();
        Self { changed, ..Self::default() }
    }

    /// What to say where the ids of an opaque type differ.
    pub(super) fn difference(
        &self,
        (old_name, old): (&str, fn() -> TypeId),
        (new_name, new): (&str, fn() -> TypeId),
    ) -> Option<String> {
        if self.meaningless || old() == new() {
            return None;
        }
        if old_name != new_name {
            return Some(format!("{ANOTHER_TYPE} (`{old_name}` -> `{new_name}`)"));
        }
        let versions: Vec<&str> =
            crates(old_name).into_iter().filter_map(|name| self.changed.get(name)).map(String::as_str).collect();
        Some(match (versions.as_slice(), self.alike) {
            ([], true) => format!("{ANOTHER_TYPE} (its definition was edited)"),
            ([], false) => ANOTHER_BUILD.into(),
            (versions, _) => format!("{ANOTHER_TYPE} ({})", versions.join(", ")),
        })
    }
}

/// By the packages' names, how their versions differ: `rapier2d 0.17.1 -> 0.17.2`.
pub(super) fn changes(old: &Versions, new: &Versions) -> BTreeMap<String, String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let none = Vec::new();
    let changed = names.into_iter().filter_map(|name| {
        let (from, to) = (old.get(name).unwrap_or(&none), new.get(name).unwrap_or(&none));
        // Of several versions at a time, those that only one side has.
        let only = |these: &[String], those: &[String]| {
            these.iter().filter(|version| !those.contains(version)).cloned().collect::<Vec<_>>().join(", ")
        };
        let change = match (only(from, to), only(to, from)) {
            (gone, added) if gone.is_empty() && added.is_empty() => return None,
            (gone, added) if gone.is_empty() => format!("{name} {added} is new"),
            (gone, added) if added.is_empty() => format!("{name} {gone} is gone"),
            (gone, added) => format!("{name} {gone} -> {added}"),
        };
        Some((name.clone(), change))
    });
    changed.collect()
}

/// The crates that a type's full name speaks of: `Box<dyn rapier2d::Shape>` of `rapier2d`.
fn crates(name: &str) -> BTreeSet<&str> {
    let words = name.split(|character: char| !character.is_alphanumeric() && !matches!(character, '_' | ':'));
    words.filter_map(|word| word.split_once("::")).map(|(first, _)| first).filter(|first| !first.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(of: &[(&str, &[&str])]) -> Versions {
        of.iter().map(|(name, all)| (name.to_string(), all.iter().map(ToString::to_string).collect())).collect()
    }

    fn one() -> TypeId {
        TypeId::of::<u8>()
    }

    fn other() -> TypeId {
        TypeId::of::<i8>()
    }

    #[test]
    fn the_version_of_the_types_own_crate_is_the_reason() {
        let old = versions(&[("rapier-2d", &["0.17.1"]), ("glam", &["0.24.0", "0.25.0"]), ("log", &["0.4.1"])]);
        let new = versions(&[("rapier-2d", &["0.17.2"]), ("glam", &["0.25.0", "0.26.0"]), ("log", &["0.4.1"])]);
        let identities = Identities::of(&old, &new);
        let said = |name| identities.difference((name, one), (name, other));
        let rigid = said("rapier_2d::dynamics::RigidBody");
        assert_eq!(rigid.as_deref(), Some("another type of the same name now (rapier-2d 0.17.1 -> 0.17.2)"));
        let both = said("std::collections::HashMap<glam::Vec2, alloc::boxed::Box<dyn rapier_2d::Shape>>");
        assert_eq!(
            both.as_deref(),
            Some("another type of the same name now (glam 0.24.0 -> 0.26.0, rapier-2d 0.17.1 -> 0.17.2)")
        );
        assert_eq!(said("log::Level").as_deref(), Some(ANOTHER_BUILD), "its version is the same");
        let name = "rapier_2d::RigidBody";
        assert_eq!(identities.difference((name, one), (name, one)), None, "a version alone is no difference");
    }

    #[test]
    fn without_another_version_the_definition_or_the_build_is_the_reason() {
        let said = |identities: &Identities, new| identities.difference(("a::X", one), (new, other));
        let alike = Identities { alike: true, ..Identities::default() };
        assert!(said(&alike, "a::X").unwrap().ends_with("(its definition was edited)"));
        assert!(said(&alike, "a::b::X").unwrap().ends_with("(`a::X` -> `a::b::X`)"));
        assert_eq!(said(&Identities::default(), "a::X").as_deref(), Some(ANOTHER_BUILD));
        assert_eq!(said(&Identities { meaningless: true, ..Identities::default() }, "a::X"), None);
    }

    #[test]
    fn new_and_gone_packages_are_changes() {
        let changes = changes(&versions(&[("a", &["1.0.0"])]), &versions(&[("b", &["2.0.0"])]));
        assert_eq!(changes.values().collect::<Vec<_>>(), ["a 1.0.0 is gone", "b 2.0.0 is new"]);
    }
}

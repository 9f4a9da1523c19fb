//! Which symbols of two builds stand for the same, and which of these differ.
//!
//! Most symbols have the same name in both. Others do not, though nothing was changed about them: a name has a hash, which
//! counts the closures and `impl` blocks before it, and names the crate in which a generic function was first used. Of
//! these, what has the same path and the same content is the same; and what is the only one of its path in both.

use std::collections::HashMap;

use rapidhash::v3::rapidhash_v3;

use super::build::{Build, ByName, Definition, Kind, NameId};
use super::names::path;

/// A symbol of the old build whose content is another one in the new build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Differing {
    pub(super) name: NameId,
    pub(super) kind: Kind,
    /// Whether it refers to the same, in the same order: sizes and offsets may be others.
    pub(super) has_same_references: bool,
}

/// What two builds differ in.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) differing: Vec<Differing>,
    /// The functions that both have.
    pub(super) functions: usize,
}

/// What a symbol stands for: equal in both builds for the same.
type Meaning = u64;

/// Compares two builds.
pub(super) fn difference(old: &Build, new: &Build) -> Difference {
    let mut old_meanings = meanings(old, new);
    let mut new_meanings = meanings(new, old);
    let pairs = pair(old, new, &mut old_meanings, &mut new_meanings);
    let mut found = Difference::default();
    for (name, definitions) in &old.definitions {
        let other = new.names.find(old.names.text(*name)).or_else(|| pairs.get(name).copied());
        let Some(others) = other.and_then(|other| new.definitions.get(&other)) else { continue };
        let kind = definitions.first().map_or(Kind::Data, |one| one.kind);
        found.functions += usize::from(kind == Kind::Function);
        let contents = |all: &[Definition], meanings: &ByName<Meaning>| {
            let mut all: Vec<u64> = all.iter().map(|one| content(one, meanings)).collect();
            all.sort_unstable();
            all
        };
        if contents(definitions, &old_meanings) == contents(others, &new_meanings) {
            continue;
        }
        let references = |build: &Build, all: &[Definition], meanings: &ByName<Meaning>| {
            let is_counted = |name: &&NameId| !OF_SIZES.contains(&build.names.text(**name));
            let each = all.iter().map(|one| {
                one.references.iter().filter(is_counted).map(|name| *meanings.get(*name)).collect::<Vec<_>>()
            });
            let mut all: Vec<_> = each.collect();
            all.sort_unstable();
            all
        };
        let has_same_references = references(old, definitions, &old_meanings) == references(new, others, &new_meanings);
        found.differing.push(Differing { name: *name, kind, has_same_references });
    }
    found.differing.sort_unstable_by(|one, other| old.names.text(one.name).cmp(old.names.text(other.name)));
    found
}

/// What the compiler calls for values of some sizes, and not for others.
const OF_SIZES: [&str; 6] = ["__rust_probestack", "bcmp", "memcmp", "memcpy", "memmove", "memset"];

/// What the symbols of a build mean, as far as that can be said by themselves: those that the other build has by the same
/// name are the same; of the others, what has the same path and content.
fn meanings(build: &Build, other: &Build) -> ByName<Meaning> {
    let is_common = |name: NameId| other.names.find(build.names.text(name)).is_some();
    // By the path alone, where the name is this build's.
    let rough = ByName::of(&build.names, |name| match (build.names.text(name), is_common(name)) {
        (text, true) => hash(&["name", text]),
        (text, false) => hash(&["path", &path(text)]),
    });
    ByName::of(&build.names, |name| {
        let text = build.names.text(name);
        match build.definitions.get(&name).filter(|_| !is_common(name)) {
            None => hash(&["name", text]),
            Some(definitions) => {
                let mut contents: Vec<u64> = definitions.iter().map(|one| content(one, &rough)).collect();
                contents.sort_unstable();
                let contents: Vec<u8> = contents.iter().flat_map(|one| one.to_le_bytes()).collect();
                rapidhash_v3(&[path(text).as_bytes(), &contents].concat())
            }
        }
    })
}

/// Finds for symbols of the old build those of the new build that are the same under another name. What is the only one
/// of its path on both sides is so even if the contents differ.
fn pair(
    old: &Build,
    new: &Build,
    old_meanings: &mut ByName<Meaning>,
    new_meanings: &mut ByName<Meaning>,
) -> HashMap<NameId, NameId> {
    let own = |build: &Build, other: &Build| {
        let mut of_path: HashMap<String, Vec<NameId>> = HashMap::new();
        for name in build.definitions.keys().filter(|name| other.names.find(build.names.text(**name)).is_none()) {
            of_path.entry(path(build.names.text(*name))).or_default().push(*name);
        }
        of_path
    };
    let (old_own, mut new_own) = (own(old, new), own(new, old));
    let mut pairs = HashMap::new();
    for (path, mut olds) in old_own {
        let Some(mut news) = new_own.remove(&path) else { continue };
        olds.retain(|one| {
            let same = news.iter().find(|other| new_meanings.get(**other) == old_meanings.get(*one));
            pairs.extend(same.map(|other| (*one, *other)));
            same.is_none()
        });
        news.retain(|other| !pairs.values().any(|paired| paired == other));
        if let ([one], [other]) = (&olds[..], &news[..]) {
            *new_meanings.get_mut(*other) = *old_meanings.get_mut(*one);
            pairs.insert(*one, *other);
        }
    }
    pairs
}

/// A hash of what a definition consists of.
fn content(definition: &Definition, meanings: &ByName<Meaning>) -> u64 {
    let references = definition.references.iter().flat_map(|name| meanings.get(*name).to_le_bytes());
    let bytes: Vec<u8> = definition.digest.to_le_bytes().into_iter().chain(references).collect();
    rapidhash_v3(&bytes)
}

fn hash(parts: &[&str]) -> u64 {
    rapidhash_v3(parts.join("\0").as_bytes())
}

//! Which symbols of two builds stand for the same, and which of these differ.
//!
//! A symbol's name has a path and a hash. The path says what it is, unless several symbols have it: instances of a
//! generic function, the closures of a function. Within one build the hash distinguishes these, but not across builds: it
//! counts the closures and `impl` blocks before them, and names the crate that used an instance first; so after an edit the
//! same hash may stand for another one. Of these, what has the same content is the same.

use std::collections::{HashMap, HashSet};

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

/// What the compiler calls for values of some sizes, and not for others.
const OF_SIZES: [&str; 6] = ["__rust_probestack", "bcmp", "memcmp", "memcpy", "memmove", "memset"];

/// How often what symbols refer to is taken into account of what they mean, at the most.
const ROUNDS: usize = 32;

/// Compares two builds.
pub(super) fn difference(old: &Build, new: &Build) -> Difference {
    let (mut one, mut other) = (Side::new(old), Side::new(new));
    one.find_ambiguous(&other);
    other.ambiguous = one.ambiguous.clone();
    let mut meanings = 0;
    for _ in 0..ROUNDS {
        one.refine();
        other.refine();
        // How many symbols can be distinguished by now.
        let now = one.distinct().max(other.distinct());
        if now == meanings {
            break;
        }
        meanings = now;
    }
    let pairs = pair(&one, &mut other);
    let mut found = Difference::default();
    for (name, definitions) in &old.definitions {
        let Some(others) = pairs.get(name).and_then(|other| new.definitions.get(other)) else { continue };
        let kind = definitions.first().map_or(Kind::Data, |one| one.kind);
        found.functions += usize::from(kind == Kind::Function);
        if one.contents(definitions) != other.contents(others) {
            let has_same_references = one.references(definitions) == other.references(others);
            found.differing.push(Differing { name: *name, kind, has_same_references });
        }
    }
    found.differing.sort_unstable_by(|one, other| old.names.text(one.name).cmp(old.names.text(other.name)));
    found
}

/// One of the builds, with what its symbols mean.
struct Side<'a> {
    build: &'a Build,
    /// The symbols that it defines, by their paths.
    of_path: HashMap<String, Vec<NameId>>,
    /// The paths of several symbols, in this build or the other one.
    ambiguous: HashSet<String>,
    meanings: ByName<Meaning>,
}

impl<'a> Side<'a> {
    fn new(build: &'a Build) -> Self {
        let mut of_path: HashMap<String, Vec<NameId>> = HashMap::new();
        for name in build.definitions.keys() {
            of_path.entry(path(build.names.text(*name))).or_default().push(*name);
        }
        // What is defined elsewhere has not been built anew.
        let mut meanings = ByName::of(&build.names, |name| rapidhash_v3(build.names.text(name).as_bytes()));
        for (path, names) in &of_path {
            names.iter().for_each(|name| *meanings.get_mut(*name) = rapidhash_v3(path.as_bytes()));
        }
        Self { build, of_path, ambiguous: HashSet::new(), meanings }
    }

    fn find_ambiguous(&mut self, other: &Side<'_>) {
        let all = self.of_path.iter().chain(&other.of_path);
        self.ambiguous = all.filter(|(_, names)| names.len() > 1).map(|(path, _)| path.clone()).collect();
    }

    /// Tells symbols of one path apart by what they refer to, one step further than before.
    fn refine(&mut self) {
        let mut refined = Vec::new();
        for path in &self.ambiguous {
            for name in self.of_path.get(path).into_iter().flatten() {
                let contents = self.contents(self.build.definitions.get(name).map_or(&[], Vec::as_slice));
                let contents: Vec<u8> = contents.iter().flat_map(|one| one.to_le_bytes()).collect();
                refined.push((*name, rapidhash_v3(&[path.as_bytes(), &contents].concat())));
            }
        }
        refined.into_iter().for_each(|(name, meaning)| *self.meanings.get_mut(name) = meaning);
    }

    /// How many meanings there are.
    fn distinct(&self) -> usize {
        let names = self.ambiguous.iter().flat_map(|path| self.of_path.get(path)).flatten();
        names.map(|name| *self.meanings.get(*name)).collect::<HashSet<_>>().len()
    }

    /// Hashes of what these definitions consist of.
    fn contents(&self, definitions: &[Definition]) -> Vec<u64> {
        let content = |one: &Definition| {
            let references = one.references.iter().flat_map(|name| self.meanings.get(*name).to_le_bytes());
            rapidhash_v3(&one.digest.to_le_bytes().into_iter().chain(references).collect::<Vec<u8>>())
        };
        let mut all: Vec<u64> = definitions.iter().map(content).collect();
        all.sort_unstable();
        all
    }

    /// What these definitions refer to, but for what depends on sizes.
    fn references(&self, definitions: &[Definition]) -> Vec<Vec<Meaning>> {
        let is_counted = |name: &&NameId| !OF_SIZES.contains(&self.build.names.text(**name));
        let each = definitions.iter().map(|one| one.references.iter().filter(is_counted));
        let mut all: Vec<Vec<Meaning>> =
            each.map(|names| names.map(|name| *self.meanings.get(*name)).collect()).collect();
        all.sort_unstable();
        all
    }
}

/// Finds for the symbols of the old build those of the new one that are the same: by what they mean; of what differs, by
/// the name, or as the only ones of their path that are left.
fn pair(old: &Side<'_>, new: &mut Side<'_>) -> HashMap<NameId, NameId> {
    let mut pairs = HashMap::new();
    for (path, olds) in &old.of_path {
        let Some(news) = new.of_path.get(path) else { continue };
        let mut by_meaning: HashMap<Meaning, NameId> = HashMap::new();
        for other in news {
            by_meaning.entry(*new.meanings.get(*other)).or_insert(*other);
        }
        let is_known = |name: &NameId| by_meaning.contains_key(old.meanings.get(*name));
        let (same, mut left): (Vec<NameId>, Vec<NameId>) = olds.iter().partition(|name| is_known(name));
        pairs.extend(same.iter().map(|name| (*name, by_meaning[old.meanings.get(*name)])));
        let taken: HashSet<Meaning> = same.iter().map(|name| *old.meanings.get(*name)).collect();
        let mut free: Vec<NameId> =
            news.iter().copied().filter(|other| !taken.contains(new.meanings.get(*other))).collect();
        let mut found = Vec::new();
        left.retain(|name| {
            let text = old.build.names.text(*name);
            let other = free.iter().position(|other| new.build.names.text(*other) == text);
            found.extend(other.map(|at| (*name, free.swap_remove(at))));
            other.is_none()
        });
        if let ([name], [other]) = (&left[..], &free[..]) {
            found.push((*name, *other));
        }
        for (name, other) in found {
            *new.meanings.get_mut(other) = *old.meanings.get(name);
            pairs.insert(name, other);
        }
    }
    pairs
}

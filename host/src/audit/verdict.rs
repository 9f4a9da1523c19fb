//! From what two builds differ in to what a patch has left out.
//!
//! A function that has a slot may differ if the patch sets its slot. One without a slot (a generic function, a closure,
//! drop glue) may differ if only patched functions lead to it, which use the copy that the patch has of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::build::{Build, ByName, Kind, NameId};
use super::difference::{Differing, difference};
use super::names::{has_part, is_closure, owner, parent, path, slot};

/// What a patch changes, as the audit has to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The paths of the slots that it sets.
    pub slots: BTreeSet<String>,
    /// Names of the statics that keep their values, of which the user knows.
    pub statics: BTreeSet<String>,
}

/// What the audit has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many functions were compared.
    pub functions: usize,
    /// How many of them differ.
    pub differing: usize,
    /// What runs as it was before the edit, although the edit has changed it.
    pub wrong: Vec<Wrong>,
}

/// Code that the patch should have replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrong {
    /// The function or static, as a path of the sources.
    pub name: String,
    /// Why it should have been replaced, to be read after its name.
    pub reason: String,
}

/// Compares the base that runs with a build of the sources that are said to run, and both with what the patch changes.
pub fn audit(base: &Build, now: &Build, patched: &Replaced) -> Verdict {
    let difference = difference(base, now);
    let judge = Judge::new(base, patched);
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for differing in &difference.differing {
        for Wrong { name, reason } in judge.judge(differing) {
            wrong.entry(name).or_insert(reason);
        }
    }
    let is_function = |one: &&Differing| one.kind == Kind::Function;
    Verdict {
        functions: difference.functions,
        differing: difference.differing.iter().filter(is_function).count(),
        wrong: wrong.into_iter().map(|(name, reason)| Wrong { name, reason }).collect(),
    }
}

struct Judge<'a> {
    base: &'a Build,
    patched: &'a Replaced,
    /// The slots that each function looks into.
    slots: ByName<Vec<String>>,
    /// Who refers to each symbol.
    users: ByName<Vec<NameId>>,
    /// What may hold a future of a patched `async` function in itself.
    holders: HashSet<NameId>,
    /// The paths of all functions.
    functions: HashSet<String>,
}

impl<'a> Judge<'a> {
    fn new(base: &'a Build, patched: &'a Replaced) -> Self {
        let is_slot: ByName<Option<String>> = ByName::of(&base.names, |name| slot(base.names.text(name)));
        let slots = ByName::of(&base.names, |name| match base.kind(name) {
            Some(Kind::Function) => base.references(name).filter_map(|of| is_slot.get(of).clone()).collect(),
            _ => Vec::new(),
        });
        let mut users: ByName<Vec<NameId>> = ByName::of(&base.names, |_| Vec::new());
        for user in base.definitions.keys() {
            for used in base.references(*user) {
                users.get_mut(used).push(*user);
            }
        }
        let of_function = |name: &&NameId| base.kind(**name) == Some(Kind::Function);
        let functions = base.definitions.keys().filter(of_function).map(|name| path(base.names.text(*name))).collect();
        let mut judge = Self { base, patched, slots, users, holders: HashSet::new(), functions };
        judge.holders = judge.find_holders();
        judge
    }

    /// An `async` function may have a larger or smaller future than it had; the base's functions hold the base's futures,
    /// which lead to those of the patch. So their code is right, and differs from that of the new build in sizes and
    /// offsets.
    fn find_holders(&self) -> HashSet<NameId> {
        let is_patched_body = |name: &NameId| self.is_patched(*name) && is_closure(&path(self.base.names.text(*name)));
        let bodies: Vec<NameId> = self.base.definitions.keys().copied().filter(is_patched_body).collect();
        let owners: HashSet<String> =
            bodies.iter().map(|name| owner(&path(self.base.names.text(*name))).to_owned()).collect();
        if bodies.is_empty() {
            return HashSet::new();
        }
        let is_owner = |name: &NameId| owners.contains(&path(self.base.names.text(*name)));
        let mut left: Vec<NameId> = self.base.definitions.keys().copied().filter(is_owner).chain(bodies).collect();
        let mut found: HashSet<NameId> = left.iter().copied().collect();
        while let Some(name) = left.pop() {
            left.extend(self.users.get(name).iter().filter(|user| found.insert(**user)));
        }
        found
    }

    fn is_patched(&self, name: NameId) -> bool {
        self.slots.get(name).iter().any(|slot| self.patched.slots.contains(slot))
    }

    /// What is wrong about a symbol that differs.
    fn judge(&self, Differing { name, kind, has_same_references }: &Differing) -> Vec<Wrong> {
        let path = path(self.base.names.text(*name));
        if self.is_known(&path) || *has_same_references && self.holders.contains(name) {
            return Vec::new();
        }
        match kind {
            // What a function has of its own (the description of a log line, with its number) is the function's.
            Kind::Data if parent(&path).is_some_and(|parent| self.functions.contains(owner(parent))) => Vec::new(),
            Kind::Data => {
                vec![Wrong { name: path, reason: "is a static whose initial value has changed".to_owned() }]
            }
            Kind::Function => self.unpatched(*name),
        }
    }

    /// Whether this belongs to a static that keeps its value.
    fn is_known(&self, path: &str) -> bool {
        self.patched.statics.iter().any(|name| has_part(path, name))
    }

    /// The functions through which the base's code of this function still runs.
    fn unpatched(&self, name: NameId) -> Vec<Wrong> {
        let changed = path(self.base.names.text(name));
        let mut wrong = Vec::new();
        let (mut left, mut seen) = (vec![name], HashSet::from([name]));
        while let Some(one) = left.pop() {
            if self.is_patched(one) {
                continue;
            }
            let path = path(self.base.names.text(one));
            let reason = match one == name {
                true => "has other code".to_owned(),
                false => format!("uses `{}`, which has other code", owner(&changed)),
            };
            let is_data = self.base.kind(one) == Some(Kind::Data);
            if is_data && self.is_known(&path) {
                continue;
            }
            if !self.slots.get(one).is_empty() || is_data {
                wrong.push(Wrong { name: owner(&path).to_owned(), reason });
                continue;
            }
            left.extend(self.users.get(one).iter().filter(|user| seen.insert(**user)));
        }
        wrong
    }
}

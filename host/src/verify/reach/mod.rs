//! Reach: which types can lie behind `#[hot(opaque)]`, and whether an edit has changed one of them.
//!
//! Of an opaque type only its path, size, alignment and id are compared, and none of these depends on the fields of what
//! it holds: `Arc<AppState>` stays `Arc<AppState>` whatever becomes of `AppState`. So the sources of both generations are
//! compared instead: every definition that is reached from the opaque type, by fields, generics, aliases and the methods
//! of trait objects, has to say the same in both. A container that finds values by their `TypeId`, or a `dyn Any`, may
//! hold values of any type; then no type may change.
//!
//! What is reached is found by names, in the text; one definition too many is reached rather than one too few.

pub mod definitions;
pub mod mentions;
pub mod parts;
pub mod roots;
#[cfg(test)]
mod tests;
pub mod world;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use definitions::{Definition, Kind};
use mentions::Mention;
use parts::Part;
use roots::Crossing;
use world::{Meaning, Node, ReadForeign, Resolver, World};

use super::VerifyError;

/// What users can do about it.
const WAY_OUT: &str = "undo that, or restart to take it up; types that derive `HotType` (and `HotState`) need no \
                       `#[hot(opaque)]`, and are compared or moved field by field";

/// Compares all that is reached from types that cross unseen.
///
/// # Errors
///
/// Each definition that has changed, and through what it is reached.
pub fn check(old: &World, new: &World, crossings: &[Crossing], foreign: ReadForeign<'_>) -> Result<(), VerifyError> {
    if crossings.is_empty() || old.says_the_same(new) {
        return Ok(());
    }
    let changes = changes(old, new, crossings, foreign);
    VerifyError::if_any(super::at_most(changes, 0), WAY_OUT)
}

/// What can be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Erased {
    /// Values of any type.
    Anything,
    /// Values of any error type.
    Errors,
}

/// A crate, and the name and the kind of a definition in it.
type Key = (String, String, Kind);

/// Definitions of one key, each with the way to it.
type Definitions = BTreeMap<Key, Vec<(Definition, Vec<String>)>>;

/// All that is reached from one crossing type.
#[derive(Default)]
struct Reached {
    definitions: Definitions,
    /// What holds values that no text names, with the way there.
    erased: Vec<(Erased, Vec<String>)>,
}

fn changes(old: &World, new: &World, crossings: &[Crossing], foreign: ReadForeign<'_>) -> Vec<String> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    let in_place = changed_in_place(old, new);
    let (mut in_old, mut in_new) = (Resolver::new(old, foreign), Resolver::new(new, foreign));
    for crossing in crossings {
        let (before, after) = (search(&mut in_old, crossing), search(&mut in_new, crossing));
        let mut one_sided = Vec::new();
        let mut is_changed = false;
        let keys: BTreeSet<_> = before.definitions.keys().chain(after.definitions.keys()).collect();
        for key in keys {
            let (Some(was), Some(is)) = (before.definitions.get(key), after.definitions.get(key)) else {
                one_sided.push(key);
                continue;
            };
            let Some(change) = difference(was, is) else { continue };
            is_changed = true;
            if told.insert(key.clone()) {
                found.push(format!("{}: {change} ({})", key.1, behind(&crossing.name, &was[0].1)));
            }
        }
        // Nothing says another text, and yet other definitions are reached: another thing is meant by a name.
        if let (false, Some(key)) = (is_changed, one_sided.first()) {
            let (way, what) = match (before.definitions.get(*key), after.definitions.get(*key)) {
                (Some(was), _) => (&was[0].1, "is no longer meant there"),
                (_, Some(is)) => (&is[0].1, "is meant there now"),
                _ => continue,
            };
            if told.insert((*key).clone()) {
                found.push(format!("{}: {what} ({})", key.1, behind(&crossing.name, way)));
            }
        }
        for (erased, way) in &before.erased {
            for (key, change, is_error) in &in_place {
                let may_be = *erased == Erased::Anything || *is_error;
                if may_be && !crossing.within.contains(&key.1) && told.insert(key.clone()) {
                    let holder = way.last().map_or(crossing.name.as_str(), String::as_str);
                    let where_to =
                        if way.len() > 1 { format!(", {}", behind(&crossing.name, way)) } else { String::new() };
                    found.push(format!(
                        "{}: {change} (`{holder}` may hold a `{}`: which types are in it, nothing shows{where_to})",
                        key.1, key.1
                    ));
                }
            }
        }
    }
    found
}

/// Types of the workspace that are there in both, and lie otherwise in memory.
fn changed_in_place(old: &World, new: &World) -> Vec<(Key, String, bool)> {
    let of = |world: &World| {
        let mut all = Definitions::new();
        for (index, definitions) in world.local() {
            for definition in definitions.all() {
                let key = (world.name(index).to_owned(), definition.name.clone(), definition.kind);
                all.entry(key).or_default().push((definition.clone(), Vec::new()));
            }
        }
        all
    };
    let (old, new) = (of(old), of(new));
    let mentioned: BTreeSet<&String> = old
        .values()
        .flatten()
        .filter(|(of, _)| matches!(of.kind, Kind::Type | Kind::Alias | Kind::Macro))
        .flat_map(|(of, _)| of.mentions.iter().filter_map(|mention| mention.path.last()))
        .collect();
    let changed = old.iter().filter_map(|(key, was)| Some((key, was, difference(was, new.get(key)?)?)));
    changed
        .filter(|(key, ..)| key.2 == Kind::Type || mentioned.contains(&key.1))
        .map(|(key, was, change)| (key.clone(), change, was.iter().any(|(of, _)| of.is_error || of.kind != Kind::Type)))
        .collect()
}

/// How the definitions of one name differ; `None` if they say the same.
fn difference(was: &[(Definition, Vec<String>)], is: &[(Definition, Vec<String>)]) -> Option<String> {
    let texts = |of: &[(Definition, Vec<String>)]| {
        let mut texts: Vec<String> = of.iter().map(|(definition, _)| definition.text()).collect();
        texts.sort();
        texts
    };
    let (before, after) = (texts(was), texts(is));
    if before == after {
        return None;
    }
    let only = |these: &[(Definition, Vec<String>)], those: &[String]| -> Vec<Definition> {
        these.iter().map(|(of, _)| of).filter(|of| !those.contains(&of.text())).cloned().collect()
    };
    match (only(was, &after).as_slice(), only(is, &before).as_slice()) {
        ([old], [new]) => Some(parts(&old.parts, &new.parts)),
        _ => Some("its definition was edited".into()),
    }
}

/// How the parts of a definition differ.
fn parts(old: &[Part], new: &[Part]) -> String {
    let of = |all: &[Part], part: &Part| {
        all.iter().find(|other| (other.role, &other.name) == (part.role, &part.name)).cloned()
    };
    let shown = |part: &Part| match part.name.as_str() {
        "" => part.role.to_owned(),
        name => format!("{} `{name}`", part.role),
    };
    let with_type = |part: &Part| match part.role {
        "field" => format!("field `{}: {}`", part.name, part.text),
        _ => shown(part),
    };
    let mut changes = Vec::new();
    for part in new {
        match of(old, part) {
            None => changes.push(format!("{} added", with_type(part))),
            Some(before) if before.text != part.text => {
                changes.push(format!("{}: `{}` -> `{}`", shown(part), short(&before.text), short(&part.text)));
            }
            Some(_) => {}
        }
    }
    changes
        .extend(old.iter().filter(|part| of(new, part).is_none()).map(|part| format!("{} removed", with_type(part))));
    match changes.is_empty() {
        true => "its parts are in another order".into(),
        false => changes.join(", "),
    }
}

/// A text that fits a line.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Where a definition is reached.
fn behind(crossing: &str, way: &[String]) -> String {
    let through = &way[..way.len().saturating_sub(1)];
    let through: Vec<String> = through.iter().map(|name| format!("`{name}`")).collect();
    match through.is_empty() {
        true => format!("behind opaque `{crossing}`"),
        false => format!("behind opaque `{crossing}`, through {}", through.join(" > ")),
    }
}

/// Goes over all that is reached.
fn search(resolver: &mut Resolver<'_>, crossing: &Crossing) -> Reached {
    let mut reached = Reached::default();
    let mut seen: HashSet<Node> = HashSet::new();
    let mut work: Vec<(Meaning, Vec<String>, bool)> = Vec::new();
    for (path, is_dyn) in crossing.paths() {
        work.extend(resolver.of_full_name(&path).into_iter().map(|meaning| (meaning, Vec::new(), is_dyn)));
    }
    work.reverse();
    while let Some((meaning, way, is_dyn)) = work.pop() {
        let node = match meaning {
            Meaning::Defined(node) => node,
            Meaning::Unknown(name) => {
                reached.erased.push((Erased::Anything, [&way[..], &[name]].concat()));
                continue;
            }
            Meaning::Std(path) => {
                reached.erased.extend(erased(&path, is_dyn).map(|kind| (kind, way.clone())));
                continue;
            }
        };
        if !seen.insert(node) {
            continue;
        }
        let Some(definition) = resolver.definition(node) else { continue };
        let is_local = resolver.world.is_local(node.0);
        let way = [&way[..], std::slice::from_ref(&definition.name)].concat();
        let mentions: Vec<Mention> = match (is_local, definition.kind) {
            (true, _) | (false, Kind::Type | Kind::Macro) => definition.mentions.iter().cloned().collect(),
            (false, Kind::Alias) if definition.parts.iter().all(|part| part.role != "associated type") => {
                definition.mentions.iter().cloned().collect()
            }
            // Of other crates only what they store matters.
            (false, _) => Vec::new(),
        };
        if definition.kind == Kind::Trait && can_be_downcast(&definition) {
            reached.erased.push((Erased::Anything, way.clone()));
        }
        if is_local {
            let key = (resolver.world.name(node.0).to_owned(), definition.name.clone(), definition.kind);
            reached.definitions.entry(key).or_default().push((definition, way.clone()));
        }
        for mention in mentions {
            let mut meanings = resolver.resolve(node.0, node.1, &mention.path);
            if !is_local {
                meanings.retain(|meaning| !matches!(meaning, Meaning::Unknown(_)));
            }
            work.extend(meanings.into_iter().rev().map(|meaning| (meaning, way.clone(), mention.is_dyn)));
        }
    }
    reached
}

/// What of std holds values of types that it does not name.
fn erased(path: &[String], is_dyn: bool) -> Option<Erased> {
    match path.last()?.as_str() {
        "TypeId" => Some(Erased::Anything),
        "Any" if is_dyn => Some(Erased::Anything),
        "Error" if is_dyn || path.iter().any(|part| part == "io") => Some(Erased::Errors),
        _ => None,
    }
}

/// Whether a trait's objects may be asked which type they are.
fn can_be_downcast(definition: &Definition) -> bool {
    let supertraits = definition.parts.iter().filter(|part| part.role == "supertraits");
    let mut words =
        supertraits.flat_map(|part| part.text.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
    words.any(|word| ["Any", "Downcast", "DowncastSync"].contains(&word))
}

//! Layouts: two descriptions of a type, compared field by field, and the difference in the user's words.
//!
//! Descriptions come from an image and may be of any depth and number, so they are walked with a list of what is still
//! to be done, and each pair of types once.

mod names;
mod place;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use liveswap::layout::{Describe, Field, Kind, Method, TypeInfo, Variant};

use super::identity::Identities;
use super::{MOST, at_most};
use place::{Part, Place, Places};

/// The differences between two types, each a place and a change; empty where they are laid out alike. Of many the
/// first are told, and how many more there are.
pub fn diff(old: Describe, new: Describe, identities: &Identities) -> Vec<String> {
    let mut comparison = Comparison::new(identities);
    let differences = comparison.compare(old, new);
    at_most(differences, comparison.untold())
}

/// Of the differences, only those that show in nothing but the id of an opaque type: where a state is moved to a new
/// layout, such a type would be moved as it is.
pub fn foreign_changes(old: Describe, new: Describe, identities: &Identities) -> Vec<String> {
    let mut comparison = Comparison::new(identities);
    comparison.compare(old, new);
    at_most(comparison.foreign, 0)
}

/// Several comparisons that tell each difference once.
pub struct Comparison<'a> {
    identities: &'a Identities,
    /// Pairs that were compared, or are being compared: descriptions may be recursive. The names are part of the key
    /// since equal functions may share an address.
    seen: HashSet<(usize, usize, &'static str, &'static str)>,
    /// What is still to be compared; the last comes first.
    work: Vec<Pair>,
    places: Places,
    differences: Vec<String>,
    /// All differences, those that were only counted among them.
    found: usize,
    /// A type over others whose size differs: only of interest where none of the others does.
    unexplained: Option<(&'static TypeInfo, &'static TypeInfo)>,
    /// Those of opaque types.
    foreign: Vec<String>,
}

/// Two types to be compared.
struct Pair {
    old: Describe,
    new: Describe,
    place: Place,
    /// What they are there, for messages.
    role: &'static str,
}

impl<'a> Comparison<'a> {
    /// Nothing compared yet; `identities` says what the ids of opaque types mean.
    pub fn new(identities: &'a Identities) -> Self {
        Self {
            identities,
            seen: HashSet::new(),
            work: Vec::new(),
            places: Places::default(),
            differences: Vec::new(),
            found: 0,
            unexplained: None,
            foreign: Vec::new(),
        }
    }

    /// The differences that were not told before; none after the first few.
    pub fn compare(&mut self, old: Describe, new: Describe) -> Vec<String> {
        self.push(old, new, Places::ROOT, "");
        while let Some(pair) = self.work.pop() {
            self.types(&pair);
        }
        self.places.clear();
        // Where nothing inside differs, and yet the size does: another version of the type itself.
        if let Some((old, new)) = self.unexplained.take()
            && self.found == 0
        {
            let place = self.places.within(Places::ROOT, Part::Type(old, new));
            self.measures(old, new, place);
            self.places.clear();
        }
        std::mem::take(&mut self.differences)
    }

    /// Whether there were differences at all.
    pub fn found_any(&self) -> bool {
        self.found > 0
    }

    /// How many differences there were beyond those told.
    pub fn untold(&self) -> usize {
        self.found.saturating_sub(MOST)
    }

    fn push(&mut self, old: Describe, new: Describe, place: Place, role: &'static str) {
        self.work.push(Pair { old, new, place, role });
    }

    fn types(&mut self, &Pair { old: describe_old, new: describe_new, place, role }: &Pair) {
        let (old, new) = (describe_old(), describe_new());
        if let Some((from, to)) = names::difference(old, new) {
            return self.tell(place, || format!("{role}type `{from}` -> `{to}`"));
        }
        if !self.seen.insert((describe_old as usize, describe_new as usize, (old.name)(), (new.name)())) {
            return;
        }
        // A pointer or a container is passed through: what changed is what it holds.
        let place = match old.kind {
            Kind::Over(_) if matches!(new.kind, Kind::Over(_)) => place,
            Kind::Primitive if place != Places::ROOT => place,
            _ => self.places.within(place, Part::Type(old, new)),
        };
        if (old.size, old.align) != (new.size, new.align) {
            match old.kind {
                Kind::Over(_) => self.unexplained = Some((old, new)),
                _ => self.measures(old, new, place),
            }
        }
        if old.repr != new.repr {
            self.tell(place, || format!("repr {} -> {}", or_none(old.repr), or_none(new.repr)));
        }
        match (&old.kind, &new.kind) {
            (Kind::Struct(old), Kind::Struct(new)) => {
                let work = self.fields(old, new, place);
                self.next(work);
            }
            (Kind::Enum(old), Kind::Enum(new)) => self.variants(old, new, place),
            (Kind::Over(old), Kind::Over(new)) if old.len() == new.len() => {
                let pairs = old.iter().zip(*new);
                self.next(pairs.map(|(old, new)| Pair { old: *old, new: *new, place, role: "" }).collect());
            }
            (
                Kind::Trait { methods: old, supertraits: old_traits, supers: old_supers },
                Kind::Trait { methods: new, supertraits: new_traits, supers: new_supers },
            ) => {
                if old_traits != new_traits {
                    self.tell(place, || format!("supertraits {} -> {}", or_none(old_traits), or_none(new_traits)));
                }
                let supers = old_supers.iter().zip(*new_supers);
                let mut work: Vec<_> =
                    supers.map(|(old, new)| Pair { old: *old, new: *new, place, role: "" }).collect();
                work.extend(self.methods(old, new, place));
                self.next(work);
            }
            (Kind::Opaque(a), Kind::Opaque(b)) => {
                if let Some(change) = self.identities.difference(((old.name)(), *a), ((new.name)(), *b)) {
                    self.foreign.push(line(&self.places.text(place), &change));
                    self.tell(place, || change);
                }
            }
            (Kind::Primitive, Kind::Primitive) => {}
            // What a `Kept` holds is moved where it changes.
            (Kind::Kept(_), Kind::Kept(_)) => {}
            (was, is) => self.tell(place, || format!("was {}, is {} now", kind(was), kind(is))),
        }
    }

    /// Puts `pairs` before all that is still to be compared.
    fn next(&mut self, pairs: Vec<Pair>) {
        self.work.extend(pairs.into_iter().rev());
    }

    fn measures(&mut self, old: &TypeInfo, new: &TypeInfo, place: Place) {
        let size = (old.size != new.size).then(|| format!("size {} -> {}", old.size, new.size));
        let align = (old.align != new.align).then(|| format!("align {} -> {}", old.align, new.align));
        self.tell(place, || [size, align].into_iter().flatten().collect::<Vec<_>>().join(", "));
    }

    /// Tells how the fields differ, and gives those whose types are to be compared.
    fn fields(&mut self, old: &'static [Field], new: &'static [Field], place: Place) -> Vec<Pair> {
        let (old_at, new_at) = (positions(old, |field| field.name), positions(new, |field| field.name));
        let mut work = Vec::new();
        for field in new {
            let Some(before) = old_at.get(field.name).map(|position| &old[*position]) else {
                let at = field.offset.map_or_else(String::new, |offset| format!(" at offset {offset}"));
                self.tell(place, || format!("field `{}: {}` added{at}", field.name, short((field.ty)())));
                continue;
            };
            if let Some((from, to)) = names::difference((before.ty)(), (field.ty)()) {
                self.tell(place, || format!("field `{}`: type `{from}` -> `{to}`", field.name));
                continue;
            }
            if let (Some(from), Some(to)) = (before.offset, field.offset)
                && from != to
            {
                self.tell(place, || format!("`{}` moved {from} -> {to}", field.name));
            }
            let place = self.places.within(place, Part::Field(field.name));
            work.push(Pair { old: before.ty, new: field.ty, place, role: "" });
        }
        for field in old.iter().filter(|field| !new_at.contains_key(field.name)) {
            self.tell(place, || format!("field `{}: {}` removed", field.name, short((field.ty)())));
        }
        // Within a variant no offsets are known; the order stands for them.
        let unknown_offsets = old.iter().chain(new).any(|field| field.offset.is_none());
        if unknown_offsets && is_reordered(old.iter().map(|field| field.name), &new_at) {
            self.tell(place, || "fields are in another order".into());
        }
        work
    }

    fn variants(&mut self, old: &'static [Variant], new: &'static [Variant], place: Place) {
        let (old_at, new_at) = (positions(old, |variant| variant.name), positions(new, |variant| variant.name));
        let mut work = Vec::new();
        for (position, variant) in new.iter().enumerate() {
            let Some(&before_position) = old_at.get(variant.name) else {
                self.tell(place, || format!("variant `{}` added", variant.name));
                continue;
            };
            let before = &old[before_position];
            if before_position != position {
                self.tell(place, || format!("variant `{}` moved {before_position} -> {position}", variant.name));
            } else if before.discriminant != variant.discriminant {
                let (from, to) = (before.discriminant, variant.discriminant);
                self.tell(place, || format!("variant `{}`: discriminant {from} -> {to}", variant.name));
            }
            let place = self.places.within(place, Part::Member(variant.name));
            work.extend(self.fields(before.fields, variant.fields, place));
        }
        for variant in old.iter().filter(|variant| !new_at.contains_key(variant.name)) {
            self.tell(place, || format!("variant `{}` removed", variant.name));
        }
        self.next(work);
    }

    fn methods(&mut self, old: &'static [Method], new: &'static [Method], place: Place) -> Vec<Pair> {
        let (old_at, new_at) = (positions(old, |method| method.name), positions(new, |method| method.name));
        let mut work = Vec::new();
        for method in new {
            let Some(before) = old_at.get(method.name).map(|position| &old[*position]) else {
                self.tell(place, || format!("method `{}` added", method.name));
                continue;
            };
            if before.signature != method.signature {
                let (from, to) = (before.signature, method.signature);
                self.tell(place, || format!("method `{}`: `{from}` -> `{to}`", method.name));
                continue;
            }
            let place = self.places.within(place, Part::Member(method.name));
            let arguments = before.arguments.iter().zip(method.arguments);
            work.extend(arguments.map(|(old, new)| Pair { old: *old, new: *new, place, role: "argument of " }));
            work.push(Pair { old: before.output, new: method.output, place, role: "output of " });
        }
        for method in old.iter().filter(|method| !new_at.contains_key(method.name)) {
            self.tell(place, || format!("method `{}` removed", method.name));
        }
        if is_reordered(old.iter().map(|method| method.name), &new_at) {
            self.tell(place, || "methods are in another order".into());
        }
        work
    }

    fn tell(&mut self, place: Place, change: impl FnOnce() -> String) {
        self.found += 1;
        if self.found <= MOST {
            let line = line(&self.places.text(place), &change());
            self.differences.push(line);
        }
    }
}

fn line(place: &str, change: &str) -> String {
    if place.is_empty() { change.to_owned() } else { format!("{place}: {change}") }
}

fn positions<T>(all: &'static [T], name: impl Fn(&T) -> &'static str) -> HashMap<&'static str, usize> {
    all.iter().enumerate().map(|(position, one)| (name(one), position)).collect()
}

/// Whether those of `old` that are still there come in another order.
fn is_reordered(old: impl Iterator<Item = &'static str>, new: &HashMap<&'static str, usize>) -> bool {
    !old.filter_map(|name| new.get(name)).is_sorted()
}

fn or_none(written: &str) -> String {
    if written.is_empty() { "none".to_owned() } else { format!("`{written}`") }
}

/// A type's name without the paths of its parts: `Vec<logic::Vec2>` as `Vec<Vec2>`.
pub(crate) fn short(info: &TypeInfo) -> String {
    short_name((info.name)())
}

/// A full name without the paths of its parts.
pub(crate) fn short_name(full: &str) -> String {
    names::short(full)
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Primitive => "a type of std or another crate",
        Kind::Struct(_) => "a struct",
        Kind::Enum(_) => "an enum",
        Kind::Over(_) => "a type over others",
        Kind::Opaque(_) => "marked `#[hot(opaque)]`",
        Kind::Trait { .. } => "a trait object",
        Kind::Kept(_) => "a `Kept`",
    }
}

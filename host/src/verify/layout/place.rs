//! Places of types within types: `Game.all > Vec2`. Kept as links, since most are never shown.

use super::names;
use liveswap::layout::TypeInfo;

/// A place; [`Places::ROOT`] is that of the type which is compared.
pub(super) type Place = usize;

/// All places of one comparison.
#[derive(Default)]
pub(super) struct Places {
    parts: Vec<(Place, Part)>,
}

/// The last part of a place.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// A type at the place before.
    Type(&'static TypeInfo, &'static TypeInfo),
    /// A field of it.
    Field(&'static str),
    /// A variant or a method of it.
    Member(&'static str),
}

impl Places {
    pub(super) const ROOT: Place = 0;

    /// The most types that are shown of a place: its last ones, and its first.
    const MOST: usize = 6;

    pub(super) fn within(&mut self, place: Place, part: Part) -> Place {
        self.parts.push((place, part));
        self.parts.len()
    }

    /// Forgets all places but the root.
    pub(super) fn clear(&mut self) {
        self.parts.clear();
    }

    /// The place for people; empty for the root. Of a long one the middle is left out.
    pub(super) fn text(&self, place: Place) -> String {
        // From the inside out: groups of a type and what follows it.
        let mut groups: Vec<String> = Vec::new();
        let mut first = String::new();
        let (mut tail, mut at, mut types) = (String::new(), place, 0);
        while let Some((before, part)) = at.checked_sub(1).map(|index| self.parts[index]) {
            match part {
                // Names are only made for what is shown.
                Part::Type(..) if types >= Self::MOST && before != Self::ROOT => {
                    types += 1;
                    tail.clear();
                }
                Part::Type(old, new) => {
                    types += 1;
                    let group = names::shown(old, new) + &tail;
                    tail.clear();
                    if types <= Self::MOST { groups.push(group) } else { first = group }
                }
                Part::Field(name) => tail.insert_str(0, &format!(".{name}")),
                Part::Member(name) => tail.insert_str(0, &format!("::{name}")),
            }
            at = before;
        }
        if !first.is_empty() {
            if types > Self::MOST + 1 {
                groups.push("…".to_owned());
            }
            groups.push(first);
        }
        groups.reverse();
        groups.join(" > ")
    }
}

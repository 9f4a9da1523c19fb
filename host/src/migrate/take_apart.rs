//! The last walk takes values apart: the old ones where the new ones count (`finish`), or the new ones where anything
//! failed (`undo`). What the two sides share bit by bit is left alone; what only this side has is dropped, by the code
//! that knows it; what held it together is freed.

use liveswap::state::Reading;

use super::build::opened;
use super::carry::{Fields, Row, Walk};
use super::plan::{Node, Part, Size};
use super::scratch::Scratch;

/// The values that are taken apart; those of the other side stay.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Old,
    New,
}

impl Side {
    /// What is this side's.
    pub(super) fn of<T>(self, old: T, new: T) -> T {
        match self {
            Side::Old => old,
            Side::New => new,
        }
    }
}

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// Takes `count` old values apart.
    pub(super) unsafe fn finish(&mut self, node: usize, values: Row, count: usize) {
        // SAFETY: as `Walk` says.
        unsafe { self.take_apart(Side::Old, node, values, count) };
    }

    /// Takes `count` new values apart.
    pub(super) unsafe fn undo(&mut self, node: usize, values: Row, count: usize) {
        // SAFETY: as `Walk` says.
        unsafe { self.take_apart(Side::New, node, values, count) };
    }

    /// Takes the new values of these parts apart.
    pub(super) unsafe fn undo_parts(&mut self, parts: &[Part], new: Fields<'_>, count: usize) {
        // SAFETY: as `Walk` says.
        unsafe { self.take_parts_apart(Side::New, parts, new, count) };
    }

    unsafe fn take_apart(&mut self, side: Side, node: usize, values: Row, count: usize) {
        // SAFETY: as `Walk` says. It was built, so it is not nested too deep.
        self.deeper(|walk| unsafe { walk.take_row_apart(side, node, values, count) });
    }

    unsafe fn take_row_apart(&mut self, side: Side, node: usize, values: Row, count: usize) {
        match &self.plan.nodes[node] {
            Node::Open | Node::Bits { .. } | Node::Number { .. } => {}
            // SAFETY: as `Walk` says.
            Node::Struct(_) if self.chain(node, count).is_some() => unsafe {
                self.take_chains_apart(side, node, values, count);
            },
            // SAFETY: as above.
            Node::Struct(parts) => unsafe { self.take_parts_apart(side, parts, Fields::Offsets(values), count) },
            _ => {
                for index in 0..count {
                    // SAFETY: as above.
                    unsafe { self.take_one_apart(side, node, values.at(index)) };
                }
            }
        }
    }

    unsafe fn take_one_apart(&mut self, side: Side, node: usize, value: *mut u8) {
        // SAFETY: of the whole function, as `Walk` says: the descriptions are those of the value's side.
        unsafe {
            match &self.plan.nodes[node] {
                Node::Hook { old, new, .. } => self.drop_whole(side.of(old, new), value),
                Node::Enum { old, new, ways } => {
                    let state = side.of(old, new);
                    let most = state.variants.iter().map(|variant| variant.fields.len()).max().unwrap_or_default();
                    let (variant, addresses) = opened(state.open, most, value);
                    let mut moved = ways.iter().enumerate().filter_map(|(from, way)| Some((from, way.to.as_ref()?)));
                    if let Some((_, (_, parts))) = moved.find(|(from, (to, _))| side.of(from, to) == &variant) {
                        self.take_parts_apart(side, parts, Fields::Addresses(&addresses), 1);
                    }
                }
                Node::Inside { old, new, content, .. } => match side.of(old, new) {
                    None => self.take_apart(side, *content, Row::one(value), 1),
                    Some(wrapper) => {
                        let inside = (wrapper.get)(value);
                        if !inside.is_null() {
                            self.take_apart(side, *content, Row::one(inside), 1);
                            (wrapper.release)(value);
                        }
                    }
                },
                Node::Sequence { old, new, element, sizes: [old_size, new_size] } => {
                    let (state, size) = (side.of(old, new), side.of(*old_size, *new_size));
                    let count = (state.len)(value);
                    match state.reading {
                        Reading::Row { first, release } => {
                            self.take_apart(side, *element, Row { first: first(value), stride: size.size }, count);
                            release(value);
                        }
                        Reading::Scattered { drain, .. } => {
                            let Some((_room, row)) = room(size, count) else { return };
                            drain(value, row.first);
                            self.take_apart(side, *element, row, count);
                        }
                    }
                }
                Node::Map { old, new, key, value: content, sizes: [[old_key, new_key], [old_value, new_value]] } => {
                    let state = side.of(old, new);
                    let count = (state.len)(value);
                    let Some((_keys, keys)) = room(side.of(*old_key, *new_key), count) else { return };
                    let Some((_values, values)) = room(side.of(*old_value, *new_value), count) else { return };
                    (state.drain)(value, keys.first, values.first);
                    self.take_apart(side, *key, keys, count);
                    self.take_apart(side, *content, values, count);
                }
                // A weak reference whose content is gone may still hold its memory. Others are given up with their
                // content, which stands as long as the walks go on.
                Node::Shared { old, new, .. } => {
                    let state = side.of(old, new);
                    if (state.address)(value).is_null() {
                        (state.drop_empty)(value);
                    }
                }
                Node::Open | Node::Bits { .. } | Node::Number { .. } | Node::Struct(_) => {
                    self.take_apart(side, node, Row::one(value), 1);
                }
            }
        }
    }

    pub(super) unsafe fn take_parts_apart(&mut self, side: Side, parts: &[Part], values: Fields<'_>, count: usize) {
        for part in parts {
            let (place, drop) = match (part, side) {
                (Part::Move { from, to, node, .. }, _) => {
                    // SAFETY: as `Walk` says.
                    unsafe { self.take_apart(side, *node, values.place(side.of(*from, *to)), count) };
                    continue;
                }
                (Part::Gone { from, drop }, Side::Old) => (from, Some(drop)),
                (Part::With { from, old, .. }, Side::Old) => (from, old.as_ref()),
                (Part::Fresh { to, drop, .. }, Side::New) => (to, drop.as_ref()),
                (Part::With { to, new, .. }, Side::New) => (to, new.as_ref()),
                // Shared with the other side, or only there.
                (Part::Copy { .. }, _) | (Part::Fresh { .. }, Side::Old) | (Part::Gone { .. }, Side::New) => continue,
            };
            if let Some(drop) = drop {
                // SAFETY: as `Walk` says; the part is this side's alone.
                unsafe { self.drop_values(*drop, values.place(*place), count) };
            }
        }
    }

    /// Takes the old contents of references apart, after the values that hold the references.
    pub(super) unsafe fn finish_contents(&mut self) {
        let entries = std::mem::take(&mut self.contents.entries);
        // SAFETY: of the whole function, as `Walk` says: the counts have shown that all references to the old contents
        // are in the old value, and the new contents have those of the new value beside the walk's own.
        unsafe {
            for entry in &entries {
                self.finish(entry.node, Row::one(entry.from), 1);
            }
            // Only now, since contents hold references to each other.
            for entry in &entries {
                (entry.new.give_up)(entry.to, 1, 0);
                (entry.old.give_up)(entry.from, entry.counts.0, entry.counts.1);
            }
        }
    }

    /// Takes the new contents of references apart, after the values that hold the references.
    pub(super) unsafe fn undo_contents(&mut self) {
        let entries = std::mem::take(&mut self.contents.entries);
        // SAFETY: of the whole function, as `Walk` says: these references are the walk's own, or were written to values
        // that are undone.
        unsafe {
            for entry in entries.iter().filter(|entry| entry.is_made) {
                self.undo(entry.node, Row::one(entry.to), 1);
            }
            // Only now, as above.
            for entry in &entries {
                (entry.new.give_up)(entry.to, entry.found.0 + 1, entry.found.1);
            }
        }
    }
}

/// Room for what is taken out of a map or a set. Without memory the values in it are lost, though not wrong.
fn room(size: Size, count: usize) -> Option<(Scratch, Row)> {
    let scratch = Scratch::row(size, count)?;
    let row = Row { first: scratch.first(), stride: size.size };
    Some((scratch, row))
}

//! The walk back: new values are taken apart again. What they share bit by bit with the old ones is left alone; what was
//! made for them is dropped.

use std::ptr;

use liveswap::state::Reading;

use super::build::opened;
use super::carry::{Fields, Row, Walk};
use super::plan::{Node, Part, Size, Way};
use super::scratch::Scratch;

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// Takes `count` new values apart.
    pub(super) unsafe fn undo(&mut self, node: usize, values: Row, count: usize) {
        // SAFETY: as `Walk` says. It was built, so it is not nested too deep.
        self.deeper(|walk| unsafe { walk.undo_here(node, values, count) });
    }

    unsafe fn undo_here(&mut self, node: usize, values: Row, count: usize) {
        match &self.plan.nodes[node] {
            // A shared content is undone by itself.
            Node::Open | Node::Bits { .. } | Node::Number { .. } | Node::Shared { .. } => {}
            // SAFETY: as `Walk` says.
            Node::Struct(parts) => unsafe { self.undo_parts(parts, Fields::Offsets(values), count) },
            _ => {
                for index in 0..count {
                    // SAFETY: as above.
                    unsafe { self.undo_one(node, values.at(index)) };
                }
            }
        }
    }

    unsafe fn undo_one(&mut self, node: usize, value: *mut u8) {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            match &self.plan.nodes[node] {
                Node::Hook { new, .. } => self.drop_whole(new, value),
                Node::Enum { new, ways, .. } => {
                    let most = new.variants.iter().map(|variant| variant.fields.len()).max().unwrap_or_default();
                    let (variant, addresses) = opened(new.open, most, value);
                    let came_from = |way: &&Way| way.to.as_ref().is_some_and(|(target, _)| *target == variant);
                    if let Some((_, parts)) = ways.iter().find(came_from).and_then(|way| way.to.as_ref()) {
                        self.undo_parts(parts, Fields::Addresses(&addresses), 1);
                    }
                }
                Node::Inside { new: None, content, .. } => self.undo(*content, Row::one(value), 1),
                Node::Inside { new: Some(new), content, .. } => {
                    let inside = (new.get)(value);
                    if !inside.is_null() {
                        self.undo(*content, Row::one(inside), 1);
                        (new.release)(value);
                    }
                }
                Node::Sequence { new, element, sizes: [_, size], .. } => {
                    let count = (new.len)(value);
                    match new.reading {
                        Reading::Row { first, release } => {
                            self.undo(*element, Row { first: first(value), stride: size.size }, count);
                            release(value);
                        }
                        Reading::Scattered { drain, .. } => {
                            let Some((_room, row)) = room(*size, count) else { return };
                            drain(value, row.first);
                            self.undo(*element, row, count);
                        }
                    }
                }
                Node::Map { new, key, value: node, sizes: [key_sizes, value_sizes], .. } => {
                    let count = (new.len)(value);
                    let Some((_keys, keys)) = room(key_sizes[1], count) else { return };
                    let Some((_values, values)) = room(value_sizes[1], count) else { return };
                    (new.drain)(value, keys.first, values.first);
                    self.undo(*key, keys, count);
                    self.undo(*node, values, count);
                }
                Node::Open | Node::Bits { .. } | Node::Number { .. } | Node::Struct(_) | Node::Shared { .. } => {
                    self.undo(node, Row::one(value), 1);
                }
            }
        }
    }

    pub(super) unsafe fn undo_parts(&mut self, parts: &[Part], new: Fields<'_>, count: usize) {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            for part in parts {
                match part {
                    Part::Copy { .. } | Part::Gone { .. } => {}
                    Part::Move { to, node, .. } => self.undo(*node, new.place(*to), count),
                    Part::Fresh { to, drop: Some(drop), .. } | Part::With { to, new: Some(drop), .. } => {
                        self.drop_values(*drop, new.place(*to), count);
                    }
                    Part::Fresh { .. } | Part::With { .. } => {}
                }
            }
        }
    }

    /// Takes apart what references lead to, after all values that hold the references.
    pub(super) unsafe fn undo_contents(&mut self) {
        for entry in std::mem::take(&mut self.contents.entries) {
            // SAFETY: as `Walk` says: these references are the walk's own, or were written to values that are undone.
            unsafe {
                if entry.is_made {
                    self.undo(entry.node, Row::one(entry.to), 1);
                }
                (entry.new.give_up)(entry.to, entry.found.0 + 1, entry.found.1);
            }
        }
    }
}

/// Room for what is taken out of a map or a set. Without memory the values in it are lost, though not wrong.
pub(super) fn room(size: Size, count: usize) -> Option<(Scratch, Row)> {
    let scratch = Scratch::row(size, count)?;
    let row = Row { first: scratch.first(), stride: size.size };
    debug_assert!(!ptr::addr_eq(row.first, ptr::null::<u8>()));
    Some((scratch, row))
}

//! The last walk: the new values count, so the old ones are taken apart. What they share bit by bit with the new ones is
//! left alone; what has no place there is dropped, by the code that knows it; what held it together is freed.

use liveswap::state::Reading;

use super::build::opened;
use super::carry::{Fields, Row, Walk};
use super::plan::{Node, Part};
use super::undo::room;

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// Takes `count` old values apart.
    pub(super) unsafe fn finish(&mut self, node: usize, values: Row, count: usize) {
        // SAFETY: as `Walk` says. It was built, so it is not nested too deep.
        self.deeper(|walk| unsafe { walk.finish_here(node, values, count) });
    }

    unsafe fn finish_here(&mut self, node: usize, values: Row, count: usize) {
        match &self.plan.nodes[node] {
            Node::Open | Node::Bits { .. } | Node::Number { .. } => {}
            // SAFETY: as `Walk` says.
            Node::Struct(parts) => unsafe { self.finish_parts(parts, Fields::Offsets(values), count) },
            _ => {
                for index in 0..count {
                    // SAFETY: as above.
                    unsafe { self.finish_one(node, values.at(index)) };
                }
            }
        }
    }

    unsafe fn finish_one(&mut self, node: usize, value: *mut u8) {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            match &self.plan.nodes[node] {
                Node::Hook { old, .. } => self.drop_whole(old, value),
                Node::Enum { old, ways, .. } => {
                    let most = ways.iter().map(|way| way.fields).max().unwrap_or_default();
                    let (variant, addresses) = opened(old.open, most, value);
                    if let Some((_, parts)) = &ways[variant].to {
                        self.finish_parts(parts, Fields::Addresses(&addresses), 1);
                    }
                }
                Node::Inside { old: None, content, .. } => self.finish(*content, Row::one(value), 1),
                Node::Inside { old: Some(old), content, .. } => {
                    let inside = (old.get)(value);
                    if !inside.is_null() {
                        self.finish(*content, Row::one(inside), 1);
                        (old.release)(value);
                    }
                }
                Node::Sequence { old, element, sizes: [size, _], .. } => {
                    let count = (old.len)(value);
                    match old.reading {
                        Reading::Row { first, release } => {
                            self.finish(*element, Row { first: first(value), stride: size.size }, count);
                            release(value);
                        }
                        Reading::Scattered { drain, .. } => {
                            let Some((_room, row)) = room(*size, count) else { return };
                            drain(value, row.first);
                            self.finish(*element, row, count);
                        }
                    }
                }
                Node::Map { old, key, value: node, sizes: [key_sizes, value_sizes], .. } => {
                    let count = (old.len)(value);
                    let Some((_keys, keys)) = room(key_sizes[0], count) else { return };
                    let Some((_values, values)) = room(value_sizes[0], count) else { return };
                    (old.drain)(value, keys.first, values.first);
                    self.finish(*key, keys, count);
                    self.finish(*node, values, count);
                }
                // A weak reference whose content is gone still holds its memory. Others are given up with their content.
                Node::Shared { old, .. } => {
                    if (old.address)(value).is_null() {
                        (old.drop_empty)(value);
                    }
                }
                Node::Open | Node::Bits { .. } | Node::Number { .. } | Node::Struct(_) => {
                    self.finish(node, Row::one(value), 1);
                }
            }
        }
    }

    unsafe fn finish_parts(&mut self, parts: &[Part], old: Fields<'_>, count: usize) {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            for part in parts {
                match part {
                    Part::Copy { .. } | Part::Fresh { .. } => {}
                    Part::Move { from, node, .. } => self.finish(*node, old.place(*from), count),
                    Part::With { from, old: Some(drop), .. } | Part::Gone { from, drop } => {
                        self.drop_values(*drop, old.place(*from), count);
                    }
                    Part::With { .. } => {}
                }
            }
        }
    }

    /// Takes apart what references lead to, after the values that hold the references.
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
}

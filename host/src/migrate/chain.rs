//! Lists: structs of which each holds the next one behind wrappers, as `next: Option<Box<Node>>` does.
//!
//! They may be a hundred thousand structs long, so they are gone through in a loop, where the other walks would need a
//! level of the stack for each. All structs of a list are made in a row, which is then put together from its end.

use std::collections::HashMap;
use std::ptr;

use liveswap::state::InsideState;

use super::build::{Built, OldFields};
use super::carry::{Failure, Fields, Row, Source, Walk};
use super::plan::{Node, Part, Size};
use super::scratch::Scratch;
use super::take_apart::Side;

/// How deep a walk must be until it goes along each list of a row by itself. Above, short lists are moved faster together.
const DEEP: usize = 64;

/// The most wrappers between one struct and the next.
const MOST_WRAPPERS: usize = 4;

/// The way from one struct of a list to the next one.
pub(super) struct Chain {
    /// The part that leads there, the field's name, and its offsets in the old and the new struct.
    link: usize,
    name: &'static str,
    offsets: [usize; 2],
    /// The wrappers around the next struct, from the outside in, as they were and as they are to be.
    wrappers: Vec<[&'static InsideState; 2]>,
    /// Of the new struct.
    size: Size,
}

/// The structs of the plan that lead to themselves; of several fields that do, one.
pub(super) fn chains(nodes: &[Node]) -> HashMap<usize, Chain> {
    let chain_of = |id: usize| {
        let Node::Struct(parts) = &nodes[id] else { return None };
        parts.iter().enumerate().find_map(|(link, part)| {
            let Part::Move { name, from, to, node } = part else { return None };
            let (mut node, mut wrappers) = (*node, Vec::new());
            while node != id {
                let Node::Inside { old: Some(old), new: Some(new), content, .. } = &nodes[node] else { return None };
                // What may be empty goes where it may be empty too.
                if wrappers.len() == MOST_WRAPPERS || (old.may_be_empty && !new.may_be_empty) {
                    return None;
                }
                wrappers.push([*old, *new]);
                node = *content;
            }
            let size = Size::of(wrappers.last()?[1].content);
            Some(Chain { link, name, offsets: [*from, *to], wrappers, size })
        })
    };
    (0..nodes.len()).filter_map(|id| Some((id, chain_of(id)?))).collect()
}

impl Chain {
    /// The addresses of the wrappers that begin in the struct at this address, from the outside in; and what is in the
    /// innermost one, or in the first that is empty: the next struct, or null.
    ///
    /// # Safety
    ///
    /// There is such a struct, of the old or the new type as `side` says, and nobody else uses it.
    unsafe fn look(&self, side: Side, value: *mut u8) -> (Vec<*mut u8>, *mut u8) {
        let [old, new] = self.offsets;
        let (mut addresses, mut at) = (Vec::with_capacity(self.wrappers.len()), value.wrapping_add(side.of(old, new)));
        for [old, new] in &self.wrappers {
            addresses.push(at);
            // SAFETY: by the contract, and this is the wrapper that is there.
            at = unsafe { (side.of(old, new).get)(at) };
            if at.is_null() {
                break;
            }
        }
        (addresses, at)
    }

    /// The structs of the list that begins at this address.
    ///
    /// # Safety
    ///
    /// As for `look`, of all of them.
    unsafe fn structs(&self, side: Side, first: *mut u8) -> Vec<*mut u8> {
        let mut all = vec![first];
        let mut last = first;
        loop {
            // SAFETY: by the contract.
            let (_, next) = unsafe { self.look(side, last) };
            if next.is_null() {
                return all;
            }
            all.push(next);
            last = next;
        }
    }

    /// A failure of one struct of the list, as one of the first.
    fn failed_at(&self, mut failure: Failure) -> Failure {
        for _ in 0..failure.index {
            failure = failure.below(format!(".{}", self.name));
        }
        failure.at(0)
    }
}

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// The list that such a struct begins, if it is better gone through in a loop.
    pub(super) fn chain(&self, node: usize, count: usize) -> Option<&'_ Chain> {
        self.plan.chains.get(&node).filter(|_| count == 1 || self.depth > DEEP)
    }

    /// Makes `count` new lists; if one can't be made, none is left.
    pub(super) unsafe fn build_chains(&mut self, node: usize, from: Source<'_>, to: Row, count: usize) -> Built {
        for index in 0..count {
            // SAFETY: as `Walk` says.
            if let Err(failure) = unsafe { self.build_chain(node, from.at(index), to.at(index)) } {
                // SAFETY: as above; those before this one stand.
                unsafe { self.undo(node, to, index) };
                return Err(failure.at(index));
            }
        }
        Ok(())
    }

    unsafe fn build_chain(&mut self, node: usize, from: *mut u8, to: *mut u8) -> Built {
        let plan = self.plan;
        let (Some(chain), Node::Struct(parts)) = (plan.chains.get(&node), &plan.nodes[node]) else {
            return Err(Failure::new(0, "it has no plan"));
        };
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let old = chain.structs(Side::Old, from);
            let count = old.len();
            let ends = chain.look(Side::Old, old[count - 1]).0.len();
            if !chain.wrappers[ends - 1][0].may_be_empty {
                let failure = Failure::new(count - 1, "there are other references to it, and it must have one owner");
                return Err(chain.failed_at(failure.below(format!(".{}", chain.name))));
            }
            let memory = Scratch::row(chain.size, count).ok_or_else(|| Failure::no_memory(0))?;
            let new = Row { first: memory.first(), stride: chain.size.size };
            // What wrappers hold that are in others.
            let sizes: Vec<Size> = chain.wrappers.iter().map(|[_, new]| Size::of(new.content)).collect();
            let (_room, rooms) = Scratch::each(&sizes).ok_or_else(|| Failure::no_memory(0))?;
            let values = OldFields::Struct(Source::each(&old));
            let (before, after) = (&parts[..chain.link], &parts[chain.link + 1..]);
            let built = self.build_parts(before, values, Fields::Offsets(new), count).and_then(|()| {
                let built = self.build_parts(after, values, Fields::Offsets(new), count);
                built.inspect_err(|_| self.undo_parts(before, Fields::Offsets(new), count))
            });
            built.map_err(|failure| chain.failed_at(failure))?;
            for index in (0..count).rev() {
                let is_last = index + 1 == count;
                let mut content = if is_last { ptr::null_mut() } else { new.at(index + 1) };
                let levels = if is_last { ends } else { chain.wrappers.len() };
                for level in (0..levels).rev() {
                    let field = new.at(index).wrapping_add(chain.offsets[1]);
                    let place = if level == 0 { field } else { rooms[level - 1] };
                    (chain.wrappers[level][1].put)(place, content);
                    content = place;
                }
            }
            ptr::copy_nonoverlapping(new.first, to, chain.size.size);
        }
        Ok(())
    }

    /// Takes `count` lists apart.
    pub(super) unsafe fn take_chains_apart(&mut self, side: Side, node: usize, values: Row, count: usize) {
        let plan = self.plan;
        let (Some(chain), Node::Struct(parts)) = (plan.chains.get(&node), &plan.nodes[node]) else { return };
        for index in 0..count {
            // SAFETY: as `Walk` says.
            let all = unsafe { chain.structs(side, values.at(index)) };
            for parts in [&parts[..chain.link], &parts[chain.link + 1..]] {
                for value in &all {
                    // SAFETY: as above.
                    unsafe { self.take_parts_apart(side, parts, Fields::Offsets(Row::one(*value)), 1) };
                }
            }
            for value in all.iter().rev() {
                // SAFETY: as above; what the innermost wrapper holds was taken apart before, or it is empty.
                let (addresses, next) = unsafe { chain.look(side, *value) };
                let full = addresses.len() - usize::from(next.is_null());
                for (address, [old, new]) in addresses[..full].iter().zip(&chain.wrappers).rev() {
                    // SAFETY: as above.
                    unsafe { (side.of(old, new).release)(*address) };
                }
            }
        }
    }
}

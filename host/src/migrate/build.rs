//! The first walk: new values are made beside the old ones, which stay as they are.

use std::ptr;

use liveswap::Ret;
use liveswap::state::{InsideState, MapState, Parts, Reading, SequenceState, SharedState};

use super::bits::{convert, copy};
use super::carry::{Failure, Fields, Row, Walk};
use super::plan::{Node, Part, Size, Way};
use super::scratch::Scratch;
use super::shared::{Entry, NONE};

/// Values that are moved part by part before the next ones are: their bytes stay in the nearest cache.
const BLOCK: usize = 256;

type Built = Result<(), Failure>;

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// Makes `count` new values; where one can't be made, none is left.
    pub(super) unsafe fn build(&mut self, node: usize, from: Row, to: Row, count: usize) -> Built {
        // SAFETY: as `Walk` says.
        let built = self.deeper(|walk| unsafe { walk.build_here(node, from, to, count) });
        built.unwrap_or_else(|| Err(Failure::new(0, "it is nested too deep")))
    }

    unsafe fn build_here(&mut self, node: usize, from: Row, to: Row, count: usize) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        match &self.plan.nodes[node] {
            Node::Open => Err(Failure::new(0, "it has no plan")),
            Node::Bits { size } => {
                // SAFETY: as above; the bits of a value are that value, while only one of the two is used.
                unsafe { copy(from, to, *size, count) };
                Ok(())
            }
            // SAFETY: as above.
            Node::Number { from: a, to: b } => unsafe { convert(*a, *b, from, to, count) },
            Node::Struct(parts) => {
                for start in (0..count).step_by(BLOCK) {
                    let length = BLOCK.min(count - start);
                    let places = [Fields::Offsets(from.from(start)), Fields::Offsets(to.from(start))];
                    // SAFETY: as above.
                    if let Err(failure) = unsafe { self.build_parts(parts, places, length) } {
                        // SAFETY: as above; the blocks before this one stand.
                        unsafe { self.undo(node, to, start) };
                        let index = start + failure.index;
                        return Err(failure.at(index));
                    }
                }
                Ok(())
            }
            _ => {
                for index in 0..count {
                    // SAFETY: as above.
                    if let Err(failure) = unsafe { self.build_one(node, from.at(index), to.at(index)) } {
                        // SAFETY: as above; the values before this one stand.
                        unsafe { self.undo(node, to, index) };
                        return Err(failure.at(index));
                    }
                }
                Ok(())
            }
        }
    }

    unsafe fn build_one(&mut self, node: usize, from: *mut u8, to: *mut u8) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            match &self.plan.nodes[node] {
                Node::Hook { hook, old, .. } => {
                    called(hook(&Parts::of(old, from), to)).map_err(|reason| Failure::new(0, reason))
                }
                Node::Enum { old, new, ways } => self.build_variant(old.open, new.close, ways, from, to),
                Node::Inside { old, new, content, room } => self.build_inside([*old, *new], *content, *room, from, to),
                Node::Sequence { old, new, element, sizes } => {
                    self.build_sequence(old, new, *element, *sizes, from, to)
                }
                Node::Map { old, new, key, value, sizes } => {
                    self.build_map([old, new], [*key, *value], *sizes, from, to)
                }
                Node::Shared { old, new, content } => self.build_shared(old, new, *content, from, to),
                Node::Open | Node::Bits { .. } | Node::Number { .. } | Node::Struct(_) => {
                    self.build(node, Row::one(from), Row::one(to), 1)
                }
            }
        }
    }

    unsafe fn build_parts(&mut self, parts: &[Part], places: [Fields<'_>; 2], count: usize) -> Built {
        for (done, part) in parts.iter().enumerate() {
            // SAFETY: as `Walk` says.
            if let Err(failure) = unsafe { self.build_part(part, places, count) } {
                // SAFETY: as above; the parts before this one stand.
                unsafe { self.undo_parts(&parts[..done], places[1], count) };
                return Err(failure);
            }
        }
        Ok(())
    }

    unsafe fn build_part(&mut self, part: &Part, [old, new]: [Fields<'_>; 2], count: usize) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            match part {
                Part::Copy { from, to, size } => copy(old.place(*from), new.place(*to), *size, count),
                Part::Gone { .. } => {}
                Part::Move { name, from, to, node } => {
                    let built = self.build(*node, old.place(*from), new.place(*to), count);
                    built.map_err(|failure| failure.below(format!(".{name}")))?;
                }
                Part::Fresh { name, to, fill, drop } => {
                    let (to, mut made) = (new.place(*to), 0);
                    if let Err(panic) = fill(to.first, to.stride, count, &mut made).into_result() {
                        if let Some(drop) = drop {
                            self.drop_values(*drop, to, made);
                        }
                        let reason = format!("its default panicked: {}", panic.message);
                        return Err(Failure::new(made, reason).below(format!(".{name}")));
                    }
                }
                Part::With { name, from, to, with, new: drop, .. } => {
                    let (from, to) = (old.place(*from), new.place(*to));
                    for index in 0..count {
                        if let Err(reason) = called((with.make)(from.at(index), to.at(index))) {
                            if let Some(drop) = drop {
                                self.drop_values(*drop, to, index);
                            }
                            return Err(Failure::new(index, reason).below(format!(".{name}")));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    unsafe fn build_variant(
        &mut self,
        open: unsafe fn(*mut u8, *mut *mut u8) -> usize,
        close: unsafe fn(*mut u8, usize, *const *mut u8),
        ways: &[Way],
        from: *mut u8,
        to: *mut u8,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let (variant, old) = opened(open, self.most_fields(ways), from);
            let Way { name, to: target, room, .. } = &ways[variant];
            let Some((target, parts)) = target else {
                return Err(Failure::new(0, format!("it is a `{name}`, and there is no such variant any more")));
            };
            let (_room, new) = Scratch::each(room).ok_or_else(|| Failure::no_memory(0))?;
            self.build_parts(parts, [Fields::Addresses(&old), Fields::Addresses(&new)], 1)?;
            close(to, *target, new.as_ptr());
        }
        Ok(())
    }

    unsafe fn build_inside(
        &mut self,
        [old, new]: [Option<&'static InsideState>; 2],
        content: usize,
        room: Size,
        from: *mut u8,
        to: *mut u8,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let inside = old.map_or(from, |old| (old.get)(from));
            let Some(new) = new else {
                if inside.is_null() {
                    return Err(Failure::new(0, "there is nothing in it, and a value is needed"));
                }
                return self.build(content, Row::one(inside), Row::one(to), 1);
            };
            if inside.is_null() {
                if !new.may_be_empty {
                    return Err(Failure::new(0, "there is nothing in it, and a value is needed"));
                }
                (new.put)(to, ptr::null_mut());
                return Ok(());
            }
            let room = Scratch::row(room, 1).ok_or_else(|| Failure::no_memory(0))?;
            self.build(content, Row::one(inside), Row::one(room.first()), 1)?;
            (new.put)(to, room.first());
        }
        Ok(())
    }

    unsafe fn build_sequence(
        &mut self,
        old: &'static SequenceState,
        new: &'static SequenceState,
        element: usize,
        [old_size, new_size]: [Size; 2],
        from: *mut u8,
        to: *mut u8,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let count = (old.len)(from);
            if let Some(needed) = new.fixed.filter(|needed| *needed != count) {
                return Err(Failure::new(0, format!("it has {count} elements, and an array of {needed} is needed")));
            }
            let in_place = new.fixed.is_some();
            let elements = if in_place { to } else { (new.reserve)(count) };
            if elements.is_null() {
                return Err(Failure::no_memory(0));
            }
            let row = Row { first: elements, stride: new_size.size };
            let give_back = || {
                if !in_place {
                    (new.give_back)(elements, count);
                }
            };
            let before = self.contents.look();
            let built = match old.reading {
                Reading::Row { first, .. } => {
                    self.build(element, Row { first: first(from), stride: old_size.size }, row, count)
                }
                Reading::Scattered { each, .. } => {
                    let mut addresses = vec![ptr::null_mut(); count];
                    each(from, addresses.as_mut_ptr());
                    self.build_each(element, &addresses, row)
                }
            };
            if let Err(failure) = built {
                give_back();
                let step = format!("[{}]", failure.index);
                return Err(failure.below(step).at(0));
            }
            let led_back = self.contents.led_back(before);
            if in_place {
                return Ok(());
            }
            if let Some(rehearse) = new.rehearse
                && let Err(reason) = rehearsed(|| rehearse(elements, count), led_back, "elements")
            {
                self.undo(element, row, count);
                give_back();
                return Err(Failure::new(0, reason));
            }
            (new.build)(to, elements, count).into_result().map_err(|panic| spoilt(&panic.message))
        }
    }

    /// Builds a row from values at addresses of their own.
    unsafe fn build_each(&mut self, node: usize, from: &[*mut u8], to: Row) -> Built {
        for (index, address) in from.iter().enumerate() {
            // SAFETY: as `Walk` says.
            if let Err(failure) = unsafe { self.build(node, Row::one(*address), to.from(index), 1) } {
                // SAFETY: as above; those before this one stand.
                unsafe { self.undo(node, to, index) };
                return Err(failure.at(index));
            }
        }
        Ok(())
    }

    unsafe fn build_map(
        &mut self,
        [old, new]: [&'static MapState; 2],
        [key, value]: [usize; 2],
        [key_sizes, value_sizes]: [[Size; 2]; 2],
        from: *mut u8,
        to: *mut u8,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let count = (old.len)(from);
            let (mut old_keys, mut old_values) = (vec![ptr::null_mut(); count], vec![ptr::null_mut(); count]);
            (old.each)(from, old_keys.as_mut_ptr(), old_values.as_mut_ptr());
            let rows = Scratch::row(key_sizes[1], count).zip(Scratch::row(value_sizes[1], count));
            let (keys, values) = rows.ok_or_else(|| Failure::no_memory(0))?;
            let key_row = Row { first: keys.first(), stride: key_sizes[1].size };
            let value_row = Row { first: values.first(), stride: value_sizes[1].size };
            let named = |kind: &str| {
                let kind = kind.to_owned();
                move |failure: Failure| {
                    let step = format!("[{kind} {}]", failure.index);
                    failure.below(step).at(0)
                }
            };
            let before = self.contents.look();
            self.build_each(key, &old_keys, key_row).map_err(named("key"))?;
            let led_back = self.contents.led_back(before);
            let values_built = self.build_each(value, &old_values, value_row).map_err(named("value"));
            let rehearsed = values_built.and_then(|()| {
                let rehearsed = rehearsed(|| (new.rehearse)(keys.first(), count), led_back, "keys");
                rehearsed.map_err(|reason| {
                    self.undo(value, value_row, count);
                    Failure::new(0, reason)
                })
            });
            if let Err(failure) = rehearsed {
                self.undo(key, key_row, count);
                return Err(failure);
            }
            let built = (new.build)(to, keys.first(), values.first(), count);
            built.into_result().map_err(|panic| spoilt(&panic.message))
        }
    }

    unsafe fn build_shared(
        &mut self,
        old: &'static SharedState,
        new: &'static SharedState,
        node: usize,
        from: *mut u8,
        to: *mut u8,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let content = (old.address)(from);
            if content.is_null() {
                (new.write)(to, ptr::null_mut());
                return Ok(());
            }
            let entry = match self.contents.find(content) {
                Some(entry) => entry,
                None => {
                    let made = (new.allocate)();
                    let counts = (old.counts)(from);
                    // Known before it is made: it may lead back to itself.
                    let entry = self.contents.add(Entry {
                        old,
                        new,
                        node,
                        from: content,
                        to: made,
                        counts,
                        found: (0, 0),
                        is_made: false,
                        leads_to: NONE,
                    });
                    let before = self.contents.look();
                    self.build(node, Row::one(content), Row::one(made), 1)?;
                    self.contents.made(entry, before);
                    entry
                }
            };
            self.contents.found(entry, old.is_weak);
            (new.write)(to, self.contents.entries[entry].to);
        }
        Ok(())
    }

    /// The most fields that a variant of these has, on the old side.
    fn most_fields(&self, ways: &[Way]) -> usize {
        ways.iter().map(|way| way.fields).max().unwrap_or_default()
    }
}

/// The variant of a value, and the addresses of its fields.
///
/// # Safety
///
/// The function is that of the value's type, whose variants have at most `most` fields; nobody else uses the value.
pub(super) unsafe fn opened(
    open: unsafe fn(*mut u8, *mut *mut u8) -> usize,
    most: usize,
    value: *mut u8,
) -> (usize, Vec<*mut u8>) {
    let mut addresses = vec![ptr::null_mut(); most];
    // SAFETY: by the contract.
    let variant = unsafe { open(value, addresses.as_mut_ptr()) };
    (variant, addresses)
}

/// What came of a function of the user's.
fn called(result: Ret<Result<(), String>>) -> Result<(), String> {
    match result.into_result() {
        Ok(outcome) => outcome,
        Err(panic) => Err(format!("its function panicked: {}", panic.message)),
    }
}

/// Whether elements or keys can be compared, and are all different.
fn rehearsed(rehearse: impl FnOnce() -> Ret<bool>, led_back: bool, what: &str) -> Result<(), String> {
    if led_back {
        return Err(format!("its {what} lead back to what holds them, and can't be compared before that is moved"));
    }
    match rehearse().into_result() {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("two of its {what} are equal in the new layout")),
        Err(panic) => Err(format!("comparing its {what} panicked: {}", panic.message)),
    }
}

fn spoilt(message: &str) -> Failure {
    let reason = format!("its `Hash`, `Eq` or `Ord` panicked, which it had not done a moment before: {message}");
    Failure::spoilt(reason)
}

//! The first walk: new values are made beside the old ones, which stay as they are.

use std::ops::{Deref, DerefMut};
use std::ptr;

use liveswap::Ret;
use liveswap::state::{MapState, Parts, Reading, SequenceState, SharedState};

use super::bits::{convert, convert_non_zero, copy};
use super::carry::{Failure, Fields, Row, Source, Walk};
use super::plan::{Node, Part, Size};
use super::scratch::Scratch;
use super::shared::{Entry, NONE};

/// Values that are moved part by part before the next ones are: their bytes stay in the nearest cache.
const BLOCK: usize = 256;

pub(super) type Built = Result<(), Failure>;

/// Where the fields of old values are: at offsets, which the plan knows of structs, and the walk of a variant.
#[derive(Clone, Copy)]
pub(super) enum OldFields<'a> {
    Struct(Source<'a>),
    Variant(Source<'a>, &'a [usize]),
}

impl<'a> OldFields<'a> {
    fn place(self, place: usize) -> Source<'a> {
        match self {
            OldFields::Struct(values) => values.field(place),
            OldFields::Variant(values, offsets) => values.field(offsets[place]),
        }
    }
}

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// Makes `count` new values; where one can't be made, none is left.
    pub(super) unsafe fn build(&mut self, node: usize, from: Source<'_>, to: Row, count: usize) -> Built {
        // SAFETY: of the whole function, as `Walk` says; the bits of a value are that value, while only one of the two
        // is used.
        unsafe {
            match &self.plan.nodes[node] {
                Node::Open => Err(Failure::new(0, "it has no plan")),
                Node::Bits { size } => {
                    copy(from, to, *size, count);
                    Ok(())
                }
                Node::Number { from: a, to: b, is_never_zero: false } => convert(*a, *b, from, to, count),
                Node::Number { from: a, to: b, is_never_zero: true } => convert_non_zero(*a, *b, from, to, count),
                _ => {
                    let built = self.deeper(|walk| walk.build_deeper(node, from, to, count));
                    built.unwrap_or_else(|| Err(Failure::new(0, "it is nested too deep")))
                }
            }
        }
    }

    /// In blocks, or one by one: where one can't be made, those before it are taken apart again.
    unsafe fn build_deeper(&mut self, node: usize, from: Source<'_>, to: Row, count: usize) -> Built {
        let is_in_blocks = matches!(self.plan.nodes[node], Node::Struct(_) | Node::Enum { .. } | Node::Inside { .. });
        let block = if is_in_blocks { BLOCK } else { 1 };
        for start in (0..count).step_by(block) {
            let length = block.min(count - start);
            // SAFETY: as `Walk` says.
            if let Err(failure) = unsafe { self.build_block(node, from.from(start), to.from(start), length) } {
                // SAFETY: as above; the blocks before this one stand.
                unsafe { self.undo(node, to, start) };
                let index = start + failure.index;
                return Err(failure.at(index));
            }
        }
        Ok(())
    }

    /// Of the nodes that are not moved in blocks, `count` is 1.
    unsafe fn build_block(&mut self, node: usize, from: Source<'_>, to: Row, count: usize) -> Built {
        let (old_value, new_value) = (from.at(0), to.first);
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            match &self.plan.nodes[node] {
                Node::Struct(_) if self.chain(node, count).is_some() => self.build_chains(node, from, to, count),
                Node::Struct(parts) => self.build_parts(parts, OldFields::Struct(from), Fields::Offsets(to), count),
                Node::Enum { old, new, ways } => self.build_variants(node, [old, new], ways, from, to, count),
                Node::Inside { old, new, content, room } => {
                    self.build_insides([*old, *new], *content, *room, from, to, count)
                }
                Node::Hook { hook, old, .. } => {
                    called(hook(&Parts::of(old, old_value), new_value)).map_err(|reason| Failure::new(0, reason))
                }
                Node::Sequence { old, new, element, sizes } => {
                    self.build_sequence(old, new, *element, *sizes, old_value, new_value)
                }
                Node::Map { old, new, key, value, sizes } => {
                    self.build_map([old, new], [*key, *value], *sizes, old_value, new_value)
                }
                Node::Shared { old, new, content, module } => {
                    self.build_shared([old, new], *content, module, old_value, new_value)
                }
                Node::Open | Node::Bits { .. } | Node::Number { .. } => self.build(node, from, to, count),
            }
        }
    }

    /// The fields of `count` structs, or of as many values of one variant.
    pub(super) unsafe fn build_parts(
        &mut self,
        parts: &[Part],
        old: OldFields<'_>,
        new: Fields<'_>,
        count: usize,
    ) -> Built {
        for (done, part) in parts.iter().enumerate() {
            // SAFETY: as `Walk` says.
            if let Err(failure) = unsafe { self.build_part(part, old, new, count) } {
                // SAFETY: as above; the parts before this one stand.
                unsafe { self.undo_parts(&parts[..done], new, count) };
                return Err(failure);
            }
        }
        Ok(())
    }

    unsafe fn build_part(&mut self, part: &Part, old: OldFields<'_>, new: Fields<'_>, count: usize) -> Built {
        let old = |place: &usize| old.place(*place);
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            match part {
                Part::Copy { from, to, size } => copy(old(from), new.place(*to), *size, count),
                Part::Gone { .. } => {}
                Part::Move { name, from, to, node } => {
                    let built = self.build(*node, old(from), new.place(*to), count);
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
                    let (from, to) = (old(from), new.place(*to));
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
                    let elements = Row { first: first(from), stride: old_size.size };
                    self.build(element, Source::Row(elements), row, count)
                }
                Reading::Scattered { each, .. } => {
                    let mut addresses = vec![ptr::null_mut(); count];
                    each(from, addresses.as_mut_ptr());
                    self.build(element, Source::each(&addresses), row, count)
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
            self.build(key, Source::each(&old_keys), key_row, count).map_err(named("key"))?;
            let led_back = self.contents.led_back(before);
            let values_built = self.build(value, Source::each(&old_values), value_row, count).map_err(named("value"));
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
        [old, new]: [&'static SharedState; 2],
        node: usize,
        module: &'static str,
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
                Some(entry) if self.contents.entries[entry].becomes(new, module) => entry,
                Some(_) => {
                    let reason = "another reference to this value becomes a reference of another type";
                    return Err(Failure::new(0, reason));
                }
                None => {
                    let made = (new.allocate)();
                    let counts = (old.counts)(from);
                    // Known before it is made: it may lead back to itself.
                    let entry = self.contents.add(Entry {
                        old,
                        new,
                        node,
                        module,
                        from: content,
                        to: made,
                        counts,
                        found: (0, 0),
                        is_made: false,
                        leads_to: NONE,
                    });
                    let before = self.contents.look();
                    self.build(node, Source::one(content), Row::one(made), 1)?;
                    self.contents.made(entry, before);
                    entry
                }
            };
            self.contents.found(entry, old.is_weak);
            (new.write)(to, self.contents.entries[entry].to);
        }
        Ok(())
    }
}

/// The variant of a value, and the addresses of its fields.
///
/// # Safety
///
/// The function is that of the value's type, whose variants have at most `most` fields; nobody else uses the value.
#[inline]
pub(super) unsafe fn opened(
    open: unsafe fn(*mut u8, *mut *mut u8) -> usize,
    most: usize,
    value: *mut u8,
) -> (usize, Addresses) {
    let mut addresses = match most {
        0..=FEW => Addresses::Few([ptr::null_mut(); FEW]),
        _ => Addresses::Many(vec![ptr::null_mut(); most]),
    };
    // SAFETY: by the contract.
    let variant = unsafe { open(value, addresses.as_mut_ptr()) };
    (variant, addresses)
}

/// Fields of most variants.
const FEW: usize = 4;

/// Addresses of the fields of one value; only of many they take memory of their own.
pub(super) enum Addresses {
    Few([*mut u8; FEW]),
    Many(Vec<*mut u8>),
}

impl Deref for Addresses {
    type Target = [*mut u8];

    fn deref(&self) -> &[*mut u8] {
        match self {
            Addresses::Few(addresses) => addresses,
            Addresses::Many(addresses) => addresses,
        }
    }
}

impl DerefMut for Addresses {
    fn deref_mut(&mut self) -> &mut [*mut u8] {
        match self {
            Addresses::Few(addresses) => addresses,
            Addresses::Many(addresses) => addresses,
        }
    }
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

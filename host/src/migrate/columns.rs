//! The first walk over enums and wrappers: a block of values at a time, of which those that are alike are moved together.
//!
//! The new fields of all values of one variant are made in columns, out of which the values are then put together; what
//! wrappers hold is made in a row. So the way of a field is looked up once for many, and functions of the images that
//! fill or convert are called once for many.

use std::ptr;

use liveswap::state::{EnumState, InsideState};

use super::build::{Built, OldFields};
use super::carry::{Failure, Fields, Row, Source, Walk};
use super::plan::{Size, Way};
use super::scratch::Scratch;

// As `Walk` says.
#[allow(clippy::missing_safety_doc)]
impl Walk<'_> {
    /// Makes values of an enum; where one can't be made, none is left.
    pub(super) unsafe fn build_variants(
        &mut self,
        node: usize,
        [old, new]: [&'static EnumState; 2],
        ways: &[Way],
        from: Source<'_>,
        to: Row,
        count: usize,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let opened = Opened::of(old, ways, from, count)?;
            for (variant, way) in ways.iter().enumerate() {
                let values = opened.values(variant);
                let Some((target, parts)) = way.to.as_ref().filter(|_| !values.is_empty()) else { continue };
                let built = match Columns::of(&way.room, values.len()) {
                    None => Err(Failure::no_memory(0)),
                    Some(columns) => {
                        let addresses: Vec<*mut u8> = values.iter().map(|value| from.at(*value)).collect();
                        let old = OldFields::Variant(Source::each(&addresses), &opened.offsets[variant]);
                        self.build_parts(parts, old, Fields::Columns(&columns.rows), values.len()).map(|()| columns)
                    }
                };
                match built {
                    Ok(columns) => columns.close(new, *target, values, to),
                    Err(failure) => {
                        // Those of the variants before this one stand.
                        for value in &opened.order[..opened.starts[variant]] {
                            self.undo(node, Row::one(to.at(*value)), 1);
                        }
                        let index = values[failure.index];
                        return Err(failure.at(index));
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes values of which at least the old or the new ones are wrappers; where one can't be made, none is left.
    pub(super) unsafe fn build_insides(
        &mut self,
        [old, new]: [Option<&'static InsideState>; 2],
        content: usize,
        room: Size,
        from: Source<'_>,
        to: Row,
        count: usize,
    ) -> Built {
        // SAFETY: of the whole function, as `Walk` says.
        unsafe {
            let may_be_empty = new.is_some_and(|new| new.may_be_empty);
            // The numbers of those that are not empty, and where their contents are.
            let (mut full, mut insides) = (Vec::with_capacity(count), Vec::with_capacity(count));
            for index in 0..count {
                let value = from.at(index);
                let inside = old.map_or(value, |old| (old.get)(value));
                if !inside.is_null() {
                    full.push(index);
                    insides.push(inside);
                } else if old.is_some_and(|old| !old.may_be_empty) {
                    return Err(Failure::new(index, "there are other references to it, and it must have one owner"));
                } else if !may_be_empty {
                    return Err(Failure::new(index, "there is nothing in it, and a value is needed"));
                }
            }
            let Some(new) = new else {
                return self.build(content, Source::each(&insides), to, count);
            };
            let memory = Scratch::row(room, full.len()).ok_or_else(|| Failure::no_memory(0))?;
            let row = Row { first: memory.first(), stride: room.size };
            if let Err(failure) = self.build(content, Source::each(&insides), row, full.len()) {
                let index = full[failure.index];
                return Err(failure.at(index));
            }
            let mut made = full.iter().enumerate().peekable();
            for index in 0..count {
                let content = made.next_if(|(_, full)| **full == index);
                (new.put)(to.at(index), content.map_or(ptr::null_mut(), |(place, _)| row.at(place)));
            }
        }
        Ok(())
    }
}

/// Old values of an enum, by their variants.
struct Opened {
    /// The values' numbers, those of one variant after those of the one before.
    order: Vec<usize>,
    /// Where each variant begins in `order`; and its end.
    starts: Vec<usize>,
    /// Where in a value each variant has its fields; nothing for variants that no value is of. The compiler lays out a
    /// variant once for all values of a type, so what one value shows holds for all.
    offsets: Vec<Vec<usize>>,
}

impl Opened {
    /// Looks into `count` values.
    ///
    /// # Errors
    ///
    /// One is of a variant that has no way.
    ///
    /// # Safety
    ///
    /// They are values of the described enum, which nobody else uses; the ways are those of its variants.
    unsafe fn of(old: &EnumState, ways: &[Way], from: Source<'_>, count: usize) -> Result<Self, Failure> {
        let most = ways.iter().map(|way| way.fields).max().unwrap_or_default();
        let mut fields = vec![ptr::null_mut::<u8>(); most];
        let (mut starts, mut offsets) = (vec![0; ways.len() + 1], vec![Vec::new(); ways.len()]);
        let mut variants = Vec::with_capacity(count);
        for index in 0..count {
            let value = from.at(index);
            // SAFETY: by the contract, and there is room for the addresses of any variant's fields.
            let variant = unsafe { (old.open)(value, fields.as_mut_ptr()) };
            let way = &ways[variant];
            if way.to.is_none() {
                let reason = format!("it is a `{}`, and there is no such variant any more", way.name);
                return Err(Failure::new(index, reason));
            }
            if starts[variant + 1] == 0 {
                let fields = fields[..way.fields].iter();
                offsets[variant] = fields.map(|field| field.addr() - value.addr()).collect();
            }
            starts[variant + 1] += 1;
            variants.push(variant);
        }
        for variant in 0..ways.len() {
            starts[variant + 1] += starts[variant];
        }
        let (mut order, mut next) = (vec![0; count], starts.clone());
        for (index, variant) in variants.into_iter().enumerate() {
            order[next[variant]] = index;
            next[variant] += 1;
        }
        Ok(Self { order, starts, offsets })
    }

    /// The numbers of the values of a variant.
    fn values(&self, variant: usize) -> &[usize] {
        &self.order[self.starts[variant]..self.starts[variant + 1]]
    }
}

/// Room for the fields of several values of a variant. What is in it is not dropped.
struct Columns {
    /// One for each field.
    rows: Vec<Row>,
    _memory: Scratch,
}

impl Columns {
    /// Room for `count` values with fields of these sizes; `None` where there is no memory.
    fn of(sizes: &[Size], count: usize) -> Option<Self> {
        let column = |of: &Size| Some(Size { size: of.size.checked_mul(count)?, align: of.align });
        let (memory, firsts) = Scratch::each(&sizes.iter().map(column).collect::<Option<Vec<_>>>()?)?;
        let rows = firsts.into_iter().zip(sizes).map(|(first, of)| Row { first, stride: of.size }).collect();
        Some(Self { rows, _memory: memory })
    }

    /// Puts the values together, of which `values` are the numbers.
    ///
    /// # Safety
    ///
    /// Their fields stand here, of the types of that variant; `to` has room for the values.
    unsafe fn close(self, new: &EnumState, variant: usize, values: &[usize], to: Row) {
        let mut fields: Vec<*mut u8> = self.rows.iter().map(|row| row.first).collect();
        for value in values {
            // SAFETY: by the contract; each value takes the next of each column.
            unsafe { (new.close)(to.at(*value), variant, fields.as_ptr()) };
            for (field, row) in fields.iter_mut().zip(&self.rows) {
                *field = field.wrapping_add(row.stride);
            }
        }
    }
}

#[cfg(test)]
mod tests;

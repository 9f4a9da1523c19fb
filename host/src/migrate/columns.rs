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
                let addresses = opened.columns(values, way.fields);
                let built = match Columns::of(&way.room, values.len()) {
                    None => Err(Failure::no_memory(0)),
                    Some(columns) => {
                        let (old, new) = (OldFields::Columns(&addresses), Fields::Columns(&columns.rows));
                        self.build_parts(parts, old, new, values.len()).map(|()| columns)
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
            let inside = |index| old.map_or(from.at(index), |old| (old.get)(from.at(index)));
            let insides: Vec<*mut u8> = (0..count).map(inside).collect();
            if new.is_none_or(|new| !new.may_be_empty)
                && let Some(index) = insides.iter().position(|inside| inside.is_null())
            {
                return Err(Failure::new(index, "there is nothing in it, and a value is needed"));
            }
            let Some(new) = new else {
                return self.build(content, Source::each(&insides), to, count);
            };
            let there: Vec<usize> = (0..count).filter(|index| !insides[*index].is_null()).collect();
            let full: Vec<*mut u8> = there.iter().map(|index| insides[*index]).collect();
            let memory = Scratch::row(room, full.len()).ok_or_else(|| Failure::no_memory(0))?;
            let row = Row { first: memory.first(), stride: room.size };
            if let Err(failure) = self.build(content, Source::each(&full), row, full.len()) {
                let index = there[failure.index];
                return Err(failure.at(index));
            }
            let mut made = 0;
            for (index, inside) in insides.iter().enumerate() {
                if inside.is_null() {
                    (new.put)(to.at(index), ptr::null_mut());
                } else {
                    (new.put)(to.at(index), row.at(made));
                    made += 1;
                }
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
    /// The addresses of the fields, `most` for each value.
    fields: Vec<*mut u8>,
    most: usize,
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
        let mut fields = vec![ptr::null_mut(); most * count];
        let mut variants = Vec::with_capacity(count);
        let mut starts = vec![0; ways.len() + 1];
        for index in 0..count {
            let room = &mut fields[index * most..];
            // SAFETY: by the contract, and there is room for the addresses of any variant's fields.
            let variant = unsafe { (old.open)(from.at(index), room.as_mut_ptr()) };
            let way = &ways[variant];
            if way.to.is_none() {
                let reason = format!("it is a `{}`, and there is no such variant any more", way.name);
                return Err(Failure::new(index, reason));
            }
            variants.push(variant);
            starts[variant + 1] += 1;
        }
        for variant in 0..ways.len() {
            starts[variant + 1] += starts[variant];
        }
        let (mut order, mut next) = (vec![0; count], starts.clone());
        for (index, variant) in variants.into_iter().enumerate() {
            order[next[variant]] = index;
            next[variant] += 1;
        }
        Ok(Self { order, starts, fields, most })
    }

    /// The numbers of the values of a variant.
    fn values(&self, variant: usize) -> &[usize] {
        &self.order[self.starts[variant]..self.starts[variant + 1]]
    }

    /// The addresses of these values' fields, all of the first field before those of the next.
    fn columns(&self, values: &[usize], fields: usize) -> Vec<*mut u8> {
        let column = |field| values.iter().map(move |value| self.fields[value * self.most + field]);
        (0..fields).flat_map(column).collect()
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

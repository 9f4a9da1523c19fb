//! Snapshots of all states of a program, taken together: in memory, and as bytes for a file.

use std::collections::BTreeMap;

use liveswap::SnapshotError;
use liveswap::state::KeptCell;
use liveswap::state::snapshot::{Damage, Envelope};

/// Snapshots of a program's states, taken at one safe point: they fit each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshots {
    taken: BTreeMap<String, Vec<u8>>,
    missing: Vec<NotSaved>,
}

/// A state that is not among the [`Snapshots`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSaved {
    /// It was not in hand.
    #[error(
        "no snapshot of the state \"{name}\" (a `{type_name}`): it was not in hand; give it to `host.snapshot(…)`, or its lock to `host.keep(…)`"
    )]
    NotInHand {
        /// The state.
        name: String,
        /// Its type.
        type_name: &'static str,
    },
    /// It can't be saved.
    #[error(transparent)]
    Failed(#[from] SnapshotError),
}

/// Why bytes are no [`Snapshots`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotsError {
    /// They don't begin as snapshots of a program do.
    #[error("the bytes are no snapshots of a program; give those of `Snapshots::to_bytes`")]
    NoSnapshots,
    /// They are too few, or too many.
    #[error("the snapshots are cut off, or followed by something: {found} of {expected} are whole")]
    Incomplete {
        /// How many are whole.
        found: u64,
        /// How many there were.
        expected: u64,
    },
    /// One of them is no whole snapshot.
    #[error("snapshot {number} of {of}: {damage}")]
    Damaged {
        /// Which one, from 1.
        number: u64,
        /// How many there are.
        of: u64,
        /// What is wrong with it.
        damage: Damage,
    },
}

/// Marks the bytes of several snapshots. Their number follows, then each one's length and itself; numbers have 8 bytes
/// and are little-endian.
const MAGIC: [u8; 8] = *b"lvswALL1";

impl Snapshots {
    /// The states that were saved.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.taken.keys().map(String::as_str)
    }

    /// The snapshot of one state, as [`Kept::restore`](liveswap::Kept) takes it.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.taken.get(name).map(Vec::as_slice)
    }

    /// The program's other states, each with the reason why there is no snapshot of it. Not part of the bytes.
    pub fn missing(&self) -> &[NotSaved] {
        &self.missing
    }

    /// All of them as bytes, for a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.taken.len() as u64).to_le_bytes());
        for snapshot in self.taken.values() {
            bytes.extend((snapshot.len() as u64).to_le_bytes());
            bytes.extend(snapshot);
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) gave. Each snapshot's checksum is compared.
    ///
    /// # Errors
    ///
    /// The bytes are none of its, or not all, or not as they were.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotsError> {
        let mut rest = bytes.strip_prefix(&MAGIC).ok_or(SnapshotsError::NoSnapshots)?;
        let of = number(&mut rest).ok_or(SnapshotsError::NoSnapshots)?;
        let mut taken = BTreeMap::new();
        for place in 0..of {
            let incomplete = SnapshotsError::Incomplete { found: place, expected: of };
            let (snapshot, after) = number(&mut rest)
                .and_then(|length| rest.split_at_checked(usize::try_from(length).ok()?))
                .ok_or(incomplete)?;
            rest = after;
            let damaged = |damage| SnapshotsError::Damaged { number: place + 1, of, damage };
            let envelope = Envelope::read(snapshot).map_err(damaged)?;
            taken.insert(envelope.name.to_owned(), snapshot.to_vec());
        }
        match rest {
            [] => Ok(Self { taken, missing: Vec::new() }),
            _ => Err(SnapshotsError::Incomplete { found: of, expected: of }),
        }
    }

    /// Saves these states. `all` are the names and types of all that there are.
    pub(crate) fn of(cells: &[&mut KeptCell], all: Vec<(String, &'static str)>) -> Self {
        let mut snapshots = Self::default();
        for cell in cells {
            match cell.save() {
                Ok(snapshot) => _ = snapshots.taken.insert(cell.name().to_owned(), snapshot),
                Err(error) => snapshots.missing.push(error.into()),
            }
        }
        let absent = all.into_iter().filter(|(name, _)| !cells.iter().any(|cell| cell.name() == name));
        snapshots.missing.extend(absent.map(|(name, type_name)| NotSaved::NotInHand { name, type_name }));
        snapshots
    }

    /// Restores these states, as far as there are snapshots of them: all, or none. Gives their names.
    pub(crate) fn put_back(&self, cells: &mut [&mut KeptCell]) -> Result<Vec<String>, SnapshotError> {
        let saved = cells.iter_mut().filter_map(|cell| Some((self.get(cell.name())?, cell)));
        let made: Vec<_> =
            saved.map(|(snapshot, cell)| cell.read(snapshot).map(|made| (made, cell))).collect::<Result<_, _>>()?;
        let put = |(made, cell): (_, &mut &mut KeptCell)| {
            cell.put(made);
            cell.name().to_owned()
        };
        Ok(made.into_iter().map(put).collect())
    }
}

/// Takes a number off the front.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshots() -> Snapshots {
        let one = |name: &str| {
            let envelope = Envelope { name, type_name: "logic::World", content: &[1, 2, 3] };
            (name.to_owned(), envelope.to_bytes())
        };
        Snapshots { taken: BTreeMap::from([one("menu"), one("world")]), missing: Vec::new() }
    }

    #[test]
    fn they_go_into_a_file_and_come_back() {
        let snapshots = snapshots();
        assert_eq!(Snapshots::from_bytes(&snapshots.to_bytes()), Ok(snapshots));
        assert_eq!(Snapshots::from_bytes(&Snapshots::default().to_bytes()), Ok(Snapshots::default()));
    }

    #[test]
    fn no_part_is_taken_for_the_whole_and_no_change_goes_unseen() {
        let bytes = snapshots().to_bytes();
        for length in 0..bytes.len() {
            Snapshots::from_bytes(&bytes[..length]).unwrap_err();
        }
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            Snapshots::from_bytes(&changed).unwrap_err();
        }
        let error = Snapshots::from_bytes(&[&bytes[..], &[0]].concat()).unwrap_err();
        assert_eq!(error, SnapshotsError::Incomplete { found: 2, expected: 2 });
        let mut damaged = bytes.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let error = Snapshots::from_bytes(&damaged).unwrap_err();
        assert!(error.to_string().starts_with("snapshot 2 of 2: the snapshot is damaged"), "{error}");
    }
}

//! What every snapshot begins with: whose it is, and whether all of it is there.
//!
//! ```text
//! 8 bytes  magic
//! 4 bytes  version of this form and of what is in it
//! 8 bytes  checksum of all that follows
//! 4 bytes  length, and the state's name
//! 4 bytes  length, and the type's name
//! rest     the content
//! ```
//!
//! Numbers are little-endian, so a snapshot may be restored on another machine.

use std::fmt;

/// Marks a snapshot.
const MAGIC: [u8; 8] = *b"lvswSNAP";

/// Raised where snapshots of older code can't be read any more.
const VERSION: u32 = 1;

/// A snapshot, taken apart: whose it is, and the content as the type's own code has written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The state's name.
    pub name: &'a str,
    /// The type's full name.
    pub type_name: &'a str,
    /// What the type's code has written.
    pub content: &'a [u8],
}

/// Why bytes are no whole snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// They don't begin as a snapshot does.
    NoSnapshot,
    /// They are of another version.
    Version {
        /// That version.
        found: u32,
    },
    /// They are too few.
    CutOff,
    /// They have changed since they were written.
    Changed,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::NoSnapshot => f.write_str("the bytes are no snapshot"),
            Damage::Version { found } => write!(
                f,
                "the snapshot is of version {found}, and this code reads version {VERSION}; use the version of `liveswap` \
                 that wrote it"
            ),
            Damage::CutOff => f.write_str("the snapshot is cut off; read all of its bytes"),
            Damage::Changed => f.write_str("the snapshot is damaged: its checksum is another one; use an earlier one"),
        }
    }
}

impl std::error::Error for Damage {}

impl<'a> Envelope<'a> {
    /// The snapshot.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { name, type_name, content } = self;
        let mut bytes = Vec::with_capacity(64 + name.len() + type_name.len() + content.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([0; 8]);
        let start = bytes.len();
        for text in [name, type_name] {
            // Nobody writes a name of 4 GB.
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(*content);
        let sum = checksum(&bytes[start..]);
        bytes[start - 8..start].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Takes a snapshot apart.
    ///
    /// # Errors
    ///
    /// The bytes are no snapshot, not all of one, or not as they were written.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Damage> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(match MAGIC.starts_with(bytes) {
            true => Damage::CutOff,
            false => Damage::NoSnapshot,
        })?;
        let (version, rest) = rest.split_first_chunk().ok_or(Damage::CutOff)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(Damage::Version { found: version });
        }
        let (sum, rest) = rest.split_first_chunk().ok_or(Damage::CutOff)?;
        let (name, after_name) = text(rest)?;
        let (type_name, content) = text(after_name)?;
        // What is cut off has another sum too: that is what is told then.
        if u64::from_le_bytes(*sum) != checksum(rest) {
            return Err(Damage::Changed);
        }
        let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|_| Damage::Changed);
        Ok(Self { name: utf8(name)?, type_name: utf8(type_name)?, content })
    }
}

/// Splits off a text that begins with its length.
fn text(bytes: &[u8]) -> Result<(&[u8], &[u8]), Damage> {
    let (length, rest) = bytes.split_first_chunk().ok_or(Damage::CutOff)?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(Damage::CutOff)
}

/// FNV-1a: a single byte that is another one always shows. Against accidents, not against attackers.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: Envelope<'_> = Envelope { name: "world", type_name: "logic::World", content: &[1, 2, 3] };

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(Envelope::read(&SNAPSHOT.to_bytes()), Ok(SNAPSHOT));
        let empty = Envelope { name: "", type_name: "", content: &[] };
        assert_eq!(Envelope::read(&empty.to_bytes()), Ok(empty));
    }

    #[test]
    fn no_part_of_a_snapshot_is_taken_for_a_whole() {
        let bytes = SNAPSHOT.to_bytes();
        for length in 0..bytes.len() {
            let damage = Envelope::read(&bytes[..length]).unwrap_err();
            let expected = if length < bytes.len() - 3 { Damage::CutOff } else { Damage::Changed };
            assert_eq!(damage, expected, "{length} bytes");
        }
    }

    #[test]
    fn no_changed_bit_goes_unseen() {
        let bytes = SNAPSHOT.to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let damage = Envelope::read(&changed).unwrap_err();
            match bit / 64 {
                0 => assert_eq!(damage, Damage::NoSnapshot),
                1 if bit < 96 => assert!(matches!(damage, Damage::Version { .. })),
                _ => assert!(matches!(damage, Damage::Changed | Damage::CutOff), "bit {bit}: {damage:?}"),
            }
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Envelope::read(&longer), Err(Damage::Changed));
    }

    #[test]
    fn other_bytes_are_told_apart() {
        assert_eq!(Envelope::read(b"{\"world\": 1}"), Err(Damage::NoSnapshot));
        let mut newer = SNAPSHOT.to_bytes();
        newer[8] = 9;
        let damage = Envelope::read(&newer).unwrap_err();
        assert!(damage.to_string().starts_with("the snapshot is of version 9, and this code reads version 1"));
    }
}

//! The handshake: what an image says of itself before any of its code is called.
//!
//! It is plain bytes without pointers, so it can be read from the file, before the image is loaded. Its first two
//! members never change; what follows may change with [`BOUNDARY_VERSION`].

use crate::probe::{FIELDS, OFFSETS};

/// Marks the start of a handshake.
pub const MAGIC: [u8; 16] = *b"liveswap\0handshk";

/// The version of everything that crosses the boundary: this struct, the root module, entries, layouts.
/// Raise it with any change to them.
pub const BOUNDARY_VERSION: u32 = 6;

/// What the name of each library's one exported symbol starts with; the crate's name follows.
///
/// Prefixed because an exported name can be taken over by any other library of the process (a plain `step` was:
/// glibc has one), and per crate so that several hot libraries can be linked into one host.
pub const ROOT_SYMBOL_PREFIX: &str = "liveswap_root_";

/// A short text in a fixed number of bytes, filled up with zeros.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize>([u8; N]);

impl<const N: usize> Text<N> {
    /// Stores `text`; what does not fit is cut off.
    pub const fn new(text: &str) -> Self {
        let mut bytes = [0; N];
        let mut at = 0;
        while at < N && at < text.len() {
            bytes[at] = text.as_bytes()[at];
            at += 1;
        }
        Self(bytes)
    }

    /// The text, up to the first zero; bytes that are not UTF-8 are replaced.
    pub fn get(&self) -> String {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(N);
        String::from_utf8_lossy(&self.0[..end]).into_owned()
    }
}

/// What an image says of itself.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Handshake {
    magic: [u8; 16],
    boundary: u32,
    debug_assertions: u32,
    rustc: Text<96>,
    target: Text<64>,
    profile: Text<64>,
    panic: Text<16>,
    offsets: [u8; FIELDS],
}

/// The handshake's size in bytes.
pub const SIZE: usize = size_of::<Handshake>();

/// A handshake as it was read, to be compared and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Release and commit of the compiler, as in `1.95.0 59807616e…`.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The profile's name, as cargo's `--profile` takes it.
    pub profile: String,
    /// `unwind` or `abort`.
    pub panic: String,
    /// Whether `cfg(debug_assertions)` held.
    pub debug_assertions: bool,
    /// The [offsets](crate::probe::OFFSETS) in a fixed type.
    pub offsets: [u8; FIELDS],
}

/// Why bytes are no handshake of this boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Fewer bytes than a handshake has.
    Short {
        /// How many there were.
        found: usize,
    },
    /// The magic is not there.
    Magic,
    /// Another version of the boundary.
    Boundary {
        /// The library's version.
        found: u32,
    },
}

impl Handshake {
    /// The handshake of the build in which this is expanded; `debug_assertions` and `panic` come from the
    /// expanding crate, the rest from this crate's build.
    pub const fn of_this_build(debug_assertions: bool, panic: &str) -> Self {
        Self {
            magic: MAGIC,
            boundary: BOUNDARY_VERSION,
            debug_assertions: debug_assertions as u32,
            rustc: Text::new(env!("LIVESWAP_RUSTC")),
            target: Text::new(env!("LIVESWAP_TARGET")),
            profile: Text::new(env!("LIVESWAP_PROFILE")),
            panic: Text::new(panic),
            offsets: OFFSETS,
        }
    }

    /// The handshake as text.
    pub fn identity(&self) -> Identity {
        Identity {
            rustc: self.rustc.get(),
            target: self.target.get(),
            profile: self.profile.get(),
            panic: self.panic.get(),
            debug_assertions: self.debug_assertions != 0,
            offsets: self.offsets,
        }
    }
}

/// Reads a handshake from bytes of any origin: checks magic and version before anything else is looked at.
///
/// # Errors
///
/// Too few bytes, a wrong magic, another boundary version.
pub fn read(bytes: &[u8]) -> Result<Identity, Unreadable> {
    if bytes.len() < SIZE {
        return Err(Unreadable::Short { found: bytes.len() });
    }
    let (magic, rest) = bytes.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(Unreadable::Magic);
    }
    let mut rest = rest;
    let mut take = |length: usize| {
        let (head, tail) = rest.split_at(length);
        rest = tail;
        head
    };
    let number = |bytes: &[u8]| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let boundary = number(take(4));
    if boundary != BOUNDARY_VERSION {
        return Err(Unreadable::Boundary { found: boundary });
    }
    let debug_assertions = number(take(4)) != 0;
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    Ok(Identity {
        debug_assertions,
        rustc: text(take(96)),
        target: text(take(64)),
        profile: text(take(64)),
        panic: text(take(16)),
        offsets: std::array::from_fn(|_| take(1)[0]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(handshake: &Handshake) -> Vec<u8> {
        let Handshake { magic, boundary, debug_assertions, rustc, target, profile, panic, offsets } = handshake;
        [
            &magic[..],
            &boundary.to_ne_bytes(),
            &debug_assertions.to_ne_bytes(),
            &rustc.0,
            &target.0,
            &profile.0,
            &panic.0,
            offsets,
        ]
        .concat()
    }

    #[test]
    fn what_was_written_is_read() {
        let handshake = Handshake::of_this_build(true, "unwind");
        let bytes = bytes(&handshake);
        assert_eq!(bytes.len(), SIZE, "the struct has no padding");
        assert_eq!(read(&bytes), Ok(handshake.identity()));
    }

    #[test]
    fn bytes_of_other_origin_are_refused() {
        let good = bytes(&Handshake::of_this_build(true, "unwind"));
        assert_eq!(read(&good[..SIZE - 1]), Err(Unreadable::Short { found: SIZE - 1 }));
        let mut wrong = good.clone();
        wrong[0] ^= 1;
        assert_eq!(read(&wrong), Err(Unreadable::Magic));
        let mut other = good;
        other[16..20].copy_from_slice(&99u32.to_ne_bytes());
        assert_eq!(read(&other), Err(Unreadable::Boundary { found: 99 }));
    }
}

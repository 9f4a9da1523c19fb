//! The artifact as a file: whether it is a whole library for this machine, and its handshake.
//!
//! Loading runs code (constructors), and a loader trusts the file: a truncated one may end the process with a bus
//! error. So the file is read first.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use liveswap::handshake::{self, Identity, Unreadable};
use object::elf;
use object::read::elf::{FileHeader, SectionHeader, Sym};
use object::read::{ExportTarget, NameOrOrdinal, Object, ObjectSegment, ReadCache, ReadRef};

use super::constructors::{self, AtLoad};

/// Why an artifact is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// It can't be read.
    #[error("read {}: {source}", path.display())]
    Read {
        /// The artifact.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no library, or not a whole one.
    #[error("{} is no whole library: {reason}; save again to rebuild it", path.display())]
    NoLibrary {
        /// The artifact.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It was built for another machine.
    #[error(
        "{} was built for {found}, this host runs on {here}; remove the `--target` or `build.target` setting",
        path.display()
    )]
    Foreign {
        /// The artifact.
        path: PathBuf,
        /// Its architecture.
        found: String,
        /// This machine's.
        here: &'static str,
    },
    /// The root symbol is missing.
    #[error(
        "{} has no symbol `{symbol}`: the crate does not call `liveswap::hot_lib!();` at its root, or hot code is off in this build (the feature `hot` of `liveswap` is off, or debug assertions are off and `hot-in-release` is too)",
        path.display()
    )]
    NoRoot {
        /// The artifact.
        path: PathBuf,
        /// What was looked for.
        symbol: String,
    },
    /// The handshake is not one of this boundary.
    #[error("{}: {}", path.display(), unreadable(found))]
    Handshake {
        /// The artifact.
        path: PathBuf,
        /// What was found.
        found: Unreadable,
    },
}

fn unreadable(found: &Unreadable) -> String {
    match found {
        Unreadable::Short { found } => {
            format!("the handshake has {found} bytes, {} are needed; build the library anew", handshake::SIZE)
        }
        Unreadable::Magic => "what should be the handshake is none; build the library anew".into(),
        Unreadable::Boundary { found } => format!(
            "the library speaks boundary version {found}, this host {}; use the same version of `liveswap` and `liveswap-host`",
            handshake::BOUNDARY_VERSION
        ),
    }
}

/// Reads the handshake of `crate_name` from the library at `path`; no code of it runs.
///
/// # Errors
///
/// The file is unreadable, truncated, of another format or machine, or has no handshake of this boundary.
pub fn read_identity(path: &Path, crate_name: &str) -> Result<Identity, ArtifactError> {
    let file = File::open(path).map_err(|source| ArtifactError::Read { path: path.to_owned(), source })?;
    let length = file.metadata().map_err(|source| ArtifactError::Read { path: path.to_owned(), source })?.len();
    // Only headers and symbols are read, not the debug information.
    identity_in(&ReadCache::new(file), length, path, crate_name)
}

/// Reads what runs when the library at `path` is loaded, besides what runs for each; no code of it runs now.
///
/// # Errors
///
/// The file is unreadable, or does not say it.
pub fn at_load(path: &Path) -> Result<AtLoad, ArtifactError> {
    let file = File::open(path).map_err(|source| ArtifactError::Read { path: path.to_owned(), source })?;
    constructors::at_load(&ReadCache::new(file))
        .map_err(|reason| ArtifactError::NoLibrary { path: path.to_owned(), reason })
}

/// The statics and thread-locals that can change of the library at `path`, of these crates; see `open/statics.rs`.
/// Empty if that can't be known.
pub fn mutable_statics(path: &Path, crates: &[String]) -> BTreeSet<String> {
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    if let Ok(file) = File::open(path) {
        return super::statics::find(&ReadCache::new(file), crates);
    }
    let _ = (path, crates);
    BTreeSet::new()
}

/// As [`read_identity`], over bytes of any origin; `path` is for messages.
pub fn identity_in<'data, R: ReadRef<'data>>(
    data: R,
    length: u64,
    path: &Path,
    crate_name: &str,
) -> Result<Identity, ArtifactError> {
    let no_library = |reason: String| ArtifactError::NoLibrary { path: path.to_owned(), reason };
    let file = object::File::parse(data).map_err(|error| no_library(error.to_string()))?;
    if file.kind() != object::ObjectKind::Dynamic {
        return Err(no_library(format!("its kind is {:?}", file.kind())));
    }
    if !architecture_is_here(file.architecture()) {
        let found = format!("{:?}", file.architecture());
        return Err(ArtifactError::Foreign { path: path.to_owned(), found, here: std::env::consts::ARCH });
    }
    for segment in file.segments() {
        let (offset, size) = segment.file_range();
        if offset.checked_add(size).is_none_or(|end| end > length) {
            return Err(no_library(format!(
                "it is truncated: {length} bytes, a segment ends at {}",
                offset.saturating_add(size)
            )));
        }
    }
    let symbol = format!("{}{crate_name}", handshake::ROOT_SYMBOL_PREFIX);
    let address = elf_address(data, &symbol)
        .or_else(|| root_address(&file, &symbol))
        .ok_or_else(|| ArtifactError::NoRoot { path: path.to_owned(), symbol: symbol.clone() })?;
    let bytes = file
        .segments()
        .find_map(|segment| segment.data_range(address, handshake::SIZE as u64).ok().flatten())
        .ok_or_else(|| no_library(format!("the symbol `{symbol}` points outside of the file")))?;
    handshake::read(bytes).map_err(|found| ArtifactError::Handshake { path: path.to_owned(), found })
}

/// Where a symbol of an ELF file is. A base exports ten thousand of them, whose names are looked at in one piece here.
fn elf_address<'data>(data: impl ReadRef<'data>, symbol: &str) -> Option<u64> {
    let header = elf::FileHeader64::<object::LittleEndian>::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, data).ok()?;
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM).ok()?;
    let names = sections.section(symbols.string_section()).ok()?.data(endian, data).ok()?;
    let is_it = |of: u32| {
        let name = usize::try_from(of).ok().and_then(|of| names.get(of..));
        name.and_then(|name| name.strip_prefix(symbol.as_bytes())).is_some_and(|rest| rest.first() == Some(&0))
    };
    let found = symbols.symbols().iter().find(|entry| is_it(entry.st_name(endian)) && !entry.is_undefined(endian))?;
    Some(found.st_value(endian))
}

/// Where the root is, by the file's exports.
fn root_address<'data>(file: &object::File<'data, impl ReadRef<'data>>, symbol: &str) -> Option<u64> {
    let exports = file.exports().ok()?;
    // Mach-O puts an underscore before each name.
    let same = |name: &[u8]| name == symbol.as_bytes() || name.strip_prefix(b"_") == Some(symbol.as_bytes());
    exports.filter_map(Result::ok).find_map(|export| match (export.name(), export.target()) {
        (NameOrOrdinal::Name(name), ExportTarget::Address { address }) if same(name) => Some(address),
        _ => None,
    })
}

fn architecture_is_here(found: object::Architecture) -> bool {
    use object::Architecture;
    match std::env::consts::ARCH {
        "x86_64" => found == Architecture::X86_64,
        "aarch64" => found == Architecture::Aarch64,
        "x86" => found == Architecture::I386,
        // Elsewhere the loader decides.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        identity_in(bytes, bytes.len() as u64, Path::new("/x/liblogic.so"), "logic").unwrap_err().to_string()
    }

    /// This test's own program: a real ELF (or Mach-O, or PE) file, though no hot library.
    fn this_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn what_is_no_library_is_refused() {
        assert!(refused(b"").contains("/x/liblogic.so is no whole library"));
        assert!(refused(b"#!/bin/sh\necho no library\n").contains("no whole library"));
        assert!(refused(&[0x7f; 4096]).contains("no whole library"));
    }

    #[test]
    fn a_library_without_a_root_says_what_to_write() {
        // A position-independent program is of the same kind as a library to the loader.
        let error = refused(&this_program());
        assert!(error.contains("liveswap::hot_lib!();"), "{error}");
    }

    #[test]
    fn every_truncation_is_refused_without_a_panic() {
        let whole = this_program();
        for length in (0..whole.len()).step_by(whole.len() / 97 + 1) {
            let error = refused(&whole[..length]);
            assert!(error.contains("no whole library") || error.contains("no symbol"), "{length}: {error}");
        }
    }
}

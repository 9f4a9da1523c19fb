//! A base's name for the loader.
//!
//! A patch names the base that it belongs to, and the loader looks for that name among the images that are there. Each
//! copy of a base needs a name of its own, or the patch would be bound to another copy. The wrapper has the linker write
//! a name with room for a number (see `compile/wrapper/program.rs`); here the number is put in, in the staged copy.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use object::elf;
use object::read::elf::{Dyn, FileHeader, SectionHeader};
use object::read::{ReadCache, ReadRef};

/// How the name of every base begins; 16 digits follow.
const PREFIX: &[u8] = b"liveswap-base-";

/// Gives the copy a name that no other image of this process has. Does nothing to what is no base.
pub(super) fn make_unique(copy: &Path) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let Some(offset) = place(&File::open(copy)?) else { return Ok(()) };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut file = OpenOptions::new().write(true).open(copy)?;
    file.seek(SeekFrom::Start(offset + PREFIX.len() as u64))?;
    write!(file, "{number:016x}")
}

/// Where in the file the name of a base stands.
fn place(file: &File) -> Option<u64> {
    let cache = ReadCache::new(file);
    let header = elf::FileHeader64::<object::LittleEndian>::parse(&cache).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, &cache).ok()?;
    let (entries, strings) = sections.dynamic(endian, &cache).ok()??;
    let name = entries.iter().find(|entry| entry.tag(endian) == elf::DT_SONAME)?;
    let strings = sections.section(strings).ok()?;
    let offset = strings.sh_offset(endian).checked_add(name.val32(endian)?.into())?;
    let found = (&cache).read_bytes_at(offset, PREFIX.len() as u64).ok()?;
    (found == PREFIX).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_base_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("liblogic.so");
        std::fs::write(&file, "liveswap-base-0000000000000000.so").unwrap();
        make_unique(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"liveswap-base-0000000000000000.so");
        std::fs::copy(std::env::current_exe().unwrap(), &file).unwrap();
        make_unique(&file).unwrap();
    }
}

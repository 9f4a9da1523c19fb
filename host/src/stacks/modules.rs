//! Which loaded file an address belongs to.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD};
use object::read::ReadCache;
use object::read::elf::{FileHeader, ProgramHeader};

/// A loaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// From its first to its last address.
    pub range: Range<usize>,
    /// The file.
    pub file: PathBuf,
    /// What is added to the file's own addresses.
    pub bias: u64,
}

impl Module {
    /// The one with this address; `None` where there is none, or the file is gone.
    pub fn at(address: usize) -> Option<Module> {
        let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
        let (range, file) = find(&maps, address)?;
        let file = PathBuf::from(file);
        let bias = (range.start as u64).wrapping_sub(first_page(&file)?);
        Some(Module { range, file, bias })
    }

    /// An address as the file has it.
    pub fn in_file(&self, address: usize) -> u64 {
        (address as u64).wrapping_sub(self.bias)
    }

    /// Whether it is a part of the C library or the loader: what others call, and what fails by their doing.
    pub fn is_c_library(&self) -> bool {
        const NAMES: [&str; 6] = ["libc.so", "libc-", "libm.so", "libpthread", "ld-linux", "ld-musl"];
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        NAMES.iter().any(|start| name.starts_with(start))
    }
}

/// The file that is mapped at an address, and from where to where it is. The loader maps a file in one piece.
fn find(maps: &str, address: usize) -> Option<(Range<usize>, &str)> {
    let lines = || maps.lines().filter_map(parse);
    let (_, file) = lines().find(|(range, _)| range.contains(&address))?;
    let same = || lines().filter(|(_, other)| *other == file).map(|(range, _)| range);
    Some((same().map(|range| range.start).min()?..same().map(|range| range.end).max()?, file))
}

/// Range and file of a line of `/proc/self/maps`; `None` for memory without a file.
fn parse(line: &str) -> Option<(Range<usize>, &str)> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    let file = line.split_once('/').map(|(before, _)| &line[before.len()..])?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some((number(start)?..number(end)?, file))
}

/// The address in the file that its first mapping begins with.
fn first_page(file: &Path) -> Option<u64> {
    const PAGE: u64 = 4096;
    let data = ReadCache::new(File::open(file).ok()?);
    let header = FileHeader64::<LittleEndian>::parse(&data).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, &data).ok()?;
    let loaded = segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
    loaded.map(|segment| segment.p_vaddr(endian) / PAGE * PAGE).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55d0-55d8 r--p 00000000 fe:00 1 /bin/program
55d8-55f0 r-xp 00008000 fe:00 1 /bin/program
7f00-7f10 rw-p 00000000 00:00 0 
7f10-7f20 r-xp 00001000 fe:00 2                          /tmp/with space/libx.so
7ff0-7fff rw-p 00000000 00:00 0                          [stack]
";

    #[test]
    fn an_address_belongs_to_a_file_or_to_none() {
        assert_eq!(find(MAPS, 0x55e0), Some((0x55d0..0x55f0, "/bin/program")));
        assert_eq!(find(MAPS, 0x7f10), Some((0x7f10..0x7f20, "/tmp/with space/libx.so")));
        assert_eq!(find(MAPS, 0x7f05), None);
        assert_eq!(find(MAPS, 0x7ff5), None);
        assert_eq!(find(MAPS, 0x1), None);
    }

    #[test]
    fn this_programs_functions_are_where_its_file_says() {
        let address = this_programs_functions_are_where_its_file_says as fn() as usize;
        let module = Module::at(address).unwrap();
        assert_eq!(module.file, std::env::current_exe().unwrap().canonicalize().unwrap());
        assert!(!module.is_c_library());
        let lines = super::super::symbols::of(&[super::super::Frame { address, module: Some(module) }]);
        assert!(lines[0].symbol.contains("this_programs_functions_are"), "{lines:?}");
        assert!(lines[0].file.as_deref().is_some_and(|file| file.ends_with("modules.rs")), "{lines:?}");
        assert!(Module::at(libc::memcpy as *const () as usize).unwrap().is_c_library());
    }
}

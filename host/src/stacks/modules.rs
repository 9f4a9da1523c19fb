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
    /// The one with code at this address; `None` where there is none, or the file is gone.
    pub fn at(address: usize) -> Option<Module> {
        let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
        let (file, mappings) = find(&maps, address)?;
        let file = PathBuf::from(file);
        let (range, bias) = place(&segments(&file)?, &mappings, address)?;
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

/// Memory that a part of a file is mapped to.
#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    range: Range<usize>,
    /// Where in the file it begins.
    offset: u64,
}

/// A part of a file that is loaded.
struct Segment {
    addresses: Range<u64>,
    offset: u64,
}

const PAGE: u64 = 4096;

/// The file that is mapped at an address, and all mappings of it.
fn find(maps: &str, address: usize) -> Option<(&str, Vec<Mapping>)> {
    let lines = || maps.lines().filter_map(parse);
    let (file, _) = lines().find(|(_, mapping)| mapping.range.contains(&address))?;
    Some((file, lines().filter(|(other, _)| *other == file).map(|(_, mapping)| mapping).collect()))
}

/// A line of `/proc/self/maps`; `None` for memory without a file.
fn parse(line: &str) -> Option<(&str, Mapping)> {
    let mut words = line.split(' ');
    let (start, end) = words.next()?.split_once('-')?;
    let offset = u64::from_str_radix(words.nth(1)?, 16).ok()?;
    let file = &line[line.find('/')?..];
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some((file, Mapping { range: number(start)?..number(end)?, offset }))
}

/// From where to where the file with this address is loaded, and what was added to its own addresses. The same file may also
/// be mapped by who reads it (std does, for backtraces): there the segments would not fit.
fn place(segments: &[Segment], mappings: &[Mapping], address: usize) -> Option<(Range<usize>, u64)> {
    let here = mappings.iter().find(|mapping| mapping.range.contains(&address))?;
    let first = segments.iter().map(|segment| segment.addresses.start / PAGE * PAGE).min()?;
    let end = segments.iter().map(|segment| segment.addresses.end).max()?;
    let starts = mappings.iter().filter(|mapping| mapping.offset == 0).map(|mapping| mapping.range.start);
    let fits = |start: &usize| {
        let in_file = (address as u64).wrapping_sub(*start as u64).wrapping_add(first);
        let mut holding = segments.iter().filter(|segment| segment.addresses.contains(&in_file));
        holding.any(|segment| {
            let offset = in_file - segment.addresses.start + segment.offset;
            offset.checked_sub((address - here.range.start) as u64) == Some(here.offset)
        })
    };
    let start = starts.filter(|start| *start <= address).find(fits)?;
    Some((start..start + (end - first) as usize, (start as u64).wrapping_sub(first)))
}

/// The parts of a file that are loaded.
fn segments(file: &Path) -> Option<Vec<Segment>> {
    let data = ReadCache::new(File::open(file).ok()?);
    let header = FileHeader64::<LittleEndian>::parse(&data).ok()?;
    let endian = header.endian().ok()?;
    let all = header.program_headers(endian, &data).ok()?;
    let loaded = all.iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
    let segment = |segment: &object::elf::ProgramHeader64<LittleEndian>| {
        let start = segment.p_vaddr(endian);
        Segment { addresses: start..start.saturating_add(segment.p_memsz(endian)), offset: segment.p_offset(endian) }
    };
    Some(loaded.map(segment).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
550000-558000 r--p 00000000 fe:00 1                          /bin/program
558000-570000 r-xp 00008000 fe:00 1                          /bin/program
7f0000-7f1000 rw-p 00000000 00:00 0 
7f1000-7f2000 r-xp 00001000 fe:00 2                          /tmp/with space/libx.so
7ff000-7fff00 rw-p 00000000 00:00 0                          [stack]
";

    fn mapping(range: Range<usize>, offset: u64) -> Mapping {
        Mapping { range, offset }
    }

    #[test]
    fn an_address_belongs_to_a_file_or_to_none() {
        let program = vec![mapping(0x550000..0x558000, 0), mapping(0x558000..0x570000, 0x8000)];
        assert_eq!(find(MAPS, 0x55e000), Some(("/bin/program", program)));
        assert_eq!(find(MAPS, 0x7f1000), Some(("/tmp/with space/libx.so", vec![mapping(0x7f1000..0x7f2000, 0x1000)])));
        assert_eq!(find(MAPS, 0x7f0500), None);
        assert_eq!(find(MAPS, 0x7ff500), None);
        assert_eq!(find(MAPS, 0x1), None);
    }

    #[test]
    fn a_file_that_is_also_read_as_a_whole_is_found_where_it_is_loaded() {
        // As `lld` lays files out: the second segment begins on the page of the file on which the first one ends.
        let segment = |addresses, offset| Segment { addresses, offset };
        let segments = [segment(0..0x1630, 0), segment(0x2630..0x4000, 0x1630)];
        let read = mapping(0x10000..0x13000, 0);
        let loaded = [mapping(0x13000..0x15000, 0), mapping(0x15000..0x17000, 0x1000)];
        let [first, second] = loaded;
        let above = mapping(0x17000..0x1a000, 0);
        let mappings = [read, first, second, above];
        assert_eq!(place(&segments, &mappings, 0x15700), Some((0x13000..0x17000, 0x13000)));
        assert_eq!(place(&segments, &mappings, 0x13010), Some((0x13000..0x17000, 0x13000)));
        assert_eq!(place(&segments, &mappings[..1], 0x12fff), None);
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

//! What runs when a library is loaded, read from its file: its constructors, and those of the libraries that it needs.
//!
//! Every library has two constructors that are not the user's: `frame_dummy` of the C runtime, and the one by which std
//! gets the program's arguments. They are known by their names; what has another name, or none since the file was stripped, is
//! taken for the user's. Loaders read `.init_array` and `.init`, and `.preinit_array` only in programs.

use std::collections::BTreeMap;

use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, Rela, SectionHeader, SectionTable, Sym};
use object::{FileKind, LittleEndian, ReadRef};

/// The libraries that every program has: the C library's parts, and the unwinder.
const EVERYWHERE: [&str; 8] = [
    "libc.so.",
    "libm.so.",
    "libgcc_s.so.",
    "libpthread.so.",
    "libdl.so.",
    "librt.so.",
    "libutil.so.",
    "ld-linux", // ld-linux-x86-64.so.2, ld-linux-aarch64.so.1
];

/// The most bytes that the C runtime's own `_init` has on 64 bits.
const LONGEST_INIT: u64 = 27;

/// What runs when a library is loaded, besides what runs for each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct AtLoad {
    /// The library's own constructors, in their order, by their symbols; `None` where the file does not name them.
    pub constructors: Vec<Option<String>>,
    /// The libraries that it needs and that not every program has: they may have constructors, too.
    pub libraries: Vec<String>,
}

impl AtLoad {
    /// Whether nothing of that is there.
    pub fn is_nothing(&self) -> bool {
        self.constructors.is_empty() && self.libraries.is_empty()
    }
}

/// Reads it from a library's bytes. Of files that are no ELF nothing is known, so they have nothing; of ELF files for other
/// than 64 bits, little endian, it is assumed that there is a constructor.
///
/// # Errors
///
/// What is wrong with the file.
pub fn at_load<'data>(data: impl ReadRef<'data>) -> Result<AtLoad, String> {
    let kind = FileKind::parse(data).map_err(|error| error.to_string())?;
    let is_elf = matches!(kind, FileKind::Elf32 | FileKind::Elf64);
    match FileHeader64::<LittleEndian>::parse(data) {
        Ok(header) if kind == FileKind::Elf64 && header.is_little_endian() => Elf::new(header, data)?.at_load(),
        _ => Ok(AtLoad { constructors: vec![None; usize::from(is_elf)], libraries: Vec::new() }),
    }
}

type Header = FileHeader64<LittleEndian>;

/// The parts of a file that are looked at.
struct Elf<'data, R: ReadRef<'data>> {
    data: R,
    segments: &'data [elf::ProgramHeader64<LittleEndian>],
    dynamic: &'data [elf::Dyn64<LittleEndian>],
    sections: SectionTable<'data, Header, R>,
}

/// Where an element of `.init_array` leads.
enum Target {
    Address(u64),
    /// A symbol of another library.
    Imported(String),
}

impl<'data, R: ReadRef<'data>> Elf<'data, R> {
    fn new(header: &'data Header, data: R) -> Result<Self, String> {
        let text = |error: object::Error| error.to_string();
        let segments = header.program_headers(LittleEndian, data).map_err(text)?;
        let mut dynamic = segments.iter().filter_map(|segment| segment.dynamic(LittleEndian, data).transpose());
        let dynamic = dynamic.next().transpose().map_err(text)?.unwrap_or_default();
        let sections = header.sections(LittleEndian, data).map_err(text)?;
        Ok(Self { data, segments, dynamic, sections })
    }

    fn at_load(&self) -> Result<AtLoad, String> {
        let mut constructors = self.init().into_iter().collect::<Vec<_>>();
        let targets = self.init_array()?;
        let names = self.names(&targets);
        constructors.extend(targets.into_iter().filter_map(|target| match target {
            Some(Target::Imported(name)) => Some(Some(name)),
            Some(Target::Address(address)) => match names.get(&address).map(Vec::as_slice) {
                None | Some([]) => Some(None),
                Some(names) if names.iter().any(|name| is_everywhere(name)) => None,
                Some(names) => names.first().map(|name| Some(name.clone())),
            },
            None => Some(None),
        }));
        Ok(AtLoad { constructors, libraries: self.libraries()? })
    }

    /// The value that the dynamic section has for a tag.
    fn value(&self, tag: elf::DynamicTag) -> Option<u64> {
        self.dynamic.iter().find(|entry| entry.d_tag(LittleEndian) == tag).map(|entry| entry.val(LittleEndian))
    }

    /// The file's bytes for a stretch of memory.
    fn bytes(&self, address: u64, size: u64) -> Result<&'data [u8], String> {
        let place = |segment: &&elf::ProgramHeader64<LittleEndian>| {
            let start = address.checked_sub(segment.p_vaddr(LittleEndian))?;
            let is_within = start.checked_add(size)? <= segment.p_filesz(LittleEndian);
            (segment.p_type(LittleEndian) == elf::PT_LOAD && is_within)
                .then(|| segment.p_offset(LittleEndian).checked_add(start))?
        };
        let offset = self.segments.iter().find_map(|segment| place(&segment));
        let bytes = offset.and_then(|offset| self.data.read_bytes_at(offset, size).ok());
        bytes.ok_or_else(|| {
            format!("its dynamic section points to {size} bytes at {address:#x}, which it does not have")
        })
    }

    /// A table of the dynamic section, by the tags of its address and size; empty where there is none.
    fn table(&self, address: elf::DynamicTag, size: elf::DynamicTag) -> Result<(u64, &'data [u8]), String> {
        match (self.value(address), self.value(size)) {
            (Some(address), Some(size)) if size > 0 => Ok((address, self.bytes(address, size)?)),
            _ => Ok((0, &[])),
        }
    }

    fn libraries(&self) -> Result<Vec<String>, String> {
        let needed = self.dynamic.iter().filter(|entry| entry.d_tag(LittleEndian) == elf::DT_NEEDED);
        let (_, strings) = self.table(elf::DT_STRTAB, elf::DT_STRSZ)?;
        let name = |entry: &elf::Dyn64<LittleEndian>| {
            let at = usize::try_from(entry.val(LittleEndian)).ok();
            let name = at.and_then(|at| strings.get(at..)).and_then(|rest| rest.split(|byte| *byte == 0).next());
            name.map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default()
        };
        Ok(needed.map(name).filter(|name| !EVERYWHERE.iter().any(|prefix| name.starts_with(prefix))).collect())
    }

    /// Whether `.init` is another one than the C runtime's: longer, or elsewhere.
    fn init(&self) -> Option<Option<String>> {
        let address = self.value(elf::DT_INIT).filter(|address| *address != 0)?;
        let section = self.sections.section_by_name(LittleEndian, b".init").map(|(_, section)| section);
        let is_the_runtimes = section.is_some_and(|section| {
            section.sh_addr(LittleEndian) == address && section.sh_size(LittleEndian) <= LONGEST_INIT
        });
        (!is_the_runtimes).then(|| self.names(&[Some(Target::Address(address))]).remove(&address)?.into_iter().next())
    }

    /// Where each element of `.init_array` leads: what is in the file there is what the relocations make of it. `None` where that is
    /// not known.
    fn init_array(&self) -> Result<Vec<Option<Target>>, String> {
        const SLOT: usize = 8;
        let (start, array) = self.table(elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ)?;
        let (_, relocations) = self.table(elf::DT_RELA, elf::DT_RELASZ)?;
        let count = relocations.len() / size_of::<elf::Rela64<LittleEndian>>();
        let (relocations, _) = object::slice_from_bytes::<elf::Rela64<LittleEndian>>(relocations, count)
            .map_err(|()| "its relocations can't be read".to_owned())?;
        // By their distances from the start.
        let of_array = relocations.iter().map(|one| (one.r_offset(LittleEndian).wrapping_sub(start), one));
        let of_array: BTreeMap<u64, _> = of_array.filter(|(at, _)| *at < array.len() as u64).collect();
        let target = |(number, bytes): (usize, &[u8])| match of_array.get(&((number * SLOT) as u64)) {
            Some(relocation) => self.target(relocation),
            // Packed relative relocations leave the address in its place.
            None => {
                let address = bytes.try_into().map_or(0, u64::from_le_bytes);
                (address != 0).then_some(Target::Address(address))
            }
        };
        Ok(array.chunks(SLOT).enumerate().map(target).collect())
    }

    fn target(&self, relocation: &elf::Rela64<LittleEndian>) -> Option<Target> {
        let addend = relocation.r_addend(LittleEndian);
        let Some(index) = relocation.symbol(LittleEndian, false) else {
            return Some(Target::Address(addend.cast_unsigned()));
        };
        let symbols = self.sections.symbols(LittleEndian, self.data, elf::SHT_DYNSYM).ok()?;
        let symbol = symbols.symbol(index).ok()?;
        if symbol.is_undefined(LittleEndian) {
            let name = symbols.symbol_name(LittleEndian, symbol).ok()?;
            return Some(Target::Imported(String::from_utf8_lossy(name).into_owned()));
        }
        Some(Target::Address(symbol.st_value(LittleEndian).wrapping_add_signed(addend)))
    }

    /// The names that functions at these addresses have.
    fn names(&self, targets: &[Option<Target>]) -> BTreeMap<u64, Vec<String>> {
        let address = |target: &Option<Target>| match target {
            Some(Target::Address(address)) => Some((*address, Vec::new())),
            _ => None,
        };
        let mut names: BTreeMap<u64, Vec<String>> = targets.iter().filter_map(address).collect();
        // A stripped file has only the names that it exports.
        for kind in [elf::SHT_SYMTAB, elf::SHT_DYNSYM] {
            let Ok(symbols) = self.sections.symbols(LittleEndian, self.data, kind) else { continue };
            for symbol in symbols.iter().filter(|symbol| symbol.st_type() == elf::STT_FUNC) {
                if let Some(names) = names.get_mut(&symbol.st_value(LittleEndian))
                    && let Ok(name) = symbols.symbol_name(LittleEndian, symbol)
                {
                    names.push(String::from_utf8_lossy(name).into_owned());
                }
            }
        }
        names
    }
}

/// Whether each library has a constructor of this name.
fn is_everywhere(symbol: &str) -> bool {
    symbol == "frame_dummy" || symbol.contains("3std") && symbol.contains("ARGV_INIT_ARRAY")
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests;

//! Through which pointers an ELF library calls a function of another one: the loader sets them by relocations. Pure.

use std::ops::Range;

use object::elf::{self, RelocationType};
use object::read::ReadRef;
use object::read::elf::{FileHeader, ProgramHeader, Rela, SectionHeader, Sym};

/// Pointers that the loader sets, by the addresses in the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pointers {
    /// Theirs: aligned, and in a segment of data.
    pub(super) addresses: Vec<u64>,
    /// What is not to be written any more once they are set (`PT_GNU_RELRO`).
    pub(super) read_only: Range<u64>,
}

/// The bytes of a pointer.
const SIZE: u64 = 8;

/// The pointers of a file to a function of this name that is not in it; `None` where the file is not understood.
pub(super) fn find<'data>(data: impl ReadRef<'data>, function: &str) -> Option<Pointers> {
    let header = elf::FileHeader64::<object::LittleEndian>::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let sets_pointer = kinds(header.e_machine(endian))?;
    let sections = header.sections(endian, data).ok()?;
    let symbols = sections.symbols(endian, data, elf::SHT_DYNSYM).ok()?;
    // A base has ten thousands of symbols and relocations: each is looked at once.
    let is_it = |symbol: &elf::Sym64<object::LittleEndian>| {
        symbol.is_undefined(endian) && symbols.symbol_name(endian, symbol) == Ok(function.as_bytes())
    };
    let wanted: Vec<u32> =
        symbols.enumerate().filter(|(_, symbol)| is_it(symbol)).map(|(index, _)| index.0 as u32).collect();
    let mut pointers = Pointers::default();
    for section in sections.iter() {
        let Ok(Some((relocations, of))) = section.rela(endian, data) else { continue };
        if of != symbols.section() {
            continue;
        }
        let sets_it = |one: &&elf::Rela64<object::LittleEndian>| {
            wanted.contains(&one.r_sym(endian, false))
                && sets_pointer.contains(&one.r_type(endian, false))
                && one.r_addend(endian) == 0
        };
        pointers.addresses.extend(relocations.iter().filter(sets_it).map(|one| one.r_offset(endian)));
    }
    let segments = header.program_headers(endian, data).ok()?;
    pointers.addresses.retain(|address| {
        let is_in = |segment: &elf::ProgramHeader64<object::LittleEndian>| {
            let offset = address.checked_sub(segment.p_vaddr(endian));
            offset.is_some_and(|offset| offset.saturating_add(SIZE) <= segment.p_memsz(endian))
        };
        let is_data = |segment: &&elf::ProgramHeader64<object::LittleEndian>| {
            segment.p_type(endian) == elf::PT_LOAD && segment.p_flags(endian).contains(elf::PF_W)
        };
        address.is_multiple_of(SIZE) && segments.iter().filter(is_data).any(is_in)
    });
    if let Some(segment) = segments.iter().find(|segment| segment.p_type(endian) == elf::PT_GNU_RELRO) {
        let start = segment.p_vaddr(endian);
        pointers.read_only = start..start.saturating_add(segment.p_memsz(endian));
    }
    Some(pointers)
}

/// The relocations that set a pointer to a function.
fn kinds(machine: elf::Machine) -> Option<[RelocationType; 3]> {
    match machine {
        elf::EM_X86_64 => Some([elf::R_X86_64_GLOB_DAT, elf::R_X86_64_JUMP_SLOT, elf::R_X86_64_64]),
        elf::EM_AARCH64 => Some([elf::R_AARCH64_GLOB_DAT, elf::R_AARCH64_JUMP_SLOT, elf::R_AARCH64_ABS64]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::mapped;
    use std::path::Path;

    fn this_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn a_pointer_that_is_found_leads_to_the_function() {
        // The loader knows the program by no name.
        let bias = mapped::mapped(Path::new("")).unwrap().bias;
        let pointers = find(&this_program()[..], "getpid").unwrap();
        assert!(!pointers.addresses.is_empty());
        for address in &pointers.addresses {
            assert!(pointers.read_only.contains(address), "{pointers:x?}");
            // SAFETY: a pointer of this program.
            let pointer = unsafe { *std::ptr::with_exposed_provenance::<usize>(bias + *address as usize) };
            assert_eq!(pointer, libc::getpid as *const () as usize);
        }
    }

    #[test]
    fn what_is_not_called_has_no_pointer() {
        let program = this_program();
        assert!(find(&program[..], "no_function").unwrap().addresses.is_empty());
        assert_eq!(find(&b"no file"[..], "getpid"), None);
        // Whatever is cut off, nothing is found that is not there.
        let whole = find(&program[..], "getpid").unwrap();
        for length in (0..program.len()).step_by(program.len() / 97 + 1) {
            let found = find(&program[..length], "getpid").unwrap_or_default();
            assert!(found.addresses.iter().all(|address| whole.addresses.contains(address)), "{length}");
        }
    }
}

//! Reads one object file: what each function and static consists of, and what it refers to by name.
//!
//! A relocation leads to a named symbol or to anonymous data (a literal, a vtable, a promoted constant). Names count by
//! themselves. Anonymous data has another name in each build, so it counts by its content: the bytes and references of
//! the data are added to those of the function that uses it. The place of a panic (`core::panic::Location`) counts by
//! being one; its file, line and column are left out.

use std::ops::Range;

use object::elf;
use object::read::elf::{ElfFile64, ElfSection64, SectionHeader};
use object::read::{ObjectSection, ObjectSymbol, RelocationTarget, SymbolSection};
use object::{LittleEndian, Object as _, RelocationFlags, SymbolKind};
use rapidhash::v3::rapidhash_v3;

use super::build::{Definition, Kind, NameId, Names};

/// Anonymous data leads to other anonymous data; deeper than this nothing is compared, which no compiler reaches.
const DEEPEST: usize = 64;

/// The size of a `core::panic::Location` on a 64-bit target: a pointer and a length, the line, the column.
const LOCATION: u64 = 24;

/// Reads the functions and statics of an object file.
///
/// # Errors
///
/// It is no 64-bit ELF object, or it is damaged.
pub(super) fn read(data: &[u8], names: &mut Names) -> Result<Vec<(NameId, Definition)>, object::Error> {
    let file = ElfFile64::<LittleEndian>::parse(data)?;
    let object = Object::new(&file, names)?;
    let named = object.symbols.iter().filter_map(|symbol| match symbol {
        Symbol::Defined { name, kind, at } => Some((*name, *kind, at)),
        _ => None,
    });
    Ok(named.map(|(name, kind, at)| (name, object.definition(kind, at))).collect())
}

/// A range of bytes in a section.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    section: usize,
    range: Range<u64>,
}

/// What a symbol stands for.
enum Symbol {
    /// A function or a static of this object.
    Defined { name: NameId, kind: Kind, at: Place },
    /// One of another object.
    Undefined(NameId),
    /// Data without a name of its own.
    Anonymous(Place),
    /// A whole section; the addend says which part of it.
    Section(usize),
    /// Nothing that code refers to.
    None,
}

#[derive(Default)]
struct Section<'data> {
    data: &'data [u8],
    size: u64,
    is_code: bool,
    /// The size of the constants in it, of which equal ones of the same section are one.
    constants: Option<u64>,
    /// Whether these constants are texts that end with a zero byte.
    has_texts: bool,
    relocations: Vec<Relocation>,
    /// The symbols that lie in it, by their indices, in the order of their addresses.
    symbols: Vec<usize>,
}

struct Relocation {
    offset: u64,
    kind: u32,
    symbol: usize,
    addend: i64,
    /// What is added to the addend so that it is counted from the target: the processor counts from behind the operand.
    distance: i64,
}

struct Object<'data> {
    sections: Vec<Section<'data>>,
    symbols: Vec<Symbol>,
}

/// What a definition consists of, while it is gathered.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    references: Vec<NameId>,
}

impl<'data> Object<'data> {
    fn new(file: &ElfFile64<'data, LittleEndian>, names: &mut Names) -> Result<Self, object::Error> {
        let count = file.sections().map(|section| section.index().0 + 1).max().unwrap_or_default();
        let mut sections: Vec<Section<'_>> = (0..count).map(|_| Section::default()).collect();
        for section in file.sections() {
            sections[section.index().0] = Section::read(&section)?;
        }
        let mut symbols: Vec<Symbol> = Vec::new();
        for symbol in file.symbols() {
            let index = symbol.index().0;
            symbols.resize_with(symbols.len().max(index + 1), || Symbol::None);
            let Ok(name) = symbol.name() else { continue };
            symbols[index] = match symbol.section() {
                _ if symbol.kind() == SymbolKind::Section => {
                    symbol.section_index().map_or(Symbol::None, |section| Symbol::Section(section.0))
                }
                SymbolSection::Undefined if !name.is_empty() => Symbol::Undefined(names.id(name)),
                SymbolSection::Section(section) => {
                    let range = symbol.address()..symbol.address().saturating_add(symbol.size());
                    let at = Place { section: section.0, range };
                    match symbol.kind() {
                        SymbolKind::Text => Symbol::Defined { name: names.id(name), kind: Kind::Function, at },
                        _ if is_mangled(name) || symbol.is_global() => {
                            Symbol::Defined { name: names.id(name), kind: Kind::Data, at }
                        }
                        _ => Symbol::Anonymous(at),
                    }
                }
                _ => Symbol::None,
            };
        }
        for (index, symbol) in symbols.iter().enumerate() {
            if let Symbol::Defined { at, .. } | Symbol::Anonymous(at) = symbol
                && let Some(section) = sections.get_mut(at.section)
            {
                section.symbols.push(index);
            }
        }
        Ok(Object { sections, symbols })
    }

    fn definition(&self, kind: Kind, at: &Place) -> Definition {
        let mut content = Content::default();
        self.add(at, &mut content, 0);
        Definition { kind, digest: rapidhash_v3(&content.bytes), references: content.references.into_boxed_slice() }
    }

    /// Adds what stands at a place to the content of a definition.
    fn add(&self, Place { section, range }: &Place, content: &mut Content, depth: usize) {
        let Some(section) = self.sections.get(*section).filter(|_| depth < DEEPEST) else { return };
        content.bytes.extend((range.end - range.start).to_le_bytes());
        let whole = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        // A section of zeros has no bytes.
        content.bytes.extend(section.data.get(whole(range.start)..whole(range.end)).unwrap_or_default());
        for relocation in section.relocations_in(range) {
            content.bytes.extend((relocation.offset - range.start).to_le_bytes());
            content.bytes.extend(relocation.kind.to_le_bytes());
            match self.target(relocation) {
                Target::Named(name, addend) => {
                    content.bytes.extend(addend.to_le_bytes());
                    content.references.push(name);
                }
                Target::Anonymous(place, addend) => {
                    content.bytes.extend(addend.to_le_bytes());
                    match self.is_location(&place) {
                        true => content.bytes.push(b'L'),
                        false => self.add(&place, content, depth + 1),
                    }
                }
                Target::Unknown => content.bytes.push(b'?'),
            }
        }
    }

    fn target(&self, relocation: &Relocation) -> Target {
        match self.symbols.get(relocation.symbol) {
            Some(Symbol::Undefined(name) | Symbol::Defined { name, .. }) => Target::Named(*name, relocation.addend),
            Some(Symbol::Anonymous(place)) => Target::Anonymous(place.clone(), relocation.addend),
            Some(Symbol::Section(section)) => self.in_section(*section, relocation),
            Some(Symbol::None) | None => Target::Unknown,
        }
    }

    /// What a relocation means that names a section.
    fn in_section(&self, index: usize, Relocation { addend, distance, .. }: &Relocation) -> Target {
        let Some(section) = self.sections.get(index) else { return Target::Unknown };
        let offset = addend.saturating_add(*distance).max(0).unsigned_abs();
        let is_there = |place: &Place| {
            let Range { start, end } = place.range;
            start <= offset && (offset < end || start == end && start == offset)
        };
        let all = section.symbols.iter().filter_map(|symbol| self.symbols.get(*symbol));
        // The entries of a jump table are counted from the table, and so say nothing of where they lead to.
        let is_only = section.is_code && section.symbols.len() == 1;
        for symbol in all {
            match symbol {
                Symbol::Defined { name, at, .. } if is_only || is_there(at) => {
                    return Target::Named(*name, addend - at.range.start.cast_signed());
                }
                Symbol::Anonymous(at) if is_there(at) => {
                    return Target::Anonymous(at.clone(), addend - at.range.start.cast_signed());
                }
                _ => {}
            }
        }
        match section.constants {
            Some(size) if section.has_texts => {
                let rest = section.data.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
                let length = rest.iter().position(|byte| *byte == 0).map_or(rest.len(), |at| at + 1) as u64;
                Target::Anonymous(Place { section: index, range: offset..offset + length.next_multiple_of(size) }, 0)
            }
            Some(size) => {
                // An operand may stand between the address and the end of the instruction.
                let start = offset.next_multiple_of(size);
                Target::Anonymous(Place { section: index, range: start..start + size }, 0)
            }
            None => Target::Anonymous(Place { section: index, range: 0..section.size }, *addend),
        }
    }

    /// Whether the place of a panic stands there.
    fn is_location(&self, place: &Place) -> bool {
        let Range { start, end } = place.range;
        let Some(section) = self.sections.get(place.section).filter(|_| end - start == LOCATION) else { return false };
        let number = |at: u64, bytes: u64| {
            let at = usize::try_from(start + at).unwrap_or(usize::MAX);
            let bytes = section.data.get(at..at.checked_add(bytes as usize)?)?;
            Some(bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
        };
        let (Some(length), Some(line), Some(column)) = (number(8, 8), number(16, 4), number(20, 4)) else {
            return false;
        };
        let mut relocations = section.relocations_in(&place.range);
        let (Some(file), None) = (relocations.next(), relocations.next()) else { return false };
        let Target::Anonymous(text, 0) = self.target(file) else { return false };
        let text = self.sections.get(text.section).and_then(|section| {
            let start = usize::try_from(text.range.start).ok()?;
            section.data.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        });
        file.offset == start && line > 0 && column > 0 && text.is_some_and(|text| text.ends_with(b".rs"))
    }
}

/// Where a relocation leads to.
enum Target {
    /// To a symbol, so far into it.
    Named(NameId, i64),
    /// To data, so far into it.
    Anonymous(Place, i64),
    Unknown,
}

impl<'data> Section<'data> {
    fn read(section: &ElfSection64<'data, '_, LittleEndian>) -> Result<Self, object::Error> {
        let header = section.elf_section_header();
        let flags = header.sh_flags(LittleEndian);
        // Debug information, bitcode and tables for the unwinder are no part of any function.
        let is_part = flags.contains(elf::SHF_ALLOC) && !section.name()?.starts_with(".eh_frame");
        if !is_part {
            return Ok(Self::default());
        }
        let mut relocations = Vec::new();
        for (offset, relocation) in section.relocations() {
            let RelocationTarget::Symbol(symbol) = relocation.target() else { continue };
            let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
            let (kind, addend) = (r_type.0, relocation.addend());
            let distance = distance(r_type);
            relocations.push(Relocation { offset, kind, symbol: symbol.0, addend, distance });
        }
        relocations.sort_by_key(|relocation| relocation.offset);
        let size = header.sh_entsize(LittleEndian);
        Ok(Self {
            data: section.data()?,
            size: section.size(),
            is_code: flags.contains(elf::SHF_EXECINSTR),
            constants: (flags.contains(elf::SHF_MERGE) && size > 0).then_some(size),
            has_texts: flags.contains(elf::SHF_STRINGS),
            relocations,
            symbols: Vec::new(),
        })
    }

    fn relocations_in(&self, range: &Range<u64>) -> impl Iterator<Item = &Relocation> {
        let from = self.relocations.partition_point(|relocation| relocation.offset < range.start);
        let end = range.end;
        self.relocations[from..].iter().take_while(move |relocation| relocation.offset < end)
    }
}

/// How far the end of the operand is from where a relocation of this kind stands, where the processor counts from there.
fn distance(kind: elf::RelocationType) -> i64 {
    const FROM_THE_END: [elf::RelocationType; 5] = [
        elf::R_X86_64_PC32,
        elf::R_X86_64_PLT32,
        elf::R_X86_64_GOTPCREL,
        elf::R_X86_64_GOTPCRELX,
        elf::R_X86_64_REX_GOTPCRELX,
    ];
    // Kinds of other processors have other numbers.
    if FROM_THE_END.contains(&kind) { 4 } else { 0 }
}

/// Whether a symbol has a name of Rust's; the compiler's own names for anonymous data differ from build to build.
fn is_mangled(name: &str) -> bool {
    name.starts_with("_ZN") || name.starts_with("_R")
}

//! Functions of native static libraries that are linked into a base, and that a patch calls.
//!
//! rustc lets a Rust library export Rust's names and hides those of C, so a patch that calls one finds none. It may not
//! have the native library once more either: that has statics. So such a name is given the address that it has in the
//! loaded base, when the patch is linked; no other library of the process can come between.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use object::elf;
use object::read::elf::{FileHeader, SectionHeader, Sym};
use object::read::{ReadCache, ReadRef};

type Header = elf::FileHeader64<object::LittleEndian>;

/// The addresses of the native functions and data that this patch needs and that a loaded base has without exporting them.
/// Empty if that can't be known, or if the patch's linker is another than LLD, of which it is known that it takes an
/// address as it is.
pub(super) fn needed(patch: &Path, base: &Path) -> BTreeMap<String, u64> {
    let Some(bias) = super::mapped::mapped(base).map(|mapped| mapped.bias) else { return BTreeMap::new() };
    let file = |path: &Path| std::fs::File::open(path).ok().map(ReadCache::new);
    let (Some(patch), Some(base)) = (file(patch), file(base)) else { return BTreeMap::new() };
    let wanted = undefined(&patch).filter(|names| !names.is_empty() && is_linked_by_lld(&patch));
    let found = wanted.and_then(|wanted| hidden(&base, &wanted)).unwrap_or_default();
    found.into_iter().map(|(name, address)| (name, (bias as u64).wrapping_add(address))).collect()
}

/// The names that a library takes from others.
fn undefined<'data>(data: impl ReadRef<'data>) -> Option<HashSet<String>> {
    let header = Header::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let symbols = header.sections(endian, data).ok()?.symbols(endian, data, elf::SHT_DYNSYM).ok()?;
    let is_wanted =
        |symbol: &&elf::Sym64<object::LittleEndian>| symbol.is_undefined(endian) && symbol.st_bind() == elf::STB_GLOBAL;
    let name = |symbol| String::from_utf8(symbols.symbol_name(endian, symbol).ok()?.to_vec()).ok();
    Some(symbols.iter().filter(is_wanted).filter_map(name).collect())
}

/// Of these names those that a library has and does not export, with their addresses in the file. A name that stands for
/// several things is left out: files of C have names of their own.
fn hidden<'data>(data: impl ReadRef<'data>, wanted: &HashSet<String>) -> Option<HashMap<String, u64>> {
    let header = Header::parse(data).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, data).ok()?;
    let symbols = sections.symbols(endian, data, elf::SHT_SYMTAB).ok()?;
    let mut found: HashMap<String, Option<u64>> = HashMap::new();
    for symbol in symbols.iter() {
        let is_code_or_data = matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_OBJECT | elf::STT_NOTYPE);
        if symbol.is_undefined(endian) || !is_code_or_data {
            continue;
        }
        let Ok(Ok(name)) = symbols.symbol_name(endian, symbol).map(std::str::from_utf8) else { continue };
        if !wanted.contains(name) {
            continue;
        }
        let is_hidden = symbol.st_bind() == elf::STB_LOCAL || symbol.st_visibility() == elf::STV_HIDDEN;
        let address = is_hidden.then(|| symbol.st_value(endian));
        found.entry(name.to_owned()).and_modify(|other| *other = None).or_insert(address);
    }
    Some(found.into_iter().filter_map(|(name, address)| Some((name, address?))).collect())
}

fn is_linked_by_lld<'data>(data: impl ReadRef<'data>) -> bool {
    let comment = || {
        let header = Header::parse(data).ok()?;
        let endian = header.endian().ok()?;
        let sections = header.sections(endian, data).ok()?;
        let (_, section) = sections.section_by_name(endian, b".comment")?;
        section.data(endian, data).ok()
    };
    comment().is_some_and(|text| text.windows(11).any(|part| part == b"Linker: LLD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that this program has, and hides; and one that it takes from others.
    #[test]
    fn names_are_found_where_they_are_hidden_and_missed_where_they_are_not() {
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let taken = undefined(&*this).unwrap();
        assert!(taken.contains("malloc"), "{taken:?}");
        let wanted = ["malloc", "main", "_init"].map(str::to_owned).into();
        let hidden = hidden(&*this, &wanted).unwrap();
        assert!(hidden.get("_init").is_some_and(|address| *address > 0), "{hidden:?}");
        assert!(!hidden.contains_key("malloc") && !hidden.contains_key("main"), "{hidden:?}");
    }
}

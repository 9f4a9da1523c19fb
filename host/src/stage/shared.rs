//! Shared libraries that an artifact needs and that the loader does not know: those that cargo has built beside it, and
//! the toolchain's standard library.
//!
//! They are staged beside the artifact's copy, where the loader of images finds them. The loader knows libraries by their
//! names, and would take one that it has loaded for a later build of it. So one whose contents are others than before, or
//! that needs such a one, is staged under a name of its own, which is as long as the old one and replaces it in the copies.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use object::elf;
use object::read::elf::{Dyn, FileHeader, SectionHeader};
use object::read::{ReadCache, ReadRef};
use rapidhash::v3::rapidhash_v3;

/// The libraries that were staged in one directory.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The directories that they are taken from.
    directories: Vec<PathBuf>,
    /// By their names and what they are: the names of their copies.
    staged: HashMap<(String, u64), String>,
    renamed: u64,
}

/// A name in a library's file, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    name: String,
    offset: u64,
}

/// What a library calls itself, and what it needs.
#[derive(Debug, Default)]
struct Names {
    own: Option<Named>,
    needed: Vec<Named>,
}

impl Shared {
    /// Libraries are taken from these directories, and from that of the artifact.
    pub(super) fn new(directories: Vec<PathBuf>) -> Self {
        Self { directories, ..Self::default() }
    }

    /// Stages what the artifact needs beside its copy, and has the copy name it.
    ///
    /// # Errors
    ///
    /// A file can't be read or written.
    pub(super) fn provide(&mut self, artifact: &Path, copy: &Path) -> io::Result<()> {
        let Some(directory) = copy.parent() else { return Ok(()) };
        let beside: Vec<PathBuf> =
            artifact.parent().into_iter().flat_map(|beside| [beside.to_owned(), beside.join("deps")]).collect();
        let names = self.stage_needed(&names(&File::open(copy)?), &beside, directory)?;
        rename(copy, &names)
    }

    /// Stages what a library needs. Gives the new names of what has one.
    fn stage_needed(&mut self, of: &Names, beside: &[PathBuf], to: &Path) -> io::Result<Vec<(Named, String)>> {
        let mut renamed = Vec::new();
        for needed in &of.needed {
            let places = beside.iter().chain(&self.directories).map(|place| place.join(&needed.name));
            // What stands nowhere here is the system's.
            let Some(file) = places.into_iter().find(|file| file.is_file()) else { continue };
            let name = self.stage(&file, &needed.name, beside, to)?;
            if name != needed.name {
                renamed.push((needed.clone(), name));
            }
        }
        Ok(renamed)
    }

    /// Stages one library with all that it needs. Gives its copy's name.
    fn stage(&mut self, file: &Path, name: &str, beside: &[PathBuf], to: &Path) -> io::Result<String> {
        let own_names = names(&File::open(file)?);
        let mut new_names = self.stage_needed(&own_names, beside, to)?;
        let mut contents = fs::read(file)?;
        new_names.iter().for_each(|(_, name)| contents.extend(name.as_bytes()));
        let key = (name.to_owned(), rapidhash_v3(&contents));
        if let Some(staged) = self.staged.get(&key).filter(|staged| to.join(staged).is_file()) {
            return Ok(staged.clone());
        }
        let is_first = !self.staged.keys().any(|(known, _)| known == name);
        let staged = if is_first { name.to_owned() } else { self.other_name(name) };
        fs::copy(file, to.join(&staged))?;
        if let Some(own) = own_names.own.filter(|own| own.name == name && staged != name) {
            new_names.push((own, staged.clone()));
        }
        rename(&to.join(&staged), &new_names)?;
        self.staged.insert(key, staged.clone());
        Ok(staged)
    }

    /// A name of the same length that no library had before.
    fn other_name(&mut self, name: &str) -> String {
        self.renamed += 1;
        let number = format!("~{}", self.renamed);
        // Before the extension if there is room.
        let end = name.find(".so").filter(|end| *end >= number.len()).unwrap_or(number.len()).min(name.len());
        let start = end.saturating_sub(number.len());
        format!("{}{number}{}", &name[..start], &name[end..])
    }
}

/// Writes other names of the same length into a library.
fn rename(file: &Path, names: &[(Named, String)]) -> io::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut file = OpenOptions::new().write(true).open(file)?;
    for (at, name) in names.iter().filter(|(at, name)| at.name.len() == name.len()) {
        file.seek(SeekFrom::Start(at.offset))?;
        file.write_all(name.as_bytes())?;
    }
    Ok(())
}

/// The names in a library; none in a file of another kind.
fn names(file: &File) -> Names {
    read_names(file).unwrap_or_default()
}

fn read_names(file: &File) -> Option<Names> {
    let cache = ReadCache::new(file);
    let header = elf::FileHeader64::<object::LittleEndian>::parse(&cache).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, &cache).ok()?;
    let (entries, strings) = sections.dynamic(endian, &cache).ok()??;
    let strings = sections.section(strings).ok()?;
    let (start, end) = (strings.sh_offset(endian), strings.sh_offset(endian).checked_add(strings.sh_size(endian))?);
    let mut names = Names::default();
    for entry in entries {
        let tag = entry.tag(endian);
        if tag != elf::DT_SONAME && tag != elf::DT_NEEDED {
            continue;
        }
        let offset = start.checked_add(entry.val32(endian)?.into())?;
        let name = (&cache).read_bytes_at_until(offset..end, 0).ok()?;
        let named = Named { name: std::str::from_utf8(name).ok()?.to_owned(), offset };
        match tag == elf::DT_SONAME {
            true => names.own = Some(named),
            false => names.needed.push(named),
        }
    }
    Some(names)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    /// Makes a shared library that returns a number, and needs others.
    fn make(directory: &Path, name: &str, number: u32, needs: &[&str]) {
        let source = directory.join(format!("{name}.c"));
        fs::write(&source, format!("int {name}_value(void) {{ return {number}; }}\n")).unwrap();
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-Wl,--no-as-needed", "-o"]).arg(directory.join(format!("lib{name}.so")));
        cc.arg(format!("-Wl,-soname,lib{name}.so")).arg(&source).arg("-L").arg(directory);
        cc.args(needs.iter().map(|name| format!("-l{name}")));
        let output = cc.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn needed(file: &Path) -> Vec<String> {
        names(&File::open(file).unwrap()).needed.into_iter().map(|named| named.name).collect()
    }

    #[test]
    fn a_library_whose_contents_change_gets_a_name_of_its_own() {
        let (built, staged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut shared = Shared::new(vec![built.path().join("sysroot")]);
        let mut stage = |number: u32| {
            make(built.path(), "hot", number, &["upper"]);
            let copy = staged.path().join(format!("libhot-{number}.so"));
            fs::copy(built.path().join("libhot.so"), &copy).unwrap();
            shared.provide(&built.path().join("libhot.so"), &copy).unwrap();
            needed(&copy).into_iter().find(|name| name.contains("upper") || name.contains('~')).unwrap()
        };
        make(built.path(), "lower", 1, &[]);
        make(built.path(), "upper", 1, &["lower"]);
        assert_eq!(stage(1), "libupper.so");
        assert_eq!(stage(2), "libupper.so", "nothing of it changed");
        make(built.path(), "lower", 2, &[]);
        let other = stage(3);
        assert!(other.len() == "libupper.so".len() && other != "libupper.so", "{other}: what it needs changed");
        let copy = staged.path().join(&other);
        assert_eq!(names(&File::open(&copy).unwrap()).own.unwrap().name, other);
        let lower = needed(&copy).into_iter().find(|name| name.contains('~')).unwrap();
        assert!(staged.path().join(&lower).is_file() && lower != other, "{lower}");
        assert!(!needed(&copy).contains(&"liblower.so".to_owned()));
    }

    #[test]
    fn other_names_are_as_long_and_differ() {
        let mut shared = Shared::default();
        let names: Vec<String> = (0..12).map(|_| shared.other_name("liba.so")).collect();
        assert_eq!((names[0].as_str(), names[11].as_str()), ("li~1.so", "l~12.so"));
        assert!(names.iter().all(|name| name.len() == 7));
        assert_eq!(shared.other_name("x.so.1"), "~13o.1");
    }
}

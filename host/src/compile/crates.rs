//! The crates of the workspace that a base was linked from, as the wrapper has noted them.
//!
//! Which crate uses which is read from what rustc was given: so each stands here in the very build that is in the base,
//! under the name that its users have for it; what only macros and build scripts use does not.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::patch::Noted;

/// A crate of the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedCrate {
    /// Its name.
    pub name: String,
    /// Its root, absolute.
    pub root: PathBuf,
    /// How it was compiled.
    pub noted: Noted,
    /// What rustc said where it was compiled as it is, since its shadow does not compile: it has no slots.
    pub failure: Option<String>,
    /// The file that its users are compiled against; none of the library itself.
    pub library: Option<PathBuf>,
    /// Those that it uses itself: the names that it has for them, and their places.
    pub uses: Vec<(String, usize)>,
}

/// The crates of the workspace that the library `name` was linked from, each behind those that it uses; the library
/// itself is the last one.
///
/// # Errors
///
/// It was not built as a base, or a note can't be read.
pub fn linked(notes: &Path, name: &str) -> io::Result<Vec<LinkedCrate>> {
    let mut search = Search { notes, found: Vec::new(), places: HashMap::new() };
    search.add(OsStr::new(name), None)?;
    Ok(search.found)
}

struct Search<'a> {
    notes: &'a Path,
    found: Vec<LinkedCrate>,
    /// By the names of their notes; `None` for what has no note: it is not of the workspace.
    places: HashMap<OsString, Option<usize>>,
}

impl Search<'_> {
    /// Adds a crate with all that it uses.
    fn add(&mut self, note: &OsStr, library: Option<PathBuf>) -> io::Result<Option<usize>> {
        if let Some(known) = self.places.get(note) {
            return Ok(*known);
        }
        let file = |extension: &str| {
            let mut name = note.to_owned();
            name.push(extension);
            self.notes.join(name)
        };
        let noted = match Noted::read(&file(".rustc")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && library.is_some() => {
                self.places.insert(note.to_owned(), None);
                return Ok(None);
            }
            noted => noted?,
        };
        let failure = fs::read_to_string(file(".failed")).ok();
        let root = noted.root().ok_or_else(|| io::Error::other("the note names no root"))?;
        let root = noted.directory.join(root);
        let mut uses = Vec::new();
        for (name, path) in noted.libraries() {
            let place = self.add(&stem(&path), Some(path))?;
            uses.extend(place.map(|place| (name, place)));
        }
        let place = self.found.len();
        self.found.push(LinkedCrate { name: noted.name.clone(), root, noted, failure, library, uses });
        self.places.insert(note.to_owned(), Some(place));
        Ok(Some(place))
    }
}

/// The files with the object files of these crates, each at the place of its crate.
///
/// # Errors
///
/// For people: why they can't be compared with others, function by function.
pub fn objects(linked: &[LinkedCrate]) -> Result<Vec<PathBuf>, String> {
    if let Some((one, level)) = linked.iter().find_map(|one| Some((one, one.noted.optimisation()?))) {
        return Err(format!("`{}` is optimised (opt-level {level}), so functions are copied into others", one.name));
    }
    let each = linked.iter().map(|one| one.linked_file().or_else(|| one.noted.own_library()));
    each.collect::<Option<_>>().ok_or_else(|| "cargo did not say where it puts the library".to_owned())
}

/// What a library's note is named after: `d-1f` of `libd-1f.rlib`.
pub fn stem(library: &Path) -> OsString {
    let stem = library.file_stem().unwrap_or_default();
    stem.to_str().and_then(|stem| stem.strip_prefix("lib")).map_or_else(|| stem.to_owned(), OsString::from)
}

impl LinkedCrate {
    /// The library as it was linked: cargo hands on metadata alone where that is all that is needed.
    pub fn linked_file(&self) -> Option<PathBuf> {
        self.library.as_ref().map(|library| library.with_extension("rlib"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_of_a_base_are_found_by_what_they_were_compiled_with() {
        let directory = tempfile::tempdir().unwrap();
        let note = |file: &str, name: &str, externs: &[&str]| {
            let externs: String = externs.iter().map(|one| format!("argument=--extern\0argument={one}\0")).collect();
            let text = format!("name={name}\0directory=/w\0argument={name}/lib.rs\0{externs}");
            fs::write(directory.path().join(file), text).unwrap();
        };
        note(
            "h.rustc",
            "h",
            &["renamed=/t/libd-1.rlib", "e=/t/libe-2.rlib", "m=/t/libm-9.so", "serde=/t/libserde-3.rlib"],
        );
        note("d-1.rustc", "d", &["priv:e=/t/libe-2.rmeta", "proc_macro"]);
        note("e-2.rustc", "e", &[]);
        note("e-5.rustc", "e", &[]);
        note("gone-4.rustc", "gone", &[]);
        fs::write(directory.path().join("gone-4.failed"), "x").unwrap();
        fs::write(directory.path().join("d-1.failed"), "why").unwrap();
        let found = linked(directory.path(), "h").unwrap();
        let shown: Vec<_> =
            found.iter().map(|one| (&*one.name, &one.uses[..], one.failure.as_deref(), one.linked_file())).collect();
        let to = |name: &str, place| (name.to_owned(), place);
        let expected = [
            ("e", &[][..], None, Some("/t/libe-2.rlib".into())),
            ("d", &[to("e", 0)], Some("why"), Some("/t/libd-1.rlib".into())),
            ("h", &[to("renamed", 1), to("e", 0)], None, None),
        ];
        assert_eq!(shown, expected);
        assert_eq!(found[1].root, Path::new("/w/d/lib.rs"));
        assert!(linked(directory.path(), "x").is_err());
    }
}

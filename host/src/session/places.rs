//! Where panics of a base and of its patches are in the files now: each has the places of its own sources.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::classify::{Snapshot, place_now};
use crate::open::mapped;

/// A base and its newest patches.
pub(super) struct Places {
    sources: Snapshot,
    base: Range<usize>,
    /// The last one may still wait while the one before is in force. Older ones are seldom met, and each keeps sources.
    patches: [Option<Patch>; 2],
}

struct Patch {
    generation: u64,
    code: Range<usize>,
    sources: Snapshot,
    /// What was compiled, by absolute paths.
    texts: BTreeMap<PathBuf, String>,
}

impl Places {
    /// Of a base that was loaded from `image`.
    pub(super) fn new(sources: Snapshot, image: &Path) -> Self {
        Self { sources, base: mapped::range(image).unwrap_or_default(), patches: [None, None] }
    }

    /// The generation of the patch whose code has this address; `None` where it is no patch's.
    pub(super) fn generation(&self, address: usize) -> Option<u64> {
        self.patch(address).map(|patch| patch.generation)
    }

    fn patch(&self, address: usize) -> Option<&Patch> {
        self.patches.iter().flatten().find(|patch| patch.code.contains(&address))
    }

    /// The patch of this generation was loaded to these addresses.
    pub(super) fn add(
        &mut self,
        generation: u64,
        code: Range<usize>,
        sources: Snapshot,
        texts: BTreeMap<PathBuf, String>,
    ) {
        self.patches.swap(0, 1);
        self.patches[1] = Some(Patch { generation, code, sources, texts });
    }

    /// Where a place is in the files `now`, for code with something at this address; `None` where that is not known.
    pub(super) fn now(&self, address: usize, now: &Snapshot, file: &Path, place: (u32, u32)) -> Option<(u32, u32)> {
        let sources = match self.patch(address) {
            // A generic function of the base may be compiled into a patch: it is none of the patch's own.
            Some(patch) if patch.has(file, place.0) => &patch.sources,
            Some(_) => &self.sources,
            None if self.base.contains(&address) => &self.sources,
            None => return None,
        };
        place_now(sources, now, file, place)
    }
}

impl Patch {
    /// Whether it has code of its own on a line: all else is blank.
    fn has(&self, file: &Path, line: u32) -> bool {
        let text = self.texts.get(file).and_then(|text| text.lines().nth(line.saturating_sub(1) as usize));
        text.is_some_and(|text| !text.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn code_is_known_by_its_address_and_its_text() {
        let file = Path::new("/w/lib.rs");
        let of = |text: &str| {
            let mut snapshot = Snapshot::default();
            snapshot.update(file, Some(Arc::from(text.as_bytes())));
            snapshot
        };
        let patch = Patch {
            generation: 7,
            code: 200..300,
            sources: of("\nfn a() {\n 2\n}\nfn b() {\n 1\n}\n"),
            texts: [(file.to_owned(), "\nfn a() {\n 2\n}\n\n\n\n".to_owned())].into(),
        };
        let sources = of("fn a() {\n 1\n}\nfn b() {\n 1\n}\n");
        let places = Places { sources, base: 100..200, patches: [None, Some(patch)] };
        let now = of("\n\n\nfn a() {\n 2\n}\n\n\n\n\nfn b() {\n 1\n}\n");
        let line = |address, line| places.now(address, &now, file, (line, 2)).map(|place| place.0);
        assert_eq!(line(150, 5), Some(12), "the base's");
        assert_eq!(line(150, 2), None, "the base's, which has changed since");
        assert_eq!(line(250, 3), Some(5), "the patch's");
        assert_eq!(line(250, 5), Some(12), "the base's, compiled for the patch");
        assert_eq!(line(350, 5), None, "of another base");
        assert_eq!((places.generation(250), places.generation(150)), (Some(7), None));
    }
}

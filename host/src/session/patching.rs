//! Patching: what is known of the base in force, and what an edit changes in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::base::{kept, notes};
use super::places::Places;
use super::sources::Sources;
use crate::classify::Snapshot;
use crate::compile::flags::flags;
use crate::compile::mirror::Mirror;
use crate::compile::patch::{self as compile_patch, Noted, PatchRequest};
use crate::open::{PatchImage, patch as open_patch};
use crate::patch::{self, PatchCrate};
use crate::shadow::kept::Kept;
use crate::shadow::runtime::{Code, Slot};
use crate::source::cfg::Flags;

/// What slots are to lead to.
pub(super) type Slots = Vec<(&'static Slot, Option<Code>)>;

/// A base that edits can be compared with, and patched.
pub(super) struct Patching {
    /// What it was built from.
    base: Snapshot,
    /// The crate's root, absolute.
    root: PathBuf,
    /// The copy that was loaded.
    image: PathBuf,
    noted: Noted,
    /// The crates that are built from their shadow, and what stayed private in these.
    roots: Vec<PathBuf>,
    kept: Kept,
    /// What build scripts have generated for them.
    generated: Snapshot,
    /// What is compiled.
    flags: Flags,
    sysroot: PathBuf,
    sources: Mirror,
    /// The slots that lead to the patch in force, or to one that waits.
    set: Vec<&'static Slot>,
    patches: u64,
    /// The sources of the newest patch.
    planned: BTreeMap<PathBuf, String>,
    places: Places,
}

/// A patch that is to be compiled.
pub(super) struct Plan {
    /// Its functions, as people write them; none where the base itself is what the sources say.
    pub(super) functions: Vec<String>,
    /// For people.
    pub(super) reason: String,
    pub(super) request: Option<PatchRequest>,
    /// Whether functions are in it that the base has no slots for; types of these may differ from the base's.
    pub(super) has_copies: bool,
}

impl Patching {
    /// What is to be known of a base that was built from these sources and loaded from `image`.
    ///
    /// # Errors
    ///
    /// For people: why it can't be patched.
    pub(super) fn new(sources: &Sources, base: Snapshot, image: &Path, generated: Snapshot) -> Result<Self, String> {
        let Sources { project, toolchain, target_dir, .. } = sources;
        let note = notes(target_dir).join(format!("{}.rustc", project.crate_name));
        let noted = Noted::read(&note).map_err(|error| format!("read {}: {error}", note.display()))?;
        let root = noted.root().map(|root| noted.directory.join(root));
        let root = root.ok_or_else(|| format!("{} names no root", note.display()))?;
        let sysroot = compile_patch::sysroot(toolchain, target_dir);
        let flags = flags(&noted).map_err(|error| format!("ask rustc for its flags: {error}"))?;
        Ok(Self {
            flags,
            places: Places::new(base.clone(), image),
            kept: kept(&project.library_roots, &base, &generated),
            generated,
            roots: project.library_roots.clone(),
            base,
            root,
            image: image.to_owned(),
            sysroot: sysroot.map_err(|error| format!("make a sysroot in {}: {error}", target_dir.display()))?,
            sources: Mirror::new(project.workspace_root.clone(), target_dir.join("patch")),
            noted,
            set: Vec::new(),
            patches: 0,
            planned: BTreeMap::new(),
        })
    }

    /// What would make the base do what the sources say now, and the sources for it, written.
    ///
    /// # Errors
    ///
    /// For people: why that takes a swap.
    pub(super) fn plan(&mut self, now: &Snapshot, exclude: &[PathBuf]) -> Result<Plan, String> {
        let files = patch::compare(&self.root, &self.noted.directory, &self.flags, &self.base, now)?;
        // Copies that no function uses have no effect.
        if files.iter().all(|file| file.functions.is_subset(&file.added)) {
            let is_base = files.iter().all(|file| file.items.is_empty() && file.functions.is_empty());
            let reason = if is_base { "back to what the base was built from" } else { "no function uses what changed" };
            return Ok(Plan { functions: Vec::new(), reason: reason.into(), request: None, has_copies: false });
        }
        patch::private::check(&files, &self.root, &self.kept, &kept(&self.roots, now, &self.generated))?;
        let PatchCrate { files: texts, functions, .. } = patch::generate(&files)?;
        let texts: BTreeMap<PathBuf, String> =
            texts.into_iter().map(|(path, text)| (self.noted.directory.join(path), text)).collect();
        self.sources.write(&texts, exclude).map_err(|error| error.to_string())?;
        self.planned = texts;
        self.patches += 1;
        let request = PatchRequest {
            noted: self.noted.clone(),
            base: self.image.clone(),
            base_name: patch::BASE.into(),
            sources: self.sources.directory().to_owned(),
            sysroot: self.sysroot.clone(),
            output: open_patch::place(&self.image, self.patches),
            number: self.patches,
        };
        let reason = match functions.len() {
            1 => "1 body changed".to_owned(),
            count => format!("{count} bodies changed"),
        };
        let has_copies = files.iter().any(|file| !file.added.is_empty());
        Ok(Plan { functions, reason, request: Some(request), has_copies })
    }

    /// Loads the patch that was planned last, of these sources. Gives what each slot has to lead to: those that only the
    /// patch before had lead back to the base.
    ///
    /// # Errors
    ///
    /// For people: why it can't be used.
    pub(super) fn open(&mut self, output: &Path, sources: &Snapshot) -> Result<(Slots, PatchImage), String> {
        // SAFETY: it was compiled just now from what `plan` has generated, against this base, which was verified.
        let image = unsafe { PatchImage::open(output, &self.image) }.map_err(|error| error.to_string())?;
        self.places.add(output, sources.clone(), std::mem::take(&mut self.planned));
        let mut slots: Slots = image.rows().iter().map(|row| (row.slot, Some(row.code))).collect();
        slots.extend(
            self.back().into_iter().filter(|(slot, _)| !image.rows().iter().any(|row| std::ptr::eq(row.slot, *slot))),
        );
        Ok((slots, image))
    }

    /// Where panics of the base and its patches are in the files now.
    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// What leads all slots back to the base.
    pub(super) fn back(&self) -> Slots {
        self.set.iter().map(|slot| (*slot, None)).collect()
    }

    /// These are offered to the program.
    pub(super) fn offered(&mut self, slots: &[(&'static Slot, Option<Code>)]) {
        for (slot, code) in slots {
            self.set.retain(|set| !std::ptr::eq(*set, *slot) || code.is_some());
            if code.is_some() && !self.set.iter().any(|set| std::ptr::eq(*set, *slot)) {
                self.set.push(slot);
            }
        }
    }
}

impl Drop for Patching {
    fn drop(&mut self) {
        // The sources of patches are of no use to anybody; an error leaves some files in the target directory.
        let _ = fs::remove_dir_all(self.sources.directory());
    }
}

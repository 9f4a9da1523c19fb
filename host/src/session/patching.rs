//! Patching: what is known of the base in force, and what an edit changes in it, crate by crate.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::base::{Learnt, kept};
use super::base_crates::BaseCrates;
use super::places::Places;
use super::sources::Sources;
use crate::audit::Replaced;
use crate::classify::{Snapshot, reader_of};
use crate::compile::crates::stem;
use crate::compile::mirror::Mirror;
use crate::compile::patch::{self as compile_patch, PatchPart, PatchRequest};
use crate::open::{PatchImage, patch as open_patch};
use crate::patch::added::AddedFunctions;
use crate::patch::{self, BaseModules, Compared, File, Links, Mentioned, Part, PatchCrate, Surroundings, Unnoticed};
use crate::shadow::kept::Kept;
use crate::shadow::runtime::{Code, Slot};
use crate::source::SourceFile;

/// What slots are to lead to.
pub(super) type Slots = Vec<(&'static Slot, Option<Code>)>;

/// A base that edits can be compared with, and patched.
pub(super) struct Patching {
    /// What it was built from.
    base: Snapshot,
    /// Which modules its files are, once that was asked.
    modules: OnceCell<BaseModules>,
    /// The copy that was loaded.
    image: PathBuf,
    crates: Arc<BaseCrates>,
    /// The crates that are built from their shadow, and what stayed private in these.
    roots: Vec<PathBuf>,
    kept: Kept,
    learnt: Learnt,
    sysroot: PathBuf,
    sources: Mirror,
    /// The slots that lead to the patch in force, or to one that waits.
    set: Vec<&'static Slot>,
    /// The functions that only patches have, and the slots that the loaded patches have for them.
    added: AddedFunctions,
    new_slots: Vec<((usize, String), &'static Slot)>,
    patches: u64,
    /// What the program does not notice: of the last plan, and that of which the user knows.
    unnoticed: Unnoticed,
    told: Unnoticed,
    /// The native functions and data that patches have needed so far, and where they are.
    natives: BTreeMap<String, u64>,
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
    pub(super) file: Option<PatchFile>,
    /// Whether functions are in it that the base has no slots for; types of these may differ from the base's.
    pub(super) has_copies: bool,
    /// What it changes, for the audit.
    pub(super) patched: Replaced,
}

/// Where a patch will be, and what is in it.
pub(super) struct PatchFile {
    path: PathBuf,
    /// The symbols of its tables.
    tables: Vec<String>,
    /// How it is compiled.
    pub(super) request: PatchRequest,
    /// The places of the crates that these are of.
    crates: Vec<usize>,
    /// The functions in it that the base does not have.
    added: AddedFunctions,
}

impl Patching {
    /// What is to be known of a base that was built from these sources and loaded from `image`.
    ///
    /// # Errors
    ///
    /// For people: why it can't be patched.
    pub(super) fn new(sources: &Sources, base: Snapshot, image: &Path, learnt: Learnt) -> Result<Self, String> {
        let Sources { project, toolchain, target_dir, .. } = sources;
        let sysroot = compile_patch::sysroot(toolchain, target_dir);
        Ok(Self {
            places: Places::new(base.clone(), image),
            kept: kept(&project.library_roots, &base, &learnt),
            learnt,
            roots: project.library_roots.clone(),
            base,
            modules: OnceCell::new(),
            image: image.to_owned(),
            crates: Arc::new(BaseCrates::read(sources)?),
            sysroot: sysroot.map_err(|error| format!("make a sysroot in {}: {error}", target_dir.display()))?,
            sources: Mirror::new(project.workspace_root.clone(), target_dir.join("patch")),
            set: Vec::new(),
            added: AddedFunctions::new(),
            new_slots: Vec::new(),
            patches: 0,
            unnoticed: Unnoticed::default(),
            told: Unnoticed::default(),
            natives: BTreeMap::new(),
            planned: BTreeMap::new(),
        })
    }

    /// What the base was built from.
    pub(super) fn base(&self) -> &Snapshot {
        &self.base
    }

    /// The crates of the base.
    pub(super) fn crates(&self) -> &Arc<BaseCrates> {
        &self.crates
    }

    /// What would make the base do what the sources say now, and the sources for it, written.
    ///
    /// # Errors
    ///
    /// For people: why that takes a swap.
    pub(super) fn plan(&mut self, now: &Snapshot, exclude: &[PathBuf]) -> Result<Plan, String> {
        let is_rust = |path: &&Path| path.extension().is_some_and(|extension| extension == "rs");
        let elsewhere = now.paths().filter(is_rust).filter(|path| self.crates.is_elsewhere(path));
        let elsewhere: Vec<PathBuf> = elsewhere.map(Path::to_owned).collect();
        for path in now.changed_since(&self.base) {
            if let Some(reader) = reader_of(path, now).or_else(|| reader_of(path, &self.base)) {
                let (path, reader) = (now.name(path), now.name(reader));
                return Err(format!("{path} changed, whose text {reader} may include"));
            }
        }
        let in_builds = now.paths().filter(is_rust).filter(|path| self.crates.runs_in_builds(path));
        let in_builds: Vec<PathBuf> = in_builds.map(Path::to_owned).collect();
        let read = |path: &Path| fs::read(path).ok().map(Arc::from);
        let (elsewhere, in_builds) = (&*elsewhere, &*in_builds);
        let around = Surroundings { elsewhere, in_builds, generated: self.learnt.generated(), read: &read };
        let crates = self.crates.to_compare()?;
        let modules = self.modules.get_or_init(|| BaseModules::of(&crates, &self.base));
        let Compared { mut parts, unnoticed } = patch::compare(&crates, &around, (&self.base, modules), now)?;
        for_tests::leave_out(&mut parts);
        let news = unnoticed.news(&self.told);
        let statics = unnoticed.statics.iter().map(|(name, _)| name.clone()).collect();
        self.unnoticed = unnoticed;
        let mut files = parts.iter().flat_map(|part| &part.files);
        // Copies that no function uses have no effect.
        if files.all(|file| file.functions.is_subset(&file.added)) {
            let reason =
                if parts.is_empty() { "back to what the base was built from" } else { "no function uses what changed" };
            let reason = news.unwrap_or_else(|| reason.into());
            let patched = Replaced { slots: BTreeSet::new(), statics };
            return Ok(Plan { functions: Vec::new(), reason, file: None, has_copies: false, patched });
        }
        let kept = kept(&self.roots, now, &self.learnt);
        for Part { place, files } in &mut parts {
            let one = &self.crates.get(*place).linked;
            patch::private::check(files, &one.root, &self.kept, &kept)?;
            patch::private::leave_out(files, &one.noted.directory, &self.kept, &kept);
        }
        let files: Vec<&File> = parts.iter().flat_map(|part| &part.files).collect();
        let mentioned = Mentioned::of(files.iter().copied());
        let by_path = parts.iter().flat_map(|part| {
            let directory = &self.crates.get(part.place).linked.noted.directory;
            part.files.iter().map(move |file| (directory.join(&file.path), file))
        });
        let by_path: Vec<(PathBuf, &File)> = by_path.collect();
        let paths: BTreeSet<&Path> = modules.paths().chain(by_path.iter().map(|(path, _)| &**path)).collect();
        let sources = paths.into_iter().filter_map(|path| Some((path, now.syntax(path)?.ok()?)));
        let sources: Vec<(&Path, Arc<SourceFile>)> = sources.collect();
        let texts: Vec<&SourceFile> = sources.iter().map(|(_, source)| &**source).collect();
        patch::visible::check(&files, &mentioned, &texts, now.shown())?;
        patch::lazies::check(&by_path, &sources, (&self.base, now))?;
        let added = patch::added::added(&parts);
        patch::added::check(&added, &self.added)?;
        self.patches += 1;
        let mut written = Written { mentioned, ..Written::default() };
        for (at, part) in parts.iter().enumerate() {
            self.write(part, at + 1 == parts.len(), &mut written)?;
        }
        self.sources.write(&written.texts, exclude).map_err(|error| error.to_string())?;
        self.planned = std::mem::take(&mut written.texts);
        let Written { functions, tables, .. } = written;
        let mut instead = self.crates.copies().clone();
        instead.extend(written.instead);
        let request = PatchRequest {
            parts: written.parts,
            libraries: self.crates.libraries().to_owned(),
            instead,
            sources: self.sources.directory().to_owned(),
            sysroot: self.sysroot.clone(),
            number: self.patches,
            natives: self.natives.clone(),
        };
        let reason = match functions.len() {
            1 => "1 body changed".to_owned(),
            count => format!("{count} bodies changed"),
        };
        let reason = news.map_or(reason.clone(), |news| format!("{reason}; {news}"));
        let has_copies =
            parts.iter().flat_map(|part| &part.files).any(|file| !file.added.is_empty() || !file.calls.is_empty());
        let slots = parts.iter().flat_map(|part| patch::slots(&self.crates.get(part.place).linked.name, &part.files));
        let patched = Replaced { slots: slots.collect(), statics };
        let crates = parts.iter().map(|part| part.place).collect();
        let file = PatchFile { path: open_patch::place(&self.image, self.patches), tables, request, crates, added };
        Ok(Plan { functions, reason, file: Some(file), has_copies, patched })
    }

    /// Writes one part of a patch; the last one becomes the patch itself.
    fn write(&self, part: &Part, is_last: bool, written: &mut Written) -> Result<(), String> {
        let one = &self.crates.get(part.place).linked;
        let number = written.parts.len();
        let earlier = written.parts.iter().map(|part| (part.name.clone(), part.output.clone()));
        let mut externs: Vec<(String, PathBuf)> = earlier.collect();
        let mut links = Links {
            table: patch::TABLE.into(),
            crates: Vec::new(),
            methods: written.methods.clone(),
            mentioned: written.mentioned.clone(),
        };
        let (name, output) = if is_last {
            links.crates.extend(externs.iter().map(|(name, _)| name.clone()));
            ("liveswap_patch".to_owned(), open_patch::place(&self.image, self.patches))
        } else {
            links.table += &format!("_{number}");
            let name = format!("liveswap_patch_{number}");
            // rustc finds what a dependency depends on by the name of its crate.
            let file = format!("lib{}-{name}.rlib", one.name);
            (name, self.crates.libraries().join(file))
        };
        let mut owner = String::new();
        let mut crate_of_base = self.image.clone();
        if let Some(library) = &one.library {
            crate_of_base.clone_from(&self.crates.copies()[&stem(library)]);
            written.instead.insert(stem(library), output.clone());
            owner = format!("{}::", one.name);
        }
        externs.extend([(patch::BASE.into(), crate_of_base), (patch::IMAGE.into(), self.image.clone())]);
        let PatchCrate { files, functions, has_methods, .. } = patch::generate(&part.files, &links)?;
        for (path, text) in files {
            let path = one.noted.directory.join(path);
            if written.texts.insert(path.clone(), text).is_some() {
                return Err(format!("{} belongs to two crates", path.display()));
            }
        }
        written.functions.extend(functions.into_iter().map(|function| format!("{owner}{function}")));
        written.methods.extend(has_methods.then(|| name.clone()));
        written.tables.push(links.table);
        written.parts.push(PatchPart { noted: one.noted.clone(), name, externs, output });
        Ok(())
    }

    /// Loads the patch that was planned last, of these sources, as this generation. Gives what each slot has to lead to:
    /// those that only the patch before had lead back to the base.
    ///
    /// # Errors
    ///
    /// For people: why it can't be used.
    pub(super) fn open(
        &mut self,
        file: &PatchFile,
        generation: u64,
        sources: &Snapshot,
    ) -> Result<(Slots, PatchImage), String> {
        // SAFETY: it was compiled just now from what `plan` has generated, against this base, which was verified.
        let image = unsafe { PatchImage::open(&file.path, &self.image, &file.tables) };
        let image = image.map_err(|error| reason(&error.to_string()))?;
        self.places.add(generation, image.range(), sources.clone(), std::mem::take(&mut self.planned));
        let mut slots: Slots = image.rows().iter().map(|row| (row.slot, Some(row.code))).collect();
        // What earlier patches have handed out of functions that the base does not have leads to this one's.
        for (part, row) in image.new_rows() {
            let name = (file.crates[*part], row.name.to_owned());
            let earlier = self.new_slots.iter().filter(|(other, _)| *other == name);
            slots.extend(earlier.map(|(_, slot)| (*slot, Some(row.code))));
            self.new_slots.push((name, row.slot));
        }
        self.added.extend(file.added.clone());
        let is_set = |slot: &Slot, slots: &Slots| slots.iter().any(|(other, _)| std::ptr::eq(*other, slot));
        let back = self.back().into_iter().filter(|(slot, _)| !is_set(slot, &slots));
        let back: Slots = back.collect();
        slots.extend(back);
        Ok((slots, image))
    }

    /// The patch that could not be opened, to be compiled with more addresses of native functions; `None` if it needs none.
    pub(super) fn with_natives(&mut self, mut file: PatchFile) -> Option<PatchFile> {
        let needed = open_patch::natives(&file.path, &self.image);
        let is_new = needed.keys().any(|name| !file.request.natives.contains_key(name));
        self.natives.extend(needed);
        file.request.natives.clone_from(&self.natives);
        is_new.then_some(file)
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
        self.told.clone_from(&self.unnoticed);
        for (slot, code) in slots {
            self.set.retain(|set| !std::ptr::eq(*set, *slot) || code.is_some());
            if code.is_some() && !self.set.iter().any(|set| std::ptr::eq(*set, *slot)) {
                self.set.push(slot);
            }
        }
    }
}

/// Why a patch can't be loaded, for people.
fn reason(error: &str) -> String {
    match error.split_once("undefined symbol: ") {
        Some((_, name)) => format!("the patch needs `{}`, which the library that runs does not have", name.trim_end()),
        None => error.to_owned(),
    }
}

/// The parts of a patch so far.
#[derive(Default)]
struct Written {
    parts: Vec<PatchPart>,
    /// The sources of all.
    texts: BTreeMap<PathBuf, String>,
    /// Parts by what the libraries are known by in whose place they stand.
    instead: BTreeMap<OsString, PathBuf>,
    tables: Vec<String>,
    /// The parts that have copies of methods.
    methods: Vec<String>,
    functions: Vec<String>,
    /// What code of any part mentions.
    mentioned: Mentioned,
}

/// A switch for tests of the audit.
mod for_tests {
    use crate::patch::Part;

    /// The variable that makes patches wrong: a patch does not get the function with this key. It is for liveswap's own
    /// tests of what becomes of a wrong patch, and of no other use.
    const LEAVE_OUT: &str = "LIVESWAP_TEST_LEAVE_OUT";

    pub(super) fn leave_out(parts: &mut [Part]) {
        let Ok(name) = std::env::var(LEAVE_OUT) else { return };
        for file in parts.iter_mut().flat_map(|part| &mut part.files) {
            file.functions.retain(|(_, key)| *key != name);
        }
    }
}

impl Drop for Patching {
    fn drop(&mut self) {
        // The sources of patches are of no use to anybody; an error leaves some files in the target directory.
        let _ = fs::remove_dir_all(self.sources.directory());
    }
}

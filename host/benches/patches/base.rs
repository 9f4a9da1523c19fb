//! The base: the crate as it is on disk, built so that its functions can be replaced.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use liveswap_host::classify::Snapshot;
use liveswap_host::compile::flags::flags;
use liveswap_host::compile::mirror::Mirror;
use liveswap_host::compile::patch::{Noted, sysroot};
use liveswap_host::compile::shadow_tree::{ShadowTree, Sources};
use liveswap_host::compile::{forget_fingerprint, wrapper};
use liveswap_host::project::Toolchain;
use liveswap_host::shadow::kept::Kept;
use liveswap_host::shadow::refused::Refused;
use liveswap_host::source::cfg::Flags;
use liveswap_host::stage::StagingArea;

use crate::program::{Program, run};

pub struct Base {
    /// What it was built from: all Rust files of its directory.
    pub snapshot: Snapshot,
    pub root: PathBuf,
    /// The roots of all crates that are built from the shadow.
    pub roots: Vec<PathBuf>,
    /// What stays private in them.
    pub kept: Kept,
    pub noted: Noted,
    /// What is compiled.
    pub flags: Flags,
    /// A copy of what cargo has made.
    pub image: PathBuf,
    pub sysroot: PathBuf,
    /// Where the sources of patches stand.
    pub sources: Mirror,
    /// What is below the directory and no part of the sources.
    pub exclude: Vec<PathBuf>,
    /// The number of the last patch.
    pub patches: u64,
    /// Holds the copies.
    _staging: StagingArea,
}

impl Base {
    pub fn build(program: &Program, toolchain: &Toolchain) -> Result<Base, String> {
        let Program { directory, target_dir, .. } = program;
        let exclude = vec![target_dir.clone(), directory.join("target")];
        let mut files = Vec::new();
        rust_files(directory, &exclude, &mut files);
        let snapshot = Snapshot::read(files.iter().cloned());
        let wrapper = wrapper::ready(toolchain, target_dir).map_err(|error| error.to_string())?;
        let shadow = target_dir.join("shadow");
        let contents: BTreeMap<_, _> = snapshot.paths().filter_map(|path| Some((path, snapshot.get(path)?))).collect();
        let roots = roots(program)?;
        let kept = kept(&roots, &snapshot);
        for name in kept.names() {
            eprintln!("{}: `{name}` stays private", program.crate_name);
        }
        let sources =
            Sources { files: contents, roots: roots.iter().cloned().collect(), kept: &kept, exclude: exclude.clone() };
        let mut tree = ShadowTree::new(directory.clone(), shadow.clone());
        tree.write(&sources).map_err(|error| error.to_string())?;
        let notes = target_dir.join("notes");
        let _ = fs::remove_dir_all(&notes);
        // What `alone` has built is no base.
        let forgotten = forget_fingerprint(target_dir, "dev", &program.package);
        forgotten.map_err(|error| error.to_string())?;
        let mut cargo = program.cargo_for_base(toolchain);
        cargo.env("RUSTC_WRAPPER", wrapper).env("LIVESWAP_ORIGINAL", directory).env("LIVESWAP_SHADOW", shadow);
        cargo.env("LIVESWAP_NOTES", &notes);
        run(cargo)?;
        let note = notes.join(format!("{}.rustc", program.crate_name));
        let noted = Noted::read(&note).map_err(|_| why_not(&notes))?;
        if note.with_extension("failed").is_file() {
            return Err(why_not(&notes));
        }
        let staging = StagingArea::new(Some(target_dir.clone()), Vec::new());
        let image = staging.stage(&artifact(&noted, &program.crate_name), 0).map_err(|error| error.to_string())?;
        let root = noted.root().map(|root| noted.directory.join(root)).ok_or("rustc was given no root")?;
        Ok(Base {
            flags: flags(&noted).map_err(|error| format!("ask rustc for its flags: {error}"))?,
            snapshot,
            roots,
            kept,
            root,
            image,
            sysroot: sysroot(toolchain, target_dir).map_err(|error| format!("make a sysroot: {error}"))?,
            sources: Mirror::new(directory.clone(), target_dir.join("patch")),
            exclude,
            patches: 0,
            noted,
            _staging: staging,
        })
    }

    /// The lines of the crate's files.
    pub fn lines(&self) -> usize {
        let lines = |path: &Path| self.snapshot.get(path).map_or(0, |text| text.split(|byte| *byte == b'\n').count());
        self.files().iter().map(|(path, _)| lines(path)).sum()
    }

    /// The crate's files with their modules.
    pub fn files(&self) -> Vec<(PathBuf, Vec<String>)> {
        liveswap_host::source::tree::modules(&self.root, |path| self.snapshot.syntax(path)?.ok())
    }
}

/// What stays private in the crates with these roots.
pub fn kept(roots: &[PathBuf], snapshot: &Snapshot) -> Kept {
    Kept::of(roots, snapshot.paths(), &[], &Refused::default(), |path| snapshot.syntax(path)?.ok())
}

/// The roots of all crates that are built from the shadow: this one, and the library beside a program.
fn roots(program: &Program) -> Result<Vec<PathBuf>, String> {
    let metadata = cargo_metadata::MetadataCommand::new().manifest_path(&program.manifest).no_deps().exec();
    let metadata = metadata.map_err(|error| error.to_string())?;
    let targets = metadata.packages.iter().flat_map(|package| &package.targets);
    let roots = targets.filter(|target| !target.is_custom_build()).map(|target| target.src_path.clone().into());
    Ok(roots.collect())
}

/// The dylib that rustc was made to build.
fn artifact(noted: &Noted, name: &str) -> PathBuf {
    let texts: Vec<&str> = noted.arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let out_dir = texts.windows(2).find(|pair| pair[0] == "--out-dir").map_or("", |pair| pair[1]);
    let suffix = texts.iter().find_map(|text| text.strip_prefix("extra-filename=")).unwrap_or_default();
    let (prefix, extension) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Path::new(out_dir).join(format!("{prefix}{name}{suffix}{extension}"))
}

fn rust_files(directory: &Path, exclude: &[PathBuf], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !exclude.contains(&path) && entry.file_name() != ".git" {
            rust_files(&path, exclude, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What rustc said of the shadow.
fn why_not(notes: &Path) -> String {
    let failed = fs::read_dir(notes).into_iter().flatten().flatten().map(|entry| entry.path());
    let failed = failed.filter(|path| path.extension().is_some_and(|extension| extension == "failed"));
    let said = failed.filter_map(|path| fs::read_to_string(path).ok()).collect::<String>();
    format!("it can't be built as a base: {}", crate::attempt::first_error(&said))
}

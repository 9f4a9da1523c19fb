//! The base: how the library is built so that its functions can be patched.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::sources::Sources;
use crate::classify::{Snapshot, reader_of};
use crate::compile::shadow_tree::{self, ShadowTree};
use crate::compile::{forget_fingerprint, wrapper};
use crate::project;
use crate::shadow;
use crate::shadow::kept::Kept;
use crate::shadow::refused::Refused;

/// The shadow of one library's workspace, and what builds from it.
pub(super) struct Base {
    /// Whether the program wants patches.
    wanted: bool,
    /// Whether the last build was from the shadow, as far as that compiled.
    is_ready: bool,
    tree: Option<ShadowTree>,
    /// What stays private in it.
    kept: Kept,
    learnt: Learnt,
    /// The user's own wrapper of rustc; empty if there is none.
    own_wrapper: PathBuf,
    /// How often in a row a base was built anew, since its shadow did not compile.
    rounds: usize,
}

/// What builds have told of the library's crates that their sources do not.
#[derive(Clone, Default)]
pub(super) struct Learnt {
    /// What build scripts have generated for the last build, which no shadow has.
    generated: Snapshot,
    /// What rustc refuses to have public.
    refused: Refused,
}

impl Learnt {
    /// What build scripts have generated.
    pub(super) fn generated(&self) -> &Snapshot {
        &self.generated
    }
}

/// How often a shadow that does not compile is made anew with less of it public, before the library is built as it is.
/// rustc tells first what it finds while it looks for names, and other errors once these are gone.
const ROUNDS: usize = 3;

impl Base {
    pub(super) fn new(wanted: bool) -> Self {
        let wanted = wanted && cfg!(target_os = "linux");
        Self {
            wanted,
            is_ready: false,
            tree: None,
            kept: Kept::default(),
            learnt: Learnt::default(),
            own_wrapper: PathBuf::new(),
            rounds: 0,
        }
    }

    /// Whether the library is to be built so that it can be patched.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Makes everything ready for a build of these sources. Gives the variables for cargo: none where the library is to
    /// be built as it is.
    ///
    /// # Errors
    ///
    /// For people: why the library can't be built as a base.
    pub(super) fn prepare(
        &mut self,
        sources: &Sources,
        snapshot: &Snapshot,
        profile: &str,
    ) -> Result<Vec<(OsString, OsString)>, String> {
        let ready = if self.wanted { self.shadow(sources, snapshot) } else { Ok(None) };
        self.is_ready = matches!(ready, Ok(Some(_)));
        let (variables, mode) = match &ready {
            Ok(Some((program, variables))) => {
                let program = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let (kept, own) = (self.kept.print(), self.own_wrapper.display());
                (variables.clone(), format!("base {} {program} {kept:x} {own}", shadow::VERSION))
            }
            _ => (Vec::new(), "plain".to_owned()),
        };
        // Cargo takes what was built the other way, or from another shadow of the same text, for fresh.
        let marker = sources.target_dir.join("liveswap-mode");
        if fs::read_to_string(&marker).unwrap_or_else(|_| "plain".into()) != mode {
            for package in sources.project.root_packages.values() {
                forget_fingerprint(&sources.target_dir, profile, package).map_err(|error| error.to_string())?;
            }
            let written = fs::create_dir_all(&sources.target_dir).and_then(|()| fs::write(&marker, mode));
            written.map_err(|error| format!("write {}: {error}", marker.display()))?;
        }
        ready.map(|_| variables)
    }

    /// Writes the shadow; gives the wrapper, and the variables for cargo.
    #[expect(clippy::type_complexity, reason = "a pair, taken apart by the one caller")]
    fn shadow(
        &mut self,
        sources: &Sources,
        snapshot: &Snapshot,
    ) -> Result<Option<(PathBuf, Vec<(OsString, OsString)>)>, String> {
        let Sources { project, toolchain, target_dir, .. } = sources;
        let program = wrapper::ready(toolchain, target_dir).map_err(|error| error.to_string())?;
        let original = &project.workspace_root;
        let shadow = target_dir.join("shadow");
        if self
            .tree
            .as_ref()
            .is_none_or(|tree| tree.mirror().original() != original || tree.mirror().directory() != shadow)
        {
            self.tree = Some(ShadowTree::new(original.clone(), shadow.clone()));
        }
        let Some(tree) = &mut self.tree else { return Ok(None) };
        let is_shadowed = |path: &Path| project.library_roots.iter().any(|root| belongs_to(root, path));
        let rust = snapshot.paths().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        let files: BTreeMap<_, _> =
            rust.filter(|path| is_shadowed(path)).filter_map(|path| Some((path, snapshot.get(path)?))).collect();
        let has_own_names = |contents: &[u8]| String::from_utf8_lossy(contents).contains(shadow::OWN_NAMES);
        if let Some((path, _)) = files.iter().find(|(_, contents)| has_own_names(contents)) {
            return Err(format!("{} has names that begin with `{}`", snapshot.name(path), shadow::OWN_NAMES));
        }
        let roots: BTreeSet<PathBuf> = project.library_roots.iter().cloned().collect();
        self.kept = kept(&project.library_roots, snapshot, &self.learnt);
        let exclude = vec![project.target_directory.clone(), target_dir.clone()];
        let is_computed = shadow_tree::reads_by_computed_paths(files.values().copied());
        let read = files.keys().filter(|path| is_computed && reader_of(path, snapshot).is_some());
        let as_they_are: BTreeSet<PathBuf> = read.map(|path| path.to_path_buf()).collect();
        if let Some(root) = roots.intersection(&as_they_are).next() {
            let name = snapshot.name(root);
            return Err(format!("{name} may be read as text, and a base has other things in it"));
        }
        tree.write(&shadow_tree::Sources { files, roots, kept: &self.kept, as_they_are, exclude })
            .map_err(|error| error.to_string())?;
        let own_wrapper = project::cargo_config::rustc_wrapper(original).unwrap_or_default();
        self.own_wrapper.clone_from(&own_wrapper);
        let variables = [
            ("RUSTC_WRAPPER", program.clone()),
            ("LIVESWAP_ORIGINAL", original.clone()),
            ("LIVESWAP_SHADOW", shadow),
            ("LIVESWAP_NOTES", notes(target_dir)),
            ("LIVESWAP_RUSTC", toolchain.rustc.clone()),
            ("LIVESWAP_OWN_WRAPPER", own_wrapper),
            (wrapper::ENVIRONMENT, wrapper::environment().into()),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into_os_string()));
        Ok(Some((program, variables.into())))
    }

    /// Whether what was just built can be a base.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// What builds have told of it.
    pub(super) fn learnt(&self) -> &Learnt {
        &self.learnt
    }

    /// Takes in what build scripts have generated for what was just built of these sources, and what rustc said of shadows
    /// that do not compile. Tells whether more has to stay private by that, so that it is to be built once more.
    pub(super) fn learn(&mut self, sources: &Sources, built: &Snapshot, generated: &[PathBuf]) -> bool {
        self.learnt.generated = Snapshot::read(generated.iter().cloned());
        if !self.is_ready {
            return false;
        }
        let is_refused = self.rounds < ROUNDS && self.learn_from_errors(sources, built);
        self.rounds = if is_refused { self.rounds + 1 } else { 0 };
        is_refused || !self.kept.covers(&kept(&sources.project.library_roots, built, &self.learnt))
    }

    /// Whether rustc has named something in a shadow that has to stay private, and that nobody knew of.
    fn learn_from_errors(&mut self, sources: &Sources, built: &Snapshot) -> bool {
        let notes = fs::read_dir(notes(&sources.target_dir)).into_iter().flatten().flatten();
        let failed = notes.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|of| of == "failed"));
        let said: String = failed.filter_map(|path| fs::read_to_string(path).ok()).collect();
        let rust = built.paths().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        let files: Vec<_> = rust
            .filter(|_| !said.is_empty())
            .filter_map(|path| Some((path, &**built.get(path)?, built.syntax(path)?.ok()?)))
            .collect();
        self.learnt.refused.learn(&said, &sources.project.workspace_root, &files)
    }

    /// Why what was just built is no base: what rustc said first of the library's shadow. `None` where it is one; edits
    /// of dependencies whose shadow does not compile are swapped, and say so by themselves.
    pub(super) fn failure(&self, sources: &Sources) -> Option<String> {
        let name = &sources.project.crate_name;
        let said = fs::read_to_string(notes(&sources.target_dir).join(format!("{name}.failed"))).ok()?;
        Some(format!("`{name}` can't be built for patches: {}", first_error(&said)))
    }
}

/// What stays private in the crates with these roots. What is generated has no shadow.
pub(super) fn kept(roots: &[PathBuf], snapshot: &Snapshot, learnt: &Learnt) -> Kept {
    let Learnt { generated, refused } = learnt;
    let packages: Vec<&Path> = roots.iter().filter_map(|root| package_of(root)).collect();
    // Other crates of a package do not see what is private in its library.
    const APART: [&str; 4] = ["benches", "build.rs", "examples", "tests"];
    let is_inside = |path: &Path, package: &Path| {
        path.strip_prefix(package).is_ok_and(|path| !APART.iter().any(|apart| path.starts_with(apart)))
    };
    let rust = snapshot.paths().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let rust = rust.filter(|path| packages.iter().any(|package| is_inside(path, package)));
    let unshadowed: Vec<&Path> = generated.paths().collect();
    Kept::of(roots, rust, &unshadowed, refused, |path| snapshot.syntax(path).or_else(|| generated.syntax(path))?.ok())
}

/// Where the wrapper notes how crates were compiled.
pub(super) fn notes(target_dir: &Path) -> PathBuf {
    target_dir.join("liveswap-notes")
}

/// Whether a source stands in the package of a library with this root.
pub(super) fn belongs_to(root: &Path, source: &Path) -> bool {
    package_of(root).is_some_and(|package| source.starts_with(package))
}

/// The directory of a library's package: that of its manifest.
pub(super) fn package_of(root: &Path) -> Option<&Path> {
    root.ancestors().skip(1).find(|directory| directory.join("Cargo.toml").is_file())
}

/// The first error in what rustc said, in messages of one line each.
pub(super) fn first_error(said: &str) -> String {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let error = messages.filter(|message| message["level"] == "error").find_map(|message| {
        let place = message["spans"].as_array().and_then(|spans| spans.iter().find(|span| span["is_primary"] == true));
        let place =
            place.map(|span| format!(" ({}:{})", span["file_name"].as_str().unwrap_or_default(), span["line_start"]));
        Some(format!("{}{}", message["message"].as_str()?, place.unwrap_or_default()))
    });
    error.unwrap_or_else(|| said.lines().next().unwrap_or("rustc said nothing").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_told_with_its_place() {
        let said = concat!(
            "{\"$message_type\":\"diagnostic\",\"level\":\"warning\",\"message\":\"w\",\"spans\":[]}\n",
            "{\"$message_type\":\"diagnostic\",\"level\":\"error\",\"message\":\"`a` is ambiguous\",\"spans\":[{\"is_primary\":true,\"file_name\":\"src/lib.rs\",\"line_start\":3}]}",
        );
        assert_eq!(first_error(said), "`a` is ambiguous (src/lib.rs:3)");
        assert_eq!(first_error("can't start rustc"), "can't start rustc");
    }
}

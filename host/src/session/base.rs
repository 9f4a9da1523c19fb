//! The base: how the library is built so that its functions can be patched.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::sources::Sources;
use crate::classify::Snapshot;
use crate::compile::shadow_tree::{self, ShadowTree};
use crate::compile::{forget_fingerprint, wrapper};
use crate::shadow;
use crate::shadow::kept::Kept;

/// The shadow of one library's workspace, and what builds from it.
pub(super) struct Base {
    /// Whether the program wants patches.
    wanted: bool,
    /// Whether the last build was from the shadow, as far as that compiled.
    is_ready: bool,
    tree: Option<ShadowTree>,
}

impl Base {
    pub(super) fn new(wanted: bool) -> Self {
        let wanted = wanted && cfg!(target_os = "linux");
        Self { wanted, is_ready: false, tree: None }
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
                (variables.clone(), format!("base {} {program}", shadow::VERSION))
            }
            _ => (Vec::new(), "plain".to_owned()),
        };
        // Cargo takes what was built the other way for fresh.
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
        let roots: BTreeSet<PathBuf> = project.library_roots.iter().cloned().collect();
        let kept = kept(&project.library_roots, snapshot);
        let exclude = vec![project.target_directory.clone(), target_dir.clone()];
        tree.write(&shadow_tree::Sources { files, roots, kept: &kept, exclude }).map_err(|error| error.to_string())?;
        let variables = [
            ("RUSTC_WRAPPER", program.clone()),
            ("LIVESWAP_ORIGINAL", original.clone()),
            ("LIVESWAP_SHADOW", shadow),
            ("LIVESWAP_NOTES", notes(target_dir)),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into_os_string()));
        Ok(Some((program, variables.into())))
    }

    /// Whether what was just built can be a base.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Why what was just built is no base: what rustc said first of the shadow. `None` where it is one.
    pub(super) fn failure(&self, sources: &Sources) -> Option<String> {
        let notes = notes(&sources.target_dir);
        let crates = fs::read_dir(&notes).into_iter().flatten().flatten();
        let failed = crates.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|of| of == "failed"))?;
        let name = failed.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let said = fs::read_to_string(&failed).unwrap_or_default();
        Some(format!("`{name}` can't be built for patches: {}", first_error(&said)))
    }
}

/// What stays private in the crates with these roots.
pub(super) fn kept(roots: &[PathBuf], snapshot: &Snapshot) -> Kept {
    let rust = snapshot.paths().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Kept::of(roots, rust, |path| snapshot.syntax(path)?.ok())
}

/// Where the wrapper notes how crates were compiled.
pub(super) fn notes(target_dir: &Path) -> PathBuf {
    target_dir.join("liveswap-notes")
}

/// Whether a source stands in the package of a library with this root: below the directory of its manifest.
fn belongs_to(root: &Path, source: &Path) -> bool {
    let package = root.ancestors().skip(1).find(|directory| directory.join("Cargo.toml").is_file());
    package.is_some_and(|package| source.starts_with(package))
}

/// The first error in what rustc said, in messages of one line each.
fn first_error(said: &str) -> String {
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

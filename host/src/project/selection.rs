//! How cargo selects packages and features for the program, and for the hot library.
//!
//! Purpose: types have the same ids in both where both builds compile their crates alike. Selecting the program's package
//! for the library's build unifies features, and yet is not enough: cargo compiles what build scripts and macros need
//! without debug information, unless the same package is needed at run time as well; then it is compiled once, with it.
//! So a macro of the library is another one in the program's build than in the library's own, and with it everything
//! that depends on it. Selecting those packages too makes cargo decide as it does for the program.
//! Life cycle and synchronisation: functions; `cargo tree` runs to its end on the calling thread.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use super::{Features, Toolchain};

/// The features of each package, by its name; of all its versions.
pub type PackageFeatures = BTreeMap<String, BTreeSet<String>>;

/// What a build takes at run time: packages as `name version`, with their features.
#[derive(Debug, Default)]
pub(super) struct Selection(BTreeMap<String, BTreeSet<String>>);

impl Selection {
    /// The features by the names of packages.
    pub(super) fn features(self) -> PackageFeatures {
        let mut features = PackageFeatures::new();
        for (package, of) in self.0 {
            let name = package.split(' ').next().unwrap_or_default();
            features.entry(name.to_owned()).or_default().extend(of);
        }
        features
    }
}

/// The ids of the packages that the program uses at run time, and the hot library while it is built (by macros and build
/// scripts); without members of the workspace.
pub(super) fn shared_packages(metadata: &Metadata, hot: &PackageId, program: &Selection) -> Vec<String> {
    let is_member = |package: &&Package| metadata.workspace_members.contains(&package.id);
    let needed = build_packages(metadata, hot).into_iter();
    let needed = needed.filter(|package| !is_member(package) && !is_macro(package));
    let shared = needed.filter(|package| program.0.contains_key(&spec(&package.name, &package.version.to_string())));
    shared.map(|package| package.id.repr.clone()).collect()
}

/// The features that cargo's metadata names: what all members of the workspace select together.
pub(super) fn features(metadata: &Metadata, packages: &[&Package]) -> PackageFeatures {
    let mut features = PackageFeatures::new();
    for node in metadata.resolve.iter().flat_map(|all| &all.nodes) {
        if let Some(package) = packages.iter().find(|package| package.id == node.id) {
            let of = node.features.iter().map(ToString::to_string);
            features.entry(package.name.to_string()).or_default().extend(of);
        }
    }
    features
}

fn is_macro(package: &Package) -> bool {
    package.targets.iter().any(|target| target.is_proc_macro())
}

/// The packages that run while the hot library is built: macros, and what these and build scripts are made from.
pub(super) fn build_packages<'a>(metadata: &'a Metadata, hot: &'a PackageId) -> Vec<&'a Package> {
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.iter().flat_map(|all| &all.nodes).map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::from([(hot, false)]);
    let mut waiting = vec![(hot, false)];
    while let Some((id, for_build)) = waiting.pop() {
        for dependency in nodes.get(id).iter().flat_map(|node| &node.deps) {
            for kind in dependency.dep_kinds.iter().map(|info| info.kind) {
                let next = match kind {
                    DependencyKind::Build => true,
                    DependencyKind::Normal => for_build || is_macro(&metadata[&dependency.pkg]),
                    _ => continue,
                };
                if seen.insert((&dependency.pkg, next)) {
                    waiting.push((&dependency.pkg, next));
                }
            }
        }
    }
    seen.into_iter().filter(|(_, for_build)| *for_build).map(|(id, _)| &metadata[id]).collect()
}

/// What a package is made from, as its own build selects features: `cargo metadata` would name packages and features that
/// only another member of the workspace turns on, and those packages may not compile by themselves. Empty where cargo
/// can't tell: the build says what is wrong then, and ids that differ are warned of.
pub(super) fn of_package(toolchain: &Toolchain, workspace: &Path, package: &str, features: &Features) -> Selection {
    let mut command = toolchain.cargo_command();
    command.args(["tree", "--package", package, "--edges", "normal,no-proc-macro", "--prefix", "none"]);
    command.args(["--format", "{p}|{f}", "--color", "never", "--target", &toolchain.host]).current_dir(workspace);
    if !features.list.is_empty() {
        command.args(["--features", &features.list.join(",")]);
    }
    if features.all {
        command.arg("--all-features");
    }
    if features.no_default {
        command.arg("--no-default-features");
    }
    match command.output() {
        Ok(output) if output.status.success() => tree(&String::from_utf8_lossy(&output.stdout)),
        _ => Selection::default(),
    }
}

/// Lines such as `log v0.4.33|std` and `logic v0.1.0 (/path)|default,editor (*)`.
fn tree(text: &str) -> Selection {
    let lines = text.lines().filter_map(|line| {
        let (package, features) = line.rsplit_once('|')?;
        let (name, rest) = package.split_once(" v")?;
        let features = features.trim_end_matches(" (*)").split(',').filter(|feature| !feature.is_empty());
        Some((spec(name, rest.split(' ').next()?), features.map(str::to_owned)))
    });
    let mut found = Selection::default();
    lines.for_each(|(package, features)| found.0.entry(package).or_default().extend(features));
    found
}

fn spec(name: &str, version: &str) -> String {
    format!("{name} {version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_cargo_is_read() {
        let text = "program v0.1.0 (/my path/program)|\nlog v0.4.33|kv,std\nsyn v1.0.9|full\nsyn v2.0.1|proc-macro (*)\n\nodd\n";
        let selection = tree(text);
        let packages: Vec<&str> = selection.0.keys().map(String::as_str).collect();
        assert_eq!(packages, ["log 0.4.33", "program 0.1.0", "syn 1.0.9", "syn 2.0.1"]);
        let features = selection.features();
        assert_eq!(features["log"], BTreeSet::from(["kv", "std"].map(str::to_owned)));
        assert_eq!(features["syn"], BTreeSet::from(["full", "proc-macro"].map(str::to_owned)));
        assert!(features["program"].is_empty());
    }
}

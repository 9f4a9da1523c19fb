//! Packages that the program uses at run time and the hot library only while it is built (by macros and build scripts).
//!
//! Purpose: cargo compiles what build scripts and macros need without debug information, unless the same package is
//! needed at run time as well; then it is compiled once, with it. So a macro of the library is another one in the
//! program's build than in the library's own, and with it everything that depends on it, down to the `TypeId`s.
//! Selecting those packages for the library's build as well makes cargo decide as it does for the program.
//! Life cycle and synchronisation: functions; `cargo tree` runs to its end on the calling thread.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use super::Toolchain;

/// The ids of those packages, without members of the workspace. Empty where cargo can't tell.
pub(super) fn packages(toolchain: &Toolchain, metadata: &Metadata, hot: &PackageId, program: &str) -> Vec<String> {
    let needed = build_packages(metadata, hot);
    if needed.is_empty() {
        return Vec::new();
    }
    let used = run_time_packages(toolchain, metadata.workspace_root.as_std_path(), program);
    let shared = needed.into_iter().filter(|package| used.contains(&spec(&package.name, &package.version.to_string())));
    shared.map(|package| package.id.repr.clone()).collect()
}

/// The libraries that build scripts and macros of the hot library's packages are made from.
fn build_packages<'a>(metadata: &'a Metadata, hot: &'a PackageId) -> Vec<&'a Package> {
    let is_macro = |id: &PackageId| metadata[id].targets.iter().any(|target| target.is_proc_macro());
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.iter().flat_map(|all| &all.nodes).map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::from([(hot, false)]);
    let mut waiting = vec![(hot, false)];
    while let Some((id, for_build)) = waiting.pop() {
        for dependency in nodes.get(id).iter().flat_map(|node| &node.deps) {
            for kind in dependency.dep_kinds.iter().map(|info| info.kind) {
                let next = match kind {
                    DependencyKind::Build => true,
                    DependencyKind::Normal => for_build || is_macro(&dependency.pkg),
                    _ => continue,
                };
                if seen.insert((&dependency.pkg, next)) {
                    waiting.push((&dependency.pkg, next));
                }
            }
        }
    }
    let found = seen.into_iter().filter(|(id, for_build)| *for_build && !is_macro(id));
    found.map(|(id, _)| id).filter(|id| !metadata.workspace_members.contains(id)).map(|id| &metadata[id]).collect()
}

/// What the program is made from, as its own build selects features: `cargo metadata` would name packages that only
/// another member of the workspace turns on, and those may not compile by themselves.
fn run_time_packages(toolchain: &Toolchain, workspace: &Path, program: &str) -> BTreeSet<String> {
    let mut command = toolchain.cargo_command();
    command.args(["tree", "--package", program, "--edges", "normal,no-proc-macro", "--prefix", "none"]);
    command.args(["--format", "{p}", "--color", "never", "--target", &toolchain.host]).current_dir(workspace);
    match command.output() {
        Ok(output) if output.status.success() => tree(&String::from_utf8_lossy(&output.stdout)),
        // The build tells what is wrong; ids that differ are warned of.
        _ => BTreeSet::new(),
    }
}

/// Lines such as `log v0.4.33` and `logic v0.1.0 (/path)`.
fn tree(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" v")?;
        Some(spec(name, rest.split(' ').next()?))
    });
    lines.collect()
}

fn spec(name: &str, version: &str) -> String {
    format!("{name} {version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_cargo_is_read() {
        let text = "program v0.1.0 (/my path/program)\nlog v0.4.33\nsyn v2.0.1 (*)\n\nodd\n";
        let expected = ["log 0.4.33", "program 0.1.0", "syn 2.0.1"].map(str::to_owned);
        assert_eq!(tree(text), BTreeSet::from(expected));
    }
}

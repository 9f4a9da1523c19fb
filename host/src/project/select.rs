//! Choosing the hot library among a workspace's packages, and saying what a package lacks to be one.
//!
//! Life cycle and synchronisation: functions over cargo's metadata; the only IO is a look into a manifest that lacks
//! something, so that the advice fits what is already there.

use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::{BOUNDARY_PACKAGE, ProjectError, Wanted, config, library, same_file};

const CRATE_TYPE: &str = r#"crate-type = ["rlib", "cdylib"]"#;

/// Below this similarity (0 to 1) a name is no likely slip of the one that was typed.
const SIMILAR: f64 = 0.75;

/// Takes the package that is `wanted`; `manifest` is the one where the search began.
pub(super) fn select<'a>(metadata: &'a Metadata, manifest: &Path, wanted: Wanted) -> Result<&'a Package, ProjectError> {
    let members = metadata.workspace_packages();
    let here = members.iter().copied().find(|member| same_file(member.manifest_path.as_std_path(), manifest));
    match (wanted, here) {
        (Wanted::Named(name), _) => match members.iter().copied().find(|member| member.name.as_str() == name) {
            Some(member) => hot_or_advice(member),
            None => Err(unknown(metadata, &members, name)),
        },
        (Wanted::Path(_), Some(member)) => hot_or_advice(member),
        (Wanted::Any, Some(member)) if is_hot(member) => Ok(member),
        (Wanted::Any, _) | (Wanted::Path(_), None) => only(metadata, &members),
    }
}

/// Whether the package has a `cdylib` and depends on the boundary's crate.
fn is_hot(package: &Package) -> bool {
    has_cdylib(package) && depends_on_boundary(package)
}

fn has_cdylib(package: &Package) -> bool {
    package.targets.iter().any(|target| target.is_cdylib())
}

fn depends_on_boundary(package: &Package) -> bool {
    package
        .dependencies
        .iter()
        .any(|dependency| dependency.name == BOUNDARY_PACKAGE && dependency.kind == DependencyKind::Normal)
}

fn hot_or_advice(package: &Package) -> Result<&Package, ProjectError> {
    if is_hot(package) {
        return Ok(package);
    }
    Err(ProjectError::NotHot { package: package.name.to_string(), advice: advice(package) })
}

/// The workspace's only hot library, or the one that its manifest names.
fn only<'a>(metadata: &Metadata, members: &[&'a Package]) -> Result<&'a Package, ProjectError> {
    let default = config::default_library(&metadata.workspace_metadata).map_err(|message| ProjectError::Config {
        manifest: metadata.workspace_root.as_std_path().join("Cargo.toml"),
        message,
    })?;
    if let Some(name) = default {
        return match members.iter().copied().find(|member| member.name.as_str() == name) {
            Some(member) => hot_or_advice(member),
            None => Err(unknown(metadata, members, &name)),
        };
    }
    let hot: Vec<&Package> = members.iter().copied().filter(|member| is_hot(member)).collect();
    match hot.as_slice() {
        [one] => Ok(one),
        [] => Err(ProjectError::NoHotLibrary {
            workspace_root: metadata.workspace_root.as_std_path().to_path_buf(),
            advice: general_advice(members),
        }),
        _ => Err(ProjectError::Several { hot: names(&hot) }),
    }
}

fn unknown(metadata: &Metadata, members: &[&Package], name: &str) -> ProjectError {
    let mut similar: Vec<(f64, &str)> = members
        .iter()
        .map(|member| (strsim::jaro_winkler(&normal(name), &normal(&member.name)), member.name.as_str()))
        .filter(|(likeness, _)| *likeness >= SIMILAR)
        .collect();
    similar.sort_by(|one, other| other.0.total_cmp(&one.0));
    let hot: Vec<&Package> = members.iter().copied().filter(|member| is_hot(member)).collect();
    ProjectError::UnknownPackage {
        name: name.to_string(),
        workspace_root: metadata.workspace_root.as_std_path().to_path_buf(),
        similar: similar.into_iter().take(3).map(|(_, name)| name.to_string()).collect(),
        hot: names(&hot),
    }
}

/// `_` and `-`, upper and lower case are the usual slips.
fn normal(name: &str) -> String {
    name.replace('_', "-").to_lowercase()
}

fn names(packages: &[&Package]) -> Vec<String> {
    let mut names: Vec<String> = packages.iter().map(|package| package.name.to_string()).collect();
    names.sort();
    names
}

/// What a package lacks to be a hot library, as lines for its manifest.
fn advice(package: &Package) -> String {
    let manifest = package.manifest_path.as_std_path();
    let mut steps = Vec::new();
    if library(package).is_none() {
        let source = manifest.with_file_name("src").join("lib.rs");
        steps.push(format!("it has no library target: create {}", source.display()));
    }
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    if !has_cdylib(package) {
        steps.push(step(&text, manifest, "[lib]", CRATE_TYPE));
    }
    if !depends_on_boundary(package) {
        steps.push(step(&text, manifest, "[dependencies]", &dependency_line()));
    }
    steps.join("\n")
}

/// One line for one table of the manifest: into the table that is there, or with a new one.
fn step(text: &str, manifest: &Path, table: &str, line: &str) -> String {
    let manifest = manifest.display();
    if text.lines().any(|line| line.trim() == table) {
        format!("set this under `{table}` in {manifest}:\n\n{line}\n")
    } else {
        format!("add this to {manifest}:\n\n{table}\n{line}\n")
    }
}

/// `liveswap = "0.1"`: the requirement that this version's libraries have.
fn dependency_line() -> String {
    format!("{BOUNDARY_PACKAGE} = \"{}.{}\"", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"))
}

/// What to do where no package is a hot library: finish the one that was begun, or what it takes in general.
fn general_advice(members: &[&Package]) -> String {
    // The program itself depends on the boundary's crate as well; without a library it is not what was begun.
    let begun: Vec<&&Package> = members
        .iter()
        .filter(|member| depends_on_boundary(member) && library(member).is_some() && !has_cdylib(member))
        .collect();
    if begun.is_empty() {
        return format!(
            "a hot library is a library package whose Cargo.toml has\n\n[lib]\n{CRATE_TYPE}\n\n[dependencies]\n{}\n",
            dependency_line()
        );
    }
    let each: Vec<String> = begun
        .iter()
        .map(|member| format!("`{}` depends on {BOUNDARY_PACKAGE} but has no cdylib; {}", member.name, advice(member)))
        .collect();
    each.join("\n")
}

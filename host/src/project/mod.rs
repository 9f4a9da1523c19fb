//! Finding what to build: which package is the hot library, what it is made of, and with what toolchain.
//!
//! Purpose: turn "this directory" or "that name" into a [`Project`], or into an error that says what to change.
//! Life cycle: asked once at the start of a program, and again when a manifest changed; nothing is kept between calls.
//! Synchronisation: none; every call runs `cargo metadata` to its end on the calling thread.

pub mod cargo_config;
mod config;
mod crates;
mod environment;
mod error;
mod metadata;
mod select;
mod selection;
mod thread_state;
mod toolchain;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

pub use config::{Config, Features, Named};
pub use crates::{CrateSource, CrateSources};
pub use error::ProjectError;
use metadata::{manifest_of, read_real_metadata};
pub use selection::PackageFeatures;
pub use thread_state::ThreadState;
pub use toolchain::Toolchain;

/// The package that a hot library has to depend on.
const BOUNDARY_PACKAGE: &str = "liveswap";

/// One hot library: where it is, what belongs to it, and with what it is built.
///
/// All paths are absolute.
#[derive(Debug, Clone)]
pub struct Project {
    /// The package's name.
    pub package: String,
    /// What its manifest asks for.
    pub config: Config,
    /// The package's id as cargo writes it; unambiguous as an argument of `-p`.
    pub package_id: String,
    /// The name of the library target, with `_`.
    pub crate_name: String,
    /// The package's `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// The directory of the package's `Cargo.toml`.
    pub directory: PathBuf,
    /// The directory of the workspace's `Cargo.toml`; the package's own where there is no workspace.
    pub workspace_root: PathBuf,
    /// The target directory that the user's own cargo uses.
    pub target_directory: PathBuf,
    /// The directories of the hot library (first) and of all its path dependencies: transitive, also outside the
    /// workspace, normal and build dependencies, optional ones too. No dev-dependencies.
    pub roots: Vec<PathBuf>,
    /// The names of the local packages by directory; those of `roots` are among them, as far as they are resolved.
    pub root_packages: BTreeMap<PathBuf, String>,
    /// The root files of programs in the hot library's package.
    pub programs: Vec<PathBuf>,
    /// The root files of the build scripts of local packages.
    pub build_scripts: Vec<PathBuf>,
    /// The directories of the local packages by their ids.
    pub package_directories: BTreeMap<String, PathBuf>,
    /// The root files of the library crates among `roots` that are members of the workspace, without `liveswap`'s own.
    pub library_roots: Vec<PathBuf>,
    /// The directories of library crates' sources in `roots` that are links to other directories.
    pub source_links: Vec<PathBuf>,
    /// Of `roots`, the directories of what runs while the library is built: macros, and what these and build scripts are
    /// made from.
    pub build_directories: BTreeSet<PathBuf>,
    /// Files that steer the build from outside of `roots`: the workspace's manifest, the lock file, cargo's
    /// configuration, the toolchain file. Whether they exist or not: one that appears matters as well.
    pub files: Vec<PathBuf>,
    /// The program's own package, where it is a member of the same workspace and not the hot library itself.
    pub host_package: Option<HostPackage>,
    /// The ids of packages that the program uses at run time and the library while it is built, where the program's
    /// package is selected beside the library's.
    pub shared_packages: Vec<String>,
    /// The features of `dependencies`, as far as manifests select them.
    pub features: PackageFeatures,
    /// The same for the program's own build, where the library's can't select its package.
    pub program_features: Option<PackageFeatures>,
    /// The manifest that the program's package was looked for with.
    pub host_manifest: Option<PathBuf>,
    /// The versions of each package that the hot library is built from, in ascending order:
    /// `"tracing-core"` → `["0.1.36"]`. For the host's platform, without dev-dependencies, the library included.
    pub dependencies: BTreeMap<String, Vec<String>>,
    /// The crates that the hot library is built from, itself among them, with the directories of their sources.
    pub crates: CrateSources,
    /// Crates with state in thread-locals that the library and the program both use.
    pub thread_state: Vec<ThreadState>,
}

/// The package of the program that loads the hot library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPackage {
    /// The package's name.
    pub name: String,
    /// The package's id as cargo writes it; unambiguous as an argument of `-p`.
    pub id: String,
    /// Whether it has a library target.
    pub has_lib: bool,
    /// The root files of its programs.
    pub programs: Vec<PathBuf>,
}

/// Which hot library is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The one at the start directory, else the only one of the workspace.
    Any,
    /// The one with this package name.
    Named(&'a str),
    /// The one with this directory or `Cargo.toml`.
    Path(&'a Path),
}

impl<'a> Wanted<'a> {
    /// Reads an argument of the command line: a path where it names a file, a directory with a `Cargo.toml`, or an
    /// existing path with a separator in it (or a leading `.`); a package name otherwise.
    ///
    /// A plain name beside which there happens to be a directory without a manifest stays a name.
    pub fn parse(text: &'a str) -> Self {
        let path = Path::new(text);
        let spelled_as_path = text.starts_with('.') || text.contains(std::path::is_separator);
        if path.is_file() || path.join("Cargo.toml").is_file() || (spelled_as_path && path.exists()) {
            Wanted::Path(path)
        } else {
            Wanted::Named(text)
        }
    }
}

impl Project {
    /// The further packages to select in a build so that cargo unifies the features of shared dependencies, and compiles
    /// them, as it does in the program's own build.
    ///
    /// Empty where the program's package has a library target: cargo's `--lib` takes the library of every selected
    /// package, so each edit would compile the program's library as well (it usually depends on the hot one).
    /// Features may differ then, which the comparison of ids on loading notices.
    pub fn beside(&self) -> Vec<String> {
        let host = self.host_package.iter().filter(|host| !host.has_lib).map(|host| &host.id);
        host.chain(&self.shared_packages).cloned().collect()
    }
}

/// Finds the hot library that is `wanted`, seen from the directory `start`.
///
/// `host_manifest` is the `Cargo.toml` of the program's own package, where there is one.
///
/// # Errors
/// No cargo project at the place, a manifest that cargo refuses, no or several hot libraries, an unknown package, or a
/// package that is no hot library; each names the file and the line to add, or the names to choose from.
pub fn find(
    toolchain: &Toolchain,
    start: &Path,
    wanted: Wanted,
    host_manifest: Option<&Path>,
) -> Result<Project, ProjectError> {
    let manifest = match wanted {
        Wanted::Path(path) => manifest_of(path)?,
        Wanted::Any | Wanted::Named(_) => manifest_of(start)?,
    };
    let (metadata, manifest) = read_real_metadata(toolchain, manifest, &["--filter-platform", &toolchain.host])?;
    let package = select::select(&metadata, &manifest, wanted)?;
    let mut project = describe(&metadata, package, host_manifest)?;
    if let Some(program) = &project.host_package {
        let select = |package: &str, features: &Features| {
            selection::of_package(toolchain, &project.workspace_root, package, features)
        };
        let of_program = select(&program.id, &Features::default());
        if program.has_lib {
            project.features = select(&project.package_id, &project.config.features).features();
            project.program_features = Some(of_program.features());
        } else {
            project.shared_packages = selection::shared_packages(&metadata, &package.id, &of_program);
        }
    }
    Ok(project)
}

/// Where a project is, whatever is in it.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    /// The directory of the workspace's `Cargo.toml`.
    pub workspace_root: PathBuf,
    /// The target directory that the user's own cargo uses.
    pub target_directory: PathBuf,
    /// The package whose manifest is the nearest, where there is one.
    pub package: Option<String>,
}

/// Finds the workspace around `start`, without asking what its packages are made of.
///
/// # Errors
/// No cargo project at the place, or a manifest that cargo refuses.
pub fn whereabouts(toolchain: &Toolchain, start: &Path) -> Result<Whereabouts, ProjectError> {
    let manifest = manifest_of(start)?;
    let (metadata, manifest) = read_real_metadata(toolchain, manifest, &["--no-deps"])?;
    let packages = metadata.workspace_packages();
    let package = packages.iter().find(|package| same_file(package.manifest_path.as_std_path(), &manifest));
    Ok(Whereabouts {
        workspace_root: metadata.workspace_root.as_std_path().to_owned(),
        target_directory: metadata.target_directory.as_std_path().to_owned(),
        package: package.map(|package| package.name.to_string()),
    })
}

fn describe(metadata: &Metadata, package: &Package, host_manifest: Option<&Path>) -> Result<Project, ProjectError> {
    let config = config::read(&package.metadata).map_err(|message| ProjectError::Config {
        manifest: package.manifest_path.as_std_path().to_path_buf(),
        message,
    })?;
    let directory = directory_of(package);
    let workspace_root = metadata.workspace_root.as_std_path().to_path_buf();
    let closure = closure(metadata, &package.id);
    let mut dependencies: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for package in &closure {
        dependencies.entry(package.name.to_string()).or_default().push(package.version.clone());
    }
    let dependencies = dependencies
        .into_iter()
        .map(|(name, mut versions)| {
            versions.sort();
            (name, versions.iter().map(ToString::to_string).collect())
        })
        .collect();
    let roots = roots(metadata, package, &closure);
    let program = host_manifest.and_then(|manifest| host_package(metadata, package, manifest));
    let thread_state = program
        .iter()
        .flat_map(|program| thread_state::shared(metadata, &package.id, &PackageId { repr: program.id.clone() }));
    let run_by_builds = selection::build_packages(metadata, &package.id).into_iter().map(directory_of);
    Ok(Project {
        build_directories: run_by_builds.filter(|directory| roots.contains(directory)).collect(),
        library_roots: library_roots(metadata, &roots),
        package: package.name.to_string(),
        config,
        package_id: package.id.repr.clone(),
        crate_name: library(package).map(|target| target.name.replace('-', "_")).unwrap_or_default(),
        manifest_path: package.manifest_path.as_std_path().to_path_buf(),
        source_links: source_links(metadata, &roots),
        roots,
        root_packages: local_packages(metadata)
            .map(|package| (directory_of(package), package.name.to_string()))
            .collect(),
        programs: programs(package),
        build_scripts: local_packages(metadata)
            .flat_map(|package| package.targets.iter().filter(|target| target.is_custom_build()))
            .map(|target| target.src_path.as_std_path().to_path_buf())
            .collect(),
        package_directories: local_packages(metadata)
            .map(|package| (package.id.repr.clone(), directory_of(package)))
            .collect(),
        files: steering_files(&workspace_root, &directory),
        host_manifest: host_manifest.map(Path::to_path_buf),
        shared_packages: Vec::new(),
        features: selection::features(metadata, &closure),
        program_features: None,
        thread_state: thread_state.collect(),
        host_package: program,
        target_directory: metadata.target_directory.as_std_path().to_path_buf(),
        directory,
        workspace_root,
        dependencies,
        crates: crates::of(metadata, &closure),
    })
}

fn directory_of(package: &Package) -> PathBuf {
    package.manifest_path.parent().map(|parent| parent.as_std_path().to_path_buf()).unwrap_or_default()
}

/// The root files of a package's programs.
fn programs(package: &Package) -> Vec<PathBuf> {
    let programs = package.targets.iter().filter(|target| target.is_bin());
    programs.map(|target| target.src_path.as_std_path().to_path_buf()).collect()
}

/// The package's library target of whatever kind, procedural macros aside.
fn library(package: &Package) -> Option<&cargo_metadata::Target> {
    package.targets.iter().find(|target| target.is_lib() || target.is_rlib() || target.is_cdylib() || target.is_dylib())
}

/// The packages that the library is built from, itself first.
fn closure<'a>(metadata: &'a Metadata, start: &'a PackageId) -> Vec<&'a Package> {
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.iter().flat_map(|resolve| &resolve.nodes).map(|node| (&node.id, node)).collect();
    let packages: BTreeMap<&PackageId, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let mut seen = BTreeSet::from([start]);
    let mut waiting = vec![start];
    let mut found = Vec::new();
    while let Some(id) = waiting.pop() {
        found.extend(packages.get(id));
        for dependency in nodes.get(id).iter().flat_map(|node| &node.deps) {
            // Cargo before 1.41 names no kinds; everything counts there.
            let built = dependency.dep_kinds.is_empty()
                || dependency.dep_kinds.iter().any(|info| info.kind != DependencyKind::Development);
            if built && seen.insert(&dependency.pkg) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    found
}

/// The directories of the local packages: of the resolved ones (which knows `[patch]`), and of those that are declared
/// by path (which knows optional dependencies that only a feature turns on).
fn roots(metadata: &Metadata, package: &Package, closure: &[&Package]) -> Vec<PathBuf> {
    let by_directory: BTreeMap<PathBuf, &Package> =
        local_packages(metadata).map(|package| (directory_of(package), package)).collect();
    let mut waiting: Vec<PathBuf> =
        closure.iter().filter(|package| package.source.is_none()).map(|package| directory_of(package)).collect();
    let mut found = BTreeSet::new();
    while let Some(directory) = waiting.pop() {
        if !found.insert(directory.clone()) {
            continue;
        }
        let declared = by_directory.get(&directory).into_iter().flat_map(|package| &package.dependencies);
        waiting.extend(
            declared
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .filter_map(|dependency| dependency.path.as_ref())
                .map(|path| path.as_std_path().to_path_buf()),
        );
    }
    let own = directory_of(package);
    found.remove(&own);
    std::iter::once(own).chain(found).collect()
}

/// The root files of the members' library crates in these directories. `liveswap` itself is left out: its code is what
/// swaps, and runs while it does.
fn library_roots(metadata: &Metadata, directories: &[PathBuf]) -> Vec<PathBuf> {
    let members = metadata.workspace_packages().into_iter();
    let members = members.filter(|package| directories.contains(&directory_of(package)));
    let theirs = members.filter(|package| ![BOUNDARY_PACKAGE, "liveswap-macros"].contains(&package.name.as_str()));
    theirs.filter_map(library).map(|target| target.src_path.as_std_path().to_path_buf()).collect()
}

/// The source directories of the libraries in these directories that are reached through a link in the package.
fn source_links(metadata: &Metadata, directories: &[PathBuf]) -> Vec<PathBuf> {
    let packages = local_packages(metadata).filter(|package| directories.contains(&directory_of(package)));
    let sources = packages.filter_map(|package| {
        let (package_directory, root) = (directory_of(package), library(package)?.src_path.as_std_path());
        let directory = root.parent()?;
        let real = package_directory.canonicalize().ok()?.join(directory.strip_prefix(&package_directory).ok()?);
        (directory.canonicalize().ok()? != real).then(|| directory.to_path_buf())
    });
    sources.collect()
}

/// The packages that come from paths.
fn local_packages(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata.packages.iter().filter(|package| package.source.is_none())
}

fn steering_files(workspace_root: &Path, directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml", "rust-toolchain"]
            .iter()
            .map(|name| workspace_root.join(name))
            .collect();
    if directory != workspace_root {
        files.push(directory.join(".cargo/config.toml"));
    }
    // Those further up would cost watches of directories that are not the project's.
    files.extend(cargo_config::files(workspace_root).into_iter().filter(|file| file.is_file()));
    files.sort();
    files.dedup();
    files
}

/// The program's package, unless it is the hot library itself or lives in another workspace: cargo can select only
/// members of one workspace in a build.
fn host_package(metadata: &Metadata, hot: &Package, manifest: &Path) -> Option<HostPackage> {
    let package = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| same_file(package.manifest_path.as_std_path(), manifest))?;
    (package.id != hot.id).then(|| HostPackage {
        name: package.name.to_string(),
        id: package.id.repr.clone(),
        programs: programs(package),
        has_lib: package.targets.iter().any(|target| target.is_proc_macro()) || library(package).is_some(),
    })
}

/// Whether two paths name one file; symbolic links are followed.
fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

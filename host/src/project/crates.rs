//! The crates of a build: their names, where their sources are, and which others their code can name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cargo_metadata::{Metadata, Package};

/// The crates of a build; they name each other by their index.
pub type CrateSources = Vec<CrateSource>;

/// The library crate of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrateSource {
    /// The crate's name.
    pub name: String,
    /// The package's directory.
    pub directory: PathBuf,
    /// The directory of the crate's root file.
    pub sources: PathBuf,
    /// Whether the package comes from a path, so that the user may edit it. `liveswap` itself does not count.
    pub is_local: bool,
    /// By the name that the crate's code uses, the index of each crate that it depends on.
    pub dependencies: BTreeMap<String, usize>,
}

/// The library crates of these packages. Macros are left out: their types are not those of the program.
pub(super) fn of(metadata: &Metadata, closure: &[&Package]) -> CrateSources {
    let libraries: Vec<(&Package, &cargo_metadata::Target)> =
        closure.iter().filter_map(|package| Some((*package, super::library(package)?))).collect();
    let index: BTreeMap<_, usize> =
        libraries.iter().enumerate().map(|(index, (package, _))| (&package.id, index)).collect();
    let nodes: BTreeMap<_, _> =
        metadata.resolve.iter().flat_map(|resolve| &resolve.nodes).map(|node| (&node.id, node)).collect();
    let crates = libraries.iter().map(|(package, library)| {
        let dependencies = nodes.get(&package.id).into_iter().flat_map(|node| &node.deps);
        let root = library.src_path.parent().map(|directory| directory.as_std_path().to_path_buf());
        CrateSource {
            name: library.name.replace('-', "_"),
            directory: super::directory_of(package),
            sources: root.unwrap_or_default(),
            is_local: package.source.is_none() && package.name.as_str() != super::BOUNDARY_PACKAGE,
            dependencies: dependencies
                .filter_map(|dependency| Some((dependency.name.clone(), *index.get(&dependency.pkg)?)))
                .collect(),
        }
    });
    crates.collect()
}

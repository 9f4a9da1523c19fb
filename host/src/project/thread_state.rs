//! Crates that keep what is current in thread-locals, such as the runtime that a task runs on. Program and hot library each
//! have a copy of such a crate, and so thread-locals of their own: what the program has set up, the library does not find.

use std::collections::BTreeSet;

use cargo_metadata::{Metadata, PackageId};

/// A crate that program and library both use, and that keeps state in thread-locals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadState {
    /// The package's name.
    pub package: &'static str,
    /// What is different in the library, and what to do.
    pub consequence: &'static str,
}

/// The crates that are known for it.
const KNOWN: &[ThreadState] = &[
    ThreadState {
        package: "tokio",
        consequence: "`tokio::spawn`, timers and sockets find no runtime in the library's code; do these in the program, or give the \
                      library a `tokio::runtime::Handle` as a `#[hot(opaque)]` argument and enter it",
    },
    ThreadState {
        package: "async-std",
        consequence: "the library starts an executor of its own; spawn tasks in the program",
    },
    ThreadState {
        package: "rayon",
        consequence: "the library starts a thread pool of its own for each swapped generation; `ThreadPool::install` of the \
                      program has no effect there",
    },
    ThreadState {
        package: "rand",
        consequence: "the thread's generator in the library is another one than the program's",
    },
];

/// Those of them that the library's local crates and the program both depend on by themselves.
pub(super) fn shared(metadata: &Metadata, hot: &PackageId, program: &PackageId) -> Vec<ThreadState> {
    let (of_library, of_program) = (used_by(metadata, hot, None), used_by(metadata, program, Some(hot)));
    let is_shared = |known: &&ThreadState| of_library.contains(known.package) && of_program.contains(known.package);
    KNOWN.iter().filter(is_shared).copied().collect()
}

/// The names of the packages that a package and the local ones that it is made of depend on; none that only `without` uses.
fn used_by<'a>(metadata: &'a Metadata, start: &'a PackageId, without: Option<&PackageId>) -> BTreeSet<&'a str> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: Vec<_> = nodes.collect();
    let (mut waiting, mut seen, mut names) = (vec![start], BTreeSet::from([start]), BTreeSet::new());
    while let Some(id) = waiting.pop() {
        let node = nodes.iter().find(|node| node.id == *id);
        for dependency in node.iter().flat_map(|node| &node.deps) {
            let is_normal = |kind: &cargo_metadata::DepKindInfo| kind.kind == cargo_metadata::DependencyKind::Normal;
            let is_used = dependency.dep_kinds.is_empty() || dependency.dep_kinds.iter().any(is_normal);
            if !is_used || Some(&dependency.pkg) == without {
                continue;
            }
            let package = &metadata[&dependency.pkg];
            names.insert(package.name.as_str());
            // What liveswap itself uses is nobody's concern.
            let is_ours = ["liveswap", "liveswap-host"].contains(&package.name.as_str());
            if package.source.is_none() && !is_ours && seen.insert(&dependency.pkg) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    names
}

//! What can be wrong with a project, and how to put it right.
//!
//! Life cycle and synchronisation: plain values.

use std::path::PathBuf;

/// Why no hot library was found.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Neither cargo nor rustc can be started.
    #[error("no `{}` on the PATH; install Rust from https://rustup.rs, or set CARGO and RUSTC", .program.display())]
    NoCargo {
        /// What was looked for.
        program: PathBuf,
    },
    /// A program of the toolchain is there but does not do its work.
    #[error("`{}` does not work: {message}", .program.display())]
    NoToolchain {
        /// The program.
        program: PathBuf,
        /// What it, or the system, said.
        message: String,
    },
    /// There is no manifest at the place or above it.
    #[error(
        "no Cargo.toml in {} or above it; start in a cargo project, or name one: `liveswap run PATH`",
        .directory.display()
    )]
    NotInProject {
        /// Where the search began.
        directory: PathBuf,
    },
    /// Cargo cannot read the project.
    #[error("cargo can't read {}:\n{message}", .manifest.display())]
    Metadata {
        /// The manifest that was given to cargo.
        manifest: PathBuf,
        /// What cargo wrote on stderr.
        message: String,
    },
    /// The configuration of the library or of the workspace is wrong.
    #[error("`metadata.liveswap` in {}: {message}", .manifest.display())]
    Config {
        /// The manifest of the library, or of the workspace.
        manifest: PathBuf,
        /// Which key, and what is wrong with it.
        message: String,
    },
    /// No package of the workspace has the name.
    #[error(
        "no package `{name}` in the workspace {}{}{}",
        .workspace_root.display(),
        did_you_mean(.similar),
        hot_libraries(.hot)
    )]
    UnknownPackage {
        /// The name that was asked for.
        name: String,
        /// The workspace that was searched.
        workspace_root: PathBuf,
        /// Names of packages that are spelled like it, nearest first.
        similar: Vec<String>,
        /// The names of the workspace's hot libraries.
        hot: Vec<String>,
    },
    /// The package exists, but is no hot library.
    #[error("package `{package}` is no hot library: {advice}")]
    NotHot {
        /// The package's name.
        package: String,
        /// What to change, and in which file. May have several lines.
        advice: String,
    },
    /// The workspace has no hot library.
    #[error("no hot library in the workspace {}: {advice}", .workspace_root.display())]
    NoHotLibrary {
        /// The workspace that was searched.
        workspace_root: PathBuf,
        /// What to change, and in which file. May have several lines.
        advice: String,
    },
    /// There are several hot libraries and none was chosen.
    #[error(
        "several hot libraries: {}; choose one: `liveswap run {}`, or write `default = \"{}\"` below `[workspace.metadata.liveswap]`",
        .hot.join(", "),
        first(.hot),
        first(.hot)
    )]
    Several {
        /// Their package names.
        hot: Vec<String>,
    },
}

fn did_you_mean(similar: &[String]) -> String {
    if similar.is_empty() {
        return String::new();
    }
    let quoted: Vec<_> = similar.iter().map(|name| format!("`{name}`")).collect();
    format!("; did you mean {}?", quoted.join(" or "))
}

fn hot_libraries(hot: &[String]) -> String {
    if hot.is_empty() { "; it has no hot library".into() } else { format!("; hot libraries: {}", hot.join(", ")) }
}

fn first(hot: &[String]) -> &str {
    hot.first().map_or("NAME", String::as_str)
}

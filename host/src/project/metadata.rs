//! What cargo says of a project, and from which manifest.
//!
//! Life cycle and synchronisation: functions; `cargo metadata` runs to its end on the calling thread.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

use super::{ProjectError, Toolchain};

/// The manifest that governs `path`: itself, or the nearest one above.
pub(super) fn manifest_of(path: &Path) -> Result<PathBuf, ProjectError> {
    let not_found = || ProjectError::NotInProject { directory: path.to_path_buf() };
    let path = std::path::absolute(path).map_err(|_| not_found())?;
    if !path.exists() {
        return Err(not_found());
    }
    if path.is_file() && path.file_name().is_some_and(|name| name == "Cargo.toml") {
        return Ok(path);
    }
    path.ancestors().map(|directory| directory.join("Cargo.toml")).find(|file| file.is_file()).ok_or_else(not_found)
}

/// What cargo says of a project, and its manifest, both by way of the workspace's real directory: rustc is started there,
/// and a file has one name then, whichever link the project was opened through.
pub(super) fn read_real_metadata(
    toolchain: &Toolchain,
    manifest: PathBuf,
    arguments: &[&str],
) -> Result<(Metadata, PathBuf), ProjectError> {
    let metadata = read_metadata(toolchain, &manifest, arguments)?;
    match real_manifest(&manifest, metadata.workspace_root.as_std_path()) {
        Some(manifest) => Ok((read_metadata(toolchain, &manifest, arguments)?, manifest)),
        None => Ok((metadata, manifest)),
    }
}

/// The manifest by way of the real directory of its workspace, unless that is its path already.
fn real_manifest(manifest: &Path, workspace_root: &Path) -> Option<PathBuf> {
    // On Windows real paths have a form that other programs don't take.
    let real = workspace_root.canonicalize().ok().filter(|real| real != workspace_root && cfg!(unix))?;
    Some(real.join(manifest.strip_prefix(workspace_root).ok()?))
}

/// Runs `cargo metadata`.
fn read_metadata(toolchain: &Toolchain, manifest: &Path, arguments: &[&str]) -> Result<Metadata, ProjectError> {
    let failed = |message: String| ProjectError::Metadata { manifest: manifest.to_path_buf(), message };
    let mut command = toolchain.cargo_command();
    command.args(["metadata", "--format-version", "1", "--color", "never"]).args(arguments);
    command.arg("--manifest-path").arg(manifest);
    if let Some(directory) = manifest.parent() {
        command.current_dir(directory);
    }
    let output = command.output().map_err(|source| ProjectError::NoToolchain {
        program: toolchain.cargo.clone(),
        message: source.to_string(),
    })?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_string()));
    }
    MetadataCommand::parse(String::from_utf8_lossy(&output.stdout)).map_err(|error| failed(error.to_string()))
}

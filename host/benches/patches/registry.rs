//! A program from the registry: cargo downloads it, for a package that wants it and is never built.

use std::fs;
use std::path::{Path, PathBuf};

use liveswap_host::project::Toolchain;

/// Downloads `name[@version]`, and gives a copy of its sources below `place` that cargo takes for a workspace of its own.
pub fn download(wanted: &str, place: &Path, toolchain: &Toolchain) -> Result<PathBuf, String> {
    let directory = place.join(wanted.replace('@', "-"));
    let sources = directory.join("package");
    if sources.join("Cargo.toml").is_file() {
        return Ok(sources);
    }
    let (name, version) =
        wanted.split_once('@').map_or((wanted, "*".into()), |(name, version)| (name, format!("={version}")));
    let scratch = directory.join("wants-it");
    write(&scratch.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"wants-it\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{name} = {version:?}\n\n[workspace]\n"
    );
    write(&scratch.join("Cargo.toml"), &manifest)?;
    let vendored = directory.join("vendored");
    let mut cargo = toolchain.cargo_command();
    cargo.args(["vendor", "--quiet", "--versioned-dirs"]).arg(&vendored).current_dir(&scratch);
    let output = cargo.output().map_err(|error| format!("start cargo: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let entries = fs::read_dir(&vendored).map_err(|error| format!("read {}: {error}", vendored.display()))?;
    let mut packages = entries.flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        let directory = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let version = directory.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    };
    let package = packages.find(is_it).ok_or_else(|| format!("cargo did not bring `{name}`"))?;
    let manifest = package.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| format!("read {}: {error}", manifest.display()))?;
    if !text.lines().any(|line| line.trim() == "[workspace]") {
        write(&manifest, &format!("{text}\n[workspace]\n"))?;
    }
    fs::rename(&package, &sources).map_err(|error| format!("move {}: {error}", package.display()))?;
    let _ = fs::remove_dir_all(&vendored);
    Ok(sources)
}

/// Writes a file and the directories that it needs.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text)).map_err(|error| format!("write {}: {error}", path.display()))
}

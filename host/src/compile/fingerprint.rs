//! Making cargo build a package again whose files look old.
//!
//! Cargo compares modification times: a file that got new contents with an old time (`git stash`, `mv`, `cp -p`, an
//! undo from a backup) looks unchanged to it. Who watches contents knows better, and takes away what cargo remembers.
//! Life cycle and synchronisation: a function over the file system; not to be called while a build runs in the target
//! directory.

use std::io;
use std::path::{Path, PathBuf};

/// Takes away what cargo remembers about the package's builds in a target directory, so that it builds the package
/// again. Gives the number of directories removed; 0 where the package was never built there.
///
/// `profile` is cargo's name of the profile (`dev`, not `debug`), `package` the package's name. Builds for an explicit
/// `--target` are included.
///
/// # Errors
/// A directory can't be read or removed; the error names it.
pub fn forget_fingerprint(target_dir: &Path, profile: &str, package: &str) -> io::Result<usize> {
    let profile = profile_directory(profile);
    let mut removed = 0;
    let below: Vec<PathBuf> = entries(target_dir)?.into_iter().map(|platform| platform.join(profile)).collect();
    for directory in std::iter::once(target_dir.join(profile)).chain(below) {
        for path in entries(&directory.join(".fingerprint"))? {
            if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| belongs_to(name, package)) {
                std::fs::remove_dir_all(&path).map_err(|error| naming(&path, error))?;
                removed += 1;
            }
        }
        // cargo's newer layout has a directory for each package and build.
        for path in entries(&directory.join("build").join(package))? {
            let path = path.join("fingerprint");
            if path.is_dir() {
                std::fs::remove_dir_all(&path).map_err(|error| naming(&path, error))?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// The directory's name for a profile's output.
pub(super) fn profile_directory(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        other => other,
    }
}

/// Whether a fingerprint's directory is the package's: `<package>-<hash>`, and not that of `<package>-more`.
fn belongs_to(directory: &str, package: &str) -> bool {
    directory
        .strip_prefix(package)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The directory's entries; none where it does not exist.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let read = match std::fs::read_dir(directory) {
        Ok(read) => read,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(naming(directory, error)),
    };
    read.map(|entry| entry.map(|entry| entry.path()).map_err(|error| naming(directory, error))).collect()
}

fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_packages_own_directories_go() {
        let directory = tempfile::tempdir().unwrap();
        let own = [
            "debug/.fingerprint/hot-0123456789abcdef",
            "x86_64-unknown-linux-gnu/debug/.fingerprint/hot-00000000000000ff",
            "debug/build/hot/0123456789abcdef/fingerprint",
        ];
        let others = [
            "debug/.fingerprint/hot-lib-0123456789abcdef",
            "debug/.fingerprint/hot-lib",
            "debug/.fingerprint/hothot-0123456789abcdef",
            "release/.fingerprint/hot-0123456789abcdef",
            "debug/deps/hot-0123456789abcdef",
            "debug/build/hot-0123456789abcdef/out",
            "debug/build/hot/0123456789abcdef/out",
            "debug/build/hot-lib/0123456789abcdef/fingerprint",
        ];
        for name in own.iter().chain(&others) {
            std::fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        assert_eq!(forget_fingerprint(directory.path(), "dev", "hot").unwrap(), 3);
        assert!(own.iter().all(|name| !directory.path().join(name).exists()));
        assert!(others.iter().all(|name| directory.path().join(name).exists()));
        assert_eq!(forget_fingerprint(&directory.path().join("none"), "release", "hot").unwrap(), 0);
    }
}

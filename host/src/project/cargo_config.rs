//! What the host has to know of cargo's own configuration: which files it is in, and the wrapper of rustc that it names.
//!
//! The host puts a program of its own in the place of that wrapper (see `compile/wrapper`), so cargo would not start it.
//! `cargo config get` is unstable, so the files are read as cargo reads them: the nearest file that has the key counts,
//! and variables count before files.
//! Life cycle and synchronisation: functions that read files and the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The wrapper of rustc that cargo would start in this directory: what `RUSTC_WRAPPER` or `build.rustc-wrapper` names.
pub fn rustc_wrapper(directory: &Path) -> Option<PathBuf> {
    let texts = files(directory).into_iter().filter_map(|file| Some((std::fs::read_to_string(&file).ok()?, file)));
    wrapper_of(|name| std::env::var_os(name), texts)
}

/// The files that cargo reads in this directory, the one that counts most first. Each may be absent.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let names = ["config", "config.toml"];
    let above = directory.ancestors().flat_map(|above| names.map(|name| above.join(".cargo").join(name)));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut files: Vec<PathBuf> =
        above.chain(home.into_iter().flat_map(|home| names.map(|name| home.join(name)))).collect();
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    files
}

fn wrapper_of(
    variable: impl Fn(&str) -> Option<OsString>,
    files: impl Iterator<Item = (String, PathBuf)>,
) -> Option<PathBuf> {
    let named = ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"].iter().find_map(|name| variable(name));
    let from_file = |(text, file): (String, PathBuf)| {
        let table: toml::Table = text.parse().ok()?;
        let program = table.get("build")?.get("rustc-wrapper")?.as_str()?;
        let is_path = program.contains(std::path::is_separator);
        // A path is relative to the directory that has `.cargo` in it.
        let directory = file.parent()?.parent()?;
        Some(if is_path { directory.join(program).into() } else { OsString::from(program) })
    };
    let mut files = files;
    let program = named.or_else(|| files.find_map(from_file))?;
    // An empty name takes back what another place names.
    (!program.is_empty()).then(|| program.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapper(variables: &[(&str, &str)], files: &[(&str, &str)]) -> Option<PathBuf> {
        let of = |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| OsString::from(value));
        wrapper_of(of, files.iter().map(|(file, text)| ((*text).to_owned(), PathBuf::from(file))))
    }

    #[test]
    fn variables_count_before_files_and_near_files_before_others() {
        let near = ("/w/p/.cargo/config.toml", "[build]\nrustc-wrapper = \"near\"\n");
        let far = ("/w/.cargo/config.toml", "build.rustc-wrapper = \"bin/far\"\n");
        let other = ("/w/p/.cargo/config.toml", "[build]\njobs = 2\n");
        let broken = ("/w/p/.cargo/config.toml", "[build\n");
        assert_eq!(wrapper(&[], &[near, far]), Some("near".into()));
        assert_eq!(wrapper(&[], &[other, broken, far]), Some("/w/bin/far".into()));
        assert_eq!(wrapper(&[("CARGO_BUILD_RUSTC_WRAPPER", "b")], &[near]), Some("b".into()));
        let both = [("CARGO_BUILD_RUSTC_WRAPPER", "b"), ("RUSTC_WRAPPER", "a")];
        assert_eq!(wrapper(&both, &[near]), Some("a".into()));
        assert_eq!(wrapper(&[("RUSTC_WRAPPER", "")], &[near]), None);
        assert_eq!(wrapper(&[], &[other]), None);
    }

    #[test]
    fn files_are_those_of_the_directory_and_above() {
        let files = files(Path::new("/w/p"));
        let at = |name: &str| files.iter().position(|file| file == Path::new(name)).unwrap();
        assert!(
            at("/w/p/.cargo/config.toml") < at("/w/.cargo/config") && at("/w/.cargo/config") < at("/.cargo/config")
        );
    }
}

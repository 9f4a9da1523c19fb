//! The environment of an inner cargo: as if the user had typed the command, also where an outer `cargo run` or
//! `cargo test` started this process.
//!
//! Purpose: an outer cargo hands its program variables about the program's package. Build scripts and macros of the
//! hot library that look at them would give another result, and be run again, each time that the program is started
//! the other way. Variables that are the user's own (`RUSTFLAGS`, `CARGO_TARGET_DIR`, `RUSTC_WRAPPER`, …) stay.
//! Life cycle and synchronisation: functions over a command and the process's environment, which they only read.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Variables that cargo sets for the programs it runs. `RUST_RECURSION_COUNT` is rustup's count of nested calls.
const NAMES: [&str; 9] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
    "RUST_RECURSION_COUNT",
];

const PREFIXES: [&str; 4] = ["CARGO_BIN_EXE_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_PKG_"];

/// The variable that tells the loader where to look; cargo puts its output directories in front.
const LOADER_PATH: &str = if cfg!(windows) {
    "PATH"
} else if cfg!(target_vendor = "apple") {
    "DYLD_FALLBACK_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// Takes out of the command's environment what an outer cargo put into this process's.
pub(super) fn clean(command: &mut Command, sysroot: &Path) {
    for (name, _) in std::env::vars_os() {
        if is_leaked(&name) {
            command.env_remove(name);
        }
    }
    if let Some(paths) = std::env::var_os(LOADER_PATH) {
        match without_cargo_directories(&paths, sysroot) {
            Some(paths) => command.env(LOADER_PATH, paths),
            None => command.env_remove(LOADER_PATH),
        };
    }
}

fn is_leaked(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}

/// The search path without the directories that cargo puts there: its output directories, and the toolchain's
/// libraries. `None` where nothing is left.
fn without_cargo_directories(paths: &OsStr, sysroot: &Path) -> Option<OsString> {
    let libraries = sysroot.join("lib");
    let kept: Vec<_> = std::env::split_paths(paths)
        .filter(|path| !path.as_os_str().is_empty() && !path.starts_with(&libraries) && !is_cargo_output(path))
        .collect();
    if kept.is_empty() { None } else { std::env::join_paths(kept).ok() }
}

/// Whether it is `<profile>`, `<profile>/deps` or `<profile>/build/<package>/out` of some target directory.
fn is_cargo_output(path: &Path) -> bool {
    path.ancestors().take(4).any(|directory| directory.join(".fingerprint").is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outer_cargos_variables_go_and_the_users_stay() {
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION_PRE", "CARGO_BIN_EXE_liveswap", "OUT_DIR"] {
            assert!(is_leaked(OsStr::new(name)), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_JOBS",
            "CARGO_NET_OFFLINE",
            "CARGO_INCREMENTAL",
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "RUSTUP_TOOLCHAIN",
            "PATH",
        ] {
            assert!(!is_leaked(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn the_loaders_search_path_loses_only_cargos_directories() {
        let directory = tempfile::tempdir().unwrap();
        let profile = directory.path().join("target/debug");
        let script_output = profile.join("build/x-1/out");
        let own = directory.path().join("opt/lib");
        let sysroot = directory.path().join("sysroot");
        for path in [&profile.join(".fingerprint"), &profile.join("deps"), &script_output, &own] {
            std::fs::create_dir_all(path).unwrap();
        }
        let leaked = [profile.clone(), profile.join("deps"), script_output, sysroot.join("lib/rustlib/x/lib")];
        let mixed = std::env::join_paths(leaked.iter().chain([&own])).unwrap();
        assert_eq!(without_cargo_directories(&mixed, &sysroot), Some(own.into_os_string()));
        assert_eq!(without_cargo_directories(&std::env::join_paths(&leaked).unwrap(), &sysroot), None);
    }
}

//! Records what the handshake compares: the compiler, the target and the profile of this build.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let verbose = Command::new(rustc).arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let verbose = String::from_utf8_lossy(&verbose);
    let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim();
    println!("cargo::rustc-env=LIVESWAP_RUSTC={} {}", field("release:"), field("commit-hash:"));
    println!("cargo::rustc-env=LIVESWAP_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    println!("cargo::rustc-env=LIVESWAP_PROFILE={}", profile());
}

/// The profile's name; empty if it is not known. cargo's `PROFILE` only says `debug` or `release`, so a custom profile is
/// read from the output path: `TARGET/[TRIPLE/]PROFILE/build/liveswap-HASH/out`, or in cargo's newer layout
/// `…/PROFILE/build/liveswap/HASH/out`. `debug` is the directory of `dev`.
fn profile() -> String {
    let out = std::env::var("OUT_DIR").unwrap_or_default();
    let builds = Path::new(&out).ancestors().skip(1).take(4).find(|directory| directory.ends_with("build"));
    let directory = builds.and_then(Path::parent).and_then(Path::file_name).map(|name| name.to_string_lossy());
    match directory.as_deref() {
        Some("debug") => "dev".into(),
        Some(other) => other.to_owned(),
        None => String::new(),
    }
}

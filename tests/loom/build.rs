//! Makes the included modules take loom's types: `cargo test -p liveswap-loom` needs no flags.

fn main() {
    println!("cargo::rustc-cfg=loom");
    println!("cargo::rerun-if-changed=build.rs");
}

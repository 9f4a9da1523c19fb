//! `cargo bench -p liveswap-host --bench call`: what a call of a hot function costs.
//!
//! The bench itself is in the workspace `benches`, which this starts: it links a hot library with `hot-in-release` and
//! a peer, and neither is to be seen by this package's builds and tests.

mod apart;

fn main() -> std::process::ExitCode {
    apart::run("call")
}

//! `cargo bench -p liveswap-host --bench state`: what it costs to describe, compare, keep and move state.
//!
//! All of it takes a few minutes; `-- --short` takes one, and `-- --only verify,migrate,build,kept` chooses. The bench
//! itself is in the workspace `benches`, which this starts: it is linked with `hot-in-release`, which is not to be seen
//! by this package's builds and tests.

mod apart;

fn main() -> std::process::ExitCode {
    apart::run("state")
}

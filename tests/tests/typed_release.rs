//! A typed host in release, with hot code where the library asks for it.

#![cfg(unix)]

use liveswap_tests::Project;

#[test]
fn hot_code_in_release_is_swapped() {
    let project = Project::new("program");
    project.edit("logic/Cargo.toml", "/liveswap\" }", "/liveswap\", features = [\"hot-in-release\"] }");
    let mut run = project.run_program("program", &["--release"]);
    run.started();
    project.edit("logic/src/lib.rs", "version = 1", "version = 2");
    run.applied(2);
    run.line("version=2");
    run.line(": 1 calls in generation 2");
}

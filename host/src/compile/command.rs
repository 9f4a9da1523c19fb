//! The cargo command of a build.
//!
//! Life cycle and synchronisation: a function from a request to a command.

use std::process::{Command, Stdio};

use super::BuildRequest;

/// `cargo build` for the request: messages as JSON on stdout, progress on stderr.
pub(super) fn command(request: &BuildRequest) -> Command {
    let mut command = request.toolchain.cargo_command();
    command.current_dir(&request.workspace_root).args(["build", "--lib", "--color", "never"]);
    command.arg("--message-format=json-diagnostic-rendered-ansi");
    command.arg("--manifest-path").arg(&request.manifest_path);
    command.arg("--target-dir").arg(&request.target_dir);
    command.args(["--profile", &request.profile]);
    for package in std::iter::once(&request.package).chain(&request.beside) {
        command.args(["-p", package]);
    }
    if !request.features.list.is_empty() {
        command.args(["--features", &request.features.list.join(",")]);
    }
    if request.features.all {
        command.arg("--all-features");
    }
    if request.features.no_default {
        command.arg("--no-default-features");
    }
    command
        // Without a terminal, cargo shows its bar only when told to, and then needs a width. A `quiet` in the user's
        // configuration would hide it, a `verbose` would drown it.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "100")
        .env("CARGO_TERM_QUIET", "false")
        .env("CARGO_TERM_VERBOSE", "false")
        // `build.build-dir` in the user's configuration would lead to the directory, and the lock, of the user's cargo.
        .env("CARGO_BUILD_BUILD_DIR", &request.target_dir)
        .envs(request.env.iter().map(|(name, value)| (name, value)));
    let mut command = if request.is_background { with_low_priority(command) } else { command };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same command by way of `nice`, where there is such a thing; its inputs and outputs are for the caller to set.
pub(super) fn with_low_priority(command: Command) -> Command {
    if cfg!(not(unix)) {
        return command;
    }
    let mut nice = Command::new("nice");
    nice.args(["-n", "10"]).arg(command.get_program()).args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        nice.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    nice
}

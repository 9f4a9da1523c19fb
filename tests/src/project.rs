//! A temporary copy of a fixture, and its user: edits, saves, and the ways in which editors save.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::binary::{liveswap, repository, target_directory};
use crate::run::{Run, clean_environment};
use crate::terminal::TerminalRun;
use crate::warm;

/// Stands in fixtures for the path of this repository's crate `liveswap`.
const PLACEHOLDER: &str = "{{LIVESWAP}}";

/// The same in fixtures that are also members of this workspace.
const IN_TREE: &str = "../../../../liveswap";

/// A temporary copy of a fixture. It is removed when this is dropped.
pub struct Project {
    directory: PathBuf,
    outside: PathBuf,
    /// The packages whose target directories are warm.
    warm: Vec<String>,
    _temporary: TempDir,
}

/// A build script that is slow where `pause.txt` says `long`; it says that it runs by a file.
const SLOW_BUILD: &str = r#"
fn main() {
    println!("cargo::rerun-if-changed=pause.txt");
    let outside = std::path::PathBuf::from(std::env::var_os("OUTSIDE").unwrap());
    if std::fs::read_to_string("pause.txt").unwrap() == "long" {
        std::fs::write(outside.join("build-runs"), "").unwrap();
        std::thread::sleep(std::time::Duration::from_secs(600));
    }
}
"#;

impl Project {
    /// A copy of `tests/fixtures/NAME`. Its hot libraries have warm target directories.
    pub fn new(fixture: &str) -> Project {
        Project::named(fixture, "project")
    }

    /// A copy of a fixture in a directory of this name.
    pub fn named(fixture: &str, name: &str) -> Project {
        let project = Project::empty(name);
        copy(&fixtures().join(fixture), &project.directory);
        project.warmed()
    }

    /// A project of these files, given by path and text.
    pub fn of_files<'a>(files: impl IntoIterator<Item = (&'a str, String)>) -> Project {
        let project = Project::empty("project");
        for (path, text) in files {
            project.write(path, &if path.ends_with("Cargo.toml") { filled_in(&text) } else { text });
        }
        project.warmed()
    }

    /// A copy of this repository's `hot-lib-example`, in a workspace of its own.
    pub fn example() -> Project {
        let project = Project::empty("project");
        copy(&fixtures().join("example"), &project.directory);
        copy(&repository().join("hot-lib-example"), &project.path("hot-lib-example"));
        project.warmed()
    }

    /// A copy of the typed fixtures, which tests link: two hot libraries, and a crate that both depend on.
    pub fn typed() -> Project {
        let project = Project::new("typed");
        project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"logic\", \"other\", \"shared\"]\n");
        project
    }

    fn empty(name: &str) -> Project {
        let temporary = TempDir::with_prefix("liveswap-test-").expect("a temporary directory");
        // Where the system's temporary directory is a link, liveswap tells the real paths.
        let real = temporary.path().canonicalize().expect("the temporary directory's real path");
        let (directory, outside) = (real.join(name), real.join("outside"));
        fs::create_dir(&directory).expect("the project's directory");
        fs::create_dir(&outside).expect("the directory outside");
        fs::write(directory.join("Cargo.lock"), lock_file()).expect("a lock file");
        Project { directory, outside, warm: Vec::new(), _temporary: temporary }
    }

    fn warmed(mut self) -> Project {
        self.warm = hot_packages(&self.directory);
        for package in &self.warm {
            warm::copy_to(&self.directory.join("target/liveswap").join(package));
        }
        self
    }

    /// The project's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A path in the project.
    pub fn path(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }

    /// A directory beside the project, for what no watch of the project should see. Programs of a [`Run`] find it in
    /// the variable `OUTSIDE`.
    pub fn outside(&self) -> &Path {
        &self.outside
    }

    /// From now on a build takes for ever while `pause.txt` says `long`, and has made the file `build-runs` outside.
    pub fn slow_build(&self) {
        self.write("build.rs", SLOW_BUILD);
        self.write("pause.txt", "none");
    }

    /// The contents of a file.
    pub fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
    }

    /// Saves a file: in place, as most programs do.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file in the project")).expect("the file's directory");
        fs::write(&path, text).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    }

    /// Replaces `from`, which must be there once, and saves.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        self.write(path, &self.edited(path, from, to));
    }

    /// What [`Project::edit`] would save.
    pub fn edited(&self, path: &str, from: &str, to: &str) -> String {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {path}:\n{text}");
        text.replace(from, to)
    }

    /// Replaces `from` in a file that keeps the time of the save before, or is even older.
    pub fn edit_with_time(&self, path: &str, from: &str, to: &str, modified: SystemTime) {
        // With its time before it gets its name: nobody sees it with another one.
        let beside = self.outside.join("with-old-time");
        fs::write(&beside, self.edited(path, from, to)).expect("the new file");
        let file = File::options().write(true).open(&beside).expect("the new file");
        file.set_modified(modified).expect("another time");
        fs::rename(beside, self.path(path)).expect("the new file in its place");
    }

    /// Makes warm directories for a second host that runs at the same time.
    pub fn warm_for_a_second_host(&self) {
        for package in &self.warm {
            warm::copy_to(&self.directory.join(format!("target/liveswap/{package}-2")));
        }
    }

    /// Runs `liveswap run` in the project, with event lines. Edits are swapped, unless an argument asks for patches.
    pub fn run(&self) -> Run {
        self.run_with(&[])
    }

    /// As [`Project::run`], with more arguments.
    pub fn run_with(&self, arguments: &[&str]) -> Run {
        self.run_as(arguments, |_| ())
    }

    /// As [`Project::run_with`], with a last word on the command: its environment, its directory.
    pub fn run_as(&self, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Run {
        let arguments = [&["run"], arguments].concat();
        self.start(&arguments, change)
    }

    /// Runs `liveswap` with just these arguments.
    pub fn command(&self, arguments: &[&str]) -> Run {
        self.start(arguments, |_| ())
    }

    /// Runs `liveswap run` in the project, at a terminal. Edits are swapped.
    pub fn run_at_terminal(&self, arguments: &[&str]) -> TerminalRun {
        self.command_at_terminal(&[&["run"], arguments].concat())
    }

    /// Runs `liveswap` with just these arguments, at a terminal.
    pub fn command_at_terminal(&self, arguments: &[&str]) -> TerminalRun {
        let mut command = Command::new(liveswap());
        clean_environment(&mut command);
        command.args(arguments).current_dir(&self.directory);
        command.env("OUTSIDE", &self.outside).env("LIVESWAP_PATCH", "off").env("TERM", "xterm").env("NO_COLOR", "1");
        TerminalRun::start(command)
    }

    /// Builds the project's own program, as `cargo build` with these arguments does, and runs it. Tests that build
    /// programs of one name and profile make their projects one after the other: cargo tells them apart by time.
    pub fn run_program(&self, name: &str, build: &[&str]) -> Run {
        let target = target_directory().join("liveswap-tests").join(name);
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        clean_environment(&mut cargo);
        cargo.arg("build").args(build).current_dir(&self.directory).env("CARGO_TARGET_DIR", &target);
        let output = cargo.stdin(Stdio::null()).output().expect("cargo starts");
        assert!(output.status.success(), "the build of {name}:\n{}", String::from_utf8_lossy(&output.stderr));
        let profile = if build.contains(&"--release") { "release" } else { "debug" };
        for package in &self.warm {
            warm::add_to(&self.directory.join("target/liveswap").join(package), &target, profile, package);
        }
        // Not in place: the next test's build writes there.
        let program = self.outside.join(name);
        fs::copy(target.join(profile).join(name), &program).expect("the program");
        let mut command = Command::new(program);
        command.current_dir(&self.outside);
        Run::start(command, &self.outside, |_| ())
    }

    /// Runs the program that [`Project::run_program`] has built once more, as a second host of the project.
    pub fn run_program_again(&self, name: &str) -> Run {
        let mut command = Command::new(self.outside.join(name));
        command.current_dir(&self.outside);
        Run::start(command, &self.outside, |_| ())
    }

    /// Builds an example of the project as cargo does, without `liveswap`, in a target directory outside; gives what it
    /// prints.
    pub fn run_example(&self, name: &str) -> String {
        let target = self.outside.join("fresh");
        if !target.exists() {
            warm::copy_to(&target);
        }
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        clean_environment(&mut cargo);
        cargo.args(["run", "--quiet", "--example", name]).current_dir(&self.directory);
        let output = cargo.env("CARGO_TARGET_DIR", target).stdin(Stdio::null()).output().expect("cargo starts");
        assert!(output.status.success(), "the build of {name}:\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    fn start(&self, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Run {
        let mut command = Command::new(liveswap());
        command.args(arguments).current_dir(&self.directory).env("OUTSIDE", &self.outside);
        Run::start(command, &self.outside, change)
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The text of a fixture with the path of this repository's `liveswap` in it.
pub(crate) fn filled_in(text: &str) -> String {
    let liveswap = repository().join("liveswap");
    let liveswap = liveswap.to_str().expect("a path in Unicode");
    text.replace(PLACEHOLDER, liveswap).replace(IN_TREE, liveswap)
}

/// The versions of this workspace; cargo takes out what a project does not need.
pub(crate) fn lock_file() -> Vec<u8> {
    fs::read(repository().join("Cargo.lock")).expect("this workspace's lock file")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory of the copy");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("an entry of the fixture");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else if entry.file_name() == "Cargo.toml" {
            fs::write(target, filled_in(&fs::read_to_string(source).expect("a manifest"))).expect("a manifest's copy");
        } else {
            fs::copy(source, target).expect("a file's copy");
        }
    }
}

/// The names of the packages that have a `cdylib`.
fn hot_packages(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("the project's directory").flatten() {
        if entry.path().is_dir() {
            found.extend(hot_packages(&entry.path()));
        } else if entry.file_name() == "Cargo.toml" {
            let manifest = fs::read_to_string(entry.path()).expect("a manifest");
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
            found.extend(name.filter(|_| manifest.contains("cdylib")).map(str::to_owned));
        }
    }
    found
}

//! What is measured: a package on disk, and one crate of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{MetadataCommand, Target, TargetKind};
use liveswap_host::classify::Snapshot;
use liveswap_host::project::Toolchain;
use liveswap_host::source::tree;

use crate::generate::{self, Model};
use crate::registry;

pub struct Program {
    /// For the table.
    pub name: String,
    pub package: String,
    /// Of its workspace.
    pub directory: PathBuf,
    pub manifest: PathBuf,
    /// The root of the crate.
    pub root: PathBuf,
    pub crate_name: String,
    /// The program's name, where it is the crate of one.
    pub binary: Option<String>,
    pub target_dir: PathBuf,
}

impl Program {
    /// Finds, downloads or generates it. What it gives is known of generated ones only.
    pub fn get(wanted: &str, place: &Path, toolchain: &Toolchain) -> Result<(Program, Option<Model>), String> {
        if let Ok(lines) = wanted.parse() {
            let directory = place.join(format!("generated-{lines}"));
            let model = generate::write(lines, &directory)?;
            let program = Program::find(&directory, format!("generated, {lines} lines"), directory.join("target"))?;
            return Ok((program, Some(model)));
        }
        let directory = Path::new(wanted);
        let program = match directory.join("Cargo.toml").is_file() {
            true => {
                let directory = directory.canonicalize().map_err(|error| format!("{wanted}: {error}"))?;
                let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Program::find(&directory, name.clone(), place.join(name))?
            }
            false => {
                let directory = registry::download(wanted, place, toolchain)?;
                Program::find(&directory, wanted.replace('@', " "), directory.join("target"))?
            }
        };
        Ok((program, None))
    }

    fn find(directory: &Path, name: String, target_dir: PathBuf) -> Result<Program, String> {
        let manifest = directory.join("Cargo.toml");
        let metadata = MetadataCommand::new().manifest_path(&manifest).no_deps().exec();
        let metadata = metadata.map_err(|error| error.to_string())?;
        let is_it = |package: &&cargo_metadata::Package| package.manifest_path.as_std_path() == manifest;
        let package = metadata.packages.iter().find(is_it).or_else(|| metadata.packages.first());
        let package = package.ok_or_else(|| format!("{} has no package", directory.display()))?;
        let is_library = |target: &Target| {
            target.kind.iter().any(|kind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::DyLib))
        };
        let crates = package.targets.iter().filter(|target| is_library(target) || target.is_bin());
        let largest = crates.max_by_key(|target| functions(target.src_path.as_std_path()));
        let target = largest.ok_or_else(|| format!("`{}` has neither a library nor a program", package.name))?;
        Ok(Program {
            name,
            package: package.name.to_string(),
            directory: metadata.workspace_root.clone().into_std_path_buf(),
            manifest: package.manifest_path.clone().into_std_path_buf(),
            root: target.src_path.clone().into_std_path_buf(),
            crate_name: target.name.replace('-', "_"),
            binary: target.is_bin().then(|| target.name.clone()),
            target_dir,
        })
    }

    /// A build of the crate, as it is everywhere.
    pub fn cargo(&self, toolchain: &Toolchain) -> Command {
        self.command("build", toolchain)
    }

    /// A build of the crate as a base, with the variables for the wrapper.
    pub fn cargo_for_base(&self, toolchain: &Toolchain) -> Command {
        if self.binary.is_some() {
            let mut cargo = self.command("build", toolchain);
            cargo.env("LIVESWAP_BASE_PROGRAM", &self.root);
            return cargo;
        }
        let mut cargo = self.command("rustc", toolchain);
        cargo.args(["--crate-type", "cdylib"]).env("LIVESWAP_HOT_CRATE", &self.crate_name);
        cargo
    }

    fn command(&self, command: &str, toolchain: &Toolchain) -> Command {
        let mut cargo = toolchain.cargo_command();
        cargo.args([command, "--quiet", "--manifest-path"]).arg(&self.manifest).current_dir(&self.directory);
        match &self.binary {
            Some(name) => cargo.args(["--bin", name]),
            None => cargo.arg("--lib"),
        };
        cargo.arg("--target-dir").arg(&self.target_dir);
        cargo
    }
}

fn functions(root: &Path) -> usize {
    let mut count = 0;
    // Each file is read once or twice, by the way that modules are looked for.
    let read = |path: &Path| Snapshot::read([path.to_owned()]).syntax(path)?.ok();
    for (file, _) in tree::modules(root, read) {
        count += read(&file).map_or(0, |source| source.functions.len());
    }
    count
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("start cargo: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}

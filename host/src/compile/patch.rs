//! Building a patch: a call of rustc for each crate that it changes, without cargo.
//!
//! Several crates' changes are one patch: a part for each crate, all in one image.
//! What each crate was compiled with was noted when its base was built (see `wrapper/program.rs`), so features, cfgs,
//! dependencies and environment are those that cargo decided. The patch takes the standard library from the base, where
//! it is linked in: rustc is shown a sysroot without the shared one.
//! Life cycle and synchronisation: those of a [`Sequence`], which [`start`] gives.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::CompileError;
use super::arguments::{Argument, Extern, parse, words};
use super::crates::stem;
use super::messages::End;
use super::sequence::{Sequence, Steps};
use crate::project::Toolchain;

/// How a crate of the base was compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    /// The crate's name.
    pub name: String,
    /// The programs that the user's configuration of cargo puts in front of the compiler, the outer one first.
    pub wrappers: Vec<PathBuf>,
    /// The compiler.
    pub rustc: PathBuf,
    /// Where it ran.
    pub directory: PathBuf,
    /// rustc's arguments, as cargo gave them, but with the files that the base was compiled against.
    pub arguments: Vec<OsString>,
    /// The variables of the build whose values are others than the host's.
    pub variables: Vec<(OsString, OsString)>,
    /// The names of all variables of the build.
    pub names: BTreeSet<OsString>,
}

impl Noted {
    /// Reads the wrapper's note.
    ///
    /// # Errors
    ///
    /// There is none: the crate was not built as a base.
    pub fn read(file: &Path) -> io::Result<Noted> {
        let text = fs::read(file)?;
        let mut noted = Noted::default();
        for word in text.split(|byte| *byte == 0) {
            let Some(equals) = word.iter().position(|byte| *byte == b'=') else { continue };
            let value = os_string(&word[equals + 1..]);
            match &word[..equals] {
                b"name" => noted.name = value.to_string_lossy().into_owned(),
                b"wrapper" => noted.wrappers.push(value.into()),
                b"rustc" => noted.rustc = value.into(),
                b"directory" => noted.directory = value.into(),
                b"argument" => noted.arguments.push(value),
                b"variable" => noted.variables.extend(pair(&word[equals + 1..])),
                b"present" => drop(noted.names.insert(value)),
                _ => {}
            }
        }
        Ok(noted)
    }

    /// The compiler, as it was called for the crate: in the same directory, with the same variables, and by way of the
    /// user's wrappers. Without arguments.
    pub fn command(&self) -> Command {
        let mut programs = self.wrappers.iter().chain([&self.rustc]);
        let mut command = Command::new(programs.next().unwrap_or(&self.rustc));
        command.args(programs).current_dir(&self.directory);
        // What an outer cargo set for this process is not there when its inner cargo compiles.
        let is_absent = |name: &OsString| !self.names.is_empty() && !self.names.contains(name);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_absent(name)) {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().cloned());
        command
    }

    /// rustc's arguments, taken apart.
    pub fn parsed(&self) -> Vec<Argument> {
        // rustc takes nothing but Unicode.
        parse(self.arguments.iter().map(|argument| argument.to_string_lossy().into_owned()))
    }

    /// The root of the crate, from where rustc ran.
    pub fn root(&self) -> Option<PathBuf> {
        self.parsed().into_iter().find_map(|argument| match argument {
            Argument::Input(file) if file.ends_with(".rs") => Some(file.into()),
            _ => None,
        })
    }

    /// The Rust libraries that the crate was compiled against, with the names that it has for them; no macros.
    pub fn libraries(&self) -> Vec<(String, PathBuf)> {
        let externs = self.parsed().into_iter().filter_map(|argument| match argument {
            Argument::Extern(Extern { name, path: Some(path), .. }) => Some((name, PathBuf::from(path))),
            _ => None,
        });
        let is_library = |path: &Path| path.extension().is_some_and(|of| of == "rlib" || of == "rmeta");
        externs.filter(|(_, path)| is_library(path)).collect()
    }

    /// The Rust library with the object files of the crate, as a base has one.
    pub fn own_library(&self) -> Option<PathBuf> {
        let (mut out_dir, mut suffix) = (None, String::new());
        for argument in self.parsed() {
            match argument {
                Argument::OutDir(directory) => out_dir = Some(directory),
                Argument::Codegen(name, value) if name == "extra-filename" => suffix = value.unwrap_or_default(),
                _ => {}
            }
        }
        Some(Path::new(&out_dir?).join(format!("lib{}{suffix}.rlib", self.name)))
    }

    /// How far rustc optimises the crate: the value of `opt-level`, unless that is 0.
    pub fn optimisation(&self) -> Option<String> {
        let mut levels = self.parsed().into_iter().filter_map(|argument| match argument {
            // What `-O` stands for.
            Argument::Optimize => Some("3".to_owned()),
            Argument::Codegen(name, value) if name == "opt-level" => value,
            _ => None,
        });
        // The last one counts.
        levels.next_back().filter(|level| level != "0")
    }

    /// The arguments that a patch shares with its crate: what the code means, and how it is compiled; not where it goes.
    /// `instead` gives the files that take the place of libraries.
    fn shared(&self, instead: &BTreeMap<OsString, PathBuf>) -> Vec<String> {
        let shared = self.parsed().into_iter().filter(is_shared);
        let shared = shared.map(|argument| match argument {
            Argument::Extern(library) => Argument::Extern(external(library, instead)),
            other => other,
        });
        words(&shared.collect::<Vec<_>>())
    }
}

/// Whether an argument of a crate is one of its patches too.
fn is_shared(argument: &Argument) -> bool {
    /// Settings that say where things go, or that are about the crate as a whole.
    const OWN: [&str; 17] = [
        "codegen-units",
        "debuginfo",
        "embed-bitcode",
        "extra-filename",
        "incremental",
        "instrument-coverage",
        "linker-plugin-lto",
        "lto",
        "metadata",
        "prefer-dynamic",
        "profile-generate",
        "profile-use",
        "remark",
        "rpath",
        "save-temps",
        "split-debuginfo",
        "strip",
    ];
    match argument {
        Argument::Codegen(name, _) => !OWN.contains(&name.as_str()),
        Argument::Other(option, _) => ["--env-set", "--remap-path-prefix", "--remap-path-scope"].contains(option),
        Argument::Cfg(_)
        | Argument::Edition(_)
        | Argument::Extern(_)
        | Argument::NativeLibrary(_)
        | Argument::Optimize
        | Argument::SearchPath(_)
        | Argument::Target(_)
        | Argument::Unknown(_)
        | Argument::Unstable(_) => true,
        Argument::CrateName(_)
        | Argument::CrateType(_)
        | Argument::Emit(_)
        | Argument::Input(_)
        | Argument::OutDir(_)
        | Argument::Test => false,
    }
}

/// The same library, with the file that is to be used instead.
fn external(library: Extern, instead: &BTreeMap<OsString, PathBuf>) -> Extern {
    let other = library.path.as_ref().and_then(|path| instead.get(&stem(Path::new(path))));
    match other {
        // Its options are about how the crate's own users see it.
        Some(path) => Extern { path: Some(path.to_string_lossy().into_owned()), ..library },
        None => library,
    }
}

fn named(name: &str, path: &Path) -> OsString {
    let mut pair = OsString::from(name);
    pair.push("=");
    pair.push(path);
    pair
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn pair(bytes: &[u8]) -> Option<(OsString, OsString)> {
    let equals = bytes.iter().position(|byte| *byte == b'=')?;
    Some((os_string(&bytes[..equals]), os_string(&bytes[equals + 1..])))
}

/// What to compile.
#[derive(Debug, Clone)]
pub struct PatchRequest {
    /// What the patch has of each crate, those that others use first. The last one becomes the patch, with the others
    /// in it.
    pub parts: Vec<PatchPart>,
    /// The directory with the libraries that the base was linked from, as they were then, and with the parts.
    pub libraries: PathBuf,
    /// For libraries by their [`stem`], what the parts use instead: their copies, or other parts.
    pub instead: BTreeMap<OsString, PathBuf>,
    /// The patch's sources: a tree like the one that rustc ran in.
    pub sources: PathBuf,
    /// A sysroot without the shared standard library; see [`sysroot`].
    pub sysroot: PathBuf,
    /// Differs with each patch.
    pub number: u64,
    /// What native functions and data of the base are called, and their addresses in this process.
    pub natives: BTreeMap<String, u64>,
}

/// What a patch has of one crate.
#[derive(Debug, Clone)]
pub struct PatchPart {
    /// How the crate was compiled.
    pub noted: Noted,
    /// The name by which the parts behind it know it. Its crate has the name of the crate that it patches, which a
    /// program sees in `module_path!` and `type_name`.
    pub name: String,
    /// What it uses besides what its crate uses, by name.
    pub externs: Vec<(String, PathBuf)>,
    /// Its file.
    pub output: PathBuf,
}

/// What rustc said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchResult {
    /// Whether the patch is there.
    pub is_built: bool,
    /// Its messages, as JSON lines.
    pub said: String,
    /// From start to end.
    pub elapsed: Duration,
}

/// Starts rustc, for one part after the other. `report` is called once, from a thread of the build's own, unless the
/// build is cancelled.
///
/// # Errors
///
/// The system gives no thread.
pub fn start(
    request: &PatchRequest,
    report: impl FnOnce(PatchResult) + Send + 'static,
) -> Result<Sequence, CompileError> {
    let begun = Instant::now();
    let commands: Vec<Command> = (0..request.parts.len()).map(|place| command(request, place)).collect();
    let build = move |steps: &Steps| {
        let (mut said, mut is_built) = (String::new(), true);
        for command in commands {
            match steps.run(command) {
                Ok(Some(ended)) => {
                    said += &ended.said;
                    is_built = matches!(ended.end, End::Success);
                }
                Ok(None) => return,
                Err(error) => {
                    said += &format!("can't start the compiler: {error}");
                    is_built = false;
                }
            }
            if !is_built {
                break;
            }
        }
        report(PatchResult { is_built, said, elapsed: begun.elapsed() });
    };
    Sequence::start("liveswap-patch", build).map_err(CompileError::Thread)
}

fn command(request: &PatchRequest, place: usize) -> Command {
    let PatchRequest { parts, libraries, instead, sources, sysroot, number, natives } = request;
    let PatchPart { noted, externs, output, .. } = &parts[place];
    let kind = if place + 1 == parts.len() { "cdylib" } else { "rlib" };
    let mut command = noted.command();
    command.arg(sources.join(noted.root().unwrap_or_else(|| "lib.rs".into())));
    // Where cargo builds, there are newer ones by and by.
    let mut search = OsString::from("dependency=");
    search.push(libraries);
    command.arg("-L").arg(search).args(noted.shared(instead));
    command.args(["--crate-name", &noted.name, "--crate-type", kind, "--error-format=json"]);
    command.arg("--json=diagnostic-rendered-ansi");
    command.args(["-C", "prefer-dynamic", "-C", "debuginfo=line-tables-only", "--cap-lints", "allow"]);
    command.arg("-C").arg(format!("metadata=liveswap-patch-{number}"));
    let mut remap = OsString::from("--remap-path-prefix=");
    remap.push(sources.join(""));
    remap.push("=");
    command.args(externs.iter().flat_map(|(name, path)| ["--extern".into(), named(name, path)]));
    if kind == "cdylib" {
        for (name, address) in natives {
            command.arg("-C").arg(format!("link-arg=-Wl,--defsym={name}={address:#x}"));
        }
    }
    command.arg(remap).arg("--sysroot").arg(sysroot).arg("-o").arg(output);
    command
}

/// Makes a sysroot in this directory that has everything of the toolchain's but the shared standard library, as links.
///
/// # Errors
///
/// The toolchain's can't be read, or a link not be made.
pub fn sysroot(toolchain: &Toolchain, directory: &Path) -> io::Result<PathBuf> {
    let commit: String = toolchain.commit.chars().take(12).collect();
    let made = directory.join(format!("sysroot-{}-{commit}", toolchain.version));
    if made.is_dir() {
        return Ok(made);
    }
    let part = tempfile::Builder::new().prefix("sysroot-").tempdir_in(directory)?;
    let (from, to) = (toolchain.sysroot.join("lib/rustlib"), part.path().join("lib/rustlib"));
    fs::create_dir_all(&to)?;
    for target in fs::read_dir(&from)?.flatten() {
        let libraries = target.path().join("lib");
        if !libraries.is_dir() {
            continue;
        }
        let here = to.join(target.file_name());
        fs::create_dir_all(here.join("lib"))?;
        for file in fs::read_dir(&libraries)?.flatten() {
            let is_shared_std = file.file_name().to_string_lossy().starts_with("libstd-")
                && file.path().extension().is_some_and(|extension| extension != "rlib" && extension != "rmeta");
            if !is_shared_std {
                link(&file.path(), &here.join("lib").join(file.file_name()))?;
            }
        }
        // The linker that rustc brings along.
        let programs = target.path().join("bin");
        if programs.is_dir() {
            link(&programs, &here.join("bin"))?;
        }
    }
    match fs::rename(part.path(), &made) {
        // Another host was faster.
        Err(_) if made.is_dir() => {}
        moved => moved?,
    }
    Ok(made)
}

#[cfg(unix)]
fn link(original: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(original, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("x.rustc");
        fs::write(
            &file,
            "name=x\0wrapper=/w\0rustc=/r\0present=X\0directory=/d e\0argument=--cfg\0argument=a=\"b\"\0argument=src/lib.rs\0variable=X=1=2\0",
        )
        .unwrap();
        let noted = Noted::read(&file).unwrap();
        assert_eq!(noted.name, "x");
        assert_eq!((noted.rustc.as_path(), noted.directory.as_path()), (Path::new("/r"), Path::new("/d e")));
        assert_eq!(noted.arguments, ["--cfg", "a=\"b\"", "src/lib.rs"]);
        assert_eq!(noted.variables, [("X".into(), "1=2".into())]);
        assert_eq!((noted.wrappers.as_slice(), noted.names.len()), (&[PathBuf::from("/w")][..], 1));
        assert_eq!(noted.root(), Some("src/lib.rs".into()));
        assert!(Noted::read(&directory.path().join("none")).is_err());
    }

    #[test]
    fn what_a_patch_shares_with_its_crate() {
        let arguments = "--crate-name x --edition=2021 src/lib.rs --crate-type cdylib --emit=link -C opt-level=1 -Ctarget-cpu=native --codegen=overflow_checks=on -C metadata=1 -Cincremental=/i -Cprefer-dynamic -C panic=unwind --cfg f --cfg=fast --check-cfg cfg(f) --out-dir /o -Ldependency=/d -lz -Dwarnings --cap-lints=warn --remap-path-prefix=/a=/b --extern a=/a.rlib --extern=priv:b=/d/libb-1.rmeta -Zx -g";
        let noted = Noted { arguments: arguments.split(' ').map(Into::into).collect(), ..Noted::default() };
        let expected = "--edition 2021 -C opt-level=1 -C target-cpu=native -C overflow-checks=on -C panic=unwind --cfg f --cfg fast -L dependency=/d -l z --remap-path-prefix /a=/b --extern a=/a.rlib --extern priv:b=/copy/libb-1.rlib -Z x";
        let instead = BTreeMap::from([("b-1".into(), PathBuf::from("/copy/libb-1.rlib"))]);
        assert_eq!(noted.shared(&instead).join(" "), expected);
        let named = Noted { name: "x".into(), ..noted };
        assert_eq!(named.own_library(), Some("/o/libx.rlib".into()));
        assert_eq!(named.optimisation(), Some("1".into()));
        let arguments = ["--out-dir", "/o", "-C", "extra-filename=-1f", "-C", "opt-level=2", "-Copt-level=0"];
        let suffixed = Noted { arguments: arguments.map(Into::into).into(), ..named };
        assert_eq!((suffixed.own_library(), suffixed.optimisation()), (Some("/o/libx-1f.rlib".into()), None));
    }

    #[test]
    #[cfg(unix)]
    fn the_compiler_is_called_by_way_of_the_users_wrappers_and_with_the_builds_variables() {
        let own = std::env::vars_os().next().expect("a variable").0;
        let noted = Noted {
            wrappers: vec!["/bin/env".into(), "outer=1".into()],
            rustc: "/bin/sh".into(),
            directory: "/".into(),
            variables: vec![("inner".into(), "2".into())],
            names: ["inner".into()].into(),
            ..Noted::default()
        };
        let mut command = noted.command();
        let output = command.args(["-c", "echo $outer $inner; pwd"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1 2\n/\n");
        assert!(command.get_envs().any(|(name, value)| name == own && value.is_none()), "{command:?}");
    }

    #[test]
    fn the_sysroot_has_no_shared_standard_library() {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        let made = sysroot(&toolchain, directory.path()).unwrap();
        assert_eq!(sysroot(&toolchain, directory.path()).unwrap(), made);
        let libraries = made.join("lib/rustlib").join(&toolchain.host).join("lib");
        let names: Vec<String> = fs::read_dir(libraries)
            .unwrap()
            .flatten()
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .collect();
        assert!(names.iter().any(|name| name.starts_with("libstd-") && name.ends_with(".rlib")), "{names:?}");
        assert!(
            !names.iter().any(|name| name.starts_with("libstd-") && name.ends_with(std::env::consts::DLL_SUFFIX)),
            "{names:?}"
        );
    }
}

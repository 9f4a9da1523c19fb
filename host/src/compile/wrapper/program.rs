//! The program between cargo and rustc: it compiles the library and its workspace dependencies from the shadow.
//!
//! A program of its own, which the host compiles when it is first needed; so it names nothing but `std`. Cargo starts it
//! with rustc and its arguments. A library that has a shadow is compiled from that, as a base, and so is a program that
//! the host names, as a library; where this fails, from the user's sources, with what rustc says of them, as if there
//! were no shadow. Anything else is handed on as it is.

mod print;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

/// The directory that is shadowed, with all the sources; the workspace's.
const ORIGINAL: &str = "LIVESWAP_ORIGINAL";
/// Where its shadow is.
const SHADOW: &str = "LIVESWAP_SHADOW";
/// Where it is noted how each crate was compiled.
const NOTES: &str = "LIVESWAP_NOTES";
/// Prints of the host's own variables: what cargo adds to these is noted.
const ENVIRONMENT: &str = "LIVESWAP_ENVIRONMENT";
/// The user's own wrapper, whose place this program has; it gets what is compiled as it is.
const OWN_WRAPPER: &str = "LIVESWAP_OWN_WRAPPER";
/// The name of the crate that becomes the base, where that is a `cdylib`.
const HOT_CRATE: &str = "LIVESWAP_HOT_CRATE";
/// The root of a program that becomes the base. Its `main` is a function like any other there.
const BASE_PROGRAM: &str = "LIVESWAP_BASE_PROGRAM";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        eprintln!("this program stands between cargo and rustc, and is started by cargo");
        return ExitCode::FAILURE;
    };
    let arguments: Vec<OsString> = arguments.collect();
    match Base::of(&arguments) {
        Some(base) => base.compile(&rustc, &arguments),
        None => run(&rustc, &arguments),
    }
}

/// rustc as cargo asked for it.
fn run(rustc: &OsStr, arguments: &[OsString]) -> ExitCode {
    let own = env::var_os(OWN_WRAPPER).filter(|own| !own.is_empty());
    let mut command = Command::new(own.as_deref().unwrap_or(rustc));
    command.args(own.is_some().then_some(rustc)).args(arguments);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        eprintln!("can't start {}: {error}", command.get_program().display());
        ExitCode::FAILURE
    }
    #[cfg(not(unix))]
    match command.status() {
        Ok(status) => code(status.code()),
        Err(error) => {
            eprintln!("can't start {}: {error}", command.get_program().display());
            ExitCode::FAILURE
        }
    }
}

fn code(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A crate that is compiled from its shadow.
struct Base {
    name: String,
    /// Its root in the shadow, and where among the arguments the root stands.
    root: PathBuf,
    root_at: usize,
    shadow: PathBuf,
    notes: PathBuf,
    output: PathBuf,
    /// What cargo puts behind the names of the crate's files.
    suffix: String,
    /// Whether it is the base that patches are compiled against: the hot library, or what the host names.
    is_base: bool,
    /// Of a program, the file that cargo looks for.
    program: Option<PathBuf>,
}

impl Base {
    /// What to compile from the shadow; `None` for what is to be compiled as it is.
    fn of(arguments: &[OsString]) -> Option<Base> {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (original, shadow, notes) = (variable(ORIGINAL)?, variable(SHADOW)?, variable(NOTES)?);
        let text: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
        let after = |flag: &str| {
            let at = text.iter().position(|argument| *argument == flag)?;
            text.get(at + 1).copied()
        };
        let kinds: Vec<&str> = values(&text, "--crate-type");
        let is_library = !kinds.is_empty() && kinds.iter().all(|kind| ["lib", "rlib", "cdylib", "dylib"].contains(kind));
        let is_linked = text.iter().any(|argument| argument.starts_with("--emit") && argument.contains("link"));
        // Where a panic ends the process, nothing can be tried.
        let aborts = text.iter().any(|argument| argument.trim_start_matches("-C") == "panic=abort");
        let root_at = text.iter().position(|argument| argument.ends_with(".rs") && !argument.starts_with('-'))?;
        let root = env::current_dir().ok()?.join(&arguments[root_at]);
        let is_named = kinds == ["bin"] && variable(BASE_PROGRAM).is_some_and(|named| named == root);
        if !(is_library || is_named) || !is_linked || aborts || text.contains(&"--test") {
            return None;
        }
        let root = shadow.join(root.strip_prefix(&original).ok()?);
        let name = after("--crate-name")?.to_owned();
        let suffix = text.iter().find_map(|argument| argument.strip_prefix("extra-filename=")).unwrap_or_default();
        let output = PathBuf::from(after("--out-dir")?);
        let program = is_named.then(|| output.join(format!("{name}{suffix}{}", env::consts::EXE_SUFFIX)));
        let base = Base {
            is_base: is_named || kinds.contains(&"cdylib") && env::var(HOT_CRATE).is_ok_and(|hot| hot == name),
            program,
            output,
            suffix: suffix.to_owned(),
            root,
            root_at,
            shadow,
            notes,
            name,
        };
        // A link leads to the original: a package that has no shadow.
        let (real, shadow) = (base.root.canonicalize().ok()?, base.shadow.canonicalize().ok()?);
        real.starts_with(shadow).then_some(base)
    }

    fn compile(&self, rustc: &OsStr, arguments: &[OsString]) -> ExitCode {
        // One crate may be compiled several times: with other features, or for build scripts as well.
        let name = if self.is_base { self.name.clone() } else { format!("{}{}", self.name, self.suffix) };
        let failed = self.notes.join(format!("{name}.failed"));
        let noted = self.notes.join(format!("{name}.rustc"));
        let _ = fs::remove_file(&failed);
        let _ = fs::remove_file(&noted);
        let compile = || Command::new(rustc).args(self.arguments(arguments)).stdin(Stdio::null()).output();
        // What fails is noted as well: it tells what the crate uses.
        let reason = match self.note(&noted, rustc, arguments).and_then(|()| compile()) {
            Ok(output) if output.status.success() => {
                self.leave_a_program();
                self.name_the_originals();
                pass_on(&output);
                return ExitCode::SUCCESS;
            }
            Ok(output) => output.stderr,
            Err(error) => error.to_string().into_bytes(),
        };
        // Only if the user's own sources are good is it the shadow that is not.
        let _ = fs::create_dir_all(&self.notes).and_then(|()| fs::write(&failed, reason));
        run(rustc, arguments)
    }

    /// rustc's arguments for the base.
    fn arguments(&self, arguments: &[OsString]) -> Vec<OsString> {
        let mut changed: Vec<OsString> = Vec::new();
        let mut arguments = arguments.iter().enumerate();
        while let Some((at, argument)) = arguments.next() {
            if at == self.root_at {
                changed.push(self.root.clone().into());
                continue;
            }
            if argument != "--crate-type" && argument != "-C" {
                changed.push(argument.clone());
                continue;
            }
            let Some((_, value)) = arguments.next() else { continue };
            let text = value.to_str().unwrap_or_default();
            let value = match text.split_once('=').unwrap_or((text, "")) {
                // With its metadata, for patches to be compiled against.
                ("cdylib", _) if self.is_base => "dylib".into(),
                ("bin", _) if self.program.is_some() => "dylib".into(),
                // Two kinds of sources take turns.
                ("incremental", directory) => format!("incremental={directory}-base").into(),
                // Optimised as a whole, there would be no functions to replace; stripped, none to name.
                ("lto" | "strip" | "embed-bitcode", _) => continue,
                _ => value.clone(),
            };
            changed.extend([argument.clone(), value]);
        }
        let mut remap = OsString::from("--remap-path-prefix=");
        remap.push(self.shadow.join(""));
        remap.push("=");
        // The user's lints are about the user's text.
        changed.extend(["--cap-lints".into(), "allow".into(), remap]);
        let is_rust_library = |pair: &[OsString]| pair[0] == "--crate-type" && (pair[1] == "rlib" || pair[1] == "lib");
        if self.is_base && !changed.windows(2).any(is_rust_library) {
            // With the object files of the crate, for the host to compare.
            changed.extend(["--crate-type".into(), "rlib".into()]);
        }
        if self.is_base && cfg!(target_os = "linux") {
            changed.extend(["-C".into(), format!("link-arg=-Wl,-soname,{SONAME}").into()]);
        }
        changed
    }

    /// Notes what a patch of this crate is to be compiled with: one word after the other, a zero byte behind each.
    fn note(&self, file: &Path, rustc: &OsStr, arguments: &[OsString]) -> io::Result<()> {
        let mut text: Vec<u8> = Vec::new();
        let mut add = |kind: &str, value: &OsStr| {
            text.extend(kind.as_bytes());
            text.extend(value.as_encoded_bytes());
            text.push(0);
        };
        add("rustc=", rustc);
        add("directory=", env::current_dir()?.as_os_str());
        add("name=", OsStr::new(&self.name));
        arguments.iter().for_each(|argument| add("argument=", argument));
        let of_host = env::var(ENVIRONMENT).unwrap_or_default();
        let is_of_build = |name: &OsStr, value: &OsStr| {
            // A channel between processes, and what is meant for this one.
            let is_passing = |name: &str| name.ends_with("MAKEFLAGS") || name.starts_with("LIVESWAP_");
            !name.to_str().is_some_and(is_passing) && !of_host.contains(&print::of_variable(name, value))
        };
        for (name, value) in env::vars_os() {
            if is_of_build(&name, &value) {
                let mut pair = name;
                pair.push("=");
                pair.push(value);
                add("variable=", &pair);
            }
        }
        fs::create_dir_all(&self.notes)?;
        fs::write(file, text)
    }

    /// Cargo asked for a program, which nobody is to run.
    fn leave_a_program(&self) {
        let Some(program) = &self.program else { return };
        let base = format!("{}{}{}{}", env::consts::DLL_PREFIX, self.name, self.suffix, env::consts::DLL_SUFFIX);
        // Where cargo misses it, it says so.
        let _ = fs::copy(self.output.join(base), program);
    }

    /// Cargo is to watch the originals, not their shadow.
    fn name_the_originals(&self) {
        let file = self.output.join(format!("{}{}.d", self.name, self.suffix));
        let Ok(text) = fs::read_to_string(&file) else { return };
        let shadow = self.shadow.join("").to_string_lossy().into_owned();
        // Blanks are written as make has them.
        let text = text.replace(&shadow.replace(' ', "\\ "), "").replace(&shadow, "");
        let _ = fs::write(file, text);
    }
}

/// The base's name for the loader, which the host replaces in each copy that it loads, by one of the same length.
const SONAME: &str = "liveswap-base-0000000000000000.so";

/// The values of a flag that may stand several times.
fn values<'a>(arguments: &[&'a str], flag: &str) -> Vec<&'a str> {
    let pairs = arguments.windows(2).filter(|pair| pair[0] == flag);
    pairs.map(|pair| pair[1]).collect()
}

/// What rustc told cargo.
fn pass_on(output: &Output) {
    // Nobody is left to be told that nobody listens.
    let _ = io::stdout().write_all(&output.stdout);
    let _ = io::stderr().write_all(&output.stderr);
}

//! The program between cargo and rustc: it compiles the library and its workspace dependencies from the shadow.
//!
//! A program of its own, which the host compiles when it is first needed; so it names nothing but `std`. Cargo starts it
//! with rustc and its arguments. A library that has a shadow is compiled from that, as a base, and so is a program that
//! the host names, as a library; where this fails, from the user's sources, with what rustc says of them, as if there
//! were no shadow. Anything else is handed on as it is.

mod arguments;
mod print;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use arguments::{Argument, Extern, expand, parse, words};

/// The directory that is shadowed, with all the sources; the workspace's.
const ORIGINAL: &str = "LIVESWAP_ORIGINAL";
/// Where its shadow is.
const SHADOW: &str = "LIVESWAP_SHADOW";
/// Where it is noted how each crate was compiled.
const NOTES: &str = "LIVESWAP_NOTES";
/// Prints of the host's own variables: what cargo adds to these is noted.
const ENVIRONMENT: &str = "LIVESWAP_ENVIRONMENT";
/// The compiler. If cargo puts another program in front of it, that is the user's wrapper for crates of the workspace.
const RUSTC: &str = "LIVESWAP_RUSTC";
/// The user's own wrapper, whose place this program has; it runs for all crates.
const OWN_WRAPPER: &str = "LIVESWAP_OWN_WRAPPER";
/// The name of the crate that becomes the base, where that is a `cdylib`.
const HOT_CRATE: &str = "LIVESWAP_HOT_CRATE";
/// The root of a program that becomes the base. Its `main` is a function like any other there.
const BASE_PROGRAM: &str = "LIVESWAP_BASE_PROGRAM";

fn main() -> ExitCode {
    let all: Vec<OsString> = env::args_os().skip(1).collect();
    let Some(compiler) = Compiler::of(&all) else {
        eprintln!("this program stands between cargo and rustc, and is started by cargo");
        return ExitCode::FAILURE;
    };
    let given = &all[compiler.programs.len() - compiler.own..];
    let read = |file: &str| fs::read_to_string(file);
    // rustc takes nothing but Unicode, and says what it can't read.
    let text: Option<Vec<String>> = given.iter().map(|word| word.to_str().map(str::to_owned)).collect();
    let arguments = text.and_then(|text| expand(text, read).ok()).map(parse).unwrap_or_default();
    match Base::of(arguments) {
        Some(base) => base.compile(&compiler, given),
        None => compiler.run(given),
    }
}

/// rustc, with the user's wrappers in front of it.
struct Compiler {
    /// The programs, the outer one first; the last one is rustc.
    programs: Vec<OsString>,
    /// How many of them cargo did not name.
    own: usize,
}

impl Compiler {
    /// The programs at the beginning of cargo's words; `None` if there are no words.
    fn of(words: &[OsString]) -> Option<Compiler> {
        let own = env::var_os(OWN_WRAPPER).filter(|own| !own.is_empty());
        let is_rustc = |word: Option<&OsString>| word.is_some() && word == env::var_os(RUSTC).as_ref();
        let count = if !is_rustc(words.first()) && is_rustc(words.get(1)) { 2 } else { 1 };
        let named = words.get(..count)?.iter().cloned();
        Some(Compiler { own: own.iter().count(), programs: own.into_iter().chain(named).collect() })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.programs[0]);
        command.args(&self.programs[1..]);
        command
    }

    /// rustc as cargo asked for it.
    fn run(&self, arguments: &[OsString]) -> ExitCode {
        let mut command = self.command();
        command.args(arguments);
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
}

#[cfg(not(unix))]
fn code(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A crate that is compiled from its shadow.
struct Base {
    name: String,
    /// rustc's arguments, as cargo gave them.
    arguments: Vec<Argument>,
    /// Its root in the shadow.
    root: String,
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
    fn of(arguments: Vec<Argument>) -> Option<Base> {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (original, shadow, notes) = (variable(ORIGINAL)?, variable(SHADOW)?, variable(NOTES)?);
        let (mut name, mut output, mut suffix, mut input) = (None, None, String::new(), None);
        let (mut kinds, mut is_linked) = (Vec::new(), false);
        for argument in &arguments {
            match argument {
                Argument::CrateName(value) => name = Some(value.clone()),
                Argument::CrateType(kind) => kinds.push(kind.as_str()),
                Argument::Codegen(setting, Some(value)) if setting == "extra-filename" => suffix.clone_from(value),
                // Where a panic ends the process, nothing can be tried.
                Argument::Codegen(setting, Some(value)) if setting == "panic" && value == "abort" => return None,
                Argument::Emit(value) => is_linked |= value.split(',').any(|one| one == "link"),
                Argument::OutDir(value) => output = Some(PathBuf::from(value)),
                Argument::Input(file) => input = input.or(Some(file)),
                Argument::Test => return None,
                _ => {}
            }
        }
        let is_library = !kinds.is_empty() && kinds.iter().all(|kind| ["lib", "rlib", "cdylib", "dylib"].contains(kind));
        let root = env::current_dir().ok()?.join(input.filter(|input| input.ends_with(".rs"))?);
        let is_named = kinds == ["bin"] && variable(BASE_PROGRAM).is_some_and(|named| named == root);
        if !(is_library || is_named) || !is_linked {
            return None;
        }
        let (name, output) = (name?, output?);
        let root = shadow.join(root.strip_prefix(&original).ok()?);
        // A link leads to the original: a package that has no shadow.
        if !root.canonicalize().ok()?.starts_with(shadow.canonicalize().ok()?) {
            return None;
        }
        Some(Base {
            is_base: is_named || kinds.contains(&"cdylib") && env::var(HOT_CRATE).is_ok_and(|hot| hot == name),
            program: is_named.then(|| output.join(format!("{name}{suffix}{}", env::consts::EXE_SUFFIX))),
            root: root.to_str()?.to_owned(),
            output,
            suffix,
            shadow,
            notes,
            name,
            arguments,
        })
    }

    fn compile(&self, compiler: &Compiler, given: &[OsString]) -> ExitCode {
        // One crate may be compiled several times: with other features, or for build scripts as well.
        let name = if self.is_base { self.name.clone() } else { format!("{}{}", self.name, self.suffix) };
        let failed = self.notes.join(format!("{name}.failed"));
        let noted = self.notes.join(format!("{name}.rustc"));
        let _ = fs::remove_file(&failed);
        let _ = fs::remove_file(&noted);
        let compile = || {
            let mut command = compiler.command();
            command.args(words(&self.arguments())).arg(self.remap()).stdin(Stdio::null()).output()
        };
        // What fails is noted as well: it tells what the crate uses.
        let reason = match self.note(&noted, compiler).and_then(|()| compile()) {
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
        compiler.run(given)
    }

    /// rustc's arguments for the base.
    fn arguments(&self) -> Vec<Argument> {
        let mut changed = Vec::new();
        for argument in &self.arguments {
            let argument = match argument {
                Argument::Input(_) => Argument::Input(self.root.clone()),
                // With its metadata, for patches to be compiled against.
                Argument::CrateType(kind) if kind == "cdylib" && self.is_base => Argument::CrateType("dylib".into()),
                Argument::CrateType(kind) if kind == "bin" && self.program.is_some() => {
                    Argument::CrateType("dylib".into())
                }
                // The loader would keep the first of these libraries, and each base needs its own. So the crate is
                // linked into the base; what cargo compiles as it is finds the shared library.
                Argument::CrateType(kind) if kind == "dylib" && !self.is_base => {
                    changed.push(argument.clone());
                    Argument::CrateType("rlib".into())
                }
                Argument::Extern(library) => Argument::Extern(self.linked(library)),
                Argument::Codegen(name, value) => match (name.as_str(), value) {
                    // Two kinds of sources take turns.
                    ("incremental", Some(directory)) => {
                        Argument::Codegen(name.clone(), Some(format!("{directory}-base")))
                    }
                    // Optimised as a whole, there would be no functions to replace; stripped, none to name.
                    ("lto" | "strip" | "embed-bitcode", _) => continue,
                    // Patches take the standard library from the base.
                    ("prefer-dynamic", _) if self.is_base => continue,
                    _ => argument.clone(),
                },
                _ => argument.clone(),
            };
            changed.push(argument);
        }
        // The user's lints are about the user's text.
        changed.push(Argument::Other("--cap-lints", Some("allow".into())));
        let is_rust_library = |argument: &Argument| {
            matches!(argument, Argument::CrateType(kind) if kind == "rlib" || kind == "lib")
        };
        if self.is_base && !changed.iter().any(is_rust_library) {
            // With the object files of the crate, for the host to compare.
            changed.push(Argument::CrateType("rlib".into()));
        }
        if self.is_base && cfg!(target_os = "linux") {
            changed.push(Argument::Codegen("link-arg".into(), Some(format!("-Wl,-soname,{SONAME}"))));
        }
        changed
    }

    /// A library that the crate uses: of a shared one of the workspace, the file that can be linked into the base.
    fn linked(&self, library: &Extern) -> Extern {
        let file = library.path.as_ref().map(PathBuf::from);
        let static_one = file.filter(|file| file.extension().is_some_and(|of| of == env::consts::DLL_EXTENSION));
        let static_one = static_one.filter(|file| {
            let stem = file.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            let stem = stem.strip_prefix(env::consts::DLL_PREFIX).unwrap_or(stem);
            // Macros are shared libraries as well, and have no note.
            self.notes.join(format!("{stem}.rustc")).is_file() && file.with_extension("rlib").is_file()
        });
        match static_one.and_then(|file| Some(file.with_extension("rlib").to_str()?.to_owned())) {
            Some(path) => Extern { path: Some(path), ..library.clone() },
            None => library.clone(),
        }
    }

    /// The option that gives sources their own names instead of those in the shadow.
    fn remap(&self) -> OsString {
        let mut remap = OsString::from("--remap-path-prefix=");
        remap.push(self.shadow.join(""));
        remap.push("=");
        remap
    }

    /// Notes what a patch of this crate is to be compiled with: one word after the other, a zero byte behind each.
    fn note(&self, file: &Path, compiler: &Compiler) -> io::Result<()> {
        let mut text: Vec<u8> = Vec::new();
        let mut add = |kind: &str, value: &OsStr| {
            text.extend(kind.as_bytes());
            text.extend(value.as_encoded_bytes());
            text.push(0);
        };
        if let Some((rustc, wrappers)) = compiler.programs.split_last() {
            wrappers.iter().for_each(|wrapper| add("wrapper=", wrapper));
            add("rustc=", rustc);
        }
        add("directory=", env::current_dir()?.as_os_str());
        add("name=", OsStr::new(&self.name));
        let arguments = self.arguments.iter().map(|argument| match argument {
            Argument::Extern(library) => Argument::Extern(self.linked(library)),
            other => other.clone(),
        });
        words(&arguments.collect::<Vec<_>>()).iter().for_each(|word| add("argument=", OsStr::new(word)));
        let of_host = env::var(ENVIRONMENT).unwrap_or_default();
        let is_of_build = |name: &OsStr, value: &OsStr| {
            // A channel between processes, and what is meant for this one.
            let is_passing = |name: &str| name.ends_with("MAKEFLAGS") || name.starts_with("LIVESWAP_");
            !name.to_str().is_some_and(is_passing) && !of_host.contains(&print::of_variable(name, value))
        };
        for (name, value) in env::vars_os() {
            add("present=", &name);
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

/// What rustc told cargo.
fn pass_on(output: &Output) {
    // Nobody is left to be told that nobody listens.
    let _ = io::stdout().write_all(&output.stdout);
    let _ = io::stderr().write_all(&output.stderr);
}

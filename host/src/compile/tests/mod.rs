//! Builds of small generated crates with the real cargo.

mod as_plain;
mod cancel;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use super::*;
use crate::events::Level;
use crate::project::{self, Wanted};

const DEADLINE: Duration = Duration::from_secs(60);

/// A workspace with the hot library `hot`, in a directory whose name has a space and a letter beyond ASCII.
struct Crate {
    _directory: TempDir,
    root: PathBuf,
    request: BuildRequest,
}

impl Crate {
    fn new(source: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap().join("hot würks");
        fs::create_dir_all(&root).unwrap();
        let request = BuildRequest {
            toolchain: Toolchain::find(&root).unwrap(),
            workspace_root: root.clone(),
            manifest_path: root.join("hot/Cargo.toml"),
            package: "hot".into(),
            beside: Vec::new(),
            profile: "dev".into(),
            target_dir: root.join("target/live swap"),
            features: Features::default(),
            is_background: false,
            env: Vec::new(),
        };
        let new = Crate { _directory: directory, root, request };
        new.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"hot\"]\n");
        new.manifest("");
        new.write("hot/src/lib.rs", source);
        new
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The library's manifest with something at its end.
    fn manifest(&self, rest: &str) {
        self.write(
            "hot/Cargo.toml",
            &format!(
                "[package]\nname = \"hot\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [lib]\ncrate-type = [\"rlib\", \"cdylib\"]\n{rest}\n"
            ),
        );
    }

    fn start(&self) -> (Build, Receiver<BuildMessage>) {
        let (sender, receiver) = mpsc::channel();
        let build = start(&self.request, move |message| drop(sender.send(message))).unwrap();
        (build, receiver)
    }

    /// Builds to the end; gives the progress too.
    fn run(&self) -> (Vec<Progress>, Result<Artifact, BuildFailure>) {
        let (_build, messages) = self.start();
        let deadline = Instant::now() + DEADLINE;
        let mut progress = Vec::new();
        loop {
            match messages.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap() {
                BuildMessage::Progress(more) => progress.push(more),
                BuildMessage::Finished(result) => return (progress, result),
            }
        }
    }

    fn built(&self) -> Artifact {
        self.run().1.unwrap()
    }

    fn failed(&self) -> BuildFailure {
        self.run().1.unwrap_err()
    }
}

fn contains(file: &Path, text: &str) -> bool {
    fs::read(file).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_library_is_built_and_its_progress_is_reported() {
    let hot = Crate::new("#[unsafe(no_mangle)] pub extern \"C\" fn answer() -> u32 { 42 }");
    let (progress, result) = hot.run();
    let artifact = result.unwrap();
    assert!(artifact.path.starts_with(&hot.request.target_dir), "{}", artifact.path.display());
    assert!(contains(&artifact.path, "answer"));
    assert!(!artifact.fresh);
    assert_eq!(artifact.warnings, []);
    assert!(artifact.elapsed > Duration::ZERO);
    assert!(progress.iter().any(|step| step.crate_name == "hot" && step.total == 1), "{progress:?}");
    assert!(progress.is_sorted_by_key(|step| step.done), "{progress:?}");
    assert_eq!(progress.last().map(|step| (step.done, step.total)), Some((1, 1)));
    assert!(hot.built().fresh);
}

#[test]
fn a_saved_edit_gives_a_new_artifact_at_the_same_path() {
    let hot = Crate::new("#[unsafe(no_mangle)] pub extern \"C\" fn before_edit() {}");
    let first = hot.built();
    hot.write("hot/src/lib.rs", "#[unsafe(no_mangle)] pub extern \"C\" fn after_edit() {}");
    let second = hot.built();
    assert_eq!(first.path, second.path);
    assert!(!second.fresh);
    assert!(contains(&second.path, "after_edit") && !contains(&second.path, "before_edit"));
}

#[test]
fn a_type_error_is_a_diagnostic_with_its_place() {
    let hot =
        Crate::new("pub fn f() {\n    let unused = 1;\n    let x: u32 = \"text\";\n    g(x)\n}\nfn g(_: u32) {}\n");
    let failure = hot.failed();
    let errors: Vec<_> = failure.diagnostics.iter().filter(|found| found.level == Level::Error).collect();
    assert_eq!(errors.len(), 1, "summaries are left out: {failure:?}");
    assert_eq!(errors[0].message, "mismatched types");
    assert_eq!(errors[0].file.as_deref().map(|file| file.replace('\\', "/")).as_deref(), Some("hot/src/lib.rs"));
    assert_eq!((errors[0].line, errors[0].column), (Some(3), Some(18)));
    assert!(errors[0].rendered.contains("\u{1b}[") && errors[0].rendered.contains("mismatched types"));
    assert_eq!(failure.message, None);
    // A failed build leaves the next one to succeed.
    hot.write("hot/src/lib.rs", "");
    hot.built();
}

#[test]
fn warnings_come_once_and_also_from_a_library_that_is_fresh() {
    let hot = Crate::new("pub fn f() { let unused = 1; }");
    for fresh in [false, true] {
        let artifact = hot.built();
        assert_eq!(artifact.fresh, fresh);
        let found: Vec<_> = artifact.warnings.iter().map(|found| (found.level, found.message.as_str())).collect();
        assert_eq!(found, [(Level::Warning, "unused variable: `unused`")]);
    }
}

#[test]
fn a_warning_of_a_package_that_is_compiled_twice_is_one_warning() {
    let hot = Crate::new("pub use near::f;");
    // Once for the library, once for the build script: other options, so another unit.
    hot.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"hot\"]\n[profile.dev.build-override]\nopt-level = 1\n",
    );
    hot.manifest("[dependencies]\nnear = { path = \"../near\" }\n[build-dependencies]\nnear = { path = \"../near\" }");
    hot.write("hot/build.rs", "fn main() { near::f() }");
    hot.write("near/Cargo.toml", "[package]\nname = \"near\"\nversion = \"0.1.0\"\nedition = \"2024\"");
    hot.write("near/src/lib.rs", "pub fn f() { let unused = 1; }");
    let (progress, result) = hot.run();
    assert_eq!(progress.last().map(|step| step.total), Some(5), "near was compiled twice: {progress:?}");
    assert_eq!(result.unwrap().warnings.len(), 1);
}

#[test]
fn an_error_in_a_path_dependency_is_shown() {
    let hot = Crate::new("pub use near::f;");
    hot.manifest("[dependencies]\nnear = { path = \"../../near\" }");
    hot.write("../near/Cargo.toml", "[package]\nname = \"near\"\nversion = \"0.1.0\"\nedition = \"2024\"");
    hot.write("../near/src/lib.rs", "pub fn f() -> u8 { 300 }");
    let failure = hot.failed();
    let error = &failure.diagnostics[0];
    assert_eq!(error.level, Level::Error);
    assert!(error.message.contains("out of range"), "{error:?}");
    let file = Path::new(error.file.as_deref().unwrap());
    assert!(file.ends_with("near/src/lib.rs"), "{file:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_link_error_is_an_error_with_the_linkers_words() {
    let hot = Crate::new(
        "unsafe extern \"C\" { fn missing_symbol_xyz(); }\n\
         #[unsafe(no_mangle)] pub extern \"C\" fn f() { unsafe { missing_symbol_xyz() } }",
    );
    hot.write("hot/build.rs", "fn main() { println!(\"cargo::rustc-link-arg-cdylib=-Wl,-z,defs\"); }");
    let failure = hot.failed();
    assert_eq!(failure.message, None);
    let error = failure.diagnostics.iter().find(|found| found.level == Level::Error).unwrap();
    assert!(error.message.contains("linking with"), "{error:?}");
    assert!(error.rendered.contains("missing_symbol_xyz"), "{error:?}");
}

#[test]
fn a_broken_manifest_is_told_in_cargos_words() {
    let hot = Crate::new("");
    hot.manifest("[dependencies\n");
    let failure = hot.failed();
    assert_eq!(failure.diagnostics, []);
    let message = failure.message.unwrap();
    assert!(message.starts_with("error: "), "{message}");
    assert!(message.contains("Cargo.toml") && message.contains("[dependencies"), "{message}");
}

#[test]
fn a_build_script_that_fails_is_told_without_cargos_status_lines() {
    let hot = Crate::new("");
    hot.write("hot/build.rs", "fn main() { eprintln!(\"no such device xyz\"); std::process::exit(3) }");
    let message = hot.failed().message.unwrap();
    assert!(message.contains("no such device xyz"), "{message}");
    assert!(!message.contains("Compiling") && !message.contains("Building ["), "{message}");
}

#[test]
fn a_library_that_is_no_cdylib_any_more_is_told_so() {
    let hot = Crate::new("");
    let manifest = fs::read_to_string(&hot.request.manifest_path).unwrap();
    fs::write(&hot.request.manifest_path, manifest.replace(", \"cdylib\"", "")).unwrap();
    let message = hot.failed().message.unwrap();
    assert!(message.contains("named no cdylib") && message.contains("hot"), "{message}");
}

#[test]
fn a_missing_cargo_is_an_error_at_the_start() {
    let mut hot = Crate::new("");
    hot.request.toolchain.cargo = hot.root.join("no cargo here");
    let error = start(&hot.request, |_| {}).unwrap_err();
    assert!(error.to_string().contains("no cargo here"), "{error}");
}

#[test]
fn the_inputs_are_all_that_the_library_is_made_from() {
    let hot = Crate::new("mod other;\npub const TEXT: &str = include_str!(\"../das täxt.txt\");\npub use near::f;");
    hot.manifest("[dependencies]\nnear = { path = \"../near\" }");
    hot.write("hot/src/other.rs", "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));");
    hot.write("hot/das täxt.txt", "x");
    hot.write(
        "hot/build.rs",
        "fn main() {\n\
             std::fs::write(std::env::var(\"OUT_DIR\").unwrap() + \"/made.rs\", \"\").unwrap();\n\
             println!(\"cargo::rerun-if-changed=schema file.txt\");\n\
             println!(\"cargo::rerun-if-changed=../shared\");\n\
         }",
    );
    hot.write("hot/schema file.txt", "x");
    hot.write("shared/a.txt", "x");
    hot.write("near/Cargo.toml", "[package]\nname = \"near\"\nversion = \"0.1.0\"\nedition = \"2024\"");
    hot.write("near/src/lib.rs", "pub fn f() {}");
    let expected: Vec<PathBuf> = [
        "hot/build.rs",
        "hot/das täxt.txt",
        "hot/schema file.txt",
        "hot/src/lib.rs",
        "hot/src/other.rs",
        "near/src/lib.rs",
        "shared",
    ]
    .iter()
    .map(|name| hot.root.join(name))
    .collect();
    assert_eq!(hot.built().inputs, expected);
    assert_eq!(hot.built().inputs, expected, "the same of a fresh build");
}

#[test]
fn what_project_finds_is_built_with_the_features_of_the_program_beside_it() {
    let mut hot = Crate::new("const _: () = assert!(near::EXTRA);");
    hot.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"hot\", \"program\", \"near\"]\n");
    hot.manifest("[dependencies]\nnear = { path = \"../near\" }\nliveswap = { path = \"../../liveswap\" }");
    let package =
        |name: &str, rest: &str| format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}");
    // The boundary's crate, as a package of this name.
    hot.write("../liveswap/Cargo.toml", &package("liveswap", ""));
    hot.write("../liveswap/src/lib.rs", "");
    hot.write("near/Cargo.toml", &package("near", "[features]\nextra = []"));
    hot.write("near/src/lib.rs", "pub const EXTRA: bool = cfg!(feature = \"extra\");");
    let dependencies =
        "[dependencies]\nhot = { path = \"../hot\" }\nnear = { path = \"../near\", features = [\"extra\"] }";
    hot.write("program/Cargo.toml", &package("program", dependencies));
    // Compiling the program would fail.
    hot.write("program/src/main.rs", "fn main() { compile_error!(\"the program was built\") }");

    let program = hot.root.join("program/Cargo.toml");
    let project = project::find(&hot.request.toolchain, &hot.root, Wanted::Any, Some(&program)).unwrap();
    assert!(project.package_id.contains("w%C3%BCrks"), "{}", project.package_id);
    hot.request.package = project.package_id.clone();
    hot.request.manifest_path = project.manifest_path.clone();
    hot.request.workspace_root = project.workspace_root.clone();
    let alone = hot.failed();
    assert!(alone.diagnostics[0].message.contains("assertion failed"), "{alone:?}");
    hot.request.beside = project.beside();
    assert_eq!(hot.request.beside.len(), 1);
    hot.built();
    // The user's own selection does the same.
    hot.request.beside.clear();
    hot.request.features.list = vec!["near/extra".into()];
    hot.built();
}

#[test]
fn profiles_have_their_own_directories() {
    let mut hot = Crate::new("#[unsafe(no_mangle)] pub static DEBUG: bool = cfg!(debug_assertions);");
    hot.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"hot\"]\n[profile.live]\ninherits = \"dev\"\nopt-level = 1\n",
    );
    for profile in ["dev", "release", "live"] {
        hot.request.profile = profile.into();
        let artifact = hot.built();
        let directory = hot.request.target_dir.join(fingerprint::profile_directory(profile));
        assert_eq!(artifact.path.parent(), Some(directory.as_path()));
    }
}

#[test]
fn the_users_build_directory_and_quietness_do_not_count() {
    let hot = Crate::new("");
    hot.write(".cargo/config.toml", "[build]\nbuild-dir = \"elsewhere\"\n[term]\nquiet = true\n");
    let (progress, result) = hot.run();
    result.unwrap();
    assert!(!hot.root.join("elsewhere").exists());
    assert!(progress.iter().any(|step| step.crate_name == "hot"), "{progress:?}");
}

#[test]
fn a_build_under_cargo_and_one_without_are_the_same_to_cargo() {
    // Both come from the cargo that runs this test.
    assert!(std::env::var_os("CARGO_PKG_NAME").is_some() && std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let hot = Crate::new("");
    hot.write(
        "hot/build.rs",
        "fn main() {\n\
             println!(\"cargo::rerun-if-env-changed=CARGO_PKG_NAME\");\n\
             println!(\"cargo::rerun-if-env-changed=CARGO_MANIFEST_DIR\");\n\
             println!(\"cargo::rerun-if-env-changed=CARGO\");\n\
         }",
    );
    // As from a shell.
    let mut plain = Command::new(&hot.request.toolchain.cargo);
    plain.env_clear().env("RUSTC", &hot.request.toolchain.rustc).current_dir(&hot.root);
    let found_by = ["PATH", "HOME", "USERPROFILE", "SystemRoot", "TEMP", "CARGO_HOME", "RUSTUP_HOME"];
    // What the user may have set for all builds.
    let set = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_INCREMENTAL", "CARGO_BUILD_", "CARGO_PROFILE_"];
    let is_kept = |name: &str| found_by.contains(&name) || set.iter().any(|start| name.starts_with(start));
    plain.envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_kept)));
    let plain = plain.args(["build", "--lib", "-p", "hot", "--target-dir"]).arg(&hot.request.target_dir);
    let output = plain.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(hot.built().fresh);
}

#[test]
fn new_contents_with_an_old_time_are_built_after_the_fingerprint_is_forgotten() {
    let hot = Crate::new("#[unsafe(no_mangle)] pub extern \"C\" fn before_edit() {}");
    hot.built();
    let source = hot.root.join("hot/src/lib.rs");
    fs::write(&source, "#[unsafe(no_mangle)] pub extern \"C\" fn after_edit() {}").unwrap();
    let old = SystemTime::now() - Duration::from_secs(3600);
    File::options().write(true).open(&source).unwrap().set_modified(old).unwrap();
    assert!(hot.built().fresh, "cargo looks at times only; if it compares contents, this function is not needed");
    assert!(forget_fingerprint(&hot.request.target_dir, "dev", "hot").unwrap() > 0);
    let artifact = hot.built();
    assert!(!artifact.fresh);
    assert!(contains(&artifact.path, "after_edit") && !contains(&artifact.path, "before_edit"));
}

//! Finding hot libraries in workspaces made for the purpose, with the real cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::*;

const CDYLIB: &str = "[lib]\ncrate-type = [\"rlib\", \"cdylib\"]\n";

fn toolchain() -> &'static Toolchain {
    static TOOLCHAIN: OnceLock<Toolchain> = OnceLock::new();
    TOOLCHAIN.get_or_init(|| Toolchain::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap())
}

/// A workspace in a directory of its own, whose name is not the easiest.
struct Workspace {
    _directory: TempDir,
    root: PathBuf,
}

impl Workspace {
    fn new(members: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap().join("my wörkspace");
        let workspace = Workspace { _directory: directory, root };
        workspace.write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n"));
        // The boundary's crate, as a package of this name, outside of the members.
        workspace.package("../liveswap", "liveswap", "");
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A package with an empty library.
    fn package(&self, directory: &str, name: &str, rest: &str) {
        let head = format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        self.write(&format!("{directory}/Cargo.toml"), &format!("{head}\n{rest}"));
        self.write(&format!("{directory}/src/lib.rs"), "");
    }

    fn hot(&self, name: &str, dependencies: &str) {
        self.package(
            name,
            name,
            &format!("{CDYLIB}\n[dependencies]\nliveswap = {{ path = \"../../liveswap\" }}\n{dependencies}"),
        );
    }

    /// A program without a library.
    fn program(&self, name: &str, dependencies: &str) {
        self.package(name, name, &format!("[dependencies]\n{dependencies}"));
        fs::remove_file(self.root.join(name).join("src/lib.rs")).unwrap();
        self.write(&format!("{name}/src/main.rs"), "fn main() {}");
    }

    fn find(&self, wanted: Wanted) -> Result<Project, ProjectError> {
        find(toolchain(), &self.root, wanted, None)
    }
}

#[test]
fn the_only_hot_library_is_found_from_anywhere_in_the_workspace() {
    let workspace = Workspace::new(&["logic-lib", "program"]);
    workspace.hot("logic-lib", "");
    workspace.program("program", "logic-lib = { path = \"../logic-lib\" }\nliveswap = { path = \"../../liveswap\" }");
    for start in ["", "program/src", "logic-lib"] {
        let project = find(toolchain(), &workspace.root.join(start), Wanted::Any, None).unwrap();
        assert_eq!(project.package, "logic-lib", "from {start:?}");
        assert_eq!(project.crate_name, "logic_lib");
        assert_eq!(project.directory, workspace.root.join("logic-lib"));
        assert_eq!(project.manifest_path, workspace.root.join("logic-lib/Cargo.toml"));
        assert_eq!(project.workspace_root, workspace.root);
        assert_eq!(project.target_directory.file_name().unwrap(), "target");
        assert_eq!(project.host_package, None);
    }
}

#[test]
fn the_hot_library_at_the_start_directory_goes_before_others() {
    let workspace = Workspace::new(&["one", "two"]);
    workspace.hot("one", "");
    workspace.hot("two", "");
    let found = |start: &str| find(toolchain(), &workspace.root.join(start), Wanted::Any, None);
    assert_eq!(found("two/src").unwrap().package, "two");
    let error = found("").unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("several hot libraries: one, two; choose one: `liveswap run one`"), "{text}");
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml")).unwrap();
    for (default, found) in [("two", Ok("two")), ("twoo", Err("did you mean `two`?"))] {
        workspace.write("Cargo.toml", &format!("{manifest}\n[workspace.metadata.liveswap]\ndefault = {default:?}\n"));
        match (workspace.find(Wanted::Any), found) {
            (Ok(project), Ok(name)) => assert_eq!(project.package, name),
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (other, _) => panic!("{default}: {other:?}"),
        }
    }
}

#[test]
fn a_library_is_found_by_name_and_by_path() {
    let workspace = Workspace::new(&["one", "two"]);
    workspace.hot("one", "");
    workspace.hot("two", "");
    assert_eq!(workspace.find(Wanted::Named("two")).unwrap().package, "two");
    for path in ["two", "two/Cargo.toml", "two/src/lib.rs"] {
        let path = workspace.root.join(path);
        let project = find(toolchain(), Path::new("/"), Wanted::Path(&path), None).unwrap();
        assert_eq!(project.package, "two", "by {}", path.display());
    }
}

#[test]
fn an_argument_is_a_path_where_it_names_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a b");
    fs::create_dir(&path).unwrap();
    let text = path.to_str().unwrap();
    assert_eq!(Wanted::parse(text), Wanted::Path(&path));
    assert_eq!(Wanted::parse("."), Wanted::Path(Path::new(".")));
    // `src` is a directory beside this package's manifest, where tests run, but no package.
    assert!(Path::new("src").is_dir());
    assert_eq!(Wanted::parse("src"), Wanted::Named("src"));
    assert_eq!(Wanted::parse("Cargo.toml"), Wanted::Path(Path::new("Cargo.toml")));
    assert_eq!(Wanted::parse("no/such/thing"), Wanted::Named("no/such/thing"));
}

#[test]
fn an_unknown_name_gets_the_names_like_it_and_the_hot_libraries() {
    let workspace = Workspace::new(&["game-logic", "other"]);
    workspace.hot("game-logic", "");
    workspace.package("other", "other", "");
    let text = workspace.find(Wanted::Named("game_logik")).unwrap_err().to_string();
    assert!(text.contains("no package `game_logik`"), "{text}");
    assert!(text.contains("did you mean `game-logic`?"), "{text}");
    assert!(text.ends_with("hot libraries: game-logic"), "{text}");
    let text = workspace.find(Wanted::Named("zzz")).unwrap_err().to_string();
    assert!(!text.contains("did you mean"), "{text}");
}

#[test]
fn a_package_that_is_not_hot_is_told_the_lines_and_the_file() {
    let workspace = Workspace::new(&["plain", "begun", "bare"]);
    workspace.package("plain", "plain", "");
    workspace.package(
        "begun",
        "begun",
        "[lib]\ndoctest = false\n\n[dependencies]\nliveswap = { path = \"../../liveswap\" }",
    );
    workspace.program("bare", "");
    let text = workspace.find(Wanted::Named("plain")).unwrap_err().to_string();
    let manifest = workspace.root.join("plain/Cargo.toml");
    assert!(text.contains(&format!("add this to {}:\n\n{CDYLIB}", manifest.display())), "{text}");
    assert!(text.contains(&format!("[dependencies]\nliveswap = \"{}", env!("CARGO_PKG_VERSION_MAJOR"))), "{text}");

    let text = workspace.find(Wanted::Path(&workspace.root.join("begun"))).unwrap_err().to_string();
    let manifest = workspace.root.join("begun/Cargo.toml");
    let wanted = format!("set this under `[lib]` in {}:\n\ncrate-type = [\"rlib\", \"cdylib\"]\n", manifest.display());
    assert!(text.contains(&wanted), "{text}");
    assert!(!text.contains("[dependencies]"), "{text}");

    let text = workspace.find(Wanted::Named("bare")).unwrap_err().to_string();
    assert!(text.contains("create "), "{text}");
    assert!(text.contains("bare/src/lib.rs") || text.contains("bare\\src\\lib.rs"), "{text}");
}

#[test]
fn a_workspace_without_a_hot_library_is_told_what_one_needs() {
    let workspace = Workspace::new(&["plain", "program"]);
    workspace.package("plain", "plain", "");
    workspace.program("program", "liveswap = { path = \"../../liveswap\" }");
    let text = workspace.find(Wanted::Any).unwrap_err().to_string();
    assert!(text.contains("a hot library is a library package"), "{text}");
    assert!(text.contains(CDYLIB), "{text}");
    // The one that was begun is named.
    workspace.package("plain", "plain", "[dependencies]\nliveswap = { path = \"../../liveswap\" }");
    let text = workspace.find(Wanted::Any).unwrap_err().to_string();
    assert!(text.contains("`plain` depends on liveswap but has no cdylib"), "{text}");
    assert!(!text.contains("`program`"), "{text}");
    // A dev-dependency is not enough.
    workspace.package(
        "plain",
        "plain",
        &format!("{CDYLIB}\n[dev-dependencies]\nliveswap = {{ path = \"../../liveswap\" }}"),
    );
    assert!(matches!(workspace.find(Wanted::Any), Err(ProjectError::NoHotLibrary { .. })));
}

#[test]
fn a_place_without_a_project_and_a_broken_manifest_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let error = find(toolchain(), directory.path(), Wanted::Any, None).unwrap_err();
    assert!(matches!(error, ProjectError::NotInProject { .. }), "{error:?}");
    assert!(error.to_string().contains(directory.path().to_str().unwrap()), "{error}");
    let missing = directory.path().join("missing");
    let error = find(toolchain(), directory.path(), Wanted::Path(&missing), None).unwrap_err();
    assert!(error.to_string().contains(missing.to_str().unwrap()), "{error}");

    let workspace = Workspace::new(&["logic"]);
    workspace.write("logic/Cargo.toml", "[package]\nname = \n");
    let error = workspace.find(Wanted::Any).unwrap_err();
    assert!(matches!(error, ProjectError::Metadata { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("logic/Cargo.toml:2:8") || text.contains("logic\\Cargo.toml:2:8"), "{text}");
}

#[test]
fn the_roots_are_the_local_packages_that_are_built_in() {
    let workspace = Workspace::new(&["logic", "near", "program", "unrelated"]);
    let dependencies = "near = { path = \"../near\" }\nextra = { path = \"../../extra\", optional = true }\n\
        [build-dependencies]\ntool = { path = \"../../tool\" }\n[dev-dependencies]\ntesting = { path = \"../../testing\" }";
    workspace.hot("logic", dependencies);
    workspace.package("near", "near", "[dependencies]\nfar = { path = \"../../far\" }");
    for name in ["far", "tool", "testing", "extra"] {
        workspace.package(&format!("../{name}"), name, "");
    }
    workspace.program("program", "");
    workspace.package("unrelated", "unrelated", "");
    let project = workspace.find(Wanted::Any).unwrap();
    let outside = workspace.root.parent().unwrap();
    let expected = [
        workspace.root.join("logic"),
        outside.join("extra"),
        outside.join("far"),
        outside.join("liveswap"),
        workspace.root.join("near"),
        outside.join("tool"),
    ];
    assert_eq!(project.roots, expected);
    // What is off or only for tests is no part of the build.
    let built: Vec<_> =
        project.dependencies.iter().map(|(name, versions)| (name.as_str(), versions.join(" "))).collect();
    let version = || "0.1.0".to_string();
    assert_eq!(
        built,
        [("far", version()), ("liveswap", version()), ("logic", version()), ("near", version()), ("tool", version())]
    );
}

#[test]
fn the_files_that_steer_the_build_are_listed_before_they_exist() {
    let workspace = Workspace::new(&["logic"]);
    workspace.hot("logic", "");
    let project = workspace.find(Wanted::Any).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml", "logic/.cargo/config.toml"] {
        assert!(project.files.contains(&workspace.root.join(name)), "{name} in {:?}", project.files);
    }
    assert!(!workspace.root.join("rust-toolchain.toml").exists());
}

#[test]
fn a_program_selects_features_only_where_it_has_no_library() {
    let workspace = Workspace::new(&["logic", "program", "both"]);
    workspace.hot("logic", "");
    workspace.program("program", "");
    workspace.package("both", "both", "");
    workspace.write("both/src/main.rs", "fn main() {}");
    let with = |manifest: &Path| find(toolchain(), &workspace.root, Wanted::Any, Some(manifest)).unwrap();

    let project = with(&workspace.root.join("program/Cargo.toml"));
    let host = project.host_package.clone().unwrap();
    assert_eq!((host.name.as_str(), host.has_lib), ("program", false));
    assert_eq!(project.beside(), [host.id]);

    let project = with(&workspace.root.join("both/Cargo.toml"));
    assert!(project.host_package.as_ref().unwrap().has_lib);
    assert_eq!(project.beside(), Vec::<String>::new());

    // The library's own binary, and a program of another workspace, have nothing to add.
    assert_eq!(with(&workspace.root.join("logic/Cargo.toml")).host_package, None);
    assert_eq!(with(&workspace.root.join("../liveswap/Cargo.toml")).host_package, None);
}

#[test]
fn packages_of_macros_that_the_program_uses_as_well_are_selected() {
    let workspace = Workspace::new(&["logic", "program", "near"]);
    workspace.hot(
        "logic",
        "making = { path = \"../../making\" }\n[build-dependencies]\nscripted = { path = \"../../scripted\" }",
    );
    workspace.package(
        "../making",
        "making",
        "[lib]\nproc-macro = true\n[dependencies]\nwords = { path = \"../words\" }\nonly-macros = { path = \"../only-macros\" }",
    );
    workspace.package("../words", "words", "");
    workspace.package("../only-macros", "only-macros", "");
    workspace.package("../scripted", "scripted", "[dependencies]\nwords = { path = \"../words\" }");
    workspace.package("../run-time", "run-time", "[dependencies]\nwords = { path = \"../words\" }");
    workspace.package("near", "near", "");
    let dependencies = "run-time = { path = \"../../run-time\" }\nmaking = { path = \"../../making\" }";
    workspace.program("program", &format!("{dependencies}\nnear = {{ path = \"../near\" }}"));
    let program = workspace.root.join("program/Cargo.toml");
    let project = find(toolchain(), &workspace.root, Wanted::Named("logic"), Some(&program)).unwrap();
    let [words] = project.shared_packages.as_slice() else { panic!("{:?}", project.shared_packages) };
    assert!(words.contains("words"), "{words}");
    assert_eq!(project.beside(), [project.host_package.unwrap().id, words.clone()]);
}

#[test]
fn crates_with_thread_locals_that_both_sides_use_are_found() {
    let workspace = Workspace::new(&["logic", "part", "program", "rayon", "tokio", "rand"]);
    for name in ["tokio", "rayon", "rand"] {
        workspace.package(name, name, "");
    }
    workspace.package("part", "part", "[dependencies]\ntokio = { path = \"../tokio\" }\n");
    workspace.hot("logic", "part = { path = \"../part\" }\nrand = { path = \"../rand\" }");
    workspace.program(
        "program",
        "logic = { path = \"../logic\" }\ntokio = { path = \"../tokio\" }\nrayon = { path = \"../rayon\" }",
    );
    let manifest = workspace.root.join("program/Cargo.toml");
    let project = find(toolchain(), &workspace.root, Wanted::Any, Some(&manifest)).unwrap();
    let found: Vec<&str> = project.thread_state.iter().map(|shared| shared.package).collect();
    assert_eq!(found, ["tokio"], "`rand` is the library's alone, and `rayon` the program's");
    let alone = workspace.find(Wanted::Any).unwrap();
    assert_eq!(alone.thread_state, []);
    // The crates, with what they can name.
    let logic = project.crates.iter().find(|of| of.name == "logic").unwrap();
    let part = &project.crates[logic.dependencies["part"]];
    assert_eq!((part.name.as_str(), &part.sources), ("part", &workspace.root.join("part/src")));
    assert!(part.is_local && part.dependencies.contains_key("tokio"));
    assert!(project.crates.iter().all(|of| of.name != "liveswap" || !of.is_local));
}

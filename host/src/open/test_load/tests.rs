//! Test loads of small libraries.

use std::sync::mpsc::channel;

use super::*;

/// Libraries, and the program that loads them.
struct Place {
    directory: tempfile::TempDir,
    toolchain: Toolchain,
}

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let toolchain = Toolchain::find(directory.path()).unwrap();
        Place { directory, toolchain }
    }

    /// Compiles a library with a constructor that does this.
    fn library(&self, name: &str, does: &str) -> PathBuf {
        let text = format!(
            "extern \"C\" fn start() {{ {does} }}
            #[used] #[unsafe(link_section = \".init_array\")] static START: extern \"C\" fn() = start;"
        );
        self.of_text(name, &text)
    }

    fn of_text(&self, name: &str, text: &str) -> PathBuf {
        self.of_text_with(name, text, &[])
    }

    fn of_text_with(&self, name: &str, text: &str, options: &[&str]) -> PathBuf {
        let directory = self.directory.path();
        let (source, library) = (directory.join(format!("{name}.rs")), directory.join(format!("lib{name}.so")));
        fs::write(&source, text).unwrap();
        let mut rustc = self.toolchain.rustc_command();
        rustc
            .current_dir(directory)
            .args(["--edition=2024", "--crate-type=cdylib", "-Awarnings", "-L", "."])
            .args(options);
        let output = rustc.arg(format!("{name}.rs")).arg("-o").arg(&library).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        library
    }

    fn load_within(&self, library: &Path, limit: Duration) -> Result<(), String> {
        let at_load = artifact::at_load(library).unwrap_or_default();
        let target = self.directory.path().join("target");
        let result = run(&self.toolchain, &target, library, &at_load, limit, &Steps::default()).unwrap();
        result.expect("nobody cancels it").map_err(|bad| bad.to_string())
    }

    fn load(&self, library: &Path) -> Result<(), String> {
        self.load_within(library, Duration::from_secs(600))
    }
}

#[test]
fn what_constructors_do_is_told() {
    let place = Place::new();
    let rows = [
        ("good", "println!(\"begun\")", ""),
        ("panics", "\npanic!(\"no {}\\nway\", 1)", "panicked at panics.rs:2:1: no 1\nway; mend it and save"),
        ("index", "let _ = [1][std::env::args().count() + 7];", "index out of bounds: the len is 1 but the index is "),
        ("crashes", "unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }", "ended the process by SIG"),
        (
            "aborts",
            "eprintln!(\"so be it\"); std::process::abort()",
            "by SIGABRT; the last line that it wrote: so be it;",
        ),
        ("exits", "std::process::exit(3)", "ended the process with exit status: 3;"),
        ("leaves", "std::process::exit(0)", "ended the process with exit status: 0;"),
        // One that was caught is none.
        ("caught", "let _ = std::panic::catch_unwind(|| panic!(\"no\"));", ""),
    ];
    for (name, does, says) in rows {
        let library = place.library(name, does);
        assert_eq!(wanted(&library).unwrap().constructors.len(), 1, "{name}");
        match place.load(&library) {
            Ok(()) => assert_eq!(says, "", "{name}"),
            Err(error) => {
                assert!(!says.is_empty() && error.contains(says), "{name}: {error}");
                assert!(error.starts_with(&format!("the constructor `{name}::start` ")), "{error}");
            }
        }
    }
}

#[test]
fn one_that_does_not_come_back_is_killed() {
    let place = Place::new();
    let hangs = place.library("hangs", "loop { std::thread::park() }");
    let error = place.load_within(&hangs, Duration::from_secs(1)).unwrap_err();
    assert_eq!(error, "the constructor `hangs::start` did not come back within 1 s; mend it and save");
    assert_eq!(
        overdue(LIMIT, "\nthread 'main' (7) panicked at src/lib.rs:3:5:\nno way\nstack backtrace:\n   0: x"),
        "did not come back within 5 s; before that it panicked at src/lib.rs:3:5: no way"
    );
}

#[test]
fn it_is_known_as_a_test_and_what_it_starts_is_ended() {
    let place = Place::new();
    let id = place.directory.path().join("id");
    let does = format!(
        "if std::env::var_os(\"LIVESWAP_TEST_LOAD\").is_none() {{ std::process::abort() }}
        let child = std::process::Command::new(\"sleep\").arg(\"1000\").spawn().unwrap();
        std::fs::write({id:?}, child.id().to_string()).unwrap();"
    );
    assert_eq!(place.load(&place.library("starts", &does)), Ok(()));
    let state = fs::read_to_string(format!("/proc/{}/stat", fs::read_to_string(id).unwrap()));
    let state = state.unwrap_or_else(|_| ") Z".into());
    assert!(state.contains(") Z"), "it is gone, or nobody has taken note yet: {state}");
}

#[test]
fn what_the_loader_refuses_proves_nothing() {
    let place = Place::new();
    let nothing = place.directory.path().join("libnothing.so");
    fs::write(&nothing, "no library").unwrap();
    assert_eq!(place.load(&nothing), Ok(()));
    let text = "unsafe extern \"C\" { fn of_the_program(); }
        extern \"C\" fn start() { unsafe { of_the_program() } }
        #[used] #[unsafe(link_section = \".init_array\")] static START: extern \"C\" fn() = start;";
    assert_eq!(place.load(&place.of_text("undefined", text)), Ok(()));
}

#[test]
fn libraries_that_come_along_are_tried_and_named() {
    let place = Place::new();
    place.of_text(
        "other",
        "#[unsafe(no_mangle)] pub extern \"C\" fn other() {}
        extern \"C\" fn start() { std::process::abort() }
        #[used] #[unsafe(link_section = \".init_array\")] static START: extern \"C\" fn() = start;",
    );
    let needs = place.of_text(
        "needs",
        "#[link(name = \"other\")] unsafe extern \"C\" { fn other(); }
        #[unsafe(no_mangle)] pub extern \"C\" fn call() { unsafe { other() } }",
    );
    // Beside the library it would be found.
    let elsewhere = place.directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(place.directory.path().join("libother.so"), elsewhere.join("libother.so")).unwrap();
    let at_load = wanted(&needs).unwrap();
    assert_eq!((at_load.constructors.len(), at_load.libraries.as_slice()), (0, &["libother.so".to_owned()][..]));
    // Found by nobody, it proves nothing; the host's loader says it.
    assert_eq!(place.load(&needs), Ok(()));
    // SAFETY: no code of a library is run; it can't be loaded.
    let error = unsafe { library::load(&needs) }.unwrap_err().to_string();
    assert!(error.contains("it needs `libother.so`, which the loader does not find"), "{error}");
    let runpath = format!("-Clink-arg=-Wl,-rpath,{}", place.directory.path().display());
    let outer = place.of_text_with(
        "outer",
        "#[link(name = \"needs\")] unsafe extern \"C\" { fn call(); }
        #[unsafe(no_mangle)] pub extern \"C\" fn outer() { unsafe { call() } }",
        &[&runpath],
    );
    // SAFETY: as above.
    let error = unsafe { library::load(&outer) }.unwrap_err().to_string();
    assert!(error.contains("one of the libraries that it needs (libneeds.so) needs `libother.so`"), "{error}");
    assert_eq!(whose(&at_load), "a constructor of libother.so, which the library needs,");
    // What is loaded runs nothing.
    assert!(library::is_loaded("libc.so.6") && !library::is_loaded("libother.so"));
}

#[test]
fn a_cancel_ends_it() {
    let place = Place::new();
    let begun = place.directory.path().join("begun");
    let does = format!("std::fs::write({begun:?}, \"\").unwrap(); loop {{ std::thread::park() }}");
    let hangs = place.library("hangs", &does);
    let (told, heard) = channel();
    let (toolchain, target) = (place.toolchain.clone(), place.directory.path().join("target"));
    let test = start(toolchain, target, hangs, AtLoad::default(), move |result| told.send(result).unwrap()).unwrap();
    while !begun.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(test);
    assert!(heard.recv().is_err(), "nothing is reported");
}

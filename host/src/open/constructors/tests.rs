//! What files of real libraries say.

use std::path::Path;
use std::process::Command;

use super::*;

/// Compiles a library with these options, which stands in the directory as `lib{name}.so`.
fn library(directory: &Path, name: &str, text: &str, options: &[&str]) -> Vec<u8> {
    let (source, library) = (directory.join(format!("{name}.rs")), directory.join(format!("lib{name}.so")));
    std::fs::write(&source, text).unwrap();
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "-L"]).arg(directory).args(options).arg(&source).arg("-o").arg(&library);
    let output = rustc.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(library).unwrap()
}

const PLAIN: &str = "#[unsafe(no_mangle)] pub extern \"C\" fn count() -> usize { std::env::args().count() }";

fn with_constructor(section: &str) -> String {
    format!(
        "{PLAIN}
        pub extern \"C\" fn start() {{ count(); }}
        #[used] #[unsafe(link_section = \"{section}\")] static START: extern \"C\" fn() = start;"
    )
}

#[test]
fn what_each_library_has_is_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let rows: [&[&str]; 4] = [
        &["--crate-type=cdylib"],
        &["--crate-type=cdylib", "-O", "-Cstrip=debuginfo"],
        // As a base is.
        &["--crate-type=dylib"],
        &["--crate-type=cdylib", "-Clink-arg=-Wl,-z,pack-relative-relocs"],
    ];
    for options in rows {
        let found = at_load(&*library(directory.path(), "plain", PLAIN, options)).unwrap();
        assert_eq!(found, AtLoad::default(), "{options:?}");
        assert!(found.is_nothing());
    }
    // What only tools have written is no library of ours: the file is read, not trusted.
    assert_eq!(at_load(&b"MZ and nothing else"[..]).ok(), None);
}

#[test]
fn the_users_constructors_are_found_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let rows: [(&str, &[&str]); 4] = [
        (".init_array", &["--crate-type=cdylib"]),
        (".init_array.00101", &["--crate-type=cdylib", "-O"]),
        // There they are symbols that others may replace.
        (".init_array", &["--crate-type=dylib"]),
        (".init_array", &["--crate-type=cdylib", "-Clink-arg=-Wl,-z,pack-relative-relocs"]),
    ];
    for (section, options) in rows {
        let found = at_load(&*library(directory.path(), "own", &with_constructor(section), options)).unwrap();
        let [Some(name)] = found.constructors.as_slice() else { panic!("{options:?}: {found:?}") };
        assert!(name.contains("5start"), "{options:?}: {name}");
        assert_eq!(found.libraries, [""; 0]);
    }
}

#[test]
fn what_has_no_name_is_taken_for_the_users() {
    let directory = tempfile::tempdir().unwrap();
    let stripped = ["--crate-type=cdylib", "-Cstrip=symbols"];
    let found = at_load(&*library(directory.path(), "plain", PLAIN, &stripped)).unwrap();
    assert_eq!(found.constructors, [None, None], "the runtime's and std's");
    let found = at_load(&*library(directory.path(), "own", &with_constructor(".init_array"), &stripped)).unwrap();
    assert_eq!(found.constructors, [None, None, None]);
}

#[test]
fn an_init_of_the_users_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let options = ["--crate-type=cdylib", "-Clink-arg=-Wl,-init=count"];
    let found = at_load(&*library(directory.path(), "init", PLAIN, &options)).unwrap();
    assert_eq!(found.constructors, [Some("count".to_owned())]);
}

#[test]
fn needed_libraries_and_their_functions_are_named() {
    let directory = tempfile::tempdir().unwrap();
    library(directory.path(), "other", PLAIN, &["--crate-type=cdylib", "-Clink-arg=-Wl,-soname,libother.so.3"]);
    let text = "
        #[link(name = \"other\")] unsafe extern \"C\" { fn count() -> usize; }
        #[used] #[unsafe(link_section = \".init_array\")]
        static START: unsafe extern \"C\" fn() -> usize = count;";
    let found = at_load(&*library(directory.path(), "needs", text, &["--crate-type=cdylib"])).unwrap();
    assert_eq!(found.libraries, ["libother.so.3"]);
    assert_eq!(found.constructors, [Some("count".to_owned())]);
}

#[test]
fn no_truncation_and_no_wrong_number_is_a_panic() {
    let directory = tempfile::tempdir().unwrap();
    let whole = library(directory.path(), "own", &with_constructor(".init_array"), &["--crate-type=cdylib", "-O"]);
    for length in (0..whole.len()).step_by(whole.len() / 97 + 1) {
        let found = at_load(&whole[..length]);
        assert!(found.is_err() || found.is_ok_and(|found| !found.is_nothing()), "{length}");
    }
    // Each word of the headers and of the dynamic section, as large as it can be.
    let parsed = FileHeader64::<LittleEndian>::parse(&*whole).unwrap();
    let headers = parsed.program_headers(LittleEndian, &*whole).unwrap();
    let dynamic = headers.iter().find(|one| one.p_type(LittleEndian) == elf::PT_DYNAMIC).unwrap();
    let dynamic = dynamic.p_offset(LittleEndian)..dynamic.p_offset(LittleEndian) + dynamic.p_filesz(LittleEndian);
    let words = (0..1024).step_by(8).chain(dynamic.step_by(8).map(|at| at as usize));
    for at in words {
        let mut wrong = whole.clone();
        wrong[at..at + 8].fill(0xff);
        let _ = at_load(&*wrong);
    }
}

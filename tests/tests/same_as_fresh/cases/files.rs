//! Files and crates: modules in several places, build scripts, workspaces.

use crate::case::{Case, Crate, CrateKind, edit, patched};

pub const CASES: &[Case] = &[
    Case::new(
        "a file that is two modules",
        &[
            ("src/lib.rs", "#[path = \"shared.rs\"] mod one;\n#[path = \"shared.rs\"] mod two;\npub fn answer() -> String { format!(\"{} {}\", one::value(), two::value()) }\n"),
            ("src/shared.rs", "pub fn value() -> u32 { 1 }\n"),
        ],
        "1 1",
    )
    .edits(&[
        edit("src/shared.rs", "{ 1 }", "{ 2 }", "2 2"),
        edit("src/shared.rs", "{ 2 }", "{ LIMIT } const LIMIT: u32 = 3;", "3 3"),
    ]),
    Case::new(
        "modules under conditions and paths",
        &[
            (
                "src/lib.rs",
                "#[cfg_attr(unix, path = \"on_unix.rs\")]\n#[cfg_attr(windows, path = \"on_windows.rs\")]\nmod system;\n#[path = \"odd/name.rs\"]\nmod odd;\n#[cfg(unix)]\nmod here { pub fn value() -> u32 { 3 } }\n#[cfg(not(unix))]\nmod here { pub fn value() -> u32 { 30 } }\npub fn answer() -> String { format!(\"{} {} {}\", system::value(), odd::value(), here::value()) }\n",
            ),
            ("src/on_unix.rs", "pub fn value() -> u32 { 1 }\n"),
            ("src/on_windows.rs", "pub fn value() -> u32 { 10 }\n"),
            ("src/odd/name.rs", "pub fn value() -> u32 { 2 }\n"),
        ],
        "1 2 3",
    )
    .edits(&[
        edit("src/on_unix.rs", "{ 1 }", "{ 4 }", "4 2 3"),
        patched("src/odd/name.rs", "{ 2 }", "{ 5 }", "4 5 3"),
        patched("src/lib.rs", "{ 3 }", "{ 6 }", "4 5 6"),
    ]),
    Case::new(
        "a module that the build script has as well",
        &[
            ("src/lib.rs", "mod shared;\nconst BUILT: &str = env!(\"BUILT_WITH\");\npub fn answer() -> String { format!(\"{} {}\", shared::size(), BUILT) }\n"),
            ("src/shared.rs", "pub fn size() -> u32 { 3 }\n"),
            ("build.rs", "#[path = \"src/shared.rs\"]\nmod shared;\nfn main() { println!(\"cargo::rustc-env=BUILT_WITH={}\", shared::size()); println!(\"cargo::rerun-if-changed=src/shared.rs\"); }\n"),
        ],
        "3 3",
    )
    .edits(&[edit("src/shared.rs", "{ 3 }", "{ 4 }", "4 4")]),
    Case::new(
        "what a build script generates",
        &[
            (
                "src/lib.rs",
                "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\npub struct Config;\nimpl Config { pub const LIMIT: u32 = 1; }\nfn of<T>(_: T) -> u32 { 2 }\npub fn answer() -> String { format!(\"{} {}\", made_limit(), made_of()) }\n",
            ),
            (
                "build.rs",
                "fn main() {\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    std::fs::write(out + \"/made.rs\", \"pub fn made_limit() -> u32 { Config::LIMIT } pub fn made_of() -> u32 { of(1) }\").unwrap();\n    println!(\"cargo::rerun-if-changed=build.rs\");\n}\n",
            ),
        ],
        "1 2",
    )
    .edits(&[
        edit("src/lib.rs", "LIMIT: u32 = 1", "LIMIT: u32 = 3", "3 2"),
        edit("src/lib.rs", "u32 { 2 }", "u32 { 4 }", "3 4"),
        edit("build.rs", "of(1)", "of(1) * 10", "3 40"),
    ]),
    Case::new(
        "a chain of crates that hand things on",
        &[
            ("core_lib/src/inner.rs", "pub const LIMIT: u32 = 1;\npub fn of<T>(_: T) -> u32 { 2 }\npub struct Config;\nimpl Config { pub const MAX: u32 = 3; }\npub fn helper() -> u32 { 4 }\n"),
            ("src/lib.rs", "use facade::prelude::*;\nfn own() -> u32 { LIMIT + facade::again::LIMIT }\nfn generic() -> u32 { of(1) }\nfn constant() -> u32 { Config::MAX }\npub fn answer() -> String { format!(\"{} {} {} {} {}\", own(), generic(), constant(), facade::help(), facade::limit!()) }\n"),
        ],
        "2 2 3 4 1",
    )
    .with(&[
        Crate {
            name: "core_lib",
            kind: CrateKind::Library,
            text: "mod inner;\npub use inner::*;\n",
            uses: &[],
        },
        Crate {
            name: "facade",
            kind: CrateKind::Library,
            text: "pub mod prelude { pub use core_lib::*; }\npub use core_lib as again;\npub fn help() -> u32 { core_lib::helper() }\n#[macro_export] macro_rules! limit { () => { $crate::prelude::LIMIT } }\n",
            uses: &["core_lib"],
        },
    ])
    .edits(&[
        edit("core_lib/src/inner.rs", "LIMIT: u32 = 1", "LIMIT: u32 = 5", "10 2 3 4 5"),
        edit("core_lib/src/inner.rs", "u32 { 2 }", "u32 { 6 }", "10 6 3 4 5"),
        edit("core_lib/src/inner.rs", "MAX: u32 = 3", "MAX: u32 = 7", "10 6 7 4 5"),
        edit("core_lib/src/inner.rs", "u32 { 4 }", "u32 { 8 }", "10 6 7 8 5"),
    ]),
    Case::new(
        "a trait of another crate that is exchanged",
        &[("src/lib.rs", "use words::Loud;\nfn said() -> String { \"hi\".say() }\npub fn answer() -> String { said() }\n")],
        "HI",
    )
    .with(&[Crate {
        name: "words",
        kind: CrateKind::Library,
        text: "pub trait Loud { fn say(&self) -> String; }\nimpl Loud for str { fn say(&self) -> String { self.to_uppercase() } }\npub trait Double { fn say(&self) -> String; }\nimpl Double for str { fn say(&self) -> String { self.repeat(2) } }\n",
        uses: &[],
    }])
    .edits(&[edit("src/lib.rs", "use words::Loud", "use words::Double", "hihi")]),
];

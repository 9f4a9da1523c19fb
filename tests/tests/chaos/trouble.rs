//! The troubles. Each leaves the program with sources that may be bad; good ones are saved afterwards.

use std::fs;
use std::time::{Duration, SystemTime};

use liveswap_tests::{Random, descendants_of, until};

use crate::program::Program;
use crate::surroundings;

pub struct Trouble {
    pub name: &'static str,
    pub make: fn(&mut Program, &mut Random),
}

const fn trouble(name: &'static str, make: fn(&mut Program, &mut Random)) -> Trouble {
    Trouble { name, make }
}

/// Those of which each round has one.
const TROUBLES: &[Trouble] = &[
    trouble("good edits", good_edits),
    trouble("a swap", |program, _| {
        program.save_with("// ITEM", "pub static NEW: u8 = 1;\npub trait More {}\n");
        program.event(&["applied"]);
    }),
    trouble("another layout of the state", another_layout),
    trouble("a syntax error", |program, _| {
        program.save_with("// ITEM", "fn broken( {");
        program.event(&["build_failed"]);
    }),
    trouble("a type error", |program, _| {
        program.save_with("// TROUBLE", "let number: u64 = \"text\";");
        program.event(&["build_failed"]);
    }),
    trouble("a panic in an entry", |program, _| bad_code(program, "panic!(\"chaos\");")),
    trouble("a panic in a step", |program, _| {
        program.save_with("// STEP", "if steps > 0 {\n        panic!(\"chaos\");\n    }");
        program.event(&["rolled_back"]);
    }),
    trouble("a panic in a swapped image", |program, _| {
        let sources = program.next().replace("// ITEM", "pub static NEWER: u8 = 1;");
        program.save(&sources.replace("// TROUBLE", "assert!(NEWER == 0, \"chaos\");"));
        program.event(&["rolled_back"]);
    }),
    trouble("an overflow", |program, _| bad_code(program, "let _ = black_box(u64::MAX) + number + 1;")),
    trouble("an index out of bounds", |program, _| bad_code(program, "let _ = black_box(Vec::<u8>::new())[1];")),
    trouble("a capacity that overflows", |program, _| {
        bad_code(program, "black_box(Vec::<u64>::with_capacity(black_box(usize::MAX)));");
    }),
    trouble("a panic in a drop", |program, _| {
        let bomb = "struct Bomb;\n    impl Drop for Bomb {\n        fn drop(&mut self) {\n            panic!(\"chaos\");\n        }\n    }\n    let _bomb = Bomb;";
        bad_code(program, bomb);
    }),
    trouble("a null pointer", |program, _| {
        bad_code(program, "unsafe { black_box(std::ptr::null_mut::<u8>()).write_volatile(1) };");
    }),
    trouble("a wild pointer", |program, _| {
        bad_code(program, "unsafe { black_box(black_box(0xdead_0000_usize) as *const u8).read_volatile() };");
    }),
    trouble("a crash in the C library", |program, _| {
        let copy = "let mut to = [0u8; 4096];\n    \
                    unsafe { std::ptr::copy_nonoverlapping(black_box(64_usize) as *const u8, to.as_mut_ptr(), 4096) };\n    \
                    black_box(to);";
        bad_code(program, copy);
    }),
    trouble("an instruction that is none", |program, _| bad_code(program, "unsafe { std::arch::asm!(\"ud2\") };")),
    trouble("a stack that overflows", |program, _| {
        let code = "fn deeper(number: u64) -> u64 {\n        black_box([number; 64])[3] + deeper(number + 1)\n    }\n    \
                    black_box(deeper(number));";
        bad_code(program, code);
    }),
    trouble("an abort", |program, _| bad_code(program, "std::process::abort();\n    #[allow(unreachable_code)]")),
    trouble("an allocation that there is no memory for", |program, _| {
        bad_code(program, "black_box(Vec::<u8>::with_capacity(black_box(1 << 46)));");
    }),
    trouble("an endless loop", endless_loop),
    trouble("a panic in a thread", |program, _| {
        program.save_with("// TROUBLE", "let _ = std::thread::spawn(|| panic!(\"chaos\")).join();");
        program.event(&["fault"]);
    }),
    trouble("a panic in a hook", |program, _| {
        hook(program, "on_load", "panic!(\"chaos\")");
        program.event(&["refused"]);
    }),
    trouble("a panic in the hook of what is left", |program, _| {
        hook(program, "on_retire", "panic!(\"chaos\")");
        program.event(&["applied"]);
        program.comes_to_the_newest_code();
        program.event(&["fault"]);
    }),
    trouble("a constructor that panics", |program, _| constructor(program, "panic!(\"chaos\")")),
    trouble("a constructor that crashes", |program, _| {
        constructor(program, "unsafe { black_box(std::ptr::null_mut::<u8>()).write_volatile(1) }");
    }),
    trouble("a constructor that ends the process", |program, _| constructor(program, "std::process::exit(1)")),
    trouble("a save storm", |program, random| {
        for _ in 0..30 {
            let text = program.next();
            program.save(&text);
            std::thread::sleep(Duration::from_millis(random.below(20)));
        }
    }),
    trouble("half a file", |program, random| {
        let text = program.next();
        let end = random.index(text.len());
        program.save(text.get(..end).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(random.below(300)));
    }),
    trouble("a file of another time", |program, random| {
        let day = Duration::from_secs(86_400);
        let now = SystemTime::now();
        let time = if random.below(2) == 0 { now - day } else { now + day };
        let text = program.next();
        program.save(&text);
        let file = fs::File::options().write(true).open(program.project.path("logic/src/lib.rs")).expect("the file");
        file.set_modified(time).expect("another time");
        program.event(&["applied", "skipped"]);
    }),
    trouble("hundreds of files at once", many_files),
    trouble("compilers that are killed", |program, random| with_a_compiler(program, random, "KILL")),
    trouble("compilers that are stopped", |program, random| with_a_compiler(program, random, "STOP")),
    trouble("no staging directory", |program, _| {
        for entry in fs::read_dir(program.project.outside().join("staging")).expect("the staging directory").flatten() {
            fs::remove_dir_all(entry.path()).expect("a directory that goes");
        }
    }),
    trouble("no shadow", |program, _| {
        let _ = fs::remove_dir_all(program.project.path("target/liveswap/chaos-logic/liveswap-shadow"));
    }),
    trouble("an artifact that is none", spoil_the_artifact),
    trouble("a full disk", surroundings::full_disk),
    trouble("another time of day", surroundings::clock),
    trouble("another host of the project", surroundings::another_host),
];

/// Those that take so long that they come rarely.
const RARE: &[Trouble] = &[trouble("no target directory", |program, _| {
    let _ = fs::remove_dir_all(program.project.path("target"));
})];

/// The trouble of a round; one with this text in its name, where that is asked for.
pub fn pick(random: &mut Random, wanted: Option<&str>) -> &'static Trouble {
    if let Some(wanted) = wanted {
        let all = TROUBLES.iter().chain(RARE);
        let meant: Vec<_> = all.filter(|trouble| trouble.name.contains(wanted)).collect();
        assert!(!meant.is_empty(), "no trouble is called {wanted:?}");
        return meant[random.index(meant.len())];
    }
    if random.below(60) == 0 {
        return &RARE[random.index(RARE.len())];
    }
    &TROUBLES[random.index(TROUBLES.len())]
}

fn good_edits(program: &mut Program, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let text = program.next();
        program.save(&text);
        program.event(&["applied"]);
    }
}

/// Code that panics whenever it is called: the code before it comes back.
fn bad_code(program: &mut Program, code: &str) {
    program.save_with("// TROUBLE", code);
    program.event(&["rolled_back"]);
}

/// All eight threads are in it; edits go on, and are there when they come back.
fn endless_loop(program: &mut Program, _: &mut Random) {
    let wait = "while !outside().join(\"release\").exists() {\n        \
                std::thread::sleep(std::time::Duration::from_millis(1));\n    }";
    program.save_with("// TROUBLE", wait);
    while program.event(&["fault"])["kind"] != "hang" {}
    let text = program.next();
    program.save(&text);
    program.event(&["applied"]);
    let release = program.project.outside().join("release");
    fs::write(&release, "").expect("the file that is waited for");
    program.comes_to_the_newest_code();
    fs::remove_file(&release).expect("the same file");
}

fn another_layout(program: &mut Program, _: &mut Random) {
    if program.has("// FIELD") {
        program.keep("// FIELD", "extra: Vec<u32>,");
        program.keep("/* VALUE */", ", extra: vec![1]");
    } else {
        program.keep("extra: Vec<u32>,", "// FIELD");
        program.keep(", extra: vec![1]", "/* VALUE */");
    }
}

fn hook(program: &mut Program, option: &str, body: &str) {
    let sources = program.next().replace("hot_lib!()", &format!("hot_lib!({option} = hook)"));
    program.save(&sources.replace("// ITEM", &format!("fn hook() {{\n    {body}\n}}")));
}

/// Code that would run while it is loaded, in the middle of the loader.
fn constructor(program: &mut Program, body: &str) {
    let table = "#[used]\n#[unsafe(link_section = \".init_array\")]\nstatic CONSTRUCT: extern \"C\" fn() = construct;";
    program.save_with("// ITEM", &format!("{table}\n\nextern \"C\" fn construct() {{\n    {body}\n}}"));
    let refused = program.event(&["refused"]);
    assert!(refused["reason"].as_str().is_some_and(|reason| reason.contains("constructor")), "{refused}");
}

/// A checkout of another branch: two hundred modules appear, or go.
fn many_files(program: &mut Program, _: &mut Random) {
    let directory = program.project.path("logic/src");
    let name = |number: u32| directory.join(format!("module{number}.rs"));
    let modules: String = (0..200).map(|number| format!("mod module{number};\n")).collect();
    for number in 0..200 {
        let text = format!("//! A module.\n\n/// A number.\npub fn number() -> u32 {{\n    {number}\n}}\n");
        fs::write(name(number), text).expect("a module");
    }
    program.save_with("// ITEM", &format!("#[allow(dead_code)]\nmod many {{}}\n{modules}"));
    program.event(&["applied"]);
    let text = program.next();
    program.save(&text);
    (0..200).for_each(|number| fs::remove_file(name(number)).expect("a module"));
}

/// A signal for what compiles an edit.
fn with_a_compiler(program: &mut Program, random: &mut Random, name: &str) {
    // A swap, so that it takes long enough.
    program.save_with("// ITEM", &format!("pub trait Another{} {{}}", random.below(1000)));
    let compilers = |program: &Program| {
        let mut all = descendants_of(program.run.mark());
        all.retain(|(id, _)| *id != program.run.id());
        all
    };
    until("a compiler", || !compilers(program).is_empty());
    let all = compilers(program);
    // It may have come to its end by now.
    let (id, _) = all[random.index(all.len())];
    let _ = std::process::Command::new("kill").args(["-s", name, &id.to_string()]).output();
}

/// cargo's artifact becomes something else, just when it is to be loaded.
fn spoil_the_artifact(program: &mut Program, random: &mut Random) {
    let directory = program.project.path("target/liveswap/chaos-logic/debug");
    program.save_with("// ITEM", &format!("pub trait Spoilt{} {{}}", random.below(1000)));
    let artifact = directory.join("libchaos_logic.so");
    for _ in 0..40 {
        let Ok(bytes) = fs::read(&artifact) else { continue };
        // Cargo's file is a link to another one, which stays as it is.
        let _ = fs::remove_file(&artifact);
        let end = random.index(bytes.len().max(1));
        let _ = fs::write(&artifact, if random.below(2) == 0 { &bytes[..end] } else { b"no library at all" });
        std::thread::sleep(Duration::from_millis(25));
    }
    let _ = fs::remove_file(&artifact);
}

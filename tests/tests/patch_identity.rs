//! What a program sees of patches is what a fresh build gives: one address for each function, the newest code behind
//! pointers and in threads, the crate's own paths, the lines of now.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run};

const LIB: &str = "src/lib.rs";

const PROGRAM: &str = r#"//! Shows what it sees of itself.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use liveswap::{App, Flow, HotState, HotType, Tick};

#[derive(HotType, HotState)]
pub struct Counter {
    count: u64,
}

static STORED: Mutex<Option<fn() -> u32>> = Mutex::new(None);
static SEEN: AtomicU32 = AtomicU32::new(0);

macro_rules! here {
    () => {
        line!()
    };
}

fn handler() -> u32 {
    1
}

fn store() -> u32 {
    let mut stored = STORED.lock().unwrap();
    if stored.is_none() && false {
        *stored = Some(handler);
    }
    stored.map_or(0, |stored| stored())
}

fn is_stored() -> bool {
    STORED.lock().unwrap().is_some_and(|stored| stored as usize == handler as usize)
}

fn start() {}

fn step() -> u32 {
    1
}

fn path() -> &'static str {
    "none"
}

fn place() -> u32 {
    here!()
}

impl App for Counter {
    const RATE: f64 = 50.0;

    fn init() -> Self {
        Counter { count: 0 }
    }

    fn tick(&mut self, tick: Tick) -> Flow {
        self.count += 1;
        let seen = SEEN.load(Ordering::Relaxed);
        println!("stored {} {} seen {seen} at {} in {} of {}", store(), is_stored(), place(), path(), tick.generation);
        start();
        Flow::Continue
    }
}

liveswap::hot_lib!(app = Counter);
"#;

fn applied(run: &mut Run, tier: &str, line: &str) {
    let event = run.event("applied");
    assert_eq!(event["tier"], tier, "{event}");
    run.line(line);
}

#[test]
fn functions_of_patches_are_those_of_the_program() {
    let project = Project::new("counter");
    project.write(LIB, PROGRAM);
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let line = 1 + PROGRAM.lines().position(|line| line.contains("here!()")).unwrap();
    run.line(&format!("stored 0 false seen 0 at {line} in none "));
    // A pointer that a patch has stored.
    let text = project.read(LIB).replace("&& false", "&& true").replacen("    1\n", "    2\n", 1);
    project.write(LIB, &text);
    applied(&mut run, "patch", "stored 2 true ");
    project.edit(LIB, "    2\n", "    3\n");
    applied(&mut run, "patch", "stored 3 true ");
    // A thread that a patch has started, and a function that only patches have.
    let thread = "fn start() {\n    if SEEN.swap(1, Ordering::Relaxed) == 0 {\n        std::thread::spawn(looped);\n    }\n}\n\n\
                  fn looped() {\n    loop {\n        SEEN.store(step() + extra(), Ordering::Relaxed);\n        \
                  std::thread::sleep(Duration::from_millis(5));\n    }\n}\n\nfn extra() -> u32 {\n    100\n}";
    // A value of a function of a patch's own would have another address in each.
    let thread = thread.replace("spawn(looped)", "spawn(|| looped())").replace("SEEN.swap(1", "SEEN.fetch_max(1");
    project.edit(LIB, "fn start() {}", &thread);
    applied(&mut run, "patch", "seen 101 ");
    let step = "fn step() -> u32 {\n    ";
    project.edit(LIB, &format!("{step}1"), &format!("{step}2"));
    applied(&mut run, "patch", "seen 102 ");
    project.edit(LIB, "    100\n", "    200\n");
    applied(&mut run, "patch", "seen 202 ");
    // Paths are the crate's own.
    project.edit(LIB, "\"none\"", "module_path!()");
    applied(&mut run, "patch", "in counter ");
    // Lines move with a comment alone.
    let before = project.read(LIB);
    project.write(LIB, &before.replacen("fn place()", "// A comment.\nfn place()", 1));
    let line = 2 + before.lines().position(|line| line.contains("here!()\n") || line.trim() == "here!()").unwrap();
    applied(&mut run, "patch", &format!("at {line} in counter "));
    // A type of a body would be another one in each patch.
    project.edit(LIB, "module_path!()", "{\n        struct Local;\n        std::any::type_name::<Local>()\n    }");
    applied(&mut run, "swap", "in counter::path::Local ");
    run.stop();
}

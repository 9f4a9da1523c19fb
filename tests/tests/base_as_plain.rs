//! Before any edit, and where it is not patched, a base does what the plain library does: what it drops and when, how deep
//! it can go, in which columns it stands, what it reads of its own sources.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run};

const LIB: &str = r#"//! Says what a base could do otherwise.

mod inner;
mod texts;

use liveswap::{App, Flow, HotState, HotType, Tick};

/// Does nothing but say.
#[derive(Debug, HotType, HotState)]
pub struct Program {
    ticks: u64,
}

impl App for Program {
    fn init() -> Self {
        Program { ticks: 0 }
    }

    fn tick(&mut self, _: Tick) -> Flow {
        self.ticks += 1;
        println!("{} texts {}.", inner::all(), texts::length());
        Flow::Continue
    }
}

liveswap::hot_lib!(app = Program);
"#;

const INNER: &str = r#"//! What is patched.

use std::cell::RefCell;
use std::panic::Location;

thread_local! {
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

pub struct Loud(char);

impl Drop for Loud {
    fn drop(&mut self) {
        LOG.with(|log| log.borrow_mut().push(self.0));
    }
}

pub struct Deep;

impl Deep {
    fn down(&self, n: u64) -> u64 {
        if n == 0 { 0 } else { 1 + self.down(n - 1) }
    }
}

const LEVELS: u64 = 100_000;

fn large(bytes: [u8; 250_000]) -> [u8; 250_000] {
    let mut more = bytes;
    more[0] += 1;
    more
}

fn drops((_a, _): (Loud, Loud), _b: Loud) {}

fn sum((a, b /* y */, // x
    ): (u32, u32)) -> u32 {
    a + b
}

fn column() -> u32 { Location::caller().column() }

pub fn all() -> String {
    drops((Loud('a'), Loud('u')), Loud('b'));
    let log = LOG.with(RefCell::take);
    let large = std::thread::spawn(|| large([1; 250_000])[0]).join().unwrap();
    let deep = std::thread::Builder::new().stack_size(8 << 20).spawn(|| Deep.down(LEVELS)).unwrap().join().unwrap();
    format!("deep {deep} large {large} drops {log} sum {} column {}", sum((1, 2)), column())
}
"#;

const TEXTS: &str = "//! Reads itself.

pub fn length() -> usize { include_str!(\"texts.rs\").len() }
";

fn applied(run: &mut Run, tier: &str) {
    let event = run.event("applied");
    assert_eq!(event["tier"], tier, "{event}");
}

#[test]
fn a_base_is_the_program() {
    let project = Project::new("patches");
    for (path, text) in [("src/lib.rs", LIB), ("src/inner.rs", INNER), ("src/texts.rs", TEXTS)] {
        project.write(path, text);
    }
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let length = TEXTS.len();
    run.line(&format!("deep 100000 large 2 drops bau sum 3 column 22 texts {length}."));
    let edited = INNER.replace("1 + self", "2 + self").replace("100_000", "40_000").replace("+= 1;", "+= 2;");
    let edited = edited.replace("a + b", "a * b").replace("Loud) {}", "Loud) { let _ = 1; }");
    project.write("src/inner.rs", &edited);
    applied(&mut run, "patch");
    run.line(&format!("deep 80000 large 3 drops bau sum 2 column 22 texts {length}."));
    project.write("src/texts.rs", &format!("{TEXTS}// more\n"));
    applied(&mut run, "swap");
    run.line(&format!("deep 80000 large 3 drops bau sum 2 column 22 texts {}.", length + "// more\n".len()));
}

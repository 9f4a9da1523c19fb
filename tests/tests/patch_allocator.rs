//! A library with an allocator of its own (`hot_lib!(allocator = own)`): patched code allocates and frees with it, too.
//! Hosts with allocators of their own are in `typed_allocator.rs`.

#![cfg(target_os = "linux")]

use liveswap_tests::Project;

const LIB: &str = "src/lib.rs";

/// The allocator puts a mark before each block, and ends the process over a block without one.
const LIBRARY: &str = r#"//! A library with an allocator of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use liveswap::{App, Flow, HotState, HotType, Tick};

struct Marking;

const MARK: u64 = 0x1157_0A11_0CA7_0123;
static FREED: AtomicU64 = AtomicU64::new(0);

fn with_room(layout: Layout) -> (Layout, usize) {
    let room = layout.align().max(16);
    (Layout::from_size_align(layout.size() + room, room).unwrap(), room)
}

unsafe impl GlobalAlloc for Marking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (whole, room) = with_room(layout);
        unsafe {
            let start = System.alloc(whole);
            start.add(room - 8).cast::<u64>().write(MARK);
            start.add(room)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (whole, room) = with_room(layout);
        unsafe {
            let mark = block.sub(8).cast::<u64>();
            if mark.read() != MARK {
                std::process::abort();
            }
            mark.write(0);
            FREED.fetch_add(1, Ordering::Relaxed);
            System.dealloc(block.sub(room), whole);
        }
    }
}

#[global_allocator]
static ALLOCATOR: Marking = Marking;

#[derive(HotType, HotState)]
pub struct Program {
    texts: Vec<String>,
}

impl App for Program {
    const RATE: f64 = 50.0;

    fn init() -> Self {
        Program { texts: Vec::new() }
    }

    fn tick(&mut self, _: Tick) -> Flow {
        let before = FREED.load(Ordering::Relaxed);
        self.texts = make(std::mem::take(&mut self.texts));
        let said = say(&self.texts);
        spend(&mut self.texts);
        println!("{said} freed {}", FREED.load(Ordering::Relaxed) - before > 20);
        Flow::Continue
    }
}

/// Frees what the tick before has left, and allocates.
fn make(old: Vec<String>) -> Vec<String> {
    drop(old);
    (0..40).map(|number| format!("make {number} 1")).collect()
}

fn say(texts: &[String]) -> String {
    format!("say 1 {}", texts.last().unwrap())
}

/// Frees some of what `make` has allocated.
fn spend(texts: &mut Vec<String>) {
    texts.truncate(10);
    texts.push("spend 1".to_owned());
}

liveswap::hot_lib!(app = Program, allocator = own);
"#;

#[test]
fn patched_code_uses_the_librarys_own_allocator() {
    let project = Project::new("counter");
    project.write(LIB, LIBRARY);
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("say 1 make 39 1 freed true");
    for version in 1..=2 {
        let next = version + 1;
        let edits = [
            (format!("make {{number}} {version}"), format!("make {{number}} {next}")),
            (format!("say {version}"), format!("say {next}")),
            (format!("spend {version}"), format!("spend {next}")),
        ];
        for (from, to) in edits {
            project.edit(LIB, &from, &to);
            let event = run.event("applied");
            assert_eq!(event["tier"], "patch", "{event}");
            run.line("freed true");
        }
        run.line(&format!("say {next} make 39 {next} freed true"));
    }
    run.stop();
}

//! A host with a global allocator of its own: what the library allocates the host may free, and the other way round.

#![cfg(unix)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use liveswap::{Policy, on_panic};
use liveswap_host::EventKind;
use liveswap_host::events::Tier;
use liveswap_tests::{Project, TypedRun};
use typed_logic::State;

/// Puts a mark before each block, and ends the process over a block without one: a foreign block, which an ordinary
/// allocator of a host's own would take for its own, and crash later.
struct Marking;

const MARK: u64 = 0x1157_0A11_0CA7_0123;
static FREED: AtomicU64 = AtomicU64::new(0);

/// The block with room for the mark; as much as keeps the alignment.
fn with_room(layout: Layout) -> (Layout, usize) {
    let room = layout.align().max(16);
    (Layout::from_size_align(layout.size() + room, layout.align().max(16)).expect("a layout"), room)
}

// SAFETY: each block is one of `System`'s, `room` bytes further on, which keeps the alignment; it is freed with the
// layout that it was made with.
unsafe impl GlobalAlloc for Marking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (whole, room) = with_room(layout);
        // SAFETY: the layout has a size; the mark lies before the part that is handed out.
        unsafe {
            let start = System.alloc(whole);
            if start.is_null() {
                return start;
            }
            start.add(room - 8).cast::<u64>().write(MARK);
            start.add(room)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (whole, room) = with_room(layout);
        // SAFETY: the caller gives a block of this allocator; if it does not, the mark tells, and nothing is freed.
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

/// The tests share the library's table.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Lets owned values go in and come out many times.
fn trade(state: &mut State, version: u64) {
    let before = FREED.load(Ordering::Relaxed);
    for round in 0..100 {
        let (names, number) = typed_logic::trade(std::mem::take(&mut state.names), "extra".into());
        assert_eq!((names.len(), *number), (3, version), "round {round}");
        state.names = names;
        typed_logic::step(state);
    }
    // Among them what the library dropped: the strings that it popped, and its arguments.
    assert!(FREED.load(Ordering::Relaxed) - before >= 300);
}

/// Bodies that allocate and free in patched code what the other side made, and the other way round.
#[cfg(target_os = "linux")]
#[test]
fn values_cross_in_both_directions_over_patches() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let project = Project::typed();
    let mut run = TypedRun::start(|host| host.patch(true).library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    let mut state = State { count: 0, names: vec!["host".into(); 3] };
    trade(&mut state, 1);
    for version in 2..=12 {
        let number = |version: u64| format!("VERSION: u64 = {version};");
        project.edit("logic/src/lib.rs", &number(version - 1), &number(version));
        let tier = run.wait("an applied edit", true, |event| match &event.kind {
            EventKind::Applied { tier, .. } => Some(*tier),
            _ => None,
        });
        assert_eq!(tier, Tier::Patch);
        trade(&mut state, version);
        assert!(state.names.contains(&format!("extra {version}")), "{:?}", state.names);
    }
    project.edit("logic/src/lib.rs", "    number\n}", "    assert!(number < 5, \"too much\");\n    number\n}");
    run.applied();
    for _ in 0..10 {
        let call = || typed_logic::fragile(7);
        std::panic::catch_unwind(|| on_panic(Policy::Propagate, call)).expect_err("a panic");
    }
    drop(run);
    // The library's last blocks are freed by the host.
    drop(state);
}

#[test]
fn values_cross_in_both_directions_over_swaps() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let project = Project::typed();
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    let mut state = State { count: 0, names: vec!["host".into(); 3] };
    for version in 1..=3 {
        if version > 1 {
            let (from, to) = (format!("u64 = {};", version - 1), format!("u64 = {version};"));
            project.edit("logic/src/lib.rs", &format!("VERSION: {from}"), &format!("VERSION: {to}"));
            run.applied();
        }
        trade(&mut state, version);
    }
    // A panic's report is freed by the side that made it, and the host goes on.
    project.edit("logic/src/lib.rs", "    number\n}", "    assert!(number < 5, \"too much\");\n    number\n}");
    run.applied();
    for _ in 0..10 {
        let call = || typed_logic::fragile(7);
        std::panic::catch_unwind(|| on_panic(Policy::Propagate, call)).expect_err("a panic");
    }
    drop(run);
    drop(state);
}

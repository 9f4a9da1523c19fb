//! A host with a global allocator of its own, and `typed-logic`: what the library allocates the host frees, and the
//! other way round, over swaps and patches.

use std::sync::Mutex;

use liveswap::{Policy, on_panic};
use liveswap_host::EventKind;
use liveswap_host::events::Tier;
use liveswap_tests::{Project, TypedRun};
use typed_logic::State;

/// The tests share the library's table.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Lets owned values go in and come out many times, while edits are applied by this tier. All that the library gives must
/// be blocks that the host's allocator `owns`.
pub fn values_cross(tier: Tier, owns: fn(*const u8) -> bool) {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let project = Project::typed();
    let is_patch = tier == Tier::Patch;
    let mut run = TypedRun::start(|host| host.patch(is_patch).library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    let mut state = State { count: 0, names: vec!["host".into(); 3] };
    trade(&mut state, 1, owns);
    for version in 2..=if is_patch { 12 } else { 3 } {
        let number = |version: u64| format!("VERSION: u64 = {version};");
        project.edit("logic/src/lib.rs", &number(version - 1), &number(version));
        assert_eq!(applied(&mut run), tier);
        trade(&mut state, version, owns);
        assert!(state.names.contains(&format!("extra {version}")), "{:?}", state.names);
    }
    // A panic's report is freed by the side that made it, and the host goes on.
    project.edit("logic/src/lib.rs", "    number\n}", "    assert!(number < 5, \"too much\");\n    number\n}");
    assert_eq!(applied(&mut run), tier);
    for _ in 0..10 {
        let call = || typed_logic::fragile(7);
        std::panic::catch_unwind(|| on_panic(Policy::Propagate, call)).expect_err("a panic");
    }
    drop(run);
    // The library's last blocks are freed by the host.
    drop(state);
}

fn trade(state: &mut State, version: u64, owns: fn(*const u8) -> bool) {
    for round in 0..100 {
        let (names, number) = typed_logic::trade(std::mem::take(&mut state.names), "extra".into());
        assert_eq!((names.len(), *number), (3, version), "round {round}");
        let texts = names.iter().map(|name| name.as_ptr());
        let mut blocks = texts.chain([names.as_ptr().cast(), (&raw const *number).cast()]);
        assert!(blocks.all(owns), "a block of another allocator, round {round}");
        state.names = names;
        typed_logic::step(state);
    }
}

fn applied(run: &mut TypedRun) -> Tier {
    run.wait("an applied edit", true, |event| match &event.kind {
        EventKind::Applied { tier, .. } => Some(*tier),
        _ => None,
    })
}

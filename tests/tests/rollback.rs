//! A host goes back to an earlier generation: a patch, the base of one, another image; and forward again.
//!
//! The tests share one process and so the library's table; a lock lets one run at a time.

#![cfg(target_os = "linux")]

use std::sync::{Mutex, MutexGuard};

use liveswap::{TrialTerms, try_call};
use liveswap_host::events::Tier;
use liveswap_host::{EventKind, Generation, RollbackError};
use liveswap_tests::{Project, TypedRun};
use typed_logic::State;

const LOGIC: &str = "logic/src/lib.rs";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn logic(project: &Project, patch: bool) -> TypedRun {
    let mut run = TypedRun::start(|host| host.patch(patch).library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    run
}

fn version(project: &Project, from: u64, to: u64) {
    let text = |version| format!("const VERSION: u64 = {version};");
    project.edit(LOGIC, &text(from), &text(to));
}

/// Goes back, and waits until that is in force; gives the generation whose content it has.
fn roll_back(run: &mut TypedRun, to: u64) -> u64 {
    let number = run.host.rollback_to(&typed_logic::HOT, to).expect("a way back");
    run.wait("the rollback", true, |event| match &event.kind {
        EventKind::RolledBack { generation, content_of, .. } if *generation == number => Some(*content_of),
        _ => None,
    })
}

fn generations(run: &TypedRun) -> Vec<(u64, Tier, Option<u64>, bool)> {
    let of = |one: &Generation| (one.number, one.tier, one.content_of, one.is_in_force());
    run.host.generations(&typed_logic::HOT).iter().map(of).collect()
}

fn skipped(run: &mut TypedRun) -> String {
    run.wait("a skipped save", true, |event| match &event.kind {
        EventKind::Skipped { reason, .. } => Some(reason.clone()),
        EventKind::Applied { reason, .. } => panic!("it was applied: {reason}"),
        _ => None,
    })
}

#[test]
fn patches_and_their_base_come_back() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, true);
    version(&project, 1, 2);
    run.applied();
    // Another patch of the same base, with a function more.
    project.edit(LOGIC, "    number\n", "    number + 1\n");
    run.applied();
    assert_eq!((typed_logic::version(), typed_logic::fragile(1)), (2, 2));

    assert_eq!(roll_back(&mut run, 2), 2);
    assert_eq!((typed_logic::version(), typed_logic::fragile(1)), (2, 1));
    assert_eq!(roll_back(&mut run, 1), 1);
    assert_eq!((typed_logic::version(), typed_logic::fragile(1)), (1, 1));
    assert_eq!(roll_back(&mut run, 3), 3);
    assert_eq!((typed_logic::version(), typed_logic::fragile(1)), (2, 2));
    let expected = [
        (1, Tier::Swap, None, false),
        (2, Tier::Patch, None, false),
        (3, Tier::Patch, None, false),
        (4, Tier::Patch, Some(2), false),
        (5, Tier::Swap, Some(1), false),
        (6, Tier::Patch, Some(3), true),
    ];
    assert_eq!(generations(&run), expected);
    // Patches go on from there.
    version(&project, 2, 3);
    assert_eq!(run.applied().1, 7);
    assert_eq!((typed_logic::version(), typed_logic::fragile(1)), (3, 2));
}

#[test]
fn what_was_left_is_applied_again_only_when_it_changes() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, true);
    version(&project, 1, 2);
    run.applied();
    roll_back(&mut run, 1);
    assert_eq!(typed_logic::version(), 1);
    // The same code, saved again with a comment more.
    project.edit(LOGIC, "const VERSION: u64 = 2;", "const VERSION: u64 = 2; // the second");
    assert_eq!(skipped(&mut run), "the same code as that of generation 2, which was rolled back");
    assert_eq!(typed_logic::version(), 1);
    version(&project, 2, 3);
    run.applied();
    assert_eq!(typed_logic::version(), 3);
}

#[test]
fn images_come_back_with_the_state() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, false);
    let mut state = State { count: 0, names: Vec::new() };
    version(&project, 1, 2);
    run.applied();
    version(&project, 2, 3);
    run.applied();
    assert_eq!(typed_logic::step(&mut state), "version 3 count 1");
    assert_eq!(roll_back(&mut run, 1), 1);
    assert_eq!(typed_logic::step(&mut state), "version 1 count 2");
    assert_eq!(roll_back(&mut run, 3), 3);
    assert_eq!(typed_logic::step(&mut state), "version 3 count 3");
    assert_eq!(roll_back(&mut run, 4), 1, "a rollback to a rollback");
    assert_eq!(typed_logic::step(&mut state), "version 1 count 4");
    version(&project, 3, 4);
    run.applied();
    assert_eq!(typed_logic::step(&mut state), "version 4 count 5");

    let unknown = run.host.rollback_to(&typed_logic::HOT, 99).unwrap_err();
    assert!(matches!(&unknown, RollbackError::Unknown { wanted: 99, .. }), "{unknown}");
    let in_force = run.host.generation(&typed_logic::HOT);
    assert_eq!(run.host.rollback_to(&typed_logic::HOT, in_force), Err(RollbackError::InForce { wanted: in_force }));
}

#[test]
fn faults_are_of_the_generation_in_force_and_are_not_gone_back_to() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    project.edit(LOGIC, "    number\n}", "    assert!(number < 5, \"{number} is too much\");\n    number\n}");
    let library = project.path("logic");
    let mut run =
        TypedRun::start(|host| host.patch(true).trial(TrialTerms::NONE).library_at(&typed_logic::HOT, library));
    run.started("typed-logic");
    let fault = |run: &mut TypedRun| {
        assert!(try_call(|| typed_logic::fragile(7)).is_err());
        run.wait("the fault", true, |event| match &event.kind {
            EventKind::Fault(fault) => Some(fault.generation),
            _ => None,
        })
    };
    // The function that panics is the base's, and it is another one that is patched.
    version(&project, 1, 2);
    run.applied();
    assert_eq!(fault(&mut run), 2, "not that of the base");
    version(&project, 2, 3);
    run.applied();
    // The second generation has panicked, and the first one not yet.
    let number = run.host.rollback(&typed_logic::HOT).expect("a way back");
    run.wait("the rollback", true, |event| match &event.kind {
        EventKind::RolledBack { generation, content_of, .. } => Some((*generation, *content_of)),
        _ => None,
    });
    assert_eq!((number, typed_logic::version()), (4, 1));
    assert_eq!(fault(&mut run), 4);
    version(&project, 3, 4);
    run.applied();
    let error = RollbackError::AllFailed { in_force: 5, failed: vec![1, 2, 3] };
    assert_eq!(run.host.rollback(&typed_logic::HOT), Err(error));
    let failed = |one: &Generation| one.fault.as_ref().map(|_| one.number);
    let failed: Vec<u64> = run.host.generations(&typed_logic::HOT).iter().filter_map(failed).collect();
    assert_eq!(failed, [2, 4]);
    assert_eq!(roll_back(&mut run, 2), 2, "by its number it can be had");
    assert_eq!(typed_logic::version(), 2);
}

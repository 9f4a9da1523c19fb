//! New code that panics: the last good code comes back, the call gets its value, and what it was given is as it was.
//!
//! The tests share one process and so the libraries' tables; a lock lets one run at a time.

#![cfg(target_os = "linux")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use liveswap::{HotError, HotPanic, Policy, TrialTerms, on_panic, try_call, try_call_async};
use liveswap_host::{EventKind, HostBuilder, Kept};
use liveswap_tests::{Project, TypedRun};
use typed_logic::State;

const LOGIC: &str = "logic/src/lib.rs";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn start(project: &Project, describe: impl FnOnce(HostBuilder) -> HostBuilder) -> TypedRun {
    let mut run = TypedRun::start(|host| describe(host.library_at(&typed_logic::HOT, project.path("logic"))));
    run.started("typed-logic");
    run
}

fn state() -> State {
    State { count: 0, names: Vec::new() }
}

/// A later version in which `fragile` panics for all numbers from 5 on.
fn break_fragile(project: &Project) {
    // In one save: of two, the first one might run for a while.
    let text =
        project.edited(LOGIC, "    number\n}", "    assert!(number < 5, \"{number} is too much\");\n    number\n}");
    project.write(LOGIC, &text.replace("const VERSION: u64 = 1;", "const VERSION: u64 = 2;"));
}

fn mend_fragile(project: &Project) {
    project.edit(LOGIC, "assert!(number < 5, \"{number} is too much\");", "assert!(number < 500);");
}

fn skipped(run: &mut TypedRun) -> String {
    run.wait("a skipped save", true, |event| match &event.kind {
        EventKind::Skipped { reason, .. } => Some(reason.clone()),
        EventKind::Applied { reason, .. } => panic!("it was applied: {reason}"),
        _ => None,
    })
}

fn panic_of(call: impl FnOnce()) -> HotPanic {
    *catch_unwind(AssertUnwindSafe(call)).expect_err("a panic").downcast().expect("a panic of hot code")
}

/// The way of a mistake: the call gets its value from the code before, the mistake is told and not made again, and its fix
/// is taken.
fn a_mistake_costs_a_message(is_patch: bool) {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host.patch(is_patch));
    break_fragile(&project);
    run.applied();
    assert_eq!((typed_logic::version(), typed_logic::fragile(4)), (2, 4));
    assert_eq!(typed_logic::fragile(7), 7, "the call was made again");
    assert_eq!((typed_logic::version(), typed_logic::fragile(8)), (1, 8));
    let fault = run.wait("the fault", true, |event| match &event.kind {
        EventKind::Fault(fault) => Some(fault.clone()),
        _ => None,
    });
    let line = project.read(LOGIC).lines().position(|line| line.contains("is too much")).expect("the line") + 1;
    assert_eq!((fault.generation, fault.message.as_str()), (2, "7 is too much"));
    assert_eq!(fault.line.map(|line| line as usize), Some(line));
    let frames = fault.backtrace.expect("a backtrace");
    assert!(frames.lines().next().is_some_and(|first| first.contains("fragile")), "{frames}");
    let reason = "`typed_logic::fragile` panicked in its first calls: 7 is too much; the call is made again";
    assert_eq!(run.rolled_back(), (3, 1, reason.to_owned()));

    // Saved again, with another comment.
    project.edit(LOGIC, "    number\n}", "    number // as it is\n}");
    assert_eq!(skipped(&mut run), "the same code as that of generation 2, which was rolled back");
    mend_fragile(&project);
    assert_eq!(run.applied().1, 4);
    assert_eq!((typed_logic::version(), typed_logic::fragile(8)), (2, 8));
}

#[test]
fn a_mistake_in_a_patch_costs_a_message() {
    a_mistake_costs_a_message(true);
}

#[test]
fn a_mistake_in_a_swapped_image_costs_a_message() {
    a_mistake_costs_a_message(false);
}

#[test]
fn what_a_call_was_given_is_as_it_was() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host);
    let mut state = state();
    let counted = "    state.count += 1;\n";
    project.edit(LOGIC, counted, "    state.count += 10;\n    state.names.clear();\n    assert!(state.count < 20);\n");
    run.applied();
    state.names.push("first".into());
    assert_eq!(typed_logic::step(&mut state), "version 1 count 10");
    state.names.push("second".into());
    assert_eq!(typed_logic::step(&mut state), "version 1 count 11", "once, by the code before");
    assert_eq!(state.names, ["second"]);
    assert!(run.rolled_back().2.ends_with("; what it was given is as it was before the call; the call is made again"));
}

#[test]
fn what_has_no_clone_stays_as_the_call_left_it() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host);
    let mut world = typed_logic::make("trial".into());
    let before = world.age;
    project.edit(LOGIC, "    world.age += 1;\n", "    world.age += 10;\n    assert!(world.age < 10);\n");
    run.applied();
    typed_logic::grow(&mut world);
    assert_eq!(world.age, before + 11, "by both");
    assert!(run.rolled_back().2.ends_with("; what it had changed stays so; the call is made again"));
}

#[test]
fn code_that_is_to_be_kept_is_kept() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host.on_panic(Policy::Keep));
    break_fragile(&project);
    project.edit(
        LOGIC,
        "    state.names.push(",
        "    assert!(state.names.is_empty(), \"named\");\n    state.names.push(",
    );
    run.applied();
    assert_eq!(panic_of(|| _ = typed_logic::fragile(5)).message, "5 is too much");
    let mut state = state();
    for _ in 0..2 {
        typed_logic::note(&mut state);
    }
    assert_eq!(state.names, ["version 2"], "a call without a value returns, and what it changed is as it was");
    let error = try_call(|| typed_logic::note(&mut state)).unwrap_err();
    assert!(matches!(&error, HotError::Panicked(panic) if panic.message == "named"), "{error}");
    assert_eq!(typed_logic::version(), 2);
}

#[test]
fn each_call_may_have_a_policy_of_its_own() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host);
    break_fragile(&project);
    project.edit(
        LOGIC,
        "    state.names.push(",
        "    assert!(state.names.is_empty(), \"named\");\n    state.names.push(",
    );
    run.applied();
    let mut state = state();
    typed_logic::note(&mut state);
    on_panic(Policy::Keep, || typed_logic::note(&mut state));
    let panic = panic_of(|| on_panic(Policy::Propagate, || typed_logic::note(&mut state)));
    assert_eq!((panic.message.as_str(), typed_logic::version()), ("named", 2));
    assert_eq!((typed_logic::fragile(9), typed_logic::version()), (9, 1), "the host's own policy");
    run.rolled_back();
}

#[test]
fn after_its_first_calls_code_stays_in_force() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let terms = TrialTerms { calls: 3, time: Duration::from_secs(3600) };
    let mut run = start(&project, |host| host.trial(terms));
    break_fragile(&project);
    run.applied();
    for number in 0..3 {
        assert_eq!(typed_logic::fragile(number), number);
    }
    assert_eq!(panic_of(|| _ = typed_logic::fragile(7)).message, "7 is too much");
    assert!(try_call(|| typed_logic::fragile(7)).is_err());
    assert_eq!(typed_logic::version(), 2);
    // Each function by itself: this one has not been tried yet.
    let mut state = state();
    project.edit(LOGIC, "    state.count += 1;\n", "    assert!(state.names.is_empty());\n    state.count += 1;\n");
    run.applied();
    state.names.push("one".into());
    for number in 0..4 {
        typed_logic::fragile(number);
    }
    // Not to the second one, which has panicked after its trial.
    assert_eq!(typed_logic::step(&mut state), "version 1 count 1");
    assert_eq!(run.rolled_back().1, 1);
}

#[test]
fn without_a_trial_nothing_goes_back() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host.trial(TrialTerms::NONE));
    break_fragile(&project);
    run.applied();
    panic_of(|| _ = typed_logic::fragile(7));
    assert_eq!(typed_logic::version(), 2);
}

#[test]
fn the_first_generation_has_nothing_behind_it() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    break_fragile(&project);
    let run = start(&project, |host| host);
    assert!(try_call(|| typed_logic::fragile(7)).is_err());
    assert_eq!((typed_logic::version(), run.host.generation(&typed_logic::HOT)), (2, 1));
}

#[test]
fn two_mistakes_go_back_to_the_code_before_both() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host);
    break_fragile(&project);
    run.applied();
    project.edit(LOGIC, "assert!(number < 5,", "assert!(number < 3,");
    run.applied();
    assert_eq!(typed_logic::fragile(7), 7);
    assert_eq!(typed_logic::version(), 1);
    assert_eq!((run.rolled_back().1, run.rolled_back().1), (2, 1));
}

#[test]
fn a_future_is_not_run_again_and_its_generation_is_left() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host);
    let wait = "    YieldOnce::default().await;";
    project.edit(LOGIC, wait, &format!("{wait}\n    assert!(name.is_empty(), \"named\");"));
    run.applied();
    let mut context = Context::from_waker(Waker::noop());
    let mut failing = pin!(try_call_async(typed_logic::talk("x")));
    assert!(failing.as_mut().poll(&mut context).is_pending());
    let Poll::Ready(Err(error)) = failing.as_mut().poll(&mut context) else { panic!("it gave a value") };
    assert_eq!(error.to_string().split(" (").next(), Some("hot code panicked: named"));
    assert_eq!(run.rolled_back().1, 1);
    let mut good = pin!(typed_logic::talk("x"));
    assert!(good.as_mut().poll(&mut context).is_pending());
    assert_eq!(good.as_mut().poll(&mut context), Poll::Ready("x 1 1".into()));
}

#[test]
fn state_that_was_moved_for_bad_code_moves_back_at_the_safe_point() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host);
    let mut world: Kept<_> = typed_logic::make("moved".into());
    let shared = "shared/src/lib.rs";
    let original = project.read(shared);
    project.write(shared, &original.replacen("pub age: u32,", "pub age: u64,", 1));
    break_fragile(&project);
    let mut wait = |run: &mut TypedRun, what: &str, is_rollback: bool| {
        run.wait_with(
            what,
            |run| _ = run.host.tick_with(&mut world),
            |event| match &event.kind {
                EventKind::Applied { .. } if !is_rollback => Some(()),
                EventKind::RolledBack { .. } if is_rollback => Some(()),
                _ => None,
            },
        );
    };
    wait(&mut run, "the edit", false);
    assert_eq!(typed_logic::version(), 2);
    assert!(try_call(|| typed_logic::fragile(7)).is_err(), "the code before can't be called yet");
    assert_eq!(typed_logic::version(), 2);
    wait(&mut run, "the rollback", true);
    assert_eq!((typed_logic::version(), typed_logic::fragile(7)), (1, 7));
}

#[test]
fn the_other_libraries_of_a_host_stay_as_they_are() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start_both(&project);
    project.edit("other/src/lib.rs", "(1, typed_shared", "(2, typed_shared");
    run.applied();
    break_fragile(&project);
    run.applied();
    assert_eq!(typed_logic::fragile(7), 7);
    run.rolled_back();
    assert_eq!((run.host.generation(&typed_logic::HOT), run.host.generation(&typed_other::HOT)), (3, 2));
    assert_eq!(typed_other::versions(), (2, 1));
}

#[test]
fn many_threads_in_bad_code_all_get_their_values() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = start(&project, |host| host.patch(true));
    for round in 0..10 {
        let broken = format!("    assert!(number != 7, \"round {round}\");\n    number\n}}");
        project.edit(LOGIC, "    number\n}", &broken);
        run.applied();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || {
                    for number in 0..20 {
                        assert_eq!(typed_logic::fragile(number), number, "thread {thread}");
                    }
                });
            }
        });
        assert_eq!(run.rolled_back().1, 1, "once for all of them");
        project.edit(LOGIC, &broken, "    number\n}");
    }
}

//! Typed hosts: hot functions are ordinary calls of this test, and their library is edited meanwhile.
//!
//! The tests share one process and so the libraries' tables; a lock lets one run at a time.

#![cfg(unix)]

use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use liveswap::{HotPanic, Policy};
use liveswap_host::{Event, EventKind};
use liveswap_tests::{Project, TypedRun};
use typed_logic::{Describe, State};

const LOGIC: &str = "logic/src/lib.rs";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Whether backtraces are on. If not, this test is run in a process of its own in which they are.
fn has_backtraces(test: &str) -> bool {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value == "1") {
        return true;
    }
    let mut command = std::process::Command::new(std::env::current_exe().expect("this program"));
    let status = command.args([test, "--exact"]).env("RUST_BACKTRACE", "1").status().expect("this program starts");
    assert!(status.success(), "{test} by itself: {status}");
    false
}

/// A host of `typed-logic`, running the first generation of a copy.
fn logic(project: &Project) -> TypedRun {
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    run
}

fn new_version(project: &Project) {
    project.edit(LOGIC, "const VERSION: u64 = 1;", "const VERSION: u64 = 2;");
}

fn state() -> State {
    State { count: 0, names: Vec::new() }
}

#[test]
fn an_edit_becomes_visible_at_the_safe_point_and_the_state_is_kept() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project);
    let mut state = state();
    assert_eq!(typed_logic::step(&mut state), "version 1 count 1");
    assert_eq!(state.describe("it is"), "it is 1 in version 1");

    new_version(&project);
    // The reminder comes when the generation has been ready for a while: nothing was published without a tick.
    run.wait("the reminder", false, |event| match &event.kind {
        EventKind::Warning { message } if message.contains("generation 2 is ready and waits") => Some(()),
        _ => None,
    });
    assert_eq!(typed_logic::step(&mut state), "version 1 count 2");
    assert_eq!(run.host.generation(&typed_logic::HOT), 1);
    assert!(run.host.tick());
    assert_eq!(run.applied(), ("typed-logic".into(), 2));
    assert_eq!(typed_logic::step(&mut state), "version 2 count 3");
    assert_eq!(state.describe("it is"), "it is 3 in version 2");
    assert_eq!(run.host.images().count, 2);
    assert!(run.host.images().bytes > 100_000);

    state.names.push("last".into());
    assert_eq!(state.last(), Some("last"));
}

#[test]
fn without_safe_points_an_edit_is_visible_at_once() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, project.path("logic")).swap_at_once());
    run.wait("the start", false, |event| matches!(event.kind, EventKind::Started { .. }).then_some(()));
    new_version(&project);
    run.wait("the edit", false, |event| matches!(event.kind, EventKind::Applied { .. }).then_some(()));
    assert_eq!(typed_logic::version(), 2);
}

#[test]
fn what_the_host_can_not_call_any_more_is_refused_by_name() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project);
    let original = project.read(LOGIC);

    project.edit(LOGIC, "pub fn fragile(number: u32) -> u32 {", "pub fn fragile(number: u64) -> u64 {");
    let reason = run.refused();
    assert!(
        reason.contains("`typed_logic::fragile`: the host calls `fn(u32) -> u32`, the new code has `fn(u64) -> u64`"),
        "{reason}"
    );

    project.write(LOGIC, &original.replace("pub fn fragile", "pub fn brittle"));
    let reason = run.refused();
    assert!(reason.contains("entry `typed_logic::fragile` is gone"), "{reason}");

    project.write(LOGIC, &original.replace("pub count: u64,", "pub count: u64,\n    /// New.\n    pub extra: f32,"));
    let reason = run.refused();
    assert!(reason.contains("State: field `extra: f32` added"), "{reason}");

    // A change of equal size.
    project.write(LOGIC, &original.replace("pub count: u64,", "pub count: i64,"));
    let reason = run.refused();
    assert!(reason.contains("State: field `count`: type `u64` -> `i64`"), "{reason}");

    // What was a borrow without a bond is bound to another lifetime.
    project.write(
        LOGIC,
        &original.replace("pub fn last(&self) -> Option<&str>", "pub fn last(&self) -> Option<&'static str>"),
    );
    run.wait("the failed build", true, |event| matches!(event.kind, EventKind::BuildFailed { .. }).then_some(()));

    assert_eq!(typed_logic::version(), 1);
    project.write(LOGIC, &original.replace("VERSION: u64 = 1", "VERSION: u64 = 3"));
    run.applied();
    assert_eq!(typed_logic::version(), 3);
}

#[test]
fn a_panic_goes_on_in_the_caller_with_its_place() {
    if !has_backtraces("a_panic_goes_on_in_the_caller_with_its_place") {
        return;
    }
    let _lock = one_at_a_time();
    let project = Project::typed();
    let directory = project.path("logic");
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, directory).on_panic(Policy::Propagate));
    run.started("typed-logic");
    project.edit(LOGIC, "    number\n}", "    assert!(number < 5, \"{number} is too much\");\n    number\n}");
    run.applied();
    assert_eq!(typed_logic::fragile(4), 4);
    let payload = catch_unwind(|| typed_logic::fragile(7)).expect_err("a panic");
    let panic = payload.downcast_ref::<HotPanic>().expect("a panic of hot code");
    assert_eq!(panic.message, "7 is too much");
    assert!(panic.file.ends_with("logic/src/lib.rs"), "{}", panic.file);
    let line = project.read(LOGIC).lines().position(|line| line.contains("is too much")).expect("the line") + 1;
    assert_eq!(panic.line as usize, line);

    let fault = run.wait("the fault", true, |event| match &event.kind {
        EventKind::Fault(fault) => Some(fault.clone()),
        _ => None,
    });
    assert_eq!((fault.generation, fault.message.as_str()), (2, "7 is too much"));
    assert_eq!(fault.line.map(|line| line as usize), Some(line));
    assert!(fault.function.as_deref().is_some_and(|function| function.contains("fragile")), "{fault:?}");
    assert!(fault.backtrace.is_some());
    assert_eq!(typed_logic::fragile(3), 3, "the host goes on");
}

#[test]
fn a_future_ends_on_the_code_that_it_started_with() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project);
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut early = pin!(typed_logic::talk("early"));
        assert_eq!(early.as_mut().poll(&mut context), Poll::Pending);
        new_version(&project);
        run.applied();
        let mut late = pin!(typed_logic::talk("late"));
        assert_eq!(late.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(early.as_mut().poll(&mut context), Poll::Ready("early 1 1".into()));
        assert_eq!(late.as_mut().poll(&mut context), Poll::Ready("late 2 2".into()));
    }
    // A future that is dropped half way is dropped by its own code.
    {
        let mut dropped = pin!(typed_logic::talk("dropped"));
        assert_eq!(dropped.as_mut().poll(&mut context), Poll::Pending);
    }
    project.edit(
        LOGIC,
        "    YieldOnce::default().await;",
        "    YieldOnce::default().await;\n    assert!(name.is_empty(), \"named\");",
    );
    run.applied();
    let mut failing = Box::pin(typed_logic::talk("x"));
    assert_eq!(failing.as_mut().poll(&mut context), Poll::Pending);
    let poll = std::panic::AssertUnwindSafe(|| failing.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    let payload = catch_unwind(poll).expect_err("a panic in the poll");
    assert_eq!(payload.downcast_ref::<HotPanic>().map(|panic| panic.message.as_str()), Some("named"));

    // The future must stay as `Send` as the host knows it.
    project.edit(LOGIC, "    let before = VERSION;", "    let before = VERSION;\n    let here = std::rc::Rc::new(());");
    project.edit(LOGIC, "    format!(\"{name} {before}", "    drop(here);\n    format!(\"{name} {before}");
    let reason = run.refused();
    assert!(reason.contains("in the host its future is `Send`, in the new code it is not `Send`"), "{reason}");
}

#[test]
fn a_dropped_host_stops_and_calls_go_on() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project);
    new_version(&project);
    run.applied();
    let events = run.host.subscribe();
    drop(run);
    let last: Vec<Event> = events.iter().collect();
    assert!(matches!(last.last().map(|event| &event.kind), Some(EventKind::Stopped { generation: 2 })), "{last:?}");
    assert_eq!(typed_logic::version(), 2);
}

#[test]
fn two_libraries_are_built_apart_and_a_shared_crate_rebuilds_both() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start_both(&project);
    project.edit("other/src/lib.rs", "(1, typed_shared", "(2, typed_shared");
    assert_eq!(run.applied(), ("typed-other".into(), 2));
    assert_eq!(typed_other::versions(), (2, 1));
    assert_eq!(run.host.generation(&typed_logic::HOT), 1, "the other library was left alone");

    project.edit("shared/src/lib.rs", "    1\n", "    5\n");
    let mut applied = [run.applied(), run.applied()];
    applied.sort();
    assert_eq!(applied, [("typed-logic".into(), 2), ("typed-other".into(), 3)]);
    assert_eq!((typed_logic::shared(), typed_other::versions()), (5, (2, 5)));
}

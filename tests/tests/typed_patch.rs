//! Typed hosts whose library is patched: calls through the table and within the library reach the new bodies.
//!
//! The tests share one process and so the library's table; a lock lets one run at a time.

#![cfg(target_os = "linux")]

use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use liveswap::{HotPanic, Policy, on_panic};
use liveswap_host::EventKind;
use liveswap_host::events::Tier;
use liveswap_tests::{Project, TypedRun};
use typed_logic::{Describe, State};

const LOGIC: &str = "logic/src/lib.rs";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn logic(project: &Project) -> TypedRun {
    let mut run = TypedRun::start(|host| host.patch(true).library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    run
}

/// Waits for the next applied edit, which must be a patch; gives its functions.
fn patched(run: &mut TypedRun) -> Vec<String> {
    run.wait("a patch", true, |event| match &event.kind {
        EventKind::Applied { tier: Tier::Patch, functions, .. } => Some(functions.clone()),
        EventKind::Applied { reason, .. } => panic!("it was swapped: {reason}"),
        _ => None,
    })
}

fn state() -> State {
    State { count: 0, names: Vec::new() }
}

#[test]
fn calls_of_every_kind_reach_the_new_bodies() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project);
    let mut state = state();
    assert_eq!(typed_logic::step(&mut state), "version 1 count 1");
    let mut context = Context::from_waker(Waker::noop());
    let mut talk = pin!(typed_logic::talk("it"));
    assert!(talk.as_mut().poll(&mut context).is_pending());

    project.edit(LOGIC, "const VERSION: u64 = 1;", "const VERSION: u64 = 2;");
    let functions = patched(&mut run);
    for name in ["step", "trade", "talk", "version", "Describe for State::describe"] {
        assert!(functions.iter().any(|function| function == name), "{name} in {functions:?}");
    }
    assert_eq!(typed_logic::step(&mut state), "version 2 count 2");
    assert_eq!(state.describe("it is"), "it is 2 in version 2");
    assert_eq!(
        typed_logic::trade(vec!["a".into(), "b".into()], "c".into()),
        (vec!["b".into(), "c 2".into()], Box::new(2))
    );
    // Not changed itself, but what it calls.
    assert_eq!(typed_logic::pair(&10, [0; 6]), (12, [2; 6]));
    // A future ends on the code that it began with.
    assert_eq!(talk.as_mut().poll(&mut context), Poll::Ready("it 1 1".to_owned()));

    // Back, by the base's own code.
    project.edit(LOGIC, "const VERSION: u64 = 2;", "const VERSION: u64 = 1;");
    assert_eq!(patched(&mut run), [""; 0]);
    assert_eq!(typed_logic::step(&mut state), "version 1 count 3");
}

#[test]
fn a_panic_in_patched_code_goes_on_in_the_caller_with_its_place() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project);
    project.edit(LOGIC, "-> u32 {\n    number\n", "-> u32 {\n    assert!(number < 7, \"no {number}\");\n    number\n");
    assert_eq!(patched(&mut run), ["fragile"]);
    assert_eq!(typed_logic::fragile(6), 6);
    let payload = catch_unwind(|| on_panic(Policy::Propagate, || typed_logic::fragile(7))).unwrap_err();
    let panic = payload.downcast_ref::<HotPanic>().expect("a panic of hot code").to_string();
    let line = 1 + project.read(LOGIC).lines().position(|line| line.contains("assert!(number")).unwrap();
    assert!(panic.contains("no 7") && panic.contains(&format!("logic/src/lib.rs:{line}:5")), "{panic}");
}

/// Threads call while patches come into force, at their own pace: a call may see one function as it was and another as it
/// is (which calls from the thread of the safe point never do), but each is one or the other, and never an older one
/// than before. 20 patches; `LIVESWAP_PATCHES=500` is the long form.
#[test]
fn threads_call_through_patches() {
    const THREADS: usize = 8;
    let _lock = one_at_a_time();
    let count: u64 = std::env::var("LIVESWAP_PATCHES").map_or(20, |count| count.parse().expect("a number"));
    let project = Project::typed();
    let mut run = logic(&project);
    // What the threads may see at most: the version that is being saved.
    let (newest, over) = (AtomicU64::new(1), AtomicBool::new(false));
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let calls: u64 = std::thread::scope(|scope| {
        let over = &over;
        let _over = Over(over);
        let newest = &newest;
        let call = move || {
            let _over = Over(over);
            let (mut state, mut last, mut calls) = (state(), [1; 3], 0_u64);
            while !over.load(Ordering::Relaxed) {
                let (sum, big) = typed_logic::pair(&0, [0; 6]);
                let text = typed_logic::step(&mut state);
                let stepped = text.split(' ').nth(1).and_then(|number| number.parse().ok()).expect("a version");
                let seen = [typed_logic::version(), sum, stepped];
                let most = newest.load(Ordering::Acquire);
                assert!((0..3).all(|at| last[at] <= seen[at] && seen[at] <= most), "{seen:?} after {last:?}");
                assert!(big.iter().all(|seen| (sum..=most).contains(seen)), "{big:?} after {sum}");
                calls += 1;
                assert_eq!(text, format!("version {stepped} count {calls}"));
                last = seen;
            }
            calls
        };
        let threads = [(); THREADS].map(|()| scope.spawn(call));
        for version in 1..=count {
            newest.store(version + 1, Ordering::Release);
            let text = |version| format!("const VERSION: u64 = {version};");
            project.edit(LOGIC, &text(version), &text(version + 1));
            patched(&mut run);
            assert_eq!(typed_logic::pair(&0, [0; 6]), (version + 1, [version + 1; 6]), "at the safe point all is new");
            assert!(!over.load(Ordering::Relaxed), "a caller has ended");
        }
        over.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().expect("no call failed")).sum()
    });
    let images = run.host.images();
    println!("{calls} calls through {count} patches; {} images, {} bytes", images.count, images.bytes);
}

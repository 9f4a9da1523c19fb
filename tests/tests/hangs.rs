//! Calls that do not come back: told with the stack of their thread, while all else goes on.

#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Waker};
use std::time::Duration;

use liveswap_host::EventKind;
use liveswap_host::events::{Fault, FaultKind};
use liveswap_tests::{Project, TypedRun};

const LOGIC: &str = "logic/src/lib.rs";
const SHORT: Option<Duration> = Some(Duration::from_millis(300));

/// The body of `fragile`, which hangs until its file is there.
const BODY: &str = "    number\n}";
const HANGS: &str = "    wait();\n    number\n}\n\n#[inline(never)]\nfn wait() {\n    while !std::path::Path::new(FILE).exists() {\n        std::hint::spin_loop();\n    }\n}\n\nconst FILE: &str";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Lets go what waits for the file, also where the test fails.
struct Go(PathBuf);

impl Drop for Go {
    fn drop(&mut self) {
        std::fs::write(&self.0, "").expect("the file");
    }
}

fn hang(run: &mut TypedRun) -> Fault {
    run.wait("the hang", true, |event| match &event.kind {
        EventKind::Fault(fault) => Some(fault.clone()),
        _ => None,
    })
}

fn back(run: &mut TypedRun) -> String {
    run.wait("the end of the hang", true, |event| match &event.kind {
        EventKind::Warning { message } if message.contains("has come back") => Some(message.clone()),
        _ => None,
    })
}

/// A thread hangs in `fragile`; meanwhile an edit comes into force, and is seen by others.
fn one_hangs(patch: bool) {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let library = project.path("logic");
    let mut run = TypedRun::start(|host| {
        host.patch(patch).call_deadline(None).call_deadline_of("fragile", SHORT).library_at(&typed_logic::HOT, library)
    });
    run.started("typed-logic");
    let file = project.path("go");
    project.edit(LOGIC, BODY, &format!("{HANGS} = {file:?};"));
    let (_, generation) = run.applied();
    std::thread::scope(|scope| {
        let go = Go(file);
        let stuck = std::thread::Builder::new().name("stuck".into()).spawn_scoped(scope, || typed_logic::fragile(7));
        let stuck = stuck.expect("a thread");
        let fault = hang(&mut run);
        assert_eq!((fault.kind, fault.generation), (FaultKind::Hang, generation), "{fault:?}");
        assert!(fault.message.starts_with("`typed_logic::fragile` has not come back for "), "{fault:?}");
        assert_eq!(fault.thread.as_deref(), Some("stuck"));
        let frames = fault.backtrace.as_deref().unwrap_or_default();
        let users: Vec<_> = frames.lines().filter(|line| line.contains("logic/src/lib.rs:")).collect();
        assert!(users[0].starts_with("typed_logic::wait") && users[1].starts_with("typed_logic::fragile"), "{frames}");
        assert!(fault.consequence.contains("other threads"), "{fault:?}");

        project.edit(LOGIC, "const VERSION: u64 = 1;", "const VERSION: u64 = 2;");
        run.applied();
        let other = scope.spawn(typed_logic::version);
        assert_eq!(other.join().expect("no panic"), 2, "other threads run the new code");
        assert!(!stuck.is_finished());
        let in_flight = |run: &TypedRun| {
            let generations = run.host.generations(&typed_logic::HOT);
            generations.into_iter().filter(|one| one.calls_in_flight > 0).collect::<Vec<_>>()
        };
        // Of generations that share an image, the newest has its calls.
        let holding = in_flight(&run);
        let expected = if patch { generation + 1 } else { generation };
        assert_eq!((holding.len(), holding[0].number, holding[0].calls_in_flight), (1, expected, 1), "{holding:?}");

        drop(go);
        assert_eq!(stuck.join().expect("no panic"), 7);
        assert!(back(&mut run).starts_with("`typed_logic::fragile` has come back after "));
        assert!(in_flight(&run).is_empty());
    });
}

#[test]
fn a_stuck_thread_is_told_and_patches_go_on() {
    one_hangs(true);
}

#[test]
fn a_stuck_thread_is_told_and_swaps_go_on() {
    one_hangs(false);
}

#[test]
fn calls_that_come_back_and_ones_without_a_deadline_are_not_told() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let library = project.path("logic");
    let mut run = TypedRun::start(|host| {
        host.call_deadline(Some(Duration::from_secs(1)))
            .call_deadline_of("typed_logic::fragile", None)
            .library_at(&typed_logic::HOT, library)
    });
    run.started("typed-logic");
    let file = project.path("go");
    let stops = format!("{HANGS} = {file:?};").replace("wait();", "if number > 1 { wait() }");
    project.edit(LOGIC, BODY, &stops);
    run.applied();
    let calls = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let _go = Go(file.clone());
        // May last for ever.
        scope.spawn(|| typed_logic::fragile(7));
        for _ in 0..4 {
            scope.spawn(|| {
                while !file.exists() {
                    assert_eq!(typed_logic::version(), 1);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Threads come and go, each with a record.
        for _ in 0..200 {
            scope.spawn(|| typed_logic::fragile(1)).join().expect("no panic");
        }
        // A call that does hang is told after all the others were not.
        project.edit(LOGIC, "pub fn version() -> u64 {\n", "pub fn version() -> u64 {\n    wait();\n");
        let fault = run.wait("the hang", true, |event| match &event.kind {
            EventKind::Fault(fault) => Some(fault.clone()),
            _ => None,
        });
        assert!(fault.message.contains("`typed_logic::version`"), "{fault:?}");
    });
    assert!(calls.into_inner() > 1000);
}

#[test]
fn a_deadline_stands_at_the_function_and_an_edit_of_it_counts() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let library = project.path("logic");
    // Without one for all: what stands at a function counts all the same.
    let mut run = TypedRun::start(|host| host.patch(true).call_deadline(None).library_at(&typed_logic::HOT, library));
    run.started("typed-logic");
    let file = project.path("go");
    let text = project.read(LOGIC).replace(BODY, &format!("{HANGS} = {file:?};"));
    let text = text.replace("    let before = VERSION;", "    wait();\n    let before = VERSION;");
    let text = text.replace("pub fn version() -> u64 {\n", "pub fn version() -> u64 {\n    wait();\n");
    let text = text.replace("#[hot]\npub fn fragile", "#[hot(deadline = \"300ms\")]\npub fn fragile");
    project.write(LOGIC, &text);
    let (_, generation) = run.applied();
    std::thread::scope(|scope| {
        let _go = Go(file);
        // May last for ever, and was called first.
        scope.spawn(typed_logic::version);
        scope.spawn(|| typed_logic::fragile(7));
        let fault = hang(&mut run);
        assert_eq!((fault.kind, fault.generation), (FaultKind::Hang, generation), "{fault:?}");
        assert!(fault.message.starts_with("`typed_logic::fragile` has not come back for "), "{fault:?}");

        // Nothing but attributes changes, which no patch can change.
        let text = text.replace("deadline = \"300ms\"", "deadline = off");
        project
            .write(LOGIC, &text.replace("#[hot]\npub async fn talk", "#[hot(deadline = \"0.2s\")]\npub async fn talk"));
        let (_, generation) = run.applied();
        let newest = run.host.generations(&typed_logic::HOT).pop().expect("the newest");
        assert_eq!((newest.number, newest.tier), (generation, liveswap_host::events::Tier::Swap), "{newest:?}");
        scope.spawn(|| typed_logic::fragile(8));
        // A poll of a future is a call.
        scope.spawn(|| {
            let poll = std::pin::pin!(typed_logic::talk("a")).poll(&mut Context::from_waker(Waker::noop()));
            assert!(poll.is_pending());
        });
        let fault = hang(&mut run);
        assert_eq!((fault.kind, fault.generation), (FaultKind::Hang, generation), "{fault:?}");
        assert!(fault.message.starts_with("`typed_logic::talk` has not come back for "), "{fault:?}");
    });
    assert!(back(&mut run).contains("has come back after "));
}

#[test]
fn a_stuck_tick_is_told_and_the_edit_waits_for_it() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["--deadline", "0.3"]);
    run.started();
    run.line("one 2 in 1");
    let tick = "        self.count += 1;\n";
    let stuck = "        self.count += 1;\n        while !std::path::Path::new(\"go\").exists() {}\n";
    project.edit("src/lib.rs", tick, stuck);
    run.applied(2);
    let fault = run.event("fault");
    assert_eq!(
        (&fault["kind"], &fault["generation"], &fault["file"]),
        (&"hang".into(), &2.into(), &"src/lib.rs".into())
    );
    assert!(fault["message"].as_str().unwrap().starts_with("`tick` has not come back for "), "{fault}");
    assert!(fault["function"].as_str().unwrap().contains("tick"), "{fault}");
    assert!(fault["consequence"].as_str().unwrap().contains("edits come into force when it comes back"), "{fault}");
    project.edit("src/lib.rs", "const LABEL: &str = \"one\";", "const LABEL: &str = \"two\";");
    run.event_where("warning", |event| event["message"].as_str().unwrap().contains("is ready and waits"));
    project.write("go", "");
    run.line("two ");
    run.event_where("warning", |event| event["message"].as_str().unwrap().starts_with("`tick` has come back after"));
    run.stop();
}

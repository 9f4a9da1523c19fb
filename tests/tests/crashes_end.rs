//! Crashes that end the process, with and without the guard: told before, and the process ends as it would have. And
//! ticks of `liveswap run` that the guard saves.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{Command, Output};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use liveswap_tests::{Project, TypedRun, count};

const LIB: &str = "src/lib.rs";
const TICK: &str = "        self.count += 1;\n";
const WRITE: &str = "        self.count += 1;\n        unsafe { *(8 as *mut u32) = 1 };\n";

/// Names the child's part, and its project.
const CHILD: &str = "LIVESWAP_TEST_CHILD";

#[test]
fn without_the_guard_a_crash_is_told_and_ends_the_process_by_its_signal() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    run.line("one 2 in 1");
    project.edit(LIB, TICK, WRITE);
    let finished = run.finish();
    assert_eq!(finished.status.signal(), Some(libc::SIGSEGV), "{}", finished.stderr);
    let faults: Vec<_> = finished.events.iter().filter(|event| event["event"] == "fault").collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let fault = faults[0];
    assert_eq!((&fault["kind"], &fault["message"]), (&"crash".into(), &"SIGSEGV at address 0x8".into()), "{fault}");
    assert_eq!((&fault["generation"], &fault["file"]), (&2.into(), &LIB.into()), "{fault}");
    let line = 1 + project.read(LIB).lines().position(|line| line.contains("8 as *mut")).unwrap();
    assert_eq!(fault["line"], line, "{fault}");
    assert!(fault["function"].as_str().unwrap().contains("tick"), "{fault}");
    assert_eq!(fault["thread"], "liveswap", "the main thread has the program's name: {fault}");
    let consequence = fault["consequence"].as_str().unwrap();
    assert!(consequence.starts_with("the process ends; changed last: ") && consequence.ends_with("(generation 2)"));
    assert!(finished.stderr.contains("fault in generation 2: SIGSEGV at address 0x8"), "{}", finished.stderr);
}

#[test]
fn without_the_guard_std_still_tells_of_a_stack_overflow() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let deep = "        self.count += 1;\n        #[allow(unconditional_recursion)]\n        fn deep(n: u64) -> u64 { deep(n + 1) + std::hint::black_box(n) }\n        deep(0);\n";
    project.edit(LIB, TICK, deep);
    let finished = run.finish();
    assert_eq!(finished.status.signal(), Some(libc::SIGABRT), "{}", finished.stderr);
    assert!(finished.stderr.contains("fault in generation 2: stack overflow (SIGSEGV"), "{}", finished.stderr);
    assert!(finished.stderr.contains("has overflowed its stack"), "{}", finished.stderr);
    assert_eq!(finished.events.iter().filter(|event| event["event"] == "fault").count(), 1);
}

#[test]
fn code_that_ends_the_process_is_told() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["--guard"]);
    run.started();
    project.edit(LIB, TICK, "        self.count += 1;\n        std::process::exit(7);\n");
    let finished = run.finish();
    assert_eq!(finished.status.code(), Some(7), "{}", finished.stderr);
    let fault = finished.events.iter().find(|event| event["event"] == "fault").expect("a fault");
    assert_eq!((&fault["kind"], &fault["message"]), (&"crash".into(), &"`exit` was called".into()), "{fault}");
    let line = 1 + project.read(LIB).lines().position(|line| line.contains("exit(7)")).unwrap();
    assert_eq!((&fault["file"], &fault["line"]), (&LIB.into(), &line.into()), "{fault}");
}

#[test]
fn a_thread_of_the_library_is_not_guarded_and_told() {
    let project = Project::new("counter");
    let thread = "std::thread::Builder::new().name(\"helper\".into()).spawn(|| std::process::abort()).unwrap();";
    project.edit(LIB, "println!(\"init\");", thread);
    let run = project.run_with(&["--guard"]);
    let finished = run.finish();
    assert_eq!(finished.status.signal(), Some(libc::SIGABRT), "{}", finished.stderr);
    let fault = finished.events.iter().find(|event| event["event"] == "fault").expect("a fault");
    assert_eq!((&fault["thread"], &fault["message"]), (&"helper".into(), &"SIGABRT: aborted".into()), "{fault}");
}

#[test]
fn with_the_guard_ticks_survive_crashes_and_the_state_goes_on_with_the_fix() {
    let project = Project::new("counter");
    // By the manifest as well as by `--guard`.
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{manifest}\n[package.metadata.liveswap]\nguard = true\n"));
    let mut run = project.run_with(&["--on-panic", "keep"]);
    run.started();
    run.line("one 2 in 1");
    let original = project.read(LIB);
    let deep = "        #[allow(unconditional_recursion)]\n        fn deep(n: u64) -> u64 { deep(n + 1) + std::hint::black_box(n) }\n        deep(0);\n";
    let null = "        unsafe { *std::hint::black_box(std::ptr::null_mut::<u32>()) = 1 };\n";
    let mut generation = 1;
    for (code, kind, message) in [
        ("        unsafe { *(8 as *mut u32) = 1 };\n", "crash", "SIGSEGV at address 0x8"),
        ("        std::process::abort();\n", "crash", "SIGABRT: aborted"),
        (deep, "crash", "stack overflow (SIGSEGV at address 0x"),
        // The compiler checks for this itself, and panics in a way that aborts.
        (null, "panic", "null pointer dereference occurred"),
    ] {
        project.write(LIB, &original.replace(TICK, &format!("{TICK}{code}")));
        generation += 1;
        run.applied(generation);
        let fault = run.event("fault");
        assert_eq!((&fault["kind"], &fault["generation"]), (&kind.into(), &generation.into()), "{fault}");
        assert!(fault["message"].as_str().unwrap().starts_with(message), "{fault}");
        run.event_where("warning", |event| event["message"].as_str().unwrap().contains("is not called again"));
        let last = run.stdout().lines().rfind(|line| line.contains(" in ")).map(count).unwrap();
        project.write(LIB, &original);
        generation += 1;
        run.applied(generation);
        assert_eq!(count(&run.line(&format!(" in {generation}"))), last + 2, "one tick crashed after it had counted");
    }
    let finished = run.stop();
    let faults: Vec<_> = finished.events.iter().filter(|event| event["event"] == "fault").collect();
    assert_eq!(faults.len(), 4, "{faults:#?}");
}

/// Runs the test of this name again in a process of its own, as a child with a project.
fn child(test: &str) -> Output {
    let project = Project::typed();
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(CHILD, project.directory());
    command.output().expect("the child runs")
}

/// A host whose waker writes to nowhere, within a guarded poll.
fn host_that_faults(directory: &str) {
    struct Broken;
    impl Wake for Broken {
        fn wake(self: Arc<Self>) {
            // SAFETY: none; it is to crash.
            unsafe { std::ptr::write_volatile(8 as *mut u32, 1) };
        }
    }
    let library = std::path::Path::new(directory).join("logic");
    let mut run = TypedRun::start(|host| host.fault_guard(true).library_at(&typed_logic::HOT, library));
    run.started("typed-logic");
    let waker = Waker::from(Arc::new(Broken));
    let mut talk = pin!(typed_logic::talk("it"));
    println!("about to poll");
    let _ = talk.as_mut().poll(&mut Context::from_waker(&waker));
    println!("the host's fault was caught");
}

fn is_child() -> Option<String> {
    std::env::var(CHILD).ok()
}

#[test]
fn a_fault_of_the_host_within_a_guarded_call_stays_the_hosts() {
    if let Some(directory) = is_child() {
        return host_that_faults(&directory);
    }
    let output = child("a_fault_of_the_host_within_a_guarded_call_stays_the_hosts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{output:?}");
    assert!(stdout.contains("about to poll") && !stdout.contains("was caught"), "{stdout}");
}

#[test]
fn an_earlier_handler_of_the_programs_own_gets_the_hosts_faults() {
    unsafe extern "C" fn handler(signal: libc::c_int) {
        // SAFETY: ends the process, which may be done in a handler.
        unsafe { libc::_exit(if signal == libc::SIGSEGV { 42 } else { 43 }) };
    }
    if let Some(directory) = is_child() {
        // SAFETY: the handler may be one.
        unsafe { libc::signal(libc::SIGSEGV, handler as *const () as libc::sighandler_t) };
        return host_that_faults(&directory);
    }
    let output = child("an_earlier_handler_of_the_programs_own_gets_the_hosts_faults");
    assert_eq!(output.status.code(), Some(42), "{output:?}");
}

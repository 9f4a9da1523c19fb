//! Crashes of hot code in a typed host with the guard: the call ends like one that has panicked, and the process lives.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Waker};

use liveswap::{HotPanic, Policy};
use liveswap_host::events::{Fault, FaultKind};
use liveswap_host::{EventKind, HostBuilder};
use liveswap_tests::{Project, TypedRun};

const LOGIC: &str = "logic/src/lib.rs";

/// The body of `fragile`.
const BODY: &str = "    number\n}";

/// What crashes, how the report begins, and what the line says that it names.
const CRASHES: [(&str, &str, &str); 9] = [
    ("    unsafe { *(number as usize as *mut u32) = 1 };", "SIGSEGV at address 0x8", "as *mut u32"),
    (
        "    unsafe { std::ptr::read_volatile(0xdead_bee0_usize as *const u32) };",
        "SIGSEGV at address 0xdeadbee0",
        "0xdead_bee0_usize",
    ),
    ("    std::process::abort();", "SIGABRT: aborted", "abort()"),
    ("    unsafe { std::arch::asm!(\"ud2\") };", "SIGILL at address 0x", "ud2"),
    (
        "    unsafe { std::arch::asm!(\"div ecx\", in(\"ecx\") 0, inout(\"eax\") 1 => _, inout(\"edx\") 0 => _) };",
        "SIGFPE at address 0x",
        "div ecx",
    ),
    (
        "    unsafe extern \"C\" { fn raise(signal: i32) -> i32; }\n    unsafe { raise(7) };",
        "SIGBUS, raised by the code itself",
        "raise(7)",
    ),
    (
        "    #[allow(unconditional_recursion)]\n    fn deep(number: u64) -> u64 { deep(number + 1) + std::hint::black_box(number) }\n    deep(0);",
        "stack overflow (SIGSEGV at address 0x",
        "fn deep",
    ),
    (
        "    unsafe extern \"C\" { fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8; }\n    unsafe { memcpy(std::hint::black_box(16 as *mut u8), [1; 64].as_ptr(), number as usize * 8) };",
        "SIGSEGV at address 0x10",
        "{ memcpy(",
    ),
    (
        "    unsafe { std::mem::transmute::<usize, extern \"C\" fn()>(number as usize)() };",
        "SIGSEGV at address 0x8",
        "extern \\\"C\\\" fn()>(number",
    ),
];

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// With the guard, and new code that stays in force where it crashes, unless the policy is another one.
fn logic_with(project: &Project, patch: bool, policy: Policy) -> TypedRun {
    let library = project.path("logic");
    let describe = |host: HostBuilder| host.patch(patch).fault_guard(true).on_panic(policy);
    let mut run = TypedRun::start(|host| describe(host).library_at(&typed_logic::HOT, library));
    run.started("typed-logic");
    run
}

fn logic(project: &Project, patch: bool) -> TypedRun {
    logic_with(project, patch, Policy::Keep)
}

fn fault(run: &mut TypedRun) -> Fault {
    run.wait("the fault", false, |event| match &event.kind {
        EventKind::Fault(fault) => Some(fault.clone()),
        _ => None,
    })
}

fn crash<R>(call: impl FnOnce() -> R) -> Box<HotPanic> {
    let payload = catch_unwind(AssertUnwindSafe(call)).err().expect("a crash");
    payload.downcast::<HotPanic>().expect("a crash of hot code")
}

/// Lets `fragile` crash in each of these ways.
fn crash_in(project: &Project, run: &mut TypedRun, crashes: &[(&str, &str, &str)]) {
    let original = project.read(LOGIC);
    for (code, message, named) in crashes {
        project.write(LOGIC, &original.replace(BODY, &format!("{code}\n{BODY}")));
        let (_, generation) = run.applied();
        let panic = crash(|| typed_logic::fragile(8));
        assert!(panic.message.starts_with(message) && panic.signal != 0, "{panic:?} is not {message}");
        let line =
            project.read(LOGIC).lines().position(|line| line.contains(&named.replace('\\', ""))).expect("the line");
        assert!(panic.file.ends_with("logic/src/lib.rs"), "{panic:?}");
        assert_eq!(panic.line as usize, line + 1, "{panic:?}");
        let fault = fault(run);
        assert_eq!((fault.kind, fault.generation, &fault.message), (FaultKind::Crash, generation, &panic.message));
        assert_eq!(fault.line, Some(panic.line), "{fault:?}");
        let function = fault.function.as_deref().unwrap_or_default();
        assert!(function.starts_with("typed_logic::fragile"), "{fault:?}");
        assert!(fault.file.as_deref() == Some("logic/src/lib.rs"), "{fault:?}");
        assert_eq!(typed_logic::version(), 1, "the host goes on");
    }
    project.write(LOGIC, &original);
    run.applied();
    assert_eq!(typed_logic::fragile(8), 8);
}

#[test]
fn each_kind_of_crash_in_a_patch_ends_the_call_only() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, true);
    crash_in(&project, &mut run, &CRASHES);
}

#[test]
fn crashes_in_a_swapped_image_end_the_call_only() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, false);
    crash_in(&project, &mut run, &[CRASHES[0], CRASHES[2], CRASHES[6], CRASHES[7]]);
}

#[test]
fn new_code_that_crashes_is_left_and_the_call_is_made_again() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    for patch in [true, false] {
        let mut run = logic_with(&project, patch, Policy::Rollback);
        let original = project.read(LOGIC);
        project.edit(LOGIC, BODY, &format!("    unsafe {{ *(8 as *mut u32) = 1 }};\n{BODY}"));
        run.applied();
        assert_eq!(typed_logic::fragile(8), 8, "by the code before");
        assert_eq!(fault(&mut run).message, "SIGSEGV at address 0x8");
        let reason = run.wait("the rollback", true, |event| match &event.kind {
            EventKind::RolledBack { content_of: 1, reason, .. } => Some(reason.clone()),
            _ => None,
        });
        assert!(reason.contains("crashed in its first calls: SIGSEGV at address 0x8"), "{reason}");
        project.write(LOGIC, &original);
    }
}

#[test]
fn a_future_that_crashed_is_neither_polled_nor_dropped_again() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, false);
    let code = "    YieldOnce::default().await;\n    unsafe { *(8 as *mut u32) = 1 };";
    project.edit(LOGIC, "    YieldOnce::default().await;", code);
    run.applied();
    let mut context = Context::from_waker(Waker::noop());
    let mut talk = pin!(typed_logic::talk("it"));
    assert!(talk.as_mut().poll(&mut context).is_pending());
    let panic = crash(|| talk.as_mut().poll(&mut context));
    assert!(panic.message.starts_with("SIGSEGV at address 0x8"), "{panic:?}");
    assert_eq!(fault(&mut run).kind, FaultKind::Crash);
    assert!(catch_unwind(AssertUnwindSafe(|| talk.as_mut().poll(&mut context))).is_err());
}

#[test]
fn many_threads_crash_at_once_and_each_call_ends() {
    const THREADS: usize = 8;
    const CALLS: usize = 2;
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = logic(&project, true);
    project.edit(LOGIC, BODY, &format!("    if number > 7 {{ unsafe {{ *(8 as *mut u32) = 1 }} }}\n{BODY}"));
    run.applied();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for number in 0..CALLS as u32 {
                    assert_eq!(typed_logic::fragile(number % 8), number % 8);
                    assert!(crash(|| typed_logic::fragile(8)).message.starts_with("SIGSEGV at address 0x8"));
                }
            });
        }
    });
    assert_eq!(typed_logic::version(), 1);
}

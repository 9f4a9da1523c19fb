//! Patches at hard moments: of what runs just now, after half-written files, in storms of saves, and where somebody
//! deletes what patches are made in.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run, Value};

const LIB: &str = "src/lib.rs";

fn patched(run: &mut Run) -> Value {
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
    event
}

fn started(project: &Project) -> Run {
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run
}

#[test]
fn a_half_written_file_is_told_of_once_and_patched_when_it_is_whole() {
    let project = Project::new("patches");
    let mut run = started(&project);
    run.line("free 11 ");
    let half = project.edited(LIB, "    x + 10\n}", "    x + 11");
    project.write(LIB, &half);
    let event = run.event("build_failed");
    let errors = event["diagnostics"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{event}");
    assert_eq!(errors[0]["file"], LIB);
    // The compiler points at the end, where the brace is missed.
    assert_eq!(errors[0]["line"], half.lines().count(), "{event}");
    run.line("free 11 ");
    project.write(LIB, &half.replace("    x + 11", "    x + 11\n}"));
    patched(&mut run);
    run.line("free 12 ");
    let finished = run.stop();
    assert_eq!(finished.names(), ["started", "changed", "build_failed", "changed", "applied", "stopped"]);
}

#[test]
fn of_a_storm_of_saves_the_last_one_is_in_force() {
    let project = Project::new("patches");
    let mut run = started(&project);
    let text = project.read(LIB);
    let saves = 300;
    for number in 1..=saves {
        // Both functions are of one save, so their values fit together in each line.
        let text = text.replace("x + 10\n", &format!("x + {}\n", 1000 + number));
        let text = text.replace("\"one\"", &format!("\"save-{number}\""));
        project.write(LIB, &text);
    }
    run.line(&format!("pair save-{saves} "));
    let finished = run.stop();
    assert!(!finished.stdout.contains("torn"));
    for line in finished.stdout.lines().filter(|line| line.contains("pair save-")) {
        let after = |mark: &str| line.split(mark).nth(1).and_then(|rest| rest.split(' ').next());
        let number: u64 = after("pair save-").and_then(|number| number.parse().ok()).unwrap();
        assert_eq!(after("free "), Some(&*(1001 + number).to_string()), "{line}");
    }
    let failed = finished.names().iter().filter(|name| *name == "build_failed").count();
    assert_eq!(failed, 0, "no half of a save was built: {:?}", finished.events);
}

/// Deletes a directory of the project.
fn delete(project: &Project, directory: &str) {
    let directory = project.path(directory);
    // Whatever is built beside may make files in it.
    liveswap_tests::until("its end", || {
        let _ = std::fs::remove_dir_all(&directory);
        !directory.exists()
    });
}

#[test]
fn directories_of_patches_may_be_deleted_while_it_runs() {
    let project = Project::new("patches");
    let mut run = started(&project);
    let number = |value: u64| format!("x + {value}\n");
    project.edit(LIB, &number(10), &number(11));
    patched(&mut run);
    for (at, gone) in ["shadow", "patch"].into_iter().enumerate() {
        let value = 11 + 2 * at as u64;
        delete(&project, &format!("target/liveswap/patches/{gone}"));
        project.edit(LIB, &number(value), &number(value + 1));
        patched(&mut run);
        run.line(&format!("free {} ", value + 2));
        // A swap needs them as well.
        delete(&project, &format!("target/liveswap/patches/{gone}"));
        let text =
            project.edited("src/shapes.rs", "    side: u32,\n", &format!("    side: u32,\n    _more_{at}: u8,\n"));
        project.write("src/shapes.rs", &text.replace("Self { side", &format!("Self {{ side, _more_{at}: 0")));
        assert_eq!(run.event("applied")["tier"], "swap");
        project.edit(LIB, &number(value + 1), &number(value + 2));
        patched(&mut run);
        run.line(&format!("free {} ", value + 3));
    }
    // All is built anew, dependencies included.
    delete(&project, "target/liveswap");
    project.edit(LIB, &number(15), &number(20));
    run.event("applied");
    run.line("free 21 ");
    project.edit(LIB, &number(20), &number(30));
    patched(&mut run);
    run.line("free 31 ");
}

/// Replaces the counter's program by one with functions of the kinds that are in use while they are patched.
fn busy(project: &Project) {
    project.write(
        LIB,
        r#"//! Runs while it is patched.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use liveswap::{App, Flow, HotState, HotType, Tick};

#[derive(HotType, HotState)]
pub struct Busy {
    ticks: u64,
}

static STEPS: AtomicU64 = AtomicU64::new(0);
static STORED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static HERE: Cell<u64> = const { Cell::new(0) };
}

type Pointer = fn(u64) -> u64;
static POINTER: std::sync::OnceLock<Pointer> = std::sync::OnceLock::new();
static BOXED: std::sync::OnceLock<Box<dyn Fn(u64) -> u64 + Send + Sync>> = std::sync::OnceLock::new();

impl App for Busy {
    const RATE: f64 = 50.0;

    fn init() -> Self {
        POINTER.get_or_init(|| pointed_to);
        BOXED.get_or_init(|| Box::new(pointed_to));
        std::thread::spawn(runs_for_ever);
        Busy { ticks: 0 }
    }

    fn tick(&mut self, _: Tick) -> Flow {
        self.ticks += 1;
        HERE.with(|here| here.set(here.get() + 1));
        let here = HERE.with(Cell::get);
        let (pointer, boxed) = (POINTER.get().unwrap()(1), BOXED.get().unwrap()(1));
        println!(
            "tick 1 ticks {} here {here} steps {} thread {} pointer {pointer} boxed {boxed} sum {} even {} mangled {}",
            self.ticks,
            STEPS.load(Ordering::Relaxed),
            STORED.load(Ordering::Relaxed),
            sum(10),
            is_even(9),
            unsafe { busy_by_name(1) },
        );
        Flow::Continue
    }
}

fn runs_for_ever() {
    loop {
        STEPS.fetch_add(1, Ordering::Relaxed);
        STORED.store(step(1), Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

fn step(x: u64) -> u64 {
    x + 10
}

fn pointed_to(x: u64) -> u64 {
    x + 20
}

fn sum(x: u64) -> u64 {
    if x == 0 { 0 } else { x + sum(x - 1) }
}

fn is_even(x: u64) -> bool {
    x == 0 || is_odd(x - 1)
}

fn is_odd(x: u64) -> bool {
    x != 0 && is_even(x - 1)
}

mod other {
    #[unsafe(no_mangle)]
    extern "C" fn busy_by_name(x: u64) -> u64 {
        x + 30
    }
}

unsafe extern "C" {
    fn busy_by_name(x: u64) -> u64;
}

liveswap::hot_lib!(app = Busy);
"#,
    );
}

#[test]
fn what_runs_while_it_is_patched_goes_on() {
    let project = Project::new("counter");
    busy(&project);
    let mut run = started(&project);
    run.line("thread 11 pointer 21 boxed 21 sum 55 even false mangled 31");
    // Called by a function that never returns.
    project.edit(LIB, "x + 10", "x + 11");
    patched(&mut run);
    run.line("thread 12 ");
    // That function itself: its run goes on as it was.
    project.edit(LIB, "STORED.store(step(1)", "STORED.store(1000 + step(1)");
    let stays = "`runs_for_ever` has a loop that does not end: a call that is in it stays in the old code";
    assert_eq!(patched(&mut run)["reason"], format!("2 bodies changed; {stays}"));
    project.edit(LIB, "x + 11", "x + 12");
    assert_eq!(patched(&mut run)["reason"], "2 bodies changed", "it was said");
    run.line("thread 13 pointer 21 ");
    // Pointers that were stored before.
    project.edit(LIB, "x + 20", "x + 21");
    patched(&mut run);
    run.line("pointer 22 boxed 22 sum 55 ");
    // Recursive ones, one of two that call each other, and both.
    project.edit(LIB, "{ 0 } else { x + sum(x - 1) }", "{ 1 } else { 2 * x + sum(x - 1) }");
    patched(&mut run);
    run.line("sum 111 even false ");
    project.edit(LIB, "x != 0 && is_even(x - 1)", "x == 0 || is_even(x - 1)");
    patched(&mut run);
    run.line("even true ");
    let text = project.edited(LIB, "x == 0 || is_even(x - 1)", "x != 0 && !is_even(x - 1)");
    project.write(LIB, &text.replace("x == 0 || is_odd(x - 1)", "x == 0 || !is_odd(x - 1)"));
    patched(&mut run);
    // 9 steps of negation on the way from 0, which is even.
    run.line("sum 111 even ");
    // The tick itself.
    project.edit(LIB, "\"tick 1 ticks", "\"tick 2 ticks");
    patched(&mut run);
    run.line("tick 2 ");
    project.edit(LIB, "self.ticks += 1;", "self.ticks += 1000;");
    patched(&mut run);
    run.line("tick 2 ");
    // A name that the linker knows.
    project.edit(LIB, "x + 30", "x + 31");
    let event = run.event("applied");
    let line = run.line("mangled 32");
    if event["tier"] == "patch" {
        let number = |name: &str| -> u64 {
            let rest = line.split(&format!("{name} ")).nth(1).and_then(|rest| rest.split(' ').next());
            rest.and_then(|number| number.parse().ok()).unwrap()
        };
        assert!(number("ticks") > 1000 && number("here") > 10 && number("steps") > 10, "nothing began anew: {line}");
    } else {
        println!("a function with a name for the linker was swapped: {}", event["reason"]);
    }
}

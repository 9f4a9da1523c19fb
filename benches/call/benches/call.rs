//! What a call of a hot function costs, against a direct call and against hot-lib-reloader, in one run.
//!
//! Each way of calling runs in rounds of [`CALLS`] calls; the ways take turns, round by round, so that whatever else
//! the machine does meets all of them alike. The median round counts, and only differences within one run tell
//! anything. Each call's argument is the result of the call before: what is measured is the time from call to result,
//! nothing overlaps. The callees are in other crates and not inlined, so the compiler can't leave calls out.
//!
//! Started by `cargo bench -p liveswap-host --bench call`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use call_hot::{Big, State, direct};
use liveswap_host::{EventKind, Host};

/// Calls a round: the clock's own cost is spread over them.
const CALLS: u32 = 1_000;
/// Rounds of each way.
const ROUNDS: usize = 4_000;
/// The type of [`direct::update`] behind a pointer.
type Update = dyn Fn(&mut State, f32);

/// How long the host may build the library.
const BUILD: Duration = Duration::from_secs(600);

/// hot-lib-reloader's face of `call-reloader`. cargo put the library beside this program.
#[hot_lib_reloader::hot_module(dylib = "call_reloader", lib_dir = crate::beside_this_program())]
mod reloader {
    pub use call_hot::{Big, State};

    #[hot_functions]
    extern "Rust" {
        pub fn add(a: u64, b: u64) -> u64;
        pub fn update(state: &mut State, dt: f32);
        pub fn big(seed: u64) -> Big;
    }
}

/// The directory that holds `libcall_reloader.so`.
fn beside_this_program() -> std::path::PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program.parent().expect("a program lies in a directory").to_owned()
}

/// The functions of `call-reloader`, looked up once: the floor for code that was loaded.
struct Pointers {
    add: fn(u64, u64) -> u64,
    update: fn(&mut State, f32),
    big: fn(u64) -> Big,
}

impl Pointers {
    fn load() -> Pointers {
        let name = libloading::library_filename("call_reloader");
        // SAFETY: cargo built the library together with this program, from sources with these signatures; it is never
        // unloaded.
        unsafe {
            let library = libloading::Library::new(beside_this_program().join(name)).expect("the library loads");
            let library = Box::leak(Box::new(library));
            Pointers {
                add: *library.get(b"add").expect("`add` is exported"),
                update: *library.get(b"update").expect("`update` is exported"),
                big: *library.get(b"big").expect("`big` is exported"),
            }
        }
    }

    fn add(&self, a: u64, b: u64) -> u64 {
        black_box(self.add)(a, b)
    }

    fn update(&self, state: &mut State, dt: f32) {
        black_box(self.update)(state, dt);
    }

    fn big(&self, seed: u64) -> Big {
        black_box(self.big)(seed)
    }
}

fn main() {
    let host = load();
    let pointers = Pointers::load();
    let names = [
        "direct call",
        "boxed dyn Fn",
        "entry, nothing loaded",
        "entry, loaded",
        "pointer into a library",
        "hot-lib-reloader 0.8",
    ];
    println!("ns a call, median of {ROUNDS} rounds of {CALLS} calls, taking turns\n");

    let plain: Box<dyn Fn(u64, u64) -> u64> = black_box(Box::new(direct::add));
    report(
        "fn add(a: u64, b: u64) -> u64",
        &names,
        &mut [
            &mut || chain(|x| direct::add(x, 3)),
            &mut || chain(|x| plain(x, 3)),
            &mut || chain(|x| call_unhosted::add(x, 3)),
            &mut || chain(|x| call_hot::add(x, 3)),
            &mut || chain(|x| pointers.add(x, 3)),
            &mut || chain(|x| reloader::add(x, 3)),
        ],
    );

    let mut states = [const { State { position: 0.0, speed: 1.0 } }; 5];
    let mut unhosted = call_unhosted::State { position: 0.0, speed: 1.0 };
    let [first, second, third, fourth, fifth] = &mut states;
    let plain: Box<Update> = black_box(Box::new(direct::update));
    report(
        "fn update(state: &mut State, dt: f32)",
        &names,
        &mut [
            &mut || repeat(|| direct::update(first, 0.5)),
            &mut || repeat(|| plain(second, 0.5)),
            &mut || repeat(|| call_unhosted::update(&mut unhosted, 0.5)),
            &mut || repeat(|| call_hot::update(third, 0.5)),
            &mut || repeat(|| pointers.update(fourth, 0.5)),
            &mut || repeat(|| reloader::update(fifth, 0.5)),
        ],
    );

    let plain: Box<dyn Fn(u64) -> Big> = black_box(Box::new(direct::big));
    report(
        "fn big(seed: u64) -> Big    (40 bytes)",
        &names,
        &mut [
            &mut || chain(|x| black_box(direct::big(x)).words[4]),
            &mut || chain(|x| black_box(plain(x)).words[4]),
            &mut || chain(|x| black_box(call_unhosted::big(x)).words[4]),
            &mut || chain(|x| black_box(call_hot::big(x)).words[4]),
            &mut || chain(|x| black_box(pointers.big(x)).words[4]),
            &mut || chain(|x| black_box(reloader::big(x)).words[4]),
        ],
    );
    drop(host);
}

/// A host whose first generation of `call-hot` is in force.
fn load() -> Host {
    let (sender, events) = std::sync::mpsc::channel();
    let host = Host::builder()
        .program(env!("CARGO_MANIFEST_DIR"))
        .library(&call_hot::HOT)
        // In the target directory that this program was built in.
        .target_dir(beside_this_program().join("call-hot"))
        .show(None)
        .swap_at_once()
        .on_event(move |event| drop(sender.send(event.kind.clone())))
        .start()
        .expect("the host starts");
    let deadline = Instant::now() + BUILD;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left).expect("the library is built") {
            EventKind::Started { .. } => return host,
            EventKind::Building(_) => {}
            other => panic!("the library is not loaded: {other:#?}"),
        }
    }
}

/// A round in which each call takes the result of the one before.
fn chain(call: impl Fn(u64) -> u64) -> Duration {
    let mut value = black_box(1);
    let start = Instant::now();
    for _ in 0..CALLS {
        value = call(value);
    }
    let taken = start.elapsed();
    black_box(value);
    taken
}

/// A round of calls that work on one state.
fn repeat(mut call: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed()
}

/// Runs the ways in turns and prints a line for each. The first is the measure.
fn report(title: &str, names: &[&str], ways: &mut [&mut dyn FnMut() -> Duration]) {
    let mut rounds = vec![Vec::with_capacity(ROUNDS); ways.len()];
    for _ in 0..ROUNDS {
        for (way, rounds) in ways.iter_mut().zip(&mut rounds) {
            rounds.push(way());
        }
    }
    let medians: Vec<f64> = rounds.iter_mut().map(|rounds| median(rounds)).collect();
    println!("{title:<40} {:>8} {:>12} {:>8}", "ns", "over direct", "ratio");
    for (name, of) in names.iter().zip(&medians) {
        println!("  {name:<38} {of:>8.2} {:>+12.2} {:>8.2}", of - medians[0], of / medians[0]);
    }
    println!();
}

/// Nanoseconds a call.
fn median(rounds: &mut [Duration]) -> f64 {
    rounds.sort_unstable();
    rounds[rounds.len() / 2].as_secs_f64() * 1e9 / f64::from(CALLS)
}

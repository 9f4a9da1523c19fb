//! Swaps under load: threads call hot functions without pause while generations come and go.
//!
//! No call may fail, block or be torn: a call sees one generation. `LIVESWAP_STRESS_SWAPS=1000` for the long form; the
//! calls per second before, during and after are printed (`--nocapture`).

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use liveswap_host::open::services::SameCrates;
use liveswap_host::open::{Image, artifact};
use liveswap_host::stage::StagingArea;
use liveswap_host::verify::{entries, handshake};
use liveswap_tests::{Project, TypedRun};

const THREADS: usize = 8;
const CRATE: &str = "typed_logic";

/// What the calling threads have counted.
#[derive(Default)]
struct Calls {
    stop: AtomicBool,
    done: AtomicU64,
    torn: AtomicU64,
    /// The longest call, in nanoseconds.
    longest: AtomicU64,
    /// Whether calls of each version were seen.
    seen: [AtomicBool; 3],
}

impl Calls {
    fn call_until_stopped(&self) {
        let seed = 10;
        while !self.stop.load(Ordering::Relaxed) {
            let start = Instant::now();
            for _ in 0..100 {
                let (one, many) = typed_logic::pair(&seed, [0; 6]);
                let version = one - seed;
                if many != [version; 6] || !(1..=2).contains(&version) {
                    self.torn.fetch_add(1, Ordering::Relaxed);
                } else {
                    self.seen[version as usize].store(true, Ordering::Relaxed);
                }
            }
            self.done.fetch_add(100, Ordering::Relaxed);
            self.longest.fetch_max(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        }
    }

    /// Calls per second while `work` runs.
    fn rate(&self, work: impl FnOnce()) -> f64 {
        let (start, before) = (Instant::now(), self.done.load(Ordering::Relaxed));
        work();
        (self.done.load(Ordering::Relaxed) - before) as f64 / start.elapsed().as_secs_f64()
    }
}

#[test]
fn no_call_fails_blocks_or_is_torn_while_generations_change() {
    let swaps = std::env::var("LIVESWAP_STRESS_SWAPS").ok().and_then(|swaps| swaps.parse().ok()).unwrap_or(200);
    let project = Project::typed();
    let artifacts = two_versions(&project);
    let staging = StagingArea::new(Some(project.outside().to_owned()));

    let calls = Calls::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| calls.call_until_stopped());
        }
        let window = || std::thread::sleep(Duration::from_millis(500));
        let before = calls.rate(window);
        let during = calls.rate(|| {
            for number in 0..swaps {
                swap(&staging, &artifacts[number % 2], number as u64);
            }
        });
        let after = calls.rate(window);
        calls.stop.store(true, Ordering::Relaxed);
        println!(
            "{swaps} swaps, {THREADS} threads: {before:.2e} calls/s before, {during:.2e} during, {after:.2e} after; \
             longest hundred calls {:.1} ms",
            calls.longest.load(Ordering::Relaxed) as f64 / 1e6
        );
    });
    assert_eq!(calls.torn.load(Ordering::Relaxed), 0, "torn calls");
    assert!(calls.seen[1..].iter().all(|seen| seen.load(Ordering::Relaxed)), "calls of both versions were seen");
}

/// The library's artifact in two versions.
fn two_versions(project: &Project) -> [PathBuf; 2] {
    let built = project.path("target/liveswap/typed-logic/debug/libtyped_logic.so");
    let kept = |version: &str| project.outside().join(version);
    let mut run = TypedRun::start(|host| host.library_at(&typed_logic::HOT, project.path("logic")));
    run.started("typed-logic");
    fs::copy(&built, kept("first.so")).expect("a copy of the first version");
    project.edit("logic/src/lib.rs", "VERSION: u64 = 1", "VERSION: u64 = 2");
    run.applied();
    fs::copy(&built, kept("second.so")).expect("a copy of the second version");
    [kept("first.so"), kept("second.so")]
}

/// The stages from an artifact to the publish, as a session goes through them.
fn swap(staging: &StagingArea, artifact: &Path, number: u64) {
    let staged = staging.stage(artifact, number).expect("staged");
    let identity = artifact::read_identity(&staged, CRATE).expect("a handshake");
    handshake::check(&handshake::expected("dev"), &identity).expect("the handshake fits");
    // SAFETY: the handshake of this very file was compared.
    let image = unsafe { Image::open(&staged, CRATE, Arc::new(|_| ()), SameCrates::default()) }.expect("an image");
    let (host, library) = (entries::views(typed_logic::HOT.entries()), entries::views(image.entries()));
    let code = entries::match_entries(&host, &library).expect("all entries fit");
    // SAFETY: the entries were matched, and the image stays loaded.
    unsafe { typed_logic::HOT.publish(&code) };
}

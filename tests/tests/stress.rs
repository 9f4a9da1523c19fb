//! Threads call without pause while generations come into force: no call fails, is torn, or waits.
//!
//! 200 swaps; `LIVESWAP_STRESS_SWAPS=1000` for more. `cargo test --test stress -- --nocapture` shows the figures.

#![cfg(all(debug_assertions, target_os = "linux"))]

#[path = "support/calls.rs"]
mod calls;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use typed_calls::State;

const THREADS: usize = 8;
const SWAPS: usize = 200;

/// Calls that are made before and after the swaps, for comparison.
const CALLS: u64 = 400_000;

/// No call may take as long: it would have waited for something. Far above what a loaded machine takes the CPU away
/// for.
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Caller {
    calls: AtomicU64,
    /// In nanoseconds, since it was last asked for.
    longest: AtomicU64,
}

#[test]
fn calls_go_on_while_generations_change() {
    let swaps = std::env::var("LIVESWAP_STRESS_SWAPS").ok().map_or(SWAPS, |number| number.parse().expect("a number"));
    let variants = calls::build();
    let mut loader = calls::Loader::new();
    let callers: [Caller; THREADS] = Default::default();
    let over = AtomicBool::new(false);
    // A failed check in a caller or a stage must not leave the others calling for ever.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    thread::scope(|scope| {
        let _over = Over(&over);
        let threads = callers.each_ref().map(|caller| {
            let over = &over;
            scope.spawn(move || {
                let _over = Over(over);
                call(caller, over);
            })
        });
        let measure = |name: &str, phase: &mut dyn FnMut()| {
            let (start, before) = (Instant::now(), made(&callers));
            callers.iter().for_each(|caller| caller.longest.store(0, Ordering::Relaxed));
            phase();
            let (elapsed, after) = (start.elapsed(), made(&callers));
            let calls: u64 = before.iter().zip(after).map(|(before, after)| after - before).sum();
            let longest = callers.iter().map(|caller| caller.longest.load(Ordering::Relaxed)).max().unwrap_or(0);
            let longest = Duration::from_nanos(longest);
            println!(
                "{name}: {:.0} calls a second ({calls} in {:.2} s), the longest took {:.2} ms",
                calls as f64 / elapsed.as_secs_f64(),
                elapsed.as_secs_f64(),
                longest.as_secs_f64() * 1000.0
            );
            assert!(longest < LONGEST, "a call took {longest:?}");
            let idle = before.iter().zip(after).filter(|(before, after)| *before == after).count();
            (calls, idle)
        };
        let mut some_calls = || {
            let end = made(&callers).iter().sum::<u64>() + CALLS;
            while made(&callers).iter().sum::<u64>() < end {
                assert!(!over.load(Ordering::Relaxed), "a caller has ended");
                thread::yield_now();
            }
        };
        measure("before", &mut some_calls);
        let (_, idle) = measure("during", &mut || {
            for swap in 0..swaps {
                loader.publish(&variants[swap % 2]);
                assert!(!over.load(Ordering::Relaxed), "a caller has ended");
            }
        });
        assert_eq!(idle, 0, "every thread got on during the swaps");
        measure("after", &mut some_calls);
        over.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().expect("no call failed");
        }
    });
    // The last one is in force.
    assert_eq!(typed_calls::number(), 2 - swaps as u64 % 2);
    assert!(loader.panics.lock().unwrap().is_empty());
    calls::remove(&variants);
}

fn made(callers: &[Caller; THREADS]) -> [u64; THREADS] {
    callers.each_ref().map(|caller| caller.calls.load(Ordering::Relaxed))
}

/// Calls until it is over.
fn call(caller: &Caller, over: &AtomicBool) {
    let mut state = State::new();
    let mut calls = 0;
    let first_calls = state.calls;
    let mut loaded = false;
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        let text = format!("call {calls}");
        let answer = typed_calls::mixed(&mut state, text.clone(), &[calls, 1], (2, 3));
        assert_eq!(answer.variant, answer.again, "a call saw two generations");
        assert_eq!((answer.sum, answer.text), (calls + 6, text));
        loaded |= answer.variant > 0;
        assert_eq!(loaded, answer.variant > 0, "the code that is linked in is never in force again");
        calls += 1;
        assert_eq!(state.calls().0, first_calls + calls);
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        caller.longest.fetch_max(nanoseconds, Ordering::Relaxed);
        caller.calls.fetch_add(1, Ordering::Relaxed);
    }
}

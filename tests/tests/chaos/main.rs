//! Chaos: a host with eight calling threads, whose library, sources and tools get into trouble of all kinds, in random
//! order. After each round the process lives, all threads run the newest good code, no call gave a wrong value or none, and
//! the state is as it must be; now and then, that nothing was left behind.
//!
//! 12 rounds, the same in each run. `LIVESWAP_ROUNDS=1000 LIVESWAP_SEED=7 cargo test -p liveswap-tests --test chaos --
//! --nocapture` is the long form; a round takes some two seconds. `LIVESWAP_TROUBLE=disk` has only those troubles whose name
//! has this text.

#![cfg(target_os = "linux")]

mod program;
mod surroundings;
mod trouble;

use std::collections::BTreeMap;
use std::time::Instant;

use liveswap_tests::{Random, asked_for};
use program::Program;

/// After how many rounds it is looked at what was left behind.
const LOOK: u64 = 6;

#[test]
fn a_host_survives_whatever_happens_to_its_library() {
    let (rounds, seed) = (asked_for("LIVESWAP_ROUNDS", 12), asked_for("LIVESWAP_SEED", 1));
    let wanted = std::env::var("LIVESWAP_TROUBLE").ok();
    println!("{rounds} rounds, LIVESWAP_SEED={seed}");
    let mut random = Random::new(seed);
    let mut program = Program::start();
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    let begun = Instant::now();
    let mut first = program.resources();
    for round in 1..=rounds {
        let trouble = trouble::pick(&mut random, wanted.as_deref());
        println!("round {round}: {}", trouble.name);
        *times.entry(trouble.name).or_default() += 1;
        (trouble.make)(&mut program, &mut random);
        program.comes_to_the_newest_code();
        if round % LOOK == 0 {
            program.is_as_a_whole_build();
            program.leaves_nothing_running();
            let now = program.resources();
            println!("  {now}");
            // What is loaded once, by the first troubles, is no leak.
            if round == LOOK {
                first = now;
            } else {
                now.check_against(&first, round - LOOK);
            }
        }
    }
    println!("{rounds} rounds in {:.0} s: {}", begun.elapsed().as_secs_f64(), program.summary());
    for (name, times) in times {
        println!("{times:5} {name}");
    }
    program.stop();
}

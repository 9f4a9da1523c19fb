//! What the derives add to the build of a crate, against other derives for the same structs.
//!
//! What the crates depend on is built before. *Clean* is `cargo build` of the crate alone after `cargo clean` of it;
//! *edited* is the same after another constant in a function, with incremental compilation. Both have cargo's own time in
//! them (the first line shows how much at most). A round builds all crates, so that they take turns.

use std::path::Path;
use std::time::Duration;

use liveswap_host::project::Toolchain;

use crate::crates::{self, MEMBERS, Member};
use crate::{Effort, times};

pub fn print(effort: Effort) {
    // What the crates depend on is kept from one run to the next; the crates are written and built anew.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state");
    crates::write(&place);
    let builder = Builder { place: &place, toolchain: Toolchain::find(&place).expect("there is a toolchain") };
    eprintln!("building what the crates depend on …");
    MEMBERS.iter().for_each(|member| builder.run("build", member));
    let mut taken: Vec<[Vec<f64>; 2]> = MEMBERS.iter().map(|_| Default::default()).collect();
    for round in 1..=effort.builds as u64 {
        for (member, [clean, edited]) in MEMBERS.iter().zip(&mut taken) {
            clean.push(builder.clean(member).as_secs_f64() * 1e3);
            member.edit(&place, round);
            edited.push(builder.build(member).as_secs_f64() * 1e3);
        }
    }
    println!("Building a crate with {} structs (`dev`); ms, median of {}", crates::STRUCTS, effort.builds);
    println!("  {:<46} {:>8} {:>8} {:>10} {:>8}", "derives", "clean", "ratio", "edited", "ratio");
    let medians: Vec<[f64; 2]> = taken.into_iter().map(|both| both.map(times::median)).collect();
    for (member, [clean, edited]) in MEMBERS.iter().zip(&medians) {
        let [clean_ratio, edited_ratio] = [clean / medians[0][0], edited / medians[0][1]];
        println!("  {:<46} {clean:>8.0} {clean_ratio:>8.2} {edited:>10.0} {edited_ratio:>8.2}", member.title);
    }
    println!();
}

struct Builder<'a> {
    place: &'a Path,
    toolchain: Toolchain,
}

impl Builder<'_> {
    /// A build of the crate from nothing.
    fn clean(&self, member: &Member) -> Duration {
        self.run("clean", member);
        self.build(member)
    }

    fn build(&self, member: &Member) -> Duration {
        times::of(|| self.run("build", member)).0
    }

    fn run(&self, what: &str, member: &Member) {
        let mut command = self.toolchain.cargo_command();
        command.args([what, "-p", member.name, "--target-dir", "target"]).current_dir(self.place);
        let output = command.output().expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

//! Troubles of what is around the program: the disk, the clock, another host.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use liveswap_tests::{Random, SmallDisk, descendants_of, until};

use crate::program::Program;

/// What is staged finds no room.
pub fn full_disk(program: &mut Program, _: &mut Random) {
    let staging = program.project.outside().join("staging");
    let directories = fs::read_dir(staging).expect("the staging directory").flatten();
    let directories = directories.map(|entry| entry.path()).filter(|path| path.is_dir());
    let disks: Vec<_> = directories.filter_map(|directory| SmallDisk::over(&directory, "4k")).collect();
    if disks.is_empty() {
        return println!("  not made: it needs the right to mount a file system in memory");
    }
    program.save_with("// ITEM", "pub trait Unstaged {}");
    let refused = program.event(&["refused"]);
    assert!(refused["reason"].as_str().is_some_and(|reason| reason.contains("No space left")), "{refused}");
}

/// The clock goes a day ahead, or back, and an edit later it is right again.
pub fn clock(program: &mut Program, random: &mut Random) {
    let file = program.project.outside().join("clock");
    fs::write(&file, if random.below(2) == 0 { "86400" } else { "-86400" }).expect("the file that is looked at");
    let here = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    until("the jump", || program.status()["clock"].as_u64().is_some_and(|there| there.abs_diff(here()) > 80_000));
    program.comes_to_the_newest_code();
    if random.below(2) == 0 {
        program.save_with("// ITEM", "pub trait Later {}");
        program.event(&["applied"]);
    }
    fs::remove_file(&file).expect("the same file");
}

/// It works on the same edits for a while, and is killed.
pub fn another_host(program: &mut Program, _: &mut Random) {
    if !program.project.path("target/liveswap/chaos-logic-2").exists() {
        program.project.warm_for_a_second_host();
    }
    let mut other = program.project.run_program_again("chaos");
    other.started();
    program.comes_to_the_newest_code();
    program.save_with("// ITEM", "pub trait Both {}");
    program.event(&["applied"]);
    other.event("applied");
    let (id, mark) = (other.id(), other.mark().to_owned());
    drop(other);
    assert!(!PathBuf::from(format!("/proc/{id}/exe")).exists(), "the other host runs on");
    until("the end of the other host's compilers", || descendants_of(&mark).is_empty());
}

//! How many edits of function bodies can be patched, why the others can't, and how long a patch takes.
//!
//! `cargo bench -p liveswap-host --bench patches` takes four programs from the registry and generated crates of 600 to
//! 100,000 lines. `-- NAME[@VERSION] | DIRECTORY | LINES …` chooses, `--edits N` says how many edits each gets (40),
//! `--seed S` which (1). The first run downloads the programs and builds what they depend on.
//!
//! Of each program that of its crates is measured which has the most functions. It is built once, as a base. An edit
//! changes the body of one function, taken at random from all that its sources have: generic ones, those of macros'
//! attributes, tests. It is compared with the base and patched as the program `liveswap` does it, edit by edit. Counted
//! apart, since there is nothing to patch: what is not compiled (in `#[cfg(test)]`, say), and what has code only where
//! it is used (a generic function), and is used by other crates alone.
//!
//! Times are medians. Of some edits cargo's own incremental build is timed too: the same profile, without a wrapper.
//! In generated crates it is known what each function gives; there the patch is loaded, and all are called. The other
//! programs are built with each edit as well, and the audit compares that build with the patch: `checked` counts both,
//! `wrong` what a patch did not replace, or did not do.

mod alone;
mod attempt;
mod base;
mod check;
mod edits;
mod generate;
mod judge;
mod program;
mod registry;
mod table;

use std::path::Path;
use std::process::ExitCode;

use attempt::Outcome;
use liveswap_host::project::Toolchain;
use program::Program;

/// What is measured where nothing is named.
const PROGRAMS: [&str; 8] =
    ["fd-find@10.5.0", "hexyl@0.17.0", "mini-redis@0.4.1", "dufs@0.47.0", "600", "7000", "35000", "100000"];

/// Of how many edits cargo's own build is timed.
const CARGO_EDITS: usize = 5;

struct Arguments {
    programs: Vec<String>,
    edits: usize,
    seed: u64,
}

/// What came of one program.
struct Measured {
    name: String,
    lines: usize,
    functions: usize,
    outcomes: Vec<Outcome>,
    /// Seconds.
    cargo: Vec<f64>,
    /// How many patches were loaded and compared with what they have to give, or audited.
    checked: usize,
    wrong: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(wrong) => {
            eprintln!("{wrong}; there are `--edits N`, `--seed S`, and programs: a directory, NAME[@VERSION] or LINES");
            return ExitCode::FAILURE;
        }
    };
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("patches");
    let toolchain = Toolchain::find(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("there is a toolchain");
    let mut all = Vec::new();
    for name in &arguments.programs {
        match measure(name, &place, &arguments, &toolchain) {
            Ok(measured) => {
                table::reasons(&measured);
                all.push(measured);
            }
            Err(why) => eprintln!("{name}: {why}"),
        }
    }
    table::print(&all);
    let is_right = all.len() == arguments.programs.len() && all.iter().all(|measured| measured.wrong.is_empty());
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { programs: Vec::new(), edits: 40, seed: 1 };
    while let Some(argument) = given.next() {
        let mut number = || -> Result<u64, String> {
            let value = given.next().ok_or_else(|| format!("`{argument}` wants a value"))?;
            value.parse().map_err(|_| format!("`{value}` is no number"))
        };
        match argument.as_str() {
            // From cargo.
            "--bench" => {}
            "--edits" => arguments.edits = usize::try_from(number()?).unwrap_or(usize::MAX).max(1),
            "--seed" => arguments.seed = number()?,
            other if other.starts_with('-') => return Err(format!("unknown argument `{other}`")),
            _ => arguments.programs.push(argument),
        }
    }
    if arguments.programs.is_empty() {
        arguments.programs = PROGRAMS.map(str::to_owned).into();
    }
    Ok(arguments)
}

fn measure(name: &str, place: &Path, arguments: &Arguments, toolchain: &Toolchain) -> Result<Measured, String> {
    eprintln!("{name}: the base …");
    let (program, model) = Program::get(name, place, toolchain)?;
    let mut base = base::Base::build(&program, toolchain)?;
    let functions = edits::functions(&base);
    let edits = edits::choose(&functions, arguments.edits, arguments.seed);
    let mut check = match &model {
        Some(model) => Some(check::Check::load(&base, model)?),
        None => None,
    };
    let judge = match &model {
        Some(_) => None,
        None => Some(judge::Judge::new(&program, toolchain, &base)?),
    };
    let (mut outcomes, mut wrong, mut checked) = (Vec::new(), Vec::new(), 0);
    for edit in &edits {
        let attempt::Attempt { outcome, patch, replaced } = attempt::attempt(&mut base, edit)?;
        eprintln!("  {}: {outcome}", edit.function);
        if let (Some(check), Some(patch)) = (&mut check, patch) {
            checked += 1;
            wrong.extend(check.patch(&patch, edit).err().map(|why| format!("{}: {why}", edit.function)));
        }
        if let (Some(judge), Some(replaced)) = (&judge, replaced) {
            match judge.wrong(&mut base, edit, &replaced) {
                Ok(left_out) => {
                    checked += 1;
                    left_out.iter().for_each(|what| eprintln!("    WRONG {what}"));
                    wrong.extend(left_out.into_iter().map(|what| format!("{}: {what}", edit.function)));
                }
                // An edit may be one that does not compile.
                Err(why) => eprintln!("    not audited: {}", why.lines().next().unwrap_or_default()),
            }
        }
        outcomes.push(outcome);
    }
    let patched = edits.iter().zip(&outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Patched { .. }));
    eprintln!("{name}: cargo alone …");
    let cargo = alone::times(&program, toolchain, patched.map(|(edit, _)| edit).take(CARGO_EDITS))?;
    let lines = base.lines();
    Ok(Measured { name: program.name, lines, functions: functions.len(), outcomes, cargo, checked, wrong })
}

//! What it costs to describe, compare, keep and move state; four tables.
//!
//! What is compared with something runs in turns with that, so that whatever else the machine does meets both alike.
//! Medians count, and ratios within one run say more than the figures.
//!
//! Started by `cargo bench -p liveswap-host --bench state`.

mod build;
mod crates;
mod kept;
mod memory;
mod migrate;
mod shapes;
mod times;
mod verify;

use std::process::ExitCode;

/// How much is done.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Elements of a vector that is moved.
    elements: usize,
    /// Moves of each shape.
    moves: usize,
    /// Comparisons of each number of types.
    comparisons: usize,
    /// Builds of each kind.
    builds: usize,
    /// Rounds of looks into a `Kept`.
    rounds: usize,
}

const FULL: Effort = Effort { elements: 1_000_000, moves: 15, comparisons: 201, builds: 7, rounds: 4_001 };
const SHORT: Effort = Effort { elements: 200_000, moves: 7, comparisons: 51, builds: 3, rounds: 501 };

/// Measures, and prints what it found.
type Table = fn(Effort);

/// The tables by the names that choose them.
const TABLES: [(&str, Table); 4] =
    [("verify", verify::print), ("migrate", migrate::print), ("build", build::print), ("kept", kept::print)];

fn main() -> ExitCode {
    match arguments(std::env::args().skip(1)) {
        Ok((effort, chosen)) => {
            let cores = std::thread::available_parallelism().map_or(0, usize::from);
            println!("{cores} cores, medians\n");
            chosen.into_iter().for_each(|table| table(effort));
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("{wrong}; there are `--short` and `--only verify,migrate,build,kept`");
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<(Effort, Vec<Table>), String> {
    let (mut effort, mut chosen) = (FULL, TABLES.map(|(_, table)| table).to_vec());
    while let Some(argument) = given.next() {
        match argument.as_str() {
            // From cargo.
            "--bench" => {}
            "--short" => effort = SHORT,
            "--only" => {
                let names = given.next().ok_or("`--only` wants names")?;
                let find = |name: &str| {
                    let table = TABLES.iter().find(|(known, _)| *known == name);
                    table.map(|(_, table)| *table).ok_or_else(|| format!("there is no table `{name}`"))
                };
                chosen = names.split(',').map(find).collect::<Result<_, _>>()?;
            }
            other => return Err(format!("unknown argument `{other}`")),
        }
    }
    Ok((effort, chosen))
}

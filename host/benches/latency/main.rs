//! From a save to the running program: liveswap, cargo alone and hot-lib-reloader on the same edits, in one run.
//!
//! `cargo bench -p liveswap-host --bench latency` takes 600, 7,000 and 35,000 lines, with 7 edits each;
//! `-- --short` takes 600 lines and 3 edits: two minutes, where the full run may take half an hour (the first time, the
//! dependencies come from crates.io and are built as well). `-- --sizes 600,7000 --edits 9` chooses.
//!
//! For each size three copies of one generated crate (see `generate`) get the same edits, in turns: another constant in
//! a function whose value the running program prints when it changes. The order of the three changes with each edit.
//! - *liveswap*: `liveswap run`, this package's binary in release, the library in cargo's `dev`. Timed from just before
//!   the file is written to the program's line with the new value; its own events say where the time went.
//! - *cargo*: `cargo build` with the host's own arguments that matter for its work (profile, features, environment), in a
//!   target directory of its own. No watching: it is started when the file is written.
//! - *hot-lib-reloader 0.8*: a program with a `hot_module`, as its README has it. A second terminal's watcher is played
//!   by this program at its fastest: `cargo build -p lib` starts when the file is written, without any delay of
//!   noticing it. Its debounce, 500 ms by default, is set to 50 ms.
//!
//! Then the same edits are patched, by `liveswap run --patch`; and last, starts are timed, with nothing built and with all
//! built, for either way.
//!
//! All use the toolchain's own cargo and rustc, not rustup's shim. Medians; the machine may do other things, which
//! the turns spread over all three.

mod alone;
mod generate;
mod hosted;
mod peer;
mod program;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use liveswap_host::project::Toolchain;

/// How long anything may take before the run is given up.
const DEADLINE: Duration = Duration::from_secs(600);

struct Arguments {
    sizes: Vec<usize>,
    edits: usize,
}

/// One edit's times, in seconds.
struct Round {
    hosted: hosted::Applied,
    alone: f64,
    peer: f64,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(wrong) => {
            eprintln!("{wrong}; there are `--short`, `--sizes LINES,LINES,…` and `--edits N`");
            return ExitCode::FAILURE;
        }
    };
    // What cargo built before is kept from one run to the next; the sources are written anew.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latency");
    let toolchain = Toolchain::find(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("there is a toolchain");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{} cores, rustc {}, {} edits each, medians\n", cores, toolchain.version, arguments.edits);
    for lines in arguments.sizes {
        let size = measure(&place.join(lines.to_string()), lines, arguments.edits, &toolchain);
        table::print(&size);
    }
    ExitCode::SUCCESS
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { sizes: vec![600, 7_000, 35_000], edits: 7 };
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("`{argument}` wants a value"));
        let number = |text: &str| text.trim().parse().map_err(|_| format!("`{text}` is no number"));
        match argument.as_str() {
            // From cargo.
            "--bench" => {}
            "--short" => arguments = Arguments { sizes: vec![600], edits: 3 },
            "--sizes" => arguments.sizes = value()?.split(',').map(number).collect::<Result<_, _>>()?,
            "--edits" => arguments.edits = number(&value()?)?.max(1),
            other => return Err(format!("unknown argument `{other}`")),
        }
    }
    Ok(arguments)
}

/// What came of one size.
struct Size {
    lines: usize,
    types: usize,
    image: u64,
    rounds: Vec<Round>,
    patches: Vec<hosted::Applied>,
    /// How long a start takes, for swaps and for patches; see [`hosted::Hosted::starts`].
    starts: [[f64; 2]; 2],
}

fn measure(place: &Path, lines: usize, edits: usize, toolchain: &Toolchain) -> Size {
    let source = generate::source(lines);
    eprintln!("{} lines, {} types: first builds …", source.lines, source.types);
    let alone = alone::Alone::new(&place.join("alone"), &source, toolchain);
    let mut peer = peer::Peer::start(&place.join("peer"), &source, toolchain);
    let mut hosted = hosted::Hosted::start(&place.join("hosted"), &source, "swap");
    let mut rounds = Vec::new();
    // The first edit warms up: cargo writes the incremental data of a changed crate for the first time.
    for edit in 0..=edits {
        let value = generate::FIRST_VALUE + 1 + edit as u64;
        let (mut of_hosted, mut of_alone, mut of_peer) = (None, None, None);
        for turn in 0..3 {
            match (turn + edit) % 3 {
                0 => of_hosted = Some(hosted.edit(value)),
                1 => of_alone = Some(alone.edit(value)),
                _ => of_peer = Some(peer.edit(value)),
            }
        }
        if let (Some(hosted), Some(alone), Some(peer), true) = (of_hosted, of_alone, of_peer, edit > 0) {
            eprintln!("  edit {edit}: liveswap {:.3} s, cargo {alone:.3} s, peer {peer:.3} s", hosted.seen);
            rounds.push(Round { hosted, alone, peer });
        }
    }
    let image = hosted.image();
    // By itself: between two patches cargo builds in the background, which the others must not suffer from.
    drop((hosted, peer));
    let mut hosted = hosted::Hosted::start(&place.join("patched"), &source, "patch");
    let mut patches: Vec<hosted::Applied> =
        (0..=edits).map(|edit| hosted.edit(generate::FIRST_VALUE + 1 + edit as u64)).collect();
    patches.remove(0);
    drop(hosted);
    let starts = ["swap", "patch"].map(|tier| hosted::Hosted::starts(&place.join("starts").join(tier), &source, tier));
    Size { lines: source.lines, types: source.types, image, rounds, patches, starts }
}

//! The command line of `liveswap`.

mod control;
mod waiting;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use liveswap::{Policy, TrialTerms};

use self::control::Where;
use self::waiting::Waiting;
use crate::control::Command as Asked;
use crate::drive::{DriveOptions, Stopper, drive, stopper};
#[cfg(unix)]
use crate::keys;
use crate::present::Style;
use crate::project::{self, Features, Toolchain, Wanted};

/// How long the library may take to come back from a tick after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(2);

/// The exit code of a program that was ended by an interrupt.
const INTERRUPTED: i32 = 130;

/// Edit Rust, keep running: runs a hot library and swaps in each saved edit.
#[derive(Debug, Parser)]
#[command(name = "liveswap", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a hot library's application and swap in each saved edit (the default)
    Run {
        /// The package, or its directory; without it, the workspace's only hot library
        #[arg(value_name = "PACKAGE or PATH")]
        library: Option<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Say how things are with the host that runs on this project
    #[command(after_help = control::EXIT_CODES)]
    Status(Where),
    /// List the generations that are or were in force
    #[command(after_help = control::EXIT_CODES)]
    History(Where),
    /// Go back to generation N, or to the one before
    #[command(after_help = control::EXIT_CODES)]
    Rollback {
        /// The generation's number; without it, one back
        #[arg(value_name = "N")]
        generation: Option<u64>,
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        waiting: Waiting,
    },
    /// Build what is on disk now, changed or not
    #[command(after_help = control::EXIT_CODES)]
    Reload {
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        waiting: Waiting,
    },
    /// See edits and do not build them, until `resume`
    #[command(after_help = control::EXIT_CODES)]
    Pause(Where),
    /// Build edits again: all that changed meanwhile, in one build
    #[command(after_help = control::EXIT_CODES)]
    Resume(Where),
    /// For `run`: gives the terminal back when it has died
    #[cfg(unix)]
    #[command(hide = true, name = keys::GUARD)]
    KeepTerminal,
}

#[derive(Debug, Args)]
struct Options {
    /// Say only what went wrong
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Say everything: each phase, warnings in full, loaded images
    #[arg(short, long)]
    verbose: bool,
    /// Append each event as a JSON line to this file (`-`: stdout)
    #[arg(long, value_name = "FILE", env = "LIVESWAP_EVENTS")]
    events: Option<PathBuf>,
    /// Compare files every MS milliseconds instead of waiting for events
    #[arg(long, value_name = "MS", num_args = 0..=1, require_equals = true, default_missing_value = "300", value_parser = clap::value_parser!(u64).range(1..))]
    poll: Option<u64>,
    /// Build the library with this cargo profile (`dev` if nothing else is said)
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Build the library with these features
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    features: Vec<String>,
    /// Build the library with all features
    #[arg(long)]
    all_features: bool,
    /// Build the library without its default features
    #[arg(long)]
    no_default_features: bool,
    /// Whether edited function bodies are patched where that can be done (they are, if nothing else is said), instead of
    /// building and swapping the library
    #[arg(long, value_name = "on|off", env = "LIVESWAP_PATCH", num_args = 0..=1, require_equals = true, default_missing_value = "on", value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    patch: Option<bool>,
    /// Whether a tick survives a crash (it does not, if nothing else is said): a tool for development, see
    /// `HostBuilder::fault_guard`
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on", value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    guard: Option<bool>,
    /// Tell of a tick that lasts longer than this many seconds, with its stack (0: never)
    #[arg(long, value_name = "SECS", default_value_t = 5.0, value_parser = seconds)]
    deadline: f64,
    /// Whether keys are read from the terminal (they are, if nothing else is said): r builds, b goes back, ? lists all.
    /// Turn it off for an application that reads stdin itself
    #[arg(long, value_name = "on|off", env = "LIVESWAP_KEYS", num_args = 0..=1, require_equals = true, default_missing_value = "on", value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    keys: Option<bool>,
    /// Whether `liveswap status`, `rollback` and the like can reach it (they can, if nothing else is said)
    #[arg(long, value_name = "on|off", env = "LIVESWAP_CONTROL", num_args = 0..=1, require_equals = true, default_missing_value = "on", value_parser = clap::builder::BoolishValueParser::new(), hide_possible_values = true)]
    control: Option<bool>,
    /// What becomes of a tick that panics: in the first ticks of new code, go back to the code before (`rollback`, if
    /// nothing else is said); or wait for the next edit (`keep`); or end the program (`propagate`)
    #[arg(long, value_name = "POLICY", value_parser = clap::value_parser!(Policy))]
    on_panic: Option<Policy>,
    /// How many ticks new code is on trial; it ends after two seconds in any case. 0: not at all
    #[arg(long, value_name = "TICKS", default_value_t = TrialTerms::default().calls)]
    trial: u32,
    /// cargo's directory for the library; without it, `liveswap/PACKAGE` in the workspace's target directory
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// Where loaded copies are kept; without it, in the system's temporary directory
    #[arg(long, value_name = "DIR")]
    stage_in: Option<PathBuf>,
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let (library, options) = match cli.command {
        Some(Command::Run { library, options }) => (library, options),
        Some(Command::Status(place)) => return control::run(Asked::Status, None, &place, None),
        Some(Command::History(place)) => return control::run(Asked::History, None, &place, None),
        Some(Command::Rollback { generation, place, waiting }) => {
            return control::run(Asked::Rollback, generation, &place, Some(&waiting));
        }
        Some(Command::Reload { place, waiting }) => {
            return control::run(Asked::Reload, None, &place, Some(&waiting));
        }
        Some(Command::Pause(place)) => return control::run(Asked::Pause, None, &place, None),
        Some(Command::Resume(place)) => return control::run(Asked::Resume, None, &place, None),
        #[cfg(unix)]
        Some(Command::KeepTerminal) => return keys::guard(),
        None => (None, cli.options),
    };
    log_to_stderr(options.verbose);
    match run(library.as_deref(), options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell_error(&*error);
            ExitCode::FAILURE
        }
    }
}

fn tell_error(error: &dyn std::error::Error) {
    anstream::eprintln!("{}error{}: {error}", color_of_errors().render(), anstyle::Reset);
}

fn run(library: Option<&str>, options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let here = std::env::current_dir()?;
    let toolchain = Toolchain::find(&here)?;
    let wanted = library.map_or(Wanted::Any, Wanted::parse);
    let project = project::find(&toolchain, &here, wanted, None)?;
    let config = project.config.clone();
    let keys = options.keys.or(config.keys).unwrap_or(true) && are_there_keys();
    let options = DriveOptions {
        profile: options.profile.or(config.profile).unwrap_or_else(|| "dev".into()),
        features: Features {
            list: options.features,
            all: options.all_features,
            no_default: options.no_default_features,
        },
        target_dir: options.target_dir.map(|directory| here.join(directory)),
        stage_in: options.stage_in.map(|directory| here.join(directory)),
        poll: options.poll.map(Duration::from_millis).or(config.poll),
        patch: options.patch.or(config.patch),
        guard: options.guard.or(config.guard),
        deadline: (options.deadline > 0.0).then(|| Duration::from_secs_f64(options.deadline)),
        style: Style { quiet: options.quiet, verbose: options.verbose, keys, ..Style::from_environment() },
        on_panic: options.on_panic.or(config.on_panic),
        trial: TrialTerms { calls: options.trial, ..TrialTerms::default() },
        events: options.events,
        control: options.control.unwrap_or(true),
    };
    let (stopper, signal) = stopper();
    // Before there are other threads: which signals they take is decided here.
    #[cfg(unix)]
    let _keys = keys.then(|| keys::Keys::start(stopper.clone(), interrupted));
    ctrlc::set_handler(move || interrupted(&stopper))?;
    drive(project, toolchain, options, signal)?;
    Ok(())
}

/// A number of seconds that can be waited for.
fn seconds(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is no number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map(|_| number).map_err(|_| "it can't be waited for that long".to_owned())
}

#[cfg(unix)]
fn are_there_keys() -> bool {
    keys::are_there()
}

#[cfg(not(unix))]
fn are_there_keys() -> bool {
    false
}

/// Ctrl-C, or a request to terminate: stop between two ticks. A library that does not come back, and a second Ctrl-C,
/// end the process.
fn interrupted(stopper: &Stopper) {
    let again = stopper.stop();
    if again || !stopper.wait(PATIENCE) {
        stopper.abandon(PATIENCE);
        #[cfg(unix)]
        keys::leave_terminal();
        anstream::eprintln!("the library does not come back from its tick; ending without its stop hook");
        std::process::exit(INTERRUPTED);
    }
}

/// Logs of the hot library, and of this program where it is verbose; `RUST_LOG` decides otherwise.
fn log_to_stderr(verbose: bool) {
    use tracing_subscriber::EnvFilter;
    let default = if verbose { "info,liveswap_host=debug" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colour).with_writer(std::io::stderr).init();
}

fn color_of_errors() -> anstyle::Style {
    anstyle::AnsiColor::Red.on_default().bold()
}

//! The commands that ask a running host: `status`, `history`, `rollback`, `reload`, `pause`, `resume`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Args;

use super::waiting::{Line, Waiting};
use crate::control::{
    Answer, Client, Command, ControlError, EditOutcome, Ending, HostNote, Problem, ProblemKind, Request, Response,
    hosts_below, hosts_of, show, show_outcome,
};
use crate::present::Style;
use crate::project::{self, Toolchain, Wanted};

/// What `--help` says at its end.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done, or there was nothing to do
  1  the host says no, and why; or something else came of it than what was asked for
  2  the command line is wrong
  3  no host runs here, or several do and none is named; or the host has ended while it was waited for
  4  what comes of it was not known when the time to wait was over";

/// The exit code where there is no host to ask.
const NO_HOST: u8 = 3;

/// The exit code where the outcome is not known yet.
const UNDECIDED: u8 = 4;

#[derive(Debug, Args)]
pub(super) struct Where {
    /// The package, or a directory of the project; without it, the project of the current directory
    #[arg(value_name = "PACKAGE or PATH")]
    place: Option<String>,
    /// The library, where the host has several
    #[arg(long, value_name = "NAME")]
    library: Option<String>,
    /// The host's process, where several hosts run
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// cargo's directory for the library, where the host was given one
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// Print the host's answer as a line of JSON, and nothing else
    #[arg(long)]
    json: bool,
}

/// Asks the host that is meant, and prints what it says; what comes of it, too, where `waiting` says so.
pub(super) fn run(command: Command, generation: Option<u64>, place: &Where, waiting: Option<&Waiting>) -> ExitCode {
    let result = find(place).and_then(|mut host| {
        let library = host.library.take();
        let waiting = waiting.filter(|waiting| waiting.is_wanted());
        let (wait, timeout_ms) = (waiting.is_some(), waiting.and_then(Waiting::timeout_ms));
        let request = Request { generation, wait, timeout_ms, ..Request::new(command, library) };
        let mut line = (wait && !place.json).then(Line::new);
        let answer = host.ask(&request, line.as_mut())?;
        drop(line);
        if !place.json {
            show(&host, &answer);
        }
        Ok(answer)
    });
    let code = match &result {
        Ok(Answer::Reload { outcome: Some(ending), .. } | Answer::Rollback { outcome: Some(ending), .. }) => {
            code(command, ending)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(problem) if is_without_host(problem.kind) => ExitCode::from(NO_HOST),
        Err(_) => ExitCode::FAILURE,
    };
    match result {
        result if place.json => anstream::print!("{}", Response::of(result).line()),
        Ok(_) => {}
        Err(problem) => super::tell_error(&problem),
    }
    code
}

fn is_without_host(kind: ProblemKind) -> bool {
    matches!(kind, ProblemKind::NoHost | ProblemKind::SeveralHosts | ProblemKind::HostEnded)
}

/// Whether what came of it is what was asked for.
fn code(command: Command, ending: &Ending) -> ExitCode {
    let is_well = match &ending.outcome {
        EditOutcome::Undecided { .. } => return ExitCode::from(UNDECIDED),
        EditOutcome::Applied { .. } | EditOutcome::Skipped { .. } => command == Command::Reload,
        EditOutcome::RolledBack { .. } => command == Command::Rollback && ending.superseded_by.is_none(),
        _ => false,
    };
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A host, and the library that is meant.
struct Host {
    client: Client,
    pid: u32,
    /// All that it has.
    libraries: Vec<String>,
    library: Option<String>,
}

impl Host {
    /// Connects; the hosts that are dead are passed over.
    fn connect(note: &HostNote) -> Result<Host, ControlError> {
        let mut client = Client::connect(note)?;
        let answer = client.ask(&Request::new(Command::Status, None))?;
        let libraries = match answer {
            Ok(Answer::Status { libraries, .. }) => libraries.into_iter().map(|one| one.library).collect(),
            // Busy, for one: which libraries it has is not known.
            _ => Vec::new(),
        };
        Ok(Host { client, pid: note.pid, libraries, library: None })
    }

    fn ask(&mut self, request: &Request, mut line: Option<&mut Line>) -> Result<Answer, Problem> {
        let watch = |state: &_| line.iter_mut().for_each(|line| line.show(state));
        self.client.ask_and_watch(request, watch).map_err(|error| match error {
            ControlError::Ended if request.wait => {
                Problem::new(ProblemKind::HostEnded, "the host has ended before it was known what came of it")
            }
            error => Problem::new(ProblemKind::NoHost, error.to_string()),
        })?
    }
}

/// The host that is meant.
fn find(place: &Where) -> Result<Host, Problem> {
    let no_host = |message: String| Problem::new(ProblemKind::NoHost, message);
    if cfg!(not(unix)) {
        return Err(no_host(ControlError::Unsupported.to_string()));
    }
    let here = std::env::current_dir().map_err(|error| no_host(error.to_string()))?;
    let (start, named) = match place.place.as_deref().map(Wanted::parse) {
        Some(Wanted::Path(path)) => (here.join(path), None),
        Some(Wanted::Named(name)) => (here.clone(), Some(name)),
        _ => (here.clone(), None),
    };
    let named = place.library.as_deref().or(named);
    let (notes, searched, nearest) = match &place.target_dir {
        Some(directory) => {
            let directory = here.join(directory);
            (hosts_of(&directory), directory, None)
        }
        None => {
            let toolchain = Toolchain::find(&here).map_err(|error| no_host(error.to_string()))?;
            let project = project::whereabouts(&toolchain, &start).map_err(|error| no_host(error.to_string()))?;
            (hosts_below(&project.target_directory), project.workspace_root, project.package)
        }
    };
    let mut refusals = Vec::new();
    let connected = notes.iter().filter_map(|note| Host::connect(note).map_err(|error| refusals.push(error)).ok());
    let living: Vec<Host> = connected.filter(|host| place.pid.is_none_or(|pid| pid == host.pid)).collect();
    let has = |host: &Host, name: &str| host.libraries.iter().any(|library| library == name);
    let list = |hosts: &[Host]| {
        let list = hosts.iter().map(|host| format!("{} ({})", host.pid, host.libraries.join(", ")));
        list.collect::<Vec<_>>().join(", ")
    };
    let known = list(&living);
    // In the directory of a library that runs, that one is meant.
    let nearest = nearest.filter(|name| living.iter().any(|host| has(host, name)));
    let mut meant: Vec<Host> = match named.or(nearest.as_deref()) {
        Some(name) => living.into_iter().filter(|host| has(host, name)).collect(),
        None => living,
    };
    if meant.len() > 1 {
        let message = format!("several hosts run here: {}; choose one with --pid", list(&meant));
        return Err(Problem::new(ProblemKind::SeveralHosts, message));
    }
    let Some(mut host) = meant.pop() else {
        // Dead ones can't be connected to; whatever else is wrong is worth saying.
        let is_dead = |error: &ControlError| matches!(error, ControlError::Io { .. });
        return Err(no_host(match (refusals.into_iter().find(|error| !is_dead(error)), named) {
            (Some(error), _) => error.to_string(),
            (None, Some(name)) if !known.is_empty() => format!("no host here has a library `{name}`; running: {known}"),
            _ => {
                let pid = place.pid.map(|pid| format!(" with the process id {pid}")).unwrap_or_default();
                let searched = searched.display();
                format!("no host{pid} runs on {searched}; start one with `liveswap run`, or your own with `cargo run`")
            }
        }));
    };
    host.library = named.map(str::to_owned).or(nearest);
    Ok(host)
}

/// Prints an answer for people.
fn show(host: &Host, answer: &Answer) {
    let style = Style::from_environment();
    let several = host.libraries.len() > 1;
    let of = |library: &str| if several { format!("`{library}`: ") } else { String::new() };
    match answer {
        Answer::Status { pid, libraries } => {
            libraries.iter().for_each(|one| anstream::println!("{}", show::status(one, *pid, &style)));
        }
        Answer::History { libraries } => {
            for one in libraries {
                if several {
                    anstream::println!("{}", one.library);
                }
                anstream::println!("{}", show::history(&one.generations, SystemTime::now(), &style));
            }
        }
        Answer::Rollback { library, outcome: Some(ending), .. } | Answer::Reload { library, outcome: Some(ending) } => {
            show_outcome::details(&ending.outcome).iter().for_each(|text| anstream::eprintln!("{text}"));
            anstream::println!("{}{}", of(library), show_outcome::ending(ending, &style.relative_to));
        }
        Answer::Rollback { library, generation, outcome: None } => {
            let comes = "is ready, and comes into force at the program's safe point";
            anstream::println!("{}generation {generation} {comes}", of(library));
        }
        Answer::Reload { library, outcome: None } => {
            anstream::println!("{}building what is on disk; the host tells what comes of it", of(library))
        }
        Answer::Pause { library, is_new } => {
            let words =
                if *is_new { "paused: edits are not built until `liveswap resume`" } else { "it was paused before" };
            anstream::println!("{}{words}", of(library));
        }
        Answer::Resume { library, is_new: false, .. } => anstream::println!("{}it was not paused", of(library)),
        Answer::Resume { library, files, .. } if files.is_empty() => {
            anstream::println!("{}resumed; nothing changed meanwhile", of(library));
        }
        Answer::Resume { library, files, .. } => {
            let files = crate::present::text::paths(files, &style.relative_to);
            anstream::println!("{}resumed; what changed is built: {files}", of(library));
        }
    }
}

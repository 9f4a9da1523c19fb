//! The commands that ask a running host: `status`, `history`, `rollback`, `reload`, `pause`, `resume`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;

use crate::control::{
    Answer, Client, Command, ControlError, HostNote, Problem, ProblemKind, Request, Response, hosts_below, hosts_of,
    show,
};
use crate::present::Style;
use crate::project::{self, Toolchain, Wanted};

/// What `--help` says at its end.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  the host says no, and why
  2  the command line is wrong
  3  no host runs here, or several do and none is named";

/// The exit code where there is no host to ask.
const NO_HOST: u8 = 3;

/// How long a rollback is waited for: until the program's next safe point.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often a host is asked meanwhile.
const BREATH: Duration = Duration::from_millis(50);

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
    /// Print the host's answer as a line of JSON
    #[arg(long)]
    json: bool,
}

/// Asks the host that is meant, and prints what it says.
pub(super) fn run(command: Command, generation: Option<u64>, place: &Where) -> ExitCode {
    let result = find(place).and_then(|mut host| {
        let library = host.library.take();
        let request = Request { generation, ..Request::new(command, library) };
        let answer = host.ask(&request)?;
        if !place.json {
            show(&mut host, &answer)?;
        }
        Ok(answer)
    });
    let code = match &result {
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
    matches!(kind, ProblemKind::NoHost | ProblemKind::SeveralHosts)
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

    fn ask(&mut self, request: &Request) -> Result<Answer, Problem> {
        self.client.ask(request).map_err(|error| Problem::new(ProblemKind::NoHost, error.to_string()))?
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
fn show(host: &mut Host, answer: &Answer) -> Result<(), Problem> {
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
        Answer::Rollback { library, generation } => {
            let became = follow(host, library, *generation)?;
            anstream::println!("{}{became}", of(library));
        }
        Answer::Reload { library } => {
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
    Ok(())
}

/// Waits until a generation is in force; says what became of it.
fn follow(host: &mut Host, library: &str, generation: u64) -> Result<String, Problem> {
    let end = Instant::now() + PATIENCE;
    loop {
        let request = Request::new(Command::Status, Some(library.to_owned()));
        let Answer::Status { libraries, .. } = host.ask(&request)? else { return Ok(String::new()) };
        let Some(status) = libraries.into_iter().next() else { return Ok(String::new()) };
        if status.generation >= generation {
            let request = Request::new(Command::History, Some(library.to_owned()));
            let Answer::History { libraries } = host.ask(&request)? else { return Ok(String::new()) };
            let generations = libraries.into_iter().flat_map(|one| one.generations);
            let content = generations.filter(|one| one.number == generation).find_map(|one| one.content_of);
            let content = content.map(|of| format!(": generation {of} again")).unwrap_or_default();
            return Ok(format!("generation {generation} is in force{content}"));
        }
        if status.waiting != Some(generation) {
            let reason = status.trouble.unwrap_or_else(|| "an edit came before it".into());
            return Err(Problem::new(
                ProblemKind::NoWayBack,
                format!("generation {generation} did not come: {reason}"),
            ));
        }
        if Instant::now() >= end {
            return Ok(format!("generation {generation} is ready, and waits for the program's safe point"));
        }
        std::thread::sleep(BREATH);
    }
}

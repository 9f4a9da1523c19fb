//! The line at the bottom of a terminal: a build's progress, or that the code on disk does not run. Pure: told
//! each event and the time, it knows what the line says and when it changes by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::events::{Event, EventKind, Level, Progress};

use super::render::runs_on;
use super::style::Style;
use super::text::{clock, count, distinct, tally};

/// Builds that are over sooner show no progress, so that quick ones don't flicker.
pub(super) const QUICK: Duration = Duration::from_millis(300);
/// Where lines can't be redrawn, a build that takes longer than this is told of once.
pub(super) const LONG: Duration = Duration::from_secs(3);
/// How often a progress line is redrawn. What the program prints in between pushes the last drawn line up, so
/// this is also how many progress lines a second can get lost in the program's output.
pub(super) const REDRAW: Duration = Duration::from_millis(200);

/// What is going on in each library.
#[derive(Debug, Default)]
pub(super) struct Board {
    libraries: BTreeMap<String, Library>,
    /// The files that changed in libraries that are paused.
    paused: BTreeMap<String, BTreeSet<PathBuf>>,
}

#[derive(Debug, Default)]
struct Library {
    build: Option<Build>,
    /// Contents changed, and what became of it isn't known yet.
    changed: bool,
    broken: Option<Broken>,
}

#[derive(Debug)]
struct Build {
    progress: Progress,
    /// When the build started.
    since: Instant,
    /// Told of on a line of its own.
    told: bool,
}

/// Why the code on disk does not run, and what runs.
#[derive(Debug, Clone, PartialEq)]
struct Broken {
    what: String,
    running: String,
    /// New code ran and failed, so a rollback follows.
    ran: bool,
}

/// The line, and how it is meant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    /// A build is on its way.
    Progress(String),
    /// The code on disk does not run.
    Broken(String),
    /// Edits are not built.
    Paused(String),
}

impl Board {
    /// Takes in what happened.
    pub fn note(&mut self, event: &Event, now: Instant) {
        self.note_pause(event);
        let library = self.libraries.entry(event.library.clone()).or_default();
        let broken = |what: String, running, ran| Some(Broken { what, running, ran });
        match &event.kind {
            EventKind::Changed { .. } => {
                library.changed = true;
                library.build = None;
            }
            EventKind::Building(progress) => {
                let told =
                    library.build.as_ref().is_some_and(|last| last.told && progress.elapsed >= last.progress.elapsed);
                let since = now.checked_sub(progress.elapsed).unwrap_or(now);
                library.build = Some(Build { progress: progress.clone(), since, told });
            }
            // Contents did change and yet there is nothing to do: they are those of the code that runs. Where
            // nothing had changed (a broken file saved again), what was broken still is.
            EventKind::Skipped { .. } if library.changed || library.build.is_some() => *library = Library::default(),
            EventKind::Skipped { .. } => {}
            EventKind::BuildFailed { generation, diagnostics, .. } => {
                let tally = tally(&distinct(diagnostics)).map_or(String::new(), |tally| format!(": {tally}"));
                let running = if *generation == 0 { "nothing runs yet".into() } else { runs_on(*generation) };
                *library =
                    Library { broken: broken(format!("build failed{tally}"), running, false), ..Library::default() };
            }
            EventKind::Refused { generation, stage, .. } => {
                let running = if *generation == 0 { "nothing runs yet".into() } else { runs_on(*generation) };
                let what = format!("refused by {}", stage.name());
                *library = Library { broken: broken(what, running, false), ..Library::default() };
            }
            EventKind::Fault(fault) => {
                library.broken = broken(format!("fault in generation {}", fault.generation), String::new(), true);
            }
            EventKind::Checked { generation, diagnostics } => {
                if diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) {
                    let tally = tally(&distinct(diagnostics)).unwrap_or_default();
                    library.broken = broken(format!("check failed: {tally}"), runs_on(*generation), false);
                }
            }
            EventKind::RolledBack { generation, content_of, .. } => {
                // One that was asked for mends nothing and breaks nothing.
                if let Some(broken) = library.broken.as_mut().filter(|broken| broken.ran) {
                    broken.running = format!("generation {generation} runs {content_of}'s code");
                }
            }
            EventKind::Started { .. } | EventKind::Applied { .. } | EventKind::Stopped { .. } => {
                *library = Library::default();
            }
            EventKind::Restarting { .. } => library.build = None,
            EventKind::Warning { .. }
            | EventKind::Audited { .. }
            | EventKind::Corrected { .. }
            | EventKind::Unaudited { .. }
            | EventKind::Paused
            | EventKind::Resumed { .. } => {}
        }
    }

    fn note_pause(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Paused => drop(self.paused.insert(event.library.clone(), BTreeSet::new())),
            EventKind::Resumed { .. } | EventKind::Stopped { .. } => drop(self.paused.remove(&event.library)),
            EventKind::Changed { files } => {
                self.paused.get_mut(&event.library).into_iter().for_each(|held| held.extend(files.iter().cloned()));
            }
            // It was asked for, with all that is on disk.
            EventKind::Applied { .. } => self.paused.get_mut(&event.library).into_iter().for_each(BTreeSet::clear),
            _ => {}
        }
    }

    /// What the line says on a terminal of so many columns; `None` where there is none.
    pub fn line(&self, now: Instant, width: usize, options: &Style) -> Option<Line> {
        let building = self.builds().filter(|(_, build)| now.saturating_duration_since(build.since) >= QUICK);
        if let Some((name, build)) = building.min_by_key(|(_, build)| build.since).filter(|_| !options.quiet) {
            return Some(Line::Progress(progress_line(name, build, now, width, options)));
        }
        if !self.paused.is_empty() {
            let files = self.paused.values().map(BTreeSet::len).sum();
            let head = format!("{} paused", options.symbols().separator);
            let how = if options.keys { "p resumes" } else { "`liveswap resume` goes on" };
            return Some(Line::Paused(fit(&[head, count(files, "file") + " changed", how.into()], width, options)));
        }
        let broken: Vec<_> =
            self.libraries.iter().filter_map(|(name, library)| Some((name, library.broken.as_ref()?))).collect();
        let (name, first) = broken.first()?;
        let symbols = options.symbols();
        let head = if options.several_libraries {
            format!("{} {name}: ", symbols.failed)
        } else {
            format!("{} ", symbols.failed)
        };
        let mut parts = vec![format!("{head}{}", first.what)];
        if broken.len() > 1 {
            parts.push(format!("{} more", broken.len() - 1));
        }
        parts.extend([first.running.clone(), "waiting for a fix".into()].into_iter().filter(|part| !part.is_empty()));
        Some(Line::Broken(fit(&parts, width, options)))
    }

    /// When the next build turns from a quick one into one that is shown, or has been; the longest-running.
    pub fn building_since(&self) -> Option<Instant> {
        self.builds().map(|(_, build)| build.since).min()
    }

    /// A plain line for each long build that was not told of yet, and when there may be the next.
    pub fn tell_long_builds(&mut self, now: Instant, options: &Style) -> (Vec<String>, Option<Instant>) {
        let mut lines = Vec::new();
        let mut next: Option<Instant> = None;
        for (name, library) in &mut self.libraries {
            let Some(build) = library.build.as_mut().filter(|build| !build.told) else { continue };
            let due = build.since + LONG;
            if now < due {
                next = Some(next.map_or(due, |next| next.min(due)));
                continue;
            }
            build.told = true;
            let separator = options.symbols().separator;
            let elapsed = clock(now.saturating_duration_since(build.since));
            lines.push(format!("{separator} building {name}{} {separator} {elapsed} so far", units(&build.progress)));
        }
        (lines, next)
    }

    fn builds(&self) -> impl Iterator<Item = (&str, &Build)> {
        self.libraries.iter().filter_map(|(name, library)| Some((name.as_str(), library.build.as_ref()?)))
    }
}

/// ` 3/10`, where cargo has said.
fn units(progress: &Progress) -> String {
    if progress.total == 0 { String::new() } else { format!(" {}/{}", progress.done, progress.total) }
}

/// `⠋ building 3/10 · serde, syn · 2.1 s`; the crates' names get what room the rest leaves.
fn progress_line(name: &str, build: &Build, now: Instant, width: usize, options: &Style) -> String {
    /// Fewer columns of names say nothing.
    const LEAST: usize = 6;
    let symbols = options.symbols();
    let elapsed = now.saturating_duration_since(build.since);
    let turn = (elapsed.as_millis() / REDRAW.as_millis()) as usize;
    let spinner = symbols.spinner[turn % symbols.spinner.len()];
    let name = if options.several_libraries { format!(" {name}") } else { String::new() };
    let head = format!("{spinner} building{name}{}", units(&build.progress));
    let between = format!(" {} ", symbols.separator);
    let elapsed = clock(elapsed);
    let taken = [&head, &between, &elapsed, &between].into_iter().map(|part| columns(part)).sum::<usize>();
    let room = width.saturating_sub(taken);
    if build.progress.crate_name.is_empty() || room < LEAST {
        return fit(&[head, elapsed], width, options);
    }
    let names = shorten(&build.progress.crate_name, room, options);
    [head, names, elapsed].join(&between)
}

/// The parts joined by separators, without those at the end that the width has no room for; the first part is
/// cut where even it is too long.
fn fit(parts: &[String], width: usize, options: &Style) -> String {
    let mut text = shorten(&parts[0], width, options);
    for part in &parts[1..] {
        let longer = format!("{text} {} {part}", options.symbols().separator);
        if columns(&longer) > width {
            break;
        }
        text = longer;
    }
    text
}

fn shorten(text: &str, width: usize, options: &Style) -> String {
    let ellipsis = options.symbols().ellipsis;
    let tail = if columns(ellipsis) <= width { ellipsis } else { "" };
    console::truncate_str(text, width, tail).into_owned()
}

fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use crate::events::{Diagnostic, Fault, FaultKind, Level, Stage};

    use super::*;

    fn event(library: &str, kind: EventKind) -> Event {
        Event { library: library.into(), kind }
    }

    fn building(names: &str, done: usize, total: usize, elapsed_ms: u64) -> EventKind {
        let elapsed = Duration::from_millis(elapsed_ms);
        EventKind::Building(Progress { crate_name: names.into(), done, total, elapsed })
    }

    fn failed() -> EventKind {
        let error = |message: &str| Diagnostic {
            level: Level::Error,
            message: message.into(),
            file: Some("src/lib.rs".into()),
            line: Some(1),
            column: Some(1),
            rendered: message.into(),
        };
        let diagnostics = vec![error("first"), error("second")];
        EventKind::BuildFailed { generation: 3, diagnostics, message: None, total_ms: Duration::ZERO }
    }

    fn skipped() -> EventKind {
        EventKind::Skipped { reason: "contents unchanged".into(), files: vec![] }
    }

    fn fault() -> EventKind {
        EventKind::Fault(Fault {
            kind: FaultKind::Panic,
            generation: 4,
            function: None,
            message: String::new(),
            file: None,
            line: None,
            column: None,
            thread: None,
            backtrace: None,
            consequence: String::new(),
        })
    }

    /// A board that was told of these events of one library, at one time.
    fn board(kinds: &[EventKind], now: Instant) -> Board {
        let mut board = Board::default();
        kinds.iter().for_each(|kind| board.note(&event("logic", kind.clone()), now));
        board
    }

    fn line(board: &Board, now: Instant, width: usize) -> String {
        match board.line(now, width, &Style::default()) {
            Some(Line::Progress(line) | Line::Broken(line) | Line::Paused(line)) => line,
            None => String::new(),
        }
    }

    const FAILED: &str = "✗ build failed: 2 errors · generation 3 runs on · waiting for a fix";

    #[test]
    fn a_build_shows_once_it_is_not_quick() {
        let now = Instant::now();
        let board = board(&[building("serde, syn", 3, 10, 0)], now);
        assert_eq!(board.line(now + Duration::from_millis(299), 80, &Style::default()), None);
        assert_eq!(line(&board, now + Duration::from_millis(2_100), 80), "⠋ building 3/10 · serde, syn · 2.1 s");
        let quiet = Style { quiet: true, ..Style::default() };
        assert_eq!(board.line(now + Duration::from_secs(2), 80, &quiet), None);
        assert_eq!(
            self::board(&[building("", 0, 0, 500)], now).line(now, 80, &Style { ascii: true, ..Style::default() }),
            Some(Line::Progress("- building - 0.5 s".into()))
        );
    }

    #[test]
    fn the_line_never_is_wider_than_the_terminal() {
        let now = Instant::now();
        let builds = board(&[building("serde_derive, tokio-macros, プログラム", 3, 10, 2_100)], now);
        let breaks = board(&[failed()], now);
        for width in 0..80 {
            for board in [&builds, &breaks] {
                let line = line(board, now, width);
                assert!(columns(&line) <= width, "{line:?} on {width} columns");
            }
        }
        assert_eq!(line(&builds, now, 40), "⠋ building 3/10 · serde_derive,… · 2.1 s".replace('⠋', spinner(2_100)));
        assert_eq!(line(&builds, now, 26), "⠋ building 3/10 · 2.1 s".replace('⠋', spinner(2_100)));
        assert_eq!(line(&breaks, now, 50), "✗ build failed: 2 errors · generation 3 runs on");
        assert_eq!(line(&breaks, now, 40), "✗ build failed: 2 errors");
        assert_eq!(line(&breaks, now, 20), "✗ build failed: 2 e…");
    }

    fn spinner(elapsed_ms: usize) -> &'static str {
        let frames = Style::default().symbols().spinner;
        frames[elapsed_ms / REDRAW.as_millis() as usize % frames.len()]
    }

    #[test]
    fn broken_code_is_told_until_it_is_mended() {
        let now = Instant::now();
        let applied = EventKind::Started {
            generation: 4,
            path: "".into(),
            total_ms: Duration::ZERO,
            watching: "events",
            images: Default::default(),
        };
        let refused =
            EventKind::Refused { generation: 0, stage: Stage::Open, reason: String::new(), total_ms: Duration::ZERO };
        let after = |kinds: &[EventKind]| line(&board(kinds, now), now, 80);
        let changed = || EventKind::Changed { files: vec![] };
        assert_eq!(after(&[failed()]), FAILED);
        assert_eq!(after(&[refused]), "✗ refused by open · nothing runs yet · waiting for a fix");
        assert_eq!(after(&[failed(), applied]), "");
        // Saved again as it was: as broken as before. Brought back to what runs: mended.
        assert_eq!(after(&[failed(), skipped()]), FAILED);
        assert_eq!(after(&[failed(), changed(), skipped()]), "");
        assert_eq!(after(&[failed(), changed(), failed(), skipped()]), FAILED);
        assert_eq!(after(&[failed(), EventKind::Warning { message: "w".into() }]), FAILED);
        // A quick build leaves the line; a longer one takes it over.
        assert_eq!(after(&[failed(), changed(), building("logic", 0, 1, 100)]), FAILED);
        assert!(after(&[failed(), changed(), building("logic", 0, 1, 400)]).contains("building 0/1 · logic · 0.4 s"));
    }

    #[test]
    fn a_fault_is_told_with_its_rollback_and_a_wanted_rollback_is_not() {
        let now = Instant::now();
        let rolled = EventKind::RolledBack { generation: 5, content_of: 3, reason: String::new() };
        let after = |kinds: &[EventKind]| line(&board(kinds, now), now, 80);
        assert_eq!(after(&[fault()]), "✗ fault in generation 4 · waiting for a fix");
        assert_eq!(
            after(&[fault(), rolled.clone()]),
            "✗ fault in generation 4 · generation 5 runs 3's code · waiting for a fix"
        );
        assert_eq!(after(&[rolled]), "");
    }

    #[test]
    fn a_pause_is_shown_with_what_changed() {
        let now = Instant::now();
        let changed = |file: &str| EventKind::Changed { files: vec![file.into()] };
        let after = |kinds: &[EventKind]| line(&board(kinds, now), now, 80);
        let paused = [EventKind::Paused, changed("a"), changed("b"), changed("a")];
        assert_eq!(after(&paused[..1]), "· paused · 0 files changed · `liveswap resume` goes on");
        assert_eq!(after(&paused), "· paused · 2 files changed · `liveswap resume` goes on");
        let resumed = EventKind::Resumed { files: vec![] };
        assert_eq!(after(&[EventKind::Paused, changed("a"), resumed]), "");
    }

    #[test]
    fn several_libraries_share_the_line() {
        let now = Instant::now();
        let options = Style { several_libraries: true, ..Style::default() };
        let mut board = Board::default();
        board.note(&event("logic", failed()), now);
        board.note(&event("audio", failed()), now);
        let broken = "✗ audio: build failed: 2 errors · 1 more · generation 3 runs on · waiting for a fix";
        assert_eq!(board.line(now, 100, &options), Some(Line::Broken(broken.into())));
        board.note(&event("logic", building("", 1, 2, 400)), now);
        board.note(&event("audio", building("", 3, 4, 900)), now);
        let longest = format!("{} building audio 3/4 · 0.9 s", spinner(900));
        assert_eq!(board.line(now, 100, &options), Some(Line::Progress(longest)));
    }

    #[test]
    fn a_long_build_is_told_once_on_a_pipe() {
        let now = Instant::now();
        let options = Style::default();
        let mut board = board(&[building("serde", 3, 10, 0)], now);
        assert_eq!(board.tell_long_builds(now, &options), (vec![], Some(now + LONG)));
        let late = now + LONG;
        assert_eq!(board.tell_long_builds(late, &options).0, ["· building logic 3/10 · 3.0 s so far"]);
        board.note(&event("logic", building("syn", 4, 10, 3_100)), late);
        assert_eq!(board.tell_long_builds(late + LONG, &options), (vec![], None));
        // The next build is another one.
        board.note(&event("logic", building("", 0, 10, 0)), late);
        assert_eq!(board.tell_long_builds(late, &options), (vec![], Some(late + LONG)));
        assert_eq!(board.tell_long_builds(late + LONG, &options).0.len(), 1);
    }
}

//! A running `liveswap`: its event lines and its outputs, and its end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::DEADLINE;
use crate::process::{self, MARK};

/// How often the file of event lines is looked at.
const TAIL: Duration = Duration::from_millis(5);

/// A running `liveswap`. When it is dropped, it and all that it started are ended.
///
/// Waiting goes forward: what one wait has found, and what was before it, is not found by the next one.
pub struct Run {
    child: Child,
    mark: String,
    shared: Arc<Shared>,
    readers: Vec<JoinHandle<()>>,
    /// How many events, and lines of stdout, waits have gone past.
    events_seen: usize,
    lines_seen: usize,
}

/// A run that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote to stdout.
    pub stdout: String,
    /// All that it wrote to stderr.
    pub stderr: String,
    /// All of its event lines.
    pub events: Vec<Value>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    more: Condvar,
}

#[derive(Default)]
struct Seen {
    events: Vec<Value>,
    stdout: String,
    stderr: String,
    ended: bool,
}

impl Run {
    /// Starts the command with event lines in a file of its own in `directory`.
    pub(crate) fn start(mut command: Command, directory: &Path, change: impl FnOnce(&mut Command)) -> Run {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mark = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let events = directory.join(format!("events-{mark}.jsonl"));
        File::create(&events).expect("a file for event lines");
        clean_environment(&mut command);
        // Patches have tests of their own.
        command.env("LIVESWAP_EVENTS", &events).env("LIVESWAP_PATCH", "off").env(MARK, &mark);
        change(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().expect("liveswap starts");
        let shared = Arc::new(Shared::default());
        let (stdout, stderr) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let readers = vec![
            read_text(stdout, shared.clone(), |seen| &mut seen.stdout),
            read_text(stderr, shared.clone(), |seen| &mut seen.stderr),
            read_events(events, shared.clone()),
        ];
        Run { child, mark, shared, readers, events_seen: 0, lines_seen: 0 }
    }

    /// Waits for the next event of this name.
    pub fn event(&mut self, name: &str) -> Value {
        self.event_where(name, |_| true)
    }

    /// Waits for the next event of this name for which `condition` holds.
    pub fn event_where(&mut self, name: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let from = self.events_seen;
        let found = self.wait(&format!("the event `{name}`"), |seen| {
            let rest = seen.events.iter().enumerate().skip(from);
            rest.into_iter().find(|(_, event)| event["event"] == name && condition(event)).map(|(at, _)| at)
        });
        self.events_seen = found + 1;
        self.events()[found].clone()
    }

    /// Waits for the next event that has one of these names.
    pub fn one_of(&mut self, names: &[&str]) -> Value {
        let from = self.events_seen;
        let found = self.wait(&format!("one of the events {names:?}"), |seen| {
            let is_one = |event: &Value| names.iter().any(|name| event["event"] == *name);
            seen.events.iter().enumerate().skip(from).find(|(_, event)| is_one(event)).map(|(at, _)| at)
        });
        self.events_seen = found + 1;
        self.events()[found].clone()
    }

    /// Waits for an event, seen or not, that has one of these names and for which `condition` holds.
    pub fn event_among(&mut self, names: &[&str], condition: impl Fn(&Value) -> bool) -> Value {
        let found = self.wait(&format!("one of the events {names:?}"), |seen| {
            let is_one = |event: &Value| names.iter().any(|name| event["event"] == *name) && condition(event);
            seen.events.iter().position(is_one)
        });
        self.events()[found].clone()
    }

    /// Goes past all events so far.
    pub fn pass_events(&mut self) {
        let all = self.seen().events.len();
        self.events_seen = all;
    }

    /// Goes past all whole lines of stdout so far.
    pub fn pass_lines(&mut self) {
        let seen = self.seen();
        let all = seen.stdout.rfind('\n').map_or(0, |end| seen.stdout[..end].lines().count());
        drop(seen);
        self.lines_seen = all;
    }

    /// The last whole line of stdout that contains the text.
    pub fn last_line(&self, text: &str) -> Option<String> {
        let seen = self.seen();
        let end = seen.stdout.rfind('\n')?;
        seen.stdout[..end].rsplit('\n').find(|line| line.contains(text)).map(str::to_owned)
    }

    /// Waits until the first generation runs.
    pub fn started(&mut self) -> Value {
        self.event("started")
    }

    /// Waits for the next applied edit, which must be a swap of this generation.
    pub fn applied(&mut self, generation: u64) -> Value {
        let event = self.event("applied");
        assert_eq!((&event["tier"], &event["generation"]), (&"swap".into(), &generation.into()), "{event}");
        event
    }

    /// Waits for the next skipped edit, for a reason that contains this.
    pub fn skipped(&mut self, reason: &str) -> Value {
        let event = self.event("skipped");
        assert!(event["reason"].as_str().is_some_and(|text| text.contains(reason)), "{reason:?} in {event}");
        event
    }

    /// Waits for the next refused edit, by this stage; gives the reason.
    pub fn refused(&mut self, stage: &str) -> String {
        let event = self.event("refused");
        assert_eq!(event["stage"], stage, "{event}");
        event["reason"].as_str().expect("a reason").to_owned()
    }

    /// Waits for the next line of stdout that contains the text.
    pub fn line(&mut self, text: &str) -> String {
        let from = self.lines_seen;
        let (at, line) = self.wait(&format!("a line with {text:?}"), |seen| {
            let complete = seen.stdout.rfind('\n').map_or("", |end| &seen.stdout[..end]);
            let found = complete.lines().enumerate().skip(from).find(|(_, line)| line.contains(text))?;
            Some((found.0, found.1.to_owned()))
        });
        self.lines_seen = at + 1;
        line
    }

    /// Waits until stderr contains the text.
    pub fn stderr_line(&mut self, text: &str) {
        self.wait(&format!("{text:?} on stderr"), |seen| seen.stderr.contains(text).then_some(()));
    }

    /// All events so far.
    pub fn events(&self) -> Vec<Value> {
        self.seen().events.clone()
    }

    /// The names of all events so far, but for the progress of builds and for audits that found nothing.
    pub fn names(&self) -> Vec<String> {
        names(&self.events())
    }

    /// All of stderr so far.
    pub fn stderr(&self) -> String {
        self.seen().stderr.clone()
    }

    /// All of stdout so far.
    pub fn stdout(&self) -> String {
        self.seen().stdout.clone()
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What marks the processes of this run; see [`descendants_of`](crate::descendants_of).
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// The living processes that this run has started, itself included.
    pub fn processes(&self) -> Vec<(u32, String)> {
        process::descendants_of(&self.mark)
    }

    /// Sends a signal, such as `INT`, to the process only.
    pub fn signal(&self, name: &str) {
        process::signal(name, self.id());
    }

    /// Waits until the process ends by itself.
    pub fn finish(mut self) -> Finished {
        let end = Instant::now() + DEADLINE;
        let status = loop {
            match self.child.try_wait().expect("the child's status") {
                Some(status) => break status,
                None if Instant::now() < end => std::thread::sleep(TAIL),
                None => self.fail("the end of the process"),
            }
        };
        self.shared.seen.lock().expect("no panic in a reader").ended = true;
        for reader in self.readers.drain(..) {
            reader.join().expect("no panic in a reader");
        }
        let seen = std::mem::take(&mut *self.seen());
        Finished { status, stdout: seen.stdout, stderr: seen.stderr, events: seen.events }
    }

    /// Ends the process as Ctrl-C does, and checks that it ended well.
    pub fn stop(self) -> Finished {
        self.signal("INT");
        let finished = self.finish();
        assert!(finished.status.success(), "{finished:#?}");
        finished
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.seen.lock().expect("no panic in a reader")
    }

    /// The deadline starts anew with each event: a build of all dependencies on a busy machine takes long, and goes on.
    fn wait<T>(&mut self, what: &str, found: impl Fn(&Seen) -> Option<T>) -> T {
        let (mut events, mut end) = (None, Instant::now());
        loop {
            // Asked before the look: what it wrote before its end has then been seen, or is about to be.
            let over = self.child.try_wait().expect("the child's status").is_some();
            let seen = self.seen();
            if let Some(found) = found(&seen) {
                return found;
            }
            if events != Some(seen.events.len()) {
                (events, end) = (Some(seen.events.len()), Instant::now() + DEADLINE);
            }
            if Instant::now() >= end {
                drop(seen);
                self.fail(what);
            }
            let timeout = Duration::from_millis(if over { 500 } else { 100 });
            let (seen, waited) = self.shared.more.wait_timeout(seen, timeout).expect("no panic in a reader");
            let last = found(&seen);
            drop(seen);
            match last {
                Some(found) => return found,
                None if over && waited.timed_out() => self.fail(&format!("{what} before the end of the process")),
                None => {}
            }
        }
    }

    fn fail(&self, what: &str) -> ! {
        let seen = self.seen();
        let events: String = seen.events.iter().map(|event| format!("{event}\n")).collect();
        let lines: Vec<_> = seen.stdout.lines().collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        let text = format!(
            "waited in vain for {what}\n--- events\n{events}--- stderr\n{}\n--- the last of stdout\n{last}",
            seen.stderr
        );
        drop(seen);
        panic!("{text}");
    }
}

impl Finished {
    /// The names of all events, but for the progress of builds.
    pub fn names(&self) -> Vec<String> {
        names(&self.events)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // The way that lets it take its own children along; then the way that always works.
            process::send("TERM", self.id());
            let end = Instant::now() + Duration::from_secs(5);
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
                std::thread::sleep(TAIL);
            }
        }
        // Errors mean that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for (left, _) in self.processes() {
            process::send("KILL", left);
        }
        if let Ok(mut seen) = self.shared.seen.lock() {
            seen.ended = true;
        }
    }
}

/// Takes out what the outer `cargo test` put into this process's environment, and what its user has for programs of
/// their own. What tests compare must not depend on that.
pub(crate) fn clean_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_cargos = name.starts_with("CARGO") && name != "CARGO_HOME";
        let is_ours = name.starts_with("LIVESWAP");
        if is_cargos || is_ours || ["LD_LIBRARY_PATH", "RUST_LOG", "NO_COLOR", "RUST_BACKTRACE"].contains(&&*name) {
            command.env_remove(&*name);
        }
    }
    // All that is needed was fetched for this workspace.
    command.env("CARGO_NET_OFFLINE", "true").env("LC_ALL", "C.UTF-8");
}

fn names(events: &[Value]) -> Vec<String> {
    let names = events.iter().filter_map(|event| event["event"].as_str());
    names.filter(|name| !["building", "audited"].contains(name)).map(str::to_owned).collect()
}

fn read_text(
    from: impl Read + Send + 'static,
    shared: Arc<Shared>,
    place: fn(&mut Seen) -> &mut String,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut from, mut line) = (BufReader::new(from), Vec::new());
        while from.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            place(&mut shared.seen.lock().expect("no panic in a test's wait"))
                .push_str(&String::from_utf8_lossy(&line));
            shared.more.notify_all();
            line.clear();
        }
    })
}

/// Follows the file until the run has ended, and then to its end.
fn read_events(file: PathBuf, shared: Arc<Shared>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut file = BufReader::new(File::open(file).expect("the file of event lines"));
        let mut line = String::new();
        loop {
            let ended = shared.seen.lock().is_ok_and(|seen| seen.ended);
            while file.read_line(&mut line).is_ok_and(|length| length > 0) && line.ends_with('\n') {
                let event = serde_json::from_str(&line).expect("an event line is JSON");
                shared.seen.lock().expect("no panic in a test's wait").events.push(event);
                shared.more.notify_all();
                line.clear();
            }
            if ended {
                return;
            }
            std::thread::sleep(TAIL);
        }
    })
}

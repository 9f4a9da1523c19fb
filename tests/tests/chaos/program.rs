//! The program in trouble: its sources, what it says of itself, and what it needs.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use liveswap_tests::{DEADLINE, Project, Run, Value, descendants_of, until};

const LOGIC: &str = "logic/src/lib.rs";

/// A running program, and the version of its library that all is to come to.
pub struct Program {
    pub project: Project,
    pub run: Run,
    /// The sources without trouble, and without a version.
    clean: String,
    version: u64,
}

/// What a process has.
#[derive(Clone, Copy)]
pub struct Resources {
    files: usize,
    threads: usize,
    kilobytes: u64,
}

impl Program {
    pub fn start() -> Program {
        let project = Project::new("chaos");
        fs::create_dir(project.outside().join("staging")).expect("the staging directory");
        let mut run = project.run_program("chaos", &[]);
        run.started();
        let clean = project.read(LOGIC);
        let mut program = Program { project, run, clean, version: 1 };
        program.comes_to_the_newest_code();
        program
    }

    /// The good sources of a new version.
    pub fn next(&mut self) -> String {
        self.version += 1;
        self.clean.replace("VERSION: u64 = 1;", &format!("VERSION: u64 = {};", self.version))
    }

    /// Saves the library's sources.
    pub fn save(&self, text: &str) {
        self.project.write(LOGIC, text);
    }

    /// Saves a new version with something at a mark.
    pub fn save_with(&mut self, mark: &str, text: &str) {
        let sources = self.next();
        assert!(sources.contains(mark), "{mark}");
        self.save(&sources.replace(mark, text));
    }

    /// From now on, the good sources have this at a mark.
    pub fn keep(&mut self, mark: &str, text: &str) {
        self.clean = self.clean.replace(mark, text);
    }

    /// Whether the good sources have this.
    pub fn has(&self, text: &str) -> bool {
        self.clean.contains(text)
    }

    /// Waits for one of these events.
    pub fn event(&mut self, names: &[&str]) -> Value {
        self.run.one_of(names)
    }

    /// Saves good sources; waits until all threads run them, and nothing was lost or wrong meanwhile.
    pub fn comes_to_the_newest_code(&mut self) {
        let sources = self.next();
        self.save(&sources);
        let (version, begun) = (self.version, Instant::now());
        let before = self.status();
        loop {
            let now = self.status();
            let number = |of: &Value, name: &str| of[name].as_u64().unwrap_or_default();
            assert_eq!(number(&now, "wrong"), 0, "a call gave a wrong value: {now}\n{}", self.tail());
            assert_eq!(number(&now, "failed"), 0, "a call gave no value: {now}\n{}", self.tail());
            assert_eq!(now["steps"], now["counted"], "the state is another one: {now}\n{}", self.tail());
            let is_wrong = |event: &&Value| event["event"] == "corrected";
            assert_eq!(self.run.events().iter().find(is_wrong), None, "a patch was wrong\n{}", self.tail());
            let is_new = number(&now, "oldest") == version && number(&now, "newest") == version;
            if is_new && number(&now, "slowest") > number(&before, "slowest") {
                self.run.pass_events();
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "version {version} does not come: {now}\n{}", self.tail());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the program said last.
    pub fn status(&mut self) -> Value {
        let begun = Instant::now();
        loop {
            if let Some(line) = self.run.last_line("{\"steps\"") {
                return serde_json::from_str(&line).expect("the program's own line");
            }
            assert!(begun.elapsed() < DEADLINE, "the program says nothing:\n{}", self.tail());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What happened last, for people.
    fn tail(&self) -> String {
        let (events, stderr) = (self.run.events(), self.run.stderr());
        let events: Vec<String> = events.iter().rev().take(15).rev().map(ToString::to_string).collect();
        let stderr: Vec<&str> = stderr.lines().rev().take(40).collect();
        format!("{}\n{}", events.join("\n"), stderr.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }

    /// If the newest code came as a patch, waits until it is compared with a whole build of its sources.
    pub fn is_as_a_whole_build(&mut self) {
        let events = self.run.events();
        let newest = events.iter().rfind(|event| event["event"] == "applied" || event["event"] == "rolled_back");
        let Some(generation) = newest.filter(|event| event["tier"] == "patch").map(|event| event["generation"].clone())
        else {
            return;
        };
        let is_of_audit = |event: &Value| {
            event["generation"] == generation
                && ["audited", "corrected", "unaudited"].contains(&event["event"].as_str().unwrap_or_default())
        };
        until("the audit", || self.run.events().iter().any(is_of_audit));
        let events = self.run.events();
        let found = events.iter().find(|event| is_of_audit(event)).map(|event| event["event"].clone());
        assert_eq!(found, Some("audited".into()), "{}", self.tail());
    }

    /// Waits until no compiler runs any more.
    pub fn leaves_nothing_running(&self) {
        until("the end of all compilers", || descendants_of(self.run.mark()).len() <= 1);
    }

    pub fn resources(&self) -> Resources {
        let process = PathBuf::from(format!("/proc/{}", self.run.id()));
        let count = |name: &str| fs::read_dir(process.join(name)).expect("a living process").count();
        let status = fs::read_to_string(process.join("status")).expect("a living process");
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the memory");
        let kilobytes = kilobytes.trim().trim_end_matches(" kB").parse().expect("a number");
        Resources { files: count("fd"), threads: count("task"), kilobytes }
    }

    /// What was called and applied.
    pub fn summary(&mut self) -> String {
        let calls = self.status()["calls"].clone();
        let events = self.run.events();
        let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
        let tier = |name: &str| events.iter().filter(|event| event["tier"] == name).count();
        let (patches, swaps) = (tier("patch"), tier("swap"));
        let rest = ["rolled_back", "fault", "refused", "build_failed"].map(|name| format!("{} {name}", count(name)));
        format!("{calls} calls, none failed or wrong; {patches} patches, {swaps} swaps, {}", rest.join(", "))
    }

    pub fn stop(self) {
        let id = self.run.id();
        drop(self.run);
        assert!(!PathBuf::from(format!("/proc/{id}/exe")).exists(), "the program runs on");
    }
}

impl Resources {
    /// Files and threads don't grow.
    pub fn check_against(&self, first: &Resources, rounds: u64) {
        assert!(self.files <= first.files + 8, "files are left open: {self}, at first {first}");
        assert!(self.threads <= first.threads + 4, "threads are left: {self}, at first {first}");
        let grown = self.kilobytes.saturating_sub(first.kilobytes);
        println!("  {} KB more a round", grown / rounds.max(1));
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files, {} threads, {} MB", self.files, self.threads, self.kilobytes / 1024)
    }
}

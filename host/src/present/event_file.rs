//! The events as JSON lines, for tools: `--events FILE`, `LIVESWAP_EVENTS`.
//!
//! One object a line, written at once and unbuffered, so that a reader that follows the file sees each event
//! when it happens, and several processes may append to one file. Opened at the start, closed when dropped.
//! Any thread may write: a lock keeps lines whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use serde::Serialize;

use crate::events::{Event, EventKind};

/// A file (or stdout) that gets a JSON line for each event.
pub struct EventFile {
    path: PathBuf,
    sink: Mutex<Sink>,
}

/// The file of event lines can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("can't open {} for event lines: {reason}; give a file that can be written, or `-` for stdout", path.display())]
pub struct EventFileError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub reason: io::Error,
}

struct Sink {
    out: Box<dyn Write + Send>,
    /// An earlier line may be there in part: the next one starts on a line of its own.
    torn: bool,
    /// Trouble was told; it is told once.
    told: bool,
}

/// An event as it is in the file: with the time of writing.
#[derive(Serialize)]
struct Line<'a> {
    /// Unix time in milliseconds.
    time: u64,
    #[serde(flatten)]
    event: &'a Event,
}

impl EventFile {
    /// Opens the file for appending, and creates it where there is none; `-` is stdout. A named pipe is opened
    /// once it has a reader; until then this waits.
    ///
    /// # Errors
    /// Where the file can be neither opened nor created.
    pub fn open(path: impl Into<PathBuf>) -> Result<EventFile, EventFileError> {
        let path = path.into();
        if path == Path::new("-") {
            return Ok(EventFile::to(path, Box::new(io::stdout())));
        }
        match OpenOptions::new().append(true).create(true).open(&path) {
            Ok(file) => Ok(EventFile::to(path, Box::<File>::new(file))),
            Err(reason) => Err(EventFileError { path, reason }),
        }
    }

    fn to(path: PathBuf, out: Box<dyn Write + Send>) -> EventFile {
        EventFile { path, sink: Mutex::new(Sink { out, torn: false, told: false }) }
    }

    /// Appends the event with the member `time`, the Unix time in milliseconds.
    ///
    /// Never fails: the first time that a line can't be written, gives back a warning for the terminal.
    pub fn write(&self, event: &Event) -> Option<Event> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
        let mut sink = self.sink.lock();
        let error = sink.append(&Line { time, event }).err()?;
        if std::mem::replace(&mut sink.told, true) {
            return None;
        }
        let file = if self.path == Path::new("-") { "stdout".into() } else { self.path.display().to_string() };
        let message = format!("can't write event lines to {file}: {error}; the program runs on, events may be missing");
        Some(Event { library: event.library.clone(), kind: EventKind::Warning { message } })
    }
}

impl Sink {
    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = if self.torn { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
        self.torn = true;
        self.out.write_all(&bytes)?;
        self.out.flush()?;
        self.torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;

    fn stopped(generation: u64) -> Event {
        Event { library: "logic".into(), kind: EventKind::Stopped { generation } }
    }

    fn lines(text: &str) -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn lines_are_appended_and_readable_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.jsonl");
        std::fs::write(&path, "{\"event\":\"earlier\"}\n").unwrap();
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let file = EventFile::open(&path).unwrap();
        assert_eq!(file.write(&stopped(3)), None);

        let lines = lines(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["event"], "earlier");
        assert_eq!((&lines[1]["event"], &lines[1]["library"]), (&"stopped".into(), &"logic".into()));
        assert_eq!(lines[1]["generation"], 3);
        let time = lines[1]["time"].as_u64().unwrap();
        assert!((before..before + 60_000).contains(&time), "{time} is not soon after {before}");
    }

    #[test]
    fn lines_of_many_threads_stay_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.jsonl");
        let file = EventFile::open(&path).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let file = &file;
                scope.spawn(move || {
                    (0..100).for_each(|number| assert_eq!(file.write(&stopped(thread * 100 + number)), None));
                });
            }
        });
        let mut seen: Vec<u64> = lines(&std::fs::read_to_string(&path).unwrap())
            .iter()
            .map(|line| line["generation"].as_u64().unwrap())
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..400).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing").join("events.jsonl");
        let error = EventFile::open(&path).err().unwrap();
        assert_eq!(error.path, path);
        assert_eq!(error.reason.kind(), io::ErrorKind::NotFound);
        let text = error.to_string();
        assert!(text.contains(path.to_str().unwrap()) && text.contains("No such file"), "{text}");
    }

    /// Takes a few bytes, then fails while told to.
    #[derive(Clone, Default)]
    struct Full(Arc<Mutex<(Vec<u8>, bool)>>);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (written, full) = &mut *self.0.lock();
            let room = if *full { 20usize.saturating_sub(written.len()) } else { usize::MAX };
            if room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(room);
            written.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_once_and_the_next_line_is_whole() {
        let disk = Full::default();
        disk.0.lock().1 = true;
        let file = EventFile::to("events.jsonl".into(), Box::new(disk.clone()));
        let Some(Event { library, kind: EventKind::Warning { message } }) = file.write(&stopped(1)) else {
            panic!("no warning");
        };
        assert_eq!(library, "logic");
        assert!(message.contains("events.jsonl") && message.contains("no storage space"), "{message}");
        assert_eq!(file.write(&stopped(2)), None);

        disk.0.lock().1 = false;
        assert_eq!(file.write(&stopped(3)), None);
        let written = String::from_utf8(disk.0.lock().0.clone()).unwrap();
        let last = written.lines().last().unwrap();
        assert_eq!(serde_json::from_str::<Value>(last).unwrap()["generation"], 3, "{written}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_does_not_fail_the_program() {
        let file = EventFile::open("/dev/full").unwrap();
        assert!(matches!(file.write(&stopped(1)), Some(Event { kind: EventKind::Warning { .. }, .. })));
        assert_eq!(file.write(&stopped(2)), None);
    }
}

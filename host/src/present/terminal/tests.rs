//! The terminal on an emulated screen, and on a pipe.

use std::time::Duration;

use indicatif::{InMemoryTerm, TermLike};

use crate::events::{Diagnostic, Level, Progress};

use super::*;
use crate::present::board::LONG;

/// A terminal emulator as a sink: newlines return the carriage, as a tty's driver does it.
struct Emulated(InMemoryTerm);

impl Write for Emulated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_str(&String::from_utf8_lossy(bytes).replace('\n', "\r\n"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn emulated(columns: u16) -> (Terminal, InMemoryTerm) {
    let emulator = InMemoryTerm::new(20, columns);
    let target = emulator.clone();
    let screen = Screen {
        target: Box::new(move || ProgressDrawTarget::term_like(Box::new(target.clone()))),
        width: Box::new(move || columns.into()),
        coloured: true,
        bar: None,
        drawn: None,
    };
    let terminal = Terminal::with(Style::default(), Box::new(Emulated(emulator.clone())), Some(screen));
    (terminal, emulator)
}

#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn piped() -> (Terminal, Pipe) {
    let pipe = Pipe::default();
    (
        Terminal::with(
            Style::default(),
            Box::new(AutoStream::never(Box::new(pipe.clone()) as Box<dyn Write + Send>)),
            None,
        ),
        pipe,
    )
}

fn event(kind: EventKind) -> Event {
    Event { library: "logic".into(), kind }
}

fn failed() -> Event {
    let error = Diagnostic {
        level: Level::Error,
        message: "mismatched types".into(),
        file: Some("src/lib.rs".into()),
        line: Some(1),
        column: Some(1),
        rendered: "\u{1b}[1merror\u{1b}[0m: mismatched types\n\n".into(),
    };
    event(EventKind::BuildFailed {
        generation: 3,
        diagnostics: vec![error],
        message: None,
        total_ms: Duration::from_millis(410),
    })
}

fn building(elapsed: Duration) -> Event {
    event(EventKind::Building(Progress { crate_name: "serde".into(), done: 3, total: 10, elapsed }))
}

fn started() -> Event {
    event(EventKind::Started {
        generation: 4,
        path: "logic".into(),
        total_ms: Duration::from_millis(20),
        watching: "events",
        images: Default::default(),
    })
}

/// Waits for what another thread shows.
fn eventually(what: &str, text: impl Fn() -> String, holds: impl Fn(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds(&text()) {
        assert!(Instant::now() < deadline, "no {what}: {:?}", text());
        std::thread::yield_now();
    }
}

const HELD: &str = "✗ build failed: 1 error · generation 3 runs on · waiting for a fix";

#[test]
fn a_failure_is_held_at_the_bottom_until_it_is_mended() {
    let (terminal, screen) = emulated(80);
    terminal.show(&failed());
    assert_eq!(screen.contents(), format!("error: mismatched types\n{HELD}"));
    terminal.show(&event(EventKind::Warning { message: "disk nearly full".into() }));
    assert_eq!(screen.contents(), format!("error: mismatched types\n! disk nearly full\n{HELD}"));
    terminal.show(&started());
    let expected =
        "error: mismatched types\n! disk nearly full\n● generation 4 · logic · 20 ms\n  edit logic/src and save";
    assert_eq!(screen.contents(), expected);
}

#[test]
fn what_the_program_prints_starts_on_its_own_line_and_stays() {
    let (terminal, screen) = emulated(80);
    terminal.show(&failed());
    Emulated(screen.clone()).write_all(b"tick 1\ntick 2\n").unwrap();
    assert_eq!(screen.contents(), format!("error: mismatched types\n{HELD}\ntick 1\ntick 2"));
    terminal.remind();
    assert_eq!(screen.contents(), format!("error: mismatched types\n{HELD}\ntick 1\ntick 2\n{HELD}"));
    drop(terminal);
    assert_eq!(screen.contents(), format!("error: mismatched types\n{HELD}\ntick 1\ntick 2"));
}

#[test]
fn own_prints_go_above_the_held_line() {
    let (terminal, screen) = emulated(80);
    terminal.show(&failed());
    let result = terminal.suspend(|| Emulated(screen.clone()).write(b"state 7\n").unwrap());
    assert_eq!(result, 8);
    assert_eq!(screen.contents(), format!("error: mismatched types\nstate 7\n{HELD}"));
}

#[test]
fn to_show_while_suspended_does_not_wait_for_itself() {
    let (done, waits) = std::sync::mpsc::channel();
    let (terminal, pipe) = piped();
    let worker = std::thread::spawn(move || {
        let result = terminal.suspend(|| {
            terminal.show(&event(EventKind::Warning { message: "shown while suspended, by a test".into() }));
            terminal.suspend(|| 7)
        });
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            terminal.suspend(|| std::panic::resume_unwind(Box::new("in a print")))
        }));
        terminal.show(&event(EventKind::Stopped { generation: 2 }));
        done.send((result, panicked.is_err())).unwrap();
    });
    assert_eq!(waits.recv_timeout(Duration::from_secs(60)), Ok((7, true)));
    worker.join().unwrap();
    assert_eq!(pipe.text(), "· stopped · generation 2\n");
}

#[test]
fn a_narrow_terminal_holds_one_line() {
    let (terminal, screen) = emulated(40);
    terminal.show(&failed());
    terminal.remind();
    assert_eq!(screen.contents(), "error: mismatched types\n✗ build failed: 1 error");
    terminal.show(&building(QUICK));
    eventually("progress", || screen.contents(), |text| text.contains("building 3/10 · serde · "));
    assert_eq!(screen.contents().lines().count(), 2, "{}", screen.contents());
    terminal.show(&started());
    assert!(!screen.contents().contains("building"), "{}", screen.contents());
}

#[test]
fn progress_moves_without_events_and_goes_with_the_result() {
    let (terminal, screen) = emulated(80);
    terminal.show(&building(Duration::ZERO));
    for seconds in ["0.4 s", "0.9 s"] {
        let past =
            |text: &str| text.rsplit(" · ").next().is_some_and(|shown| shown >= seconds) && text.contains("serde");
        eventually(seconds, || screen.contents(), past);
    }
    terminal.show(&event(EventKind::Stopped { generation: 0 }));
    assert_eq!(screen.contents(), "· stopped");
}

#[test]
fn a_pipe_gets_plain_lines_once() {
    let (terminal, pipe) = piped();
    terminal.show(&failed());
    terminal.remind();
    terminal.show(&started());
    drop(terminal);
    assert_eq!(
        pipe.text(),
        "error: mismatched types\n✗ build failed (1 error) · 410 ms · generation 3 runs on\n\
         ● generation 4 · logic · 20 ms\n  edit logic/src and save\n"
    );
}

#[test]
fn a_pipe_hears_of_a_long_build() {
    let (terminal, pipe) = piped();
    terminal.show(&building(Duration::from_millis(10)));
    terminal.show(&building(LONG));
    eventually("line", || pipe.text(), |text| text.ends_with('\n'));
    terminal.show(&building(LONG + LONG));
    drop(terminal);
    let text = pipe.text();
    assert!(text.starts_with("· building logic 3/10 · ") && text.ends_with(" s so far\n"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn messages_of_many_threads_stay_whole() {
    let (terminal, pipe) = piped();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| terminal.show(&started())));
        }
    });
    let message = "● generation 4 · logic · 20 ms\n  edit logic/src and save\n";
    assert_eq!(pipe.text(), message.repeat(200));
}

#[test]
fn a_closed_sink_is_no_reason_to_fail() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let terminal = Terminal::with(Style::default(), Box::new(Closed), None);
    terminal.show(&failed());
    assert_eq!(terminal.suspend(|| 7), 7);
}

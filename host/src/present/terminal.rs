//! The events on stderr, for people.
//!
//! On a terminal, one line at the bottom is held: a build's progress, or, while the code on disk does not run,
//! why. On a pipe every message is plain lines, once.
//!
//! **What the program prints itself.** The host and its hot libraries print into the same terminal, past this
//! module. The held line is drawn to the last column, with the cursor left there, so what is printed next
//! starts on a line of its own: the held line is then an ordinary line among the program's output, whole, and
//! scrolls with it. It is drawn again at the bottom with the next event, or by [`Terminal::remind`]. Nothing of
//! the program's output is overwritten, but for a line that it has begun and not ended when the held line is
//! drawn: a program with a prompt, or one that draws on the whole screen, should be given a pipe for stderr.
//! Own prints that must not disturb the held line go through [`Terminal::suspend`]. A terminal that is made
//! narrower wraps the line it shows; what doesn't fit on the last row stays there, and the next draw fits again.
//!
//! **Life cycle and synchronisation.** One lock holds all there is; each method takes it. A thread that has it
//! already (a panic inside of [`Terminal::suspend`], whose hook shows an event) prints without. A thread, asleep but
//! for builds, redraws the progress; it ends when the terminal is dropped, which also clears the held line.
//! Errors in writing are dropped: there is nobody left to tell.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::{Condvar, Mutex};

use crate::events::{Event, EventKind};

use super::board::{Board, Line, QUICK, REDRAW};
use super::render::{failure_details, render};
use super::style::{BAD, BUSY, CAUTION, DIM, Style, paint};

/// Shows events on stderr; for any number of threads.
///
/// Colours are left out where `NO_COLOR` is set or stderr is no terminal, unless `CLICOLOR_FORCE` is set.
pub struct Terminal {
    shared: Arc<Shared>,
    ticker: Option<JoinHandle<()>>,
}

struct Shared {
    options: Style,
    state: Mutex<State>,
    /// A build started, or the terminal is dropped.
    wake: Condvar,
}

struct State {
    options: Style,
    out: Box<dyn Write + Send>,
    /// Where lines can be redrawn.
    screen: Option<Screen>,
    board: Board,
    ended: bool,
}

impl Terminal {
    /// Shows events on stderr, in the given style.
    pub fn new(options: Style) -> Terminal {
        let stderr = io::stderr();
        let coloured = AutoStream::choice(&stderr) != ColorChoice::Never;
        let console = console::Term::stderr();
        let redraws = stderr.is_terminal() && !console::is_dumb();
        let screen = redraws.then(|| Screen {
            target: Box::new(ProgressDrawTarget::stderr),
            width: Box::new(move || console.size().1.into()),
            coloured,
            bar: None,
            drawn: None,
        });
        Terminal::with(options, Box::new(AutoStream::auto(stderr)), screen)
    }

    fn with(options: Style, out: Box<dyn Write + Send>, screen: Option<Screen>) -> Terminal {
        let state = State { options: options.clone(), out, screen, board: Board::default(), ended: false };
        let shared = Arc::new(Shared { options, state: Mutex::new(state), wake: Condvar::new() });
        // Without the thread, progress only moves with the events.
        let ticker = std::thread::Builder::new().name("liveswap-terminal".into()).spawn({
            let shared = shared.clone();
            move || shared.tick()
        });
        Terminal { shared, ticker: ticker.ok() }
    }

    /// Shows the event, as far as the style wants it shown.
    ///
    /// Inside of [`Terminal::suspend`] the event is only printed: it doesn't change the held line.
    pub fn show(&self, event: &Event) {
        let Some(_holding) = Holding::begin() else {
            if let Some(text) = render(event, &self.shared.options) {
                let _ = writeln!(anstream::stderr(), "{text}");
            }
            return;
        };
        self.shared.state.lock().show(event, Instant::now());
        if matches!(event.kind, EventKind::Building(_)) {
            self.shared.wake.notify_one();
        }
    }

    /// Runs `print` with the held line out of the way, and draws it again below what was printed. What other
    /// threads show waits until then.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        let Some(_holding) = Holding::begin() else { return print() };
        let mut state = self.shared.state.lock();
        state.clear();
        let result = print();
        state.draw(Instant::now());
        result
    }

    /// Draws the held line again at the bottom, for when the program's own output has pushed it up; does
    /// nothing where there is none. What was drawn before stays where it scrolled to, so call this seldom, and
    /// only when the program's output is at the start of a line.
    pub fn remind(&self) {
        self.suspend(|| ());
    }
}

thread_local! {
    /// This thread has a terminal's lock, or is about to wait for it.
    static HOLDING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one that has the lock, until dropped.
struct Holding;

impl Holding {
    /// `None` where the thread is marked already: to lock would be to wait for itself.
    fn begin() -> Option<Holding> {
        // Made only where it is given away: dropping it takes the mark off.
        if HOLDING.replace(true) { None } else { Some(Holding) }
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        HOLDING.set(false);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.shared.state.lock().ended = true;
        self.shared.wake.notify_one();
        if let Some(ticker) = self.ticker.take() {
            // It only ends badly by a panic of its own, which the panic hook has told.
            let _ = ticker.join();
        }
        self.shared.state.lock().clear();
    }
}

impl Shared {
    /// The thread's loop.
    fn tick(&self) {
        let _holding = Holding::begin();
        let mut state = self.state.lock();
        while !state.ended {
            match state.tick(Instant::now()) {
                Some(next) => {
                    self.wake.wait_until(&mut state, next);
                }
                None => self.wake.wait(&mut state),
            }
        }
    }
}

impl State {
    fn show(&mut self, event: &Event, now: Instant) {
        self.board.note(event, now);
        let text = match &event.kind {
            // The thread draws it, so that many small steps don't mean many draws.
            EventKind::Building(_) => return,
            // The held line is the banner.
            EventKind::BuildFailed { .. } if self.screen.is_some() => failure_details(event, &self.options),
            _ => render(event, &self.options),
        };
        self.clear();
        if let Some(text) = text {
            self.print(&text);
        }
        self.draw(now);
    }

    /// Does what is due by now; says when to come again, `None` for when a build starts.
    fn tick(&mut self, now: Instant) -> Option<Instant> {
        if self.options.quiet {
            return None;
        }
        if self.screen.is_none() {
            let (lines, next) = self.board.tell_long_builds(now, &self.options);
            lines.iter().for_each(|line| self.print(&paint(DIM, line)));
            return next;
        }
        let shown_from = self.board.building_since()? + QUICK;
        if now < shown_from {
            return Some(shown_from);
        }
        // Each step of the build wakes the thread.
        let due = self.screen.as_ref()?.drawn.map_or(now, |drawn| drawn + REDRAW).max(shown_from);
        if now < due {
            return Some(due);
        }
        self.draw(now);
        Some(now + REDRAW)
    }

    fn print(&mut self, text: &str) {
        let _ = self.out.write_all(format!("{text}\n").as_bytes()).and_then(|()| self.out.flush());
    }

    fn draw(&mut self, now: Instant) {
        if let Some(screen) = &mut self.screen {
            let line = self.board.line(now, (screen.width)(), &self.options);
            screen.draw(line, now);
        }
    }

    fn clear(&mut self) {
        if let Some(screen) = &mut self.screen {
            screen.clear();
        }
    }
}

/// The bottom line of a terminal, as indicatif draws it.
struct Screen {
    target: Box<dyn Fn() -> ProgressDrawTarget + Send>,
    /// The columns there are now.
    width: Box<dyn Fn() -> usize + Send>,
    coloured: bool,
    bar: Option<ProgressBar>,
    /// When the line was drawn last.
    drawn: Option<Instant>,
}

impl Screen {
    fn draw(&mut self, line: Option<Line>, now: Instant) {
        let (colour, line) = match line {
            Some(Line::Progress(line)) => (BUSY, line),
            Some(Line::Broken(line)) => (BAD, line),
            Some(Line::Paused(line)) => (CAUTION, line),
            None => return self.clear(),
        };
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, (self.target)());
            bar.set_style(ProgressStyle::with_template("{wide_msg}").expect("the template is well formed"));
            bar
        });
        bar.set_message(if self.coloured { paint(colour, &line) } else { line });
        bar.force_draw();
        self.drawn = Some(now);
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.drawn = None;
    }
}

#[cfg(test)]
mod tests;

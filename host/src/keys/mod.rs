//! Keys of `liveswap run`: what the user at the terminal asks for.
//!
//! Purpose: one key does what a command at the control socket does. Only where stdin and stderr are terminals, and only
//! while this process is in the terminal's foreground.
//! Life cycle: from [`Keys::start`] until that is dropped, which gives the terminal back; [`terminal`] says what becomes of
//! it when the process ends in another way.
//! Synchronisation: one thread reads keys, one takes the signals of the terminal. They ask the session by messages.

mod terminal;

use std::thread;
use std::time::SystemTime;

use terminal::Guard;
pub(crate) use terminal::{GUARD, are_there, guard, leave as leave_terminal};

use crate::control::show;
use crate::drive::{Reach, Stopper};
use crate::present::Style;
use crate::present::style::{CAUTION, DIM, paint};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Rebuild,
    Back,
    History,
    Pause,
    Quit,
    Help,
}

const KEYS: [(u8, Key, &str); 6] = [
    (b'r', Key::Rebuild, "build what is on disk, changed or not"),
    (b'b', Key::Back, "back to the generation before"),
    (b'h', Key::History, "the generations so far"),
    (b'p', Key::Pause, "pause: edits are not built; again: go on"),
    (b'q', Key::Quit, "quit"),
    (b'?', Key::Help, "these keys (--keys=off leaves stdin to the application)"),
];

/// The most bytes that are keys, typed while the last one was at work: more are a text that was pasted.
const MOST_AT_ONCE: usize = 4;

const ESCAPE: u8 = 0x1b;

/// What was typed, as keys.
fn keys_of(typed: &[u8]) -> Vec<Key> {
    // An arrow is an escape and letters.
    if typed.len() > MOST_AT_ONCE || typed.contains(&ESCAPE) {
        return Vec::new();
    }
    typed.iter().filter_map(|byte| KEYS.iter().find(|(key, ..)| key == byte)).map(|(_, key, _)| *key).collect()
}

fn help() -> String {
    let lines = KEYS.map(|(byte, _, what)| format!("  {}  {}", byte as char, paint(DIM, what)));
    lines.join("\n")
}

/// Keys are read until this is dropped.
pub(crate) struct Keys {
    _guard: Option<Guard>,
}

impl Keys {
    /// Starts to read keys. Called before there are other threads, as they inherit which signals they take. `quit` ends
    /// the program.
    pub(crate) fn start(stopper: Stopper, quit: fn(&Stopper)) -> Keys {
        let guard = Guard::start();
        terminal::take_signals();
        let read = move || {
            while let Some(typed) = terminal::read() {
                keys_of(&typed).into_iter().for_each(|key| press(key, &stopper, quit));
            }
        };
        if let Err(error) = thread::Builder::new().name("liveswap keys".into()).spawn(read) {
            tracing::warn!(%error, "there is no thread for keys");
        }
        Keys { _guard: guard }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        terminal::leave_for_good();
    }
}

fn press(key: Key, stopper: &Stopper, quit: fn(&Stopper)) {
    if key == Key::Quit {
        return quit(stopper);
    }
    // Before the session there is nothing to ask.
    let Some(reach) = stopper.reach() else { return };
    let session = &reach.session;
    let refused = match key {
        Key::Rebuild => session.reload().err().map(|error| error.to_string()),
        Key::Back => session.roll_back(None).err().map(|error| error.to_string()),
        Key::Pause => match session.pause() {
            Ok(true) => None,
            Ok(false) => session.resume().err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        },
        Key::History => {
            let generations = session.generations().unwrap_or_default();
            print(reach, &show::history(&generations, SystemTime::now(), &Style::from_environment()));
            None
        }
        Key::Help => {
            print(reach, &help());
            None
        }
        Key::Quit => None,
    };
    if let Some(reason) = refused {
        print(reach, &format!("{} {reason}", paint(CAUTION, "!")));
    }
}

/// Prints between the messages.
fn print(reach: &Reach, text: &str) {
    match &reach.terminal {
        Some(terminal) => terminal.suspend(|| anstream::eprintln!("{text}")),
        None => anstream::eprintln!("{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_keys_and_nothing_else_is() {
        assert_eq!(keys_of(b"r"), [Key::Rebuild]);
        assert_eq!(keys_of(b"p\nxp"), [Key::Pause, Key::Pause]);
        assert_eq!(keys_of(b"\x1b[B"), [], "the arrow down");
        assert_eq!(keys_of(b"\x1bOq"), []);
        assert_eq!(keys_of(b"a pasted text with b, r and q"), []);
        assert_eq!(keys_of("rä".as_bytes()), [Key::Rebuild]);
    }

    #[test]
    fn the_help_has_a_line_for_each() {
        let help = console::strip_ansi_codes(&help()).into_owned();
        assert_eq!(help.lines().count(), KEYS.len());
        assert!(help.starts_with("  r  build what is on disk"), "{help}");
    }
}

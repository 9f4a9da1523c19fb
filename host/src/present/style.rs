//! How much is said, and with which symbols and colours. Plain data; made once at the start.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style as Colour};

/// How events are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Style {
    /// Only failures, refusals, faults and warnings.
    pub quiet: bool,
    /// Everything, each phase, and warnings of the compiler in full. Without effect where `quiet` is set.
    pub verbose: bool,
    /// More than one hot library is watched: each message starts with its library's name.
    pub several_libraries: bool,
    /// Keys are read from the terminal, which is said at the start.
    pub keys: bool,
    /// Paths below this directory are shown relative to it.
    pub relative_to: PathBuf,
    /// Only ASCII symbols; see [`ascii_only`].
    pub ascii: bool,
}

impl Style {
    /// The default style with paths relative to the current directory, and the symbols that the environment's
    /// locale can show.
    pub fn from_environment() -> Style {
        let variable = |name| std::env::var(name).ok();
        Style {
            relative_to: std::env::current_dir().unwrap_or_default(),
            // Windows has no locale variables, and its terminals show Unicode.
            ascii: cfg!(not(windows))
                && ascii_only(
                    variable("LC_ALL").as_deref(),
                    variable("LC_CTYPE").as_deref(),
                    variable("LANG").as_deref(),
                ),
            ..Style::default()
        }
    }

    pub(crate) fn symbols(&self) -> &'static Symbols {
        if self.ascii { &ASCII } else { &UNICODE }
    }
}

/// Whether a locale, given by the values of `LC_ALL`, `LC_CTYPE` and `LANG`, can show only ASCII: true unless
/// the first one that is set and not empty names UTF-8.
pub fn ascii_only(lc_all: Option<&str>, lc_ctype: Option<&str>, lang: Option<&str>) -> bool {
    let locale = [lc_all, lc_ctype, lang].into_iter().flatten().find(|value| !value.is_empty()).unwrap_or("C");
    let locale = locale.to_ascii_lowercase();
    !(locale.contains("utf-8") || locale.contains("utf8"))
}

/// The symbols of messages.
pub(crate) struct Symbols {
    pub running: &'static str,
    pub applied: &'static str,
    pub failed: &'static str,
    /// What was looked at and is right.
    pub right: &'static str,
    pub warning: &'static str,
    /// Also what starts a message of little weight.
    pub separator: &'static str,
    pub ellipsis: &'static str,
    pub spinner: &'static [&'static str],
}

static UNICODE: Symbols = Symbols {
    running: "●",
    applied: "↻",
    failed: "✗",
    right: "✓",
    warning: "!",
    separator: "·",
    ellipsis: "…",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

static ASCII: Symbols = Symbols {
    running: "*",
    applied: ">",
    failed: "x",
    right: "ok",
    warning: "!",
    separator: "-",
    ellipsis: "...",
    spinner: &["|", "/", "-", "\\"],
};

pub(crate) const GOOD: Colour = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Colour = AnsiColor::Red.on_default().bold();
pub(crate) const CAUTION: Colour = AnsiColor::Yellow.on_default().bold();
pub(super) const BUSY: Colour = AnsiColor::Cyan.on_default();
pub(crate) const BOLD: Colour = Colour::new().bold();
pub(crate) const DIM: Colour = Colour::new().dimmed();

/// The text in a colour.
pub(crate) fn paint(colour: Colour, text: &str) -> String {
    format!("{colour}{text}{colour:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides_on_unicode() {
        assert!(!ascii_only(Some("en_GB.UTF-8"), None, None));
        assert!(!ascii_only(None, Some("C.utf8"), Some("C")));
        assert!(!ascii_only(Some(""), None, Some("de_DE.utf-8@euro")));
        assert!(ascii_only(Some("C"), None, Some("en_GB.UTF-8")));
        assert!(ascii_only(None, Some("en_GB.ISO-8859-1"), Some("en_GB.UTF-8")));
        assert!(ascii_only(None, None, None));
        assert!(ascii_only(Some(""), Some(""), Some("")));
    }

    #[test]
    fn the_fallback_symbols_are_ascii() {
        let symbols = Style { ascii: true, ..Style::default() }.symbols();
        let own = [symbols.running, symbols.applied, symbols.failed, symbols.right, symbols.warning];
        let all = [symbols.separator, symbols.ellipsis];
        assert!(own.iter().chain(&all).chain(symbols.spinner).all(|symbol| symbol.is_ascii()));
    }
}

//! The small pieces of messages: durations, counts, paths, indented blocks. Pure.

use std::path::Path;
use std::time::Duration;

use crate::events::{Diagnostic, Level};

/// A duration for people: `3.2 ms`, `412 ms`, `1.32 s`, `1 min 23 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    if ms < 9.95 {
        format!("{ms:.1} ms")
    } else if ms < 999.5 {
        format!("{ms:.0} ms")
    } else if ms < 59_995.0 {
        format!("{:.2} s", ms / 1000.0)
    } else {
        let seconds = (ms / 1000.0).round() as u64;
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// The time since something started, for a line that is redrawn: `2.1 s`, `1 min 23 s`.
pub(crate) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds < 60 {
        format!("{}.{} s", seconds, elapsed.subsec_millis() / 100)
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// At most three names, each once; the others by number.
pub(crate) fn few(names: &[String]) -> String {
    const NAMED: usize = 3;
    let mut different: Vec<&str> = Vec::new();
    names.iter().for_each(|name| {
        if !different.contains(&name.as_str()) {
            different.push(name);
        }
    });
    let shown = different.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match different.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The path, relative to `base` where it is below it.
pub(crate) fn path(path: &Path, base: &Path) -> String {
    match path.strip_prefix(base) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".into(),
        Ok(relative) => relative.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

/// At most three paths by name; the others by number.
pub(crate) fn paths(paths: &[impl AsRef<Path>], base: &Path) -> String {
    const NAMED: usize = 3;
    let mut text = paths.iter().take(NAMED).map(|file| path(file.as_ref(), base)).collect::<Vec<_>>().join(", ");
    if paths.len() > NAMED {
        text.push_str(&format!(" and {} more", paths.len() - NAMED));
    }
    text
}

/// `src/lib.rs:12:5`, as far as it is known.
pub(crate) fn place(file: &str, line: Option<u32>, column: Option<u32>, base: &Path) -> String {
    let mut text = path(Path::new(file), base);
    if let Some(line) = line {
        text.push_str(&format!(":{line}"));
        if let Some(column) = column {
            text.push_str(&format!(":{column}"));
        }
    }
    text
}

/// Each line of the text behind `indent`; empty lines at the ends are dropped.
pub(crate) fn indented(text: &str, indent: &str) -> String {
    let text = text.trim_end().trim_start_matches(['\n', '\r']);
    text.lines().map(|line| format!("{indent}{line}").trim_end().to_string()).collect::<Vec<_>>().join("\n")
}

/// The text on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The compiler's messages without repetitions (two targets of a package compile the same file) and without
/// its own closing summary.
pub(crate) fn distinct(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut kept: Vec<&Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !is_summary(diagnostic) && !kept.iter().any(|other| other.rendered == diagnostic.rendered) {
            kept.push(diagnostic);
        }
    }
    kept
}

/// Whether the message only counts others: `aborting due to 2 previous errors`, `1 warning emitted`.
fn is_summary(diagnostic: &Diagnostic) -> bool {
    let message = diagnostic.message.as_str();
    diagnostic.file.is_none()
        && (message.starts_with("aborting due to ")
            || message.ends_with(" warning emitted")
            || message.ends_with(" warnings emitted"))
}

/// `2 errors, 1 warning`; nothing where there are neither.
pub(super) fn tally(diagnostics: &[&Diagnostic]) -> Option<String> {
    let of = |level| diagnostics.iter().filter(|diagnostic| diagnostic.level == level).count();
    let parts: Vec<_> = [(of(Level::Error), "error"), (of(Level::Warning), "warning")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_three_digits_and_never_round_into_the_wrong_unit() {
        let shown = |micros| duration(Duration::from_micros(micros));
        assert_eq!(shown(0), "0.0 ms");
        assert_eq!(shown(3_240), "3.2 ms");
        assert_eq!(shown(9_960), "10 ms");
        assert_eq!(shown(412_340), "412 ms");
        assert_eq!(shown(999_400), "999 ms");
        assert_eq!(shown(999_600), "1.00 s");
        assert_eq!(shown(1_318_000), "1.32 s");
        assert_eq!(shown(59_999_000), "1 min 0 s");
        assert_eq!(shown(83_000_000), "1 min 23 s");
    }

    #[test]
    fn paths_are_relative_below_the_base_only() {
        let base = Path::new("/home/u/game");
        assert_eq!(path(Path::new("/home/u/game/src/lib.rs"), base), "src/lib.rs");
        assert_eq!(path(Path::new("/home/u/gamer/src/lib.rs"), base), "/home/u/gamer/src/lib.rs");
        assert_eq!(path(base, base), ".");
        assert_eq!(place("/home/u/game/src/a.rs", Some(3), None, base), "src/a.rs:3");
        assert_eq!(place("src/a.rs", Some(3), Some(9), base), "src/a.rs:3:9");
        assert_eq!(paths(&["a", "b", "c", "d", "e"], base), "a, b, c and 2 more");
        assert_eq!(few(&["a", "b", "a", "c", "d", "e"].map(str::to_owned)), "a, b, c and 2 more");
    }

    #[test]
    fn blocks_keep_their_own_indentation() {
        assert_eq!(indented("\n  field `a`\n\n    size 4\n\n", "  "), "    field `a`\n\n      size 4");
        assert_eq!(one_line(" a changed \n\n b too"), "a changed; b too");
    }
}

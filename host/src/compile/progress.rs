//! Cargo's stderr: the progress bar, and what is worth telling when a build fails.
//!
//! Life cycle and synchronisation: a value that one thread feeds with lines.

/// What cargo's bar says: `Building [===>   ] 3/10: a, b(build)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) done: usize,
    pub(super) total: usize,
    /// The names after the colon, as cargo writes them.
    pub(super) names: String,
}

/// The words that cargo's status lines begin with. Other indented lines belong to a message.
const STATUS: [&str; 17] = [
    "Adding",
    "Blocking",
    "Building",
    "Checking",
    "Compiling",
    "Dirty",
    "Downgrading",
    "Downloaded",
    "Downloading",
    "Finished",
    "Fetch",
    "Fresh",
    "Locking",
    "Removing",
    "Running",
    "Updating",
    "Upgrading",
];

/// Reads a line of cargo's bar; `None` for any other line.
pub(super) fn parse_bar(line: &str) -> Option<Bar> {
    let rest = line.trim_start().strip_prefix("Building [")?;
    let (_, rest) = rest.split_once("] ")?;
    let (counts, names) = rest.split_once(':')?;
    let (done, total) = counts.split_once('/')?;
    Some(Bar { done: done.trim().parse().ok()?, total: total.trim().parse().ok()?, names: names.trim().to_string() })
}

/// Whether the line only says what cargo is doing. Such a line has its first word right-aligned in 12 columns.
pub(super) fn is_status(line: &str) -> bool {
    let Some((word, _)) = line.get(..12).zip(line.get(12..).filter(|rest| rest.starts_with(' '))) else {
        return false;
    };
    STATUS.contains(&word.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_read() {
        let bar = parse_bar("    Building [=====>       ] 3/10: itoa, common(build.rs), hot             ");
        assert_eq!(bar, Some(Bar { done: 3, total: 10, names: "itoa, common(build.rs), hot".into() }));
        let bar = parse_bar("    Building [>            ] 0/4: ");
        assert_eq!(bar, Some(Bar { done: 0, total: 4, names: String::new() }));
        for line in
            ["   Compiling a v0.1.0 (/a)", "    Building a", "    Building [=>", "error: Building [] x/y: a", ""]
        {
            assert_eq!(parse_bar(line), None, "{line}");
        }
    }

    #[test]
    fn status_lines_are_told_from_indented_parts_of_a_message() {
        for line in [
            "   Compiling hot v0.1.0 (/x)",
            "    Finished `dev` profile [unoptimized] target(s) in 0.10s",
            "    Blocking waiting for file lock on build directory",
        ] {
            assert!(is_status(line), "{line}");
        }
        for line in
            ["error: no", "  Permission denied (os error 13)", "Caused by:", "   Compiling", "", "  Überlänge ist hier"]
        {
            assert!(!is_status(line), "{line}");
        }
    }
}

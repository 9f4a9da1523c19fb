//! What became of an edit that was asked for, as text for people. Pure.

use std::path::Path;

use crate::events::{Diagnostic, Level, Tier};
use crate::present::text::{count, distinct, duration, indented, one_line, paths, place};
use crate::session::{EditOutcome, EditState, Ending, Successor};

/// How many functions of a patch are named.
const NAMED: usize = 3;

/// What became of it, the first line for itself. Paths are relative to `base` where they are below it. No newline at
/// the end.
pub(crate) fn ending(ending: &Ending, base: &Path) -> String {
    let over = ending.superseded_by.as_ref().map(|by| format!("superseded by {}: ", successor(by, base)));
    over.unwrap_or_default() + &outcome(&ending.outcome, base)
}

fn outcome(outcome: &EditOutcome, base: &Path) -> String {
    match outcome {
        EditOutcome::Applied { generation, tier, functions, took, .. } => {
            let functions = match tier {
                Tier::Patch if !functions.is_empty() => format!(" {}", named(functions)),
                _ => String::new(),
            };
            format!("applied generation {generation} ({}{functions}, {})", tier.name(), duration(*took))
        }
        EditOutcome::RolledBack { generation, content_of } => {
            format!("generation {generation} is in force: generation {content_of}'s code")
        }
        EditOutcome::Skipped { reason, files } => {
            let files = paths(files, base);
            let files = if files.is_empty() { files } else { format!(" ({files})") };
            format!("skipped: {}{files}", one_line(reason))
        }
        EditOutcome::BuildFailed { diagnostics, message, .. } => {
            let errors: Vec<_> = distinct(diagnostics).into_iter().filter(|one| one.level == Level::Error).collect();
            match (errors.first(), message) {
                (Some(first), _) => {
                    let more = match errors.len() - 1 {
                        0 => String::new(),
                        more => format!(", and {}", count(more, "more error")),
                    };
                    format!("build failed: {}{more}", headline(first, base))
                }
                (None, Some(message)) => format!("build failed: {}", first_line(message)),
                (None, None) => "build failed".into(),
            }
        }
        EditOutcome::Refused { stage, reason, .. } => {
            let (first, rest) = reason.trim().split_once('\n').unwrap_or((reason.trim(), ""));
            let rest = indented(rest, "  ");
            let rest = if rest.is_empty() { rest } else { format!("\n{rest}") };
            format!("refused by {}: {}{rest}", stage.name(), first.trim_end())
        }
        EditOutcome::Held => "not built: edits are paused; `liveswap resume` builds what changed".into(),
        EditOutcome::Undecided { at } => format!("not known yet: {}", state(at)),
    }
}

/// What an edit is at.
pub(crate) fn state(state: &EditState) -> String {
    match state {
        EditState::Building { total: 0, .. } => "building".into(),
        EditState::Building { crate_name, done, total } => {
            let name = if crate_name.is_empty() { String::new() } else { format!(" {crate_name}") };
            format!("building {done}/{total}{name}")
        }
        EditState::Patching => "building a patch".into(),
        EditState::TestLoading => "trying constructors".into(),
        EditState::Waiting { generation, reason } => {
            let reason = reason.as_deref().map(|reason| format!(": {}", one_line(reason))).unwrap_or_default();
            format!("generation {generation} is ready, and waits for the program's safe point{reason}")
        }
    }
}

/// What the compiler or cargo said of a build that failed, in full.
pub(crate) fn details(outcome: &EditOutcome) -> Option<String> {
    let EditOutcome::BuildFailed { diagnostics, message, .. } = outcome else { return None };
    let rendered = distinct(diagnostics).into_iter().map(|one| one.rendered.trim_end().to_owned());
    let parts: Vec<String> = rendered.chain(message.as_deref().map(|text| text.trim_end().to_owned())).collect();
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    (!text.is_empty()).then_some(text)
}

fn successor(successor: &Successor, base: &Path) -> String {
    match successor {
        Successor::Edit { files } => format!("an edit of {}", paths(files, base)),
        Successor::Reload => "a reload".into(),
        Successor::Rollback { to, reason } => format!("a rollback to generation {to} ({})", one_line(reason)),
    }
}

/// `error[E0308]: mismatched types at src/lib.rs:12:5`.
fn headline(error: &Diagnostic, base: &Path) -> String {
    // The code stands in what rustc has rendered only.
    let rendered = console::strip_ansi_codes(&error.rendered);
    let head = rendered.lines().next().filter(|line| line.starts_with("error")).map(str::trim_end);
    let head = head.map_or_else(|| format!("error: {}", first_line(&error.message)), str::to_owned);
    let number = |number: Option<usize>| number.and_then(|number| u32::try_from(number).ok());
    let at = error.file.as_deref().map(|file| place(file, number(error.line), number(error.column), base));
    head + &at.map(|at| format!(" at {at}")).unwrap_or_default()
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default().trim_end()
}

fn named(functions: &[String]) -> String {
    let shown = functions.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match functions.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::events::Stage;

    fn shown(outcome: EditOutcome, superseded_by: Option<Successor>) -> String {
        ending(&Ending { outcome, superseded_by }, Path::new("/game"))
    }

    fn error(message: &str, rendered: &str) -> Diagnostic {
        Diagnostic {
            level: Level::Error,
            message: message.into(),
            file: Some("src/lib.rs".into()),
            line: Some(12),
            column: Some(5),
            rendered: rendered.into(),
        }
    }

    #[test]
    fn each_outcome_is_a_line() {
        let swap = EditOutcome::Applied {
            generation: 5,
            tier: Tier::Swap,
            functions: Vec::new(),
            reason: "asked for".into(),
            took: Duration::from_millis(802),
        };
        assert_eq!(shown(swap.clone(), None), "applied generation 5 (swap, 802 ms)");
        let by = Successor::Edit { files: vec!["/game/src/lib.rs".into()] };
        assert_eq!(shown(swap, Some(by)), "superseded by an edit of src/lib.rs: applied generation 5 (swap, 802 ms)");
        let patch = EditOutcome::Applied {
            generation: 6,
            tier: Tier::Patch,
            functions: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            reason: "4 bodies changed".into(),
            took: Duration::from_millis(95),
        };
        assert_eq!(shown(patch, None), "applied generation 6 (patch a, b, c and 1 more, 95 ms)");
        let back = EditOutcome::RolledBack { generation: 6, content_of: 3 };
        assert_eq!(shown(back, None), "generation 6 is in force: generation 3's code");
        let refused = EditOutcome::Refused { generation: 5, stage: Stage::Verify, reason: "no\nway\n out".into() };
        assert_eq!(shown(refused, None), "refused by verify: no\n  way\n   out");
        let at = EditState::Waiting { generation: 6, reason: Some("it must be\nin hand".into()) };
        assert_eq!(
            shown(EditOutcome::Undecided { at }, None),
            "not known yet: generation 6 is ready, and waits for the program's safe point: it must be; in hand"
        );
    }

    #[test]
    fn a_failed_build_names_the_first_error_and_its_code() {
        let rendered = "\u{1b}[1m\u{1b}[91merror[E0308]\u{1b}[0m: mismatched types\n  --> src/lib.rs:12:5\n";
        let diagnostics = vec![error("mismatched types", rendered), error("no", "what rustc has said")];
        let one = diagnostics[1..].to_vec();
        let failed = EditOutcome::BuildFailed { generation: 4, diagnostics, message: None };
        assert_eq!(details(&failed).unwrap(), format!("{}\n\nwhat rustc has said", rendered.trim_end()));
        let expected = "build failed: error[E0308]: mismatched types at src/lib.rs:12:5, and 1 more error";
        assert_eq!(shown(failed, None), expected);
        let failed = EditOutcome::BuildFailed { generation: 4, diagnostics: one, message: None };
        assert_eq!(shown(failed, None), "build failed: error: no at src/lib.rs:12:5");
        let message = Some("no linker\nnowhere".into());
        let failed = EditOutcome::BuildFailed { generation: 4, diagnostics: Vec::new(), message };
        assert_eq!(details(&failed).unwrap(), "no linker\nnowhere");
        assert_eq!(shown(failed, None), "build failed: no linker");
    }
}

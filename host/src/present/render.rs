//! Events as text. Pure: no clock, no environment; the same event and style give the same text.
//!
//! A message starts with its symbol (and the library's name where there are several); lines after the first
//! are indented, but for the compiler's, which are shown as rustc renders them. The status comes last, so that
//! it is what stands above the prompt.

use std::time::Duration;

use crate::events::{Diagnostic, Event, EventKind, Fault, Level, Phases, Tier};

use super::style::{BAD, BOLD, BUSY, CAUTION, DIM, GOOD, Style, paint};
use super::text::{count, distinct, duration, few, indented, one_line, path, paths, place, tally};

/// Frames of a backtrace that are shown unless verbose.
const FRAMES: usize = 8;

/// The event as text for people: one line or several, no newline at the end, with ANSI colours. `None` where
/// the style says nothing for such an event; always for `building`, which is for a progress line.
pub fn render(event: &Event, options: &Style) -> Option<String> {
    if options.quiet && !is_trouble(&event.kind) {
        return None;
    }
    let writer = Writer { event, options };
    match &event.kind {
        EventKind::Started { generation, path, total_ms, watching, images: _ } => {
            let mut text = writer.head(GOOD, options.symbols().running, &format!("generation {generation}"));
            if !options.several_libraries {
                text.push_str(&writer.then(&event.library));
            }
            text.push_str(&writer.then(&duration(*total_ms)));
            let sources = self::path(&path.join("src"), &options.relative_to);
            let polled = if *watching == "polling" { " (files are polled)" } else { "" };
            let keys = if options.keys { writer.then("? lists the keys") } else { String::new() };
            Some(format!("{text}\n{}", paint(DIM, &format!("  edit {sources} and save{polled}{keys}"))))
        }
        EventKind::Changed { files } => {
            options.verbose.then(|| writer.aside(&format!("changed: {}", paths(files, &options.relative_to))))
        }
        EventKind::Skipped { reason, files } => {
            let files = match paths(files, &options.relative_to) {
                files if files.is_empty() => files,
                files => format!(" ({files})"),
            };
            Some(writer.aside(&format!("skipped: {}{files}", one_line(reason))))
        }
        EventKind::Building(_) => None,
        EventKind::BuildFailed { .. } => {
            let banner = writer.build_failed_banner()?;
            Some(match failure_details(event, options) {
                Some(details) => format!("{details}\n{banner}"),
                None => banner,
            })
        }
        EventKind::Refused { generation, stage, reason, total_ms } => {
            let mut text = writer.head(BAD, options.symbols().failed, &format!("refused by {}", stage.name()));
            if options.verbose {
                text.push_str(&writer.then(&duration(*total_ms)));
            }
            text.push_str(&writer.then(&runs_on(*generation)));
            Some(with_block(text, &indented(reason, "  ")))
        }
        EventKind::Applied {
            tier,
            generation,
            functions,
            reason,
            moved,
            started_anew,
            total_ms,
            phases,
            warnings,
            images,
        } => {
            let mut text = writer.head(GOOD, options.symbols().applied, &format!("generation {generation}"));
            text.push_str(&writer.then(&applied_as(*tier, functions)));
            text.push_str(&writer.then(&duration(*total_ms)));
            let shown = show_phases(phases, *total_ms < Duration::from_micros(999_500), options);
            text.push_str(&format!(" {}", paint(DIM, &format!("({shown})"))));
            if !reason.trim().is_empty() {
                text.push_str(&writer.then(&one_line(reason)));
            }
            if !moved.is_empty() {
                text.push_str(&writer.then(&moves(moved, if options.verbose { usize::MAX } else { SHOWN_MOVES })));
            }
            if !started_anew.is_empty() {
                let names = if options.verbose { started_anew.join(", ") } else { few(started_anew) };
                text.push_str(&writer.then(&format!("starts anew: {names}")));
            }
            if options.verbose && !functions.is_empty() {
                text.push_str(&format!("\n  new code: {}", functions.join(", ")));
            }
            if options.verbose {
                let megabytes = images.bytes as f64 / 1e6;
                text.push_str(&format!("\n  {} images loaded, {megabytes:.1} MB", images.count));
            }
            Some(writer.with_warnings(text, warnings))
        }
        EventKind::Checked { generation, diagnostics } => writer.checked(*generation, diagnostics),
        EventKind::Audited { generation, functions, ms } => options.verbose.then(|| {
            let head = writer.head(GOOD, options.symbols().right, &format!("generation {generation}"));
            let compared =
                format!("{} compared with a whole build in {}", count(*functions, "function"), duration(*ms));
            head + &writer.then(&compared)
        }),
        EventKind::Unaudited { generation, reason } => options
            .verbose
            .then(|| writer.aside(&format!("generation {generation} is not audited: {}", one_line(reason)))),
        EventKind::Corrected { .. } => writer.corrected(),
        EventKind::RolledBack { generation, content_of, reason } => {
            let mut text = writer.head(CAUTION, options.symbols().applied, &format!("generation {generation}"));
            text.push_str(&writer.then(&format!("rolled back to generation {content_of}'s code")));
            Some(text + &writer.then(&one_line(reason)))
        }
        EventKind::Fault(fault) => Some(writer.fault(fault)),
        EventKind::Restarting { reason } => {
            Some(writer.head(BUSY, options.symbols().applied, "restarting") + &writer.then(&one_line(reason)))
        }
        EventKind::Warning { message } => {
            let mut lines = message.trim().splitn(2, '\n');
            let first = lines.next().unwrap_or_default().trim_end();
            let text = format!("{}{} {first}", writer.prefix(), paint(CAUTION, options.symbols().warning));
            Some(with_block(text, &indented(lines.next().unwrap_or_default(), "  ")))
        }
        EventKind::Paused => Some(writer.aside("paused: edits are not built until it is resumed")),
        EventKind::Resumed { files } => Some(writer.aside(&match paths(files, &options.relative_to) {
            files if files.is_empty() => "resumed".into(),
            files => format!("resumed, with what changed: {files}"),
        })),
        EventKind::Stopped { generation } => {
            let at = if *generation == 0 { String::new() } else { writer.then(&format!("generation {generation}")) };
            Some(writer.aside(&format!("stopped{at}")))
        }
    }
}

/// How many changes of the state's layout are shown on the line.
const SHOWN_MOVES: usize = 4;

/// How many functions that a patch left out are shown with the reason.
const SHOWN_REASONS: usize = 3;

/// The changes of the state's layout, with each type named once: ``Scene: field `spin: f64` added, field `x: u8`
/// removed``.
fn moves(moved: &[String], most: usize) -> String {
    let mut text = String::new();
    let mut last = "";
    for line in moved.iter().take(most) {
        let (place, change) = line.split_once(": ").unwrap_or_default();
        if !text.is_empty() {
            text.push_str(if place == last { ", " } else { "; " });
        }
        text.push_str(if place == last { change } else { line });
        last = place;
    }
    if moved.len() > most {
        text.push_str(&format!(" and {} more changes", moved.len() - most));
    }
    one_line(&text)
}

/// What stands above a failed build's banner: the compiler's messages, or what cargo said.
pub(super) fn failure_details(event: &Event, options: &Style) -> Option<String> {
    let EventKind::BuildFailed { diagnostics, message, .. } = &event.kind else { return None };
    let shown = distinct(diagnostics);
    let mut parts: Vec<String> = shown
        .iter()
        .filter(|diagnostic| !options.quiet || diagnostic.level == Level::Error)
        .map(|diagnostic| diagnostic.rendered.trim_end().to_string())
        .collect();
    parts.extend(message.as_deref().map(|message| message.trim_end().to_string()));
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// Whether the event is one that is told even in quiet.
fn is_trouble(kind: &EventKind) -> bool {
    match kind {
        EventKind::BuildFailed { .. }
        | EventKind::Corrected { .. }
        | EventKind::Refused { .. }
        | EventKind::Fault(_)
        | EventKind::Warning { .. } => true,
        EventKind::Checked { diagnostics, .. } => has_errors(diagnostics),
        _ => false,
    }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
}

/// What runs after a failure.
pub(super) fn runs_on(generation: u64) -> String {
    match generation {
        0 => "waiting for a fix; nothing runs yet".into(),
        _ => format!("generation {generation} runs on"),
    }
}

/// `watch 2 · build 396 · verify 1 · publish 0`: in milliseconds without the unit where the total has it.
fn show_phases(phases: &Phases, total_in_ms: bool, options: &Style) -> String {
    let shown = |phase: Duration| match phase.as_secs_f64() * 1000.0 {
        _ if !total_in_ms => duration(phase),
        ms if options.verbose && ms < 9.95 => format!("{ms:.1}"),
        ms => format!("{ms:.0}"),
    };
    [
        ("watch", phases.watch, true),
        ("classify", phases.classify, false),
        ("build", phases.compile, true),
        ("stage", phases.stage, false),
        ("open", phases.open, false),
        ("verify", phases.verify, true),
        ("migrate", phases.migrate, false),
        ("publish", phases.publish, true),
    ]
    .into_iter()
    .filter(|(_, phase, always)| *always || options.verbose || *phase >= Duration::from_millis(1))
    .map(|(name, phase, _)| format!("{name} {}", shown(phase)))
    .collect::<Vec<_>>()
    .join(&format!(" {} ", options.symbols().separator))
}

/// The text with the block under it, where there is one.
fn with_block(text: String, block: &str) -> String {
    if block.is_empty() { text } else { format!("{text}\n{block}") }
}

/// The parts that messages share.
struct Writer<'a> {
    event: &'a Event,
    options: &'a Style,
}

impl Writer<'_> {
    /// The library's name, where there are several.
    fn prefix(&self) -> String {
        if self.options.several_libraries { paint(BOLD, &format!("[{}] ", self.event.library)) } else { String::new() }
    }

    /// The start of a message: the symbol and its first words.
    fn head(&self, colour: anstyle::Style, symbol: &str, words: &str) -> String {
        format!("{}{} {}", self.prefix(), paint(colour, symbol), paint(BOLD, words))
    }

    /// One more part of a message.
    fn then(&self, part: &str) -> String {
        format!(" {} {part}", self.options.symbols().separator)
    }

    /// A message of little weight.
    fn aside(&self, words: &str) -> String {
        format!("{}{}", self.prefix(), paint(DIM, &format!("{} {words}", self.options.symbols().separator)))
    }

    fn build_failed_banner(&self) -> Option<String> {
        let EventKind::BuildFailed { generation, diagnostics, total_ms, .. } = &self.event.kind else { return None };
        let mut text = self.head(BAD, self.options.symbols().failed, "build failed");
        if let Some(tally) = tally(&distinct(diagnostics)) {
            text.push_str(&format!(" ({tally})"));
        }
        Some(text + &self.then(&duration(*total_ms)) + &self.then(&runs_on(*generation)))
    }

    /// An applied edit's line with the compiler's warnings: in full above it, or counted below.
    fn with_warnings(&self, text: String, warnings: &[Diagnostic]) -> String {
        let warnings = distinct(warnings);
        if warnings.is_empty() {
            text
        } else if self.options.verbose {
            let rendered: Vec<_> = warnings.iter().map(|warning| warning.rendered.trim_end()).collect();
            format!("{}\n{text}", rendered.join("\n\n"))
        } else {
            let number = count(warnings.len(), "warning");
            format!("{text}\n  {} {}", paint(CAUTION, &number), paint(DIM, "(-v shows them)"))
        }
    }

    /// A wrong patch: what it left out, and where what it was made from is kept.
    fn corrected(&self) -> Option<String> {
        let EventKind::Corrected { generation, functions, reasons, kept } = &self.event.kind else { return None };
        let left_out = format!("the patch of generation {generation} left out {}", few(functions));
        let mut text = self.head(CAUTION, self.options.symbols().warning, &left_out);
        text.push_str(&self.then("the whole library is swapped in"));
        let lines = functions.iter().zip(reasons).map(|(function, reason)| format!("  `{function}` {reason}"));
        let shown = if self.options.verbose { usize::MAX } else { SHOWN_REASONS };
        let mut lines: Vec<String> = lines.take(shown).collect();
        let kept = kept.as_ref().map(|kept| path(kept, &self.options.relative_to));
        lines
            .extend(kept.map(|kept| format!("  this is an error of liveswap; the sources for a report are in {kept}")));
        Some(with_block(text, &lines.join("\n")))
    }

    /// What the compiler said of the text of what runs: errors in full, warnings where they are wanted.
    fn checked(&self, generation: u64, diagnostics: &[Diagnostic]) -> Option<String> {
        let (diagnostics, is_bad) = (distinct(diagnostics), has_errors(diagnostics));
        let tally = tally(&diagnostics)?;
        let is_shown = |one: &&&Diagnostic| self.options.verbose || one.level == Level::Error;
        let shown: Vec<_> = diagnostics.iter().filter(is_shown).map(|one| one.rendered.trim_end()).collect();
        let text = match (is_bad, self.options.verbose) {
            (true, _) => {
                let runs = format!("generation {generation} runs, but would not build without patches");
                self.head(BAD, self.options.symbols().failed, "check failed")
                    + &format!(" ({tally})")
                    + &self.then(&runs)
            }
            (false, true) => self.aside(&tally),
            (false, false) => self.aside(&format!("{tally} (-v shows them)")),
        };
        Some(if shown.is_empty() { text } else { format!("{}\n{text}", shown.join("\n\n")) })
    }

    fn fault(&self, fault: &Fault) -> String {
        let base = &self.options.relative_to;
        let mut message = fault.message.trim().splitn(2, '\n');
        let mut text =
            self.head(BAD, self.options.symbols().failed, &format!("fault in generation {}", fault.generation));
        text.push_str(&format!(": {}", message.next().unwrap_or_default().trim_end()));
        text = with_block(text, &indented(message.next().unwrap_or_default(), "  "));

        let mut at = Vec::new();
        at.extend(fault.file.as_deref().map(|file| format!("at {}", place(file, fault.line, fault.column, base))));
        at.extend(fault.function.as_deref().map(|function| format!("in {function}")));
        at.extend(fault.thread.as_deref().map(|thread| format!("on thread {thread}")));
        text = with_block(text, &indented(&at.join(" "), "  "));

        let frames: Vec<_> = fault.backtrace.as_deref().unwrap_or_default().lines().collect();
        let shown = if self.options.verbose { frames.len() } else { frames.len().min(FRAMES) };
        for frame in &frames[..shown] {
            let frame = match frame.rsplit_once(" at ") {
                Some((symbol, at)) => format!("{symbol} at {}", path(at.as_ref(), base)),
                None => frame.to_string(),
            };
            text.push_str(&format!("\n{}", paint(DIM, &format!("    {frame}"))));
        }
        if shown < frames.len() {
            let more = format!("    {} {} more (-v shows them)", self.options.symbols().ellipsis, frames.len() - shown);
            text.push_str(&format!("\n{}", paint(DIM, &more)));
        }
        with_block(text, &indented(&fault.consequence, "  "))
    }
}

/// The tier, and of a patch what it holds: `patch draw, fall and 3 more`.
fn applied_as(tier: Tier, functions: &[String]) -> String {
    const SHOWN: usize = 3;
    match (tier, functions) {
        (Tier::Patch, [_, ..]) => {
            let shown = functions.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            match functions.len().saturating_sub(SHOWN) {
                0 => format!("{} {shown}", tier.name()),
                more => format!("{} {shown} and {more} more", tier.name()),
            }
        }
        _ => tier.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_its_functions() {
        let names = |count: usize| (0..count).map(|number| format!("f{number}")).collect::<Vec<_>>();
        assert_eq!(applied_as(Tier::Patch, &names(1)), "patch f0");
        assert_eq!(applied_as(Tier::Patch, &names(5)), "patch f0, f1, f2 and 2 more");
        assert_eq!(applied_as(Tier::Patch, &[]), "patch");
        assert_eq!(applied_as(Tier::Swap, &names(1)), "swap");
    }
}

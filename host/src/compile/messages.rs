//! From cargo's two outputs to progress, diagnostics and the result.
//!
//! Life cycle: one [`Collector`] a build, fed with each line, finished at cargo's end.
//! Synchronisation: none; one thread owns it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic as RustcDiagnostic, DiagnosticLevel};

use super::{Artifact, BuildFailure, BuildRequest, dep_info, progress};
use crate::events::{Diagnostic, Level, Progress};

/// A line of cargo's.
#[derive(Debug)]
pub(super) enum Line {
    Stdout(String),
    Stderr(String),
}

/// How cargo ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Success,
    /// With its status in words.
    Failure(String),
    /// Nobody could tell; what cargo itself said last decides.
    Unknown(String),
}

pub(super) struct Collector {
    package: String,
    manifest_path: PathBuf,
    workspace_root: PathBuf,
    target_dir: PathBuf,
    begun: Instant,
    /// Units that cargo's messages have named.
    units: usize,
    progress: Progress,
    /// The hot library's file, and whether cargo found it fresh.
    library: Option<(PathBuf, bool)>,
    open_scripts: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    /// An error without a code: a text that can't be parsed, of which rustc has skipped a part.
    is_unparsed: bool,
    seen: HashSet<String>,
    stderr: Vec<String>,
    success: Option<bool>,
}

impl Collector {
    pub(super) fn new(request: &BuildRequest, begun: Instant) -> Self {
        Collector {
            package: request.package.clone(),
            manifest_path: request.manifest_path.clone(),
            workspace_root: request.workspace_root.clone(),
            target_dir: request.target_dir.clone(),
            begun,
            units: 0,
            progress: Progress { crate_name: String::new(), done: 0, total: 0, elapsed: Duration::ZERO },
            library: None,
            open_scripts: Vec::new(),
            diagnostics: Vec::new(),
            is_unparsed: false,
            seen: HashSet::new(),
            stderr: Vec::new(),
            success: None,
        }
    }

    /// Takes a line in; gives the progress if the line changed it.
    pub(super) fn take(&mut self, line: Line) -> Option<Progress> {
        let before = self.progress.clone();
        match line {
            // A build script's own output can't come here; what is no message is not for us.
            Line::Stdout(line) => {
                if let Ok(message) = serde_json::from_str::<Message>(&line) {
                    self.take_message(message);
                }
            }
            Line::Stderr(line) => self.take_stderr(line),
        }
        // Before the bar names a total, cargo lists what is fresh: dozens of lines within a millisecond.
        if self.progress == before || self.progress.total == 0 {
            return None;
        }
        self.progress.elapsed = self.begun.elapsed();
        Some(self.progress.clone())
    }

    fn take_message(&mut self, message: Message) {
        match message {
            Message::CompilerArtifact(artifact) => {
                self.unit_done();
                let ours = artifact.package_id.repr == self.package
                    || artifact.manifest_path.as_std_path() == self.manifest_path;
                if ours && artifact.target.is_cdylib() {
                    let file = artifact.filenames.iter().map(|file| file.as_std_path()).find(|file| is_library(file));
                    self.library = file.map(|file| (file.to_path_buf(), artifact.fresh));
                }
            }
            Message::BuildScriptExecuted(script) => {
                self.unit_done();
                if !names_inputs(script.out_dir.as_std_path()) {
                    self.open_scripts.push(script.package_id.repr);
                }
            }
            Message::CompilerMessage(message) => self.take_diagnostic(&message.message),
            Message::BuildFinished(finished) => self.success = Some(finished.success),
            _ => {}
        }
    }

    fn unit_done(&mut self) {
        self.units += 1;
        self.progress.done = self.progress.done.max(self.units);
        if self.progress.total > 0 {
            self.progress.done = self.progress.done.min(self.progress.total);
        }
    }

    fn take_stderr(&mut self, line: String) {
        if let Some(bar) = progress::parse_bar(&line) {
            self.progress.total = bar.total;
            self.progress.done = self.progress.done.max(bar.done).min(bar.total);
            if !bar.names.is_empty() {
                self.progress.crate_name = bar.names;
            }
        } else if !progress::is_status(&line) {
            self.stderr.push(line.trim_end().to_string());
        }
    }

    fn take_diagnostic(&mut self, message: &RustcDiagnostic) {
        let is_error = message.level == DiagnosticLevel::Error;
        self.is_unparsed |= is_error && message.code.is_none() && !message.spans.is_empty();
        if let Some(diagnostic) = diagnostic(message)
            && self.seen.insert(diagnostic.rendered.clone())
        {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The build's result, once both outputs are read to their ends.
    pub(super) fn finish(mut self, end: End) -> Result<Artifact, BuildFailure> {
        let elapsed = self.begun.elapsed();
        let built = match &end {
            End::Success => true,
            End::Failure(_) => false,
            End::Unknown(_) => self.success == Some(true),
        };
        match self.library {
            Some((path, fresh)) if built => Ok(Artifact {
                inputs: dep_info::inputs(&path, &self.workspace_root, &self.target_dir),
                generated: dep_info::generated(&path, &self.workspace_root, &self.target_dir),
                path,
                fresh,
                open_scripts: self.open_scripts,
                warnings: self.diagnostics,
                elapsed,
            }),
            _ => {
                if self.is_unparsed {
                    // Warnings are about what is left without the skipped part: imports and variables "unused".
                    self.diagnostics.retain(|diagnostic| diagnostic.level == Level::Error);
                }
                let told = self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error);
                let message = if told {
                    None
                } else if built {
                    Some(format!(
                        "cargo built `{}` but named no cdylib; does {} still have `crate-type = [\"rlib\", \"cdylib\"]` under `[lib]`?",
                        self.package,
                        self.manifest_path.display()
                    ))
                } else {
                    Some(reason(&self.stderr, &end))
                };
                Err(BuildFailure { diagnostics: self.diagnostics, message, elapsed })
            }
        }
    }
}

/// Whether a build script has said what it is to be run again for. cargo keeps what it printed beside its directory.
fn names_inputs(out_dir: &Path) -> bool {
    let printed =
        ["output", "run/stdout"].iter().find_map(|name| std::fs::read_to_string(out_dir.parent()?.join(name)).ok());
    let names = |line: &str| {
        let instruction = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:"));
        instruction.is_some_and(|instruction| instruction.starts_with("rerun-if-"))
    };
    printed.is_some_and(|printed| printed.lines().any(names))
}

/// What cargo wrote, or how it ended where it wrote nothing.
fn reason(stderr: &[String], end: &End) -> String {
    let text = stderr.join("\n");
    match (text.trim(), end) {
        ("", End::Failure(status) | End::Unknown(status)) => format!("cargo said nothing and ended with {status}"),
        ("", End::Success) => "cargo said nothing".into(),
        (text, _) => text.to_string(),
    }
}

fn is_library(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION)
}

/// The message in our terms; `None` for notes of their own and for the summaries at a crate's end.
pub(super) fn diagnostic(message: &RustcDiagnostic) -> Option<Diagnostic> {
    let level = match message.level {
        DiagnosticLevel::Error | DiagnosticLevel::Ice => Level::Error,
        DiagnosticLevel::Warning => Level::Warning,
        _ => return None,
    };
    if message.spans.is_empty() && is_summary(&message.message) {
        return None;
    }
    let place = message.spans.iter().find(|span| span.is_primary);
    Some(Diagnostic {
        level,
        message: message.message.clone(),
        file: place.map(|span| span.file_name.clone()),
        line: place.map(|span| span.line_start),
        column: place.map(|span| span.column_start),
        rendered: message.rendered.clone().unwrap_or_else(|| message.message.clone()),
    })
}

/// `aborting due to 2 previous errors`, `1 warning emitted` and the like.
fn is_summary(message: &str) -> bool {
    let counts = |message: &str| message.ends_with(" warning emitted") || message.ends_with(" warnings emitted");
    message.starts_with("aborting due to ")
        || (counts(message) && message.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: DiagnosticLevel, text: &str) -> RustcDiagnostic {
        let level = serde_json::to_value(level).unwrap();
        let json = serde_json::json!({
            "message": text, "code": null, "level": level, "spans": [], "children": [], "rendered": format!("{text}\n")
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_build_script_names_its_inputs_in_what_it_prints() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("out");
        assert!(!names_inputs(&out), "nobody knows");
        std::fs::write(directory.path().join("output"), "cargo::rustc-cfg=x\n").unwrap();
        assert!(!names_inputs(&out));
        for instruction in ["cargo::rerun-if-changed=a.txt", "cargo:rerun-if-env-changed=A"] {
            std::fs::write(directory.path().join("output"), format!("words\n{instruction}\n")).unwrap();
            assert!(names_inputs(&out), "{instruction}");
        }
    }

    #[test]
    fn summaries_and_notes_are_left_out() {
        for (level, text) in [
            (DiagnosticLevel::Error, "aborting due to 2 previous errors; 1 warning emitted"),
            (DiagnosticLevel::Warning, "1 warning emitted"),
            (DiagnosticLevel::Warning, "12 warnings emitted"),
            (DiagnosticLevel::FailureNote, "Some errors have detailed explanations: E0308"),
            (DiagnosticLevel::Note, "a note"),
        ] {
            assert_eq!(diagnostic(&message(level, text)), None, "{text}");
        }
    }

    /// What is left of an error with or without a code, and a warning.
    fn left_of(code: Option<&str>) -> Vec<Level> {
        let span = serde_json::json!({
            "file_name": "src/lib.rs", "byte_start": 0, "byte_end": 1, "line_start": 1, "line_end": 1, "column_start": 1,
            "column_end": 2, "is_primary": true, "text": [], "label": null, "suggested_replacement": null,
            "suggestion_applicability": null, "expansion": null
        });
        let mut error = serde_json::to_value(message(DiagnosticLevel::Error, "expected expression")).unwrap();
        error["spans"] = serde_json::json!([span]);
        error["code"] =
            code.map_or(serde_json::Value::Null, |code| serde_json::json!({ "code": code, "explanation": null }));
        let mut collector = Collector {
            package: String::new(),
            manifest_path: PathBuf::new(),
            workspace_root: PathBuf::new(),
            target_dir: PathBuf::new(),
            begun: Instant::now(),
            units: 0,
            progress: Progress { crate_name: String::new(), done: 0, total: 0, elapsed: Duration::ZERO },
            library: None,
            open_scripts: Vec::new(),
            diagnostics: Vec::new(),
            is_unparsed: false,
            seen: HashSet::new(),
            stderr: Vec::new(),
            success: None,
        };
        collector.take_diagnostic(&message(DiagnosticLevel::Warning, "unused import: `std::fmt::Write`"));
        collector.take_diagnostic(&serde_json::from_value(error).unwrap());
        let failure = collector.finish(End::Failure("exit status: 101".into())).unwrap_err();
        failure.diagnostics.iter().map(|diagnostic| diagnostic.level).collect()
    }

    #[test]
    fn of_a_text_that_does_not_parse_warnings_say_nothing() {
        assert_eq!(left_of(None), [Level::Error]);
        assert_eq!(left_of(Some("E0308")), [Level::Warning, Level::Error]);
    }

    #[test]
    fn messages_without_a_place_are_kept() {
        for (level, text, ours) in [
            (DiagnosticLevel::Error, "linking with `cc` failed: exit status: 1", Level::Error),
            (DiagnosticLevel::Ice, "internal compiler error", Level::Error),
            (DiagnosticLevel::Warning, "no warnings emitted", Level::Warning),
        ] {
            let found = diagnostic(&message(level, text)).unwrap();
            assert_eq!((found.level, found.message.as_str(), found.file), (ours, text, None));
            assert_eq!(found.rendered, format!("{text}\n"));
        }
    }

    #[test]
    fn a_failure_without_words_tells_how_cargo_ended() {
        assert_eq!(
            reason(&[], &End::Failure("signal: 9 (SIGKILL)".into())),
            "cargo said nothing and ended with signal: 9 (SIGKILL)"
        );
        assert_eq!(
            reason(&["".into(), "error: x".into(), "".into()], &End::Failure("exit status: 101".into())),
            "error: x"
        );
    }
}

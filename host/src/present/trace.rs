//! Events for `tracing`: target `liveswap`, one `tracing` event each. Stateless.

use std::time::Duration;

use crate::events::{Event, EventKind, Level};

/// What an event says in the fields of its `tracing` event.
#[derive(Default)]
struct Fields<'a> {
    generation: Option<u64>,
    tier: Option<&'static str>,
    total: Option<Duration>,
    reason: Option<&'a str>,
}

/// Emits the event under the target `liveswap`, with the fields `event`, `library` and, where the event has
/// them, `generation`, `tier`, `total_ms` and `reason`.
///
/// Failed builds, refusals and faults are errors; rollbacks, restarts and warnings are warnings; `changed` and
/// `building` are for debugging; all others inform.
pub fn trace(event: &Event) {
    let fields = fields(&event.kind);
    let library = event.library.as_str();
    // `tracing` wants the level as a constant.
    macro_rules! emit {
        ($level:ident) => {
            tracing::event!(
                target: "liveswap",
                tracing::Level::$level,
                event = name(&event.kind),
                library,
                generation = fields.generation,
                tier = fields.tier,
                total_ms = fields.total.map(|total| total.as_secs_f64() * 1000.0),
                reason = fields.reason,
            )
        };
    }
    match &event.kind {
        EventKind::BuildFailed { .. } | EventKind::Refused { .. } | EventKind::Fault(_) => emit!(ERROR),
        EventKind::RolledBack { .. }
        | EventKind::Corrected { .. }
        | EventKind::Restarting { .. }
        | EventKind::Warning { .. }
        | EventKind::Checked { .. } => emit!(WARN),
        EventKind::Changed { .. }
        | EventKind::Building(_)
        | EventKind::Audited { .. }
        | EventKind::Unaudited { .. } => emit!(DEBUG),
        EventKind::Started { .. }
        | EventKind::Skipped { .. }
        | EventKind::Applied { .. }
        | EventKind::Paused
        | EventKind::Resumed { .. }
        | EventKind::Stopped { .. } => emit!(INFO),
    }
}

/// The event's name, as the event lines have it.
fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Started { .. } => "started",
        EventKind::Changed { .. } => "changed",
        EventKind::Skipped { .. } => "skipped",
        EventKind::Building(_) => "building",
        EventKind::BuildFailed { .. } => "build_failed",
        EventKind::Refused { .. } => "refused",
        EventKind::Applied { .. } => "applied",
        EventKind::Checked { .. } => "checked",
        EventKind::Audited { .. } => "audited",
        EventKind::Corrected { .. } => "corrected",
        EventKind::Unaudited { .. } => "unaudited",
        EventKind::RolledBack { .. } => "rolled_back",
        EventKind::Fault(_) => "fault",
        EventKind::Restarting { .. } => "restarting",
        EventKind::Warning { .. } => "warning",
        EventKind::Paused => "paused",
        EventKind::Resumed { .. } => "resumed",
        EventKind::Stopped { .. } => "stopped",
    }
}

fn fields(kind: &EventKind) -> Fields<'_> {
    let none = Fields::default();
    match kind {
        EventKind::Started { generation, total_ms, .. } => {
            Fields { generation: Some(*generation), total: Some(*total_ms), ..none }
        }
        EventKind::Changed { .. } | EventKind::Paused | EventKind::Resumed { .. } => none,
        EventKind::Building(progress) => Fields { total: Some(progress.elapsed), ..none },
        EventKind::BuildFailed { generation, diagnostics, message, total_ms } => {
            let error = diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error);
            let reason = error.map(|error| error.message.as_str()).or(message.as_deref());
            Fields { generation: Some(*generation), total: Some(*total_ms), reason, ..none }
        }
        EventKind::Refused { generation, reason, total_ms, .. } => {
            Fields { generation: Some(*generation), total: Some(*total_ms), reason: Some(reason), ..none }
        }
        EventKind::Applied { tier, generation, reason, total_ms, .. } => Fields {
            generation: Some(*generation),
            tier: Some(tier.name()),
            total: Some(*total_ms),
            reason: Some(reason),
        },
        EventKind::Checked { generation, diagnostics } => {
            let first = diagnostics.first().map(|diagnostic| diagnostic.message.as_str());
            Fields { generation: Some(*generation), reason: first, ..none }
        }
        EventKind::Audited { generation, ms, .. } => Fields { generation: Some(*generation), total: Some(*ms), ..none },
        EventKind::Corrected { generation, functions, .. } => {
            let first = functions.first().map(String::as_str);
            Fields { generation: Some(*generation), reason: first, ..none }
        }
        EventKind::RolledBack { generation, reason, .. } | EventKind::Unaudited { generation, reason } => {
            Fields { generation: Some(*generation), reason: Some(reason), ..none }
        }
        EventKind::Fault(fault) => Fields { generation: Some(fault.generation), reason: Some(&fault.message), ..none },
        EventKind::Skipped { reason, .. } | EventKind::Restarting { reason } => Fields { reason: Some(reason), ..none },
        EventKind::Warning { message } => Fields { reason: Some(message), ..none },
        EventKind::Stopped { generation } => Fields { generation: Some(*generation), ..none },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Arc;

    use parking_lot::Mutex;
    use tracing_subscriber::fmt::MakeWriter;

    use crate::events::{Phases, Tier};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Lines;

        fn make_writer(&'a self) -> Lines {
            self.clone()
        }
    }

    /// What a subscriber writes of the events.
    fn traced(kinds: Vec<EventKind>) -> Vec<String> {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(lines.clone())
            .with_ansi(false)
            .without_time()
            .with_max_level(tracing::Level::TRACE)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            kinds.into_iter().for_each(|kind| trace(&Event { library: "logic".into(), kind }));
        });
        let text = String::from_utf8(lines.0.lock().clone()).unwrap();
        text.lines().map(|line| line.trim().to_string()).collect()
    }

    #[test]
    fn fields_are_there_where_the_event_has_them() {
        let applied = EventKind::Applied {
            tier: Tier::Patch,
            generation: 7,
            functions: vec![],
            reason: "1 body changed".into(),
            moved: vec![],
            started_anew: vec![],
            total_ms: Duration::from_micros(84_100),
            phases: Phases::default(),
            warnings: vec![],
            images: Default::default(),
        };
        let failed = EventKind::BuildFailed {
            generation: 7,
            diagnostics: vec![],
            message: Some("no linker".into()),
            total_ms: Duration::from_millis(3),
        };
        assert_eq!(
            traced(vec![
                applied,
                failed,
                EventKind::Restarting { reason: "the host changed".into() },
                EventKind::Changed { files: vec![] },
            ]),
            [
                r#"INFO liveswap: event="applied" library="logic" generation=7 tier="patch" total_ms=84.1 reason="1 body changed""#,
                r#"ERROR liveswap: event="build_failed" library="logic" generation=7 total_ms=3.0 reason="no linker""#,
                r#"WARN liveswap: event="restarting" library="logic" reason="the host changed""#,
                r#"DEBUG liveswap: event="changed" library="logic""#,
            ]
        );
    }

    #[test]
    fn names_are_those_of_the_event_lines() {
        let kinds = vec![
            EventKind::Changed { files: vec![] },
            EventKind::Skipped { reason: String::new(), files: vec![] },
            EventKind::RolledBack { generation: 2, content_of: 1, reason: String::new() },
            EventKind::Restarting { reason: String::new() },
            EventKind::Warning { message: String::new() },
            EventKind::Paused,
            EventKind::Resumed { files: vec![] },
            EventKind::Stopped { generation: 0 },
        ];
        for kind in kinds {
            assert_eq!(serde_json::to_value(&kind).unwrap()["event"], name(&kind));
        }
    }
}

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
        EventKind::RolledBack { .. } | EventKind::Restarting { .. } | EventKind::Warning { .. } => emit!(WARN),
        EventKind::Changed { .. } | EventKind::Building(_) => emit!(DEBUG),
        EventKind::Started { .. }
        | EventKind::Skipped { .. }
        | EventKind::Applied { .. }
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
        EventKind::RolledBack { .. } => "rolled_back",
        EventKind::Fault(_) => "fault",
        EventKind::Restarting { .. } => "restarting",
        EventKind::Warning { .. } => "warning",
        EventKind::Stopped { .. } => "stopped",
    }
}

fn fields(kind: &EventKind) -> Fields<'_> {
    let none = Fields::default();
    match kind {
        EventKind::Started { generation, total_ms, .. } => {
            Fields { generation: Some(*generation), total: Some(*total_ms), ..none }
        }
        EventKind::Changed { .. } => none,
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
        EventKind::RolledBack { generation, reason, .. } => {
            Fields { generation: Some(*generation), reason: Some(reason), ..none }
        }
        EventKind::Fault(fault) => Fields { generation: Some(fault.generation), reason: Some(&fault.message), ..none },
        EventKind::Skipped { reason, .. } | EventKind::Restarting { reason } => Fields { reason: Some(reason), ..none },
        EventKind::Warning { message } => Fields { reason: Some(message), ..none },
        EventKind::Stopped { generation } => Fields { generation: Some(*generation), ..none },
    }
}

//! What the host hands to an image: where panics are told, and where log lines go.
//!
//! Images call back with their number, from any thread, at any time, and for as long as the process lives; so the
//! receivers stand in one list that only grows, and are found by number.

use std::sync::Arc;

use super::backtrace;
use liveswap::PanicReport;
use liveswap::services::{LogLine, Opaque, Services};
use liveswap::state::registry;
use parking_lot::RwLock;

/// Told of each panic in the image, on its thread; adds the backtrace where it is to be shown.
pub type OnPanic = Arc<dyn Fn(&mut PanicReport) + Send + Sync>;

/// The receivers; the place in the list is the image's number.
static RECEIVERS: RwLock<Vec<OnPanic>> = RwLock::new(Vec::new());

/// Whether the host's own logger and dispatcher may be handed over: the same crates on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SameCrates {
    /// The crate `log`.
    pub log: bool,
    /// The crate `tracing-core`.
    pub tracing: bool,
}

/// The services for a new image.
pub(super) fn for_image(on_panic: OnPanic, same: SameCrates) -> Services {
    let image = {
        let mut receivers = RECEIVERS.write();
        receivers.push(on_panic);
        receivers.len() as u64 - 1
    };
    Services {
        image,
        panicked,
        makes_backtraces: backtrace::IS_MADE_HERE,
        logged,
        registry: registry::OF_THIS_PROGRAM,
        logger: if same.log { Opaque::of(Box::leak(Box::new(log::logger()))) } else { Opaque::NULL },
        dispatch: if same.tracing {
            Opaque::of(Box::leak(Box::new(tracing_core::dispatcher::get_default(Clone::clone))))
        } else {
            Opaque::NULL
        },
        level: level(),
    }
}

/// The most verbose level that anyone listens to, 0 to 5.
fn level() -> u8 {
    use tracing_core::LevelFilter;
    let tracing = match LevelFilter::current() {
        LevelFilter::OFF => 0,
        LevelFilter::ERROR => 1,
        LevelFilter::WARN => 2,
        LevelFilter::INFO => 3,
        LevelFilter::DEBUG => 4,
        _ => 5,
    };
    tracing.max(log::max_level() as u8)
}

extern "C" fn panicked(image: u64, report: &mut PanicReport) {
    let receiver = RECEIVERS.read().get(image as usize).cloned();
    if let Some(receiver) = receiver {
        // A panic of the receiver must not unwind into the library.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| receiver(report)));
    }
}

extern "C" fn logged(_: u64, line: &LogLine<'_>) {
    let (target, message) = (line.target.as_str(), line.message.as_str());
    let emit = || match line.level {
        1 => tracing::error!(target: "hot", "{target}: {message}"),
        2 => tracing::warn!(target: "hot", "{target}: {message}"),
        3 => tracing::info!(target: "hot", "{target}: {message}"),
        4 => tracing::debug!(target: "hot", "{target}: {message}"),
        _ => tracing::trace!(target: "hot", "{target}: {message}"),
    };
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(emit));
}

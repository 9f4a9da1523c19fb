//! `log` and `tracing` in a library: silent until the host's logger and dispatcher are installed there, since each
//! image has its own copy of their statics.
//!
//! Where both sides have the same crates, the host's own logger and dispatcher are used. Where the host can't be sure
//! (a host that was built apart from the library), lines cross as plain data.

use abi_stable::std_types::RStr;

use crate::services::{LogLine, Services};

/// Installs what the host gives; what is already installed stays.
pub(crate) fn install(services: Services) {
    #[cfg(feature = "log")]
    install_log(services);
    #[cfg(feature = "tracing")]
    install_tracing(services);
}

/// Hands lines to the host.
struct Forward(Services);

impl Forward {
    fn line(&self, level: u8, target: &str, message: &str) {
        let line = LogLine { level, target: RStr::from_str(target), message: RStr::from_str(message) };
        (self.0.logged)(self.0.image, &line);
    }
}

#[cfg(feature = "log")]
fn install_log(services: Services) {
    let logger: &'static dyn log::Log = if services.logger.address().is_null() {
        Box::leak(Box::new(Forward(services)))
    } else {
        // SAFETY: the host gives a `&'static dyn log::Log` of its own behind this pointer, and only where both sides
        // were built from the same version of `log` by the same compiler.
        unsafe { *services.logger.address().cast::<&'static dyn log::Log>() }
    };
    // An error says that the library has a logger of its own: that one stays.
    if log::set_logger(logger).is_ok() {
        log::set_max_level(
            log::LevelFilter::iter().nth(usize::from(services.level)).unwrap_or(log::LevelFilter::Trace),
        );
    }
}

#[cfg(feature = "log")]
impl log::Log for Forward {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() as usize <= usize::from(self.0.level)
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.line(record.level() as u8, record.target(), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[cfg(feature = "tracing")]
fn install_tracing(services: Services) {
    use tracing_core::{Dispatch, callsite, dispatcher};

    let dispatch = if services.dispatch.address().is_null() {
        Dispatch::new(events::Collector::new(Forward(services)))
    } else {
        // SAFETY: the host gives a `Dispatch` of its own behind this pointer, and only where both sides were built
        // from the same version of `tracing-core` by the same compiler. It is cloned, so the host keeps its own.
        unsafe { &*services.dispatch.address().cast::<Dispatch>() }.clone()
    };
    if dispatcher::set_global_default(dispatch).is_ok() {
        // Callsites may have asked before, and the highest level is cached in this image's copy.
        callsite::rebuild_interest_cache();
    }
}

#[cfg(feature = "tracing")]
mod events {
    use std::fmt::{Debug, Write};
    use std::sync::atomic::{AtomicU64, Ordering};

    use tracing_core::field::{Field, Visit};
    use tracing_core::{Event, Level, LevelFilter, Metadata, Subscriber, span};

    use super::Forward;

    /// A subscriber that hands events on as lines; spans are let through, but not told.
    pub(super) struct Collector {
        forward: Forward,
        spans: AtomicU64,
    }

    impl Collector {
        pub(super) fn new(forward: Forward) -> Self {
            Self { forward, spans: AtomicU64::new(0) }
        }

        fn highest(&self) -> LevelFilter {
            match self.forward.0.level {
                0 => LevelFilter::OFF,
                1 => LevelFilter::ERROR,
                2 => LevelFilter::WARN,
                3 => LevelFilter::INFO,
                4 => LevelFilter::DEBUG,
                _ => LevelFilter::TRACE,
            }
        }
    }

    impl Subscriber for Collector {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() <= self.highest()
        }

        fn max_level_hint(&self) -> Option<LevelFilter> {
            Some(self.highest())
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            // Ids need only differ; they start from 1.
            span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line::default();
            event.record(&mut line);
            let level = match *event.metadata().level() {
                Level::ERROR => 1,
                Level::WARN => 2,
                Level::INFO => 3,
                Level::DEBUG => 4,
                Level::TRACE => 5,
            };
            self.forward.line(level, event.metadata().target(), &(line.message + &line.fields));
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[derive(Default)]
    struct Line {
        message: String,
        fields: String,
    }

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            // Writing to a string does not fail.
            let _ = match field.name() {
                "message" => write!(self.message, "{value:?}"),
                name => write!(self.fields, " {name}={value:?}"),
            };
        }
    }
}

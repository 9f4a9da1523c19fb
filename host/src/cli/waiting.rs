//! Waiting for what becomes of a `reload` or a `rollback`: for how long, and what a person sees meanwhile.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::control::{EditState, show_outcome};
use crate::present::Style;
use crate::present::text::clock;

/// What is over sooner shows nothing.
const QUICK: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct Waiting {
    /// Answer as soon as it is begun, not when it is known what came of it
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
    /// Wait this long at most; without it, as long as a build takes, and a minute for the program's safe point
    #[arg(long, value_name = "SECONDS", value_parser = super::seconds)]
    timeout: Option<f64>,
}

impl Waiting {
    /// Whether to wait.
    pub(super) fn is_wanted(&self) -> bool {
        !self.no_wait
    }

    /// For how many milliseconds at most.
    pub(super) fn timeout_ms(&self) -> Option<u64> {
        self.timeout.map(|seconds| Duration::from_secs_f64(seconds).as_millis().try_into().unwrap_or(u64::MAX))
    }
}

/// The line that says what the host is at; only on a terminal, and gone when this is dropped.
pub(super) struct Line {
    begun: Instant,
    style: Style,
    bar: Option<ProgressBar>,
}

impl Line {
    pub(super) fn new() -> Line {
        Line { begun: Instant::now(), style: Style::from_environment(), bar: None }
    }

    pub(super) fn show(&mut self, state: &EditState) {
        let elapsed = self.begun.elapsed();
        if elapsed < QUICK || !std::io::stderr().is_terminal() || console::is_dumb() {
            return;
        }
        let symbols = self.style.symbols();
        let bar = self.bar.get_or_insert_with(|| {
            let template = ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template is well formed");
            let bar = ProgressBar::new_spinner();
            bar.set_style(template.tick_strings(symbols.spinner));
            bar
        });
        bar.set_message(format!("{} {} {}", show_outcome::state(state), symbols.separator, clock(elapsed)));
        bar.tick();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

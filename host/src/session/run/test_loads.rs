//! Test loads: where loading runs code of the user's, another process does it first.

use std::time::Instant;

use super::super::Message;
use super::super::attempt::Refusal;
use super::super::edit::{Activity, Built};
use super::Worker;
use crate::events::{EventKind, Stage};
use crate::open::test_load::{self, BadConstructor};

impl Worker {
    /// Has another process load the copy where that runs code of the user's; loads it at once where it does not, or where
    /// there can be no such process.
    pub(super) fn test_load(&mut self, built: Built) {
        let begun = Instant::now();
        if built.staged.at_load().is_nothing() {
            return self.load(built, begun.elapsed());
        }
        self.builds += 1;
        let (number, inbox) = (self.builds, self.wires.inbox.clone());
        let report = move |result: Result<_, test_load::TestLoadError>| {
            drop(inbox.send(Message::TestLoaded(number, result.map_err(|error| error.to_string()))));
        };
        let (toolchain, directory) = (self.sources.toolchain.clone(), self.sources.target_dir.clone());
        let (library, at_load) = (built.staged.path().to_owned(), built.staged.at_load().clone());
        match test_load::start(toolchain, directory, library, at_load, report) {
            Ok(test) => self.activity = Activity::TestLoading { number, test, built: Box::new(built), begun },
            Err(error) => {
                self.tell_that_there_is_no_test_load(&error.to_string());
                self.load(built, begun.elapsed());
            }
        }
    }

    /// The test load with this number has ended, or could not be made.
    pub(super) fn test_loaded(&mut self, from: u64, result: Result<Result<(), BadConstructor>, String>) {
        if !matches!(&self.activity, Activity::TestLoading { number, .. } if *number == from) {
            return;
        }
        let Activity::TestLoading { built, begun, .. } = std::mem::replace(&mut self.activity, Activity::Idle) else {
            return;
        };
        match result {
            Ok(Err(bad)) => return self.refused(Refusal::new(Stage::Open, bad.to_string()), &built.edit),
            Ok(Ok(())) => {}
            Err(error) => self.tell_that_there_is_no_test_load(&error),
        }
        self.load(*built, begun.elapsed());
    }

    fn tell_that_there_is_no_test_load(&self, error: &str) {
        let message = format!("constructors of the library are not tried in another process first: {error}");
        self.emit(EventKind::Warning { message });
    }
}

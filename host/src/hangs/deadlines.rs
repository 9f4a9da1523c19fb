//! How long calls may last.

use std::time::Duration;

use liveswap::Deadline;

/// How long a call may last before it is told of, where nothing else is said.
const DEFAULT: Duration = Duration::from_secs(5);

/// How long calls may last before they are told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// For all; `None` where they may last for ever.
    pub(crate) all: Option<Duration>,
    /// For some, by the names of their entries.
    pub(crate) of: Vec<(String, Option<Duration>)>,
}

impl Deadlines {
    /// Those of a development build; otherwise calls may last for ever.
    pub(crate) fn of_build(is_development: bool) -> Self {
        Self { all: is_development.then_some(DEFAULT), of: Vec::new() }
    }

    /// How long calls of this entry may last: what the host says of it counts before what stands at the function, and that
    /// before what holds for all. The name that was given may leave out the path's beginning; of several, the last one
    /// counts.
    pub(crate) fn of(&self, entry: &str, at_function: Deadline) -> Option<Duration> {
        let is_meant =
            |name: &str| entry.strip_suffix(name).is_some_and(|path| path.is_empty() || path.ends_with("::"));
        let by_host = self.of.iter().rfind(|(name, _)| is_meant(name)).map(|(_, deadline)| *deadline);
        by_host.or(at_function.get()).unwrap_or(self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_own_deadline_or_that_of_all() {
        let second = Duration::from_secs(1);
        let mut deadlines = Deadlines::of_build(true);
        let of = |deadlines: &Deadlines, entry| deadlines.of(entry, Deadline::UNSAID);
        assert_eq!(of(&deadlines, "logic::step"), Some(DEFAULT));
        deadlines.of = vec![("step".into(), Some(second)), ("logic::load".into(), None)];
        assert_eq!(of(&deadlines, "logic::step"), Some(second));
        assert_eq!(of(&deadlines, "logic::Game::step"), Some(second));
        assert_eq!(of(&deadlines, "logic::overstep"), Some(DEFAULT));
        assert_eq!(of(&deadlines, "logic::load"), None);
        deadlines.of.push(("logic::load".into(), Some(2 * second)));
        assert_eq!(of(&deadlines, "logic::load"), Some(2 * second), "the last one counts");
        assert_eq!(of(&Deadlines::of_build(false), "logic::step"), None);
    }

    #[test]
    fn what_stands_at_the_function_counts_unless_the_host_says_something_of_it() {
        let short = Duration::from_millis(50);
        let at_function = Deadline::of_nanos(50_000_000);
        let mut deadlines = Deadlines::of_build(true);
        assert_eq!(deadlines.of("logic::step", at_function), Some(short));
        assert_eq!(deadlines.of("logic::step", Deadline::OFF), None);
        deadlines.all = None;
        assert_eq!(deadlines.of("logic::step", at_function), Some(short));
        deadlines.of.push(("step".into(), Some(2 * short)));
        assert_eq!(deadlines.of("logic::step", at_function), Some(2 * short));
        assert_eq!(deadlines.of("logic::step", Deadline::OFF), Some(2 * short));
        deadlines.of.push(("step".into(), None));
        assert_eq!(deadlines.of("logic::step", at_function), None);
    }
}

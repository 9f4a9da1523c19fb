//! How long calls may last.

use std::time::Duration;

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

    /// How long calls of this entry may last. The name that was given may leave out the path's beginning; of several, the
    /// last one counts.
    pub(crate) fn of(&self, entry: &str) -> Option<Duration> {
        let is_meant =
            |name: &str| entry.strip_suffix(name).is_some_and(|path| path.is_empty() || path.ends_with("::"));
        self.of.iter().rfind(|(name, _)| is_meant(name)).map_or(self.all, |(_, deadline)| *deadline)
    }

    /// The shortest one; `None` where there is none.
    pub(crate) fn shortest(&self) -> Option<Duration> {
        self.of.iter().filter_map(|(_, deadline)| *deadline).chain(self.all).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_own_deadline_or_that_of_all() {
        let second = Duration::from_secs(1);
        let mut deadlines = Deadlines::of_build(true);
        assert_eq!(deadlines.of("logic::step"), Some(DEFAULT));
        deadlines.of = vec![("step".into(), Some(second)), ("logic::load".into(), None)];
        assert_eq!(deadlines.of("logic::step"), Some(second));
        assert_eq!(deadlines.of("logic::Game::step"), Some(second));
        assert_eq!(deadlines.of("logic::overstep"), Some(DEFAULT));
        assert_eq!(deadlines.of("logic::load"), None);
        deadlines.of.push(("logic::load".into(), Some(2 * second)));
        assert_eq!(deadlines.of("logic::load"), Some(2 * second), "the last one counts");
        assert_eq!(deadlines.shortest(), Some(second));
        assert_eq!(Deadlines::of_build(false).shortest(), None);
    }
}

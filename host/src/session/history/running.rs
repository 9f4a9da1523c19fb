//! What still runs of the generations: calls that have not come back, and threads; and whose code is where.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use liveswap::in_flight::calls_in_flight;

use super::{Entry, Generation, History, Published};
use crate::threads::{self, Living};

impl History {
    /// All that were or are in force, the oldest first.
    pub(in crate::session) fn generations(&self) -> Vec<Generation> {
        self.generations_with(calls_in_flight, threads::living)
    }

    fn generations_with(
        &self,
        calls: impl Fn(&Range<usize>) -> usize,
        threads: impl Fn(&Range<usize>) -> Vec<Living>,
    ) -> Vec<Generation> {
        let mut generations: Vec<Generation> = self.entries.iter().map(|entry| entry.generation.clone()).collect();
        for (place, Entry { content, .. }) in self.entries.iter().enumerate() {
            let image = &content.image;
            if self.entries[place + 1..].iter().any(|newer| Arc::ptr_eq(&newer.content.image, image)) {
                continue;
            }
            // The newest one of its image.
            generations[place].calls_in_flight = calls(&image.range);
            for Living { name, started } in threads(&image.range) {
                generations[self.newest_with(image, started).unwrap_or(place)].threads.push(name);
            }
        }
        generations.iter_mut().for_each(|generation| generation.threads.sort());
        generations
    }

    /// Whether this generation is of the image in force, patched or not.
    pub(in crate::session) fn has_image_in_force(&self, number: u64) -> bool {
        let content = self.entries.iter().chain(&self.coming).find(|entry| entry.generation.number == number);
        content.zip(self.now()).is_some_and(|(entry, now)| Arc::ptr_eq(&entry.content.image, &now.image))
    }

    /// Whether the image of this generation is at this address, as far as that is known.
    pub(in crate::session) fn has_code_at(&self, number: u64, address: usize) -> bool {
        let entry = self.entries.iter().chain(&self.coming).find(|entry| entry.generation.number == number);
        entry.is_some_and(|Entry { content, .. }| {
            content.image.range.is_empty() || content.image.range.contains(&address)
        })
    }

    /// The newest generation whose image is at this address.
    pub(in crate::session) fn newest_with_code_at(&self, address: usize) -> Option<u64> {
        let found = self.entries.iter().rev().find(|entry| entry.content.image.range.contains(&address));
        found.map(|entry| entry.generation.number)
    }

    /// The place of the generation that was the newest one of this image at a time; of the first one before that.
    fn newest_with(&self, image: &Arc<Published>, at: Instant) -> Option<usize> {
        let has_it = |entry: &&(usize, &Entry)| Arc::ptr_eq(&entry.1.content.image, image);
        let mut with_it = self.entries.iter().enumerate().filter(|entry| has_it(&entry));
        let first = with_it.next()?.0;
        Some(with_it.take_while(|(_, entry)| entry.came <= at).last().map_or(first, |(place, _)| place))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{history, image, sources};
    use super::super::{Cause, Content};
    use super::*;
    use crate::events::Tier;

    #[test]
    fn threads_stand_with_the_generation_that_started_them() {
        // An image and two patches of it, another image, and the second generation again.
        let mut history = history();
        let other = Content::of_image(&image(), &[], None, 7..8, sources("4"));
        history.offered(4, Tier::Swap, Vec::new(), String::new(), 0, other);
        history.came(4, Duration::ZERO, Instant::now());
        history.back_to(2, 5, Cause::Asked).unwrap();
        history.came(5, Duration::ZERO, Instant::now());
        let start = Instant::now();
        let second = |number: u64| start + Duration::from_secs(10 * number);
        for (entry, number) in history.entries.iter_mut().zip(1..) {
            entry.came = second(number);
        }
        let living = |range: &Range<usize>| {
            let thread = |name: &str, started| Living { name: name.to_owned(), started };
            match range.start {
                0 => vec![
                    thread("by its load hook", start),
                    thread("b", second(1)),
                    thread("a", second(1) + Duration::from_secs(9)),
                    thread("by the second patch", second(3)),
                    thread("by old code", second(4)),
                    thread("now", second(6)),
                ],
                _ => vec![thread("other", second(5))],
            }
        };
        let generations = history.generations_with(|range| range.end, living);
        let threads: Vec<_> = generations.iter().map(|one| one.threads.join(", ")).collect();
        assert_eq!(threads, ["a, b, by its load hook", "", "by old code, by the second patch", "other", "now"]);
        let calls: Vec<_> = generations.iter().map(|one| one.calls_in_flight).collect();
        assert_eq!(calls, [0, 0, 0, 8, 0], "the newest of each image");
    }
}

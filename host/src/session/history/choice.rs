//! Which generations a rollback may choose, and which contents are not applied again.

use super::{Entry, History, RollbackError, Standing};
use crate::classify::Snapshot;

impl History {
    /// Code of this generation has panicked or crashed, with this message.
    pub(in crate::session) fn record_fault(&mut self, number: u64, message: &str) {
        let all = self.entries.iter_mut().chain(&mut self.coming);
        for entry in all.filter(|entry| entry.generation.number == number) {
            entry.generation.fault.get_or_insert_with(|| message.to_owned());
        }
    }

    /// Whether this code has failed, in this generation or in another one; `is_same` compares sources.
    fn has_failed(&self, entry: &Entry, is_same: impl Fn(&Snapshot, &Snapshot) -> bool) -> bool {
        let mut failed = self.entries.iter().filter(|other| other.generation.fault.is_some());
        failed.any(|other| {
            let sources = (&other.content.sources, &entry.content.sources);
            other.made() == entry.made() || matches!(sources, (Some(one), Some(other)) if is_same(one, other))
        })
    }

    /// The newest generation before the one in force that may be gone back to after a fault: its content was not left by a
    /// rollback, and its code has not failed.
    pub(in crate::session) fn last_good(&self, is_same: impl Fn(&Snapshot, &Snapshot) -> bool) -> Option<u64> {
        let is_of = |standing: Standing| self.entries.iter().filter(move |entry| entry.generation.standing == standing);
        let bad: Vec<u64> = is_of(Standing::Quarantined).chain(is_of(Standing::InForce)).map(Entry::made).collect();
        let is_good = |entry: &&Entry| !bad.contains(&entry.made()) && !self.has_failed(entry, &is_same);
        is_of(Standing::Retired).rev().find(is_good).map(|entry| entry.generation.number)
    }

    /// The generation to go back to if none is named: the newest that was made before the content in force, was not left
    /// by a rollback itself, and whose code has not failed.
    ///
    /// # Errors
    ///
    /// There is none, or nothing is in force yet.
    pub(in crate::session) fn one_back(
        &self,
        is_same: impl Fn(&Snapshot, &Snapshot) -> bool,
    ) -> Result<u64, RollbackError> {
        let of = |standing| self.entries.iter().filter(move |entry| entry.generation.standing == standing);
        let now = of(Standing::InForce).next().ok_or(RollbackError::First { in_force: 0 })?;
        let in_force = now.generation.number;
        let left: Vec<u64> = of(Standing::Quarantined).map(Entry::made).collect();
        let is_before = |entry: &&Entry| {
            let number = entry.generation.number;
            number == entry.made() && number < now.made()
        };
        let is_good = |entry: &&Entry| !left.contains(&entry.made()) && !self.has_failed(entry, &is_same);
        let mut before = self.entries.iter().rev().filter(is_before);
        if let Some(good) = before.clone().find(is_good) {
            return Ok(good.generation.number);
        }
        let failed: Vec<u64> = self.entries.iter().filter(is_before).map(|entry| entry.generation.number).collect();
        match before.any(|entry| self.has_failed(entry, &is_same)) {
            true => Err(RollbackError::AllFailed { in_force, failed }),
            false => Err(RollbackError::First { in_force }),
        }
    }

    /// Whether these sources are those of a generation that was left by a rollback; gives its number.
    pub(in crate::session) fn left(&self, is_same: impl Fn(&Snapshot) -> bool) -> Option<u64> {
        let is_left =
            |entry: &&Entry| entry.generation.standing == Standing::Quarantined && !entry.generation.is_allowed_again;
        let is_meant = |entry: &&Entry| entry.content.sources.as_ref().is_some_and(&is_same);
        self.entries.iter().rev().filter(is_left).find(is_meant).map(|entry| entry.generation.number)
    }

    /// These sources are asked for: generations that were left with them may be applied again. They keep their marks.
    pub(in crate::session) fn allow_again(&mut self, is_same: impl Fn(&Snapshot) -> bool) {
        let left = self.entries.iter_mut().filter(|entry| entry.generation.standing == Standing::Quarantined);
        for entry in left.filter(|entry| entry.content.sources.as_ref().is_some_and(&is_same)) {
            entry.generation.is_allowed_again = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::tests::{history, image, sources};
    use super::super::{Cause, Content};
    use super::*;
    use crate::events::Tier;

    fn is_same(one: &Snapshot, other: &Snapshot) -> bool {
        one.get("lib.rs".as_ref()) == other.get("lib.rs".as_ref())
    }

    /// Another image with these sources comes into force.
    fn swap(history: &mut History, number: u64, text: &str) {
        let content = Content::of_image(&image(), &[], None, 0..0, sources(text));
        history.offered(number, Tier::Swap, Vec::new(), String::new(), 0, content);
        history.came(number, Duration::ZERO, Instant::now());
    }

    fn go_back(history: &mut History, to: u64, number: u64, cause: Cause) {
        history.back_to(to, number, cause).unwrap();
        history.came(number, Duration::ZERO, Instant::now());
    }

    #[test]
    fn one_back_leaves_out_what_was_left() {
        let mut history = history();
        assert_eq!(history.one_back(is_same), Ok(2));
        history.back_to(2, 4, Cause::Asked).unwrap();
        history.came(4, Duration::ZERO, Instant::now());
        assert_eq!(history.one_back(is_same), Ok(1));
        let next = Content::of_image(&image(), &[], None, 0..0, sources("5"));
        history.offered(5, Tier::Swap, Vec::new(), String::new(), 0, next);
        history.came(5, Duration::ZERO, Instant::now());
        assert_eq!(history.one_back(is_same), Ok(2), "neither 3, which was left, nor 4, which is 2 again");
        history.back_to(1, 6, Cause::Asked).unwrap();
        history.came(6, Duration::ZERO, Instant::now());
        assert_eq!(history.one_back(is_same), Err(RollbackError::First { in_force: 6 }));
        assert_eq!(History::default().one_back(is_same), Err(RollbackError::First { in_force: 0 }));
    }

    #[test]
    fn what_is_asked_for_is_left_no_more() {
        let mut history = history();
        history.back_to(2, 4, Cause::Asked).unwrap();
        history.came(4, Duration::ZERO, Instant::now());
        let is =
            |text: &'static [u8]| move |one: &Snapshot| one.get("lib.rs".as_ref()).is_some_and(|had| had[..] == *text);
        history.allow_again(is(b"2"));
        assert_eq!(history.left(is(b"3")), Some(3));
        history.allow_again(is(b"3"));
        assert_eq!(history.left(is(b"3")), None);
        let left = &history.generations()[2];
        assert_eq!((left.standing, left.is_allowed_again), (Standing::Quarantined, true), "the mark stays");
    }

    #[test]
    fn the_last_good_generation_is_not_one_that_was_left() {
        let mut history = history();
        for (number, good) in [(4, 2), (5, 1)] {
            assert_eq!(history.last_good(is_same), Some(good));
            history.back_to(good, number, Cause::Fault).unwrap();
            history.came(number, Duration::ZERO, Instant::now());
        }
        assert_eq!(history.last_good(is_same), None, "what is in force is the first, again");
        history.back_to(3, 6, Cause::Asked).unwrap();
        history.came(6, Duration::ZERO, Instant::now());
        assert_eq!(history.last_good(is_same), Some(5), "who asks for a generation takes it for good");
    }

    #[test]
    fn code_that_has_failed_is_never_chosen() {
        let mut history = history();
        // After its trial, so that it stayed in force until the next edit.
        history.record_fault(2, "the first");
        history.record_fault(2, "the second");
        assert_eq!(history.generations()[1].fault.as_deref(), Some("the first"));
        assert_eq!((history.last_good(is_same), history.one_back(is_same)), (Some(1), Ok(1)));
        // The same code in an image of its own.
        swap(&mut history, 4, "2");
        swap(&mut history, 5, "5");
        assert_eq!(history.last_good(is_same), Some(3));
        history.record_fault(3, "no");
        history.record_fault(1, "no");
        assert_eq!(history.last_good(is_same), None);
        let failed = RollbackError::AllFailed { in_force: 5, failed: vec![1, 2, 3, 4] };
        assert_eq!(history.one_back(is_same), Err(failed.clone()));
        assert_eq!(
            failed.to_string(),
            "all generations before 5 have panicked or crashed: 1, 2, 3, 4; `liveswap rollback N` goes back to one all \
             the same"
        );
        // By its number it can be had, and it keeps its mark.
        go_back(&mut history, 2, 6, Cause::Asked);
        assert_eq!(history.generations()[1].fault.as_deref(), Some("the first"));
        assert_eq!(history.generations()[5].fault, None, "it has not failed again");
        swap(&mut history, 7, "7");
        assert_eq!(history.last_good(is_same), None, "what is 2 again is code that has failed");
    }

    #[test]
    fn a_reload_of_code_that_failed_leaves_the_mark() {
        let mut history = history();
        history.record_fault(3, "no");
        go_back(&mut history, 2, 4, Cause::Fault);
        let is_third = |one: &Snapshot| is_same(one, &sources("3"));
        history.allow_again(is_third);
        swap(&mut history, 5, "3");
        let third = &history.generations()[2];
        assert_eq!((third.standing, third.fault.as_deref()), (Standing::Quarantined, Some("no")));
        swap(&mut history, 6, "6");
        assert_eq!((history.last_good(is_same), history.one_back(is_same)), (Some(4), Ok(2)));
    }

    #[test]
    fn a_fault_may_come_before_the_generation_is_known_to_be_in_force() {
        let mut history = history();
        let content = Content::of_image(&image(), &[], None, 0..0, sources("4"));
        history.offered(4, Tier::Swap, Vec::new(), String::new(), 0, content);
        history.record_fault(4, "early");
        history.came(4, Duration::ZERO, Instant::now());
        assert_eq!(history.newest().unwrap().fault.as_deref(), Some("early"));
    }
}

//! What a running program does not notice of an edit that is patched, and is to be said.

use std::collections::BTreeSet;

/// Names, each with a hash of what is there now: what changes once more is said once more.
type Names = BTreeSet<(String, u64)>;

/// What the program does not notice of an edit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unnoticed {
    /// Statics that keep their values through a change of their initial value.
    pub statics: Names,
    /// Functions in whose loops calls stay.
    pub endless: Names,
}

impl Unnoticed {
    /// What is to be said of it to somebody who was `told` that before; `None` where there is nothing new.
    pub fn news(&self, told: &Unnoticed) -> Option<String> {
        let statics = news_of(&self.statics, &told.statics, |names, is_one| match is_one {
            true => {
                format!(
                    "static {names} keeps its value: its initialiser has run, and the new one takes effect at the next restart or swap"
                )
            }
            false => format!(
                "statics {names} keep their values: their initialisers have run, and the new ones take effect at the next restart or swap"
            ),
        });
        let endless = news_of(&self.endless, &told.endless, |names, is_one| match is_one {
            true => format!("{names} has a loop that does not end: a call that is in it stays in the old code"),
            false => format!("{names} have loops that do not end: calls that are in them stay in the old code"),
        });
        let both: Vec<String> = statics.into_iter().chain(endless).collect();
        (!both.is_empty()).then(|| both.join("; "))
    }
}

fn news_of(names: &Names, told: &Names, say: impl Fn(String, bool) -> String) -> Option<String> {
    let new: Vec<String> = names.difference(told).map(|(name, _)| format!("`{name}`")).collect();
    (!new.is_empty()).then(|| say(new.join(", "), new.len() == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[(&str, u64)]) -> Names {
        names.iter().map(|(name, print)| ((*name).to_owned(), *print)).collect()
    }

    #[test]
    fn what_was_told_is_told_again_only_when_it_changes() {
        let told = Unnoticed { statics: names(&[("A", 1)]), endless: names(&[("run", 1)]) };
        assert_eq!(told.news(&told), None);
        let now = Unnoticed { statics: names(&[("A", 1), ("B", 1)]), endless: names(&[("run", 2), ("S::go", 1)]) };
        assert_eq!(
            now.news(&told).unwrap(),
            "static `B` keeps its value: its initialiser has run, and the new one takes effect at the next restart or swap; `S::go`, `run` have \
             loops that do not end: calls that are in them stay in the old code"
        );
        let one = Unnoticed { endless: names(&[("run", 2)]), ..Unnoticed::default() };
        let said = "`run` has a loop that does not end: a call that is in it stays in the old code";
        assert_eq!(one.news(&told).unwrap(), said);
    }
}

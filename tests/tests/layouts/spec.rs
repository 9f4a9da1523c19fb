//! The table's language: an old source, a new one, a value, and what must come of it.

use super::build::Module;
use super::common::Case;
use super::run::{Held, Outcome, miscounted, start_counting};

/// A case of the table.
pub struct Spec {
    pub name: &'static str,
    old: &'static str,
    new: &'static str,
    value: &'static str,
    then: Outcome,
    back: Option<Outcome>,
}

/// A case whose layouts are equal, unless more is said of it. In the sources `struct` and `enum` at the beginning of a
/// line stand for public ones with the usual derives; `State` is what is moved. The value is of the old version.
pub fn case(name: &'static str, old: &'static str, new: &'static str, value: &'static str) -> Spec {
    Spec { name, old, new, value, then: Outcome::Same, back: None }
}

fn moved(notes: &[&str], shown: &str) -> Outcome {
    Outcome::Moved { notes: texts(notes), shown: shown.to_owned(), complaints: Vec::new() }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

impl Spec {
    /// It is moved, with these notes; then the new code shows it so.
    pub fn moved(self, notes: &[&str], shown: &str) -> Self {
        Self { then: moved(notes, shown), ..self }
    }

    /// These panics of destructors are told.
    pub fn complaints(mut self, told: &[&str]) -> Self {
        match &mut self.then {
            Outcome::Moved { complaints, .. } => *complaints = texts(told),
            other => panic!("complaints of {other:?}"),
        }
        self
    }

    /// There is no way, for these reasons.
    pub fn refused(self, errors: &[&str]) -> Self {
        Self { then: Outcome::Refused(texts(errors)), ..self }
    }

    /// This value has no way, for this reason.
    pub fn failed(self, text: &str) -> Self {
        Self { then: Outcome::Failed(text.to_owned()), ..self }
    }

    /// From the new layout to the old one it is moved with these notes; then the old code shows it so.
    pub fn back(self, notes: &[&str], shown: &str) -> Self {
        Self { back: Some(moved(notes, shown)), ..self }
    }

    /// There is no way back.
    pub fn back_refused(self, errors: &[&str]) -> Self {
        Self { back: Some(Outcome::Refused(texts(errors))), ..self }
    }

    /// The new value has no way back.
    pub fn back_failed(self, text: &str) -> Self {
        Self { back: Some(Outcome::Failed(text.to_owned())), ..self }
    }

    /// The modules of the two versions.
    pub fn modules(&self) -> [Module; 2] {
        let module = |source: &str, value: Option<&str>| Module {
            name: self.name.to_owned(),
            source: source.to_owned(),
            value: value.map(str::to_owned),
            value_back: None,
        };
        [module(self.old, Some(self.value)), module(self.new, None)]
    }

    /// What is not as the case says.
    pub fn check(&self, [old, new]: [&'static Case; 2]) -> Result<(), String> {
        start_counting();
        let mut wrong = String::new();
        {
            let mut held = Held::new(old, old.make, 0);
            let then = held.move_to(new)?;
            compare("the move", &self.then, &then, &mut wrong);
            if matches!(then, Outcome::Moved { .. }) {
                match &self.back {
                    Some(expected) => compare("the move back", expected, &held.move_to(old)?, &mut wrong),
                    None => wrong += &format!("nothing is said of the move back: {:#?}\n", held.move_to(old)?),
                }
            }
        }
        (old.let_go)();
        (new.let_go)();
        wrong += &miscounted();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

fn compare(what: &str, expected: &Outcome, is: &Outcome, wrong: &mut String) {
    if expected != is {
        *wrong += &format!("{what} should have come to {expected:#?}\nbut came to {is:#?}\n");
    }
}

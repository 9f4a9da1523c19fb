//! What the audit of a generation has found.

use serde::{Deserialize, Serialize};

use super::{Entry, History};

/// What the audit of a patch has found: the comparison of the code that runs with a whole build of the same sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audit {
    /// Nothing differs but what the patch replaces.
    Passed,
    /// The patch did not replace all that the edit has changed. The whole build was taken instead.
    Corrected {
        /// What it has left out.
        functions: Vec<String>,
    },
    /// It can't be said.
    NotDone {
        /// Why, a lowercase fragment.
        reason: String,
    },
}

impl History {
    /// The audit of a generation has found this.
    pub(in crate::session) fn set_audit(&mut self, number: u64, audit: Audit) {
        let of = |entry: &&mut Entry| entry.generation.number == number;
        self.entries.iter_mut().find(of).into_iter().for_each(|entry| entry.generation.audit = Some(audit.clone()));
    }
}

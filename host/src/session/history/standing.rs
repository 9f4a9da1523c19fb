//! What a generation is to the program.

use serde::{Deserialize, Serialize};

/// What a generation is to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Calls reach its code.
    InForce,
    /// Another one came after it.
    Retired,
    /// It was left by a rollback: its content is not applied again until it changes, or until it is asked for.
    Quarantined,
}

impl Standing {
    /// Its name in messages: `in force`, `retired`, `quarantined`.
    pub fn name(self) -> &'static str {
        match self {
            Standing::InForce => "in force",
            Standing::Retired => "retired",
            Standing::Quarantined => "quarantined",
        }
    }
}

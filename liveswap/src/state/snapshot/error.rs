//! Why there is no snapshot, or why it was not restored.

use std::fmt;

use abi_stable::std_types::RString;

use super::Damage;
use crate::guard::HotPanic;
use crate::state::OtherLayout;

/// Why there is no snapshot of a state, or why a snapshot was not restored. The state is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The type does not say that it can be saved.
    Unmarked {
        /// The state.
        name: String,
        /// Its type.
        type_name: &'static str,
    },
    /// Neither the type as it is now says that it can be saved, nor does this code know it.
    OtherLayout(OtherLayout),
    /// The state was given up when it could not be moved.
    Lost {
        /// The state.
        name: String,
    },
    /// The bytes are no whole snapshot.
    Damaged {
        /// The state that was to be restored.
        name: String,
        /// What is wrong with the bytes.
        damage: Damage,
    },
    /// The snapshot is one of another state.
    OtherState {
        /// The state that was to be restored.
        name: String,
        /// The state in the snapshot.
        found: String,
    },
    /// The snapshot is one of another type.
    OtherType {
        /// The state that was to be restored.
        name: String,
        /// Its type.
        holds: &'static str,
        /// The type in the snapshot.
        found: String,
    },
    /// A value can't be saved, or what was saved does not fit the type as it is now.
    Failed {
        /// The state.
        name: String,
        /// What was being done.
        doing: Doing,
        /// What failed, and where.
        trouble: Box<Trouble>,
    },
    /// The type's own code panicked.
    Panicked {
        /// The state.
        name: String,
        /// What was being done.
        doing: Doing,
        /// The panic.
        panic: Box<HotPanic>,
    },
}

/// What was being done with a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// A state was being saved.
    Save,
    /// A state was being restored.
    Restore,
}

/// What a type's code for snapshots complains of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The place in the value, as `people[3].speed`; `.` for the value as a whole.
    pub path: RString,
    /// What is wrong there.
    pub reason: RString,
    /// What to do about it; empty where that is not known.
    pub way_out: RString,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doing::Save => "save",
            Doing::Restore => "restore",
        })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason, way_out } = self;
        if path != "." {
            write!(f, "{path}: ")?;
        }
        f.write_str(reason)?;
        if way_out.is_empty() { Ok(()) } else { write!(f, ": {way_out}") }
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmarked { name, type_name } => write!(
                f,
                "no snapshot of the state \"{name}\": write `#[hot(snapshot)]` before `{type_name}` and derive serde's \
                 `Serialize` and `Deserialize` for it; a type of another crate goes into a struct of your own"
            ),
            Self::OtherLayout(error) => error.fmt(f),
            Self::Lost { name } => {
                write!(f, "the state \"{name}\" is lost: it could not be moved; restart the program")
            }
            Self::Damaged { name, damage } => write!(f, "restore \"{name}\": {damage}"),
            Self::OtherState { name, found } => write!(
                f,
                "restore \"{name}\": the snapshot is one of the state \"{found}\"; a state keeps its name from one run to the next"
            ),
            Self::OtherType { name, holds, found } => {
                let was = found.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default();
                write!(
                    f,
                    "restore \"{name}\": the snapshot is one of a `{found}`, and the state is a `{holds}`; \
                     if that is the same type, write `#[hot(rename = \"{was}\")]` before it"
                )
            }
            Self::Failed { name, doing, trouble } => write!(f, "{doing} \"{name}\": {trouble}"),
            Self::Panicked { name, doing, panic } => write!(f, "{doing} \"{name}\": {panic}"),
        }
    }
}

impl std::error::Error for SnapshotError {}

impl From<OtherLayout> for SnapshotError {
    fn from(error: OtherLayout) -> Self {
        Self::OtherLayout(error)
    }
}

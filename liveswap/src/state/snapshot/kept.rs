//! Snapshots of a `Kept`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::with_serde::code;
use super::{SnapshotCode, SnapshotError};
use crate::state::{HotState, Kept};

/// With the feature `snapshot`.
impl<T: HotState + Serialize + DeserializeOwned> Kept<T> {
    /// The content as bytes, by the names of its fields: for a file, and for [`restore`](Self::restore).
    ///
    /// Where the type has `#[hot(snapshot)]`, it is saved by the newest code that it was moved to, so this handle need
    /// not know its layout. Other types, such as `Vec<String>`, are saved by this code.
    ///
    /// What serde is told to skip is not in the snapshot. `Some(None)` and `Some(())` are refused, since they would
    /// come back as `None`; and so is what is nested deeper than 128 levels. Numbers of 128 bits within serde's
    /// `flatten`, `tag` and `untagged` can be saved, but serde can't read them.
    ///
    /// # Errors
    ///
    /// A value can't be saved; its code panics; or the content is laid out otherwise than here and has no
    /// `#[hot(snapshot)]`.
    pub fn save(&self) -> Result<Vec<u8>, SnapshotError> {
        // SAFETY: `code` gives functions for the content as it is laid out now.
        unsafe { self.cell().save_by(self.code()?) }
    }

    /// Puts the content of a snapshot in the place of this one, which is dropped. It is made as a whole before: after an
    /// error this content is as it was.
    ///
    /// The type may have changed since. Fields come back by their names, in any order; what the snapshot has and the
    /// type has not is left out, and a new field needs serde's `default`.
    ///
    /// ```
    /// use liveswap::{HotState, HotType, Kept};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(HotType, HotState, Serialize, Deserialize)]
    /// #[hot(snapshot)]
    /// struct Game {
    ///     score: u32,
    ///     #[serde(default)] // not in older snapshots
    ///     lives: u8,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut game = Kept::new("game", Game { score: 7, lives: 3 })?;
    /// let snapshot = game.save()?;
    /// game.score = 0;
    /// game.restore(&snapshot)?;
    /// assert_eq!((game.score, game.lives), (7, 3));
    ///
    /// let error = game.restore(&snapshot[..20]).unwrap_err();
    /// assert_eq!(error.to_string(), "restore \"game\": the snapshot is cut off; read all of its bytes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A type that serde does not know can't be saved:
    ///
    /// ```compile_fail,E0277
    /// # use liveswap::{HotState, HotType};
    /// #[derive(HotType, HotState)]
    /// #[hot(snapshot)]
    /// struct Game {
    ///     score: u32,
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The bytes are no whole snapshot, or one of another state or another type; they don't fit the type as it is now;
    /// its code panics; or the content is laid out otherwise than here and has no `#[hot(snapshot)]`.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        // SAFETY: as in `save`.
        let made = unsafe { self.cell().read_by(self.code()?, snapshot) }?;
        self.cell_mut().put(made);
        Ok(())
    }

    /// The functions for the content as it is laid out now.
    fn code(&self) -> Result<&'static SnapshotCode, SnapshotError> {
        match self.cell().own_code() {
            Err(SnapshotError::Unmarked { .. }) => {
                self.view()?;
                Ok(const { &code::<T>() })
            }
            other => other,
        }
    }
}

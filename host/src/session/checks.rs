//! What the compiler says of the user's own text, where a base or a patch is compiled without asking.

use std::path::PathBuf;

use super::base::{belongs_to, notes};
use super::sources::Sources;
use crate::classify::Snapshot;
use crate::compile::check::{Said, affected};
use crate::compile::crates::{self, LinkedCrate};
use crate::events::{Diagnostic, Level};

/// What was checked, and what was said of it.
#[derive(Default)]
pub(super) struct Checks {
    /// The sources that were checked last.
    seen: Option<Snapshot>,
    said: Said,
    told: Vec<Diagnostic>,
}

impl Checks {
    /// The crates to check after an edit, those that others name first.
    pub(super) fn wanted(&self, sources: &Sources) -> Vec<LinkedCrate> {
        // Without notes it was not built as a base, and cargo has told.
        let crates = crates::linked(&notes(&sources.target_dir), &sources.project.crate_name).unwrap_or_default();
        let Some(seen) = &self.seen else { return affected(&crates, |_| true) };
        let changed = sources.now.changed_since(seen);
        // A crate with errors has left nothing for others; it is to be checked until it is good.
        let is_changed = |one: &LinkedCrate| {
            !self.said.contains_key(&one.name) || changed.iter().any(|path| belongs_to(&one.root, path))
        };
        affected(&crates, is_changed)
    }

    /// Takes in what was said of these sources. Gives all that there is to say now, if that is other than before; errors
    /// are told again as long as there are any.
    pub(super) fn take(&mut self, sources: Snapshot, wanted: &[LinkedCrate], said: Said) -> Option<Vec<Diagnostic>> {
        self.seen = Some(sources);
        wanted.iter().for_each(|one| drop(self.said.remove(&one.name)));
        self.said.extend(said);
        let all: Vec<Diagnostic> = self.said.values().flatten().cloned().collect();
        let has_errors = all.iter().any(|one| one.level == Level::Error);
        (has_errors || all != self.told).then(|| {
            self.told.clone_from(&all);
            all
        })
    }
}

/// Where checked crates are.
pub(super) fn directory(sources: &Sources) -> PathBuf {
    sources.target_dir.join("check")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::patch::Noted;

    fn said(of: &[(&str, &str)]) -> Said {
        let diagnostic = |message: &str| Diagnostic {
            level: Level::Warning,
            message: message.into(),
            file: None,
            line: None,
            column: None,
            rendered: message.into(),
        };
        of.iter().map(|(name, message)| ((*name).to_owned(), vec![diagnostic(message)])).collect()
    }

    #[test]
    fn what_is_said_again_is_not_told_again() {
        let checked = |name: &str| LinkedCrate {
            name: name.to_owned(),
            root: PathBuf::new(),
            noted: Noted::default(),
            failure: None,
            library: None,
            uses: Vec::new(),
        };
        let (a, b) = (checked("a"), checked("b"));
        let mut checks = Checks::default();
        let mut take = |wanted: &[LinkedCrate], of| {
            let all = checks.take(Snapshot::default(), wanted, said(of));
            all.map(|all| all.into_iter().map(|one| one.message).collect::<Vec<_>>())
        };
        let both = [a.clone(), b.clone()];
        assert_eq!(take(&both, &[]), None);
        assert_eq!(take(&both, &[("a", "unused"), ("b", "dead")]).unwrap(), ["unused", "dead"]);
        assert_eq!(take(std::slice::from_ref(&a), &[("a", "unused")]), None);
        assert_eq!(take(std::slice::from_ref(&b), &[("b", "other")]).unwrap(), ["unused", "other"]);
        assert_eq!(take(&[a], &[]).unwrap(), ["other"], "what went is told as well");
        assert_eq!(take(&[b], &[]).unwrap(), [""; 0]);
    }
}

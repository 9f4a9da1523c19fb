//! What rustc refuses to have public: it names that in the errors of a shadow that does not compile.
//!
//! The rules of [`super::kept`] read the user's text, and do not see what macros make: a `pub(crate)` function, say, which a
//! `use` that was made public can't hand on. So what an error points at stays private from then on, and the shadow is
//! made once more:
//!
//! - what has its visibility in a line of the error, else the item that the line stands in: a `use` over several lines;
//! - the trait and the type of an `impl` block that the line stands in: it may have a private type for one of its own;
//! - all that brings in a name that has become ambiguous.
//!
//! One thing too many costs patches of what names it, so it is not asked which of them is to blame.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};

use super::kept::given;
use crate::source::privacy::{Private, What};
use crate::source::text::{code_of, name_print};
use crate::source::{Item, ItemKind, SourceFile};

/// Private things that stay it, wherever they stand in their files by and by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused(BTreeSet<Named>);

/// A private thing: its file, the inline modules that it stands in, and what people call it.
type Named = (PathBuf, Vec<String>, String);

/// A file, its contents, and what these say.
pub type File<'a> = (&'a Path, &'a [u8], std::sync::Arc<SourceFile>);

impl Refused {
    /// Takes in what rustc said of shadows, as JSON lines, with files named from `directory`; `files` are the user's.
    /// Tells whether something is named that was not known.
    pub fn learn(&mut self, said: &str, directory: &Path, files: &[File<'_>]) -> bool {
        let before = self.0.len();
        let messages = said.lines().filter_map(|line| serde_json::from_str::<Diagnostic>(line).ok());
        for error in messages.filter(|message| message.level == DiagnosticLevel::Error) {
            for span in error.spans.iter().chain(error.children.iter().flat_map(|child| &child.spans)) {
                let path = directory.join(&span.file_name);
                if let Some(file) = files.iter().find(|(known, ..)| *known == path) {
                    self.pointed_at(file, (span.line_start, span.line_end), files);
                }
            }
            if error.message.contains("ambiguous") {
                let quoted = error.message.split('`').skip(1).step_by(2);
                quoted
                    .for_each(|name| self.all_that(files, |private| given(&private.what).contains(&name_print(name))));
            }
        }
        self.0.len() > before
    }

    /// Whether this has to stay private.
    pub fn has(&self, path: &Path, private: &Private) -> bool {
        !self.0.is_empty() && self.0.contains(&named(path, private))
    }

    fn pointed_at(&mut self, (path, contents, source): &File<'_>, (first, last): (usize, usize), all: &[File<'_>]) {
        let Ok(text) = std::str::from_utf8(contents) else { return };
        let (start, _) = code_of(text);
        let line = |at: usize| 1 + text.as_bytes()[..start + at].iter().filter(|byte| **byte == b'\n').count();
        let privates = &source.privacy.privates;
        let here: Vec<&Private> =
            privates.iter().filter(|private| (first..=last).contains(&line(private.at.start))).collect();
        let around: Vec<&Item> =
            source.items.iter().filter(|item| line(item.at.start) <= last && first <= line(item.at.end)).collect();
        let innermost = around.iter().filter(|_| here.is_empty()).min_by_key(|item| item.at.len());
        if let Some(item) = innermost {
            let inside = privates.iter().filter(|private| item.at.contains(&private.at.start));
            self.0.extend(inside.min_by_key(|private| private.at.start).map(|private| named(path, private)));
        }
        self.0.extend(here.into_iter().map(|private| named(path, private)));
        for item in around.iter().filter(|item| item.kind == ItemKind::Impl) {
            let Some(of) = trait_of(&item.key) else { continue };
            let names = [Some(of), item.self_type.as_deref()].map(|name| name.map(name_print));
            self.all_that(all, |private| match &private.what {
                What::Trait(name, _) | What::Item(name) => names.contains(&Some(*name)),
                _ => false,
            });
        }
    }

    fn all_that(&mut self, files: &[File<'_>], is_meant: impl Fn(&Private) -> bool) {
        for (path, _, source) in files {
            let meant = source.privacy.privates.iter().filter(|private| is_meant(private));
            self.0.extend(meant.map(|private| named(path, private)));
        }
    }
}

fn named(path: &Path, private: &Private) -> Named {
    (path.to_owned(), private.module.clone(), private.name.clone())
}

/// The name of the trait in the key of an `impl` block, `impl a::Trait<X> for Type`.
fn trait_of(key: &str) -> Option<&str> {
    let (of, _) = key.strip_prefix("impl ")?.split_once(" for ")?;
    let path = of.split('<').next().unwrap_or(of);
    path.rsplit("::").next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// What stays private once rustc said this of `/w/src/lib.rs`.
    fn learnt(text: &str, message: &str, lines: (usize, usize)) -> Vec<String> {
        let said = serde_json::json!({
            "message": message, "code": { "code": "E0364", "explanation": null }, "level": "error", "children": [],
            "rendered": null, "spans": [{
                "file_name": "src/lib.rs", "byte_start": 0, "byte_end": 1, "line_start": lines.0, "line_end": lines.1,
                "column_start": 1, "column_end": 2, "is_primary": true, "text": [], "label": null,
                "suggested_replacement": null, "suggestion_applicability": null, "expansion": null
            }]
        });
        let (path, source) = (Path::new("/w/src/lib.rs"), Arc::new(SourceFile::read(text.as_bytes()).unwrap()));
        let files = [(path, text.as_bytes(), Arc::clone(&source))];
        let mut refused = Refused::default();
        let is_new = refused.learn(&said.to_string(), Path::new("/w"), &files);
        assert!(!refused.learn(&said.to_string(), Path::new("/w"), &files), "the second time it is known");
        assert_eq!(is_new, refused != Refused::default());
        source.privacy.privates.iter().filter(|of| refused.has(path, of)).map(|of| of.name.clone()).collect()
    }

    #[test]
    fn what_an_error_points_at_stays_private() {
        let text = "struct A;\npub(crate) use b::{\n    c,\n    d,\n};\nstruct E { f: u8 }\n";
        assert_eq!(learnt(text, "it can't be handed on", (1, 1)), ["A"]);
        assert_eq!(learnt(text, "it can't be handed on", (3, 3)), ["use c, d"], "the line stands in it");
        assert_eq!(learnt(text, "it can't be handed on", (6, 6)), ["E", "E.f"]);
        assert!(learnt("pub fn a() {}\n", "something else", (1, 1)).is_empty());
        let text = "\u{feff}#!/bin/x\nstruct A;\nstruct B;\n";
        assert_eq!(learnt(text, "it can't be handed on", (3, 3)), ["B"], "lines are those of the whole file");
    }

    #[test]
    fn the_trait_and_the_type_of_a_block_that_an_error_points_into_stay_private() {
        let text = "mod m {\ntrait Of<X> { type A; } trait Other {}\nstruct S;\nimpl<T> Of<T> for S {\n    type A = T;\n}\n}\n";
        assert_eq!(learnt(text, "private type in public interface", (5, 5)), ["Of", "S"]);
    }

    #[test]
    fn all_that_brings_in_an_ambiguous_name_stays_private() {
        let text = "mod a {\nfn f() {}\n}\nmod b {\npub(crate) use x::f;\nfn g() {}\n}\npub fn h() {}\n";
        assert_eq!(learnt(text, "`f` is ambiguous", (8, 8)), ["f", "use f"]);
    }
}

//! Decides what an edit needs: compares the sources that the generation in force was built from with those of now.
//!
//! **Life cycle.** The host keeps a [`Snapshot`] of what each generation was built from. When files change, it clones
//! that, updates the changed files and asks [`classify`]. A new generation's snapshot replaces the old one; while an
//! edit is skipped the old one stays, and the verdict's [`LineMap`] maps places of the running code to the files.
//!
//! Pure but for [`Snapshot::read`] and [`Snapshot::reread`]; nothing is shared between threads but contents and
//! tokens, which never change.
//!
//! A `.rs` file whose tokens are the same compiles to the same code, but for the places that panics name. What shows
//! places or texts (see [`shown`]) counts as changed when it moved. Not seen: programs that read source files as they are
//! compiled.

pub mod bodies;
mod moved;
pub mod shown;
mod snapshot;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use moved::place_now;
use shown::{Text, shows_something_else};
pub use snapshot::Snapshot;
use snapshot::Source;
use tokens::Tokens;

/// What an edit needs.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing: the code in force is the code of the files.
    Unchanged {
        /// Why, a lowercase fragment for people.
        reason: String,
        /// Where places of the running code are in the files now.
        lines: LineMap,
    },
    /// The library must be built anew and swapped.
    Swap {
        /// Why, a lowercase fragment for people.
        reason: String,
        /// The files that need it, sorted.
        files: Vec<PathBuf>,
    },
}

/// Maps places of the sources that a generation was built from to places of the files now.
///
/// The default map changes nothing.
#[derive(Debug, Clone, Default)]
pub struct LineMap {
    moved: BTreeMap<PathBuf, (Arc<Tokens>, Arc<Tokens>)>,
}

impl LineMap {
    /// Where a place is now: that of the token that stood there or next after it. Lines and columns count from 1,
    /// columns in characters. A place of a file that has not moved or is not known stays.
    pub fn line_now(&self, file: &Path, line: u32, column: u32) -> (u32, u32) {
        match self.moved.get(file) {
            Some((built, now)) => built.place_in(now, (line, column)),
            None => (line, column),
        }
    }
}

/// Compares the sources that the generation in force was built from with those of now.
pub fn classify(built: &Snapshot, now: &Snapshot) -> Verdict {
    let paths: BTreeSet<&PathBuf> = built.files.keys().chain(now.files.keys()).collect();
    let (mut commented, mut lines) = (Vec::new(), LineMap::default());
    let (mut swapped, mut reasons) = (Vec::new(), Vec::new());
    for path in paths {
        let name = || now.name(path);
        let need = match (built.files.get(path), now.files.get(path)) {
            (Some(before), Some(after)) if before.same_contents(after) => continue,
            (Some(before), Some(after)) => match same_code(path, before, after) {
                Some((before, after)) => match matters_all_the_same(path, (&before, &after), (built, now)) {
                    Some(reason) => reason,
                    None => {
                        commented.push(name());
                        if !before.same_places(&after) {
                            lines.moved.insert(path.clone(), (before, after));
                        }
                        continue;
                    }
                },
                None => format!("{} changed", name()),
            },
            (None, _) => format!("{} added", name()),
            (_, None) => format!("{} removed", built.name(path)),
        };
        swapped.push(path.clone());
        reasons.push(need);
    }
    match (&reasons[..], &commented[..]) {
        ([], []) => Verdict::Unchanged { reason: "same contents as the running generation".into(), lines },
        ([], [name]) => Verdict::Unchanged { reason: format!("only comments or white space changed in {name}"), lines },
        ([], names) => {
            let reason = format!("only comments or white space changed in {} files", names.len());
            Verdict::Unchanged { reason, lines }
        }
        ([one], _) => Verdict::Swap { reason: one.clone(), files: swapped },
        ([one, two], _) => Verdict::Swap { reason: format!("{one}, {two}"), files: swapped },
        (more, _) => Verdict::Swap { reason: format!("{} files changed", more.len()), files: swapped },
    }
}

/// The tokens of both, if it is a Rust file and they are the same sequence.
fn same_code(path: &Path, before: &Source, after: &Source) -> Option<(Arc<Tokens>, Arc<Tokens>)> {
    if path.extension()? != "rs" {
        return None;
    }
    // Both sides at once, for the older one is cached only from its second use on.
    let (before, after) = std::thread::scope(|scope| {
        let before = std::thread::Builder::new().spawn_scoped(scope, || before.tokens()).ok();
        let after = after.tokens();
        (before.and_then(|before| before.join().ok()).flatten(), after)
    });
    let (before, after) = (before?, after?);
    before.same_sequence(after).then(|| (before.clone(), after.clone()))
}

/// Why a file of the same tokens matters nevertheless, if it does.
fn matters_all_the_same(
    path: &Path,
    (before, after): (&Tokens, &Tokens),
    (built, now): (&Snapshot, &Snapshot),
) -> Option<String> {
    if !before.same_places(after) {
        let text = |snapshot: &'_ Snapshot| Some((snapshot.get(path)?.clone(), snapshot.syntax(path)?.ok()?));
        let both = text(built).zip(text(now));
        let reason = match &both {
            Some(((old, old_source), (new, new_source))) => {
                let [old, new] = [(old, old_source), (new, new_source)]
                    .map(|(text, source)| Some(Text { text: std::str::from_utf8(text).ok()?, source }));
                let moved = old.zip(new).and_then(|(old, new)| shows_something_else(old, new, now.shown()));
                moved.map(|name| format!("`{name}` shows where it stands, and moved"))
            }
            // A part of an expression, perhaps, that another file includes.
            None => after.position_use().map(|what| {
                let mark = if what.contains(':') { "" } else { "!" };
                format!("code moved in {}, which uses {what}{mark}", now.name(path))
            }),
        };
        if reason.is_some() {
            return reason;
        }
    }
    let reader = reader_of(path, now)?;
    Some(format!("{} changed, whose text {} may include", now.name(path), now.name(reader)))
}

/// A source that may have a file read in as text: it has the file's name, and some source has such a macro.
pub fn reader_of<'a>(path: &Path, sources: &'a Snapshot) -> Option<&'a Path> {
    let is_rust = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
    let texts = || {
        let rust = sources.files.iter().filter(|(path, _)| is_rust(path));
        rust.filter_map(|(path, source)| Some((&**path, std::str::from_utf8(&source.contents).ok()?)))
    };
    let name = path.file_name()?.to_str()?;
    let reads = |text: &str| text.contains("include_str") || text.contains("include_bytes");
    texts().any(|(_, text)| reads(text)).then(|| texts().find(|(_, text)| names(text, name)))?.map(|(path, _)| path)
}

/// Whether a text has a file's name at the end of a path.
fn names(text: &str, name: &str) -> bool {
    // A longer name that ends alike is another file.
    text.match_indices(name).any(|(at, _)| text[..at].ends_with(['"', '/', '\\', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, contents) in [("Cargo.toml", "[package]")].iter().chain(files) {
            snapshot.update(format!("/w/logic/{path}"), Some(Arc::from(contents.as_bytes())));
        }
        snapshot
    }

    fn verdict(before: &[(&str, &str)], after: &[(&str, &str)]) -> (&'static str, String) {
        match classify(&snapshot(before), &snapshot(after)) {
            Verdict::Unchanged { reason, .. } => ("unchanged", reason),
            Verdict::Swap { reason, files } => {
                assert!(!files.is_empty());
                ("swap", reason)
            }
        }
    }

    fn lib(before: &str, after: &str) -> (&'static str, String) {
        verdict(&[("src/lib.rs", before)], &[("src/lib.rs", after)])
    }

    const COMMENTS: &str = "only comments or white space changed in src/lib.rs";

    #[test]
    fn an_undone_edit_and_comments_need_nothing() {
        assert_eq!(lib("fn a() {}", "fn a() {}"), ("unchanged", "same contents as the running generation".into()));
        assert_eq!(lib("fn a() {}", "fn a() {\n} // x"), ("unchanged", COMMENTS.into()));
        assert_eq!(lib("fn a() {}\nfn b() {}\n", "fn a() {}\r\nfn b() {}\r\n"), ("unchanged", COMMENTS.into()));
        let two = verdict(&[("a.rs", "a"), ("b.rs", "b")], &[("a.rs", "a//"), ("b.rs", "b//")]);
        assert_eq!(two, ("unchanged", "only comments or white space changed in 2 files".into()));
    }

    #[test]
    fn other_changes_swap_and_name_the_file() {
        let changed = ("swap", "src/lib.rs changed".to_owned());
        assert_eq!(lib("fn a() {}", "fn b() {}"), changed);
        assert_eq!(lib("/// one\nfn a() {}", "/// two\nfn a() {}"), changed);
        assert_eq!(lib("fn a() {}", "fn a() {"), changed, "does not tokenise");
        assert_eq!(lib("fn a() {", "fn a() { "), changed, "never did");
        let toml = verdict(&[], &[("Cargo.toml", "[package] # x")]);
        assert_eq!(toml, ("swap", "Cargo.toml changed".into()));
        assert_eq!(verdict(&[("a.html", "<p>")], &[("a.html", "<p> ")]), ("swap", "a.html changed".into()));
        assert_eq!(verdict(&[], &[("src/new.rs", "")]), ("swap", "src/new.rs added".into()));
        assert_eq!(verdict(&[("src/old.rs", "")], &[]), ("swap", "src/old.rs removed".into()));
    }

    #[test]
    fn several_changes_are_counted_and_comments_beside_them_are_not() {
        let moved = verdict(&[("old.rs", "x")], &[("new.rs", "x")]);
        assert_eq!(moved, ("swap", "new.rs added, old.rs removed".into()));
        let before = [("a.rs", "a"), ("b.rs", "b"), ("c.rs", "c"), ("d.rs", "d")];
        let after = [("a.rs", "aa"), ("b.rs", "bb"), ("c.rs", "cc"), ("d.rs", "d//")];
        assert_eq!(verdict(&before, &after), ("swap", "3 files changed".into()));
        let Verdict::Swap { files, .. } = classify(&snapshot(&before), &snapshot(&after)) else { panic!() };
        assert!(!files.contains(&"/w/logic/d.rs".into()), "{files:?}");
    }

    #[test]
    fn a_file_that_is_not_utf8_is_compared_by_bytes() {
        let (mut before, mut after) = (snapshot(&[]), snapshot(&[]));
        before.update("/w/logic/a.rs", Some(Arc::from(*b"// \xff")));
        after.update("/w/logic/a.rs", Some(Arc::from(*b"// \xff")));
        assert!(matches!(classify(&before, &after), Verdict::Unchanged { .. }));
        after.update("/w/logic/a.rs", Some(Arc::from(*b"// \xfe")));
        assert!(matches!(classify(&before, &after), Verdict::Swap { .. }));
    }

    #[test]
    fn moved_code_matters_where_the_file_uses_its_place() {
        let uses = "fn a() -> u32 { line!() }";
        assert_eq!(lib(uses, &format!("{uses} // x")), ("unchanged", COMMENTS.into()), "nothing moved");
        let moved = lib(uses, &format!("// x\n{uses}"));
        assert_eq!(moved, ("swap", "`a` shows where it stands, and moved".into()));
        let part = "line!()";
        let moved = lib(part, &format!("// x\n{part}"));
        assert_eq!(moved, ("swap", "code moved in src/lib.rs, which uses line!".into()), "no file by itself");
    }

    #[test]
    fn a_source_taken_in_as_text_matters_with_its_comments() {
        let includer = ("src/lib.rs", "const T: &str = include_str!(\"text.rs\");");
        let text = verdict(&[includer, ("src/text.rs", "a")], &[includer, ("src/text.rs", "a //")]);
        assert_eq!(text, ("swap", "src/text.rs changed, whose text src/lib.rs may include".into()));
        let other = verdict(&[includer, ("src/ext.rs", "a")], &[includer, ("src/ext.rs", "a //")]);
        assert_eq!(other.0, "unchanged");
    }

    #[test]
    fn places_of_running_code_are_found_in_the_files_of_now() {
        let (before, after) = ("fn a() {\n    b().unwrap();\n}\n", "// one\n// two\nfn a() {\n  b().unwrap();\n}\n");
        let verdict = classify(&snapshot(&[("src/lib.rs", before)]), &snapshot(&[("src/lib.rs", after)]));
        let Verdict::Unchanged { lines, .. } = verdict else { panic!("{verdict:?}") };
        let file = Path::new("/w/logic/src/lib.rs");
        assert_eq!(lines.line_now(file, 2, 9), (4, 7), "unwrap");
        assert_eq!(lines.line_now(file, 2, 5), (4, 3), "b");
        assert_eq!(lines.line_now(Path::new("/other.rs"), 2, 9), (2, 9));
        assert_eq!(LineMap::default().line_now(file, 2, 9), (2, 9));
    }

    #[test]
    fn a_file_of_35_000_lines_is_compared() {
        // Ordinary code: a file of this crate over and over.
        let code = include_str!("../watch/worker.rs");
        let before = code.repeat(35_000_usize.div_ceil(code.lines().count()));
        let after = format!("// a comment\n{before}");
        let (built, now) = (snapshot(&[("src/lib.rs", &before)]), snapshot(&[("src/lib.rs", &after)]));
        let begun = std::time::Instant::now();
        let Verdict::Unchanged { lines, .. } = classify(&built, &now) else { panic!() };
        eprintln!("35,000 lines, both sides: {:?}", begun.elapsed());
        let mut next = built.clone();
        next.update("/w/logic/src/lib.rs", Some(Arc::from(format!("\n\n{before}").as_bytes())));
        let begun = std::time::Instant::now();
        assert!(matches!(classify(&built, &next), Verdict::Unchanged { .. }));
        eprintln!("35,000 lines, one side cached: {:?}", begun.elapsed());
        let line = 1 + before.lines().enumerate().filter(|(_, line)| line.starts_with("impl")).last().unwrap().0 as u32;
        assert!(line > 30_000, "{line}");
        assert_eq!(lines.line_now(Path::new("/w/logic/src/lib.rs"), line, 1), (line + 1, 1));
    }
}

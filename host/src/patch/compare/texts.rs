//! Texts that are compiled with the crates and are none of their modules: what `include!` takes in, what build scripts
//! generate, and the sources of macros that run while the crates are compiled.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Files;
use crate::classify::Snapshot;
use crate::classify::bodies::Changed;
use crate::source::text::name_print;
use crate::source::uses::Included;
use crate::source::{Item, ItemKind, SourceFile, macros, tree};

/// What there is around the crates of a base.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Files of crates that can't be patched and may use these.
    pub elsewhere: &'a [PathBuf],
    /// Files of crates that run while these are compiled.
    pub in_builds: &'a [PathBuf],
    /// What build scripts have generated.
    pub generated: &'a Snapshot,
    /// Gives a file that is there.
    pub read: &'a dyn Fn(&Path) -> Option<Arc<[u8]>>,
}

impl<'a> Surroundings<'a> {
    /// Nothing around the crates; `none` is a snapshot without files.
    pub fn nothing(none: &'a Snapshot) -> Self {
        Self { elsewhere: &[], in_builds: &[], generated: none, read: &|_| None }
    }
}

/// Checks that no text beside the modules may name what changed.
///
/// # Errors
///
/// For people: which one may, or can't be read.
pub(super) fn check(all: &[Files], changed: &Changed, around: &Surroundings<'_>, now: &Snapshot) -> Result<(), String> {
    let name = |path: &Path| now.name(path);
    for (path, _, source) in all.iter().flatten() {
        if macros::pastes(source.lexemes.all()) {
            return Err(format!("{} pastes names together (`[<…>]`), which may give a name that changed", name(path)));
        }
        let include = name_print("include");
        let calls = macros::calls(source.lexemes.all()).filter(|(_, name)| *name == include).count();
        if calls > source.included.len() {
            return Err(format!("{} includes a file in a macro, which may use what changed", name(path)));
        }
        for included in source.included.iter() {
            check_included(path, included, changed, around, now)?;
        }
    }
    for path in around.in_builds.iter().filter(|path| path.file_name().is_none_or(|name| name != "build.rs")) {
        if now.get(path).is_some_and(|text| has_word(text, changed)) {
            return Err(format!("{} belongs to a macro, which may name what changed", name(path)));
        }
    }
    Ok(())
}

fn check_included(
    by: &Path,
    included: &Included,
    changed: &Changed,
    around: &Surroundings<'_>,
    now: &Snapshot,
) -> Result<(), String> {
    let by_name = now.name(by);
    match included {
        Included::File(relative) => {
            let path = by.parent().unwrap_or(Path::new("")).join(relative);
            let text = now.get(&path).cloned().or_else(|| (around.read)(&path));
            match text {
                Some(text) if has_word(&text, changed) => {
                    Err(format!("{relative}, which {by_name} includes, may use what changed"))
                }
                Some(_) => Ok(()),
                None => Err(format!("{relative}, which {by_name} includes, can't be read")),
            }
        }
        Included::Generated => {
            let mut paths = around.generated.paths().peekable();
            if paths.peek().is_none() {
                return Err(format!("{by_name} includes a generated file, which can't be read"));
            }
            let uses = |path: &&Path| around.generated.get(path).is_some_and(|text| has_word(text, changed));
            match paths.find(uses) {
                Some(path) => {
                    let file = path.file_name().unwrap_or_default().to_string_lossy();
                    Err(format!("{file}, which a build script generated, may use what changed"))
                }
                None => Ok(()),
            }
        }
        Included::Unknown => Err(format!("{by_name} includes a file of unknown name, which may use what changed")),
    }
}

/// Whether one of the words of a text is a name that changed.
fn has_word(text: &[u8], changed: &Changed) -> bool {
    let text = String::from_utf8_lossy(text);
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = text.split(|c| !is_part(c)).filter(|word| !word.is_empty()).map(name_print);
    let of_types = changed.of_types();
    words.any(|word| {
        changed.has(word) || changed.called.contains(&word) || of_types.iter().any(|method| method.name == word)
    })
}

/// Checks that no build script has or reads a source that was edited: what it generates may be something else then.
///
/// # Errors
///
/// For people: which one does.
pub(super) fn check_build_scripts(edited: &Path, now: &Snapshot) -> Result<(), String> {
    let is_package = |directory: &&Path| now.get(&directory.join("Cargo.toml")).is_some();
    let Some(package) = edited.ancestors().skip(1).find(is_package) else { return Ok(()) };
    let script = package.join(script_of(package, now));
    let Some(file) = edited.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
    // Its modules, too.
    let read = |path: &Path| now.syntax(path)?.ok();
    for (path, _) in tree::modules(&script, read) {
        let text = now.get(&path).map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
        let is_quoted = |name: &str| text.contains(&format!("\"{name}\"")) || text.contains(&format!("/{name}\""));
        let reads = ["fs::read", "read_dir", "read_to_string", "File::open", "include_str", "walk", "glob"];
        let reads_all = is_quoted("src") && reads.iter().any(|word| text.contains(word));
        if path == edited || is_quoted(file) || reads_all {
            return Err(format!("the build script may read {}", now.name(edited)));
        }
    }
    Ok(())
}

/// The file of a package's build script, as its manifest names it.
fn script_of(package: &Path, now: &Snapshot) -> String {
    let manifest = now.get(&package.join("Cargo.toml")).map(|text| String::from_utf8_lossy(text).into_owned());
    let named = manifest.iter().flat_map(|text| text.lines()).find_map(|line| {
        let value = line.trim().strip_prefix("build")?.trim_start().strip_prefix('=')?.trim();
        Some(value.trim_matches(['"', '\'']).to_owned())
    });
    named.unwrap_or_else(|| "build.rs".to_owned())
}

/// A macro that a crate calls and another one defines, and that names what changed in the calling crate, as a macro with
/// `<$t>::LIMIT` does. Gives its key.
pub(super) fn macro_of_others(
    files: &Files,
    others: &[&Files],
    uses: impl Fn(&SourceFile, Range<usize>) -> bool,
) -> Option<String> {
    let called: HashSet<u64> =
        files.iter().flat_map(|(_, _, source)| macros::calls(source.lexemes.all())).map(|(_, name)| name).collect();
    let sources = others.iter().flat_map(|files| files.iter()).map(|(_, _, source)| source);
    let definitions = sources.flat_map(|source| source.items.iter().map(move |item| (source, item)));
    let is_called = |item: &Item| item.names.iter().any(|name| called.contains(&name_print(name)));
    let mut naming = definitions
        .filter(|(_, item)| item.kind == ItemKind::Macro && is_called(item))
        .filter(|(source, item)| uses(source, item.at.clone()));
    naming.next().map(|(_, item)| item.key.clone())
}

//! The shadow on disk: each Rust source that is known stands there in its shadow's text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mirror::{Mirror, MirrorError};
use crate::shadow::kept::Kept;
use crate::shadow::{self, How};

/// The tree, and what is in it.
#[derive(Debug)]
pub struct ShadowTree {
    mirror: Mirror,
    texts: BTreeMap<PathBuf, Shadowed>,
    all: OfAll,
}

/// What each shadow depends on, of all sources.
#[derive(Debug, Default, PartialEq, Eq)]
struct OfAll {
    macros: HashSet<String>,
    /// Whether a source may ask for columns.
    is_exact: bool,
    paths: BTreeSet<PathBuf>,
}

/// One source and its shadow, which depends on the names of macros as well.
#[derive(Debug)]
struct Shadowed {
    contents: Arc<[u8]>,
    /// What of it stayed private.
    kept: BTreeSet<usize>,
    text: String,
}

/// Sources by path, and which of them are roots of library crates.
pub struct Sources<'a> {
    /// Their contents.
    pub files: BTreeMap<&'a Path, &'a Arc<[u8]>>,
    /// The crates' roots.
    pub roots: BTreeSet<PathBuf>,
    /// What stays private in them.
    pub kept: &'a Kept,
    /// Those that stand in the shadow as they are, since others read them as text.
    pub as_they_are: BTreeSet<PathBuf>,
    /// Directories without sources, that must not be gone through.
    pub exclude: Vec<PathBuf>,
}

impl ShadowTree {
    /// A shadow of the directory `original` in `directory`. What is there from an earlier program is kept, as far as it
    /// is still right.
    pub fn new(original: PathBuf, directory: PathBuf) -> Self {
        Self { mirror: Mirror::new(original, directory), texts: BTreeMap::new(), all: OfAll::default() }
    }

    /// The tree.
    pub fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// Makes the tree what the sources are. Sources outside of the original directory have no shadow.
    ///
    /// # Errors
    ///
    /// A file or directory can't be written; the tree is not to be built from, then.
    pub fn write(&mut self, sources: &Sources<'_>) -> Result<(), MirrorError> {
        let shadowed = || sources.files.keys().copied().filter(|path| !sources.as_they_are.contains(*path));
        let all = OfAll {
            macros: macro_names(&sources.files),
            is_exact: sources.files.values().any(|contents| asks_for_columns(contents)),
            paths: shadowed().map(Path::to_path_buf).collect(),
        };
        let mut before = std::mem::take(&mut self.texts);
        if all != self.all {
            before.clear();
            self.all = all;
        }
        let have_shadows = self.all.paths.iter().map(|path| &**path).collect();
        for path in shadowed() {
            let contents = sources.files[path];
            let kept = sources.kept.in_file(path);
            let text = match before.remove(path) {
                Some(before) if before.contents == *contents && before.kept == kept => before.text,
                _ => {
                    let (macros, is_exact) = (&self.all.macros, self.all.is_exact);
                    let directory = path.parent().unwrap_or(path);
                    let how = How { macros, kept: &kept, is_exact, directory, shadowed: &have_shadows };
                    text(contents, how, sources.roots.contains(path))
                }
            };
            self.texts.insert(path.to_owned(), Shadowed { contents: Arc::clone(contents), kept, text });
        }
        let texts = self.texts.iter().map(|(path, shadowed)| (path.clone(), shadowed.text.clone())).collect();
        self.mirror.write(&texts, &sources.exclude)
    }
}

/// The names of all sources' macros: of which crate they are makes no difference worth the work.
fn macro_names(sources: &BTreeMap<&Path, &Arc<[u8]>>) -> HashSet<String> {
    let has_macros = |contents: &[u8]| contents.windows(12).any(|part| part == b"macro_rules!");
    let with_macros = sources.values().filter(|contents| has_macros(contents));
    with_macros.flat_map(|contents| shadow::macro_names(contents).unwrap_or_default()).collect()
}

/// Whether some source may read others as text by paths that are computed.
pub fn reads_by_computed_paths<'a>(sources: impl Iterator<Item = &'a Arc<[u8]>>) -> bool {
    const NAME: &[u8] = b"include_";
    let mut reading = sources.filter(|contents| contents.windows(NAME.len()).any(|part| part == NAME));
    reading.any(|contents| shadow::reads_by_computed_paths(contents).unwrap_or(true))
}

/// Whether a source may ask in which column something stands.
fn asks_for_columns(contents: &[u8]) -> bool {
    const NAMES: [&str; 6] = ["Location", "caller", "column", "dbg!", "location", "set_hook"];
    NAMES.iter().any(|name| contents.windows(name.len()).any(|part| part == name.as_bytes()))
}

fn text(contents: &[u8], how: How<'_>, is_root: bool) -> String {
    // What is no Rust by itself, or can't be read as such, is left to the compiler.
    let shadow = shadow::shadow(contents, how);
    let mut text = shadow.unwrap_or_else(|_| String::from_utf8_lossy(contents).into_owned());
    if is_root {
        // Behind a comment in the last line there is nothing.
        let ends = text.ends_with('\n');
        text += if ends { "" } else { "\n" };
        text += &shadow::root_module();
        text += "\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Fixture {
        dir: tempfile::TempDir,
        tree: ShadowTree,
    }

    impl Fixture {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let original = dir.path().join("w");
            for (name, text) in [("a/src/lib.rs", "mod x;"), ("a/src/x.rs", "fn x() {}"), ("a/src/t.txt", "t")] {
                fs::create_dir_all(original.join(name).parent().unwrap()).unwrap();
                fs::write(original.join(name), text).unwrap();
            }
            fs::create_dir_all(original.join("assets/deep")).unwrap();
            fs::create_dir_all(original.join("target/debug")).unwrap();
            let tree = ShadowTree::new(original.clone(), original.join("target/shadow"));
            Self { dir, tree }
        }

        fn write(&mut self) {
            let original = self.dir.path().join("w");
            let paths = [original.join("a/src/lib.rs"), original.join("a/src/x.rs")];
            let contents = paths.clone().map(|path| fs::read(path).ok().map(Arc::<[u8]>::from));
            let there = paths.iter().zip(&contents);
            let files = there.filter_map(|(path, contents)| Some((path.as_path(), contents.as_ref()?))).collect();
            let roots = [original.join("a/src/lib.rs")].into();
            let (kept, exclude) = (Kept::default(), vec![original.join("target")]);
            self.tree.write(&Sources { files, roots, kept: &kept, as_they_are: BTreeSet::new(), exclude }).unwrap();
        }

        fn text(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.tree.mirror().directory().join(name)).ok()
        }
    }

    #[test]
    fn sources_stand_in_their_shadow_and_the_rest_is_linked() {
        let mut fixture = Fixture::new();
        fixture.write();
        assert!(
            fixture.text("a/src/lib.rs").unwrap().starts_with("pub mod x;\n #[doc(hidden)] pub mod __liveswap_base")
        );
        assert!(fixture.text("a/src/x.rs").unwrap().starts_with("pub fn x() {"));
        assert_eq!(fixture.text("a/src/t.txt").unwrap(), "t");
        assert!(fixture.tree.mirror().directory().join("assets").is_symlink());
        assert!(!fixture.tree.mirror().directory().join("target").exists());
    }

    #[test]
    fn what_changed_is_written_and_what_went_is_removed() {
        let mut fixture = Fixture::new();
        fixture.write();
        let original = fixture.dir.path().join("w");
        let time = |fixture: &Fixture| {
            fixture.tree.mirror().directory().join("a/src/lib.rs").metadata().unwrap().modified().unwrap()
        };
        let before = time(&fixture);
        fs::remove_file(original.join("a/src/x.rs")).unwrap();
        fs::create_dir(original.join("a/src/x")).unwrap();
        fs::write(original.join("a/src/x/mod.rs"), "fn y() {}").unwrap();
        fixture.write();
        assert_eq!(fixture.text("a/src/x.rs"), None);
        assert!(
            fixture.tree.mirror().directory().join("a/src/x").is_symlink(),
            "a source that nobody knows of is taken as it is"
        );
        assert_eq!(time(&fixture), before, "what did not change is not written");
        fs::remove_dir_all(fixture.tree.mirror().directory()).unwrap();
        fixture.write();
        assert!(fixture.text("a/src/lib.rs").is_some(), "a removed shadow is made again");
    }

    #[test]
    fn a_source_that_is_no_rust_is_taken_as_it_is() {
        let mut fixture = Fixture::new();
        fs::write(fixture.dir.path().join("w/a/src/x.rs"), "1 + 1 // of an `include!`").unwrap();
        fixture.write();
        assert_eq!(fixture.text("a/src/x.rs").unwrap(), "1 + 1 // of an `include!`");
    }
}

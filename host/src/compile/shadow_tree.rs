//! The shadow on disk: each Rust source that is known stands there in its shadow's text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mirror::{Mirror, MirrorError};
use crate::shadow;
use crate::shadow::kept::Kept;

/// The tree, and what is in it.
#[derive(Debug)]
pub struct ShadowTree {
    mirror: Mirror,
    texts: BTreeMap<PathBuf, Shadowed>,
    macros: HashSet<String>,
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
    /// Directories without sources, that must not be gone through.
    pub exclude: Vec<PathBuf>,
}

impl ShadowTree {
    /// A shadow of the directory `original` in `directory`. What is there from an earlier program is kept, as far as it
    /// is still right.
    pub fn new(original: PathBuf, directory: PathBuf) -> Self {
        Self { mirror: Mirror::new(original, directory), texts: BTreeMap::new(), macros: HashSet::new() }
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
        let macros = macro_names(&sources.files);
        let mut before = std::mem::take(&mut self.texts);
        if macros != self.macros {
            before.clear();
            self.macros = macros;
        }
        for (path, contents) in &sources.files {
            let kept = sources.kept.in_file(path);
            let text = match before.remove(*path) {
                Some(before) if before.contents == **contents && before.kept == kept => before.text,
                _ => text(contents, &self.macros, &kept, sources.roots.contains(*path)),
            };
            self.texts.insert((*path).to_owned(), Shadowed { contents: Arc::clone(contents), kept, text });
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

fn text(contents: &[u8], macros: &HashSet<String>, kept: &BTreeSet<usize>, is_root: bool) -> String {
    // What is no Rust by itself, or can't be read as such, is left to the compiler.
    let shadow = shadow::shadow(contents, macros, kept);
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
            self.tree.write(&Sources { files, roots, kept: &kept, exclude }).unwrap();
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

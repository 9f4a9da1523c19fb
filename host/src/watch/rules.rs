//! Which files count: pure once the ignore files are read.
//!
//! Below a root everything counts but hidden names, files that editors leave beside the edited one, excluded
//! directories, cargo's target directories and what a `.gitignore` names. Ignore files are read as directories are
//! walked; those above a root are read up to the root of its repository. A root itself always counts.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;

/// The name of the files whose change means that the rules change.
pub(crate) const IGNORE_FILE: &str = ".gitignore";

/// The rules in force for a set of roots.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    exclude: Vec<PathBuf>,
    ignores: HashMap<PathBuf, Gitignore>,
}

impl Rules {
    /// Rules that leave out `exclude` and what is below.
    pub(crate) fn new(exclude: &[PathBuf]) -> Rules {
        let real = exclude.iter().filter_map(|dir| dir.canonicalize().ok());
        Rules { exclude: exclude.iter().cloned().chain(real).collect(), ignores: HashMap::new() }
    }

    /// Forgets all ignore files, to read them anew.
    pub(crate) fn clear(&mut self) {
        self.ignores.clear();
    }

    /// Reads the ignore files above `root`, up to the root of its repository; none where there is no repository.
    pub(crate) fn read_above(&mut self, root: &Path) {
        let Some(repository) = root.ancestors().find(|dir| dir.join(".git").exists()) else { return };
        for dir in root.ancestors().skip(1).take_while(|dir| dir.starts_with(repository)) {
            self.read(dir);
        }
    }

    /// Reads the ignore file of a directory, if it has one. A pattern in it that is not valid is passed over, as git does.
    pub(crate) fn read(&mut self, dir: &Path) {
        let (rules, _) = Gitignore::new(dir.join(IGNORE_FILE));
        if rules.is_empty() {
            self.ignores.remove(dir);
        } else {
            self.ignores.insert(dir.to_owned(), rules);
        }
    }

    /// Whether an entry of a walked directory is left out, by its name and the ignore files of the directories above it.
    pub(crate) fn leaves_out(&self, path: &Path, is_dir: bool) -> bool {
        let Some(name) = path.file_name() else { return true };
        if name.as_encoded_bytes().starts_with(b".") || !is_dir && is_editor_file(name) {
            return true;
        }
        if self.exclude.iter().any(|out| path.starts_with(out)) {
            return true;
        }
        for dir in path.ancestors().skip(1) {
            match self.ignores.get(dir).map(|rules| rules.matched(path, is_dir)) {
                Some(Match::Ignore(_)) => return true,
                Some(Match::Whitelist(_)) => return false,
                _ => {}
            }
        }
        false
    }
}

/// Whether cargo or another tool keeps regenerated files there: a `target` beside a manifest, or a tagged cache.
pub(crate) fn is_cache(dir: &Path) -> bool {
    let beside_manifest = dir.file_name() == Some(OsStr::new("target")) && dir.with_file_name("Cargo.toml").is_file();
    beside_manifest || dir.join("CACHEDIR.TAG").is_file()
}

/// Whether an editor left this name beside the file that it edits: swap, backup, lock and probe files.
fn is_editor_file(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let suffixes = ["~", ".swp", ".swo", ".swx", ".bak", ".tmp", "___jb_tmp___", "___jb_old___"];
    suffixes.iter().any(|suffix| name.ends_with(suffix))
        || name.len() > 1 && name.starts_with('#') && name.ends_with('#')
        || is_vim_probe(name)
}

/// Vim tries whether it may write to a directory with a file named 4913, or, where that exists, 123 more, and so on.
fn is_vim_probe(name: &str) -> bool {
    name.len() <= 5 && name.parse::<u32>().is_ok_and(|number| number >= 4913 && (number - 4913) % 123 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editor_files_are_known_by_name() {
        for name in ["a.rs~", "#a.rs#", "4913", "5036", "a.swp", "a.rs.bak", "a.rs.tmp", "a.rs___jb_tmp___"] {
            assert!(is_editor_file(OsStr::new(name)), "{name}");
        }
        for name in ["a.rs", "4914", "1", "2024", "#", "a#", "#a", "swp", "tmp.rs", "004913"] {
            assert!(!is_editor_file(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn hidden_and_excluded_names_are_left_out() {
        let rules = Rules::new(&["/w/out".into()]);
        assert!(rules.leaves_out(Path::new("/w/.git"), true));
        assert!(rules.leaves_out(Path::new("/w/.a.rs.swp"), false));
        assert!(rules.leaves_out(Path::new("/w/out"), true));
        assert!(rules.leaves_out(Path::new("/w/out/a.rs"), false));
        assert!(!rules.leaves_out(Path::new("/w/output"), true));
        assert!(!rules.leaves_out(Path::new("/w/src/page.html"), false));
    }

    #[test]
    fn ignore_files_hold_below_their_directory_and_nearer_ones_win() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("logic");
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::create_dir(dir.path().join(".git")).unwrap();
        std::fs::write(dir.path().join(IGNORE_FILE), "*.log\n/logic\nbuild/\n").unwrap();
        std::fs::write(root.join(IGNORE_FILE), "!keep.log\n/notes\n").unwrap();
        let mut rules = Rules::new(&[]);
        rules.read_above(&root);
        rules.read(&root);
        assert!(rules.leaves_out(&root.join("src/a.log"), false), "a parent's rule");
        assert!(!rules.leaves_out(&root.join("src/keep.log"), false), "taken back nearer");
        assert!(rules.leaves_out(&root.join("build"), true));
        assert!(!rules.leaves_out(&root.join("build"), false), "the rule is for directories");
        assert!(rules.leaves_out(&root.join("notes"), true));
        assert!(!rules.leaves_out(&root.join("src/notes"), true), "the rule is anchored");
        assert!(!rules.leaves_out(&root.join("src/lib.rs"), false), "a root counts even if ignored itself");
        rules.clear();
        assert!(!rules.leaves_out(&root.join("src/a.log"), false));
    }

    #[test]
    fn without_a_repository_ignore_files_above_do_not_hold() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("logic");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(dir.path().join(IGNORE_FILE), "*.log\n").unwrap();
        let mut rules = Rules::new(&[]);
        rules.read_above(&root);
        assert!(!rules.leaves_out(&root.join("a.log"), false));
    }

    #[test]
    fn a_module_named_target_is_no_cache() {
        let dir = tempfile::tempdir().unwrap();
        for sub in ["target", "src/target", "elsewhere"] {
            std::fs::create_dir_all(dir.path().join(sub)).unwrap();
        }
        std::fs::write(dir.path().join("Cargo.toml"), "").unwrap();
        std::fs::write(dir.path().join("elsewhere/CACHEDIR.TAG"), "").unwrap();
        assert!(is_cache(&dir.path().join("target")));
        assert!(!is_cache(&dir.path().join("src/target")));
        assert!(is_cache(&dir.path().join("elsewhere")));
    }
}

//! The inputs of a library, from the dep-info file that cargo puts beside it.
//!
//! That file has one rule in make's form, `/target/debug/libhot.so: /hot/src/lib.rs /hot/a\ file …`. Cargo collects in
//! it the sources of all local packages in the library, what they include, and the paths of their build scripts'
//! `rerun-if-changed` (measured with cargo 1.95; packages of a registry are left out).
//! Life cycle and synchronisation: functions that read one file.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The inputs of the artifact, absolute and sorted, without those inside the target directory (what build scripts
/// generate is cargo's to notice). Empty where there is no dep-info file.
///
/// `base` is what relative paths are relative to, which `build.dep-info-basedir` can bring about.
pub(super) fn inputs(artifact: &Path, base: &Path, target_dir: &Path) -> Vec<PathBuf> {
    all(artifact, base).into_iter().filter(|path| !path.starts_with(target_dir)).collect()
}

/// The Rust sources of the artifact inside the target directory, absolute and sorted: what build scripts have generated.
pub(super) fn generated(artifact: &Path, base: &Path, target_dir: &Path) -> Vec<PathBuf> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    all(artifact, base).into_iter().filter(|path| path.starts_with(target_dir) && is_rust(path)).collect()
}

fn all(artifact: &Path, base: &Path) -> BTreeSet<PathBuf> {
    let text = std::fs::read_to_string(artifact.with_extension("d")).unwrap_or_default();
    dependencies(&text).into_iter().map(|path| tidy(base.join(path))).collect()
}

/// The right side of the first rule. A backslash before a space is make's escape, any other belongs to the path.
fn dependencies(text: &str) -> Vec<String> {
    let rule = text.lines().next().unwrap_or_default();
    // The target's own path may have a colon (a drive), but none that is followed by a space, save an odd directory's.
    let Some((_, files)) = rule.split_once(": ") else { return Vec::new() };
    let mut found = vec![String::new()];
    let mut characters = files.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, found.last_mut()) {
            ('\\', Some(last)) if characters.next_if_eq(&' ').is_some() => last.push(' '),
            (' ', _) => found.push(String::new()),
            (other, Some(last)) => last.push(other),
            (_, None) => {}
        }
    }
    found.retain(|path| !path.is_empty());
    found
}

/// Without `..`, which `rerun-if-changed=../file` leaves in. Links behind the last `..` stay in the path: they may lead
/// to another file one day.
fn tidy(path: PathBuf) -> PathBuf {
    let mut tidied = PathBuf::new();
    for component in path.components() {
        if component != Component::ParentDir {
            tidied.push(component);
            continue;
        }
        // `..` of a link is the directory above its target.
        tidied = tidied.canonicalize().unwrap_or(tidied);
        tidied.pop();
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_spaces_belong_to_the_path() {
        assert_eq!(
            dependencies("/t/my\\ dir/libhot.so: /a/src/lib.rs /b\\ c/ü\\ d.txt C:\\x\\y.rs\n\nother: z\n"),
            ["/a/src/lib.rs", "/b c/ü d.txt", "C:\\x\\y.rs"]
        );
        assert_eq!(dependencies("/t/libhot.so:"), Vec::<String>::new());
        assert_eq!(dependencies(""), Vec::<String>::new());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_in_a_path_unless_it_climbs_out_of_them() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("conf/one")).unwrap();
        std::fs::create_dir(root.join("src")).unwrap();
        symlink("one", root.join("conf/data")).unwrap();
        assert_eq!(tidy(root.join("src/../conf/data/a.txt")), root.join("conf/data/a.txt"));
        assert_eq!(tidy(root.join("conf/data/../a.txt")), root.join("conf/a.txt"));
        assert_eq!(tidy(root.join("gone/../src")), root.join("src"));
    }

    #[test]
    fn relative_paths_get_the_base_and_generated_files_are_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("hot/src")).unwrap();
        let target = root.join("target");
        std::fs::create_dir_all(&target).unwrap();
        let text = format!(
            "target/libhot.so: hot/src/lib.rs hot/src/.. hot/src/lib.rs {}\n",
            target.join("debug/build/hot-1/out/generated.rs").display()
        );
        std::fs::write(target.join("libhot.d"), text).unwrap();
        let inputs = inputs(&target.join("libhot.so"), &root, &target);
        assert_eq!(inputs, [root.join("hot"), root.join("hot/src/lib.rs")]);
        let generated = generated(&target.join("libhot.so"), &root, &target);
        assert_eq!(generated, [target.join("debug/build/hot-1/out/generated.rs")]);
    }
}

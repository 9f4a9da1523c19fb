//! Which directories are watched, under which names; and the walk that finds them.
//!
//! A directory can have several names (a root that is a link, a file named through another path), but has one watch:
//! events come with its real path and are spread to all its names. A file that is a link counts as changed when what
//! it points to changes, so links are spread as well.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::rules::{Rules, is_cache};

/// Why a directory is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its entries count: it is a root or below one.
    Counted,
    /// It is the nearest existing directory above a root or a single file.
    Anchor,
}

#[derive(Debug)]
struct Place {
    real: PathBuf,
    counted: bool,
    anchor: bool,
}

/// The watched directories.
#[derive(Debug, Default)]
pub(crate) struct Places {
    dirs: BTreeMap<PathBuf, Place>,
    names: HashMap<PathBuf, BTreeSet<PathBuf>>,
    links: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Places {
    /// Adds a directory, or gives a known one another part.
    pub(crate) fn add(&mut self, dir: &Path, real: PathBuf, part: Part) {
        if self.dirs.get(dir).is_some_and(|place| place.real != real) {
            self.remove(dir);
        }
        self.names.entry(real.clone()).or_default().insert(dir.to_owned());
        let place = self.dirs.entry(dir.to_owned()).or_insert(Place { real, counted: false, anchor: false });
        match part {
            Part::Counted => place.counted = true,
            Part::Anchor => place.anchor = true,
        }
    }

    /// Whether the directory's entries count.
    pub(crate) fn is_counted(&self, dir: &Path) -> bool {
        self.dirs.get(dir).is_some_and(|place| place.counted)
    }

    /// Whether the directory is watched for any reason.
    pub(crate) fn contains(&self, dir: &Path) -> bool {
        self.dirs.contains_key(dir)
    }

    /// Takes a part from all directories for which `keep` is false; gives the real paths that need no watch any more.
    pub(crate) fn retain(&mut self, part: Part, keep: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        for (dir, place) in &mut self.dirs {
            match part {
                Part::Counted => place.counted &= keep(dir),
                Part::Anchor => place.anchor &= keep(dir),
            }
        }
        let idle = self.dirs.iter().filter(|(_, place)| !place.counted && !place.anchor);
        let idle: Vec<PathBuf> = idle.map(|(dir, _)| dir.clone()).collect();
        idle.iter().filter_map(|dir| self.remove(dir)).collect()
    }

    /// Forgets a directory and those below; gives the real paths that need no watch any more.
    pub(crate) fn forget_tree(&mut self, top: &Path) -> Vec<PathBuf> {
        below(&self.dirs, top).iter().filter_map(|dir| self.remove(dir)).collect()
    }

    fn remove(&mut self, dir: &Path) -> Option<PathBuf> {
        let real = self.dirs.remove(dir)?.real;
        let names = self.names.get_mut(&real)?;
        names.remove(dir);
        if names.is_empty() {
            self.names.remove(&real);
            return Some(real);
        }
        None
    }

    /// Notes the links on the way to a path, and where they lead; true if something of that is news.
    pub(crate) fn note_link(&mut self, path: &Path) -> bool {
        let mut is_news = false;
        for place in links_of(path) {
            if place != path {
                is_news |= self.links.entry(place).or_default().insert(path.to_owned());
            }
        }
        is_news
    }

    /// Forgets all links, to note them anew.
    pub(crate) fn clear_links(&mut self) {
        self.links.clear();
    }

    /// The files that links lead to, and links that lead to links.
    pub(crate) fn link_targets(&self) -> impl Iterator<Item = &PathBuf> {
        self.links.keys()
    }

    /// All names of the path of an event, and the links that lead to it.
    pub(crate) fn spread(&self, path: &Path) -> BTreeSet<PathBuf> {
        let mut all = BTreeSet::from([path.to_owned()]);
        if let (Some(dir), Some(name)) = (path.parent(), path.file_name()) {
            all.extend(self.names.get(dir).into_iter().flatten().map(|dir| dir.join(name)));
        }
        for of in [self.names.get(path), self.links.get(path)] {
            all.extend(of.into_iter().flatten().cloned());
        }
        all
    }
}

/// The links that are followed on the way to a path, each named by its real directory, and the real path at the end;
/// nothing if there is no link. Each of them decides what the path leads to.
fn links_of(path: &Path) -> Vec<PathBuf> {
    /// More links than any system follows.
    const MOST: usize = 64;
    let owned = |component: Component| component.as_os_str().to_owned();
    let mut found = Vec::new();
    let mut real = PathBuf::new();
    // The next component is the last one.
    let mut left: Vec<OsString> = path.components().rev().map(owned).collect();
    while let Some(component) = left.pop() {
        if component == ".." {
            real.pop();
            continue;
        }
        // An absolute path replaces what is there.
        let next = real.join(&component);
        match std::fs::read_link(&next) {
            Ok(target) if found.len() < MOST => {
                found.push(next);
                left.extend(target.components().rev().map(owned));
            }
            _ => real = next,
        }
    }
    if !found.is_empty() {
        found.push(real);
    }
    found
}

/// The keys at or below a path. Paths order by component, so that these stand together.
pub(crate) fn below<V>(map: &BTreeMap<PathBuf, V>, top: &Path) -> Vec<PathBuf> {
    map.range(top.to_owned()..).map(|(path, _)| path).take_while(|path| path.starts_with(top)).cloned().collect()
}

/// Walks a directory and gives the files that count. `enter` is called for each directory before its entries are
/// listed: a watch set there misses no entry. Links to directories are not followed: they may lead anywhere.
pub(crate) fn walk(rules: &mut Rules, top: &Path, mut enter: impl FnMut(&Path)) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut todo = vec![top.to_owned()];
    while let Some(dir) = todo.pop() {
        enter(&dir);
        rules.read(&dir);
        // A directory that can't be listed, or is gone by now, holds nothing that could be built.
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let (path, is_dir) = (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir()));
            if rules.leaves_out(&path, is_dir) {
                continue;
            }
            if !is_dir {
                files.push(path);
            } else if !is_cache(&path) {
                todo.push(path);
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(places: &Places, path: &str) -> Vec<String> {
        places.spread(Path::new(path)).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn an_event_is_spread_to_all_names_of_its_directory() {
        let mut places = Places::default();
        places.add(Path::new("/link"), "/real".into(), Part::Counted);
        places.add(Path::new("/real"), "/real".into(), Part::Anchor);
        assert_eq!(spread(&places, "/real/a.rs"), ["/link/a.rs", "/real/a.rs"]);
        assert_eq!(spread(&places, "/real"), ["/link", "/real"]);
        assert_eq!(spread(&places, "/other/a.rs"), ["/other/a.rs"]);
        assert!(places.is_counted(Path::new("/link")) && !places.is_counted(Path::new("/real")));
    }

    #[test]
    fn a_watch_ends_with_the_last_name() {
        let mut places = Places::default();
        places.add(Path::new("/link"), "/real".into(), Part::Counted);
        places.add(Path::new("/link/src"), "/real/src".into(), Part::Counted);
        places.add(Path::new("/link2"), "/elsewhere".into(), Part::Counted);
        places.add(Path::new("/real"), "/real".into(), Part::Anchor);
        assert_eq!(places.forget_tree(Path::new("/link")), [PathBuf::from("/real/src")]);
        assert!(places.contains(Path::new("/link2")), "a name that only begins alike is no child");
        assert_eq!(places.retain(Part::Anchor, |_| false), [PathBuf::from("/real")]);
        assert_eq!(places.retain(Part::Counted, |_| true), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_link_that_leads_elsewhere_gets_its_new_real_path() {
        let mut places = Places::default();
        places.add(Path::new("/link"), "/one".into(), Part::Counted);
        places.add(Path::new("/link"), "/two".into(), Part::Counted);
        assert_eq!(spread(&places, "/one/a.rs"), ["/one/a.rs"]);
        assert_eq!(spread(&places, "/two/a.rs"), ["/link/a.rs", "/two/a.rs"]);
    }

    #[cfg(unix)]
    #[test]
    fn all_links_on_the_way_to_a_file_are_known() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("..one")).unwrap();
        std::fs::write(root.join("..one/app.toml"), "").unwrap();
        symlink("..one", root.join("..data")).unwrap();
        symlink("..data/app.toml", root.join("app.toml")).unwrap();
        symlink(root.join("gone"), root.join("dangling")).unwrap();
        symlink("round", root.join("round")).unwrap();
        let below = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| root.join(name)).collect() };
        assert_eq!(links_of(&root.join("app.toml")), below(&["app.toml", "..data", "..one/app.toml"]));
        assert_eq!(links_of(&root.join("..data/../..data/app.toml")), below(&["..data", "..data", "..one/app.toml"]));
        assert_eq!(links_of(&root.join("dangling")), below(&["dangling", "gone"]));
        assert_eq!(links_of(&root.join("..one/app.toml")), below(&[]));
        assert!(links_of(&root.join("round")).len() > 40, "it ends");
        let mut places = Places::default();
        assert!(places.note_link(&root.join("app.toml")) && !places.note_link(&root.join("app.toml")));
        assert!(places.spread(&root.join("..data")).contains(&root.join("app.toml")));
    }

    #[test]
    fn the_walk_enters_directories_that_count_and_gives_their_files() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for sub in ["src/deep", "target/debug", ".git", "skipped"] {
            std::fs::create_dir_all(root.join(sub)).unwrap();
        }
        let files = [
            "Cargo.toml",
            "src/lib.rs",
            "src/deep/a.html",
            "src/a.rs~",
            "target/debug/x",
            ".git/x",
            "skipped/x",
            ".env",
        ];
        for file in files {
            std::fs::write(root.join(file), "").unwrap();
        }
        std::fs::write(root.join(".gitignore"), "skipped/\n").unwrap();
        let mut entered = Vec::new();
        let mut found = walk(&mut Rules::new(&[]), root, |dir| entered.push(dir.to_owned()));
        entered.sort();
        found.sort();
        assert_eq!(entered, [root.to_owned(), root.join("src"), root.join("src/deep")]);
        assert_eq!(found, [root.join("Cargo.toml"), root.join("src/deep/a.html"), root.join("src/lib.rs")]);
    }
}

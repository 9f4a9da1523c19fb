//! The module tree: which module each file of a crate has the contents of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Module, SourceFile};

/// The crate's files, its root first, each with the path of its module.
///
/// `read` gives a file that is there. Of modules that several files may have the contents of (each under a `#[cfg]`),
/// all that are there are found. A file that several modules have for contents is there for each of them, its own
/// modules once.
pub fn modules(root: &Path, read: impl Fn(&Path) -> Option<Arc<SourceFile>>) -> Vec<(PathBuf, Vec<String>)> {
    let mut found: Vec<(PathBuf, Vec<String>)> = Vec::new();
    let mut seen: BTreeMap<PathBuf, ()> = BTreeMap::new();
    let mut waiting = vec![(root.to_owned(), Vec::new())];
    while let Some((path, module)) = waiting.pop() {
        let Some(file) = read(&path) else { continue };
        if seen.insert(path.clone(), ()).is_some() {
            found.push((path, module));
            continue;
        }
        for declared in file.modules.iter().rev() {
            let inner = [&module[..], &declared.within[..], std::slice::from_ref(&declared.name)].concat();
            let is_there = |place: &PathBuf| read(place).is_some();
            // Nobody here knows which of these it has.
            let conditional =
                declared.paths.iter().map(|(_, path)| Module { path: Some(path.clone()), ..declared.clone() });
            let conditional = conditional.flat_map(|one| places(&path, module.is_empty(), &one));
            waiting.extend(conditional.filter(is_there).map(|place| (place, inner.clone())));
            let there = places(&path, module.is_empty(), declared).into_iter().find(is_there);
            waiting.extend(there.map(|place| (place, inner)));
        }
        found.push((path, module));
    }
    found
}

/// Where a module's file may be.
fn places(file: &Path, is_root: bool, module: &Module) -> Vec<PathBuf> {
    let directory = file.parent().unwrap_or(Path::new(""));
    // `a/mod.rs` and the root have their modules beside them, `a.rs` has them in `a/`.
    let is_first = is_root || file.file_name().is_some_and(|name| name == "mod.rs");
    let own = if is_first { directory.to_owned() } else { file.with_extension("") };
    let inside: PathBuf = own.join(module.within.iter().collect::<PathBuf>());
    match &module.path {
        // Relative to the file, but within inline modules to their directory.
        Some(path) if module.within.is_empty() => vec![normal(&directory.join(path))],
        Some(path) => vec![normal(&inside.join(path))],
        None => vec![inside.join(format!("{}.rs", module.name)), inside.join(&module.name).join("mod.rs")],
    }
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, component| {
        match component {
            std::path::Component::ParentDir => drop(path.pop()),
            std::path::Component::CurDir => {}
            other => path.push(other),
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_where_the_compiler_looks_for_them() {
        let files: BTreeMap<&str, &str> = [
            (
                "/src/lib.rs",
                "mod a; #[path = \"a.rs\"] mod h; mod b { mod c; #[path = \"q.rs\"] mod d; } #[path = \"../other/e.rs\"] mod e; mod none;",
            ),
            ("/src/a.rs", "mod f; mod r#type;"),
            ("/src/a/f/mod.rs", "mod g;"),
            ("/src/a/f/g.rs", ""),
            ("/src/a/type.rs", ""),
            ("/src/b/c.rs", ""),
            ("/src/b/q.rs", ""),
            ("/other/e.rs", ""),
            ("/src/unknown.rs", ""),
        ]
        .into();
        let read = |path: &Path| {
            let text = files.get(path.to_str()?)?;
            SourceFile::read(text.as_bytes()).ok().map(Arc::new)
        };
        let found = modules(Path::new("/src/lib.rs"), read);
        let found: Vec<_> = found.iter().map(|(path, module)| (path.to_str().unwrap(), module.join("::"))).collect();
        let expected = [
            ("/src/lib.rs", ""),
            ("/src/a.rs", "a"),
            ("/src/a/f/mod.rs", "a::f"),
            ("/src/a/f/g.rs", "a::f::g"),
            ("/src/a/type.rs", "a::type"),
            ("/src/a.rs", "h"),
            ("/src/b/c.rs", "b::c"),
            ("/src/b/q.rs", "b::d"),
            ("/other/e.rs", "e"),
        ];
        assert_eq!(found, expected.map(|(path, module)| (path, module.to_owned())));
    }
}

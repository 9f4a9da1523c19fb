//! Directories and files that come, go, move, are linked, or are left out.

use super::*;

#[test]
fn directories_that_appear_count_with_all_that_is_in_them() {
    let fixture = watched();
    let outside = fixture.dir.path().join("outside");
    fs::create_dir_all(outside.join("deep/er")).unwrap();
    fs::write(outside.join("deep/er/x.rs"), "x").unwrap();
    fs::rename(&outside, fixture.root.join("src/moved")).unwrap();
    assert_eq!(fixture.change(), ["src/moved/deep/er/x.rs Created"]);
    fixture.write("src/moved/deep/er/x.rs", "y");
    assert_eq!(fixture.change(), ["src/moved/deep/er/x.rs Edited"]);
    fs::rename(fixture.root.join("src/moved"), &outside).unwrap();
    assert_eq!(fixture.change(), ["src/moved/deep/er/x.rs Removed"]);
    fs::write(outside.join("deep/er/x.rs"), "z").unwrap();
    fixture.nothing_but_the_next_edit();
}

#[test]
fn a_directory_replaced_by_another_is_compared_file_by_file() {
    let fixture = watched();
    let (src, other) = (fixture.root.join("src"), fixture.dir.path().join("other"));
    fs::create_dir(&other).unwrap();
    fs::copy(src.join("lib.rs"), other.join("lib.rs")).unwrap();
    fs::write(other.join("a.rs"), "fn other() {}\n").unwrap();
    fs::rename(&src, fixture.dir.path().join("old")).unwrap();
    fs::rename(&other, &src).unwrap();
    assert_eq!(fixture.change(), ["src/a.rs Edited"]);
    fixture.nothing_but_the_next_edit();
}

#[test]
fn a_root_deleted_and_created_anew_is_watched_again() {
    let fixture = watched();
    for _ in 0..2 {
        fs::remove_dir_all(&fixture.root).unwrap();
        let removed = |seen: &BTreeMap<_, _>| seen.values().filter(|k| **k == ChangeKind::Removed).count();
        fixture.changes_until(|seen| removed(seen) == 3);
        fs::create_dir_all(fixture.root.join("src")).unwrap();
        for name in ["Cargo.toml", "src/lib.rs", "src/a.rs"] {
            fixture.write(name, "anew\n");
        }
        fixture.changes_until(|seen| seen.values().filter(|kind| **kind != ChangeKind::Removed).count() == 3);
        fixture.nothing_but_the_next_edit();
    }
}

#[test]
fn a_root_is_found_again_even_if_its_parent_goes_too() {
    let (dir, base) = crate_dir();
    let root = base.join("nested/crate");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("a.rs"), "one").unwrap();
    let (report, messages) = sink();
    let watch = start(WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() }, report).unwrap();
    let fixture = Fixture { dir, root: root.clone(), messages, watch };
    fs::remove_dir_all(base.join("nested")).unwrap();
    assert_eq!(fixture.change(), ["a.rs Removed"]);
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("a.rs"), "two").unwrap();
    assert_eq!(fixture.change(), ["a.rs Created"]);
}

#[cfg(unix)]
#[test]
fn a_linked_root_reports_names_by_way_of_the_link() {
    let (dir, real) = crate_dir();
    let link = real.with_file_name("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let named = real.join("extra.txt");
    let (report, messages) = sink();
    let spec = WatchSpec { roots: vec![link.clone()], files: vec![named.clone()], ..WatchSpec::default() };
    let fixture = Fixture { dir, root: link.clone(), messages, watch: start(spec, report).unwrap() };
    fs::write(real.join("src/a.rs"), "two").unwrap();
    assert_eq!(fixture.change(), ["src/a.rs Edited"]);
    fs::write(&named, "both names").unwrap();
    assert_eq!(fixture.change(), ["extra.txt Created".to_owned(), format!("{} Created", named.display())]);

    let other = real.with_file_name("other");
    fs::create_dir_all(other.join("src")).unwrap();
    fs::write(other.join("src/a.rs"), "three").unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&other, &link).unwrap();
    fixture.changes_until(|seen| seen.get(&link.join("src/a.rs")) == Some(&ChangeKind::Edited));
    fs::write(other.join("src/a.rs"), "four").unwrap();
    assert_eq!(fixture.change(), ["src/a.rs Edited"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_changes_as_its_target_does() {
    let (dir, root) = crate_dir();
    let target = root.with_file_name("README.md");
    fs::write(&target, "one").unwrap();
    std::os::unix::fs::symlink("../README.md", root.join("README.md")).unwrap();
    let (report, messages) = sink();
    let watch = start(WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() }, report).unwrap();
    let fixture = Fixture { dir, root, messages, watch };
    fs::write(&target, "two").unwrap();
    assert_eq!(fixture.change(), ["README.md Edited"]);
}

#[test]
fn single_files_count_even_if_ignored_absent_or_elsewhere() {
    let fixture = watched_with(|root, spec| {
        fs::write(root.join(".gitignore"), "generated\n").unwrap();
        spec.files = vec![root.join("generated/out.rs"), root.with_file_name("Cargo.lock"), root.join(".hidden")];
    });
    fixture.write(".hidden", "x");
    assert_eq!(fixture.change(), [".hidden Created"]);
    fs::create_dir(fixture.root.join("generated")).unwrap();
    fixture.write("generated/out.rs", "x");
    assert_eq!(fixture.change(), ["generated/out.rs Created"]);
    fixture.write("generated/other.rs", "x");
    let lock = fixture.root.with_file_name("Cargo.lock");
    fs::write(&lock, "x").unwrap();
    assert_eq!(fixture.change(), [format!("{} Created", lock.display())]);
    fs::write(fixture.root.with_file_name("else"), "x").unwrap();
    fixture.nothing_but_the_next_edit();
}

#[test]
fn single_files_can_be_replaced() {
    let fixture = watched();
    let (one, two) = (fixture.root.with_file_name("one"), fixture.root.with_file_name("two"));
    fs::write(&one, "1").unwrap();
    fixture.watch.set_files(vec![one.clone()]).unwrap();
    fs::write(&one, "2").unwrap();
    assert_eq!(fixture.change(), [format!("{} Edited", one.display())]);
    fixture.watch.set_files(vec![two.clone()]).unwrap();
    fs::write(&two, "1").unwrap();
    assert_eq!(fixture.change(), [format!("{} Created", two.display())]);
    fs::write(&one, "3").unwrap();
    fixture.nothing_but_the_next_edit();
}

#[test]
fn roots_can_be_replaced() {
    let fixture = watched();
    let other = fixture.root.with_file_name("dependency");
    fs::create_dir_all(other.join("src")).unwrap();
    fs::write(other.join("src/lib.rs"), "one").unwrap();
    fixture.watch.set_roots(vec![fixture.root.clone(), other.clone()]).unwrap();
    fs::write(other.join("src/lib.rs"), "two").unwrap();
    assert_eq!(fixture.change(), [format!("{} Edited", other.join("src/lib.rs").display())]);
    fixture.watch.set_roots(vec![fixture.root.clone()]).unwrap();
    fixture.nothing_but_the_next_edit();
    fs::write(other.join("src/lib.rs"), "three").unwrap();
    fixture.nothing_but_the_next_edit();
}

#[test]
fn ignored_and_target_directories_are_not_told_and_rules_may_change() {
    let fixture = watched_with(|root, spec| {
        for sub in ["target/debug", "skipped", "out"] {
            fs::create_dir_all(root.join(sub)).unwrap();
        }
        fs::write(root.join(".gitignore"), "skipped/\n").unwrap();
        spec.exclude = vec![root.join("out")];
    });
    for name in ["target/debug/x.rs", "skipped/x.rs", "out/x.rs"] {
        fixture.write(name, "x");
    }
    fixture.nothing_but_the_next_edit();
    fixture.write(".gitignore", "\n");
    assert_eq!(fixture.change(), ["skipped/x.rs Created"]);
    fixture.write("skipped/x.rs", "y");
    assert_eq!(fixture.change(), ["skipped/x.rs Edited"]);
}

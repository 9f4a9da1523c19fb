//! Real files, real events: what editors and tools do to them, and what is told.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::backend::{Backend, Refusal};
use super::*;

const DEADLINE: Duration = Duration::from_secs(60);

/// A crate directory under watch.
struct Fixture {
    dir: tempfile::TempDir,
    root: PathBuf,
    messages: Receiver<WatchMessage>,
    watch: Watch,
}

/// A crate directory with `src/lib.rs` and `src/a.rs`.
fn crate_dir() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("logic");
    fs::create_dir_all(root.join("src")).unwrap();
    fs::write(root.join("Cargo.toml"), "[package]\n").unwrap();
    fs::write(root.join("src/lib.rs"), "mod a;\n").unwrap();
    fs::write(root.join("src/a.rs"), "fn one() {}\n").unwrap();
    (dir, root)
}

fn sink() -> (impl Fn(WatchMessage) + Send + 'static, Receiver<WatchMessage>) {
    let (sender, messages) = channel();
    (move |message| drop(sender.send(message)), messages)
}

fn watched_with(adjust: impl FnOnce(&Path, &mut WatchSpec)) -> Fixture {
    let (dir, root) = crate_dir();
    let mut spec = WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() };
    adjust(&root, &mut spec);
    let (report, messages) = sink();
    Fixture { dir, root, messages, watch: start(spec, report).unwrap() }
}

fn watched() -> Fixture {
    watched_with(|_, _| ())
}

impl Fixture {
    fn next(&self) -> WatchMessage {
        self.messages.recv_timeout(DEADLINE).expect("a message comes")
    }

    /// The next message, which is a change, as `name kind` lines below the root.
    fn change(&self) -> Vec<String> {
        match self.next() {
            WatchMessage::Changed(change) => {
                assert!(change.first_event <= change.settled);
                change.files.iter().map(|file| self.line(file)).collect()
            }
            other => panic!("expected a change, got {other:?}"),
        }
    }

    fn line(&self, file: &FileChange) -> String {
        assert_eq!(file.modified.is_none(), file.kind == ChangeKind::Removed);
        format!("{} {:?}", self.name(&file.path), file.kind)
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    fn unchanged(&self) -> Vec<String> {
        match self.next() {
            WatchMessage::Unchanged { files, .. } => files.iter().map(|path| self.name(path)).collect(),
            other => panic!("expected no change, got {other:?}"),
        }
    }

    /// Waits for the changes of some files, in any number of messages; each file's last kind counts.
    fn changes_until(&self, done: impl Fn(&BTreeMap<PathBuf, ChangeKind>) -> bool) -> usize {
        let (mut seen, mut count) = (BTreeMap::new(), 0);
        while !done(&seen) {
            match self.next() {
                WatchMessage::Changed(change) => {
                    count += 1;
                    seen.extend(change.files.into_iter().map(|file| (file.path, file.kind)));
                }
                other => panic!("expected a change, got {other:?}"),
            }
        }
        count
    }

    /// Proves that what was done before is not told: an edit after it is the next thing that is.
    fn nothing_but_the_next_edit(&self) {
        let path = self.root.join("src/lib.rs");
        let contents = fs::read_to_string(&path).unwrap_or_default() + "// more\n";
        fs::write(&path, contents).unwrap();
        assert_eq!(self.change(), ["src/lib.rs Edited"]);
    }

    fn write(&self, name: &str, contents: &str) {
        fs::write(self.root.join(name), contents).unwrap();
    }
}

#[test]
fn a_write_in_place_is_one_change() {
    let fixture = watched();
    assert_eq!(fixture.watch.mode(), "events");
    fixture.write("src/a.rs", "fn two() {}\n");
    assert_eq!(fixture.change(), ["src/a.rs Edited"]);
    fixture.nothing_but_the_next_edit();
}

/// Saves in steps with pauses longer than the quiet window, and expects one edit of `src/a.rs`.
///
/// On a busy machine the steps may take longer than a watch can wait for; such a round proves nothing and is repeated.
fn one_edit_in_steps(bound: Duration, save: impl Fn(&Path)) {
    for _ in 0..50 {
        let fixture = watched();
        let begun = Instant::now();
        save(&fixture.root.join("src/a.rs"));
        if begun.elapsed() < bound {
            assert_eq!(fixture.change(), ["src/a.rs Edited"]);
            fixture.nothing_but_the_next_edit();
            return;
        }
    }
    panic!("no round was fast enough");
}

fn pause() {
    std::thread::sleep(3 * QUIET);
}

/// Where closes are told, the half of a slow writer is never reported.
#[cfg(target_os = "linux")]
#[test]
fn a_write_in_several_chunks_is_one_change() {
    one_edit_in_steps(STORM, |path| {
        let mut file = fs::File::create(path).unwrap();
        for _ in 0..3 {
            file.write_all(b"fn part() {}\n").unwrap();
            pause();
        }
    });
}

#[test]
fn a_rename_over_the_file_is_one_edit_and_watching_goes_on() {
    let fixture = watched();
    for contents in ["fn two() {}\n", "fn three() {}\n"] {
        fixture.write("src/.a.rs.new", contents);
        fs::rename(fixture.root.join("src/.a.rs.new"), fixture.root.join("src/a.rs")).unwrap();
        assert_eq!(fixture.change(), ["src/a.rs Edited"]);
    }
    fixture.nothing_but_the_next_edit();
}

#[test]
fn delete_and_create_is_one_edit() {
    one_edit_in_steps(GRACE, |path| {
        fs::remove_file(path).unwrap();
        pause();
        fs::write(path, "fn two() {}\n").unwrap();
    });
}

#[test]
fn vims_backup_and_rename_is_one_edit() {
    one_edit_in_steps(GRACE, |path| {
        let (probe, backup) = (path.with_file_name("4913"), path.with_file_name("a.rs~"));
        fs::write(&probe, "").unwrap();
        fs::remove_file(&probe).unwrap();
        fs::rename(path, &backup).unwrap();
        pause();
        fs::write(path, "fn two() {}\n").unwrap();
        fs::remove_file(&backup).unwrap();
    });
}

#[test]
fn editors_own_files_are_no_change() {
    let fixture = watched();
    for name in ["src/.foo.swp", "src/4913", "src/foo~", "src/#foo#", "src/.#foo"] {
        fixture.write(name, "junk");
    }
    fixture.nothing_but_the_next_edit();
    fs::remove_file(fixture.root.join("src/foo~")).unwrap();
    fixture.nothing_but_the_next_edit();
}

#[test]
fn a_touch_is_told_as_unchanged() {
    let fixture = watched();
    let file = fs::File::options().append(true).open(fixture.root.join("src/a.rs")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    drop(file);
    assert_eq!(fixture.unchanged(), ["src/a.rs"]);
    fixture.nothing_but_the_next_edit();
}

#[test]
fn a_save_of_the_same_contents_is_told_as_unchanged() {
    let fixture = watched();
    let path = fixture.root.join("src/a.rs");
    let old = SystemTime::now() - Duration::from_secs(60);
    fs::File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
    assert_eq!(fixture.unchanged(), ["src/a.rs"]);
    fixture.write("src/a.rs", "fn one() {}\n");
    assert_eq!(fixture.unchanged(), ["src/a.rs"]);
    fixture.nothing_but_the_next_edit();
}

#[cfg(unix)]
#[test]
fn a_chmod_is_not_told() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = watched();
    fs::set_permissions(fixture.root.join("src/a.rs"), fs::Permissions::from_mode(0o640)).unwrap();
    fixture.nothing_but_the_next_edit();
}

#[test]
fn many_files_at_once_come_in_few_messages() {
    let fixture = watched();
    let dir = fixture.root.join("src/many");
    fs::create_dir(&dir).unwrap();
    let path = |number: usize| dir.join(format!("f{number}.rs"));
    let begun = Instant::now();
    let few = || 20 + begun.elapsed().as_millis() / STORM.as_millis();
    for number in 0..200 {
        fs::write(path(number), format!("fn f{number}() {{}}\n")).unwrap();
    }
    let count = fixture.changes_until(|seen| (0..200).all(|number| seen.contains_key(&path(number))));
    assert!((count as u128) < few(), "{count} messages");

    for number in 0..200 {
        match number % 2 {
            0 => fs::remove_file(path(number)).unwrap(),
            _ => fs::write(path(number), "fn other() {}\n").unwrap(),
        }
    }
    let expected = |number| if number % 2 == 0 { ChangeKind::Removed } else { ChangeKind::Edited };
    let count = fixture.changes_until(|seen| (0..200).all(|n| seen.get(&path(n)) == Some(&expected(n))));
    assert!((count as u128) < few(), "{count} messages");
    fixture.nothing_but_the_next_edit();
}

#[test]
fn a_rename_of_a_file_is_one_change() {
    let fixture = watched();
    fs::rename(fixture.root.join("src/a.rs"), fixture.root.join("src/b.rs")).unwrap();
    assert_eq!(fixture.change(), ["src/a.rs Removed", "src/b.rs Created"]);
}

#[test]
fn an_emptied_file_is_told_in_the_end() {
    let fixture = watched();
    fixture.write("src/a.rs", "");
    assert_eq!(fixture.change(), ["src/a.rs Edited"]);
}

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

#[test]
fn an_edit_while_the_watch_starts_is_never_lost() {
    for round in 0..20 {
        let (_dir, root) = crate_dir();
        let path = root.join("src/a.rs");
        let (report, messages) = sink();
        let watch = start(WatchSpec { roots: vec![root], ..WatchSpec::default() }, report).unwrap();
        fs::write(&path, format!("round {round}")).unwrap();
        match messages.recv_timeout(DEADLINE).expect("a message comes") {
            WatchMessage::Changed(change) => assert_eq!(change.files[0].path, path),
            other => panic!("{other:?}"),
        }
        drop(watch);
    }
}

#[test]
fn an_endless_storm_is_reported_meanwhile_and_the_drop_is_prompt() {
    let fixture = watched();
    let stop = Arc::new(AtomicBool::new(false));
    let storm = std::thread::spawn({
        let (stop, path) = (stop.clone(), fixture.root.join("src/storm.rs"));
        move || {
            for number in 0u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                fs::write(&path, format!("// {number}\n")).unwrap();
            }
        }
    });
    for _ in 0..2 {
        let lines = fixture.change();
        assert!(lines[0].starts_with("src/storm.rs"), "{lines:?}");
    }
    let Fixture { watch, dir, .. } = fixture;
    let begun = Instant::now();
    drop(watch);
    assert!(begun.elapsed() < Duration::from_secs(10));
    stop.store(true, Ordering::Relaxed);
    storm.join().unwrap();
    drop(dir);
}

#[test]
fn a_handle_may_be_dropped_by_the_report_itself() {
    let (_dir, root) = crate_dir();
    let slot = Arc::new(parking_lot::Mutex::new(None::<Watch>));
    let (done, ended) = channel();
    let report = {
        let slot = slot.clone();
        move |_| {
            drop(slot.lock().take());
            done.send(()).unwrap();
        }
    };
    *slot.lock() = Some(start(WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() }, report).unwrap());
    fs::write(root.join("src/a.rs"), "two").unwrap();
    ended.recv_timeout(DEADLINE).expect("the report runs");
}

#[test]
fn a_root_that_is_no_directory_is_an_error() {
    let (_dir, root) = crate_dir();
    for bad in [root.join("absent"), root.join("Cargo.toml")] {
        let spec = WatchSpec { roots: vec![bad.clone()], ..WatchSpec::default() };
        let error = start(spec, |_| ()).unwrap_err().to_string();
        assert!(error.contains(&bad.display().to_string()), "{error}");
    }
}

fn polled() -> Fixture {
    watched_with(|_, spec| spec.poll = Some(Duration::from_millis(10)))
}

#[test]
fn polling_sees_edits_new_and_removed_files() {
    let fixture = polled();
    assert_eq!(fixture.watch.mode(), "polling");
    fixture.write("src/a.rs", "fn two() {}\n");
    assert_eq!(fixture.change(), ["src/a.rs Edited"]);
    fs::create_dir(fixture.root.join("src/new")).unwrap();
    fixture.write("src/new/b.rs", "x");
    assert_eq!(fixture.change(), ["src/new/b.rs Created"]);
    fs::remove_dir_all(fixture.root.join("src/new")).unwrap();
    assert_eq!(fixture.change(), ["src/new/b.rs Removed"]);
    fixture.nothing_but_the_next_edit();
}

#[test]
fn polling_sees_an_edit_of_the_same_length_and_time() {
    let fixture = polled();
    let path = fixture.root.join("src/a.rs");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"fn two() {}\n").unwrap();
    file.set_modified(time).unwrap();
    drop(file);
    fixture.changes_until(|seen| seen.contains_key(&path));
}

#[test]
fn polling_tells_a_touch_as_unchanged_and_finds_a_root_again() {
    let fixture = polled();
    let file = fs::File::options().append(true).open(fixture.root.join("src/a.rs")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    assert_eq!(fixture.unchanged(), ["src/a.rs"]);
    fs::remove_dir_all(&fixture.root).unwrap();
    fixture.changes_until(|seen| seen.values().filter(|kind| **kind == ChangeKind::Removed).count() == 3);
    fs::create_dir_all(fixture.root.join("src")).unwrap();
    fixture.write("src/a.rs", "anew");
    assert_eq!(fixture.change(), ["src/a.rs Created"]);
}

/// A source of events that can watch two directories and then no more.
struct Scarce {
    left: usize,
}

impl Backend for Scarce {
    fn watch(&mut self, _: &Path, _: bool) -> Result<(), Refusal> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Err(Refusal::Exhausted("no file watches are left".into())),
        }
        Ok(())
    }

    fn unwatch(&mut self, _: &Path) {}
}

fn scarce(_: Sender<Input>) -> Result<Box<dyn Backend>, Refusal> {
    Ok(Box::new(Scarce { left: 2 }))
}

fn none_at_all(_: Sender<Input>) -> Result<Box<dyn Backend>, Refusal> {
    Err(Refusal::Exhausted("no file watches are to be had".into()))
}

#[test]
fn without_watches_it_polls_and_says_so() {
    for open in [scarce as backend::Opener, none_at_all] {
        let (dir, root) = crate_dir();
        fs::create_dir_all(root.join("src/deep/er")).unwrap();
        let (report, messages) = sink();
        let spec = WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() };
        let fixture = Fixture { dir, root, messages, watch: start_with(spec, open, report).unwrap() };
        assert_eq!(fixture.watch.mode(), "polling");
        match fixture.next() {
            WatchMessage::Degraded { reason } => {
                assert!(reason.contains("no file watches") && reason.contains("every 300 ms"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        fixture.write("src/deep/er/x.rs", "x");
        assert_eq!(fixture.change(), ["src/deep/er/x.rs Created"]);
    }
}

#[test]
fn watches_that_run_out_later_are_said_and_lose_nothing() {
    let (dir, root) = crate_dir();
    // The two directories of the crate and the one above get a watch; those created later do not.
    fn open(sender: Sender<Input>) -> Result<Box<dyn Backend>, Refusal> {
        struct Limited(Box<dyn Backend>, usize);
        impl Backend for Limited {
            fn watch(&mut self, dir: &Path, root: bool) -> Result<(), Refusal> {
                self.1 += 1;
                if self.1 > 3 {
                    Err(Refusal::Exhausted("no file watches are left".into()))
                } else {
                    self.0.watch(dir, root)
                }
            }
            fn unwatch(&mut self, dir: &Path) {
                self.0.unwatch(dir);
            }
        }
        Ok(Box::new(Limited(backend::native(sender)?, 0)))
    }
    let (report, messages) = sink();
    let spec = WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() };
    let fixture = Fixture { dir, root, messages, watch: start_with(spec, open, report).unwrap() };
    assert_eq!(fixture.watch.mode(), "events");
    fs::create_dir(fixture.root.join("src/new")).unwrap();
    fixture.write("src/new/b.rs", "x");
    assert!(matches!(fixture.next(), WatchMessage::Degraded { .. }));
    assert_eq!(fixture.change(), ["src/new/b.rs Created"]);
    assert_eq!(fixture.watch.mode(), "polling");
    fixture.write("src/new/b.rs", "y");
    assert_eq!(fixture.change(), ["src/new/b.rs Edited"]);
}

#[test]
fn a_directory_that_cannot_be_watched_is_named() {
    fn open(sender: Sender<Input>) -> Result<Box<dyn Backend>, Refusal> {
        struct Picky(Box<dyn Backend>);
        impl Backend for Picky {
            fn watch(&mut self, dir: &Path, root: bool) -> Result<(), Refusal> {
                if dir.ends_with("secret") {
                    Err(Refusal::Other("permission denied".into()))
                } else {
                    self.0.watch(dir, root)
                }
            }
            fn unwatch(&mut self, dir: &Path) {
                self.0.unwatch(dir);
            }
        }
        Ok(Box::new(Picky(backend::native(sender)?)))
    }
    let (dir, root) = crate_dir();
    fs::create_dir(root.join("secret")).unwrap();
    let (report, messages) = sink();
    let spec = WatchSpec { roots: vec![root.clone()], ..WatchSpec::default() };
    let fixture = Fixture { dir, root, messages, watch: start_with(spec, open, report).unwrap() };
    match fixture.next() {
        WatchMessage::Degraded { reason } => {
            assert!(reason.contains("secret") && reason.contains("permission denied"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fixture.watch.mode(), "events");
    fixture.nothing_but_the_next_edit();
}

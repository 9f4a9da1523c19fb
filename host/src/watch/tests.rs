//! Real files, real events: what editors and tools do to them, and what is told.

mod places;
mod polling;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::sync::mpsc::{Receiver, channel};

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
    // A look may come between the writer's truncating and writing, so other messages may lie between.
    for _ in 0..2 {
        while !matches!(fixture.next(), WatchMessage::Changed(_)) {}
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

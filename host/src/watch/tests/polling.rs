//! Without events: by choice, and because there are none to be had.

use std::sync::mpsc::Sender;

use super::*;
use crate::watch::backend::{self, Backend};
use crate::watch::input::Refusal;

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

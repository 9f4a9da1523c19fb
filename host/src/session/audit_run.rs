//! An audit on its way: it reads the objects of two builds and compares them, in a thread of its own.
//!
//! Dropping the [`AuditRun`] cancels it: the thread ends before the next object, and reports nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::audit::{AuditError, Build, Replaced, Verdict, Wrong, audit};
use crate::classify::Snapshot;

/// What is compared.
pub(super) struct Compared {
    /// The files with the code of the base that runs.
    pub(super) base: Vec<PathBuf>,
    /// Those of the build of the sources in force.
    pub(super) now: Vec<PathBuf>,
    /// What the patch in force changes.
    pub(super) patched: Arc<Replaced>,
}

/// An audit that runs.
pub(super) struct AuditRun {
    is_cancelled: Arc<AtomicBool>,
}

impl AuditRun {
    /// Starts it. `report` is called once, unless it is cancelled.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub(super) fn start(
        compared: Compared,
        report: impl FnOnce(Result<Verdict, AuditError>) + Send + 'static,
    ) -> io::Result<Self> {
        let is_cancelled = Arc::<AtomicBool>::default();
        let flag = Arc::clone(&is_cancelled);
        let run = move || {
            let is_wanted = || !flag.load(Ordering::Relaxed);
            let verdict = compare(&compared, &is_wanted);
            if is_wanted() {
                report(verdict);
            }
        };
        std::thread::Builder::new().name("liveswap audit".into()).spawn(run)?;
        Ok(Self { is_cancelled })
    }
}

impl Drop for AuditRun {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

fn compare(Compared { base, now, patched }: &Compared, is_wanted: &dyn Fn() -> bool) -> Result<Verdict, AuditError> {
    let (base, now) = (read(base, is_wanted)?, read(now, is_wanted)?);
    Ok(audit(&base, &now, patched))
}

fn read(files: &[PathBuf], is_wanted: &dyn Fn() -> bool) -> Result<Build, AuditError> {
    let mut build = Build::default();
    for file in files {
        let name = file.display().to_string();
        let damaged = |error: io::Error| AuditError::Damaged { file: name.clone(), reason: error.to_string() };
        build.add(&name, &fs::read(file).map_err(damaged)?, is_wanted)?;
    }
    Ok(build)
}

/// The directory in a target directory that wrong patches are kept in.
const WRONG_PATCHES: &str = "wrong-patches";

/// Keeps what a wrong patch was made from, so that it can become a test: the files that differ as they were when the base
/// was built, and as they are now, and what the audit said. Gives the directory.
///
/// # Errors
///
/// It can't be written.
pub(super) fn keep(
    target_dir: &Path,
    workspace: &Path,
    (base, now): (&Snapshot, &Snapshot),
    wrong: &[Wrong],
) -> io::Result<PathBuf> {
    let all = target_dir.join(WRONG_PATCHES);
    fs::create_dir_all(&all)?;
    let kept = (1..).map(|number: u32| all.join(number.to_string())).find(|place| !place.exists());
    let kept = kept.unwrap_or(all);
    for path in now.changed_since(base) {
        let name = path.strip_prefix(workspace).unwrap_or(path.strip_prefix("/").unwrap_or(path));
        for (state, snapshot) in [("old", base), ("new", now)] {
            let Some(contents) = snapshot.get(path) else { continue };
            let file = kept.join(state).join(name);
            file.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(file, contents)?;
        }
    }
    fs::create_dir_all(&kept)?;
    let lines: String = wrong.iter().map(|one| format!("{} {}\n", one.name, one.reason)).collect();
    fs::write(kept.join("left-out.txt"), lines)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_wrong_patch_was_made_from_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("w/src/lib.rs");
        let state = |text: &str| {
            let mut snapshot = Snapshot::default();
            snapshot.update(file.clone(), Some(text.as_bytes().into()));
            snapshot
        };
        let wrong = [Wrong { name: "a::f".into(), reason: "has other code".into() }];
        let (old, new) = (state("// old"), state("fn f() {}"));
        let workspace = directory.path().join("w");
        let keep = || keep(&directory.path().join("t"), &workspace, (&old, &new), &wrong).unwrap();
        let (first, second) = (keep(), keep());
        assert_eq!(fs::read_to_string(first.join("old/src/lib.rs")).unwrap(), "// old");
        assert_eq!(fs::read_to_string(first.join("new/src/lib.rs")).unwrap(), "fn f() {}");
        assert_eq!(fs::read_to_string(second.join("left-out.txt")).unwrap(), "a::f has other code\n");
        assert_ne!(first, second);
    }

    #[test]
    fn what_can_not_be_read_is_reported_and_a_cancelled_audit_reports_nothing() {
        let compared = || Compared { base: vec!["/no/such/file".into()], now: Vec::new(), patched: Arc::default() };
        let (tx, rx) = channel();
        let run = AuditRun::start(compared(), move |verdict| tx.send(verdict).unwrap()).unwrap();
        let error = rx.recv_timeout(Duration::from_secs(60)).unwrap().unwrap_err();
        assert!(error.to_string().starts_with("/no/such/file can't be read"), "{error}");
        drop(run);
        let (tx, rx) = channel::<()>();
        let is_wanted = || false;
        assert_eq!(compare(&Compared { base: Vec::new(), ..compared() }, &is_wanted), Ok(Verdict::default()));
        drop(tx);
        assert_eq!(rx.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Disconnected));
    }
}

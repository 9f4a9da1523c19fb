//! The control of a typed host: by its methods, and from outside where it has several libraries.
//!
//! The tests share one process and so the libraries' tables; a lock lets one run at a time.

#![cfg(unix)]

use std::sync::{Mutex, MutexGuard};

use liveswap_host::{EventKind, RollbackError, SessionError, Standing};
use liveswap_tests::{Project, Run, TypedRun, Value};

const LOGIC: &str = "logic/src/lib.rs";

fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn version(project: &Project, from: u64, to: u64) {
    let text = |version| format!("const VERSION: u64 = {version};");
    project.edit(LOGIC, &text(from), &text(to));
}

#[test]
fn a_program_pauses_reloads_and_goes_back() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start(|host| host.control(false).library_at(&typed_logic::HOT, project.path("logic")));
    let logic = &typed_logic::HOT;
    assert_eq!(run.host.rollback(logic), Err(RollbackError::First { in_force: 0 }));
    run.started("typed-logic");
    let status = run.host.status(logic).unwrap();
    assert_eq!((status.generation, status.paused, status.patches), (1, false, false));

    assert_eq!(run.host.pause(logic), Ok(true));
    assert_eq!(run.host.pause(logic), Ok(false));
    version(&project, 1, 2);
    run.wait("the change", true, |event| matches!(&event.kind, EventKind::Changed { .. }).then_some(()));
    assert_eq!(run.host.status(logic).unwrap().unbuilt, [project.path(LOGIC)]);
    assert_eq!(run.host.resume(logic), Ok(Some(vec![project.path(LOGIC)])));
    assert_eq!(run.host.resume(logic), Ok(None));
    assert_eq!(run.applied().1, 2);
    assert_eq!(typed_logic::version(), 2);

    run.host.reload(logic).unwrap();
    let reason = run.wait("the build", true, |event| match &event.kind {
        EventKind::Applied { reason, generation: 3, .. } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(reason, "asked for");
    let sizes = run.host.generations(logic).iter().map(|one| one.size).collect::<Vec<_>>();
    assert!(sizes.iter().all(|size| *size > 10_000), "{sizes:?}");

    assert_eq!(run.host.rollback(logic), Ok(4));
    run.wait("the rollback", true, |event| {
        matches!(event.kind, EventKind::RolledBack { content_of: 2, .. }).then_some(())
    });
    let standings: Vec<_> = run.host.generations(logic).iter().map(|one| one.standing).collect();
    assert_eq!(standings, [Standing::Retired, Standing::Retired, Standing::Quarantined, Standing::InForce]);

    let other = SessionError::NotHosted { library: "typed-other".into() };
    assert_eq!(run.host.pause(&typed_other::HOT), Err(other.clone()));
    assert_eq!(run.host.reload(&typed_other::HOT), Err(other));
    // No socket was wanted.
    assert!(!project.path("target/liveswap/typed-logic/control").exists());
}

/// What a command says, while the host passes safe points.
fn finish(run: &mut TypedRun, command: Run) -> (i32, String) {
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(command.finish()));
    loop {
        run.host.tick();
        if let Ok(finished) = finished.recv_timeout(std::time::Duration::from_millis(5)) {
            return (finished.status.code().unwrap(), finished.stdout + &finished.stderr);
        }
    }
}

#[test]
fn of_several_libraries_one_is_named() {
    let _lock = one_at_a_time();
    let project = Project::typed();
    let mut run = TypedRun::start(|host| {
        let host = host.library_at(&typed_logic::HOT, project.path("logic"));
        host.library_at(&typed_other::HOT, project.path("other"))
    });
    run.started("typed-logic");
    let is_started =
        |run: &TypedRun| run.host.generation(&typed_other::HOT) == 1 && run.host.generation(&typed_logic::HOT) == 1;
    liveswap_tests::until("both libraries", || {
        run.host.tick();
        is_started(&run)
    });
    version(&project, 1, 2);
    run.applied();
    let mut ask = |arguments: &[&str]| finish(&mut run, project.command(arguments));

    let (code, text) = ask(&["status"]);
    assert!(
        code == 0 && text.contains("● typed-logic · generation 2\n") && text.contains("● typed-other · generation 1\n"),
        "{text}"
    );
    let (_, text) = ask(&["status", "typed-other", "--json"]);
    let status: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status["answer"]["pid"], std::process::id());
    assert_eq!(status["answer"]["libraries"].as_array().unwrap().len(), 1);
    let (code, text) = ask(&["rollback"]);
    assert_eq!(
        (code, text.as_str()),
        (1, "error: this host has several libraries: typed-logic, typed-other; name one with --library\n")
    );
    let (code, text) = ask(&["rollback", "--library", "typed-logic"]);
    assert_eq!((code, text.as_str()), (0, "`typed-logic`: generation 3 is in force: generation 1's code\n"));
    // The program does not come to its safe point: that is told when there is no more patience, and it comes then.
    let (code, text) = {
        let finished = project.command(&["rollback", "2", "--library", "typed-logic", "--timeout", "0.1"]).finish();
        (finished.status.code().unwrap(), finished.stdout + &finished.stderr)
    };
    let expected = "`typed-logic`: not known yet: generation 4 is ready, and waits for the program's safe point\n";
    assert_eq!((code, text.as_str()), (4, expected));
    let (code, text) = ask(&["rollback", "1", "--library", "typed-logic"]);
    assert_eq!((code, text.as_str()), (0, "`typed-logic`: generation 5 is in force: generation 1's code\n"));
    // In the directory of one, that one is meant.
    let (code, text) = ask(&["pause", "other"]);
    assert_eq!((code, text.as_str()), (0, "`typed-other`: paused: edits are not built until `liveswap resume`\n"));
    let (code, text) = ask(&["history"]);
    assert!(code == 0 && text.starts_with("typed-logic\n") && text.contains("\ntyped-other\n"), "{text}");
    assert_eq!(typed_logic::version(), 1);
}

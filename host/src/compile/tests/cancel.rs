//! Ending a build before its end.

use super::*;

/// Waits until the condition holds.
fn wait_for<T>(what: &str, condition: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "no {what} in {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A library whose build script writes its process id and then sleeps for longer than any test.
fn endless() -> (Crate, PathBuf) {
    let hot = Crate::new("");
    let pid = hot.root.join("pid");
    hot.write(
        "hot/build.rs",
        &format!(
            "fn main() {{\n\
                 std::fs::write({:?}, std::process::id().to_string()).unwrap();\n\
                 std::fs::rename({:?}, {:?}).unwrap();\n\
                 std::thread::sleep(std::time::Duration::from_secs(600));\n\
             }}",
            hot.root.join("pid.new"),
            hot.root.join("pid.new"),
            pid
        ),
    );
    (hot, pid)
}

/// The ids of the living processes in the group.
#[cfg(target_os = "linux")]
fn group(id: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let entry = entry.ok()?;
        let process: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // After the name, which is in brackets: state, parent, group.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        (fields.first() != Some(&"Z") && fields.get(2)?.parse() == Ok(id)).then_some(process)
    });
    processes.collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_cancel_leaves_no_process_and_reports_nothing_more() {
    let (hot, pid) = endless();
    for dropped in [false, true] {
        let _ = fs::remove_file(&pid);
        let (build, messages) = hot.start();
        let script: u32 = wait_for("build script", || fs::read_to_string(&pid).ok()?.parse().ok());
        let id = build.id();
        assert!(group(id).contains(&script) && group(id).contains(&id), "{:?}", group(id));
        if dropped {
            drop(build)
        } else {
            build.cancel()
        }
        assert_eq!(group(id), Vec::<u32>::new());
        // The reporting thread is gone and with it the sender, so this ends.
        assert!(messages.iter().all(|message| matches!(message, BuildMessage::Progress(_))));
    }
}

#[test]
fn a_build_after_a_cancelled_one_succeeds() {
    let (hot, pid) = endless();
    let (build, _messages) = hot.start();
    wait_for("build script", || pid.exists().then_some(()));
    build.cancel();
    hot.write("hot/build.rs", "fn main() {}");
    assert!(!hot.built().fresh);
}

#[test]
fn a_build_can_be_dropped_by_its_own_report() {
    let hot = Crate::new("");
    let (give, take) = mpsc::channel::<Build>();
    let (done, ended) = mpsc::channel();
    let build = start(&hot.request, move |message| {
        if matches!(message, BuildMessage::Finished(_)) {
            drop(take.recv());
            done.send(()).unwrap();
        }
    });
    give.send(build.unwrap()).unwrap();
    ended.recv_timeout(DEADLINE).unwrap();
}

//! A debugger stops in a patched function at the user's line, and shows it.

#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use liveswap_tests::Project;

#[test]
fn gdb_stops_at_the_users_line_of_a_patched_function() {
    if Command::new("gdb").arg("--version").stdout(Stdio::null()).status().is_err() {
        return println!("skipped: there is no gdb here");
    }
    let project = Project::new("patches");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    project.edit("src/lib.rs", "    x + 10", "    let more = x + 1000;\n    more - 989");
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
    run.line("free 12 ");
    let line = 1 + project.read("src/lib.rs").lines().position(|line| line.contains("more - 989")).unwrap();
    let mut gdb = Command::new("gdb");
    gdb.args(["--nx", "--batch", "-p", &run.id().to_string()]);
    // Nothing is asked of servers.
    let place = format!("break src/lib.rs:{line}");
    for command in ["set debuginfod enabled off", "set pagination off", &place, "continue", "frame"] {
        gdb.args(["-ex", command]);
    }
    let output = gdb.current_dir(project.directory()).stdin(Stdio::null()).output().expect("gdb starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if stderr.contains("ptrace: Operation not permitted") {
        return println!("skipped: gdb may not attach here");
    }
    let frame = said.lines().find(|line| line.starts_with("#0") && line.contains("::free"));
    let frame = frame.unwrap_or_else(|| panic!("no stop in the patched function:\n{said}\n{stderr}"));
    assert!(frame.contains(&format!("src/lib.rs:{line}")), "{frame}");
    assert!(said.contains(&format!("{line}\t    more - 989")), "the user's text is shown:\n{said}\n{stderr}");
    // The program goes on, and can be patched again.
    project.edit("src/lib.rs", "more - 989", "more - 988");
    run.line("free 13 ");
}

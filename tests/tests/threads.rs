//! Threads that a hot library has started: the history shows them, and the user is told of those that stay when their code
//! is swapped out.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run, Value, until};

/// What a successful command prints.
fn said(project: &Project, arguments: &[&str]) -> String {
    let finished = project.command(arguments).finish();
    assert!(finished.status.success(), "{arguments:?}: {finished:#?}");
    finished.stdout
}

/// The threads of each generation, as the history has them.
fn threads(project: &Project) -> Vec<String> {
    let history: Value = serde_json::from_str(&said(project, &["history", "--json"])).unwrap();
    let generations = history["answer"]["libraries"][0]["generations"].as_array().unwrap();
    let threads = generations.iter().map(|one| one["threads"].as_array().unwrap());
    threads.map(|names| names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(", ")).collect()
}

/// Waits for the history to have these threads: some may be beginning or ending.
fn wait_for_threads(project: &Project, expected: &[&str]) {
    until(&format!("the threads {expected:?}"), || threads(project) == expected);
}

fn label(project: &Project, from: &str, to: &str) {
    project.edit("src/lib.rs", &format!("LABEL: &str = \"{from}\""), &format!("LABEL: &str = \"{to}\""));
}

fn is_of_threads(event: &Value) -> bool {
    event["message"].as_str().is_some_and(|message| message.contains("its code"))
}

/// Waits for the next warning of threads.
fn warning(run: &mut Run) -> String {
    run.event_where("warning", is_of_threads)["message"].as_str().unwrap().to_owned()
}

/// All warnings of threads so far.
fn warnings(run: &Run) -> usize {
    run.events().iter().filter(|event| event["event"] == "warning" && is_of_threads(event)).count()
}

#[test]
fn threads_that_stay_are_seen_and_told_once() {
    let project = Project::new("threads");
    let mut run = project.run();
    run.started();
    run.line("one 1");
    wait_for_threads(&project, &["loaded, worker"]);
    assert!(said(&project, &["history"]).contains("first build · 2 threads (loaded, worker)"));

    label(&project, "one", "two");
    run.applied(2);
    assert_eq!(
        warning(&mut run),
        "2 threads of generation 1 still run its code (loaded, worker): end them in an `on_retire` hook, or leave them"
    );
    wait_for_threads(&project, &["loaded, worker", "loaded"]);

    // The image comes back, with its threads.
    said(&project, &["rollback"]);
    run.event("rolled_back");
    assert!(warning(&mut run).starts_with("1 thread of generation 2 still runs its code (loaded): "));
    wait_for_threads(&project, &["loaded, worker", "loaded", ""]);

    // And goes again, which is not told again.
    label(&project, "two", "three");
    run.applied(4);
    label(&project, "three", "four");
    run.applied(5);
    assert!(warning(&mut run).starts_with("1 thread of generation 4 "));
    assert_eq!(warnings(&run), 3);
    run.stop();
}

#[test]
fn threads_that_a_hook_joins_are_not_told() {
    let project = Project::new("threads");
    project.edit("src/lib.rs", "on_load = loaded)", "on_load = loaded, on_retire = retired)");
    let mut run = project.run();
    run.started();
    run.line("one 1");
    wait_for_threads(&project, &["loaded, worker"]);
    // The next one's hook ends nothing.
    let text = project.edited("src/lib.rs", "    STOP.store(true, Ordering::SeqCst);\n", "    return;\n");
    project.write("src/lib.rs", &text.replace("LABEL: &str = \"one\"", "LABEL: &str = \"two\""));
    run.applied(2);
    run.line("joined one");
    wait_for_threads(&project, &["", "loaded"]);

    label(&project, "two", "three");
    run.applied(3);
    assert_eq!(
        warning(&mut run),
        "1 thread of generation 2 still runs its code (loaded): have its `on_retire` hook join it, or leave it"
    );
    assert_eq!(warnings(&run), 1);
    run.stop();
}

#[test]
fn threads_of_patched_code_are_seen() {
    let project = Project::new("threads");
    let mut run = project.run_with(&["--patch=on"]);
    run.started();
    run.line("one 1");
    wait_for_threads(&project, &["loaded, worker"]);
    let by_std = "if !has_more {\n        let work = || while LABEL == \"one\" {\n            \
                  sleep(Duration::from_millis(1));\n        };\n        \
                  Builder::new().name(\"patched\".into()).spawn(work).unwrap();\n    }\n    true\n";
    project.edit("src/lib.rs", "    has_more\n}", &format!("    {by_std}}}"));
    assert_eq!(run.event("applied")["tier"], "patch");
    wait_for_threads(&project, &["loaded, worker", "patched"]);

    let by_itself = "if has_more {\n        let mut thread = 0;\n        let null = std::ptr::null_mut();\n        \
                     assert_eq!(unsafe { pthread_create(&mut thread, null, bare, null) }, 0);\n    }\n    false\n";
    project.edit("src/lib.rs", by_std, by_itself);
    assert_eq!(run.event("applied")["tier"], "patch");
    // A thread without a name has that of its starter, which is the program's.
    wait_for_threads(&project, &["loaded, worker", "patched", "liveswap"]);

    // A patch retires nothing.
    let text = project.edited("src/lib.rs", "has_more: bool,\n", "has_more: bool,\n    next: u8,\n");
    project.write("src/lib.rs", &text.replace("has_more: false }", "has_more: false, next: 0 }"));
    assert_eq!(run.event("applied")["tier"], "swap");
    let message = warning(&mut run);
    assert!(
        message.starts_with("4 threads of generation 1 still run its code (liveswap, loaded, patched and 1 more): "),
        "{message}"
    );
    assert_eq!(warnings(&run), 1);
    run.stop();
}

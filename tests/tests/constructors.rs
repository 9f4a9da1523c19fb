//! Constructors of a library, which run when it is loaded: good ones run once in the program; those that end a process, or
//! do not come back, are refused before the program loads them.

#![cfg(target_os = "linux")]

use std::fs;

use liveswap_tests::{Project, Run, count, descendants_of, until};

const MORE: &str = "    // More.\n";

/// The processes in which constructors ran, in their order.
fn processes(project: &Project) -> Vec<u32> {
    let noted = fs::read_to_string(project.outside().join("constructed")).unwrap_or_default();
    noted.lines().map(|line| line.parse().expect("a process id")).collect()
}

/// Has the constructor do something more.
fn edit(project: &Project, from: &str, to: &str) {
    project.edit("src/lib.rs", from, to);
}

fn runs_on(run: &mut Run, generation: u64) {
    let line = run.line(&format!(" in {generation}, constructed 1"));
    let before = count(&line);
    assert!(count(&run.line(&format!(" in {generation}, constructed 1"))) > before);
}

#[test]
fn a_good_one_runs_once_in_the_program() {
    let project = Project::new("constructors");
    let mut run = project.run();
    run.started();
    run.line(" in 1, constructed 1");
    edit(&project, "self.count += 1;", "self.count += 1000;");
    run.applied(2);
    run.line(" in 2, constructed 1");
    let ran = processes(&project);
    assert_eq!(ran.len(), 4, "for each generation, first elsewhere and then here");
    assert_eq!((ran[1], ran[3]), (run.id(), run.id()));
    assert!(ran[0] != run.id() && ran[2] != run.id());
    run.stop();
}

#[test]
fn bad_ones_are_refused_with_the_reason_and_a_fix_is_applied() {
    let project = Project::new("constructors");
    let mut run = project.run();
    run.started();
    let rows = [
        ("    panic!(\"no way\");\n", "panicked at src/lib.rs:25:5: no way"),
        (
            "    unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) };\n",
            "ended the process by SIGSEGV",
        ),
        ("    std::process::exit(3);\n", "ended the process with exit status: 3"),
        ("    loop {\n        std::thread::park();\n    }\n", "did not come back within 5 s"),
    ];
    for (bad, says) in rows {
        edit(&project, MORE, bad);
        let reason = run.refused("open");
        assert!(reason.starts_with("the constructor `constructors::construct` "), "{reason}");
        assert!(reason.contains(says) && reason.contains("mend it and save"), "{reason}");
        runs_on(&mut run, 1);
        // Each ran in a process of its own, which is gone.
        assert!(run.processes().iter().all(|(id, _)| *id == run.id()), "{:?}", run.processes());
        edit(&project, bad, MORE);
        run.skipped("same contents as the running generation");
    }
    edit(&project, MORE, "    println!(\"more\");\n");
    run.applied(2);
    run.line("more");
    runs_on(&mut run, 2);
    let ran = processes(&project);
    assert_eq!(ran.len(), 2 + rows.len() + 2);
    assert_eq!(ran.iter().filter(|id| **id == run.id()).count(), 2, "one for each generation");
    run.stop();
}

#[test]
fn the_first_library_of_a_program_waits_for_a_fix() {
    let project = Project::new("constructors");
    edit(&project, MORE, "    panic!(\"not yet\");\n");
    let mut run = project.run();
    assert!(run.refused("open").contains("not yet"));
    run.stderr_line("waiting for a fix; nothing runs yet");
    edit(&project, "    panic!(\"not yet\");\n", MORE);
    run.started();
    run.line(" constructed 1");
    run.stop();
}

#[test]
fn a_base_and_a_patch() {
    let project = Project::new("constructors");
    let by_macro = "macro_rules! at_load {\n    ($f:expr) => {{\n        #[used]\n        \
                    #[unsafe(link_section = \".init_array\")]\n        static MORE: extern \"C\" fn() = $f;\n    }};\n}\n\n\
                    impl App for";
    edit(&project, "impl App for", by_macro);
    let mut run = project.run_with(&["--patch=on"]);
    run.started();
    edit(&project, "self.count += 1;", "self.count += 2;");
    assert_eq!(run.event("applied")["tier"], "patch");
    run.line(" in 2, constructed 1");
    assert_eq!(processes(&project).len(), 2, "a patch has none");
    // One that a macro puts into a body.
    edit(&project, "self.count += 2;", "at_load!(construct);\n        self.count += 1;");
    let applied = run.event("applied");
    assert_eq!(applied["tier"], "swap", "{applied}");
    assert!(applied["reason"].as_str().unwrap().contains("declares a static"), "{applied}");
    run.line(" in 3, constructed 2");
    // A patch of a constructor would have no effect until the library is loaded anew.
    edit(&project, MORE, "    panic!(\"no way\");\n");
    let reason = run.refused("open");
    assert!(reason.contains("panicked at src/lib.rs:25:5: no way"), "{reason}");
    run.stop();
}

/// A constructor that never comes back, and says that it has begun.
const ENDLESS: &str = "    std::fs::write(std::path::Path::new(&outside).join(\"endless\"), \"\").unwrap();\n    loop {\n        \
                       std::thread::park();\n    }\n";

fn wait_for_endless(project: &Project) {
    until("an endless constructor", || project.outside().join("endless").exists());
}

#[test]
fn a_change_ends_a_constructor_that_is_tried() {
    let project = Project::new("constructors");
    let mut run = project.run();
    run.started();
    edit(&project, MORE, ENDLESS);
    wait_for_endless(&project);
    edit(&project, ENDLESS, "    println!(\"ended\");\n");
    run.applied(2);
    run.line("ended");
    runs_on(&mut run, 2);
    run.stop();
}

#[test]
fn the_end_of_the_program_ends_a_constructor_that_is_tried() {
    for (signal, is_clean) in [("INT", true), ("KILL", false)] {
        let project = Project::new("constructors");
        let mut run = project.run();
        run.started();
        edit(&project, MORE, ENDLESS);
        wait_for_endless(&project);
        run.signal(signal);
        let mark = run.mark().to_owned();
        assert_eq!(run.finish().status.success(), is_clean);
        until("the end of all processes", || descendants_of(&mark).is_empty());
    }
}

//! What is said on stderr, what is left to the program, and what the built library shows to the world.

#![cfg(unix)]

use std::process::Command;

use liveswap_tests::Project;

#[test]
fn quiet_says_only_what_went_wrong() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["-q"]);
    run.started();
    project.edit("src/lib.rs", r#""one""#, r#""two""#);
    run.applied(2);
    run.line("two ");
    assert_eq!(run.stderr(), "");
    project.edit("src/lib.rs", "self.count += 1;", "self.count += one;");
    run.event("build_failed");
    run.stderr_line("cannot find value `one`");
    project.edit("src/lib.rs", "self.count += one;", "self.count += 1;");
    run.skipped("same contents");
    assert_eq!(run.stop().stderr.matches("build failed").count(), 1);
}

#[test]
fn verbose_says_everything() {
    let project = Project::new("counter");
    let mut run = project.run_with(&["-v"]);
    run.started();
    project.edit("src/lib.rs", "self.count += 1;", "self.count += 1;\n        let idle = 1;");
    run.applied(2);
    for text in ["changed: src/lib.rs", "2 images loaded, ", "classify ", "migrate ", "unused variable: `idle`"] {
        run.stderr_line(text);
    }
}

#[test]
fn a_pipe_gets_no_escape_sequences() {
    let environments: [&[(&str, &str)]; 2] = [&[], &[("NO_COLOR", "1"), ("CLICOLOR", "1"), ("TERM", "xterm-256color")]];
    for environment in environments {
        let project = Project::new("counter");
        let mut run = project.run_as(&[], |command| {
            command.envs(environment.iter().copied());
        });
        run.started();
        project.edit("src/lib.rs", "self.count += 1;", "self.count += one;");
        run.event("build_failed");
        run.stderr_line("build failed");
        project.edit("src/lib.rs", "self.count += one;", "panic!(\"no more\");");
        run.event("fault");
        let finished = run.stop();
        assert!(finished.stderr.contains("cannot find value `one`"), "{}", finished.stderr);
        let odd = |text: &str| text.chars().any(|character| character.is_control() && character != '\n');
        assert!(!odd(&finished.stderr) && !odd(&finished.stdout), "{:?}", finished.stderr);
    }
}

#[test]
fn event_lines_may_go_to_stdout_and_files_are_appended_to() {
    let project = Project::new("counter");
    project.edit("src/lib.rs", "        Flow::Continue", "        Flow::Stop");
    let finished = project.run_with(&["--events", "-"]).finish();
    let lines: Vec<&str> = finished.stdout.lines().filter(|line| line.starts_with('{')).collect();
    assert!(lines.last().is_some_and(|line| line.contains(r#""event":"stopped""#)), "{}", finished.stdout);
    assert!(finished.events.is_empty(), "the argument comes before the variable");

    let file = project.outside().join("events");
    std::fs::write(&file, "before\n").unwrap();
    let finished = project.run_with(&["--events", file.to_str().unwrap()]).finish();
    assert!(finished.status.success());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("before\n{") && text.ends_with("}\n"), "{text}");

    let nowhere = project.outside().join("none/events");
    let finished = project.run_with(&["--events", nowhere.to_str().unwrap()]).finish();
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.stderr.contains("for event lines"), "{}", finished.stderr);
}

#[test]
fn log_and_tracing_lines_reach_the_hosts_stderr() {
    let project = Project::new("counter");
    let dependencies = "[dependencies]\nlog = \"0.4\"\ntracing = { version = \"0.1\", default-features = false, features = [\"std\"] }\n";
    project.edit("Cargo.toml", "[dependencies]\n", dependencies);
    let lines = "log::info!(\"logged {}\", self.count);\n        tracing::info!(n = self.count, \"traced\");\n        log::debug!(\"too much\");";
    project.edit("src/lib.rs", "self.count += 1;", &format!("self.count += 1;\n        {lines}"));
    let mut run = project.run();
    run.started();
    for text in ["INFO", "logged 1", "traced n=1", "counter"] {
        run.stderr_line(text);
    }
    // The next generation has statics of its own.
    project.edit("src/lib.rs", "logged {}", "logged anew {}");
    run.applied(2);
    run.stderr_line("logged anew");
    assert!(!run.stop().stderr.contains("too much"), "what is too fine for the host is left out");

    let mut run = project.run_as(&[], |command| {
        command.env("RUST_LOG", "debug");
    });
    run.stderr_line("too much");
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_exports_its_root_only() {
    let project = Project::new("counter");
    let mut run = project.run();
    run.started();
    let library = project.path("target/liveswap/counter/debug/libcounter.so");
    let output =
        Command::new("nm").args(["-D", "--defined-only"]).arg(library).output().expect("nm, as linkers need it");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    let symbols: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next_back()).collect();
    // The linker makes these for the sections of the entries; they are protected, so nobody else's are taken.
    let is_marker = |symbol: &str| symbol.starts_with("__start_linkm") || symbol.starts_with("__stop_linkm");
    let own: Vec<_> = symbols.iter().filter(|symbol| !is_marker(symbol)).collect();
    assert_eq!(own, [&"liveswap_root_counter"], "{text}");
}

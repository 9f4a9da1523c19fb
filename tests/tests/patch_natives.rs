//! Bodies that call native static libraries, and functions with opaque arguments, are patched; a swap says which statics
//! it starts anew.

#![cfg(target_os = "linux")]

use liveswap_tests::{Project, Run, Value};

const LIBRARY: &str = "src/lib.rs";

/// The number behind a name in a tick's line.
fn number(line: &str, name: &str) -> u64 {
    let rest = line.split(&format!(" {name} ")).nth(1).and_then(|rest| rest.split(' ').next());
    rest.and_then(|number| number.parse().ok()).expect("a number")
}

fn patched(run: &mut Run, function: &str) {
    let event = run.event("applied");
    assert_eq!(event["tier"], "patch", "{event}");
    let functions: Vec<_> = event["functions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(functions.contains(&function), "{event}");
    assert_eq!(event["started_anew"], Value::Array(Vec::new()));
}

#[test]
fn native_functions_and_opaque_arguments_are_patched_and_a_swap_names_lost_statics() {
    let project = Project::new("natives");
    let mut run = project.run_with(&["--patch"]);
    run.started();
    run.line("any Some(7) !! generation 1");

    project.edit(LIBRARY, "\"total {}\"", "\"in all {}\"");
    patched(&mut run, "native");
    let line = run.line(" in all ");
    assert!(number(&line, "all") == number(&line, "hits") + 1, "the native library's static is the base's: {line}");
    // The address is known now.
    project.edit(LIBRARY, "\"in all {}\"", "\"sum {}\"");
    patched(&mut run, "native");
    run.line(" sum ");

    project.edit(LIBRARY, "\"any {:?} {}\"", "\"some {:?} {}\"");
    patched(&mut run, "shown");
    run.line("some Some(7) !! generation");

    project.edit(LIBRARY, "struct Labels {", "struct Other;\n\nstruct Labels {");
    let event = run.event("applied");
    assert_eq!(event["tier"], "swap", "{event}");
    assert_eq!(
        event["started_anew"],
        serde_json::json!(["static HITS", "static log::LINES", "thread-local DEPTH"]),
        "{event}"
    );
    run.stderr_line(" · starts anew: static HITS, static log::LINES, thread-local DEPTH");
    run.stop();
}

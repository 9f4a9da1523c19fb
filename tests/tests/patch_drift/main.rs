//! After each of many random edits, the running, patched program gives the answers of a fresh build of the same sources,
//! and the audit finds no function that a patch left out.
//!
//! 25 edits, the same in each run. `LIVESWAP_EDITS=200 LIVESWAP_SEED=7 cargo test -p liveswap-tests --test patch_drift --
//! --nocapture` is a longer form with other edits.

#![cfg(target_os = "linux")]

mod edits;
mod template;

use std::collections::BTreeMap;

use edits::Editor;
use liveswap_tests::{Project, Value, asked_for};
use template::Template;

const FILES: [&str; 6] = ["lib.rs", "low.rs", "shapes.rs", "macros.rs", "deep/mod.rs", "deep/inner.rs"];

#[test]
fn a_patched_program_answers_as_a_fresh_build() {
    let (count, seed) = (asked_for("LIVESWAP_EDITS", 25), asked_for("LIVESWAP_SEED", 1));
    println!("{count} edits, LIVESWAP_SEED={seed}");
    let project = Project::new("drift");
    let template = Template::new(FILES.map(|file| (file, project.read(&format!("src/{file}")))));
    let mut random = Editor::new(seed);
    let mut history = vec![template.unedited()];
    let mut run = project.run_with(&["--patch"]);
    run.started();
    let mut old = project.run_example("fresh");
    run.line(&old);
    let (mut told, mut generation) = (0, 2);

    for number in 1..=count {
        let before = template.render(history.last().expect("the unedited sources"));
        let (what, state, changed) = loop {
            let (what, state) = random.edit(&template, &history);
            let changed: Vec<_> = template.render(&state).into_iter().filter(|file| !before.contains(file)).collect();
            if !changed.is_empty() {
                break (what, state, changed);
            }
        };
        history.push(state);
        let files: Vec<&str> = changed.iter().map(|(file, _)| *file).collect();
        println!("edit {number}: {what}, in {}", files.join(", "));
        let from = run.stdout().lines().count();
        run.pass_lines();
        for (file, text) in &changed {
            project.write(&format!("src/{file}"), text);
        }
        let new = project.run_example("fresh");
        run.line(&new);
        run.line(&new);

        let stdout = run.stdout();
        let said: Vec<&str> = stdout.lines().skip(from).collect();
        let first = said.iter().position(|line| *line == new).expect("it was waited for");
        assert!(said[first..].iter().all(|line| *line == new) || changed.len() > 1, "it went back: {said:#?}");
        // Files of one save may come as several edits.
        if changed.len() == 1 {
            assert!(said[..first].iter().all(|line| *line == old), "neither the old code nor the new: {said:#?}");
        }
        old = new;
        // The text says what an edit changes, and so may be wrong about it; the compiler is not.
        let applied = |event: &Value| event["event"] == "applied" && event["generation"].as_u64() >= Some(generation);
        let patch = run.events().into_iter().rfind(|event| applied(event) && event["tier"] == "patch");
        if let Some(patch) = patch {
            generation = patch["generation"].as_u64().expect("a number") + 1;
            let is_of_it = |event: &Value| event["generation"] == patch["generation"];
            let audit = run.event_among(&["audited", "corrected", "unaudited"], is_of_it);
            assert_eq!(audit["event"], "audited", "{audit}");
        }
        let events = run.events();
        for event in events[told..].iter().filter(|event| event["tier"] == "swap") {
            println!("  swapped: {}", event["reason"]);
        }
        told = events.len();
    }
    println!("{}", tiers(&run.stop().events));
}

/// How many edits were applied by which tier.
fn tiers(events: &[Value]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        let name = event["tier"].as_str().or(event["event"].as_str()).unwrap_or_default();
        if ["patch", "swap", "skipped", "build_failed", "refused"].contains(&name) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    let edits: usize = counts.values().sum();
    format!("{counts:?}; {}% patched", counts.get("patch").unwrap_or(&0) * 100 / edits.max(1))
}

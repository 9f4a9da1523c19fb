//! Every event's text, in each style.

use std::path::PathBuf;
use std::time::Duration;

use liveswap_host::events::{Diagnostic, Event, EventKind, Fault, FaultKind, Level, Phases, Stage, Tier};
use liveswap_host::present::{Style, render};

fn style() -> Style {
    Style { relative_to: "/projects/game".into(), ..Style::default() }
}

fn verbose() -> Style {
    Style { verbose: true, ..style() }
}

fn quiet() -> Style {
    Style { quiet: true, ..style() }
}

fn event(kind: EventKind) -> Event {
    Event { library: "logic".into(), kind }
}

/// What a reader without colours sees; nothing is the empty text.
fn plain(kind: &EventKind, options: &Style) -> String {
    let text = render(&event(kind.clone()), options).unwrap_or_default();
    anstream::adapter::strip_str(&text).to_string()
}

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn diagnostic(level: Level, message: &str) -> Diagnostic {
    let rendered = format!("\u{1b}[1m{}\u{1b}[0m: {message}\n --> src/lib.rs:3:5\n\n", level_name(level));
    Diagnostic {
        level,
        message: message.into(),
        file: Some("src/lib.rs".into()),
        line: Some(3),
        column: Some(5),
        rendered,
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}

fn applied(total_ms: Duration, compile: Duration, warnings: Vec<Diagnostic>) -> EventKind {
    let phases = Phases {
        watch: Duration::from_micros(2_100),
        classify: Duration::from_micros(310),
        compile,
        open: Duration::from_micros(1_400),
        verify: Duration::from_micros(820),
        publish: Duration::from_micros(40),
        ..Phases::default()
    };
    EventKind::Applied {
        tier: Tier::Swap,
        generation: 3,
        functions: vec!["logic::update".into(), "logic::draw".into()],
        reason: "src/lib.rs changed".into(),
        moved: vec![],
        started_anew: vec![],
        total_ms,
        phases,
        warnings,
        images: liveswap_host::Images { count: 4, bytes: 2_500_000 },
    }
}

fn failed(generation: u64, diagnostics: Vec<Diagnostic>, message: Option<&str>) -> EventKind {
    EventKind::BuildFailed { generation, diagnostics, message: message.map(str::to_string), total_ms: ms(412) }
}

fn fault() -> Fault {
    Fault {
        kind: FaultKind::Panic,
        generation: 4,
        function: Some("logic::update".into()),
        message: "index out of bounds: the len is 3 but the index is 7".into(),
        file: Some("/projects/game/src/lib.rs".into()),
        line: Some(12),
        column: Some(5),
        thread: Some("main".into()),
        backtrace: Some(
            "logic::step at /projects/game/src/lib.rs:12:5\nlogic::update at /elsewhere/a.rs:3:1\nlogic::bare".into(),
        ),
        consequence: "rolling back to generation 3".into(),
    }
}

#[test]
fn a_start_names_the_library_and_what_to_do() {
    let mut kind = EventKind::Started {
        generation: 1,
        path: "/projects/game/logic".into(),
        total_ms: ms(2_310),
        watching: "events",
        images: Default::default(),
    };
    assert_eq!(plain(&kind, &style()), "● generation 1 · logic · 2.31 s\n  edit logic/src and save");
    let several = Style { several_libraries: true, ..style() };
    assert_eq!(plain(&kind, &several), "[logic] ● generation 1 · 2.31 s\n  edit logic/src and save");
    let ascii = Style { ascii: true, ..style() };
    assert_eq!(plain(&kind, &ascii), "* generation 1 - logic - 2.31 s\n  edit logic/src and save");
    assert_eq!(plain(&kind, &quiet()), "");
    if let EventKind::Started { watching, .. } = &mut kind {
        *watching = "polling";
    }
    assert!(plain(&kind, &style()).ends_with("edit logic/src and save (files are polled)"));
}

#[test]
fn an_applied_edit_is_one_line_with_its_phases() {
    let kind = applied(ms(412), ms(396), vec![]);
    assert_eq!(
        plain(&kind, &style()),
        "↻ generation 3 · swap · 412 ms (watch 2 · build 396 · open 1 · verify 1 · publish 0) · src/lib.rs changed"
    );
    assert_eq!(
        plain(&kind, &verbose()),
        "↻ generation 3 · swap · 412 ms (watch 2.1 · classify 0.3 · build 396 · stage 0.0 · open 1.4 · verify 0.8 \
         · migrate 0.0 · publish 0.0) · src/lib.rs changed\n  new code: logic::update, logic::draw\n  4 images loaded, 2.5 MB"
    );
    assert_eq!(plain(&kind, &quiet()), "");
}

#[test]
fn phases_have_units_where_the_total_is_in_seconds() {
    assert_eq!(
        plain(&applied(ms(1_318), ms(1_302), vec![]), &style()),
        "↻ generation 3 · swap · 1.32 s (watch 2.1 ms · build 1.30 s · open 1.4 ms · verify 0.8 ms · publish 0.0 ms) \
         · src/lib.rs changed"
    );
}

#[test]
fn warnings_are_counted_and_shown_in_full_on_demand() {
    let warning = diagnostic(Level::Warning, "unused variable: `x`");
    let summary = Diagnostic { file: None, ..diagnostic(Level::Warning, "1 warning emitted") };
    let kind = applied(ms(412), ms(396), vec![warning.clone(), warning, summary]);
    assert!(plain(&kind, &style()).ends_with(" · src/lib.rs changed\n  1 warning (-v shows them)"));
    let full = plain(&kind, &verbose());
    assert!(full.starts_with("warning: unused variable: `x`\n --> src/lib.rs:3:5\n↻ generation 3"), "{full}");
    assert_eq!(full.matches("unused variable").count(), 1);
}

#[test]
fn what_is_skipped_says_why() {
    let files: Vec<PathBuf> = vec!["/projects/game/src/lib.rs".into()];
    let kind = EventKind::Skipped { reason: "contents unchanged".into(), files: files.clone() };
    assert_eq!(plain(&kind, &style()), "· skipped: contents unchanged (src/lib.rs)");
    let kind = EventKind::Skipped { reason: "only comments changed".into(), files: vec![] };
    assert_eq!(plain(&kind, &style()), "· skipped: only comments changed");
    assert_eq!(plain(&EventKind::Changed { files: files.clone() }, &style()), "");
    assert_eq!(plain(&EventKind::Changed { files }, &verbose()), "· changed: src/lib.rs");
}

#[test]
fn a_failed_build_shows_each_message_once_and_the_banner_last() {
    let error = diagnostic(Level::Error, "mismatched types");
    let warning = diagnostic(Level::Warning, "unused import");
    let closing =
        Diagnostic { file: None, ..diagnostic(Level::Error, "aborting due to 1 previous error; 1 warning emitted") };
    let kind = failed(3, vec![warning, error.clone(), error, closing], None);
    assert_eq!(
        plain(&kind, &style()),
        "warning: unused import\n --> src/lib.rs:3:5\n\nerror: mismatched types\n --> src/lib.rs:3:5\n\
         ✗ build failed (1 error, 1 warning) · 412 ms · generation 3 runs on"
    );
    let kept = render(&event(kind.clone()), &style()).unwrap();
    assert!(kept.contains("\u{1b}[1merror\u{1b}[0m: mismatched types"), "rustc's own colours are kept: {kept}");
    let quiet = plain(&kind, &quiet());
    assert!(quiet.starts_with("error: mismatched types") && quiet.contains("(1 error, 1 warning)"), "{quiet}");
}

#[test]
fn a_build_that_fails_without_a_diagnostic_shows_what_cargo_said() {
    assert_eq!(
        plain(&failed(0, vec![], Some("error: failed to parse manifest\n")), &style()),
        "error: failed to parse manifest\n✗ build failed · 412 ms · waiting for a fix; nothing runs yet"
    );
    assert_eq!(plain(&failed(2, vec![], None), &style()), "✗ build failed · 412 ms · generation 2 runs on");
}

#[test]
fn a_refusal_names_the_stage_and_keeps_the_reasons_lines() {
    let kind = EventKind::Refused {
        generation: 3,
        stage: Stage::Verify,
        reason: "Game: size 184 -> 192\n  field `speed: f32` added at offset 180\n".into(),
        total_ms: ms(420),
    };
    let expected = "✗ refused by verify · generation 3 runs on\n  Game: size 184 -> 192\n    field `speed: f32` added at offset 180";
    assert_eq!(plain(&kind, &style()), expected);
    assert_eq!(plain(&kind, &quiet()), expected);
    assert!(plain(&kind, &verbose()).starts_with("✗ refused by verify · 420 ms · generation 3 runs on\n"));
}

#[test]
fn a_fault_says_what_where_and_what_now() {
    assert_eq!(
        plain(&EventKind::Fault(fault()), &style()),
        "✗ fault in generation 4: index out of bounds: the len is 3 but the index is 7\n\
         \x20 at src/lib.rs:12:5 in logic::update on thread main\n\
         \x20   logic::step at src/lib.rs:12:5\n\
         \x20   logic::update at /elsewhere/a.rs:3:1\n\
         \x20   logic::bare\n\
         \x20 rolling back to generation 3"
    );
    let unknown = Fault { function: None, file: None, thread: None, backtrace: None, ..fault() };
    assert_eq!(
        plain(
            &EventKind::Fault(Fault { message: "assertion failed\n  left: 1\n right: 2".into(), ..unknown }),
            &quiet()
        ),
        "✗ fault in generation 4: assertion failed\n    left: 1\n   right: 2\n  rolling back to generation 3"
    );
}

#[test]
fn long_backtraces_are_cut_unless_verbose() {
    let frames = (0..11).map(|number| format!("logic::f{number}")).collect::<Vec<_>>().join("\n");
    let kind = EventKind::Fault(Fault { backtrace: Some(frames), ..fault() });
    let short = plain(&kind, &style());
    assert!(short.contains("    logic::f7\n    … 3 more (-v shows them)\n") && !short.contains("logic::f8"), "{short}");
    assert!(plain(&kind, &verbose()).contains("    logic::f10\n"));
}

#[test]
fn the_other_events_have_a_line_each() {
    let rolled = EventKind::RolledBack { generation: 5, content_of: 3, reason: "a panic on\nprobation".into() };
    assert_eq!(plain(&rolled, &style()), "↻ generation 5 · rolled back to generation 3's code · a panic on; probation");
    let restarting = EventKind::Restarting { reason: "the host changed".into() };
    assert_eq!(plain(&restarting, &style()), "↻ restarting · the host changed");
    let warning = EventKind::Warning { message: "edits are polled:\nthe mount gives no events".into() };
    assert_eq!(plain(&warning, &quiet()), "! edits are polled:\n  the mount gives no events");
    assert_eq!(plain(&EventKind::Stopped { generation: 4 }, &style()), "· stopped · generation 4");
    assert_eq!(plain(&EventKind::Stopped { generation: 0 }, &style()), "· stopped");
    assert_eq!(plain(&EventKind::Paused, &style()), "· paused: edits are not built until it is resumed");
    let resumed = |files: &[&str]| EventKind::Resumed { files: files.iter().map(PathBuf::from).collect() };
    assert_eq!(plain(&resumed(&[]), &style()), "· resumed");
    let file = "/projects/game/src/lib.rs";
    assert_eq!(plain(&resumed(&[file]), &style()), "· resumed, with what changed: src/lib.rs");
    for kind in [rolled, restarting, EventKind::Paused, resumed(&[]), EventKind::Stopped { generation: 4 }] {
        assert_eq!(plain(&kind, &quiet()), "");
    }
    let several = Style { several_libraries: true, ..style() };
    assert_eq!(plain(&EventKind::Stopped { generation: 4 }, &several), "[logic] · stopped · generation 4");
}

#[test]
fn a_check_shows_errors_and_counts_warnings() {
    let (error, warning) = (diagnostic(Level::Error, "private"), diagnostic(Level::Warning, "unused"));
    let checked = |diagnostics: &[&Diagnostic]| EventKind::Checked {
        generation: 3,
        diagnostics: diagnostics.iter().map(|one| (*one).clone()).collect(),
    };
    assert_eq!(plain(&checked(&[]), &verbose()), "");
    assert_eq!(plain(&checked(&[&warning]), &style()), "· 1 warning (-v shows them)");
    assert_eq!(plain(&checked(&[&warning]), &verbose()), "warning: unused\n --> src/lib.rs:3:5\n· 1 warning");
    assert_eq!(plain(&checked(&[&warning]), &quiet()), "");
    let failed = "error: private\n --> src/lib.rs:3:5\n✗ check failed (1 error, 1 warning) · generation 3 runs, but would not build without patches";
    assert_eq!(plain(&checked(&[&error, &warning]), &style()), failed);
    assert_eq!(plain(&checked(&[&error, &warning]), &quiet()), failed);
}

#[test]
fn an_audit_is_quiet_unless_a_patch_was_wrong() {
    let audited = EventKind::Audited { generation: 3, functions: 529, ms: Duration::from_millis(12) };
    assert_eq!((plain(&audited, &style()), plain(&audited, &quiet())), (String::new(), String::new()));
    let compared = "✓ generation 3 · 529 functions compared with a whole build in 12 ms";
    assert_eq!(plain(&audited, &verbose()), compared);
    let unaudited = EventKind::Unaudited { generation: 3, reason: "the library does not build".into() };
    assert_eq!(plain(&unaudited, &style()), "");
    assert_eq!(plain(&unaudited, &verbose()), "· generation 3 is not audited: the library does not build");
    let corrected = EventKind::Corrected {
        generation: 3,
        functions: vec!["game::a".into(), "game::b".into()],
        reasons: vec!["has other code".into(), "uses `game::c`, which has other code".into()],
        kept: Some("/projects/game/target/wrong-patches/1".into()),
    };
    let expected = "! the patch of generation 3 left out game::a, game::b · the whole library is swapped in
  `game::a` has other code
  `game::b` uses `game::c`, which has other code
  this is an error of liveswap; the sources for a report are in target/wrong-patches/1";
    assert_eq!(plain(&corrected, &style()), expected);
    assert_eq!(plain(&corrected, &quiet()), expected);
}

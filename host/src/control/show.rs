//! What a host says at its control socket, and keys ask for, as text for people. Pure.

use std::time::{Duration, SystemTime};

use crate::events::Tier;
use crate::present::Style;
use crate::present::style::{BAD, BOLD, CAUTION, DIM, GOOD, paint};
use crate::present::text::{count, duration, few, one_line, paths};
use crate::session::{Audit, Doing, Generation, Standing, Status};

/// The heads of the table's columns; the first is for a mark.
const HEADS: [&str; 7] = ["", "", "tier", "since", "took", "size", "what"];

/// Columns that are numbers, and so end below each other.
const NUMBERS: [usize; 4] = [1, 3, 4, 5];

/// The generations as a table, the newest last. No newline at the end.
pub(crate) fn history(generations: &[Generation], now: SystemTime, style: &Style) -> String {
    if generations.is_empty() {
        return paint(DIM, "nothing was in force yet");
    }
    let symbols = style.symbols();
    let rows: Vec<[String; 7]> = generations.iter().map(|one| row(one, now, style)).collect();
    let mut widths = HEADS.map(console::measure_text_width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(console::measure_text_width(cell));
        }
    }
    let line = |cells: &[String; 7]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| {
            let room = " ".repeat(widths[column] - console::measure_text_width(cell));
            if NUMBERS.contains(&column) { room + cell } else { cell.clone() + &room }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![paint(DIM, &line(&HEADS.map(str::to_owned)))];
    for (one, row) in generations.iter().zip(&rows) {
        let text = line(row);
        lines.push(match one.standing {
            Standing::InForce => text.replacen(symbols.running, &paint(GOOD, symbols.running), 1),
            Standing::Quarantined => text.replacen(symbols.failed, &paint(BAD, symbols.failed), 1),
            Standing::Retired if one.fault.is_some() => text.replacen(symbols.failed, &paint(BAD, symbols.failed), 1),
            Standing::Retired => text,
        });
    }
    lines.join("\n")
}

fn row(one: &Generation, now: SystemTime, style: &Style) -> [String; 7] {
    let symbols = style.symbols();
    let mark = match one.standing {
        Standing::InForce => symbols.running,
        Standing::Retired if one.fault.is_none() => "",
        Standing::Retired | Standing::Quarantined => symbols.failed,
    };
    let mut parts = Vec::new();
    match one.content_of {
        Some(of) => parts.push(format!("generation {of} again")),
        None => {
            if one.tier == Tier::Patch && !one.functions.is_empty() {
                parts.push(few(&one.functions));
            }
            parts.push(one_line(&one.reason));
        }
    }
    match &one.audit {
        Some(Audit::Passed) => parts.push(symbols.right.into()),
        Some(Audit::Corrected { functions }) => parts.push(format!("left out {}, corrected", few(functions))),
        Some(Audit::NotDone { .. }) | None => {}
    }
    match (one.standing, one.is_allowed_again) {
        (Standing::Quarantined, false) => parts.push("left, not applied again until it changes".into()),
        (Standing::Quarantined, true) => parts.push("left, then asked for again".into()),
        _ => {}
    }
    if let Some(fault) = &one.fault {
        parts.push(format!("failed: {}", one_line(fault)));
    }
    if one.calls_in_flight > 0 && !one.is_in_force() {
        parts.push(format!("{} calls have not come back", one.calls_in_flight));
    }
    if !one.threads.is_empty() {
        parts.push(format!("{} ({})", count(one.threads.len(), "thread"), few(&one.threads)));
    }
    parts.retain(|part| !part.is_empty());
    [
        mark.into(),
        one.number.to_string(),
        one.tier.name().into(),
        age(now.duration_since(one.since).unwrap_or_default()),
        duration(one.took),
        if one.content_of.is_some() { String::new() } else { size(one.size) },
        parts.join(&format!(" {} ", symbols.separator)),
    ]
}

/// How things are with a library: some lines.
pub(crate) fn status(status: &Status, pid: u32, style: &Style) -> String {
    let symbols = style.symbols();
    let then = |part: &str| format!(" {} {part}", symbols.separator);
    let (mark, runs) = match status.generation {
        0 => (paint(CAUTION, symbols.warning), "nothing runs yet".to_owned()),
        generation => {
            let right = match status.audit {
                Some(Audit::Passed) => format!(" {}", symbols.right),
                _ => String::new(),
            };
            (paint(GOOD, symbols.running), format!("generation {generation}{right}"))
        }
    };
    let mut head = format!("{mark} {}{}", paint(BOLD, &status.library), then(&runs));
    // Until it is told, the one in force is still the one that waited.
    if let Some(waiting) = status.waiting.filter(|waiting| *waiting != status.generation) {
        head += &then(&format!("generation {waiting} waits for the safe point"));
    }
    head += &match status.doing {
        Doing::Building => then("building"),
        Doing::Patching => then("building a patch"),
        Doing::TestLoading => then("trying constructors"),
        Doing::Checking => then("checking"),
        Doing::Watching => String::new(),
    };
    let mut lines = vec![head];
    if let Some(trouble) = &status.trouble {
        lines.push(format!("  {} {trouble}", paint(BAD, symbols.failed)));
    }
    if let Some(Audit::NotDone { reason }) = &status.audit {
        lines.push(paint(DIM, &format!("  not audited: {}", one_line(reason))));
    }
    if status.paused {
        let changed = match status.unbuilt.len() {
            0 => String::new(),
            number => {
                let files = paths(&status.unbuilt, &style.relative_to);
                then(&format!("{} changed: {files}", count(number, "file")))
            }
        };
        lines.push(format!("  {} paused{changed}", paint(CAUTION, symbols.warning)));
    }
    let tiers = match (status.generation, status.patches) {
        // Whether edits can be patched is known once the first build runs.
        (0, _) => None,
        (_, true) => Some("edits are patched or swapped".to_owned()),
        (_, false) => Some("edits are swapped".to_owned()),
    };
    let details = [
        Some(format!("process {pid}")),
        Some(format!("profile {}", status.profile)),
        tiers,
        Some(match status.watching.as_str() {
            "events" => "files are watched".to_owned(),
            "polling" => "files are polled".to_owned(),
            _ => "files are not watched".to_owned(),
        }),
        Some(format!("{}, {:.1} MB", count(status.images.count as usize, "image"), status.images.bytes as f64 / 1e6)),
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    lines.push(paint(DIM, &format!("  {}", details.join(&format!(" {} ", symbols.separator)))));
    lines.join("\n")
}

/// `3 s ago`.
fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// `45 kB`, `1.4 MB`; nothing for nothing.
fn size(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        console::strip_ansi_codes(text).into_owned()
    }

    fn generation(number: u64, tier: Tier, standing: Standing) -> Generation {
        Generation {
            number,
            tier,
            content_of: None,
            since: SystemTime::UNIX_EPOCH + Duration::from_secs(1000 * number),
            took: Duration::from_millis(100 * number),
            functions: vec!["draw".into()],
            reason: "1 body changed".into(),
            size: 45_000 * number,
            standing,
            fault: None,
            is_allowed_again: false,
            calls_in_flight: 0,
            threads: Vec::new(),
            audit: None,
        }
    }

    #[test]
    fn a_history_is_a_table() {
        let mut first = generation(1, Tier::Swap, Standing::Retired);
        (first.reason, first.size) = ("first build".into(), 1_440_000);
        first.calls_in_flight = 3;
        first.threads = ["poller", "worker", "worker"].map(str::to_owned).into();
        let second = generation(2, Tier::Patch, Standing::Quarantined);
        let mut third = generation(3, Tier::Patch, Standing::Quarantined);
        (third.is_allowed_again, third.fault) = (true, Some("no\nway".into()));
        let mut fourth = generation(4, Tier::Swap, Standing::Retired);
        fourth.fault = Some("index out of bounds".into());
        let again = Generation { content_of: Some(1), ..generation(10, Tier::Swap, Standing::InForce) };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_030);
        let table = history(&[first, second, third, fourth, again], now, &Style::default());
        let expected = "
       tier      since    took    size  what
    1  swap    2 h ago  100 ms  1.4 MB  first build · 3 calls have not come back · 3 threads (poller, worker)
✗   2  patch   2 h ago  200 ms   90 kB  draw · 1 body changed · left, not applied again until it changes
✗   3  patch   1 h ago  300 ms  135 kB  draw · 1 body changed · left, then asked for again · failed: no; way
✗   4  swap    1 h ago  400 ms  180 kB  1 body changed · failed: index out of bounds
●  10  swap   30 s ago  1.00 s          generation 1 again";
        assert_eq!(format!("\n{}", plain(&table)), expected);
        assert!(table.contains(&paint(GOOD, "●")) && table.contains(&paint(BAD, "✗")));
        assert_eq!(plain(&history(&[], now, &Style::default())), "nothing was in force yet");
    }

    #[test]
    fn a_history_shows_what_the_audit_has_found() {
        let audited = |audit: Option<Audit>| {
            let one = Generation { audit, ..generation(2, Tier::Patch, Standing::InForce) };
            let table = plain(&history(&[one], SystemTime::UNIX_EPOCH + Duration::from_secs(2030), &Style::default()));
            table.lines().last().unwrap().rsplit_once("kB  ").unwrap().1.to_owned()
        };
        assert_eq!(audited(None), "draw · 1 body changed");
        assert_eq!(audited(Some(Audit::Passed)), "draw · 1 body changed · ✓");
        assert_eq!(audited(Some(Audit::NotDone { reason: "no".into() })), "draw · 1 body changed");
        let corrected = Audit::Corrected { functions: vec!["game::step".into()] };
        assert_eq!(audited(Some(corrected)), "draw · 1 body changed · left out game::step, corrected");
    }

    #[test]
    fn a_status_says_what_is_out_of_the_ordinary() {
        let mut one = Status {
            library: "game".into(),
            generation: 3,
            waiting: None,
            doing: Doing::Watching,
            paused: false,
            unbuilt: Vec::new(),
            trouble: None,
            directory: "/game".into(),
            target_dir: "/target".into(),
            profile: "dev".into(),
            watching: "events".into(),
            patches: true,
            images: Default::default(),
            audit: None,
        };
        let shown = |one: &Status| plain(&status(one, 7, &Style::default()));
        let details = "  process 7 · profile dev · edits are patched or swapped · files are watched · 0 images, 0.0 MB";
        assert_eq!(shown(&one), format!("● game · generation 3\n{details}"));
        one.audit = Some(Audit::Passed);
        assert_eq!(shown(&one), format!("● game · generation 3 ✓\n{details}"));
        one.audit = Some(Audit::NotDone { reason: "it is optimised".into() });
        assert_eq!(shown(&one), format!("● game · generation 3\n  not audited: it is optimised\n{details}"));
        one.audit = None;
        let first = Status { generation: 0, patches: false, doing: Doing::Building, ..one.clone() };
        let details = "  process 7 · profile dev · files are watched · 0 images, 0.0 MB";
        assert_eq!(shown(&first), format!("! game · nothing runs yet · building\n{details}"));
        one.doing = Doing::Building;
        one.waiting = Some(4);
        one.paused = true;
        one.unbuilt = vec!["src/lib.rs".into()];
        one.trouble = Some("build failed: no".into());
        let text = shown(&one);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "● game · generation 3 · generation 4 waits for the safe point · building");
        assert_eq!(lines[1..3], ["  ✗ build failed: no", "  ! paused · 1 file changed: src/lib.rs"]);
    }
}

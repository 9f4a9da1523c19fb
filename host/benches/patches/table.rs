//! What is printed: the reasons of a program, and one line for each of them in the end.

use std::collections::BTreeMap;

use crate::Measured;
use crate::attempt::Outcome;

/// Why edits were not patched, the most frequent reason first, and what was wrong.
pub fn reasons(measured: &Measured) {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in &measured.outcomes {
        let reason = match outcome {
            Outcome::Refused(why) => without_names(why),
            Outcome::Failed(why) => format!("rustc: {}", without_names(why)),
            _ => continue,
        };
        *counted.entry(reason).or_default() += 1;
    }
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    println!("{}", measured.name);
    counted.iter().for_each(|(reason, count)| println!("  {count:>4}  {reason}"));
    measured.wrong.iter().for_each(|wrong| println!("  WRONG {wrong}"));
}

/// The names in a reason are another one's in each function.
fn without_names(reason: &str) -> String {
    let parts = reason.split('`').enumerate();
    parts.map(|(place, part)| if place == 1 { "…" } else { part }).collect::<Vec<_>>().join("`")
}

pub fn print(all: &[Measured]) {
    println!(
        "\n| program | lines | functions | edits | not compiled | unused | patched | | own work | rustc | cargo | ratio | checked | wrong |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for measured in all {
        let of = |is: &dyn Fn(&Outcome) -> bool| measured.outcomes.iter().filter(|outcome| is(outcome)).count();
        let off = of(&|outcome| matches!(outcome, Outcome::NotCompiled));
        let unused = of(&|outcome| matches!(outcome, Outcome::Unused));
        let patched = of(&|outcome| matches!(outcome, Outcome::Patched { .. }));
        let edits = measured.outcomes.len();
        let percent = 100.0 * patched as f64 / (edits - off - unused).max(1) as f64;
        let times = |of: fn(f64, f64) -> f64| {
            let each = measured.outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Patched { own, rustc } => Some(of(*own, *rustc)),
                _ => None,
            });
            median(each.collect())
        };
        let (own, rustc, cargo) = (times(|own, _| own), times(|_, rustc| rustc), median(measured.cargo.clone()));
        let ratio = times(|own, rustc| own + rustc) / cargo;
        println!(
            "| {} | {} | {} | {edits} | {off} | {unused} | {patched} | {percent:.0} % | {:.0} ms | {:.0} ms | {:.0} ms | {ratio:.2} | {} | {} |",
            measured.name,
            measured.lines,
            measured.functions,
            own * 1e3,
            rustc * 1e3,
            cargo * 1e3,
            measured.checked,
            measured.wrong.len()
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    values.sort_unstable_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

//! Checking the user's own text: one call of rustc for each crate of the workspace, without code.
//!
//! A base is built from a shadow in which all is public, and like a patch without lints. So what the compiler has to say of
//! the text as it stands is asked for apart, while nobody waits: warnings, and errors that a plain build would have.
//! What each crate is compiled with was noted by the wrapper. A crate's checked metadata is what those above it are
//! checked against; everything from outside of the workspace stands where cargo has built it.
//! Life cycle and synchronisation: those of a [`Sequence`], which [`start`] gives.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::diagnostic::Diagnostic as RustcDiagnostic;

use super::CompileError;
use super::arguments::{Argument, Extern, words};
use super::command::with_low_priority;
use super::crates::LinkedCrate;
use super::messages::{End, diagnostic};
use super::sequence::{Ended, Sequence, Steps};
use crate::events::Diagnostic;

/// What rustc said of crates, by their names.
pub type Said = BTreeMap<String, Vec<Diagnostic>>;

/// Errors about crates that don't fit together: of this arrangement, not of the user's text.
const OF_CRATES: [&str; 8] = ["E0457", "E0460", "E0461", "E0462", "E0463", "E0464", "E0514", "E0786"];

/// Of the crates of a base, those to check anew: the changed ones, and those that use them, directly or not. What was
/// compiled as it is has said what there is to say.
pub fn affected(crates: &[LinkedCrate], is_changed: impl Fn(&LinkedCrate) -> bool) -> Vec<LinkedCrate> {
    let mut is_affected: Vec<bool> = Vec::new();
    for one in crates {
        let is_meant = is_changed(one) || one.uses.iter().any(|(_, used)| is_affected[*used]);
        is_affected.push(is_meant && one.failure.is_none());
    }
    crates.iter().zip(is_affected).filter(|(_, is_affected)| *is_affected).map(|(one, _)| one.clone()).collect()
}

/// Starts to check these crates, one after the other, with what processor time is left over. Metadata go to `directory`.
/// `report` is called once, from a thread of the check's own, unless it is cancelled: with what rustc said of each crate
/// that was checked. A crate with errors is the last one.
///
/// # Errors
///
/// The directory can't be made, or a thread not be started.
pub fn start(
    crates: Vec<LinkedCrate>,
    directory: PathBuf,
    report: impl FnOnce(Said) + Send + 'static,
) -> Result<Sequence, CompileError> {
    std::fs::create_dir_all(&directory).map_err(|source| CompileError::Write { path: directory.clone(), source })?;
    let follow = move |steps: &Steps| {
        let mut said = Said::new();
        for one in &crates {
            match check(one, &directory, steps) {
                Ok(Some(of_one)) => {
                    let is_over = !of_one.is_good;
                    // One crate may be there in two builds.
                    said.entry(one.name.clone()).or_default().extend(of_one.said);
                    if is_over {
                        break;
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(%error, crate_name = one.name, "not checked");
                    break;
                }
            }
        }
        report(said);
    };
    Sequence::start("liveswap-check", follow).map_err(CompileError::Thread)
}

struct OfOne {
    is_good: bool,
    said: Vec<Diagnostic>,
}

/// Checks one crate; `None` if that was cancelled.
fn check(one: &LinkedCrate, directory: &Path, steps: &Steps) -> io::Result<Option<OfOne>> {
    let Some(Ended { end, said: text }) = steps.run(command(one, directory))? else { return Ok(None) };
    let messages: Vec<RustcDiagnostic> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let is_of_crates =
        |message: &RustcDiagnostic| message.code.as_ref().is_some_and(|code| OF_CRATES.contains(&code.code.as_str()));
    if messages.iter().any(is_of_crates) {
        return Err(io::Error::other(text));
    }
    let mut said: Vec<Diagnostic> = Vec::new();
    for told in messages.iter().filter_map(diagnostic) {
        if !said.contains(&told) {
            said.push(told);
        }
    }
    Ok(Some(OfOne { is_good: end == End::Success, said }))
}

fn command(one: &LinkedCrate, directory: &Path) -> Command {
    let mut command = one.noted.command();
    let is_checked = |stem: &str| directory.join(format!("{stem}.rmeta")).is_file();
    command.args(arguments(one.noted.parsed(), &directory.to_string_lossy(), is_checked));
    with_low_priority(command)
}

/// rustc's arguments for a check: as cargo gave them, but that only metadata are made, in `directory`, and crates that
/// were checked before are taken from there.
fn arguments(noted: Vec<Argument>, directory: &str, is_checked: impl Fn(&str) -> bool) -> Vec<String> {
    let checked = |library: Extern| {
        let stem = library.path.as_deref().and_then(|file| Path::new(file).file_stem()?.to_str());
        match stem.filter(|stem| is_checked(stem)) {
            Some(stem) => Extern { path: Some(format!("{directory}/{stem}.rmeta")), ..library },
            None => library,
        }
    };
    // Before cargo's directory, which has the same crates as they were built.
    let before = [Argument::SearchPath(format!("dependency={directory}"))];
    let changed = noted.into_iter().map(|argument| match argument {
        Argument::OutDir(_) => Argument::OutDir(directory.to_owned()),
        Argument::Emit(_) => Argument::Emit("metadata".to_owned()),
        Argument::Codegen(name, Some(_)) if name == "incremental" => {
            Argument::Codegen(name, Some(format!("{directory}/incremental")))
        }
        Argument::Extern(library) => Argument::Extern(checked(library)),
        other => other,
    });
    words(&before.into_iter().chain(changed).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::arguments::parse;
    use crate::compile::patch::Noted;

    #[test]
    fn what_uses_a_changed_crate_is_checked_with_it() {
        let one = |name: &str, uses: &[usize], failure: Option<&str>| LinkedCrate {
            name: name.into(),
            root: PathBuf::new(),
            noted: Noted::default(),
            failure: failure.map(str::to_owned),
            library: None,
            uses: uses.iter().map(|place| (String::new(), *place)).collect(),
        };
        let crates = [
            one("b", &[], None),
            one("plain", &[], Some("why")),
            one("a", &[0], None),
            one("apart", &[1], None),
            one("hot", &[2, 3], None),
        ];
        let names = |changed: &[&str]| -> Vec<String> {
            let affected = affected(&crates, |one| changed.contains(&one.name.as_str()));
            affected.into_iter().map(|one| one.name).collect()
        };
        assert_eq!(names(&["b"]), ["b", "a", "hot"]);
        assert_eq!(names(&["apart"]), ["apart", "hot"]);
        assert_eq!(names(&["plain"]), [""; 0]);
        assert_eq!(names(&[]), [""; 0]);
    }

    #[test]
    fn only_metadata_are_made_and_nothing_of_cargos_is_touched() {
        let of = "--crate-name hot --edition=2024 src/lib.rs --emit=dep-info,link --crate-type cdylib -C extra-filename=-1 --out-dir /t/deps -C incremental=/t/i -L dependency=/t/deps --extern a=/t/deps/liba-2.rlib --extern noprelude:c=/t/deps/libc-5.rlib";
        let noted = parse(of.split(' ').map(str::to_owned));
        let changed = arguments(noted, "/c", |stem| stem == "liba-2");
        let expected = "-L dependency=/c --crate-name hot --edition 2024 src/lib.rs --emit metadata --crate-type cdylib -C extra-filename=-1 --out-dir /c -C incremental=/c/incremental -L dependency=/t/deps --extern a=/c/liba-2.rmeta --extern noprelude:c=/t/deps/libc-5.rlib";
        assert_eq!(changed, expected.split(' ').collect::<Vec<_>>());
    }
}

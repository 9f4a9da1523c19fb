//! Checking the user's own text: one call of rustc for each crate of the workspace, without code.
//!
//! A base is built from a shadow in which all is public, and like a patch without lints. So what the compiler has to say of
//! the text as it stands is asked for apart, while nobody waits: warnings, and errors that a plain build would have.
//! What each crate is compiled with was noted by the wrapper. A crate's checked metadata is what those above it are
//! checked against; everything from outside of the workspace stands where cargo has built it.
//! Life cycle and synchronisation: those of a [`Sequence`], which [`start`] gives.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::diagnostic::Diagnostic as RustcDiagnostic;

use super::CompileError;
use super::command::with_low_priority;
use super::messages::{End, diagnostic};
use super::patch::Noted;
use super::sequence::{Ended, Sequence, Steps};
use crate::events::Diagnostic;

/// What rustc said of crates, by their names.
pub type Said = BTreeMap<String, Vec<Diagnostic>>;

/// Errors about crates that don't fit together: of this arrangement, not of the user's text.
const OF_CRATES: [&str; 8] = ["E0457", "E0460", "E0461", "E0462", "E0463", "E0464", "E0514", "E0786"];

/// A crate of the workspace that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its name, as rustc knows it.
    pub name: String,
    /// How it was compiled.
    pub noted: Noted,
    /// Its root, absolute.
    pub root: PathBuf,
    /// The stem of its file's name, `libNAME-HASH`: by this others name it.
    stem: String,
    /// The stems of the crates that it names.
    externs: Vec<String>,
}

impl Checked {
    /// Reads how a crate was compiled; `None` where that can't be had from the note.
    pub fn new(noted: Noted) -> Option<Checked> {
        let text: Vec<&str> = noted.arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
        let after = |flag: &str| text.windows(2).filter(|pair| pair[0] == flag).map(|pair| pair[1]).collect::<Vec<_>>();
        let name = (*after("--crate-name").first()?).to_owned();
        let suffix = after("-C").iter().find_map(|value| value.strip_prefix("extra-filename=")).unwrap_or_default();
        let externs = after("--extern").iter().filter_map(|value| stem_of(value.split_once('=')?.1)).collect();
        let root = noted.directory.join(noted.root()?);
        Some(Checked { stem: format!("lib{name}{suffix}"), externs, name, root, noted })
    }
}

fn stem_of(path: &str) -> Option<String> {
    Some(Path::new(path).file_stem()?.to_str()?.to_owned())
}

/// The crates that the one with this name is made of, each behind those that it names.
pub fn in_order(crates: &[Checked], last: &str) -> Vec<Checked> {
    fn visit(crates: &[Checked], one: &Checked, order: &mut Vec<Checked>) {
        if order.iter().any(|other| other.stem == one.stem) {
            return;
        }
        for other in crates.iter().filter(|other| other.stem != one.stem && one.externs.contains(&other.stem)) {
            visit(crates, other, order);
        }
        order.push(one.clone());
    }
    let mut order = Vec::new();
    if let Some(last) = crates.iter().find(|one| one.name == last) {
        visit(crates, last, &mut order);
    }
    order
}

/// Of crates in order, those to check anew: the changed ones, and those that name them, directly or not.
pub fn affected(order: &[Checked], is_changed: impl Fn(&Checked) -> bool) -> Vec<Checked> {
    let mut affected: Vec<Checked> = Vec::new();
    for one in order {
        if is_changed(one) || affected.iter().any(|other| one.externs.contains(&other.stem)) {
            affected.push(one.clone());
        }
    }
    affected
}

/// Starts to check these crates, one after the other, with what processor time is left over. Metadata go to `directory`.
/// `report` is called once, from a thread of the check's own, unless it is cancelled: with what rustc said of each crate
/// that was checked. A crate with errors is the last one.
///
/// # Errors
///
/// The directory can't be made, or a thread not be started.
pub fn start(
    crates: Vec<Checked>,
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
                    said.insert(one.name.clone(), of_one.said);
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
fn check(one: &Checked, directory: &Path, steps: &Steps) -> io::Result<Option<OfOne>> {
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

fn command(one: &Checked, directory: &Path) -> Command {
    let mut command = Command::new(&one.noted.rustc);
    command.current_dir(&one.noted.directory).envs(one.noted.variables.iter().cloned());
    command.args(arguments(&one.noted.arguments, directory, |stem| directory.join(format!("{stem}.rmeta")).is_file()));
    with_low_priority(command)
}

/// rustc's arguments for a check: as cargo gave them, but that only metadata are made, in `directory`, and crates that
/// were checked before are taken from there.
fn arguments(noted: &[OsString], directory: &Path, is_checked: impl Fn(&str) -> bool) -> Vec<OsString> {
    let path = |path: &Path| path.as_os_str().to_owned();
    let with = |prefix: &str, path: &OsStr| {
        let mut joined = OsString::from(prefix);
        joined.push(path);
        joined
    };
    // Before cargo's directory, which has the same crates as they were built.
    let mut changed: Vec<OsString> = vec!["-L".into(), with("dependency=", directory.as_os_str())];
    let mut arguments = noted.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        match text {
            "--out-dir" => {
                arguments.next();
                changed.extend(["--out-dir".into(), path(directory)]);
            }
            "--emit" => {
                arguments.next();
                changed.push("--emit=metadata".into());
            }
            _ if text.starts_with("--emit=") => changed.push("--emit=metadata".into()),
            "-C" => {
                let Some(value) = arguments.next() else { break };
                let is_incremental = value.to_str().is_some_and(|value| value.starts_with("incremental="));
                let incremental = || with("incremental=", directory.join("incremental").as_os_str());
                changed.extend(["-C".into(), if is_incremental { incremental() } else { value.clone() }]);
            }
            "--extern" => {
                let Some(value) = arguments.next() else { break };
                let checked = value.to_str().and_then(|value| {
                    let (name, file) = value.split_once('=')?;
                    let stem = stem_of(file).filter(|stem| is_checked(stem))?;
                    Some(with(&format!("{name}="), directory.join(format!("{stem}.rmeta")).as_os_str()))
                });
                changed.extend(["--extern".into(), checked.unwrap_or_else(|| value.clone())]);
            }
            _ => changed.push(argument.clone()),
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(arguments: &str) -> Noted {
        let arguments = arguments.split(' ').map(Into::into).collect();
        Noted { directory: "/w".into(), arguments, ..Noted::default() }
    }

    fn crates() -> Vec<Checked> {
        let of = [
            "--crate-name hot hot/src/lib.rs -C extra-filename=-1 --extern a=/t/liba-2.rlib --extern serde=/t/libserde-9.rmeta",
            "--crate-name a a/src/lib.rs -C extra-filename=-2 --extern renamed=/t/libb-3.rmeta",
            "--crate-name b b/src/lib.rs -C extra-filename=-3",
            "--crate-name apart apart/src/lib.rs -C extra-filename=-4 --extern hot=/t/libhot-1.rlib",
        ];
        of.into_iter().filter_map(|arguments| Checked::new(noted(arguments))).collect()
    }

    fn names(crates: &[Checked]) -> Vec<&str> {
        crates.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn a_crate_is_checked_after_those_that_it_names() {
        let order = in_order(&crates(), "hot");
        assert_eq!(names(&order), ["b", "a", "hot"]);
        assert_eq!(order[2].root, Path::new("/w/hot/src/lib.rs"));
        assert_eq!(names(&affected(&order, |one| one.name == "a")), ["a", "hot"]);
        assert_eq!(names(&affected(&order, |one| one.name == "b")), ["b", "a", "hot"]);
        assert_eq!(names(&affected(&order, |_| false)), [""; 0]);
        assert_eq!(in_order(&crates(), "none"), []);
    }

    #[test]
    fn only_metadata_are_made_and_nothing_of_cargos_is_touched() {
        let of = "--crate-name hot --edition=2024 src/lib.rs --emit=dep-info,link --crate-type cdylib -C extra-filename=-1 --out-dir /t/deps -C incremental=/t/i -L dependency=/t/deps --extern a=/t/deps/liba-2.rlib --extern noprelude:c=/t/deps/libc-5.rlib";
        let changed = arguments(&noted(of).arguments, Path::new("/c"), |stem| stem == "liba-2");
        let expected = "-L dependency=/c --crate-name hot --edition=2024 src/lib.rs --emit=metadata --crate-type cdylib -C extra-filename=-1 --out-dir /c -C incremental=/c/incremental -L dependency=/t/deps --extern a=/c/liba-2.rmeta --extern noprelude:c=/t/deps/libc-5.rlib";
        assert_eq!(changed, expected.split(' ').collect::<Vec<_>>());
    }
}

//! One edit, from its text to a patch or to why there is none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;

use liveswap_host::audit::Replaced;
use liveswap_host::classify::Snapshot;
use liveswap_host::compile::patch::{PatchPart, PatchRequest, start};
use liveswap_host::open::patch::place;
use liveswap_host::patch::{self, BaseModules, Crate, File, Links, Mentioned, Surroundings};
use liveswap_host::source::SourceFile;

use crate::base::{Base, kept};
use crate::edits::Edit;

pub enum Outcome {
    /// Seconds of the host's own work, and of rustc's.
    Patched { own: f64, rustc: f64 },
    /// The function is off.
    NotCompiled,
    /// It can only be copied, and nothing in the crate uses it.
    Unused,
    /// The host says why not.
    Refused(String),
    /// rustc says why not.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patched { own, rustc } => write!(f, "patched, {:.1} ms + {:.1} ms", own * 1e3, rustc * 1e3),
            Self::NotCompiled => f.write_str("not compiled"),
            Self::Unused => f.write_str("used by nobody in the crate"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
        }
    }
}

/// What was made of an edit.
pub struct Attempt {
    pub outcome: Outcome,
    /// The patch's file, if there is one.
    pub patch: Option<PathBuf>,
    /// What the patch replaces; `None` if the edit is swapped.
    pub replaced: Option<Replaced>,
}

impl Attempt {
    fn swapped(outcome: Outcome) -> Self {
        Self { outcome, patch: None, replaced: None }
    }
}

/// Makes a patch of the edit, as a session does.
pub fn attempt(base: &mut Base, edit: &Edit) -> Result<Attempt, String> {
    let begun = Instant::now();
    let mut now = base.snapshot.clone();
    now.update(edit.file.clone(), Some(Arc::from(edit.text.as_bytes())));
    let crates = [Crate {
        name: &base.noted.name,
        root: &base.root,
        directory: &base.noted.directory,
        flags: &base.flags,
        uses: &[],
        obstacle: None,
    }];
    let modules = BaseModules::of(&crates, &base.snapshot);
    let none = Snapshot::default();
    let around = Surroundings::nothing(&none);
    let compared = match patch::compare(&crates, &around, (&base.snapshot, &modules), &now) {
        Ok(compared) => compared,
        Err(why) => return Ok(Attempt::swapped(Outcome::Refused(why))),
    };
    let mut files: Vec<_> = compared.parts.into_iter().flat_map(|part| part.files).collect();
    let statics = compared.unnoticed.statics.into_iter().map(|(name, _)| name).collect();
    let replaced = Replaced { slots: patch::slots(&base.noted.name, &files).collect(), statics };
    if files.iter().all(|file| file.functions.is_subset(&file.added)) {
        let is_off = files.iter().all(|file| file.functions.is_empty());
        let outcome = if is_off { Outcome::NotCompiled } else { Outcome::Unused };
        return Ok(Attempt { outcome, patch: None, replaced: Some(replaced) });
    }
    let kept = kept(&base.roots, &now);
    let checked = patch::private::check(&files, &base.root, &base.kept, &kept);
    patch::private::leave_out(&mut files, &base.noted.directory, &base.kept, &kept);
    if let Err(why) = checked {
        return Ok(Attempt::swapped(Outcome::Refused(why)));
    }
    let mentioned = Mentioned::of(&files);
    if let Err(why) = seen(base, &modules, &files, &mentioned, &now) {
        return Ok(Attempt::swapped(Outcome::Refused(why)));
    }
    let made = match patch::generate(&files, &Links { mentioned, ..Links::default() }) {
        Ok(made) => made,
        Err(why) => return Ok(Attempt::swapped(Outcome::Refused(why))),
    };
    let directory = &base.noted.directory;
    let texts: BTreeMap<PathBuf, String> =
        made.files.into_iter().map(|(path, text)| (directory.join(path), text)).collect();
    base.sources.write(&texts, &base.exclude).map_err(|error| error.to_string())?;
    base.patches += 1;
    let output = place(&base.image, base.patches);
    let part = PatchPart {
        noted: base.noted.clone(),
        name: "liveswap_patch".into(),
        externs: [patch::BASE, patch::IMAGE].map(|name| (name.into(), base.image.clone())).into(),
        output: output.clone(),
    };
    let request = PatchRequest {
        parts: vec![part],
        // Nothing is built after the base.
        libraries: base.sources.directory().to_owned(),
        instead: BTreeMap::new(),
        sources: base.sources.directory().to_owned(),
        sysroot: base.sysroot.clone(),
        number: base.patches,
        natives: BTreeMap::new(),
    };
    let own = begun.elapsed().as_secs_f64();
    let (sender, receiver) = channel();
    // Nobody waits any more where it fails.
    let build = start(&request, move |result| drop(sender.send(result))).map_err(|error| error.to_string())?;
    let result = receiver.recv().map_err(|_| "rustc does not answer")?;
    drop(build);
    if !result.is_built {
        return Ok(Attempt::swapped(Outcome::Failed(first_error(&result.said))));
    }
    let outcome = Outcome::Patched { own, rustc: result.elapsed.as_secs_f64() };
    Ok(Attempt { outcome, patch: Some(output), replaced: Some(replaced) })
}

/// The first error in what rustc said, in messages of one line each.
pub fn first_error(said: &str) -> String {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut errors = messages.filter(|message| message["level"] == "error");
    let Some(error) = errors.next() else { return said.lines().next().unwrap_or("rustc said nothing").to_owned() };
    let place = error["spans"].as_array().and_then(|spans| spans.iter().find(|span| span["is_primary"] == true));
    let place =
        place.map(|span| format!(" ({}:{})", span["file_name"].as_str().unwrap_or_default(), span["line_start"]));
    format!("{}{}", error["message"].as_str().unwrap_or_default(), place.unwrap_or_default())
}

/// Whether a program can't see that code is of a patch, as far as a session checks that.
fn seen(
    base: &Base,
    modules: &BaseModules,
    files: &[File],
    mentioned: &Mentioned,
    now: &Snapshot,
) -> Result<(), String> {
    let directory = &base.noted.directory;
    let by_path: Vec<(PathBuf, &File)> = files.iter().map(|file| (directory.join(&file.path), file)).collect();
    let paths: BTreeSet<&Path> = modules.paths().chain(by_path.iter().map(|(path, _)| &**path)).collect();
    let sources = paths.into_iter().filter_map(|path| Some((path, now.syntax(path)?.ok()?)));
    let sources: Vec<(&Path, Arc<SourceFile>)> = sources.collect();
    let texts: Vec<&SourceFile> = sources.iter().map(|(_, source)| &**source).collect();
    patch::visible::check(&files.iter().collect::<Vec<_>>(), mentioned, &texts, now.shown())?;
    patch::lazies::check(&by_path, &sources, (&base.snapshot, now))
}
